//! The store's intents.

use std::collections::HashMap;

use async_trait::async_trait;
use madrigal_model::{
    Anchor, ConnectorId, ContentHash, EntryDigest, Identity, IdentityId, IndexKey, ObjectKey, Problem,
    Timestamp, UnconfirmedState,
};

use crate::{
    AuditHead, AuditRecord, ChainedLine, ConnectorStatus, DirtyBatch, ExportBegun, ImportCommit, KeyOwner,
    Lease, PendingRecord, ProblemSubject, ReceiptWrite, RunId, RunRecord, StoreError, StoredObject,
    SyncCommit,
};

/// What is remembered, by intent. Every method that writes is one transaction and takes the lease: a holder whose
/// lease was taken over gets [`StoreError::LeaseLost`] and writes nothing.
#[async_trait]
pub trait Store: Send + Sync {
    /// Takes the lease for `seconds`, or fails with [`StoreError::Busy`] while another holder's is good at `now`.
    /// A holder of the same name on the same host whose process is gone may be passed over by whoever opens the store.
    async fn take_lease(&self, holder: &str, now: Timestamp, seconds: u32) -> Result<Lease, StoreError>;
    /// Makes the lease good for `seconds` from `now`.
    async fn renew_lease(&self, lease: &Lease, now: Timestamp, seconds: u32) -> Result<Lease, StoreError>;
    /// Gives the lease back.
    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError>;

    /// The connector's number, given on first sight and kept.
    async fn connector(&self, lease: &Lease, name: &str) -> Result<ConnectorId, StoreError>;
    /// What is known of every connector, in the order of their numbers.
    async fn connectors(&self) -> Result<Vec<ConnectorStatus>, StoreError>;

    /// Begins a run.
    async fn begin_run(
        &self,
        lease: &Lease,
        profile: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<RunId, StoreError>;
    /// Ends a run with its outcome as JSON.
    async fn end_run(
        &self,
        lease: &Lease,
        run: RunId,
        outcome: &str,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// The newest runs, newest first.
    async fn runs(&self, limit: u32) -> Result<Vec<RunRecord>, StoreError>;

    /// Keeps one page of an import, or fails with [`StoreError::WatermarkMoved`] and keeps nothing.
    async fn commit_import(&self, lease: &Lease, commit: ImportCommit) -> Result<(), StoreError>;
    /// Forgets how far a connector was read: the next import is full.
    async fn forget_watermark(&self, lease: &Lease, connector: ConnectorId) -> Result<(), StoreError>;
    /// The digest of every object of a connector space that is not gone.
    async fn digests(&self, connector: ConnectorId) -> Result<HashMap<Anchor, EntryDigest>, StoreError>;
    /// Large values by their hashes; unknown ones are left out.
    async fn blobs(&self, hashes: &[ContentHash]) -> Result<HashMap<ContentHash, Vec<u8>>, StoreError>;

    /// Objects by key, in the order asked; none for one that is not known. Gone ones are given, marked so.
    async fn objects(&self, keys: &[ObjectKey]) -> Result<Vec<Option<StoredObject>>, StoreError>;
    /// Identities by id, in the order asked, each with all its links and export states.
    async fn identities(&self, ids: &[IdentityId]) -> Result<Vec<Option<Identity>>, StoreError>;
    /// Who owns these keys; a key without an owner is left out. Gone objects own nothing.
    async fn owners(&self, keys: &[IndexKey]) -> Result<HashMap<IndexKey, Vec<KeyOwner>>, StoreError>;
    /// A page of a connector space in a fixed order, gone objects left out: at most `limit` objects behind `after`.
    async fn scan_objects(
        &self,
        connector: ConnectorId,
        after: Option<&Anchor>,
        limit: u32,
    ) -> Result<Vec<StoredObject>, StoreError>;

    /// At most `limit` dirty objects and identities, and those whose due time has come at `now`.
    async fn dirty(&self, now: Timestamp, limit: u32) -> Result<DirtyBatch, StoreError>;
    /// How many objects and identities wait for a sync at `now`.
    async fn dirty_count(&self, now: Timestamp) -> Result<u64, StoreError>;
    /// Marks every object and identity dirty: a full sync.
    async fn mark_all_dirty(&self, lease: &Lease) -> Result<(), StoreError>;
    /// Keeps one batch of a sync.
    async fn commit_sync(&self, lease: &Lease, commit: SyncCommit) -> Result<(), StoreError>;

    /// Planned exports to a connector in a fixed order: at most `limit` behind `after`.
    async fn pending(
        &self,
        connector: ConnectorId,
        after: Option<IdentityId>,
        limit: u32,
    ) -> Result<Vec<PendingRecord>, StoreError>;
    /// Identities with an unconfirmed export to a connector, in a fixed order.
    async fn unconfirmed(&self, connector: ConnectorId) -> Result<Vec<IdentityId>, StoreError>;
    /// Identities of which something is held in a connector, in a fixed order.
    async fn held(&self, connector: ConnectorId) -> Result<Vec<IdentityId>, StoreError>;
    /// Lets go of what these identities' contacts in a connector hold since a run was taken back, and marks those of
    /// which something was held dirty; others are passed over.
    async fn release(
        &self,
        lease: &Lease,
        connector: ConnectorId,
        identities: &[IdentityId],
        run: RunId,
    ) -> Result<(), StoreError>;
    /// Writes down what is about to be sent: the baseline, the unconfirmed export, the audit line. Pending exports of
    /// these identities go. All or nothing.
    async fn begin_export(
        &self,
        lease: &Lease,
        run: RunId,
        exports: Vec<ExportBegun>,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Writes down what came of exports, with audit lines.
    async fn record_receipts(
        &self,
        lease: &Lease,
        run: RunId,
        receipts: Vec<ReceiptWrite>,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Replaces a subject's problems.
    async fn record_problems(
        &self,
        lease: &Lease,
        subject: ProblemSubject,
        problems: Vec<Problem>,
    ) -> Result<(), StoreError>;
    /// The problems of a subject that stand.
    async fn problems_of(&self, subject: &ProblemSubject) -> Result<Vec<Problem>, StoreError>;
    /// All problems that stand, in a fixed order.
    async fn problems(&self) -> Result<Vec<Problem>, StoreError>;

    /// The audit log from line `from` on, at most `limit` lines.
    async fn audit(&self, from: u64, limit: u32) -> Result<Vec<AuditRecord>, StoreError>;
    /// The lines of the audit log that are about one identity, oldest first.
    async fn audit_of(&self, identity: IdentityId) -> Result<Vec<AuditRecord>, StoreError>;
    /// The links of the audit log from line `from` on, at most `limit` lines. A line that cannot be read is given with
    /// the reason.
    async fn audit_chain(&self, from: u64, limit: u32) -> Result<Vec<ChainedLine>, StoreError>;
    /// Where the audit log's chain ends; none while nothing was written.
    async fn audit_head(&self) -> Result<Option<AuditHead>, StoreError>;

    /// A hash of the configuration and rules that the stored sync results were made with; none at first.
    async fn rules_digest(&self) -> Result<Option<u64>, StoreError>;
    /// Keeps that hash.
    async fn set_rules_digest(&self, lease: &Lease, digest: u64) -> Result<(), StoreError>;

    /// Lets the store look after itself after a large load (statistics, checkpoint).
    async fn optimize(&self) -> Result<(), StoreError>;
}

/// The connector number that stands behind a name. The two largest numbers are kept for index keys that belong to no
/// connector.
pub(crate) fn connector_number(number: u64) -> Result<ConnectorId, StoreError> {
    match u16::try_from(number) {
        Ok(number) if number < u16::MAX - 1 => Ok(ConnectorId(number)),
        _ => Err(StoreError::Unreachable {
            doing: "numbering a connector".to_owned(),
            reason: "the store holds 65,533 connectors already: use a new store".to_owned(),
            source: None,
        }),
    }
}

/// What the audit log calls the outcome of an export.
pub(crate) fn audit_event(state: Option<UnconfirmedState>) -> &'static str {
    match state {
        Some(UnconfirmedState::Accepted) => "accepted",
        Some(UnconfirmedState::Refused) => "refused",
        Some(UnconfirmedState::Begun) => "unknown",
        None => "not-written",
    }
}
