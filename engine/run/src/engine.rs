//! The engine: connectors, rules and a store under a lease.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use madrigal_api::{Exporter, Importer};
use madrigal_model::{AttributeName, ConnectorId, Timestamp};
use madrigal_state::{ConnectorStatus, Lease, RunId, Store};
use madrigal_sync::guard::Limits;
use madrigal_sync::{Progress, Topology};

use crate::error::RunError;

/// One configured connector with the means to reach it.
pub struct EngineConnector {
    /// Its number in the store.
    pub id: ConnectorId,
    /// Its configured name.
    pub name: String,
    /// Reads it.
    pub importer: Box<dyn Importer>,
    /// Writes it; none: it is only read.
    pub exporter: Option<Box<dyn Exporter>>,
    /// The limits on what is written there.
    pub limits: Limits,
    /// How many percent of its objects may be gone from one import to the next.
    pub source_percent: u64,
}

/// What can be set for an engine.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Observations of one page.
    pub page_size: usize,
    /// Dirty objects of one batch of a sync.
    pub sync_batch: u32,
    /// Exports of one batch.
    pub export_batch: u32,
    /// Values of more octets than this are kept out of row.
    pub large_value: usize,
    /// After how many seconds an export that no snapshot shows is planned again.
    pub confirm_within_seconds: i64,
    /// How many rounds of export and confirming import one cycle makes at most.
    pub rounds: u32,
    /// Limits that somebody answered for, by name: `xyz.deletes`, `abc.source`.
    pub accepted_limits: Vec<String>,
    /// Connectors that nothing is written to: everything is done but the export.
    pub staged: BTreeSet<ConnectorId>,
    /// How long the lease holds without being renewed, in seconds.
    pub lease_seconds: u32,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            page_size: 5_000,
            sync_batch: 5_000,
            export_batch: 1_000,
            large_value: 4_096,
            confirm_within_seconds: 7 * 86_400,
            rounds: 5,
            accepted_limits: Vec::new(),
            staged: BTreeSet::new(),
            lease_seconds: 300,
        }
    }
}

/// Connectors, rules and a store under a lease.
pub struct Engine {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) topology: Arc<Topology>,
    pub(crate) connectors: Vec<EngineConnector>,
    pub(crate) options: EngineOptions,
    pub(crate) lease: Lease,
    pub(crate) wanted: BTreeMap<ConnectorId, Vec<AttributeName>>,
    pub(crate) run: RunId,
    pub(crate) exports_sent: u64,
}

impl Engine {
    /// An engine that works under this lease. The connectors are in the topology's order.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        topology: Topology,
        connectors: Vec<EngineConnector>,
        options: EngineOptions,
        lease: Lease,
    ) -> Self {
        let wanted = topology
            .connectors
            .iter()
            .map(|connector| (connector.id, wanted(&topology, connector.id)))
            .collect();
        let topology = Arc::new(topology);
        Self { store, topology, connectors, options, lease, wanted, run: RunId(0), exports_sent: 0 }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Who takes part.
    #[must_use]
    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// Begins a run: what is written from now on is counted to it.
    ///
    /// # Errors
    /// The store's.
    pub async fn begin_run(&mut self, profile: &str, by: &str, now: Timestamp) -> Result<RunId, RunError> {
        self.run = self.store.begin_run(&self.lease, profile, by, now).await?;
        self.exports_sent = 0;
        Ok(self.run)
    }

    /// Ends the run with its outcome as JSON.
    ///
    /// # Errors
    /// The store's.
    pub async fn end_run(&self, outcome: &str, now: Timestamp) -> Result<(), RunError> {
        Ok(self.store.end_run(&self.lease, self.run, outcome, now).await?)
    }

    /// Makes the lease good for another while.
    ///
    /// # Errors
    /// The store's; above all that another engine took over.
    pub async fn renew_lease(&mut self, now: Timestamp) -> Result<(), RunError> {
        self.lease = self.store.renew_lease(&self.lease, now, self.options.lease_seconds).await?;
        Ok(())
    }

    /// Gives the lease back.
    ///
    /// # Errors
    /// The store's.
    pub async fn close(self) -> Result<(), RunError> {
        Ok(self.store.release_lease(&self.lease).await?)
    }

    pub(crate) fn configured(&self, connector: ConnectorId) -> Result<&EngineConnector, RunError> {
        let known = self.connectors.iter().find(|known| known.id == connector);
        known.ok_or_else(|| unknown(connector))
    }

    pub(crate) fn configured_mut(
        &mut self,
        connector: ConnectorId,
    ) -> Result<&mut EngineConnector, RunError> {
        let known = self.connectors.iter_mut().find(|known| known.id == connector);
        known.ok_or_else(|| unknown(connector))
    }

    /// How many changes somebody carries to a directory: written down, and shown by no import yet.
    ///
    /// # Errors
    /// The store's.
    pub async fn carried(&self) -> Result<u64, RunError> {
        let mut carried = 0;
        for connector in &self.connectors {
            let exporter = connector.exporter.as_ref();
            if exporter.is_some_and(|exporter| !exporter.capabilities().confirms) {
                carried += self.store.unconfirmed(connector.id).await?.len() as u64;
            }
        }
        Ok(carried)
    }

    /// The number of the connector with this name.
    ///
    /// # Errors
    /// [`RunError::UnknownConnector`].
    pub fn connector_named(&self, name: &str) -> Result<ConnectorId, RunError> {
        let connector = self.connectors.iter().find(|connector| connector.name == name);
        connector.map(|connector| connector.id).ok_or_else(|| RunError::UnknownConnector(name.to_owned()))
    }

    pub(crate) async fn status(&self, connector: ConnectorId) -> Result<ConnectorStatus, RunError> {
        let all = self.store.connectors().await?;
        all.into_iter()
            .find(|status| status.id == connector)
            .ok_or_else(|| RunError::UnknownConnector(format!("{}", connector.0)))
    }

    pub(crate) async fn progress(&self) -> Result<Progress, RunError> {
        let statuses = self.store.connectors().await?;
        let unconfirming = self
            .connectors
            .iter()
            .filter(|connector| {
                connector.exporter.as_ref().is_some_and(|exporter| !exporter.capabilities().confirms)
            })
            .map(|connector| connector.id);
        let runs = self.store.runs(RUNS_LOOKED_AT).await?;
        Ok(Progress {
            latest: runs.iter().map(|run| run.began).max().unwrap_or_default(),
            imports_complete: statuses.iter().map(|status| (status.id, status.imports_complete)).collect(),
            unconfirming: unconfirming.collect(),
            confirm_within_seconds: self.options.confirm_within_seconds,
        })
    }
}

/// Among how many of the last runs the latest time is looked for.
const RUNS_LOOKED_AT: u32 = 20;

/// The attributes of a directory that some rule reads or writes, and those that the engine itself looks at.
fn wanted(topology: &Topology, connector: ConnectorId) -> Vec<AttributeName> {
    const ALWAYS: [&str; 9] = [
        "objectClass",
        "cn",
        "mail",
        "mailNickname",
        "proxyAddresses",
        "targetAddress",
        "legacyExchangeDN",
        "msExchHideFromAddressLists",
        "msExchOriginatingForest",
    ];
    let mut wanted: BTreeSet<AttributeName> = ALWAYS.into_iter().filter_map(AttributeName::known).collect();
    if let Some(connector) = topology.connector(connector) {
        wanted.extend(connector.rules.import_slots.attributes());
        wanted.insert(connector.stamp);
        if topology.asks_groups(connector.id) {
            wanted.extend(AttributeName::intern("member"));
        }
    }
    for share in topology.shares.iter().filter(|share| share.to.contains(&connector)) {
        for rule in &share.rules.export {
            wanted.extend(rule.flows.iter().map(|flow| flow.attribute));
            wanted.extend(rule.uniques.iter().map(|unique| unique.attribute));
        }
    }
    wanted.into_iter().collect()
}

fn unknown(connector: ConnectorId) -> RunError {
    RunError::UnknownConnector(connector.0.to_string())
}
