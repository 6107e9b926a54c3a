//! The whole cycle: import, sync, plan, guard, export, and again until an import shows that nothing is left to do.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use madrigal_api::{ConnectorError, ImportMode};
use madrigal_model::{ChangeCounts, ChangeKind, ConnectorId, IdentityId, Problem, Timestamp};

use crate::engine::Engine;
use crate::error::RunError;
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
        let mut report = Report::default();
        let mode = if options.full_import { ImportMode::Full } else { ImportMode::Delta };
        let mut unreachable: Vec<RunError> = Vec::new();
        let ids: Vec<ConnectorId> = self.connectors.iter().map(|connector| connector.id).collect();
        for connector in &ids {
            match self.import_into(&mut report, *connector, mode, now).await {
                Err(RunError::Connector { connector, source })
                    if matches!(*source, ConnectorError::Unreachable { .. }) =>
                {
                    // The others go on with what was last seen there.
                    unreachable.push(RunError::Connector { connector, source });
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
                return Err(unreachable.into_iter().next().unwrap_or(never));
            }
            other => other?,
        };
        // A change that is planned again in a later round is one planned change.
        let mut seen: HashSet<(ConnectorId, IdentityId, ChangeKind)> = HashSet::new();
        for round in 0..self.options.rounds.max(1) {
            let mut planned: BTreeMap<ConnectorId, ChangeCounts> = BTreeMap::new();
            let plan = self.plan_with(|record| {
                let export = &record.export;
                if seen.insert((export.connector, export.identity, export.kind)) {
                    planned.entry(export.connector).or_default().count(export.kind);
                }
            });
            let plan = plan.await?;
            for (connector, counts) in &planned {
                report.connector(&self.name(*connector)).planned.add(counts);
            }
            let pending = plan.connectors.iter().filter(|connector| connector.tally.counts.total() > 0);
            let fresh = pending.map(|connector| connector.connector);
            let fresh: BTreeSet<ConnectorId> =
                fresh.filter(|connector| !self.options.staged.contains(connector)).collect();
            if !options.export || fresh.is_empty() {
                break;
            }
            let stops = plan.stops_of(&fresh);
            if !stops.is_empty() {
                return Err(RunError::Stopped(stops));
            }
            if !self.export_round(&mut report, &fresh, now).await? || round + 1 == self.options.rounds {
                break;
            }
        }
        self.finish(&mut report).await?;
        match unreachable.into_iter().next() {
            Some(error) => Err(error),
            None => Ok(report),
        }
    }

    /// Exports to these connectors and reads back what came of it; whether something was sent.
    pub(crate) async fn export_round(
        &mut self,
        report: &mut Report,
        connectors: &BTreeSet<ConnectorId>,
        now: Timestamp,
    ) -> Result<bool, RunError> {
        let mut sent = false;
        for connector in connectors {
            let accepted = self.export(*connector, now).await?;
            sent |= accepted.total() > 0;
            let name = self.name(*connector);
            report.connector(&name).exported.add(&accepted);
        }
        self.read_back(connectors, now).await?;
        Ok(sent)
    }

    /// Reads what came of an export and draws the consequences.
    pub(crate) async fn read_back(
        &mut self,
        connectors: &BTreeSet<ConnectorId>,
        now: Timestamp,
    ) -> Result<(), RunError> {
        for connector in connectors {
            // What was read before is counted already; the confirming import is the engine's own affair.
            self.import(*connector, ImportMode::Delta, now).await?;
        }
        self.sync(now).await?;
        Ok(())
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
