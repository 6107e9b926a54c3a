//! From keys and ids to row ids and back. The index gives candidates by hash; what it gives is compared with the row
//! itself.

use std::collections::HashMap;
use std::sync::Arc;

use madrigal_model::{Anchor, IdentityId, ObjectKey};
use sqlx::sqlite::SqliteConnection;

use super::SqliteStore;
use super::names::Names;
use super::number::{Owner, anchor_hash, connector_of, identity_hash};
use crate::StoreError;

impl SqliteStore {
    /// The dictionaries as they are now.
    pub(super) fn names(&self) -> Arc<Names> {
        Arc::clone(&self.cache().names)
    }

    /// The row ids of objects, in the order asked.
    pub(super) async fn object_ids(
        &self,
        connection: &mut SqliteConnection,
        keys: &[ObjectKey],
    ) -> Result<Vec<Option<i64>>, StoreError> {
        let hashes: Vec<u64> = keys.iter().map(anchor_hash).collect();
        let found = self.lookup(connection, &hashes).await?;
        let candidates = found.into_iter().filter_map(|(place, owner)| match owner {
            Owner::Anchor(id) => Some((place, id)),
            _ => None,
        });
        let candidates: Vec<(usize, i64)> = candidates.collect();
        let wanted: Vec<i64> = candidates.iter().map(|(_, id)| *id).collect();
        let anchors = self.anchors(connection, &wanted).await?;
        let missing: Vec<u64> = candidates
            .iter()
            .filter(|(_, id)| !anchors.contains_key(id))
            .filter_map(|(place, _)| hashes.get(*place).copied())
            .collect();
        self.check_missing(connection, &missing, &anchors).await?;
        let mut ids = vec![None; keys.len()];
        for (place, id) in candidates {
            let (Some(key), Some(slot)) = (keys.get(place), ids.get_mut(place)) else { continue };
            if key.connector.0 == connector_of(id) && anchors.get(&id) == Some(&key.anchor) {
                *slot = Some(id);
            }
        }
        Ok(ids)
    }

    /// Objects may be forgotten between the look into the index and the look at their rows. What the index still names
    /// and no row has is lost.
    async fn check_missing(
        &self,
        connection: &mut SqliteConnection,
        hashes: &[u64],
        anchors: &HashMap<i64, Anchor>,
    ) -> Result<(), StoreError> {
        if hashes.is_empty() {
            return Ok(());
        }
        for (_, owner) in self.lookup(connection, hashes).await? {
            if let Owner::Anchor(id) = owner
                && !anchors.contains_key(&id)
                && self.heads(connection, &[id]).await?.is_empty()
            {
                return Err(self.place.corrupt("an object that the index names is missing"));
            }
        }
        Ok(())
    }

    /// The anchors of objects by row id; unknown ones are left out.
    pub(super) async fn anchors(
        &self,
        connection: &mut SqliteConnection,
        ids: &[i64],
    ) -> Result<HashMap<i64, Anchor>, StoreError> {
        let mut anchors = HashMap::with_capacity(ids.len());
        let mut unknown = Vec::new();
        {
            let cache = self.cache();
            for id in ids {
                match cache.anchor(*id) {
                    Some(anchor) => {
                        anchors.insert(*id, anchor.clone());
                    }
                    None => unknown.push(*id),
                }
            }
        }
        if !unknown.is_empty() {
            let heads = self.heads(connection, &unknown).await?;
            let mut cache = self.cache();
            for head in heads {
                cache.remember_anchor(head.id, &head.anchor);
                anchors.insert(head.id, head.anchor);
            }
        }
        Ok(anchors)
    }

    /// The row ids of identities, in the order asked.
    pub(super) async fn identity_numbers(
        &self,
        connection: &mut SqliteConnection,
        ids: &[IdentityId],
    ) -> Result<Vec<Option<i64>>, StoreError> {
        let hashes: Vec<u64> = ids.iter().copied().map(identity_hash).collect();
        let found = self.lookup(connection, &hashes).await?;
        let candidates = found.into_iter().filter_map(|(place, owner)| match owner {
            Owner::Identity(number) => Some((place, number)),
            _ => None,
        });
        let candidates: Vec<(usize, i64)> = candidates.collect();
        let wanted: Vec<i64> = candidates.iter().map(|(_, number)| *number).collect();
        let known = self.ids(connection, &wanted).await?;
        let mut numbers = vec![None; ids.len()];
        for (place, number) in candidates {
            if let (Some(id), Some(slot)) = (ids.get(place), numbers.get_mut(place))
                && known.get(&number) == Some(id)
            {
                *slot = Some(number);
            }
        }
        Ok(numbers)
    }

    /// The ids of identities by row id; unknown ones are left out.
    pub(super) async fn ids(
        &self,
        connection: &mut SqliteConnection,
        numbers: &[i64],
    ) -> Result<HashMap<i64, IdentityId>, StoreError> {
        let mut ids = HashMap::with_capacity(numbers.len());
        let mut unknown = Vec::new();
        {
            let cache = self.cache();
            for number in numbers {
                match cache.id(*number) {
                    Some(id) => {
                        ids.insert(*number, id);
                    }
                    None => unknown.push(*number),
                }
            }
        }
        if !unknown.is_empty() {
            let rows = self.identity_rows(connection, &unknown).await?;
            let mut cache = self.cache();
            for (number, identity) in rows {
                cache.remember_id(number, identity.id);
                ids.insert(number, identity.id);
            }
        }
        Ok(ids)
    }
}
