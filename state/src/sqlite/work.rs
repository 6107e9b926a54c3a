//! One transaction that writes, and what it changes in memory when it is kept.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, QueryBuilder, Row as _, Sqlite, Transaction};

use super::SqliteStore;
use super::cache::Cache;
use super::index::{Change, pack_changes};
use super::names::Names;
use super::open::connect;
use super::read_rows::json_numbers;
use crate::{Lease, StoreError};

/// Rows of one statement: enough that a statement's own cost does not count, few enough that it stays prepared.
pub(super) const ROWS: usize = 250;

/// A transaction that writes. Dropped without [`Work::keep`], it is rolled back and what is in memory is read again.
pub(super) struct Work<'c> {
    pub(super) store: &'c SqliteStore,
    transaction: Option<Transaction<'c, Sqlite>>,
    pub(super) names: Arc<Names>,
    known_names: (usize, usize),
    /// What the transaction changes in the index.
    pub(super) changes: Vec<Change>,
    /// By how much each connector's number of linked contacts of ours changes.
    pub(super) contacts: BTreeMap<u16, i64>,
    /// Told to the cache when the transaction is kept.
    pub(super) then: Vec<Then>,
    /// Subjects whose problems the transaction wrote, and whether any stand.
    pub(super) subjects: BTreeMap<Vec<u8>, bool>,
    folded: bool,
    /// Whether the commit is under way, so that what came of it is not known.
    committing: bool,
}

/// What becomes of the cache when a transaction is kept.
pub(super) enum Then {
    ForgetAnchor(i64),
    ForgetId(i64),
}

impl SqliteStore {
    /// Begins a transaction; with a lease, for its holder alone.
    pub(super) async fn begin<'c>(
        &'c self,
        writer: &'c mut SqliteConnection,
        lease: Option<&Lease>,
    ) -> Result<Work<'c>, StoreError> {
        if self.read_only {
            let reason = "the store was opened to be read only".to_owned();
            return Err(self.place.unreachable("writing to", reason));
        }
        let failed = |error| self.place.failed("beginning a step", error);
        if writer.is_in_transaction() {
            // SQLite ended it on its own, as it does where the disk is full, and sqlx counts it as open for ever.
            *writer = connect(&self.path, &self.place, false).await?;
            // Versions are counted by each connection for itself.
            self.cache().valid = false;
        }
        let mut transaction = writer.begin_with("begin immediate").await.map_err(failed)?;
        let row = sqlx::query(
            "select holder is not null, token, (select data_version from pragma_data_version) from lease",
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(failed)?;
        let held: bool = row.try_get(0).map_err(failed)?;
        let token: i64 = row.try_get(1).map_err(failed)?;
        if lease.is_some_and(|lease| !held || lease.token != token.cast_unsigned()) {
            self.holds.store(false, Ordering::Release);
            return Err(StoreError::LeaseLost);
        }
        self.refresh(&mut transaction, row.try_get(2).map_err(failed)?).await?;
        let names = Arc::clone(&self.cache().names);
        let known_names = names.counts();
        let mut work = Work {
            store: self,
            transaction: Some(transaction),
            names,
            known_names,
            changes: Vec::new(),
            contacts: BTreeMap::new(),
            then: Vec::new(),
            subjects: BTreeMap::new(),
            folded: false,
            committing: false,
        };
        if self.cache().index.should_fold() {
            work.fold().await?;
        }
        Ok(work)
    }

    /// Reads what is kept in memory again where it is no longer good. Only for the connection that writes.
    pub(super) async fn refresh(
        &self,
        connection: &mut SqliteConnection,
        data_version: i64,
    ) -> Result<(), StoreError> {
        let good = {
            let cache = self.cache();
            cache.valid && cache.data_version == data_version
        };
        if !good {
            let fresh = Cache::load(connection, &self.place).await?;
            *self.cache() = fresh;
        }
        Ok(())
    }
}

impl<'c> Work<'c> {
    /// The connection, within the transaction.
    pub(super) fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        match &mut self.transaction {
            Some(transaction) => Ok(transaction),
            None => Err(self.store.place.unreachable("writing to", "the step has ended".to_owned())),
        }
    }

    /// What an error of SQLite means.
    pub(super) fn failed(&self, error: sqlx::Error) -> StoreError {
        self.store.place.failed("writing", error)
    }

    /// The names, to be added to.
    pub(super) fn names(&mut self) -> &mut Names {
        Arc::make_mut(&mut self.names)
    }

    /// Runs a statement that was built.
    pub(super) async fn run(&mut self, mut statement: QueryBuilder<Sqlite>) -> Result<(), StoreError> {
        // What is written may be read within the transaction, and beside it as soon as it is kept: its names must be
        // known by then.
        if self.names.counts() != self.store.cache().names.counts() {
            self.store.cache().names = Arc::clone(&self.names);
        }
        let done = statement.build().execute(self.connection()?).await;
        done.map(|_| ()).map_err(|error| self.failed(error))
    }

    /// Keeps everything, in the database and then in memory.
    pub(super) async fn keep(mut self) -> Result<(), StoreError> {
        self.write_names().await?;
        self.write_contacts().await?;
        let changes = std::mem::take(&mut self.changes);
        let log = self.store.cache().last_log + 1;
        if !changes.is_empty() {
            let packed = pack_changes(log, &changes);
            sqlx::query("insert into index_log (id, packed) values (?, ?)")
                .bind(log)
                .bind(packed)
                .execute(self.connection()?)
                .await
                .map_err(|error| self.failed(error))?;
            self.set("index_logged", log).await?;
        }
        if let Some(transaction) = self.transaction.take() {
            self.committing = true;
            transaction.commit().await.map_err(|error| self.failed(error))?;
        }
        let mut cache = self.store.cache();
        if self.folded {
            cache.index.folded();
        }
        if !changes.is_empty() {
            cache.last_log = log;
            cache.index.apply(&changes);
        }
        for then in self.then.drain(..) {
            match then {
                Then::ForgetAnchor(object) => cache.forget_anchor(object),
                Then::ForgetId(identity) => cache.forget_id(identity),
            }
        }
        for (subject, stands) in std::mem::take(&mut self.subjects) {
            if stands {
                cache.subjects.insert(subject);
            } else {
                cache.subjects.remove(&subject);
            }
        }
        drop(cache);
        self.committing = false;
        Ok(())
    }

    async fn write_contacts(&mut self) -> Result<(), StoreError> {
        for (connector, more) in std::mem::take(&mut self.contacts) {
            if more != 0 {
                self.count(connector, "update connector set contacts = contacts + ? where id = ?", more)
                    .await?;
            }
        }
        Ok(())
    }

    async fn write_names(&mut self) -> Result<(), StoreError> {
        let (names, sources) = self.known_names;
        let new: Vec<(i64, String)> = (names as i64..)
            .zip(self.names.names_from(names).iter().map(|name| name.as_str().to_owned()))
            .collect();
        for (number, name) in new {
            sqlx::query("insert into attribute (id, name) values (?, ?)")
                .bind(number)
                .bind(name)
                .execute(self.connection()?)
                .await
                .map_err(|error| self.failed(error))?;
        }
        let new: Vec<(i64, String)> = (sources as i64..)
            .zip(self.names.sources_from(sources))
            .map(|(number, source)| Ok((number, serde_json::to_string(source)?)))
            .collect::<Result<_, serde_json::Error>>()
            .map_err(|error| self.store.place.unreachable("writing to", error.to_string()))?;
        for (number, source) in new {
            sqlx::query("insert into flow_source (id, source) values (?, ?)")
                .bind(number)
                .bind(source)
                .execute(self.connection()?)
                .await
                .map_err(|error| self.failed(error))?;
        }
        Ok(())
    }

    /// Folds the log into the buckets of the index.
    pub(super) async fn fold(&mut self) -> Result<(), StoreError> {
        let store = self.store;
        let grows = store.cache().index.must_grow();
        if grows {
            store.load_all_buckets(self.connection()?).await?;
            store.cache().index.grow();
            self.execute("delete from index_bucket").await?;
        } else {
            let waited_for = store.cache().index.waited_for();
            store.load_buckets(self.connection()?, &waited_for).await?;
        }
        let (buckets, bits, entries) = {
            let cache = store.cache();
            let buckets = cache.index.altered().into_iter();
            let buckets: Vec<_> = buckets.map(|(bucket, entries)| (bucket, entries.to_vec())).collect();
            (buckets, cache.index.bits(), cache.index.entries())
        };
        let mut buckets = buckets.into_iter();
        loop {
            let rows: Vec<_> = buckets.by_ref().take(ROWS).collect();
            if rows.is_empty() {
                break;
            }
            let mut statement = QueryBuilder::new("insert into index_bucket (id, packed) ");
            statement.push_values(rows, |mut row, (bucket, entries)| {
                row.push_bind(i64::from(bucket));
                row.push_bind(super::index_rows::pack_bucket(bucket, &entries));
            });
            statement.push(" on conflict (id) do update set packed = excluded.packed");
            self.run(statement).await?;
        }
        self.execute("delete from index_log").await?;
        let folded = store.cache().last_log;
        self.set("index_folded", folded).await?;
        self.set("index_bits", i64::from(bits)).await?;
        self.set("index_entries", entries.cast_signed()).await?;
        self.folded = true;
        Ok(())
    }

    /// Runs a statement without parameters.
    pub(super) async fn execute(&mut self, statement: &'static str) -> Result<(), StoreError> {
        let done = sqlx::query(statement).execute(self.connection()?).await;
        done.map(|_| ()).map_err(|error| self.failed(error))
    }

    /// Runs a statement that takes any number of row ids as one list.
    pub(super) async fn for_each_id(
        &mut self,
        statement: &'static str,
        ids: &[i64],
    ) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let done = sqlx::query(statement).bind(json_numbers(ids)).execute(self.connection()?).await;
        done.map(|_| ()).map_err(|error| self.failed(error))
    }

    /// Adds to a number that is kept with the connector.
    pub(super) async fn count(
        &mut self,
        connector: u16,
        statement: &'static str,
        more: i64,
    ) -> Result<(), StoreError> {
        let done = sqlx::query(statement).bind(more).bind(connector).execute(self.connection()?).await;
        done.map(|_| ()).map_err(|error| self.failed(error))
    }

    /// Keeps a number under a name.
    pub(super) async fn set(&mut self, name: &str, value: i64) -> Result<(), StoreError> {
        sqlx::query(
            "insert into setting (name, value) values (?, ?) on conflict (name) do update set value = excluded.value",
        )
        .bind(name)
        .bind(value)
        .execute(self.connection()?)
        .await
        .map(|_| ())
        .map_err(|error| self.failed(error))
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        if self.committing || self.transaction.is_some() {
            self.store.cache().valid = false;
        }
    }
}
