//! The watermark's words: which database, how far, and the walk that is under way.

use madrigal_api::ConnectorError;
use madrigal_model::Watermark;

/// A walk that is not at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Walk {
    /// Over what changed, in the order of the objects' last changes. An object whose last change lies behind the mark
    /// may have earlier ones before it, so all its changes since the walk's beginning are told.
    Changes {
        /// The mark from which the walk began.
        since: u64,
    },
    /// Over the whole directory, in the order of the objects' last changes, from changes behind the mark's.
    ByChange {
        /// The last change when the walk began.
        began: u64,
    },
    /// Over the whole directory, in an order of its own, the same for every page of the walk.
    Shuffled {
        /// The last change when the walk began.
        began: u64,
        /// What the order is made from.
        seed: u64,
        /// How many objects of it were passed.
        passed: u64,
    },
}

/// What a watermark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The database that was read.
    pub(crate) invocation: u64,
    /// Objects whose last change is up to here are known, but for a shuffled walk.
    pub(crate) usn: u64,
    /// The walk under way.
    pub(crate) walk: Option<Walk>,
}

impl Mark {
    pub(crate) fn to_watermark(self, read_with: u64) -> Watermark {
        let Self { invocation, usn, walk } = self;
        let text = match walk {
            None => format!("{invocation:x} {usn}"),
            Some(Walk::Changes { since }) => format!("{invocation:x} {usn} {since}"),
            Some(Walk::ByChange { began }) => format!("{invocation:x} {usn} {began} 0"),
            Some(Walk::Shuffled { began, seed, passed }) => {
                format!("{invocation:x} {usn} {began} {seed} {passed}")
            }
        };
        Watermark { mark: text.into_bytes(), read_with }
    }

    pub(crate) fn from_watermark(watermark: &Watermark) -> Result<Self, ConnectorError> {
        Self::read(&watermark.mark).ok_or_else(|| refused("it is no watermark of a directory in memory"))
    }

    /// What happened before this change need not be told any more: a tombstone that has expired since then is missed.
    pub(crate) fn oldest_change(self) -> u64 {
        match self.walk {
            None => self.usn,
            Some(Walk::Changes { since }) => since,
            Some(Walk::ByChange { began } | Walk::Shuffled { began, .. }) => began,
        }
    }

    fn read(mark: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(mark).ok()?;
        let (invocation, numbers) = text.split_once(' ')?;
        let invocation = u64::from_str_radix(invocation, 16).ok()?;
        let numbers: Option<Vec<u64>> = numbers.split(' ').map(|number| number.parse().ok()).collect();
        let (usn, walk) = match *numbers?.as_slice() {
            [usn] => (usn, None),
            [usn, since] => (usn, Some(Walk::Changes { since })),
            [usn, began, 0] => (usn, Some(Walk::ByChange { began })),
            [usn, began, seed, passed] => (usn, Some(Walk::Shuffled { began, seed, passed })),
            _ => return None,
        };
        Some(Self { invocation, usn, walk })
    }
}

/// The error for a watermark that does not hold.
pub(crate) fn refused(reason: &str) -> ConnectorError {
    ConnectorError::WatermarkRefused { reason: reason.to_owned() }
}
