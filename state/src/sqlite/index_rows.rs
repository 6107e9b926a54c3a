//! The index's buckets in the database, and lookups that read what they miss.

use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::SqliteStore;
use super::number::Owner;
use super::packed::{Packer, Unpacker};
use crate::StoreError;

/// A bucket as a row.
pub(super) fn pack_bucket(bucket: u32, entries: &[u8]) -> Vec<u8> {
    let mut packed = Packer::with_capacity(entries.len());
    packed.fixed(entries);
    packed.seal(u64::from(bucket))
}

impl SqliteStore {
    /// The owners of these hashes: pairs of a hash's place in the list and one owner.
    pub(super) async fn lookup(
        &self,
        connection: &mut SqliteConnection,
        hashes: &[u64],
    ) -> Result<Vec<(usize, Owner)>, StoreError> {
        loop {
            let (epoch, missing) = {
                let cache = self.cache();
                match cache.owners(hashes) {
                    Ok(owners) => return Ok(owners),
                    Err(missing) => (cache.index.epoch(), missing),
                }
            };
            self.read_buckets(connection, &missing, epoch).await?;
        }
    }

    /// Takes these buckets into memory.
    pub(super) async fn load_buckets(
        &self,
        connection: &mut SqliteConnection,
        buckets: &[u32],
    ) -> Result<(), StoreError> {
        let epoch = self.cache().index.epoch();
        self.read_buckets(connection, buckets, epoch).await
    }

    async fn read_buckets(
        &self,
        connection: &mut SqliteConnection,
        buckets: &[u32],
        epoch: u64,
    ) -> Result<(), StoreError> {
        for wanted in buckets.chunks(1000) {
            let numbers = serde_json::json!(wanted).to_string();
            let rows = sqlx::query(
                "select id, packed from index_bucket where id in (select value from json_each(?))",
            )
            .bind(numbers)
            .fetch_all(&mut *connection)
            .await
            .map_err(|error| self.place.failed("reading the index", error))?;
            let mut cache = self.cache();
            if cache.index.epoch() != epoch {
                return Ok(());
            }
            for row in &rows {
                let (bucket, packed) = self.bucket(row)?;
                let installed = cache.index.install(bucket, packed);
                installed.map_err(|damage| self.place.damaged(damage))?;
            }
            if rows.len() < wanted.len() {
                return Err(self.place.corrupt("a part of the index is missing"));
            }
        }
        Ok(())
    }

    /// Takes the whole index into memory.
    pub(super) async fn load_all_buckets(&self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let mut after = -1i64;
        loop {
            let rows = sqlx::query("select id, packed from index_bucket where id > ? order by id limit 2000")
                .bind(after)
                .fetch_all(&mut *connection)
                .await
                .map_err(|error| self.place.failed("reading the index", error))?;
            let mut cache = self.cache();
            if rows.is_empty() {
                cache.index.all_installed();
                return Ok(());
            }
            for row in &rows {
                let (bucket, packed) = self.bucket(row)?;
                after = i64::from(bucket);
                let installed = cache.index.install(bucket, packed);
                installed.map_err(|damage| self.place.damaged(damage))?;
            }
        }
    }

    fn bucket<'r>(&self, row: &'r SqliteRow) -> Result<(u32, &'r [u8]), StoreError> {
        let failed = |error| self.place.failed("reading the index", error);
        let number: i64 = row.try_get(0).map_err(failed)?;
        let packed: &[u8] = row.try_get(1).map_err(failed)?;
        let bucket =
            u32::try_from(number).map_err(|_| self.place.corrupt("the index has an impossible row"))?;
        let mut entries = Unpacker::new(packed)
            .sealed(u64::from(bucket))
            .map_err(|damage| self.place.damaged(damage))?
            .map(|(entries, _)| entries);
        Ok((bucket, entries.as_mut().map_or(&[][..], Unpacker::remainder)))
    }
}
