//! Answers what the sync asks from the store.

use std::sync::Arc;

use madrigal_model::{Identity, IdentityId, IndexKey, KeyOwner, ObjectKey, SpaceObject};
use madrigal_state::Store;
use madrigal_sync::{Neighbourhood, NeighbourhoodError};
use tokio::runtime::Handle;

use crate::parallel::in_parts;

/// The store as a neighbourhood, for use on a blocking thread.
pub(crate) struct StoreNeighbourhood {
    pub store: Arc<dyn Store>,
    pub runtime: Handle,
}

impl Neighbourhood for StoreNeighbourhood {
    fn objects(
        &mut self,
        keys: &[ObjectKey],
    ) -> Result<Vec<Option<(SpaceObject, bool)>>, NeighbourhoodError> {
        let found = self.runtime.block_on(self.store.objects(keys))?;
        Ok(found.into_iter().map(|found| found.map(|stored| (stored.object, stored.gone))).collect())
    }

    fn identities(&mut self, ids: &[IdentityId]) -> Result<Vec<Option<Identity>>, NeighbourhoodError> {
        Ok(self.runtime.block_on(self.store.identities(ids))?)
    }

    fn owners(&mut self, keys: &[IndexKey]) -> Result<Vec<Vec<KeyOwner>>, NeighbourhoodError> {
        let mut found = self.runtime.block_on(self.store.owners(keys))?;
        Ok(keys.iter().map(|key| found.remove(key).unwrap_or_default()).collect())
    }

    fn in_parts(&mut self, many: usize, work: &(dyn Fn(usize) + Sync)) {
        in_parts((0..many).collect(), |part| part.into_iter().for_each(work));
    }
}
