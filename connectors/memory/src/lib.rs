//! A directory in memory that behaves as Active Directory does, for tests, simulations and scenarios: a tree of
//! objects with immutable keys, references that follow their targets, tombstones, a sequence of changes, delta reads
//! as the DirSync control gives them, and faults on demand.
//!
//! Everything is deterministic: the same calls and the same seed give the same pages, keys and refusals. There is no
//! clock, no thread and no input or output here.

mod carried;
mod check;
mod counters;
mod data;
mod directory;
mod edit;
mod export;
mod faults;
mod import;
mod mark;
mod object;
mod people;
#[cfg(test)]
mod tests;
mod view;

pub use counters::Counters;
pub use directory::{Backup, MemoryDirectory, MemoryOptions, Write, WriteKind};
pub use export::MemoryExporter;
pub use faults::{ExportFault, FaultPlan, FaultRates, ImportFault};
pub use import::MemoryImporter;
