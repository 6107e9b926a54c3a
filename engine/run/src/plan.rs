//! The plan as it stands: what is pending for each target, counted, with what the guard says of it.

use madrigal_model::{ConnectorId, IdentityId};
use madrigal_state::PendingRecord;
use madrigal_sync::guard::{Stop, Tally, stops};

use crate::engine::Engine;
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
    /// The limits that the plan goes past.
    pub stops: Vec<Stop>,
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
            let stops = if self.topology.safeguards.guard {
                let found = stops(connector.id, &tally, contacts, &connector.limits);
                found
                    .into_iter()
                    .map(|stop| Stop { limit: format!("{}.{}", connector.name, stop.limit), ..stop })
                    .filter(|stop| !self.options.accepted_limits.contains(&stop.limit))
                    .collect()
            } else {
                Vec::new()
            };
            let name = connector.name.clone();
            plan.connectors.push(ConnectorPlan { connector: connector.id, name, tally, contacts, stops });
        }
        Ok(plan)
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
