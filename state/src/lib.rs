//! What is remembered: observations and decisions, never computed work that could not be computed again.
//!
//! The [`Store`] is written by intent: each call is one step of a run and one transaction. It matches keys and keeps
//! order; what a key means, who joins whom and what is to be written is decided elsewhere. Two stores stand behind it,
//! SQLite and memory, and one conformance suite holds both to the same behaviour.

mod chain;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod error;
mod memory;
mod records;
mod sqlite;
mod store;
mod verify;

pub use chain::{AuditHead, AuditLink, ChainedLine, ContentLink, NoAuditLink};
pub use error::StoreError;
pub use madrigal_model::KeyOwner;
pub use memory::MemoryStore;
pub use records::{
    AuditRecord, BlobWrite, ConnectorStatus, DirtyBatch, ExportBegun, IdentityWrite, ImportCommit, Lease,
    ObjectWrite, PendingRecord, ProblemSubject, ReceiptWrite, RunId, RunRecord, StoredObject, SyncCommit,
};
pub use sqlite::SqliteStore;
pub use store::Store;
pub use verify::{AuditFault, Verified, verify_audit};
