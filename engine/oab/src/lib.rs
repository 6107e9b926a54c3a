//! The offline address book: files, patches, schedule, fleet.
//!
//! Version 4 books as MS-OXOAB describes them: `book` holds the records, `lzxd` the compression,
//! `container` and `patch` the files that clients fetch, `manifest` the list of them.
//!
//! Nothing here reads a file, opens a socket, starts a thread or asks for the time: bytes, times and
//! seeds come in as parameters, results go out as values.

pub mod book;
mod bytes;
mod checksum;
pub mod container;
pub mod difference;
pub mod directory;
pub mod drawing;
mod error;
pub mod fleet;
pub mod inspection;
mod limits;
pub mod lzxd;
pub mod patch;
pub mod property;
pub mod publish;
pub mod schedule;
pub mod template;
pub mod work;

pub use checksum::{oab_crc, sha1_hex};
pub use error::OabError;
pub use limits::Limits;
