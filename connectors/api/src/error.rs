//! How a whole import or export fails. One bad object is a problem in a page or a receipt, never one of these.

use std::error::Error as StdError;

/// A failure that stops this connector's import or export; what was committed stays good, and the next run goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectorError {
    /// The directory cannot be reached or read at all.
    #[error("{doing}: {reason}")]
    Unreachable {
        /// The stable code.
        code: &'static str,
        /// What was being done, to what.
        doing: String,
        /// What happened.
        reason: String,
        /// What to do next, without a full stop.
        remedy: String,
        /// The cause.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// The watermark no longer holds: expired, of another server, ahead of this one. A full import is due.
    #[error("the watermark is refused: {reason}")]
    WatermarkRefused {
        /// Why.
        reason: String,
    },
    /// The configuration asks for something that this directory does not have.
    #[error("{doing}: {reason}")]
    Configuration {
        /// The stable code.
        code: &'static str,
        /// What was being done, to what.
        doing: String,
        /// What is wrong.
        reason: String,
        /// What to do next, without a full stop.
        remedy: String,
    },
}

impl ConnectorError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { code, .. } | Self::Configuration { code, .. } => code,
            Self::WatermarkRefused { .. } => "MDR-C010",
        }
    }

    /// What to do next, as a sentence.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::Unreachable { remedy, .. } | Self::Configuration { remedy, .. } => {
                format!("{}.", remedy.trim_end_matches('.'))
            }
            Self::WatermarkRefused { .. } => "Start the run again.".to_owned(),
        }
    }
}
