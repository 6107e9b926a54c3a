//! The uncompressed book, `udetails.oab` (MS-OXOAB 2.9): a header record and a record for each recipient.

mod build;
mod header;
mod read;
mod record;
#[cfg(test)]
pub(crate) mod tests;
mod truncation;

pub use build::{BookBuilder, BuiltBook};
pub use header::BookHeader;
pub use read::Book;
pub use record::{Column, Record};
pub use truncation::SizeLimits;

pub(crate) use record::encode_record;

/// `ulVersion` of a version 4 book.
pub(crate) const VERSION: u32 = 0x20;
/// Bytes of `OAB_HDR`, which no checksum covers.
pub(crate) const HEADER_BYTES: usize = 12;
