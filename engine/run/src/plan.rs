//! The plan as it stands: what is pending for each target, counted, with what the guard says of it.

use std::collections::BTreeSet;

use madrigal_model::{ConnectorId, IdentityId, PendingExport};
use madrigal_state::PendingRecord;
use madrigal_sync::guard::{Measure, Stop, Tally, measures, stops};

use crate::engine::{Engine, EngineConnector};
use crate::error::RunError;

/// How many records of the plan are read at once.
const PAGE: u32 = 5_000;

/// What is planned for one target.
#[derive(Clone, Debug)]
pub struct ConnectorPlan {
    /// The target.
    pub connector: ConnectorId,
    /// Its name.
    pub name: String,
    /// Counts by kind and cleared attribute.
    pub tally: Tally,
    /// Our contacts there.
    pub contacts: u64,
    /// What each limit says of it.
    pub measures: Vec<Measure>,
    /// The limits that the plan goes past.
    pub stops: Vec<Stop>,
    /// Those that somebody answered for.
    pub accepted: Vec<Stop>,
}

/// What is planned for every target.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Each target that something is planned for or that has contacts of ours.
    pub connectors: Vec<ConnectorPlan>,
}

impl Plan {
    /// All limits that the plan goes past, named `connector.limit`.
    #[must_use]
    pub fn stops(&self) -> Vec<Stop> {
        self.connectors.iter().flat_map(|connector| connector.stops.iter().cloned()).collect()
    }

    /// The limits that the plan of these targets goes past.
    #[must_use]
    pub fn stops_of(&self, targets: &BTreeSet<ConnectorId>) -> Vec<Stop> {
        let connectors = self.connectors.iter().filter(|connector| targets.contains(&connector.connector));
        connectors.flat_map(|connector| connector.stops.iter().cloned()).collect()
    }

    /// How many changes are planned.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.connectors.iter().map(|connector| connector.tally.counts.total()).sum()
    }
}

impl Engine {
    /// Counts what is planned and asks the guard. Nothing is kept and nothing is written.
    ///
    /// # Errors
    /// The store's.
    pub async fn plan(&self) -> Result<Plan, RunError> {
        self.plan_with(|_| {}).await
    }

    /// The same, and shows each record on the way.
    pub(crate) async fn plan_with(&self, mut see: impl FnMut(&PendingRecord)) -> Result<Plan, RunError> {
        let mut plan = Plan::default();
        for connector in &self.connectors {
            plan.connectors.push(self.plan_of(connector, &mut see).await?);
        }
        Ok(plan)
    }

    /// The same for one connector.
    pub(crate) async fn plan_of(
        &self,
        connector: &EngineConnector,
        mut see: impl FnMut(&PendingRecord),
    ) -> Result<ConnectorPlan, RunError> {
        let mut tally = Tally::default();
        let mut after = None;
        loop {
            let page = self.store.pending(connector.id, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.export.identity);
            for record in &page {
                tally.count(&record.export);
                see(record);
            }
        }
        let contacts = self.status(connector.id).await?.provisioned;
        Ok(self.weighed(connector, tally, contacts))
    }

    /// What the guard says of these changes of a target, were they all that is planned.
    ///
    /// # Errors
    /// The store's.
    pub async fn weigh(
        &self,
        target: ConnectorId,
        changes: impl Iterator<Item = &PendingExport>,
    ) -> Result<Plan, RunError> {
        let mut tally = Tally::default();
        changes.for_each(|change| tally.count(change));
        let contacts = self.status(target).await?.provisioned;
        let weighed = self.weighed(self.configured(target)?, tally, contacts);
        Ok(Plan { connectors: vec![weighed] })
    }

    /// What the guard says of what is planned for a target.
    pub(crate) fn weighed(&self, connector: &EngineConnector, tally: Tally, contacts: u64) -> ConnectorPlan {
        let measures = measures(&tally, contacts, &connector.limits);
        let found = stops(connector.id, &tally, contacts, &connector.limits).into_iter();
        let named = found.map(|stop| Stop { limit: format!("{}.{}", connector.name, stop.limit), ..stop });
        let (accepted, mut stops): (Vec<Stop>, Vec<Stop>) =
            named.partition(|stop| self.options.accepted_limits.contains(&stop.limit));
        if !self.topology.safeguards.guard {
            stops.clear();
        }
        let name = connector.name.clone();
        ConnectorPlan { connector: connector.id, name, tally, contacts, measures, stops, accepted }
    }

    /// What is planned for a target, page by page: at most `limit` records behind `after`.
    ///
    /// # Errors
    /// The store's.
    pub async fn pending(
        &self,
        connector: ConnectorId,
        after: Option<IdentityId>,
        limit: u32,
    ) -> Result<Vec<PendingRecord>, RunError> {
        Ok(self.store.pending(connector, after, limit).await?)
    }
}
