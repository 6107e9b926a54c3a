//! From directory entries to records: who is in the book, and what is said of them.

mod convert;
mod entry;
mod recipient;
#[cfg(test)]
mod tests;

pub use entry::DirectoryEntry;
pub use recipient::{AttributeProblem, Outcome, RecipientMapping};
