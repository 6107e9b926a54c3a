//! How often each kind of event happened, for a simulation to show that it covered them.

use std::collections::BTreeMap;
use std::fmt;

/// How often each kind of event happened in a directory, by the event's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    counts: BTreeMap<&'static str, u64>,
}

impl Counters {
    pub(crate) fn count(&mut self, event: &'static str) {
        *self.counts.entry(event).or_default() += 1;
    }

    /// How often this event happened.
    #[must_use]
    pub fn of(&self, event: &str) -> u64 {
        self.counts.get(event).copied().unwrap_or(0)
    }

    /// Every event that happened, with its count, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.counts.iter().map(|(event, count)| (*event, *count))
    }

    /// Adds another directory's counts.
    pub fn add(&mut self, other: &Self) {
        for (event, count) in other.iter() {
            *self.counts.entry(event).or_default() += count;
        }
    }
}

impl fmt::Display for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|(event, count)| writeln!(f, "{count:>10}  {event}"))
    }
}
