//! What is read of objects, identities and the index.

use std::collections::{BTreeSet, HashMap};

use madrigal_model::{Anchor, ConnectorId, Identity, IdentityId, IndexKey, ObjectKey, Timestamp};
use sqlx::Row as _;

use super::SqliteStore;
use super::number::{Owner, connector_of, key_hash, link_hash, object_ids};
use super::packed::{Unpacker, unpack_head};
use super::read_rows::{PACK, unpack_all};
use crate::{DirtyBatch, KeyOwner, Lease, StoreError, StoredObject};

/// The owners of hashes, with what the rows that own them are called outside.
struct NamedOwners {
    /// A hash's place in the list, and one owner.
    found: Vec<(usize, Owner)>,
    anchors: HashMap<i64, Anchor>,
    ids: HashMap<i64, IdentityId>,
}

impl SqliteStore {
    pub(super) async fn objects_by_key(
        &self,
        keys: &[ObjectKey],
    ) -> Result<Vec<Option<StoredObject>>, StoreError> {
        let mut reader = self.reader().await?;
        let ids = self.object_ids(&mut reader, keys).await?;
        let wanted: Vec<i64> = ids.iter().flatten().copied().collect();
        let rows = self.object_rows(&mut reader, &wanted).await?;
        let names = self.names();
        let mut objects = HashMap::with_capacity(rows.len());
        for row in rows {
            let id = row.head.id;
            objects.insert(id, row.stored(&names).map_err(|damage| self.place.damaged(damage))?);
        }
        let mut left: HashMap<i64, usize> = HashMap::with_capacity(ids.len());
        for id in ids.iter().flatten() {
            *left.entry(*id).or_default() += 1;
        }
        // Each object is moved out where it is asked for the last time: mostly the first.
        let mut give = |id: i64| {
            let times = left.get_mut(&id)?;
            *times -= 1;
            if *times == 0 { objects.remove(&id) } else { objects.get(&id).cloned() }
        };
        let found = ids.into_iter().map(|id| id.and_then(&mut give));
        Ok(found.zip(keys).map(|(found, key)| found.filter(|found| found.object.key == *key)).collect())
    }

    pub(super) async fn identities_by_id(
        &self,
        ids: &[IdentityId],
    ) -> Result<Vec<Option<Identity>>, StoreError> {
        let mut reader = self.reader().await?;
        let numbers = self.identity_numbers(&mut reader, ids).await?;
        let wanted: Vec<i64> = numbers.iter().flatten().copied().collect();
        let rows = self.identity_rows(&mut reader, &wanted).await?;
        let mut identities: HashMap<i64, Identity> = rows.into_iter().collect();
        for row in self.state_rows(&mut reader, &wanted).await? {
            if let Some(identity) = identities.get_mut(&row.identity) {
                identity.exports.push(row.state);
            }
        }
        let mut by_id: HashMap<IdentityId, Identity> =
            identities.into_values().map(|identity| (identity.id, identity)).collect();
        let hashes: Vec<u64> = ids.iter().copied().map(link_hash).collect();
        let linked = self.lookup(&mut reader, &hashes).await?;
        let linked = linked.into_iter().filter_map(|(_, owner)| match owner {
            Owner::Link(object) => Some(object),
            _ => None,
        });
        let linked: Vec<i64> = linked.collect();
        for (head, link) in self.links(&mut reader, &linked).await? {
            if let Some(identity) = by_id.get_mut(&link.identity) {
                let connector = ConnectorId(connector_of(head.id));
                identity.links.push(ObjectKey::new(connector, head.anchor));
            }
        }
        Ok(ids.iter().map(|id| by_id.get(id).cloned()).collect())
    }

    pub(super) async fn owners_of(
        &self,
        keys: &[IndexKey],
    ) -> Result<HashMap<IndexKey, Vec<KeyOwner>>, StoreError> {
        let hashes: Vec<u64> = keys.iter().copied().map(key_hash).collect();
        let named = match self.named_in_memory(&hashes) {
            Some(named) => named,
            None => self.named(&hashes).await?,
        };
        let NamedOwners { mut found, anchors, ids } = named;
        found.sort_unstable_by_key(|(place, owner)| match owner {
            Owner::Export(identity, connector) => (*place, 1, *identity, *connector),
            Owner::Key(id) | Owner::Anchor(id) | Owner::Link(id) | Owner::Identity(id) => (*place, 0, *id, 0),
        });
        let mut owners: HashMap<IndexKey, Vec<KeyOwner>> = HashMap::with_capacity(keys.len());
        for (place, owner) in found {
            let named = match owner {
                Owner::Key(id) => anchors.get(&id).map(|anchor| {
                    KeyOwner::Object(ObjectKey::new(ConnectorId(connector_of(id)), anchor.clone()))
                }),
                Owner::Export(number, connector) => {
                    ids.get(&number).map(|id| KeyOwner::Export(*id, ConnectorId(connector)))
                }
                Owner::Anchor(_) | Owner::Link(_) | Owner::Identity(_) => None,
            };
            if let (Some(key), Some(owner)) = (keys.get(place), named) {
                let owners = owners.entry(*key).or_default();
                // A key that was asked twice is answered once.
                if owners.last() != Some(&owner) && !owners.contains(&owner) {
                    owners.push(owner);
                }
            }
        }
        Ok(owners)
    }

    async fn named(&self, hashes: &[u64]) -> Result<NamedOwners, StoreError> {
        let mut reader = self.reader().await?;
        let found = self.lookup(&mut reader, hashes).await?;
        let (mut objects, mut identities) = (Vec::new(), Vec::new());
        for (_, owner) in &found {
            match owner {
                Owner::Key(object) => objects.push(*object),
                Owner::Export(identity, _) => identities.push(*identity),
                Owner::Anchor(_) | Owner::Link(_) | Owner::Identity(_) => {}
            }
        }
        let anchors = self.anchors(&mut reader, &objects).await?;
        let ids = self.ids(&mut reader, &identities).await?;
        Ok(NamedOwners { found, anchors, ids })
    }

    /// The same where nothing has to be read: a connection costs more than the answer.
    fn named_in_memory(&self, hashes: &[u64]) -> Option<NamedOwners> {
        let cache = self.cache();
        if !self.is_alone(&cache) {
            return None;
        }
        let found = cache.owners(hashes).ok()?;
        let (mut anchors, mut ids) = (HashMap::new(), HashMap::new());
        for (_, owner) in &found {
            match owner {
                Owner::Key(object) => {
                    anchors.insert(*object, cache.anchor(*object)?.clone());
                }
                Owner::Export(identity, _) => {
                    ids.insert(*identity, cache.id(*identity)?);
                }
                Owner::Anchor(_) | Owner::Link(_) | Owner::Identity(_) => {}
            }
        }
        Some(NamedOwners { found, anchors, ids })
    }

    pub(super) async fn objects_behind(
        &self,
        connector: ConnectorId,
        after: Option<&Anchor>,
        limit: u32,
    ) -> Result<Vec<StoredObject>, StoreError> {
        let mut reader = self.reader().await?;
        let (first, last) = object_ids(connector);
        let mut behind = match after {
            None => first,
            Some(anchor) => {
                let key = ObjectKey::new(connector, anchor.clone());
                let id = self.object_ids(&mut reader, &[key]).await?.into_iter().flatten().next();
                id.ok_or_else(|| StoreError::lost_place(anchor))?
            }
        };
        let mut objects = Vec::with_capacity((limit as usize).min(10_000));
        while objects.len() < limit as usize {
            let wanted = (limit as usize - objects.len()).min(4 * PACK);
            let rows = self.object_range(&mut reader, behind, last, wanted).await?;
            let Some(end) = rows.last() else { break };
            behind = end.head.id;
            // The place to read on from is asked next.
            self.cache().remember_anchor(behind, &end.head.anchor);
            let names = self.names();
            for row in rows {
                objects.push(row.stored(&names).map_err(|damage| self.place.damaged(damage))?);
            }
        }
        Ok(objects)
    }

    pub(super) async fn dirty_batch(&self, now: Timestamp, limit: u32) -> Result<DirtyBatch, StoreError> {
        let mut reader = self.reader().await?;
        let failed = |error| self.place.failed("reading what waits for a sync", error);
        let row = sqlx::query(
            "select cast(string_agg(packed, '') as blob) from (select o.head || case d.quiet when 0 then x'00' else x'01' end \
             as packed from dirty_object d cross join object o where o.id = d.id order by d.id limit ?)",
        )
        .bind(limit)
        .fetch_one(&mut *reader)
        .await
        .map_err(failed)?;
        let pack = row.try_get::<Option<&[u8]>, _>(0).map_err(failed)?.unwrap_or_default();
        let heads =
            unpack_all(pack, |packed: &mut Unpacker<'_>| Ok((unpack_head(packed)?, packed.byte()? != 0)))
                .map_err(|damage| self.place.damaged(damage))?;
        let mut objects = Vec::with_capacity(heads.len());
        let mut quiet = BTreeSet::new();
        {
            let mut cache = self.cache();
            for (head, is_quiet) in heads {
                cache.remember_anchor(head.id, &head.anchor);
                let key = ObjectKey::new(ConnectorId(connector_of(head.id)), head.anchor);
                quiet.extend(is_quiet.then(|| key.clone()));
                objects.push(key);
            }
        }
        let left = i64::from(limit) - objects.len() as i64;
        if left <= 0 {
            return Ok(DirtyBatch { objects, quiet, identities: Vec::new() });
        }
        let numbers: Vec<i64> = sqlx::query_scalar(
            "select id from dirty_identity union select id from identity where due_ms is not null and due_ms <= ? \
             order by 1 limit ?",
        )
        .bind(now.as_millis())
        .bind(left)
        .fetch_all(&mut *reader)
        .await
        .map_err(failed)?;
        let ids = self.ids(&mut reader, &numbers).await?;
        let identities = numbers.iter().filter_map(|number| ids.get(number).copied()).collect();
        Ok(DirtyBatch { objects, quiet, identities })
    }

    pub(super) async fn count_dirty(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut reader = self.reader().await?;
        sqlx::query_scalar::<_, i64>(
            "select (select count(*) from dirty_object) + (select count(*) from (select id from dirty_identity union \
             select id from identity where due_ms is not null and due_ms <= ?))",
        )
        .bind(now.as_millis())
        .fetch_one(&mut *reader)
        .await
        .map(i64::cast_unsigned)
        .map_err(|error| self.place.failed("counting what waits for a sync", error))
    }

    pub(super) async fn stored_rules_digest(&self) -> Result<Option<u64>, StoreError> {
        let mut reader = self.reader().await?;
        sqlx::query_scalar::<_, i64>("select value from setting where name = 'rules_digest'")
            .fetch_optional(&mut *reader)
            .await
            .map(|digest| digest.map(i64::cast_unsigned))
            .map_err(|error| self.place.failed("reading the digest of the rules", error))
    }

    pub(super) async fn rules_digest_kept(&self, lease: &Lease, digest: u64) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        let mut work = self.begin(&mut writer, Some(lease)).await?;
        work.set("rules_digest", digest.cast_signed()).await?;
        work.keep().await
    }

    pub(super) async fn looked_after(&self) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        let mut work = self.begin(&mut writer, None).await?;
        if self.cache().index.may_fold() {
            work.fold().await?;
        }
        work.keep().await?;
        // No `pragma optimize`: every statement walks by row id already, and statistics of one state of the store can
        // only turn SQLite to a worse way in the next.
        sqlx::query("pragma wal_checkpoint(truncate)")
            .execute(&mut *writer)
            .await
            .map(|_| ())
            .map_err(|error| self.place.failed("looking after the store", error))
    }
}
