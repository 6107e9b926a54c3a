//! How a store fails.

use std::error::Error as StdError;

/// A failure of the store. What was committed before stays good.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store cannot be opened, read or written (no disk space, no rights, locked by another program).
    #[error("{doing}: {reason}")]
    Unreachable {
        /// What was being done, to which store.
        doing: String,
        /// What happened, in words.
        reason: String,
        /// The cause.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// The file is no store of this program.
    #[error("{place} is not a Madrigal store: {reason}")]
    Foreign {
        /// The store's place.
        place: String,
        /// What was found instead.
        reason: String,
    },
    /// The store was written by a newer version of this program.
    #[error(
        "{place} was written by a newer version of Madrigal (its schema {found}, this program's {supported})"
    )]
    Newer {
        /// The store's place.
        place: String,
        /// The schema version found.
        found: i64,
        /// The newest schema version that this program knows.
        supported: i64,
    },
    /// The store was written by an earlier version of this program, and is only to be looked at.
    #[error(
        "{place} was written by an earlier version of Madrigal (its schema {found}, this program's {supported})"
    )]
    Older {
        /// The store's place.
        place: String,
        /// The schema version found.
        found: i64,
        /// The schema version that this program reads.
        supported: i64,
    },
    /// The store is damaged.
    #[error("{place} is damaged: {reason}")]
    Corrupt {
        /// The store's place.
        place: String,
        /// What does not hold.
        reason: String,
    },
    /// Another engine works on this store.
    #[error("another engine works on this store: {holder}, until {until}")]
    Busy {
        /// Who.
        holder: String,
        /// Until when, unless it renews.
        until: madrigal_model::Timestamp,
    },
    /// The lease was lost: another engine took over.
    #[error("this engine no longer holds the store's lease; another took over")]
    LeaseLost,
    /// The watermark is not the one that the page was read from: another import moved it.
    #[error("the watermark moved meanwhile; nothing of this page was kept")]
    WatermarkMoved,
}

impl StoreError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "MDR-S001",
            Self::Foreign { .. } => "MDR-S002",
            Self::Newer { .. } => "MDR-S003",
            Self::Corrupt { .. } => "MDR-S004",
            Self::Busy { .. } => "MDR-S005",
            Self::LeaseLost => "MDR-S006",
            Self::WatermarkMoved => "MDR-S007",
            Self::Older { .. } => "MDR-S009",
        }
    }

    /// A connector number that the store never gave.
    pub(crate) fn unknown_connector(connector: madrigal_model::ConnectorId) -> Self {
        Self::Unreachable {
            doing: format!("writing what connector {} saw", connector.0),
            reason: "this store gave no connector that number: ask it for the number by name".to_owned(),
            source: None,
        }
    }

    /// A page behind something that is no longer there.
    pub(crate) fn lost_place(after: &dyn std::fmt::Display) -> Self {
        Self::Unreachable {
            doing: format!("reading on behind {after}"),
            reason: "it was forgotten meanwhile: read from the beginning again".to_owned(),
            source: None,
        }
    }
}
