//! What a command has done, for people and for scripts.

use std::collections::BTreeMap;

use madrigal_model::{ChangeCounts, Problem, Severity};
use serde::Serialize;

/// How a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunStatus {
    /// Everything was done.
    #[default]
    Done,
    /// Everything was done but for some objects.
    Problems,
    /// A limit stopped it.
    Stopped,
}

/// What one import brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Objects that the directory showed.
    pub read: u64,
    /// Objects that were new or had changed.
    pub changed: u64,
    /// Objects that were gone.
    pub gone: u64,
    /// Objects that could not be read.
    pub unreadable: u64,
}

impl ImportReport {
    pub(crate) fn add(&mut self, other: &Self) {
        self.read += other.read;
        self.changed += other.changed;
        self.gone += other.gone;
        self.unreadable += other.unreadable;
    }
}

/// Problems counted by code.
pub type ProblemCounts = BTreeMap<String, u64>;

/// What happened in one connector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ConnectorReport {
    /// What was read.
    pub imported: ImportReport,
    /// What was planned, all rounds together.
    pub planned: ChangeCounts,
    /// What the directory accepted.
    pub exported: ChangeCounts,
    /// What stands in the way, by code.
    pub problems: ProblemCounts,
}

/// What a command has done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How it ended.
    pub status: RunStatus,
    /// What was planned, in all connectors.
    pub planned: ChangeCounts,
    /// What was accepted, in all connectors.
    pub exported: ChangeCounts,
    /// What stands in the way, by code.
    pub problems: ProblemCounts,
    /// Each connector by name.
    pub connectors: BTreeMap<String, ConnectorReport>,
}

impl Report {
    pub(crate) fn connector(&mut self, name: &str) -> &mut ConnectorReport {
        self.connectors.entry(name.to_owned()).or_default()
    }

    /// Takes back what was counted of problems: they are counted anew when more was done.
    pub(crate) fn forget_problems(&mut self) {
        self.status = RunStatus::Done;
        self.problems.clear();
        self.connectors.values_mut().for_each(|connector| connector.problems.clear());
    }

    /// Counts what stands in the way, and sums the connectors up. Notices count too: nothing is kept quiet.
    pub fn finish(&mut self, problems: &[Problem], name_of: impl Fn(&Problem) -> Option<String>) {
        for problem in problems {
            let code = problem.code.as_str().to_owned();
            *self.problems.entry(code.clone()).or_default() += 1;
            if let Some(name) = name_of(problem) {
                *self.connector(&name).problems.entry(code).or_default() += 1;
            }
        }
        self.planned = ChangeCounts::default();
        self.exported = ChangeCounts::default();
        for connector in self.connectors.values() {
            self.planned.add(&connector.planned);
            self.exported.add(&connector.exported);
        }
        if self.status == RunStatus::Done
            && problems.iter().any(|problem| problem.severity == Severity::Problem)
        {
            self.status = RunStatus::Problems;
        }
    }
}
