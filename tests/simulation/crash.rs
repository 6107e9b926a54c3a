//! A process that can be killed: between any two calls of the store and of the connectors, the fuse burns down, and
//! from then on nothing that the process does reaches anybody.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use madrigal_api::{
    Capabilities, ConnectorError, Exporter, ImportPage, ImportRequest, Importer, Operation, Receipt, Settled,
};
use madrigal_memory::{MemoryExporter, MemoryImporter};
use madrigal_model::{
    Anchor, Approval, ConnectorId, ContentHash, EntryDigest, Identity, IdentityId, IndexKey, KeyOwner,
    ObjectKey, Problem, Timestamp, Watermark,
};
use madrigal_state::{
    AuditHead, AuditRecord, ChainedLine, ConnectorStatus, DirtyBatch, ExportBegun, ImportCommit, Lease,
    MemoryStore, PendingRecord, ProblemSubject, ReceiptWrite, RunId, RunRecord, Store, StoreError,
    StoredObject, SyncCommit,
};

/// What happens when another engine gets its turn in the middle of a call.
pub(super) type Intruder = Box<dyn FnOnce() + Send>;

/// A cycle of this many calls wakes itself for ever.
const ENDLESS: u64 = 60_000;

/// How many more calls the process lives.
#[derive(Default)]
pub(super) struct Fuse {
    /// Calls left; below zero the process is dead. None burns where it is `i64::MAX`.
    left: AtomicI64,
    calls: AtomicU64,
    /// Whether only operations of exporters burn it, each to its end.
    exports_only: bool,
    /// An identity that never comes to rest: it is dirty whenever somebody asks.
    restless: Mutex<Option<IdentityId>>,
    /// Another engine's turn before the call with this number.
    intruder: Mutex<Option<(u64, Intruder)>>,
}

/// What the fuse says of one call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is made, and the process lives on.
    Lives,
    /// It is made, and the process dies before it hears of it.
    DiesAfter,
    /// The process is dead already.
    Dead,
}

impl Fuse {
    /// A fuse that never burns.
    pub(super) fn endless() -> Arc<Self> {
        Self::of(i64::MAX)
    }

    /// A fuse for so many half calls: an even number kills before a call, an odd one behind it.
    pub(super) fn of(half_calls: i64) -> Arc<Self> {
        Arc::new(Self { left: AtomicI64::new(half_calls), ..Self::default() })
    }

    /// A fuse that kills right behind the operation of an exporter with this number.
    pub(super) fn behind_export(number: u64) -> Arc<Self> {
        let left = AtomicI64::new(2 * number as i64 + 1);
        Arc::new(Self { left, exports_only: true, ..Self::default() })
    }

    /// The identity is dirty whenever somebody asks from now on, whatever was done about it.
    pub(super) fn keep_restless(&self, identity: IdentityId) {
        *self.restless.lock().unwrap() = Some(identity);
    }

    /// Gives another engine its turn before the call with this number.
    pub(super) fn interrupt(&self, call: u64, intruder: Intruder) {
        *self.intruder.lock().unwrap() = Some((call, intruder));
    }

    /// Nobody interrupts any more.
    pub(super) fn disarm(&self) {
        *self.intruder.lock().unwrap() = None;
    }

    pub(super) fn is_dead(&self) -> bool {
        self.left.load(Ordering::Relaxed) < 0
    }

    pub(super) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Burns for one call; another engine may get its turn first.
    fn burn(&self) -> Fate {
        let call = self.calls.load(Ordering::Relaxed);
        let intruder = {
            let mut waiting = self.intruder.lock().unwrap();
            if waiting.as_ref().is_some_and(|(at, _)| *at <= call) { waiting.take() } else { None }
        };
        if let Some((_, intruder)) = intruder {
            intruder();
        }
        self.burn_alone(false)
    }

    /// Burns for one call of a connector. A process that is paused between its lease's renewal and the bytes that it
    /// sends cannot be told from one that sends them slowly: nobody can take turns there.
    fn burn_alone(&self, exports: bool) -> Fate {
        let calls = self.calls.fetch_add(1, Ordering::Relaxed);
        assert!(calls < ENDLESS, "a cycle ends: more than {ENDLESS} calls");
        let left = self.left.load(Ordering::Relaxed);
        if left == i64::MAX || (self.exports_only && !exports && left >= 0) {
            return Fate::Lives;
        }
        self.left.store(left - 2, Ordering::Relaxed);
        match left {
            2.. => Fate::Lives,
            1 => Fate::DiesAfter,
            _ => {
                self.left.store(-1, Ordering::Relaxed);
                Fate::Dead
            }
        }
    }
}

fn killed() -> StoreError {
    StoreError::Unreachable {
        doing: "anything".into(),
        reason: "the process was killed".into(),
        source: None,
    }
}

fn cut_off() -> ConnectorError {
    ConnectorError::Configuration {
        code: "MDR-C000",
        doing: "anything".into(),
        reason: "the process was killed".into(),
        remedy: "start it again".into(),
    }
}

/// A store whose user can be killed at any call.
pub(super) struct CrashingStore {
    pub(super) inner: Arc<MemoryStore>,
    pub(super) fuse: Arc<Fuse>,
}

macro_rules! through {
    ($self:ident, $call:expr) => {{
        match $self.fuse.burn() {
            Fate::Dead => Err(killed()),
            Fate::Lives => $call.await,
            Fate::DiesAfter => {
                let _ = $call.await;
                Err(killed())
            }
        }
    }};
}

#[async_trait]
impl Store for CrashingStore {
    async fn take_lease(&self, holder: &str, now: Timestamp, seconds: u32) -> Result<Lease, StoreError> {
        through!(self, self.inner.take_lease(holder, now, seconds))
    }
    async fn renew_lease(&self, lease: &Lease, now: Timestamp, seconds: u32) -> Result<Lease, StoreError> {
        through!(self, self.inner.renew_lease(lease, now, seconds))
    }
    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        through!(self, self.inner.release_lease(lease))
    }
    async fn connector(&self, lease: &Lease, name: &str) -> Result<ConnectorId, StoreError> {
        through!(self, self.inner.connector(lease, name))
    }
    async fn connectors(&self) -> Result<Vec<ConnectorStatus>, StoreError> {
        through!(self, self.inner.connectors())
    }
    async fn begin_run(
        &self,
        lease: &Lease,
        profile: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<RunId, StoreError> {
        through!(self, self.inner.begin_run(lease, profile, by, now))
    }
    async fn end_run(
        &self,
        lease: &Lease,
        run: RunId,
        outcome: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        through!(self, self.inner.end_run(lease, run, outcome, now))
    }
    async fn runs(&self, limit: u32) -> Result<Vec<RunRecord>, StoreError> {
        through!(self, self.inner.runs(limit))
    }
    async fn commit_import(&self, lease: &Lease, commit: ImportCommit) -> Result<(), StoreError> {
        through!(self, self.inner.commit_import(lease, commit))
    }
    async fn forget_watermark(&self, lease: &Lease, connector: ConnectorId) -> Result<(), StoreError> {
        through!(self, self.inner.forget_watermark(lease, connector))
    }
    async fn digests(&self, connector: ConnectorId) -> Result<HashMap<Anchor, EntryDigest>, StoreError> {
        through!(self, self.inner.digests(connector))
    }
    async fn blobs(&self, hashes: &[ContentHash]) -> Result<HashMap<ContentHash, Vec<u8>>, StoreError> {
        through!(self, self.inner.blobs(hashes))
    }
    async fn objects(&self, keys: &[ObjectKey]) -> Result<Vec<Option<StoredObject>>, StoreError> {
        through!(self, self.inner.objects(keys))
    }
    async fn identities(&self, ids: &[IdentityId]) -> Result<Vec<Option<Identity>>, StoreError> {
        through!(self, self.inner.identities(ids))
    }
    async fn owners(&self, keys: &[IndexKey]) -> Result<HashMap<IndexKey, Vec<KeyOwner>>, StoreError> {
        through!(self, self.inner.owners(keys))
    }
    async fn scan_objects(
        &self,
        connector: ConnectorId,
        after: Option<&Anchor>,
        limit: u32,
    ) -> Result<Vec<StoredObject>, StoreError> {
        through!(self, self.inner.scan_objects(connector, after, limit))
    }
    async fn dirty(&self, now: Timestamp, limit: u32) -> Result<DirtyBatch, StoreError> {
        let mut dirty = through!(self, self.inner.dirty(now, limit))?;
        if let Some(identity) = *self.fuse.restless.lock().unwrap() {
            // First of all, so that it takes the others' room.
            let others = (limit as usize).saturating_sub(1);
            dirty.objects.truncate(others);
            dirty.identities.retain(|known| *known != identity);
            dirty.identities.truncate(others - dirty.objects.len());
            dirty.identities.insert(0, identity);
        }
        Ok(dirty)
    }
    async fn dirty_count(&self, now: Timestamp) -> Result<u64, StoreError> {
        through!(self, self.inner.dirty_count(now))
    }
    async fn mark_all_dirty(&self, lease: &Lease) -> Result<(), StoreError> {
        through!(self, self.inner.mark_all_dirty(lease))
    }
    async fn commit_sync(&self, lease: &Lease, commit: SyncCommit) -> Result<(), StoreError> {
        through!(self, self.inner.commit_sync(lease, commit))
    }
    async fn pending(
        &self,
        connector: ConnectorId,
        after: Option<IdentityId>,
        limit: u32,
    ) -> Result<Vec<PendingRecord>, StoreError> {
        through!(self, self.inner.pending(connector, after, limit))
    }
    async fn unconfirmed(&self, connector: ConnectorId) -> Result<Vec<IdentityId>, StoreError> {
        through!(self, self.inner.unconfirmed(connector))
    }
    async fn held(&self, connector: ConnectorId) -> Result<Vec<IdentityId>, StoreError> {
        through!(self, self.inner.held(connector))
    }
    async fn release(
        &self,
        lease: &Lease,
        connector: ConnectorId,
        identities: &[IdentityId],
        run: RunId,
    ) -> Result<(), StoreError> {
        through!(self, self.inner.release(lease, connector, identities, run))
    }
    async fn begin_export(
        &self,
        lease: &Lease,
        run: RunId,
        exports: Vec<ExportBegun>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        through!(self, self.inner.begin_export(lease, run, exports, now))
    }
    async fn record_receipts(
        &self,
        lease: &Lease,
        run: RunId,
        receipts: Vec<ReceiptWrite>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        through!(self, self.inner.record_receipts(lease, run, receipts, now))
    }
    async fn record_problems(
        &self,
        lease: &Lease,
        subject: ProblemSubject,
        problems: Vec<Problem>,
    ) -> Result<(), StoreError> {
        through!(self, self.inner.record_problems(lease, subject, problems))
    }
    async fn problems_of(&self, subject: &ProblemSubject) -> Result<Vec<Problem>, StoreError> {
        through!(self, self.inner.problems_of(subject))
    }
    async fn problems(&self) -> Result<Vec<Problem>, StoreError> {
        through!(self, self.inner.problems())
    }
    async fn audit(&self, from: u64, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        through!(self, self.inner.audit(from, limit))
    }
    async fn audit_of(&self, identity: IdentityId) -> Result<Vec<AuditRecord>, StoreError> {
        through!(self, self.inner.audit_of(identity))
    }
    async fn audit_chain(&self, from: u64, limit: u32) -> Result<Vec<ChainedLine>, StoreError> {
        through!(self, self.inner.audit_chain(from, limit))
    }
    async fn audit_head(&self) -> Result<Option<AuditHead>, StoreError> {
        through!(self, self.inner.audit_head())
    }
    async fn rules_digest(&self) -> Result<Option<u64>, StoreError> {
        through!(self, self.inner.rules_digest())
    }
    async fn set_rules_digest(&self, lease: &Lease, digest: u64) -> Result<(), StoreError> {
        through!(self, self.inner.set_rules_digest(lease, digest))
    }
    async fn optimize(&self) -> Result<(), StoreError> {
        through!(self, self.inner.optimize())
    }
}

/// An importer whose user can be killed at any page.
pub(super) struct CrashingImporter {
    pub(super) inner: MemoryImporter,
    pub(super) fuse: Arc<Fuse>,
}

#[async_trait]
impl Importer for CrashingImporter {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn page(
        &mut self,
        request: &ImportRequest,
        from: Option<&Watermark>,
    ) -> Result<ImportPage, ConnectorError> {
        match self.fuse.burn() {
            Fate::Dead => Err(cut_off()),
            Fate::Lives => self.inner.page(request, from).await,
            Fate::DiesAfter => {
                let _ = self.inner.page(request, from).await;
                Err(cut_off())
            }
        }
    }
}

/// An exporter whose user can be killed before, in the middle of and behind any batch.
pub(super) struct CrashingExporter {
    pub(super) inner: MemoryExporter,
    pub(super) fuse: Arc<Fuse>,
}

#[async_trait]
impl Exporter for CrashingExporter {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn apply(
        &mut self,
        export_id: u64,
        operations: Vec<Operation>,
        now: Timestamp,
        approval: &Approval,
    ) -> Result<Vec<Receipt>, ConnectorError> {
        if !self.inner.capabilities().confirms {
            // A file is written whole, or not at all.
            let fate = self.fuse.burn_alone(true);
            if fate == Fate::Dead {
                return Err(cut_off());
            }
            let receipts = self.inner.apply(export_id, operations, now, approval).await?;
            return if fate == Fate::DiesAfter { Err(cut_off()) } else { Ok(receipts) };
        }
        let mut receipts = Vec::with_capacity(operations.len());
        for operation in operations {
            let fate = self.fuse.burn_alone(true);
            if fate == Fate::Dead {
                return Err(cut_off());
            }
            let receipt = self.inner.apply(export_id, vec![operation], now, approval).await?;
            if fate == Fate::DiesAfter {
                return Err(cut_off());
            }
            receipts.extend(receipt);
        }
        Ok(receipts)
    }

    async fn settle(&mut self, export_id: u64, at: Timestamp) -> Result<Settled, ConnectorError> {
        if self.fuse.burn() == Fate::Dead { Err(cut_off()) } else { self.inner.settle(export_id, at).await }
    }

    async fn deleted(&mut self, keys: &[Anchor]) -> Result<Vec<Anchor>, ConnectorError> {
        self.inner.deleted(keys).await
    }
}
