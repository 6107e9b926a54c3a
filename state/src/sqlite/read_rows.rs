//! Rows, read many at a time: SQLite puts them one behind the other into one value, which costs a third of reading
//! them one by one. It works in a thread of its own, and each row that it gives wakes ours.

use madrigal_model::{ConnectorId, Identity, Link, ObjectKey, SpaceObject};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row as _};

use super::SqliteStore;
use super::error::is_too_big;
use super::names::Names;
use super::number::connector_of;
use super::packed::{
    Damage, Head, ObjectParts, PackedState, Unpacker, unpack_head, unpack_holds, unpack_identity,
    unpack_link, unpack_plan, unpack_state, unpack_unconfirmed,
};
use crate::{StoreError, StoredObject};

/// Rows that are packed into one value.
pub(super) const PACK: usize = 256;

const OBJECT: &str = "o.head || o.body || case o.gone when 0 then x'00' else x'01' end || coalesce(l.packed, \
                      x'00000000')";
const STATE: &str = "e.packed || coalesce(e.pending, x'00000000') || coalesce(e.unconfirmed, x'00000000') || \
                     coalesce(e.held, x'00000000')";

/// An object as it is stored.
#[derive(Debug)]
pub(super) struct ObjectRow {
    pub(super) head: Head,
    pub(super) parts: ObjectParts,
    pub(super) gone: bool,
    pub(super) link: Option<Link>,
}

impl ObjectRow {
    fn unpack(packed: &mut Unpacker<'_>) -> Result<Self, Damage> {
        let head = unpack_head(packed)?;
        let parts = ObjectParts::unpack(packed, &head)?;
        let gone = packed.byte()? != 0;
        let link = unpack_link(packed, head.id)?;
        Ok(Self { head, parts, gone, link })
    }

    /// The object's key.
    pub(super) fn key(&self) -> ObjectKey {
        ObjectKey::new(ConnectorId(connector_of(self.head.id)), self.head.anchor.clone())
    }

    /// The object as others know it.
    pub(super) fn stored(self, names: &Names) -> Result<StoredObject, Damage> {
        let key = self.key();
        let entry = names.unpack_entry(&self.parts.entry)?;
        let object = SpaceObject { key, dn: self.parts.dn, entry, link: self.link };
        Ok(StoredObject { object, gone: self.gone })
    }
}

/// Reads values that stand one behind the other to their end.
pub(super) fn unpack_all<T>(
    packed: &[u8],
    mut unpack: impl FnMut(&mut Unpacker<'_>) -> Result<T, Damage>,
) -> Result<Vec<T>, Damage> {
    let mut packed = Unpacker::new(packed);
    let mut values = Vec::new();
    while !packed.is_empty() {
        values.push(unpack(&mut packed)?);
    }
    Ok(values)
}

impl SqliteStore {
    /// Objects by row id, in the order of their ids; unknown ones are left out.
    pub(super) async fn object_rows(
        &self,
        connection: &mut SqliteConnection,
        ids: &[i64],
    ) -> Result<Vec<ObjectRow>, StoreError> {
        let statement = format!(
            "select cast(string_agg(packed, '') as blob) from (select {OBJECT} as packed from object o left join link \
             l on l.object = o.id where o.id in (select value from json_each(?)) order by o.id)"
        );
        self.packs(connection, &statement, ids, ObjectRow::unpack).await
    }

    /// Heads of objects by row id, in the order of their ids; unknown ones are left out.
    pub(super) async fn heads(
        &self,
        connection: &mut SqliteConnection,
        ids: &[i64],
    ) -> Result<Vec<Head>, StoreError> {
        let statement = "select cast(string_agg(head, '') as blob) from (select head from object where id in (select \
                         value from json_each(?)) order by id)";
        self.packs(connection, statement, ids, unpack_head).await
    }

    /// The links of these objects, with their heads.
    pub(super) async fn links(
        &self,
        connection: &mut SqliteConnection,
        ids: &[i64],
    ) -> Result<Vec<(Head, Link)>, StoreError> {
        let statement = "select cast(string_agg(packed, '') as blob) from (select o.head || l.packed as packed from \
                         link l join object o on o.id = l.object where l.object in (select value from json_each(?)) \
                         order by l.object)";
        self.packs(connection, statement, ids, |packed| {
            let head = unpack_head(packed)?;
            let link = unpack_link(packed, head.id)?.ok_or(Damage("a link is empty"))?;
            Ok((head, link))
        })
        .await
    }

    /// Identities by row id, in the order of their ids, without links and export states.
    pub(super) async fn identity_rows(
        &self,
        connection: &mut SqliteConnection,
        ids: &[i64],
    ) -> Result<Vec<(i64, Identity)>, StoreError> {
        let statement = "select cast(string_agg(packed, '') as blob) from (select packed from identity where id in \
                         (select value from json_each(?)) order by id)";
        self.packs(connection, statement, ids, unpack_identity).await
    }

    /// The export states of identities, in the order of the identities' and the connectors' numbers.
    pub(super) async fn state_rows(
        &self,
        connection: &mut SqliteConnection,
        identities: &[i64],
    ) -> Result<Vec<PackedState>, StoreError> {
        let statement = format!(
            "select cast(string_agg(packed, '') as blob) from (select {STATE} as packed from json_each(?) j cross join \
             export_state e where e.id between (j.value << 12) and (j.value << 12 | 4095))"
        );
        // `cross join` keeps SQLite from walking all states and looking each up in the list. The names are looked at
        // when the rows are there: a name is known before a row that uses it can be read.
        let packs = self.raw_packs(connection, &statement, identities).await?;
        let names = self.names();
        let states = packs.iter().map(|pack| unpack_all(pack, |packed| unpack_whole_state(packed, &names)));
        let states: Result<Vec<_>, _> = states.collect();
        let states = states.map_err(|damage| self.place.damaged(damage))?;
        let mut states: Vec<_> = states.into_iter().flatten().collect();
        states.sort_by_key(|row| (row.identity, row.state.connector));
        Ok(states)
    }

    async fn packs<T>(
        &self,
        connection: &mut SqliteConnection,
        statement: &str,
        ids: &[i64],
        mut unpack: impl FnMut(&mut Unpacker<'_>) -> Result<T, Damage>,
    ) -> Result<Vec<T>, StoreError> {
        let mut rows = Vec::with_capacity(ids.len());
        for pack in self.raw_packs(connection, statement, ids).await? {
            let unpacked = unpack_all(&pack, &mut unpack).map_err(|damage| self.place.damaged(damage))?;
            rows.extend(unpacked);
        }
        Ok(rows)
    }

    async fn raw_packs(
        &self,
        connection: &mut SqliteConnection,
        statement: &str,
        ids: &[i64],
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let failed = |error| self.place.failed("reading", error);
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let mut packs = Vec::with_capacity(ids.len().div_ceil(PACK));
        for chunk in ids.chunks(PACK) {
            match self.pack(connection, statement, chunk).await {
                Ok(pack) => packs.extend(pack),
                // Values of many megabytes: one at a time.
                Err(error) if is_too_big(&error) => {
                    for id in chunk {
                        packs.extend(self.pack(connection, statement, &[*id]).await.map_err(failed)?);
                    }
                }
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(packs)
    }

    async fn pack(
        &self,
        connection: &mut SqliteConnection,
        statement: &str,
        ids: &[i64],
    ) -> Result<Option<Vec<u8>>, sqlx::Error> {
        let row = sqlx::query(AssertSqlSafe(statement)).bind(json_numbers(ids)).fetch_one(connection).await?;
        row.try_get(0)
    }

    /// The objects of a range of row ids, in order: at most so many, those that are gone left out.
    pub(super) async fn object_range(
        &self,
        connection: &mut SqliteConnection,
        after: i64,
        last: i64,
        limit: usize,
    ) -> Result<Vec<ObjectRow>, StoreError> {
        let statement = format!(
            "select cast(string_agg(packed, '') as blob) from (select {OBJECT} as packed from object o left join link \
             l on l.object = o.id where o.id > ? and o.id <= ? and o.gone = 0 order by o.id limit ?)"
        );
        let read = sqlx::query(AssertSqlSafe(statement))
            .bind(after)
            .bind(last)
            .bind(limit as i64)
            .fetch_one(&mut *connection)
            .await
            .and_then(|row| row.try_get::<Option<Vec<u8>>, _>(0));
        match read {
            Ok(pack) => unpack_all(&pack.unwrap_or_default(), ObjectRow::unpack)
                .map_err(|damage| self.place.damaged(damage)),
            Err(error) if is_too_big(&error) && limit > 1 => {
                Box::pin(self.object_range(connection, after, last, limit / 8 + usize::from(limit < 8))).await
            }
            Err(error) => Err(self.place.failed("reading objects", error)),
        }
    }
}

/// An export state with what is pending, unconfirmed and held.
pub(super) fn unpack_whole_state(packed: &mut Unpacker<'_>, names: &Names) -> Result<PackedState, Damage> {
    let mut row = unpack_state(packed, names)?;
    if let Some((mut pending, _)) = packed.sealed(4)? {
        row.state.pending = Some(unpack_plan(&mut pending, names)?);
    }
    row.state.unconfirmed = unpack_unconfirmed(packed, names)?;
    row.state.holds = unpack_holds(packed, names)?;
    Ok(row)
}

/// Row ids as the one parameter of a statement that takes any number of them.
pub(super) fn json_numbers(ids: &[i64]) -> String {
    let mut json = String::with_capacity(8 * ids.len() + 2);
    json.push('[');
    for (at, id) in ids.iter().enumerate() {
        if at > 0 {
            json.push(',');
        }
        json.push_str(&id.to_string());
    }
    json.push(']');
    json
}
