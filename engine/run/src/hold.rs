//! What is held because a person took a run back, and how it is let go of.

use std::collections::BTreeMap;

use madrigal_model::{ConnectorId, IdentityId, Timestamp};
use madrigal_state::{RunId, Store, StoreError};

use crate::engine::Engine;
use crate::error::RunError;

/// How many identities are looked at in one step.
const AT_ONCE: usize = 1_000;

/// What is held of one run in one directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// When it was taken back, the last time.
    pub at: Timestamp,
    /// Whose contacts.
    pub identities: Vec<IdentityId>,
}

/// What is held in a directory, by the run that was taken back.
///
/// # Errors
/// The store's.
pub async fn held(store: &dyn Store, connector: ConnectorId) -> Result<BTreeMap<RunId, Held>, StoreError> {
    let mut held: BTreeMap<RunId, Held> = BTreeMap::new();
    let ids = store.held(connector).await?;
    for some in ids.chunks(AT_ONCE) {
        for identity in store.identities(some).await?.into_iter().flatten() {
            let states = identity.exports.iter().filter(|state| state.connector == connector);
            for hold in states.flat_map(|state| &state.holds) {
                let of = held.entry(RunId(hold.run));
                let of = of.or_insert_with(|| Held { at: hold.at, identities: Vec::new() });
                of.at = of.at.max(hold.at);
                of.identities.push(identity.id);
            }
        }
    }
    Ok(held)
}

impl Engine {
    /// Lets go of what is held because a run was taken back, in every directory or in this one: the next sync plans it
    /// again where the rules still ask for it. Gives how much that is, by directory.
    ///
    /// # Errors
    /// The store's, and [`RunError::UnknownConnector`].
    pub async fn release(&self, run: RunId, only: Option<&str>) -> Result<BTreeMap<String, u64>, RunError> {
        if let Some(name) = only.filter(|name| self.connectors.iter().all(|known| known.name != **name)) {
            return Err(RunError::UnknownConnector(name.to_owned()));
        }
        let mut released = BTreeMap::new();
        for connector in self.connectors.iter().filter(|known| only.is_none_or(|only| only == known.name)) {
            let Some(held) = held(&*self.store, connector.id).await?.remove(&run) else { continue };
            for some in held.identities.chunks(AT_ONCE) {
                self.store.release(&self.lease, connector.id, some, run).await?;
            }
            released.insert(connector.name.clone(), held.identities.len() as u64);
        }
        Ok(released)
    }
}
