//! The store in memory: plain maps behind a lock, for simulations, scenarios and as the model that the store on disk is
//! held against. It forgets everything when it is dropped.

mod audit;
mod export;
mod import;
mod lease;
mod read;
mod sync;
mod tables;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use madrigal_model::{
    Anchor, ConnectorId, ContentHash, EntryDigest, Identity, IdentityId, IndexKey, ObjectKey, Problem,
    Timestamp,
};

use self::tables::Tables;
use crate::{
    AuditHead, AuditRecord, ChainedLine, ConnectorStatus, DirtyBatch, ExportBegun, ImportCommit, KeyOwner,
    Lease, PendingRecord, ProblemSubject, ReceiptWrite, RunId, RunRecord, Store, StoreError, StoredObject,
    SyncCommit,
};

/// A [`Store`] in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    tables: Mutex<Tables>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// No method leaves the tables half written, so a lock that a panic elsewhere poisoned is good.
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tables, for a holder whose lease was not taken over.
    fn for_holder(&self, lease: &Lease) -> Result<MutexGuard<'_, Tables>, StoreError> {
        let tables = self.tables();
        tables.check_lease(lease)?;
        Ok(tables)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn take_lease(&self, holder: &str, now: Timestamp, seconds: u32) -> Result<Lease, StoreError> {
        self.tables().take_lease(holder, now, seconds)
    }

    async fn renew_lease(&self, lease: &Lease, now: Timestamp, seconds: u32) -> Result<Lease, StoreError> {
        Ok(self.for_holder(lease)?.renew_lease(lease, now, seconds))
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        self.for_holder(lease)?.release_lease();
        Ok(())
    }

    async fn connector(&self, lease: &Lease, name: &str) -> Result<ConnectorId, StoreError> {
        self.for_holder(lease)?.connector(name)
    }

    async fn connectors(&self) -> Result<Vec<ConnectorStatus>, StoreError> {
        Ok(self.tables().connector_statuses())
    }

    async fn begin_run(
        &self,
        lease: &Lease,
        profile: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<RunId, StoreError> {
        Ok(self.for_holder(lease)?.begin_run(profile, by, now))
    }

    async fn end_run(
        &self,
        lease: &Lease,
        run: RunId,
        outcome: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.for_holder(lease)?.end_run(run, outcome, now);
        Ok(())
    }

    async fn runs(&self, limit: u32) -> Result<Vec<RunRecord>, StoreError> {
        Ok(self.tables().newest_runs(limit))
    }

    async fn commit_import(&self, lease: &Lease, commit: ImportCommit) -> Result<(), StoreError> {
        self.for_holder(lease)?.commit_import(commit)
    }

    async fn forget_watermark(&self, lease: &Lease, connector: ConnectorId) -> Result<(), StoreError> {
        self.for_holder(lease)?.forget_watermark(connector)
    }

    async fn digests(&self, connector: ConnectorId) -> Result<HashMap<Anchor, EntryDigest>, StoreError> {
        Ok(self.tables().digests(connector))
    }

    async fn blobs(&self, hashes: &[ContentHash]) -> Result<HashMap<ContentHash, Vec<u8>>, StoreError> {
        Ok(self.tables().blobs(hashes))
    }

    async fn objects(&self, keys: &[ObjectKey]) -> Result<Vec<Option<StoredObject>>, StoreError> {
        Ok(self.tables().objects_by_key(keys))
    }

    async fn identities(&self, ids: &[IdentityId]) -> Result<Vec<Option<Identity>>, StoreError> {
        Ok(self.tables().identities_by_id(ids))
    }

    async fn owners(&self, keys: &[IndexKey]) -> Result<HashMap<IndexKey, Vec<KeyOwner>>, StoreError> {
        Ok(self.tables().owners(keys))
    }

    async fn scan_objects(
        &self,
        connector: ConnectorId,
        after: Option<&Anchor>,
        limit: u32,
    ) -> Result<Vec<StoredObject>, StoreError> {
        self.tables().scan_objects(connector, after, limit)
    }

    async fn dirty(&self, now: Timestamp, limit: u32) -> Result<DirtyBatch, StoreError> {
        Ok(self.tables().dirty(now, limit))
    }

    async fn dirty_count(&self, now: Timestamp) -> Result<u64, StoreError> {
        Ok(self.tables().dirty_count(now))
    }

    async fn mark_all_dirty(&self, lease: &Lease) -> Result<(), StoreError> {
        self.for_holder(lease)?.mark_all_dirty();
        Ok(())
    }

    async fn commit_sync(&self, lease: &Lease, commit: SyncCommit) -> Result<(), StoreError> {
        self.for_holder(lease)?.commit_sync(commit);
        Ok(())
    }

    async fn pending(
        &self,
        connector: ConnectorId,
        after: Option<IdentityId>,
        limit: u32,
    ) -> Result<Vec<PendingRecord>, StoreError> {
        self.tables().pending(connector, after, limit)
    }

    async fn unconfirmed(&self, connector: ConnectorId) -> Result<Vec<IdentityId>, StoreError> {
        Ok(self.tables().unconfirmed(connector))
    }

    async fn held(&self, connector: ConnectorId) -> Result<Vec<IdentityId>, StoreError> {
        Ok(self.tables().held(connector))
    }

    async fn release(
        &self,
        lease: &Lease,
        connector: ConnectorId,
        identities: &[IdentityId],
        run: RunId,
    ) -> Result<(), StoreError> {
        self.for_holder(lease)?.release(connector, identities, run);
        Ok(())
    }

    async fn begin_export(
        &self,
        lease: &Lease,
        run: RunId,
        exports: Vec<ExportBegun>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.for_holder(lease)?.begin_export(run, exports, now);
        Ok(())
    }

    async fn record_receipts(
        &self,
        lease: &Lease,
        run: RunId,
        receipts: Vec<ReceiptWrite>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.for_holder(lease)?.record_receipts(run, receipts, now);
        Ok(())
    }

    async fn record_problems(
        &self,
        lease: &Lease,
        subject: ProblemSubject,
        problems: Vec<Problem>,
    ) -> Result<(), StoreError> {
        self.for_holder(lease)?.record_problems(subject, problems);
        Ok(())
    }

    async fn problems_of(&self, subject: &ProblemSubject) -> Result<Vec<Problem>, StoreError> {
        Ok(self.tables().problems.get(subject).cloned().unwrap_or_default())
    }

    async fn problems(&self) -> Result<Vec<Problem>, StoreError> {
        Ok(self.tables().problems())
    }

    async fn audit(&self, from: u64, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        Ok(self.tables().audit(from, limit))
    }

    async fn audit_of(&self, identity: IdentityId) -> Result<Vec<AuditRecord>, StoreError> {
        Ok(self.tables().audit_of(identity))
    }

    async fn audit_chain(&self, from: u64, limit: u32) -> Result<Vec<ChainedLine>, StoreError> {
        Ok(self.tables().audit_chain(from, limit))
    }

    async fn audit_head(&self) -> Result<Option<AuditHead>, StoreError> {
        Ok(self.tables().audit_head())
    }

    async fn rules_digest(&self) -> Result<Option<u64>, StoreError> {
        Ok(self.tables().rules_digest)
    }

    async fn set_rules_digest(&self, lease: &Lease, digest: u64) -> Result<(), StoreError> {
        self.for_holder(lease)?.rules_digest = Some(digest);
        Ok(())
    }

    async fn optimize(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
