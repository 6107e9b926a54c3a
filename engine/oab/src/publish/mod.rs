//! What is published: the manifest and the files beside it, from one sequence to the next.

mod forecast;
mod generation;
mod history;
mod manifest;
#[cfg(test)]
mod tests;
mod verify;

pub use forecast::{Edit, Forecast, forecast};
pub use generation::{Generation, Identity, Options, Previous, PublishedFile, generate};
pub use history::History;
pub use manifest::{Entry, EntryKind, ListManifest, Manifest};
pub use verify::{Finding, Verification, verify};

/// Name of the manifest.
pub const MANIFEST: &str = "oab.xml";
/// Name of the file that says when each sequence was generated; clients do not look at it.
pub const HISTORY: &str = "generations.txt";
