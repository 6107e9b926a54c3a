//! What every connector offers: an importer, an exporter, what it can do, how it fails. No implementation.
//!
//! A connector knows one kind of directory and nothing of rules, identities or stores. It reads pages of observations
//! from a watermark, and it writes operations that the guard has let through.

mod error;
mod export;
mod import;
mod refusal;

pub use error::ConnectorError;
pub use export::{
    Exporter, Modification, ModificationKind, Operation, OperationKind, Receipt, ReceiptOutcome, Settled,
};
pub use import::{ImportMode, ImportPage, ImportRequest, Importer};
pub use refusal::{Refusal, made_anew};

/// What a connector can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether it can tell what changed since a watermark. Where it cannot, every import is full, and the store's
    /// digests tell what changed.
    pub delta: bool,
    /// Whether the next import shows what an export did. Where it does not (a change file that somebody carries
    /// elsewhere), an export stays unconfirmed until an import shows it.
    pub confirms: bool,
    /// Whether a reference can be written before the object that it points to.
    pub dangling_references: bool,
    /// Whether a deleted object can be brought back with its key, while the directory keeps what is left of it.
    pub brings_back: bool,
}
