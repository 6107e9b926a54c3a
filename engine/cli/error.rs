//! What a command fails with, and the exit status that scripts see.

use std::path::PathBuf;
use std::process::ExitCode;

use madrigal_run::RunError;
use madrigal_state::StoreError;

use crate::commands::OabFailure;
use crate::commands::object::Candidate;
use crate::plans::PlanRefused;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    Done,
    SomeObjectsHaveProblems,
    WrongUse,
    Stopped,
    Unreachable,
    /// With `--detailed-exitcode`: nothing failed, and something is planned.
    ChangesPlanned,
    /// With `--detailed-exitcode`: the command failed.
    Failed,
}

impl ExitStatus {
    /// The same where 2 means that something is planned.
    pub(crate) fn detailed(self) -> Self {
        if self == Self::WrongUse { Self::Failed } else { self }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(match status {
            ExitStatus::Done => 0,
            ExitStatus::SomeObjectsHaveProblems => 1,
            ExitStatus::WrongUse => 2,
            ExitStatus::Stopped => 3,
            ExitStatus::Unreachable => 4,
            ExitStatus::ChangesPlanned => 2,
            ExitStatus::Failed => 1,
        })
    }
}

/// What a command fails with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error("the configuration {} cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("the configuration {} is not right:\n{details}", path.display())]
    Malformed { path: PathBuf, details: String },
    #[error("{place}: {reason}")]
    Value { place: String, reason: String, remedy: String },
    #[error("the rules \"{name}\" are not right:\n{details}")]
    Rules { name: String, details: String },
    #[error("{doing}: {source}")]
    File { doing: String, source: std::io::Error },
    #[error("nothing in {connector} is called \"{text}\"{}", listed("; what comes nearest", near))]
    NoObject { connector: String, text: String, near: Vec<Candidate> },
    #[error("\"{text}\" is the name of {count} objects in {connector}{}", listed("", found))]
    SeveralObjects { connector: String, text: String, found: Vec<Candidate>, count: usize },
    #[error("no rule writes an attribute \"{attribute}\", and none that is written reads one{}", did_you_mean(near.as_deref()))]
    NoAttribute { attribute: String, near: Option<String> },
    #[error("there is no run {run}{}", if *newest == 0 { String::new() } else { format!("; the newest is run {newest}") })]
    NoRun { run: u64, newest: u64 },
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Oab(#[from] OabFailure),
    #[error(transparent)]
    Plan(#[from] PlanRefused),
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::Run(RunError::Store(error))
    }
}

impl CommandError {
    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "MDR-C001",
            Self::Malformed { .. } => "MDR-C002",
            Self::Value { .. } => "MDR-C003",
            Self::Rules { .. } => "MDR-C004",
            Self::File { .. } => "MDR-C005",
            Self::NoObject { .. } => "MDR-C006",
            Self::SeveralObjects { .. } => "MDR-C007",
            Self::NoAttribute { .. } => "MDR-C008",
            Self::NoRun { .. } => "MDR-C009",
            Self::Run(error) => error.code(),
            Self::Oab(failure) => failure.code(),
            Self::Plan(refused) => refused.code(),
        }
    }

    /// What to do next.
    pub(crate) fn remedy(&self) -> String {
        match self {
            Self::Unreadable { .. } => "Name the file with -c, or make one with `madrigal init`.".to_owned(),
            Self::Malformed { .. } => {
                "Correct the file; `madrigal check` reads it and writes nothing.".to_owned()
            }
            Self::Value { remedy, .. } => remedy.clone(),
            Self::Rules { .. } => "Correct the rules; every fault is listed above.".to_owned(),
            Self::File { .. } => "See that the folder exists, is writable and has room.".to_owned(),
            Self::NoObject { .. } => {
                "Give a part of its name, an address, its distinguished name or its key; what is new is known after an import.".to_owned()
            }
            Self::SeveralObjects { found, count, .. } => {
                let more = if found.len() < *count { "Say more of the name, or give" } else { "Give" };
                format!("{more} the address or the distinguished name of the one that you mean.")
            }
            Self::NoAttribute { .. } => "`explain` without --attribute lists them all.".to_owned(),
            Self::NoRun { .. } => "`madrigal history` lists the runs.".to_owned(),
            Self::Run(error) => run_remedy(error),
            Self::Oab(failure) => failure.remedy(),
            Self::Plan(refused) => refused.remedy().to_owned(),
        }
    }

    /// What to do about a run that a limit stopped.
    pub(crate) fn from_stop(error: &RunError) -> String {
        run_remedy(error)
    }

    /// The objects that were meant, perhaps.
    pub(crate) fn candidates(&self) -> &[Candidate] {
        match self {
            Self::NoObject { near: candidates, .. } | Self::SeveralObjects { found: candidates, .. } => {
                candidates
            }
            _ => &[],
        }
    }

    pub(crate) fn status(&self) -> ExitStatus {
        match self {
            Self::Run(RunError::SourceShrunk(_) | RunError::Stopped(_)) => ExitStatus::Stopped,
            Self::Run(
                RunError::Store(_)
                | RunError::Connector { .. }
                | RunError::Neighbourhood(_)
                | RunError::Task(_),
            ) => ExitStatus::Unreachable,
            Self::File { .. } => ExitStatus::Unreachable,
            Self::Oab(failure) => failure.status(),
            Self::Plan(refused) if refused.is_wrong_use() => ExitStatus::WrongUse,
            Self::Plan(_) => ExitStatus::Stopped,
            Self::Run(_)
            | Self::Unreadable { .. }
            | Self::Malformed { .. }
            | Self::Value { .. }
            | Self::NoObject { .. }
            | Self::SeveralObjects { .. }
            | Self::NoAttribute { .. }
            | Self::NoRun { .. }
            | Self::Rules { .. } => ExitStatus::WrongUse,
        }
    }
}

fn listed(head: &str, candidates: &[Candidate]) -> String {
    if candidates.is_empty() {
        return String::new();
    }
    let lines = candidates.iter().map(|candidate| format!("\n    {}", candidate.line()));
    format!("{head}:{}", lines.collect::<String>())
}

fn did_you_mean(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean {near}?"))
}

fn run_remedy(error: &RunError) -> String {
    match error {
        RunError::SourceShrunk(stop) => format!(
            "Look at the source first (is the file whole, does the account still see everything?). If the loss is real: --accept-limit {}",
            stop.limit()
        ),
        RunError::Stopped(stops) => {
            let accept: Vec<String> = stops.iter().map(|stop| format!("--accept-limit {}", stop.limit)).collect();
            format!(
                "Look with `madrigal preview`. If every change is meant, run again with {}",
                accept.join(" ")
            )
        }
        RunError::Store(StoreError::Busy { .. }) => "Wait for it, or stop it.".to_owned(),
        RunError::Store(StoreError::Newer { .. }) => "Use that version, or restore an older copy of the store.".to_owned(),
        RunError::Store(StoreError::Older { .. }) => {
            "Copy the file, then run `madrigal preview`: it brings the store to this version.".to_owned()
        }
        RunError::Store(StoreError::Corrupt { .. } | StoreError::Foreign { .. }) => {
            "Move the file away: the next run reads everything anew, finds our contacts by their stamps, makes nothing twice and deletes nothing.".to_owned()
        }
        RunError::Store(_) => "See that the store's folder is writable and has room.".to_owned(),
        RunError::NeverRead(name) => format!("Run `madrigal run {name}/full-import`."),
        RunError::UnknownConnector(_) => "Use one of the names in [connector.…].".to_owned(),
        RunError::Connector { source, .. } => source.remedy(),
        RunError::Neighbourhood(_) | RunError::Task(_) => {
            "Nothing is lost: run again when it is mended.".to_owned()
        }
        _ => "Run again; if it stays, report it.".to_owned(),
    }
}
