//! Decides what every directory should hold and what to change, as pure functions of what was observed and decided.
//!
//! A batch of dirty objects goes in; links, identities and planned exports come out ([`synchronize`]). The way of one
//! object: [`interpret`] (import rules) → resolve (stamp, join, project) → settle (who speaks, what each target should
//! hold) → plan (the one change that is needed) → [`guard`] (is it too much to be meant?). Nothing here reads a store,
//! a clock or a directory: what is needed is asked of a [`Neighbourhood`].

mod adopt;
mod confirm;
mod contact;
mod contribute;
mod desired;
mod explain;
mod fights;
mod gap;
mod groups;
mod holds;
mod interpret;
mod keys;
mod kinship;
mod limits;
mod members;
mod names;
mod naming;
mod plan;
#[cfg(test)]
mod plan_tests;
mod prefetch;
mod resolve;
mod settle;
mod stamp;
mod synchronize;
mod target;
mod topology;
mod trail;
pub mod undo;
mod uniqueness;
mod view;
mod wake;
mod withdraw;
mod workspace;

pub mod codes;
pub mod guard;
pub mod strange;

pub use adopt::is_proved;
pub use explain::{
    AttributeExplained, Explanation, Member, NeutralExplained, SourceExplained, TargetExplained, explain,
};
pub use interpret::{
    Contribution, Given, Interpreted, NotMet, Seek, Standing, interpret, interpret_keys, object_type,
};
pub use keys::{addresses_of, claims_of, index_keys, referrers};
pub use plan::baseline_after;
pub use stamp::{NotOurStamp, Stamp};
pub use synchronize::{Batch, IdentityOutcome, Progress, SyncOutcome, synchronize};
pub use topology::{Connector, Safeguards, Share, Topology};
pub use trail::{FlowTrace, Holder, NameTrace, Traced, Unmet, Verdict};
pub use workspace::{Neighbourhood, NeighbourhoodError};
