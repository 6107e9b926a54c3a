//! What imports write.

use std::collections::HashMap;

use madrigal_model::{Anchor, ConnectorId, ContentHash, EntryDigest, IndexKey, ObjectKey};
use sqlx::{Connection as _, QueryBuilder, Row as _};

use super::SqliteStore;
use super::index::Change;
use super::lease::watermark;
use super::number::{Owner, anchor_hash, key_hash, object_id, object_ids};
use super::packed::{ObjectParts, pack_head, pack_object, unpack_head};
use super::read_rows::{ObjectRow, unpack_all};
use super::sync::Dirty;
use super::work::{ROWS, Work};
use crate::{BlobWrite, ImportCommit, Lease, ObjectWrite, StoreError};

/// Heads that are read as one value.
const HEADS: i64 = 2000;

/// An object about to be written.
struct Draft {
    id: i64,
    gone: bool,
    quiet: bool,
    anchor: Anchor,
    digest: EntryDigest,
    parts: ObjectParts,
}

impl SqliteStore {
    pub(super) async fn import_kept(&self, lease: &Lease, commit: ImportCommit) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        let mut work = self.begin(&mut writer, Some(lease)).await?;
        work.move_watermark(&commit).await?;
        work.write_large_values(commit.blobs).await?;
        work.write_objects(commit.connector, commit.objects, commit.gone).await?;
        work.wake(&commit.wake).await?;
        work.keep().await
    }

    pub(super) async fn watermark_forgotten(
        &self,
        lease: &Lease,
        connector: ConnectorId,
    ) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        let mut work = self.begin(&mut writer, Some(lease)).await?;
        let done = sqlx::query("update connector set mark = null, read_with = null where id = ?")
            .bind(connector.0)
            .execute(work.connection()?)
            .await
            .map_err(|error| work.failed(error))?;
        if done.rows_affected() == 0 {
            return Err(StoreError::unknown_connector(connector));
        }
        work.keep().await
    }

    pub(super) async fn digests_of(
        &self,
        connector: ConnectorId,
    ) -> Result<HashMap<Anchor, EntryDigest>, StoreError> {
        let mut reader = self.reader().await?;
        let failed = |error| self.place.failed("reading digests", error);
        let mut reader = reader.begin().await.map_err(failed)?;
        let count: Option<i64> = sqlx::query_scalar("select objects from connector where id = ?")
            .bind(connector.0)
            .fetch_optional(&mut *reader)
            .await
            .map_err(failed)?;
        let count = usize::try_from(count.unwrap_or(0)).unwrap_or(0);
        let mut digests = HashMap::with_capacity(count);
        let (mut after, last) = object_ids(connector);
        loop {
            let row = sqlx::query(
                "select cast(string_agg(head, '') as blob), max(id) from (select id, head from object where id > ? \
                 and id <= ? and gone = 0 order by id limit ?)",
            )
            .bind(after)
            .bind(last)
            .bind(HEADS)
            .fetch_one(&mut *reader)
            .await
            .map_err(failed)?;
            let Some(pack) = row.try_get::<Option<&[u8]>, _>(0).map_err(failed)? else { break };
            after = row.try_get(1).map_err(failed)?;
            let heads = unpack_all(pack, unpack_head).map_err(|damage| self.place.damaged(damage))?;
            digests.extend(heads.into_iter().map(|head| (head.anchor, head.digest)));
        }
        // A sweep takes what is not here for gone: it must not be short.
        if digests.len() != count {
            let what = format!("{count} objects were counted and {} are there", digests.len());
            return Err(self.place.corrupt(&what));
        }
        Ok(digests)
    }

    pub(super) async fn large_values(
        &self,
        hashes: &[ContentHash],
    ) -> Result<HashMap<ContentHash, Vec<u8>>, StoreError> {
        let mut reader = self.reader().await?;
        let mut values = HashMap::with_capacity(hashes.len());
        for hash in hashes {
            let content: Option<Vec<u8>> =
                sqlx::query_scalar("select content from large_value where hash = ?")
                    .bind(hash.0.to_be_bytes().to_vec())
                    .fetch_optional(&mut *reader)
                    .await
                    .map_err(|error| self.place.failed("reading a large value", error))?;
            let Some(content) = content else { continue };
            if ContentHash::of(&content) != *hash {
                return Err(self.place.corrupt("a large value does not match its hash"));
            }
            values.insert(*hash, content);
        }
        Ok(values)
    }
}

impl Work<'_> {
    async fn move_watermark(&mut self, commit: &ImportCommit) -> Result<(), StoreError> {
        let row = sqlx::query("select mark, read_with from connector where id = ?")
            .bind(commit.connector.0)
            .fetch_optional(self.connection()?)
            .await
            .map_err(|error| self.failed(error))?;
        let Some(row) = row else { return Err(StoreError::unknown_connector(commit.connector)) };
        let mark = row.try_get(0).map_err(|error| self.failed(error))?;
        let read_with = row.try_get(1).map_err(|error| self.failed(error))?;
        if watermark(mark, read_with) != commit.from {
            return Err(StoreError::WatermarkMoved);
        }
        sqlx::query(
            "update connector set mark = ?, read_with = ?, imports_complete = imports_complete + ?, \
             full_imports_complete = full_imports_complete + ?, last_import_ms = coalesce(?, last_import_ms) \
             where id = ?",
        )
        .bind(commit.to.mark.clone())
        .bind(commit.to.read_with.cast_signed())
        .bind(commit.walk_complete)
        .bind(commit.full_complete)
        .bind(commit.walk_complete.then_some(commit.at.as_millis()))
        .bind(commit.connector.0)
        .execute(self.connection()?)
        .await
        .map(|_| ())
        .map_err(|error| self.failed(error))
    }

    async fn write_large_values(&mut self, values: Vec<BlobWrite>) -> Result<(), StoreError> {
        for value in values {
            sqlx::query("insert or ignore into large_value (hash, content) values (?, ?)")
                .bind(value.hash.0.to_be_bytes().to_vec())
                .bind(value.content)
                .execute(self.connection()?)
                .await
                .map_err(|error| self.failed(error))?;
        }
        Ok(())
    }

    /// Writes objects with their keys, marks others gone, and all of them dirty.
    async fn write_objects(
        &mut self,
        connector: ConnectorId,
        objects: Vec<ObjectWrite>,
        gone: Vec<Anchor>,
    ) -> Result<(), StoreError> {
        let mut next = self.last_object(connector).await?;
        let known = self.known_objects(connector, &objects, &gone).await?;
        let mut counted = 0i64;
        let mut places: HashMap<Anchor, usize> = HashMap::with_capacity(objects.len());
        let mut drafts: Vec<Draft> = Vec::with_capacity(objects.len());
        for write in objects {
            let mut keys = write.keys;
            keys.sort_unstable();
            keys.dedup();
            let entry = self.names().pack_entry(&write.entry);
            let parts = ObjectParts { keys, dn: write.dn, entry };
            // Of an object that stands twice the last is kept.
            if let Some(draft) = places.get(&write.anchor).and_then(|place| drafts.get_mut(*place)) {
                draft.digest = write.digest.unwrap_or(draft.digest);
                draft.quiet &= write.quiet && draft.parts.keys == parts.keys;
                draft.parts = parts;
                continue;
            }
            places.insert(write.anchor.clone(), drafts.len());
            let id = match known.get(&write.anchor) {
                Some(old) => {
                    counted += i64::from(old.gone);
                    old.head.id
                }
                None => {
                    next += 1;
                    counted += 1;
                    object_id(connector, next)
                }
            };
            let digest = write.digest.or_else(|| known.get(&write.anchor).map(|old| old.head.digest));
            let digest = digest.unwrap_or_default();
            let is_as_it_was = |old: &ObjectRow| !old.gone && old.parts.keys == parts.keys;
            let quiet = write.quiet && known.get(&write.anchor).is_some_and(is_as_it_was);
            drafts.push(Draft { id, gone: false, quiet, anchor: write.anchor, digest, parts });
        }
        for anchor in gone {
            let written = places.get(&anchor).and_then(|place| drafts.get_mut(*place));
            if let Some(draft) = written {
                counted -= i64::from(!draft.gone);
                (draft.gone, draft.quiet) = (true, false);
            } else if let Some(old) = known.get(&anchor) {
                counted -= i64::from(!old.gone);
                places.insert(anchor.clone(), drafts.len());
                let parts = ObjectParts {
                    keys: old.parts.keys.clone(),
                    dn: old.parts.dn.clone(),
                    entry: old.parts.entry.clone(),
                };
                let (id, digest) = (old.head.id, old.head.digest);
                drafts.push(Draft { id, gone: true, quiet: false, anchor, digest, parts });
            }
        }
        for draft in &drafts {
            let old = known.get(&draft.anchor);
            if old.is_none() {
                let hash = anchor_hash(&ObjectKey::new(connector, draft.anchor.clone()));
                self.changes.push(Change { hash, owner: Owner::Anchor(draft.id), added: true });
            }
            let old_keys = old.map_or(&[][..], |old| &old.parts.keys);
            self.change_keys(Owner::Key(draft.id), old_keys, &draft.parts.keys);
        }
        let ids = |quiet| drafts.iter().filter(move |draft| draft.quiet == quiet).map(|draft| draft.id);
        let (quiet, loud): (Vec<i64>, Vec<i64>) = (ids(true).collect(), ids(false).collect());
        self.insert_objects(drafts).await?;
        self.mark_dirty(Dirty::QuietObjects, &quiet).await?;
        self.mark_dirty(Dirty::Objects, &loud).await?;
        self.remember_last_object(connector, next);
        if counted != 0 {
            self.count(connector.0, "update connector set objects = objects + ? where id = ?", counted)
                .await?;
        }
        Ok(())
    }

    /// The largest number that the connector's objects have.
    async fn last_object(&mut self, connector: ConnectorId) -> Result<u32, StoreError> {
        let known = self.store.cache().last_objects.get(&connector.0).copied();
        if let Some(known) = known {
            return Ok(known);
        }
        let (first, last) = object_ids(connector);
        let id: Option<i64> = sqlx::query_scalar("select max(id) from object where id between ? and ?")
            .bind(first)
            .bind(last)
            .fetch_one(self.connection()?)
            .await
            .map_err(|error| self.failed(error))?;
        Ok(id.map_or(0, |id| (id & i64::from(u32::MAX)) as u32))
    }

    fn remember_last_object(&mut self, connector: ConnectorId, last: u32) {
        // A transaction that is not kept drops the whole cache, and this with it.
        self.store.cache().last_objects.insert(connector.0, last);
    }

    async fn known_objects(
        &mut self,
        connector: ConnectorId,
        objects: &[ObjectWrite],
        gone: &[Anchor],
    ) -> Result<HashMap<Anchor, ObjectRow>, StoreError> {
        let anchors = objects.iter().map(|object| &object.anchor).chain(gone);
        let keys: Vec<ObjectKey> = anchors.map(|anchor| ObjectKey::new(connector, anchor.clone())).collect();
        let store = self.store;
        let ids = store.object_ids(self.connection()?, &keys).await?;
        let ids: Vec<i64> = ids.into_iter().flatten().collect();
        let rows = store.object_rows(self.connection()?, &ids).await?;
        Ok(rows.into_iter().map(|row| (row.head.anchor.clone(), row)).collect())
    }

    async fn insert_objects(&mut self, drafts: Vec<Draft>) -> Result<(), StoreError> {
        let mut drafts = drafts.into_iter();
        loop {
            let rows: Vec<Draft> = drafts.by_ref().take(ROWS).collect();
            if rows.is_empty() {
                return Ok(());
            }
            let mut statement = QueryBuilder::new("insert into object (id, gone, head, body) ");
            statement.push_values(rows, |mut row, draft| {
                let head = pack_head(draft.id, &draft.anchor, draft.digest);
                let body = pack_object(&head, &draft.parts);
                row.push_bind(draft.id).push_bind(i64::from(draft.gone)).push_bind(head).push_bind(body);
            });
            statement.push(
                " on conflict (id) do update set gone = excluded.gone, head = excluded.head, body = excluded.body",
            );
            self.run(statement).await?;
        }
    }

    /// Puts the difference of an owner's old and new keys into the index. Both are in order and without doubles.
    pub(super) fn change_keys(&mut self, owner: Owner, old: &[IndexKey], new: &[IndexKey]) {
        let taken = old.iter().filter(|key| new.binary_search(key).is_err()).map(|key| (key, false));
        let given = new.iter().filter(|key| old.binary_search(key).is_err()).map(|key| (key, true));
        let changes = taken.chain(given);
        self.changes.extend(changes.map(|(key, added)| Change { hash: key_hash(*key), owner, added }));
    }
}
