//! What the store keeps in memory of what it has on disk. It is dropped and read again whenever a transaction fails or
//! another process wrote.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use madrigal_model::{Anchor, AttributeName, IdentityId};
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::error::Place;
use super::index::{Index, unpack_changes};
use super::names::Names;
use super::number::Owner;
use super::read_rows::unpack_all;
use crate::StoreError;

/// More anchors and ids than this are not kept in memory.
const REMEMBERED: usize = 262_144;

#[derive(Debug)]
pub(super) struct Cache {
    /// Whether it is as the database is.
    pub(super) valid: bool,
    /// What SQLite counts up when another connection writes.
    pub(super) data_version: i64,
    pub(super) names: Arc<Names>,
    pub(super) index: Index,
    pub(super) last_log: i64,
    pub(super) last_identity: i64,
    pub(super) last_objects: HashMap<u16, u32>,
    /// Subjects of which problems stand: there are few, and most of what a sync says is that there are none.
    pub(super) subjects: BTreeSet<Vec<u8>>,
    anchors: HashMap<i64, Anchor>,
    ids: HashMap<i64, IdentityId>,
}

impl Cache {
    /// Reads what must be known from the start.
    pub(super) async fn load(connection: &mut SqliteConnection, place: &Place) -> Result<Self, StoreError> {
        let failed = |error| place.failed("opening the store", error);
        let row = sqlx::query(
            "select (select data_version from pragma_data_version), \
             coalesce((select max(id) from identity), 0), \
             coalesce((select value from setting where name = 'index_bits'), 0), \
             coalesce((select value from setting where name = 'index_entries'), 0), \
             exists (select 1 from index_bucket), \
             coalesce((select value from setting where name = 'index_folded'), 0), \
             coalesce((select value from setting where name = 'index_logged'), 0)",
        )
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
        let data_version = row.try_get(0).map_err(failed)?;
        let last_identity = row.try_get(1).map_err(failed)?;
        let bits: i64 = row.try_get(2).map_err(failed)?;
        let entries: i64 = row.try_get(3).map_err(failed)?;
        let has_buckets: bool = row.try_get(4).map_err(failed)?;
        let bits = u8::try_from(bits).ok().filter(|bits| *bits <= 28);
        let bits = bits.ok_or_else(|| place.corrupt("the index has an impossible size"))?;
        let mut index = Index::new(bits, entries.cast_unsigned(), has_buckets);
        let folded: i64 = row.try_get(5).map_err(failed)?;
        let logged: i64 = row.try_get(6).map_err(failed)?;
        let mut last_log = folded;
        let rows = sqlx::query("select id, packed from index_log order by id").fetch_all(&mut *connection);
        for row in rows.await.map_err(failed)? {
            let number: i64 = row.try_get(0).map_err(failed)?;
            last_log += 1;
            if number != last_log {
                break;
            }
            let packed: &[u8] = row.try_get(1).map_err(failed)?;
            index.apply(&unpack_changes(last_log, packed).map_err(|damage| place.damaged(damage))?);
        }
        if last_log != logged {
            return Err(place.corrupt("a part of the index's log is missing"));
        }
        let subjects = "select cast(string_agg(unhex(printf('%08x', length(subject))) || subject, '') as blob) from \
                        (select distinct subject from problem)";
        let subjects: Option<Vec<u8>> =
            sqlx::query_scalar(subjects).fetch_one(&mut *connection).await.map_err(failed)?;
        let subjects = unpack_all(&subjects.unwrap_or_default(), |packed| {
            let length = u32::from_be_bytes(packed.array()?);
            packed.fixed(length as usize).map(<[u8]>::to_vec)
        });
        let subjects = subjects.map_err(|damage| place.damaged(damage))?;
        Ok(Self {
            valid: true,
            data_version,
            names: Arc::new(load_names(connection, place).await?),
            index,
            last_log,
            last_identity,
            last_objects: HashMap::new(),
            subjects: subjects.into_iter().collect(),
            anchors: HashMap::new(),
            ids: HashMap::new(),
        })
    }

    /// The owners of these hashes, each with the hash's place in the list; else the buckets that must be read first.
    pub(super) fn owners(&self, hashes: &[u64]) -> Result<Vec<(usize, Owner)>, Vec<u32>> {
        let missing = self.index.missing(hashes.iter().copied());
        if !missing.is_empty() {
            return Err(missing);
        }
        let mut owners = Vec::new();
        for (place, hash) in hashes.iter().enumerate() {
            owners.extend(self.index.find(*hash).map(|owner| (place, owner)));
        }
        Ok(owners)
    }

    pub(super) fn anchor(&self, object: i64) -> Option<&Anchor> {
        self.anchors.get(&object)
    }

    pub(super) fn id(&self, identity: i64) -> Option<IdentityId> {
        self.ids.get(&identity).copied()
    }

    pub(super) fn remember_anchor(&mut self, object: i64, anchor: &Anchor) {
        if self.anchors.len() >= REMEMBERED {
            self.anchors.clear();
        }
        self.anchors.insert(object, anchor.clone());
    }

    pub(super) fn remember_id(&mut self, identity: i64, id: IdentityId) {
        if self.ids.len() >= REMEMBERED {
            self.ids.clear();
        }
        self.ids.insert(identity, id);
    }

    pub(super) fn forget_anchor(&mut self, object: i64) {
        self.anchors.remove(&object);
    }

    pub(super) fn forget_id(&mut self, identity: i64) {
        self.ids.remove(&identity);
    }
}

async fn load_names(connection: &mut SqliteConnection, place: &Place) -> Result<Names, StoreError> {
    let failed = |error| place.failed("opening the store", error);
    let mut names = Names::default();
    let rows = sqlx::query("select id, name from attribute order by id").fetch_all(&mut *connection);
    for row in rows.await.map_err(failed)? {
        let number: i64 = row.try_get(0).map_err(failed)?;
        let name: &str = row.try_get(1).map_err(failed)?;
        let name =
            AttributeName::intern(name).map_err(|error| place.unreachable("opening", error.to_string()))?;
        if i64::from(names.add(name)) != number {
            return Err(place.corrupt("the dictionary of attribute names has a gap"));
        }
    }
    let rows = sqlx::query("select id, source from flow_source order by id").fetch_all(connection);
    for row in rows.await.map_err(failed)? {
        let number: i64 = row.try_get(0).map_err(failed)?;
        let source: &str = row.try_get(1).map_err(failed)?;
        let source = serde_json::from_str(source)
            .map_err(|_| place.corrupt("the dictionary of rules cannot be read"))?;
        if names.add_source(source).cast_signed() != number {
            return Err(place.corrupt("the dictionary of rules has a gap"));
        }
    }
    Ok(names)
}
