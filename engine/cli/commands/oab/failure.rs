//! What a command on books fails with.

use std::io;
use std::path::{Path, PathBuf};

use madrigal_oab::OabError;

use crate::error::ExitStatus;

/// A failure, with what was being done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OabFailure {
    /// A book, a manifest or a schedule cannot be used.
    #[error("{}{source}", place(path))]
    Book { path: Option<PathBuf>, source: OabError },
    /// A file cannot be read.
    #[error("reading {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// A file cannot be written.
    #[error("writing {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// The server cannot start.
    #[error("listening on {address}: {source}")]
    Listen { address: String, source: io::Error },
    /// Options that do not go together or cannot be understood.
    #[error("reading the options: {problem}")]
    Options { problem: String },
    /// A book that would lose most of those that are in it.
    #[error("building from {}: {after} recipients are left of the {before} that are published", path.display())]
    Shrunken { path: PathBuf, before: u64, after: u64 },
    /// A picture cannot be drawn.
    #[error("drawing {}: {problem}", path.display())]
    Picture { path: PathBuf, problem: String },
}

fn place(path: &Option<PathBuf>) -> String {
    path.as_ref().map(|path| format!("{}: ", path.display())).unwrap_or_default()
}

impl From<OabError> for OabFailure {
    fn from(source: OabError) -> Self {
        Self::Book { path: None, source }
    }
}

impl OabFailure {
    /// Says which file an error is about.
    pub(super) fn at(path: &Path) -> impl FnOnce(OabError) -> Self + '_ {
        |source| Self::Book { path: Some(path.to_owned()), source }
    }

    pub(super) fn options(problem: impl Into<String>) -> Self {
        Self::Options { problem: problem.into() }
    }

    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Book { source, .. } => source.code(),
            Self::Read { .. } => "MDR-O013",
            Self::Write { .. } => "MDR-O014",
            Self::Listen { .. } => "MDR-O015",
            Self::Options { .. } => "MDR-O016",
            Self::Picture { .. } => "MDR-O017",
            Self::Shrunken { .. } => "MDR-O018",
        }
    }

    /// What to do next.
    pub(crate) fn remedy(&self) -> String {
        match self {
            Self::Book { source: OabError::Schedule { .. } | OabError::PropertyList { .. }, .. } => {
                "Correct the option; --help describes it.".to_owned()
            }
            Self::Book { .. } => "See whether the file is whole; fetch or build it again.".to_owned(),
            Self::Read { .. } => "See that the path is right and the file can be read.".to_owned(),
            Self::Write { .. } => "See that the folder is writable and has room.".to_owned(),
            Self::Listen { .. } => "Choose another address with --listen.".to_owned(),
            Self::Options { .. } => "Correct the option; --help describes it.".to_owned(),
            Self::Shrunken { .. } => {
                "See whether the file is whole; if all of them left, build with --accept-shrunken.".to_owned()
            }
            Self::Picture { .. } => "Ask for the SVG, which needs no fonts.".to_owned(),
        }
    }

    pub(crate) fn status(&self) -> ExitStatus {
        match self {
            Self::Book {
                source: OabError::Schedule { .. } | OabError::PropertyList { .. } | OabError::Sequence { .. },
                ..
            } => ExitStatus::WrongUse,
            Self::Book { .. } => ExitStatus::SomeObjectsHaveProblems,
            Self::Read { source, .. } if source.kind() == io::ErrorKind::NotFound => ExitStatus::WrongUse,
            Self::Options { .. } => ExitStatus::WrongUse,
            Self::Shrunken { .. } => ExitStatus::Stopped,
            Self::Read { .. } | Self::Write { .. } | Self::Listen { .. } | Self::Picture { .. } => {
                ExitStatus::Unreachable
            }
        }
    }
}
