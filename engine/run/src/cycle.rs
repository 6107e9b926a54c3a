//! The whole cycle: import, sync, plan, guard, export, and again until an import shows that nothing is left to do.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use madrigal_api::{ConnectorError, ImportMode};
use madrigal_model::{ChangeCounts, ConnectorId, Problem, ProblemCode, Severity, Timestamp};
use madrigal_state::{PendingRecord, ProblemSubject};

use crate::engine::Engine;
use crate::error::RunError;
use crate::plan::Plan;
use crate::report::{Report, RunStatus};

/// What a cycle does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CycleOptions {
    /// Read every connector whole, whatever its watermark says.
    pub full_import: bool,
    /// Look at every object, whether or not something changed.
    pub full_sync: bool,
    /// Write what is planned; else everything but the export.
    pub export: bool,
}

impl Engine {
    /// Runs a cycle and tells what it did.
    ///
    /// # Errors
    /// Whatever stops it. What was committed stays good, and the next cycle goes on from there.
    pub async fn cycle(&mut self, options: CycleOptions, now: Timestamp) -> Result<Report, RunError> {
        Ok(self.rounds(options, now).await?.0)
    }

    /// Reads the directories and works out what would be written, with what the guard says of it. Nothing is written.
    ///
    /// # Errors
    /// See [`Self::cycle`].
    pub async fn preview(&mut self, now: Timestamp) -> Result<(Report, Plan), RunError> {
        self.rounds(CycleOptions { full_import: false, full_sync: false, export: false }, now).await
    }

    /// A cycle, with the plan of its last round.
    async fn rounds(&mut self, options: CycleOptions, now: Timestamp) -> Result<(Report, Plan), RunError> {
        let mut report = Report::default();
        let mode = if options.full_import { ImportMode::Full } else { ImportMode::Delta };
        let mut failed: BTreeMap<ConnectorId, RunError> = BTreeMap::new();
        let ids: Vec<ConnectorId> = self.connectors.iter().map(|connector| connector.id).collect();
        for id in &ids {
            match self.import_into(&mut report, *id, mode, now).await {
                Err(RunError::Connector { connector, source })
                    if matches!(*source, ConnectorError::Unreachable { .. }) =>
                {
                    // The others go on with what was last seen there.
                    self.record_failure(*id, &source, now).await?;
                    failed.insert(*id, RunError::Connector { connector, source });
                }
                other => other?,
            }
        }
        for connector in &ids {
            self.settle_lost_receipts(*connector, now).await?;
        }
        if options.full_sync {
            self.mark_all_dirty().await?;
        }
        match self.sync(now).await {
            // Why it was never read is worth more than that it was not.
            Err(never @ RunError::NeverRead(_)) => {
                return Err(failed.into_values().next().unwrap_or(never));
            }
            other => other?,
        };
        // The same change that is planned again in a later round is one planned change.
        let mut seen: HashSet<u64> = HashSet::new();
        let mut plan = Plan::default();
        for round in 0..self.options.rounds.max(1) {
            let mut planned: BTreeMap<ConnectorId, ChangeCounts> = BTreeMap::new();
            let count = |record: &PendingRecord| {
                let export = &record.export;
                if seen.insert(FixedState::default().hash_one(export)) {
                    planned.entry(export.connector).or_default().count(export.kind);
                }
            };
            plan = self.plan_with(count).await?;
            for (connector, counts) in &planned {
                report.connector(&self.name(*connector)).planned.add(counts);
            }
            let pending = plan.connectors.iter().filter(|connector| connector.tally.counts.total() > 0);
            let fresh = pending.map(|connector| connector.connector);
            let is_open = |id: &ConnectorId| !self.options.staged.contains(id) && !failed.contains_key(id);
            let fresh: BTreeSet<ConnectorId> = fresh.filter(is_open).collect();
            if !options.export || fresh.is_empty() {
                break;
            }
            let stops = plan.stops_of(&fresh);
            if !stops.is_empty() {
                return Err(RunError::Stopped(stops));
            }
            let sent = self.export_round(&mut report, &fresh, &mut failed, now).await?;
            if !sent || round + 1 == self.options.rounds {
                break;
            }
        }
        self.finish(&mut report).await?;
        match failed.into_values().next() {
            Some(error) => Err(error),
            None => Ok((report, plan)),
        }
    }

    /// Exports to these connectors and reads back what came of it; whether something was sent. A connector that fails
    /// keeps no other from its turn: it is recorded, and given with its error.
    pub(crate) async fn export_round(
        &mut self,
        report: &mut Report,
        connectors: &BTreeSet<ConnectorId>,
        failed: &mut BTreeMap<ConnectorId, RunError>,
        now: Timestamp,
    ) -> Result<bool, RunError> {
        let mut sent = false;
        for id in connectors {
            match self.export(*id, now).await {
                Ok(accepted) => {
                    sent |= accepted.total() > 0;
                    let name = self.name(*id);
                    report.connector(&name).exported.add(&accepted);
                }
                Err(error @ RunError::Connector { .. }) => {
                    failed.insert(*id, error);
                }
                Err(error) => return Err(error),
            }
        }
        self.read_back_each(connectors, failed, now).await?;
        for id in connectors {
            if let Some(RunError::Connector { source, .. }) = failed.get(id) {
                self.record_failure(*id, source, now).await?;
            }
        }
        Ok(sent)
    }

    /// Reads what came of an export and draws the consequences.
    pub(crate) async fn read_back(
        &mut self,
        connectors: &BTreeSet<ConnectorId>,
        now: Timestamp,
    ) -> Result<(), RunError> {
        let mut failed = BTreeMap::new();
        self.read_back_each(connectors, &mut failed, now).await?;
        failed.into_values().next().map_or(Ok(()), Err)
    }

    /// The same, with those that cannot be read given apart.
    async fn read_back_each(
        &mut self,
        connectors: &BTreeSet<ConnectorId>,
        failed: &mut BTreeMap<ConnectorId, RunError>,
        now: Timestamp,
    ) -> Result<(), RunError> {
        for id in connectors {
            // What was read before is counted already; the confirming import is the engine's own affair.
            match self.import(*id, ImportMode::Delta, now).await {
                Ok(_) => {}
                Err(error @ RunError::Connector { .. }) => {
                    failed.entry(*id).or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        self.sync(now).await?;
        Ok(())
    }

    /// Records that the connector could not be written to, or read back, until its next import.
    async fn record_failure(
        &self,
        connector: ConnectorId,
        error: &ConnectorError,
        now: Timestamp,
    ) -> Result<(), RunError> {
        let problem = Problem {
            code: ProblemCode::new(error.code()),
            severity: Severity::Problem,
            connector: Some(connector),
            object: self.name(connector),
            attribute: None,
            message: format!("{error}."),
            remedy: error.remedy(),
            at: now,
        };
        let subject = ProblemSubject::Import(connector);
        let mut all = self.store.problems_of(&subject).await?;
        all.retain(|known| known.object != problem.object);
        all.push(problem);
        Ok(self.store.record_problems(&self.lease, subject, all).await?)
    }

    async fn import_into(
        &mut self,
        report: &mut Report,
        connector: ConnectorId,
        mode: ImportMode,
        now: Timestamp,
    ) -> Result<(), RunError> {
        let imported = self.import(connector, mode, now).await?;
        let name = self.name(connector);
        report.connector(&name).imported.add(&imported);
        Ok(())
    }

    /// Counts the problems that stand and sums up.
    ///
    /// # Errors
    /// The store's.
    pub async fn finish(&self, report: &mut Report) -> Result<Vec<Problem>, RunError> {
        let problems = self.store.problems().await?;
        report.finish(&problems, |problem| problem.connector.map(|connector| self.name(connector)));
        Ok(problems)
    }

    /// A report of a run that was stopped: what it planned and what stands in its way.
    ///
    /// # Errors
    /// The store's.
    pub async fn stopped_report(&self) -> Result<Report, RunError> {
        let mut report = Report { status: RunStatus::Stopped, ..Report::default() };
        for connector in self.plan().await?.connectors {
            report.connector(&connector.name).planned.add(&connector.tally.counts);
        }
        self.finish(&mut report).await?;
        Ok(report)
    }

    /// The connectors that nothing is written to, by name.
    #[must_use]
    pub fn staged(&self) -> Vec<String> {
        self.options.staged.iter().map(|connector| self.name(*connector)).collect()
    }

    pub(crate) fn name(&self, connector: ConnectorId) -> String {
        let known = self.connectors.iter().find(|known| known.id == connector);
        known.map_or_else(|| format!("connector {}", connector.0), |known| known.name.clone())
    }
}
