//! The nouns that the crates exchange: what a directory object is, how its names and values compare,
//! what is remembered of it and what is planned for it.
//!
//! Nothing here decides anything: rules live in `madrigal-mappings`, decisions in `madrigal-sync`,
//! memory in `madrigal-state`. The crate is pure: no I/O, no async, no clock, no randomness.

mod anchor;
mod approval;
mod attribute;
mod change;
mod compare;
mod connector;
mod dn;
mod entry;
mod entry_packer;
mod export_state;
mod identity;
mod index_key;
mod observation;
mod packing;
mod problem;
mod proxy_addresses;
mod schema;
mod time;
mod value;

pub use anchor::{Anchor, ObjectKey};
pub use approval::Approval;
pub use attribute::{AttributeName, TooManyAttributes};
pub use change::{AttributeChange, ChangeCounts, ChangeKind, FlowSource, PendingExport};
pub use compare::{ValueSetDifference, collate, exactly_equal, same_values, values_match};
pub use connector::ConnectorId;
pub use dn::{DistinguishedName, DnError, Rdn};
pub use entry::{Entry, EntryBuilder, EntryDigest, EntryError, EntryLookup, Values};
pub use entry_packer::EntryPacker;
pub use export_state::{
    Decision, Drift, EXPORTS_OF_A_RUN, ExportState, Hidden, HideReason, Hold, Unconfirmed, UnconfirmedState,
};
pub use identity::{Identity, IdentityId, Link, LinkKind, SpaceObject};
pub use index_key::{IndexKey, KeyOwner};
pub use observation::{AttributePatch, Observation, ObservedChange, ObservedObject, Watermark};
pub use problem::{Problem, ProblemCode, Severity};
pub use proxy_addresses::{ProxyAddress, ProxyAddressError, ProxyAddresses};
pub use schema::{AttributeSchema, MatchingRule, Syntax, Taken};
pub use time::{Timestamp, TimestampError};
pub use value::{ContentHash, Reference, Value, ValueRef};
