//! The index's buckets in the database, and lookups that read what they miss.

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::SqliteStore;
use super::number::Owner;
use super::packed::{Damage, Packer, Unpacker};
use crate::StoreError;

/// Buckets that are read at once, as one value (see `read_rows.rs`).
const BUCKETS: usize = 1000;

/// A bucket as a row.
pub(super) fn pack_bucket(bucket: u32, entries: &[u8]) -> Vec<u8> {
    let mut packed = Packer::with_capacity(entries.len());
    packed.fixed(entries);
    packed.seal(u64::from(bucket))
}

/// The entries of a bucket, of many that stand one behind the other.
fn unpack_bucket<'p>(bucket: u32, packed: &mut Unpacker<'p>) -> Result<&'p [u8], Damage> {
    match packed.sealed(u64::from(bucket))? {
        Some((mut entries, _)) => Ok(entries.remainder()),
        // An empty bucket has a checksum as well.
        None => packed.array::<4>().map(|_| &[][..]),
    }
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
        for wanted in buckets.chunks(BUCKETS) {
            let row = sqlx::query(
                "select count(*), cast(string_agg(packed, '') as blob) from (select packed from index_bucket where id \
                 in (select value from json_each(?)) order by id)",
            )
            .bind(serde_json::json!(wanted).to_string())
            .fetch_one(&mut *connection)
            .await;
            let failed = |error| self.place.failed("reading the index", error);
            let row = row.map_err(failed)?;
            if row.try_get::<i64, _>(0).map_err(failed)? != wanted.len() as i64 {
                return Err(self.place.corrupt("a part of the index is missing"));
            }
            let mut packed = Unpacker::new(row.try_get(1).map_err(failed)?);
            let mut cache = self.cache();
            if cache.index.epoch() != epoch {
                return Ok(());
            }
            for bucket in wanted {
                unpack_bucket(*bucket, &mut packed)
                    .and_then(|entries| cache.index.install(*bucket, entries))
                    .map_err(|damage| self.place.damaged(damage))?;
            }
        }
        Ok(())
    }

    /// Takes the whole index into memory.
    pub(super) async fn load_all_buckets(&self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let all = self.cache().index.stored();
        for first in all.clone().step_by(BUCKETS) {
            let some: Vec<u32> = (first..all.end.min(first + BUCKETS as u32)).collect();
            self.load_buckets(connection, &some).await?;
        }
        self.cache().index.all_installed();
        Ok(())
    }
}
