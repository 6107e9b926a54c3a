//! The watermark's words: which snapshot was read, and how far into the snapshot or the change records.

use std::fs::Metadata;
use std::time::UNIX_EPOCH;

use madrigal_api::ConnectorError;
use madrigal_model::Watermark;

/// What tells a file from another at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) octets: u64,
    /// Nanoseconds since the Unix epoch.
    pub(crate) modified_ns: u128,
}

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let since = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Self { octets: metadata.len(), modified_ns: since.map_or(0, |since| since.as_nanos()) }
    }
}

/// How far the change records were read: decoded octets, and their hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ChangesRead {
    pub(crate) octets: u64,
    pub(crate) hash: u64,
}

/// What a watermark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// In the middle of the snapshot.
    Snapshot {
        stamp: Stamp,
        /// How many records were passed.
        records: u64,
        /// How many of them hide which object they are about.
        unreadable: u64,
    },
    /// Behind the snapshot, in the middle of the change records or at their end.
    Changes {
        stamp: Stamp,
        /// The hash of the snapshot's decoded text.
        hash: u64,
        read: ChangesRead,
        /// For a full import under way: how many records of the snapshot hid their object.
        full: Option<u64>,
    },
}

impl Mark {
    pub(crate) fn to_watermark(self, read_with: u64) -> Watermark {
        let text = match self {
            Self::Snapshot { stamp, records, unreadable } => {
                format!("snapshot {} {} {records} {unreadable}", stamp.octets, stamp.modified_ns)
            }
            Self::Changes { stamp, hash, read, full } => {
                let full = full.map_or_else(|| "-".to_owned(), |unreadable| unreadable.to_string());
                let Stamp { octets, modified_ns } = stamp;
                format!("changes {octets} {modified_ns} {hash} {} {} {full}", read.octets, read.hash)
            }
        };
        Watermark { mark: text.into_bytes(), read_with }
    }

    pub(crate) fn from_watermark(watermark: &Watermark, read_with: u64) -> Result<Self, ConnectorError> {
        if watermark.read_with != read_with {
            return Err(refused("the files were read with other attributes or another key"));
        }
        Self::read(&watermark.mark).ok_or_else(|| refused("it is no watermark of an LDIF file"))
    }

    fn read(mark: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(mark).ok()?;
        let words: Vec<&str> = text.split(' ').collect();
        let stamp = |octets: &str, modified: &str| {
            Some(Stamp { octets: octets.parse().ok()?, modified_ns: modified.parse().ok()? })
        };
        match *words.as_slice() {
            ["snapshot", octets, modified, records, unreadable] => Some(Self::Snapshot {
                stamp: stamp(octets, modified)?,
                records: records.parse().ok()?,
                unreadable: unreadable.parse().ok()?,
            }),
            ["changes", octets, modified, hash, read, read_hash, full] => Some(Self::Changes {
                stamp: stamp(octets, modified)?,
                hash: hash.parse().ok()?,
                read: ChangesRead { octets: read.parse().ok()?, hash: read_hash.parse().ok()? },
                full: if full == "-" { None } else { Some(full.parse().ok()?) },
            }),
            _ => None,
        }
    }
}

/// The error for a watermark that does not hold.
pub(crate) fn refused(reason: impl Into<String>) -> ConnectorError {
    ConnectorError::WatermarkRefused { reason: reason.into() }
}
