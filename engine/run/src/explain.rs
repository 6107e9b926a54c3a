//! Explains an object from what is stored: the sync's own functions, and nothing is kept.

use std::collections::BTreeSet;
use std::sync::Arc;

use madrigal_model::{ConnectorId, ObjectKey, Timestamp};
use madrigal_state::Store;
use madrigal_sync::{Explanation, Progress, Topology};
use tokio::runtime::Handle;

use crate::error::RunError;
use crate::neighbourhood::StoreNeighbourhood;

/// What an explanation must know besides the store.
#[derive(Clone)]
pub struct Surroundings {
    /// Who takes part.
    pub topology: Arc<Topology>,
    /// Connectors whose imports do not show what an export did.
    pub unconfirming: BTreeSet<ConnectorId>,
    /// After how many seconds an export that no snapshot shows is planned again.
    pub confirm_within_seconds: i64,
}

/// Explains the object as a sync at `now` would decide; none where the store does not know it. It reads beside a running
/// engine and writes nothing.
///
/// # Errors
/// The store's.
pub async fn explain(
    store: Arc<dyn Store>,
    surroundings: &Surroundings,
    object: &ObjectKey,
    now: Timestamp,
) -> Result<Option<Explanation>, RunError> {
    let statuses = store.connectors().await?;
    let progress = Progress {
        latest: now,
        imports_complete: statuses.iter().map(|status| (status.id, status.imports_complete)).collect(),
        unconfirming: surroundings.unconfirming.clone(),
        confirm_within_seconds: surroundings.confirm_within_seconds,
    };
    let (topology, object) = (surroundings.topology.clone(), object.clone());
    let mut neighbourhood = StoreNeighbourhood { store, runtime: Handle::current() };
    let task = tokio::task::spawn_blocking(move || {
        madrigal_sync::explain(&topology, &mut neighbourhood, &object, &progress, now)
    });
    task.await?.map_err(RunError::Neighbourhood)
}
