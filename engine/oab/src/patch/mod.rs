//! Differential patches (MS-OXOAB 2.10): from one sequence of a book to the next.

mod apply;
mod build;
mod plan;
#[cfg(test)]
mod tests;

pub use apply::{PatchHeader, apply};
pub use build::build;

/// Name of the structure in errors.
const WHAT: &str = "a differential patch";
