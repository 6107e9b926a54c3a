//! How a run ends before its time.

use madrigal_api::ConnectorError;
use madrigal_state::StoreError;
use madrigal_sync::NeighbourhoodError;
use madrigal_sync::guard::Stop;

/// What an import counts when objects are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The directory's own objects.
    Objects,
    /// Contacts of ours that we did not delete.
    Contacts,
}

impl Lost {
    /// The word in messages and in the limit's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Objects => "source",
            Self::Contacts => "contacts",
        }
    }
}

/// A source that is empty or lost more than its limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceStop {
    /// The connector's name.
    pub connector: String,
    /// Of what too many are gone.
    pub what: Lost,
    /// How many objects the last import knew.
    pub before: u64,
    /// How many of them this import does not show.
    pub lost: u64,
    /// How many may be lost at once.
    pub allowed: u64,
}

impl SourceStop {
    /// The name under which the limit is accepted.
    #[must_use]
    pub fn limit(&self) -> String {
        format!("{}.{}", self.connector, self.what.name())
    }

    fn counted(&self) -> &'static str {
        match self.what {
            Lost::Objects => "objects",
            Lost::Contacts => "contacts of ours",
        }
    }
}

/// A failure that ends a run. What was committed stays good, and the run can be started again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A connector failed.
    #[error("connector {connector}: {source}")]
    Connector {
        /// The connector's name.
        connector: String,
        /// What it failed with.
        #[source]
        source: Box<ConnectorError>,
    },
    /// What the sync asked for could not be answered.
    #[error("the store did not answer while the sync asked: {0}")]
    Neighbourhood(#[source] NeighbourhoodError),
    /// A source is empty or lost too much: nothing was planned, nothing was written.
    #[error(
        "connector {}: {} of {} {} are gone, at most {} may go at once; nothing was planned and nothing was written",
        .0.connector, .0.lost, .0.before, .0.counted(), .0.allowed
    )]
    SourceShrunk(SourceStop),
    /// The guard stopped the plan: nothing was written.
    #[error("stopped by the guard: {}; nothing was written", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Stopped(Vec<Stop>),
    /// A connector that takes part was never read to its end: nothing can be decided yet.
    #[error("connector {0} was never read to its end, so nothing can be decided: run {0}/full-import first")]
    NeverRead(String),
    /// The engine's own worker died.
    #[error("an inner task ended: {0}")]
    Task(#[from] tokio::task::JoinError),
    /// There is no such connector.
    #[error("there is no connector {0:?} in the configuration")]
    UnknownConnector(String),
}

impl RunError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Connector { source, .. } => source.code(),
            Self::Neighbourhood(_) => "MDR-E001",
            Self::SourceShrunk(_) => "MDR-E002",
            Self::Stopped(_) => "MDR-E003",
            Self::NeverRead(_) => "MDR-E004",
            Self::Task(_) => "MDR-E005",
            Self::UnknownConnector(_) => "MDR-E006",
        }
    }
}
