//! LDIF files in (RFC 2849), LDIF change records or snapshots out.
//!
//! A snapshot file is a full import; change records appended to a second file are the delta. An export replaces the
//! snapshot, or leaves a change file for `ldapmodify` and `ldifde`. Reading is a stream: memory is bounded by the
//! largest record and two numbers for each object. Foreign octets never stop it: a bad record is a problem with its
//! line, and the next one is read.

mod atomic;
mod change;
mod change_file;
mod export;
mod fault;
mod groups;
mod import;
mod lines;
mod mark;
mod names;
mod options;
mod record;
mod snapshot;
mod source;
#[cfg(test)]
mod tests;
mod walk;
mod writer;

pub use change::{Change, ChangeRecord};
pub use export::LdifExporter;
pub use fault::{Fault, FaultKind};
pub use import::LdifImporter;
pub use options::{Apply, LdifConnector, Limits};
pub use record::{Content, Parsed, RecordParser, Unread};
pub use source::{Encoding, Extent, RawRecord, RecordReader};
pub use writer::{LineEnd, Writer};
