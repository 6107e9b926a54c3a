//! The store in a SQLite file.
//!
//! One connection writes, a few beside it read. Rows are packed octets with checksums; everything is found through one
//! index of hashes, kept in memory as far as it was asked. docs/design/store.md says why.

mod audit;
#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests stop at the first thing that is not as they say"
)]
mod audit_tests;
mod cache;
mod error;
mod export;
mod identities;
mod import;
mod index;
mod index_rows;
mod lease;
mod names;
mod number;
mod open;
mod packed;
mod problems;
mod read;
mod read_rows;
mod resolve;
mod sync;
mod work;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex as SyncMutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use madrigal_model::{
    Anchor, ConnectorId, ContentHash, EntryDigest, Identity, IdentityId, IndexKey, ObjectKey, Problem,
    Timestamp,
};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Sqlite, SqlitePool};
use tokio::sync::Mutex;

use self::cache::Cache;
use self::error::Place;
use crate::{
    AuditHead, AuditRecord, ChainedLine, ConnectorStatus, DirtyBatch, ExportBegun, ImportCommit, KeyOwner,
    Lease, PendingRecord, ProblemSubject, ReceiptWrite, RunId, RunRecord, Store, StoreError, StoredObject,
    SyncCommit,
};

/// A [`Store`] in a SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    writer: Mutex<SqliteConnection>,
    readers: SqlitePool,
    cache: SyncMutex<Cache>,
    place: Place,
    path: PathBuf,
    read_only: bool,
    /// Whether the lease was taken through this store, and not found lost since.
    holds: AtomicBool,
}

impl SqliteStore {
    /// Held only for moments, never across a wait. A panic elsewhere leaves it as good as it was.
    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether what is in memory is as it is stored: who holds the lease is the only one that writes, and need not look
    /// whether another did.
    fn is_alone(&self, cache: &Cache) -> bool {
        self.holds.load(Ordering::Acquire) && cache.valid
    }

    /// A connection to read from; what is in memory is good for it.
    async fn reader(&self) -> Result<sqlx::pool::PoolConnection<Sqlite>, StoreError> {
        if !self.is_alone(&self.cache()) {
            let mut writer = self.writer.lock().await;
            let version = sqlx::query_scalar("select data_version from pragma_data_version")
                .fetch_one(&mut *writer)
                .await
                .map_err(|error| self.place.failed("reading", error))?;
            self.refresh(&mut writer, version).await?;
        }
        self.readers.acquire().await.map_err(|error| self.place.failed("reading", error))
    }

    /// Closes the file, so that nothing is left beside it. Dropping the store is safe as well.
    pub async fn close(self) {
        self.readers.close().await;
        // What was committed is kept whether or not the file closes well.
        let _ = sqlx::Connection::close(self.writer.into_inner()).await;
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn take_lease(&self, holder: &str, now: Timestamp, seconds: u32) -> Result<Lease, StoreError> {
        self.lease_taken(holder, now, seconds).await
    }

    async fn renew_lease(&self, lease: &Lease, now: Timestamp, seconds: u32) -> Result<Lease, StoreError> {
        self.lease_renewed(lease, now, seconds).await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        self.lease_released(lease).await
    }

    async fn connector(&self, lease: &Lease, name: &str) -> Result<ConnectorId, StoreError> {
        self.connector_named(lease, name).await
    }

    async fn connectors(&self) -> Result<Vec<ConnectorStatus>, StoreError> {
        self.connector_statuses().await
    }

    async fn begin_run(
        &self,
        lease: &Lease,
        profile: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<RunId, StoreError> {
        self.run_begun(lease, profile, by, now).await
    }

    async fn end_run(
        &self,
        lease: &Lease,
        run: RunId,
        outcome: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.run_ended(lease, run, outcome, now).await
    }

    async fn runs(&self, limit: u32) -> Result<Vec<RunRecord>, StoreError> {
        self.newest_runs(limit).await
    }

    async fn commit_import(&self, lease: &Lease, commit: ImportCommit) -> Result<(), StoreError> {
        self.import_kept(lease, commit).await
    }

    async fn forget_watermark(&self, lease: &Lease, connector: ConnectorId) -> Result<(), StoreError> {
        self.watermark_forgotten(lease, connector).await
    }

    async fn digests(&self, connector: ConnectorId) -> Result<HashMap<Anchor, EntryDigest>, StoreError> {
        self.digests_of(connector).await
    }

    async fn blobs(&self, hashes: &[ContentHash]) -> Result<HashMap<ContentHash, Vec<u8>>, StoreError> {
        self.large_values(hashes).await
    }

    async fn objects(&self, keys: &[ObjectKey]) -> Result<Vec<Option<StoredObject>>, StoreError> {
        self.objects_by_key(keys).await
    }

    async fn identities(&self, ids: &[IdentityId]) -> Result<Vec<Option<Identity>>, StoreError> {
        self.identities_by_id(ids).await
    }

    async fn owners(&self, keys: &[IndexKey]) -> Result<HashMap<IndexKey, Vec<KeyOwner>>, StoreError> {
        self.owners_of(keys).await
    }

    async fn scan_objects(
        &self,
        connector: ConnectorId,
        after: Option<&Anchor>,
        limit: u32,
    ) -> Result<Vec<StoredObject>, StoreError> {
        self.objects_behind(connector, after, limit).await
    }

    async fn dirty(&self, now: Timestamp, limit: u32) -> Result<DirtyBatch, StoreError> {
        self.dirty_batch(now, limit).await
    }

    async fn dirty_count(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.count_dirty(now).await
    }

    async fn mark_all_dirty(&self, lease: &Lease) -> Result<(), StoreError> {
        self.all_marked_dirty(lease).await
    }

    async fn commit_sync(&self, lease: &Lease, commit: SyncCommit) -> Result<(), StoreError> {
        self.sync_kept(lease, commit).await
    }

    async fn pending(
        &self,
        connector: ConnectorId,
        after: Option<IdentityId>,
        limit: u32,
    ) -> Result<Vec<PendingRecord>, StoreError> {
        self.pending_behind(connector, after, limit).await
    }

    async fn unconfirmed(&self, connector: ConnectorId) -> Result<Vec<IdentityId>, StoreError> {
        self.unconfirmed_of(connector).await
    }

    async fn held(&self, connector: ConnectorId) -> Result<Vec<IdentityId>, StoreError> {
        self.held_in(connector).await
    }

    async fn release(
        &self,
        lease: &Lease,
        connector: ConnectorId,
        identities: &[IdentityId],
        run: RunId,
    ) -> Result<(), StoreError> {
        self.holds_released(lease, connector, identities, run).await
    }

    async fn begin_export(
        &self,
        lease: &Lease,
        run: RunId,
        exports: Vec<ExportBegun>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.export_begun(lease, run, exports, now).await
    }

    async fn record_receipts(
        &self,
        lease: &Lease,
        run: RunId,
        receipts: Vec<ReceiptWrite>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.receipts_recorded(lease, run, receipts, now).await
    }

    async fn record_problems(
        &self,
        lease: &Lease,
        subject: ProblemSubject,
        problems: Vec<Problem>,
    ) -> Result<(), StoreError> {
        self.problems_recorded(lease, subject, problems).await
    }

    async fn problems_of(&self, subject: &ProblemSubject) -> Result<Vec<Problem>, StoreError> {
        self.standing_problems(Some(subject)).await
    }

    async fn problems(&self) -> Result<Vec<Problem>, StoreError> {
        self.standing_problems(None).await
    }

    async fn audit(&self, from: u64, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        self.audit_lines(from, limit).await
    }

    async fn audit_of(&self, identity: IdentityId) -> Result<Vec<AuditRecord>, StoreError> {
        self.audit_lines_of(identity).await
    }

    async fn audit_chain(&self, from: u64, limit: u32) -> Result<Vec<ChainedLine>, StoreError> {
        self.chained_lines(from, limit).await
    }

    async fn audit_head(&self) -> Result<Option<AuditHead>, StoreError> {
        self.head_of_audit().await
    }

    async fn rules_digest(&self) -> Result<Option<u64>, StoreError> {
        self.stored_rules_digest().await
    }

    async fn set_rules_digest(&self, lease: &Lease, digest: u64) -> Result<(), StoreError> {
        self.rules_digest_kept(lease, digest).await
    }

    async fn optimize(&self) -> Result<(), StoreError> {
        self.looked_after().await
    }
}
