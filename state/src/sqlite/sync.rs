//! What a sync writes.

use std::collections::{HashMap, HashSet};

use madrigal_model::{IdentityId, IndexKey, Link, LinkKind, ObjectKey};
use sqlx::QueryBuilder;

use super::SqliteStore;
use super::index::Change;
use super::number::{Owner, anchor_hash, connector_of, key_hash, link_hash};
use super::packed::pack_link;
use super::read_rows::json_numbers;
use super::work::{ROWS, Then, Work};
use crate::{Lease, ProblemSubject, StoreError, SyncCommit};

/// What can wait for a sync.
#[derive(Clone, Copy)]
pub(super) enum Dirty {
    Objects,
    /// Objects that changed in nothing that others look at.
    QuietObjects,
    Identities,
}

impl SqliteStore {
    pub(super) async fn all_marked_dirty(&self, lease: &Lease) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        let mut work = self.begin(&mut writer, Some(lease)).await?;
        work.execute("insert or replace into dirty_object (id, quiet) select id, 0 from object").await?;
        work.execute("insert or ignore into dirty_identity select id from identity").await?;
        work.keep().await
    }

    pub(super) async fn sync_kept(&self, lease: &Lease, commit: SyncCommit) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        let mut work = self.begin(&mut writer, Some(lease)).await?;
        let mut objects = work.object_numbers(&commit).await?;
        let done = commit.objects_done.iter().filter_map(|key| objects.get(key).copied());
        work.unmark_dirty(Dirty::Objects, done.collect()).await?;
        let mut identities = work.identity_numbers_of(&commit).await?;
        let done = commit.identities_done.iter().filter_map(|id| identities.get(id).copied());
        work.unmark_dirty(Dirty::Identities, done.collect()).await?;
        work.write_identities(commit.identities, &mut identities).await?;
        work.write_links(commit.links, &objects).await?;
        work.forget_objects(&commit.forgotten, &mut objects).await?;
        work.forget_identities(&commit.identities_forgotten, &mut identities).await?;
        work.wake(&commit.wake).await?;
        let woken = commit.wake_objects.iter().filter_map(|key| objects.get(key).copied());
        work.mark_dirty(Dirty::Objects, &woken.collect::<Vec<_>>()).await?;
        let woken = commit.wake_identities.iter().filter_map(|id| identities.get(id).copied());
        work.mark_dirty(Dirty::Identities, &woken.collect::<Vec<_>>()).await?;
        for (subject, problems) in commit.problems {
            work.write_problems(&subject, problems).await?;
        }
        work.keep().await
    }
}

impl Work<'_> {
    /// The row ids of the objects that a commit names.
    async fn object_numbers(&mut self, commit: &SyncCommit) -> Result<HashMap<ObjectKey, i64>, StoreError> {
        let linked = commit.links.iter().map(|(key, _)| key);
        let named = commit.objects_done.iter().chain(linked).chain(&commit.forgotten);
        let named = named.chain(&commit.wake_objects);
        let keys: HashSet<&ObjectKey> = named.collect();
        let keys: Vec<ObjectKey> = keys.into_iter().cloned().collect();
        let store = self.store;
        let ids = store.object_ids(self.connection()?, &keys).await?;
        Ok(keys.into_iter().zip(ids).filter_map(|(key, id)| Some((key, id?))).collect())
    }

    /// The row ids of the identities that a commit names, as far as they are there.
    async fn identity_numbers_of(
        &mut self,
        commit: &SyncCommit,
    ) -> Result<HashMap<IdentityId, i64>, StoreError> {
        let written = commit.identities.iter().map(|write| &write.identity.id);
        let named = commit.identities_done.iter().chain(&commit.identities_forgotten);
        let named = named.chain(&commit.wake_identities).chain(written).copied();
        let ids: HashSet<IdentityId> = named.collect();
        self.known_identities(ids.into_iter().collect()).await
    }

    /// The row ids of these identities, as far as they are there.
    pub(super) async fn known_identities(
        &mut self,
        ids: Vec<IdentityId>,
    ) -> Result<HashMap<IdentityId, i64>, StoreError> {
        let store = self.store;
        let numbers = store.identity_numbers(self.connection()?, &ids).await?;
        Ok(ids.into_iter().zip(numbers).filter_map(|(id, number)| Some((id, number?))).collect())
    }

    async fn write_links(
        &mut self,
        links: Vec<(ObjectKey, Option<Link>)>,
        objects: &HashMap<ObjectKey, i64>,
    ) -> Result<(), StoreError> {
        let links = links.into_iter().filter_map(|(key, link)| Some((*objects.get(&key)?, link)));
        let links: HashMap<i64, Option<Link>> = links.collect();
        let mut ids: Vec<i64> = links.keys().copied().collect();
        ids.sort_unstable();
        let old = self.links_of(&ids).await?;
        let mut taken = Vec::new();
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            let new = links.get(&id).and_then(Option::as_ref);
            let before = old.get(&id);
            self.change_link(id, before, new);
            match new {
                Some(link) => {
                    rows.push((id, link.kind == LinkKind::Provisioned, pack_link(id, link)));
                }
                None if before.is_some() => taken.push(id),
                None => {}
            }
        }
        self.for_each_id("delete from link where object in (select value from json_each(?))", &taken).await?;
        let mut rows = rows.into_iter();
        loop {
            let some: Vec<_> = rows.by_ref().take(ROWS).collect();
            if some.is_empty() {
                return Ok(());
            }
            let mut statement = QueryBuilder::new("insert into link (object, provisioned, packed) ");
            statement.push_values(some, |mut row, (object, provisioned, packed)| {
                row.push_bind(object).push_bind(i64::from(provisioned)).push_bind(packed);
            });
            statement.push(
                " on conflict (object) do update set provisioned = excluded.provisioned, packed = excluded.packed",
            );
            self.run(statement).await?;
        }
    }

    /// The links of these objects.
    async fn links_of(&mut self, ids: &[i64]) -> Result<HashMap<i64, Link>, StoreError> {
        let store = self.store;
        let links = store.links(self.connection()?, ids).await?;
        Ok(links.into_iter().map(|(head, link)| (head.id, link)).collect())
    }

    /// Takes a change of an object's link into the index and into the number of contacts.
    fn change_link(&mut self, object: i64, before: Option<&Link>, after: Option<&Link>) {
        let identity = |link: Option<&Link>| link.map(|link| link.identity);
        if identity(before) != identity(after) {
            let change = |added| move |id| Change { hash: link_hash(id), owner: Owner::Link(object), added };
            self.changes.extend(identity(before).map(change(false)));
            self.changes.extend(identity(after).map(change(true)));
        }
        let ours =
            |link: Option<&Link>| i64::from(link.is_some_and(|link| link.kind == LinkKind::Provisioned));
        *self.contacts.entry(connector_of(object)).or_default() += ours(after) - ours(before);
    }

    /// Forgets objects that are gone; those that are back are passed over.
    async fn forget_objects(
        &mut self,
        forgotten: &[ObjectKey],
        objects: &mut HashMap<ObjectKey, i64>,
    ) -> Result<(), StoreError> {
        let asked: Vec<i64> = forgotten.iter().filter_map(|key| objects.get(key).copied()).collect();
        if asked.is_empty() {
            return Ok(());
        }
        let gone: Vec<i64> = sqlx::query_scalar(
            "select id from object where gone = 1 and id in (select value from json_each(?)) order by id",
        )
        .bind(json_numbers(&asked))
        .fetch_all(self.connection()?)
        .await
        .map_err(|error| self.failed(error))?;
        let store = self.store;
        for row in store.object_rows(self.connection()?, &gone).await? {
            self.change_keys(Owner::Key(row.head.id), &row.parts.keys, &[]);
        }
        for (id, link) in self.links_of(&gone).await? {
            self.change_link(id, Some(&link), None);
        }
        for key in forgotten {
            let Some(id) = objects.get(key).copied().filter(|id| gone.binary_search(id).is_ok()) else {
                continue;
            };
            objects.remove(key);
            self.changes.push(Change { hash: anchor_hash(key), owner: Owner::Anchor(id), added: false });
            self.then.push(Then::ForgetAnchor(id));
            self.write_problems(&ProblemSubject::Object(key.clone()), Vec::new()).await?;
        }
        self.for_each_id("delete from link where object in (select value from json_each(?))", &gone).await?;
        self.for_each_id("delete from object where id in (select value from json_each(?))", &gone).await?;
        self.unmark_dirty(Dirty::Objects, gone).await
    }

    /// Marks the owners of these keys dirty; for an export state, its identity.
    pub(super) async fn wake(&mut self, keys: &[IndexKey]) -> Result<(), StoreError> {
        if keys.is_empty() {
            return Ok(());
        }
        let mut hashes: Vec<u64> = keys.iter().copied().map(key_hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        let store = self.store;
        let found = store.lookup(self.connection()?, &hashes).await?;
        let found = found.into_iter().filter_map(|(place, owner)| Some((*hashes.get(place)?, owner)));
        let mut owners: HashSet<(u64, Owner)> = found.collect();
        // What this transaction changes is not in the index yet.
        for change in self.changes.iter().filter(|change| hashes.binary_search(&change.hash).is_ok()) {
            if change.added {
                owners.insert((change.hash, change.owner));
            } else {
                owners.remove(&(change.hash, change.owner));
            }
        }
        let (mut objects, mut identities) = (Vec::new(), Vec::new());
        for (_, owner) in owners {
            match owner {
                Owner::Key(object) => objects.push(object),
                Owner::Export(identity, _) => identities.push(identity),
                Owner::Anchor(_) | Owner::Link(_) | Owner::Identity(_) => {}
            }
        }
        self.mark_dirty(Dirty::Objects, &objects).await?;
        self.mark_dirty(Dirty::Identities, &identities).await
    }

    /// Marks rows dirty.
    pub(super) async fn mark_dirty(&mut self, kind: Dirty, ids: &[i64]) -> Result<(), StoreError> {
        let statement = match kind {
            Dirty::Objects => {
                "insert or replace into dirty_object (id, quiet) select value, 0 from json_each(?)"
            }
            Dirty::QuietObjects => {
                "insert or ignore into dirty_object (id, quiet) select value, 1 from json_each(?)"
            }
            Dirty::Identities => "insert or ignore into dirty_identity select value from json_each(?)",
        };
        self.for_each_id(statement, ids).await
    }

    /// Takes the marks off.
    pub(super) async fn unmark_dirty(&mut self, kind: Dirty, ids: Vec<i64>) -> Result<(), StoreError> {
        let statement = match kind {
            Dirty::Objects | Dirty::QuietObjects => {
                "delete from dirty_object where id in (select value from json_each(?))"
            }
            Dirty::Identities => "delete from dirty_identity where id in (select value from json_each(?))",
        };
        self.for_each_id(statement, &ids).await
    }
}
