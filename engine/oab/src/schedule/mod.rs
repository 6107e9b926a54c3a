//! When a change reaches a client: generation, distribution, download, and what comes before them.
//!
//! Times are local wall-clock times without a zone; the hours that a clock change adds or takes are
//! not modelled. Runs that read the directory miss a change made at the very second of their start;
//! a book that is ready at the very second of a distribution or a check is taken.

mod calendar;
mod chain;
mod client;
mod exact;
mod phases;
mod profile;
#[cfg(test)]
mod tests;
mod time;
mod timeline;

pub use calendar::Calendar;
pub use chain::{FrontStage, Periodic, Schedule, Stage};
pub use client::{ClientPolicy, EmptyCheck};
pub use exact::{Exact, exact};
pub use phases::{AllPhases, Supremum, all_phases};
pub use profile::{PROFILES, Profile, profile};
pub use time::{Time, minutes};
pub use timeline::{Event, Happening, Timeline, readers_see_it, timeline};

pub(crate) use time::{DAY, HOUR, WEEK};
