//! What is read of objects, identities and the index.

use std::collections::{BTreeSet, HashMap};

use madrigal_model::{
    Anchor, ConnectorId, Identity, IdentityId, IndexKey, ObjectKey, Problem, SpaceObject, Timestamp,
};

use super::tables::{IdentityNumber, ObjectRow, Tables};
use crate::{DirtyBatch, KeyOwner, StoreError, StoredObject};

impl Tables {
    /// The objects of a connector space in the order of their numbers.
    pub(super) fn objects_of(&self, connector: ConnectorId) -> impl Iterator<Item = &ObjectRow> {
        let first = u64::from(connector.0) << 32;
        self.objects.range(first..=first | u64::from(u32::MAX)).map(|(_, row)| row)
    }

    pub(super) fn objects_by_key(&self, keys: &[ObjectKey]) -> Vec<Option<StoredObject>> {
        let row = |key| self.objects.get(self.object_numbers.get(key)?);
        keys.iter().map(|key| row(key).map(stored)).collect()
    }

    pub(super) fn identities_by_id(&self, ids: &[IdentityId]) -> Vec<Option<Identity>> {
        let row = |id| self.identities.get(self.identity_numbers.get(id)?);
        let whole = |identity: &Identity| Identity { links: self.links_of(identity.id), ..identity.clone() };
        ids.iter().map(|id| row(id).map(|row| whole(&row.identity))).collect()
    }

    fn links_of(&self, identity: IdentityId) -> Vec<ObjectKey> {
        let numbers = self.links.get(&identity).into_iter().flatten();
        numbers.filter_map(|number| self.objects.get(number)).map(|row| row.key.clone()).collect()
    }

    pub(super) fn owners(&self, keys: &[IndexKey]) -> HashMap<IndexKey, Vec<KeyOwner>> {
        let owners = |key| -> Option<Vec<KeyOwner>> {
            Some(self.keys.get(key)?.iter().filter_map(|owner| self.named(*owner)).collect())
        };
        keys.iter().filter_map(|key| Some((*key, owners(key)?))).collect()
    }

    pub(super) fn scan_objects(
        &self,
        connector: ConnectorId,
        after: Option<&Anchor>,
        limit: u32,
    ) -> Result<Vec<StoredObject>, StoreError> {
        let first = u64::from(connector.0) << 32;
        let last = first | u64::from(u32::MAX);
        let after = match after {
            None => first,
            Some(anchor) => {
                let key = ObjectKey::new(connector, anchor.clone());
                *self.object_numbers.get(&key).ok_or_else(|| StoreError::lost_place(anchor))?
            }
        };
        let behind = self.objects.range(after + 1..=last).map(|(_, row)| row);
        Ok(behind.filter(|row| !row.gone).take(limit as usize).map(stored).collect())
    }

    /// Identities that are marked, or whose due time has come, in the order of their numbers.
    fn waiting_identities(&self, now: Timestamp) -> impl Iterator<Item = IdentityNumber> {
        let due = self.due.range(..=(now, IdentityNumber::MAX)).map(|(_, number)| *number);
        let mut waiting: Vec<_> = self.dirty_identities.iter().copied().chain(due).collect();
        waiting.sort_unstable();
        waiting.dedup();
        waiting.into_iter()
    }

    pub(super) fn dirty(&self, now: Timestamp, limit: u32) -> DirtyBatch {
        let mut objects: Vec<ObjectKey> = Vec::new();
        let mut quiet = BTreeSet::new();
        for (number, is_quiet) in self.dirty_objects.iter().take(limit as usize) {
            let Some(row) = self.objects.get(number) else { continue };
            objects.push(row.key.clone());
            quiet.extend(is_quiet.then(|| row.key.clone()));
        }
        let identities = self
            .waiting_identities(now)
            .filter_map(|number| self.identities.get(&number))
            .take(limit as usize - objects.len())
            .map(|row| row.identity.id)
            .collect();
        DirtyBatch { objects, quiet, identities }
    }

    pub(super) fn dirty_count(&self, now: Timestamp) -> u64 {
        (self.dirty_objects.len() + self.waiting_identities(now).count()) as u64
    }

    pub(super) fn problems(&self) -> Vec<Problem> {
        self.problems.values().flatten().cloned().collect()
    }
}

fn stored(row: &ObjectRow) -> StoredObject {
    let object = SpaceObject {
        key: row.key.clone(),
        dn: row.dn.clone(),
        entry: row.entry.clone(),
        link: row.link.clone(),
    };
    StoredObject { object, gone: row.gone }
}
