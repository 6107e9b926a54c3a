//! What became of each part of a foreign configuration.

use std::fmt;

/// Our text, and what became of each part of theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// A rule file, or a configuration.
    pub toml: String,
    /// What became of each part that was not taken exactly, and how many were.
    pub report: Vec<ReportLine>,
    /// How many parts were taken exactly.
    pub exactly: usize,
}

/// One part that was changed, or that has no counterpart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportLine {
    /// What became of it.
    pub taken: Taken,
    /// Where it stood: the rule's name, the element.
    pub place: String,
    /// What it was.
    pub what: String,
    /// Why.
    pub because: String,
}

/// What became of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Taken {
    /// It does the same in another way, or nearly the same.
    Changed,
    /// Nothing here corresponds to it.
    NoCounterpart,
    /// It could not be read.
    Unreadable,
}

impl Imported {
    pub(super) fn note(
        &mut self,
        taken: Taken,
        place: &str,
        what: impl Into<String>,
        because: impl Into<String>,
    ) {
        let (place, what, because) = (place.to_owned(), what.into(), because.into());
        self.report.push(ReportLine { taken, place, what, because });
    }

    /// How many parts of each kind.
    #[must_use]
    pub fn count(&self, taken: Taken) -> usize {
        self.report.iter().filter(|line| line.taken == taken).count()
    }
}

impl Taken {
    /// In words.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::NoCounterpart => "no counterpart",
            Self::Unreadable => "unreadable",
        }
    }
}

impl fmt::Display for ReportLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:14} {}: {}: {}", self.taken.in_words(), self.place, self.what, self.because)
    }
}
