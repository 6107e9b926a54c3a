//! What goes into the store and comes out of it, beyond the nouns of `madrigal-model`.

use std::collections::BTreeSet;

use crate::AuditLink;
use madrigal_model::{
    Anchor, ConnectorId, ContentHash, DistinguishedName, Entry, EntryDigest, Hold, Identity, IdentityId,
    IndexKey, Link, ObjectKey, PendingExport, Problem, SpaceObject, Timestamp, Unconfirmed, UnconfirmedState,
    Watermark,
};
use serde::{Deserialize, Serialize};

/// The number of a run; runs of one store count up from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunId(pub u64);

/// The right to write, until it runs out or another engine takes over. Its token grows with each holder, so that a
/// holder that was thought dead cannot write any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Who holds it, in words for people.
    pub holder: String,
    /// The fencing token.
    pub token: u64,
    /// Until when, unless it is renewed.
    pub until: Timestamp,
}

/// One run, as history shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecord {
    /// Its number.
    pub id: RunId,
    /// The command or profile: `run`, `abc/delta-import`.
    pub profile: String,
    /// Who started it.
    pub by: String,
    /// When it began.
    pub began: Timestamp,
    /// When it ended; none: it is under way or was cut off.
    pub ended: Option<Timestamp>,
    /// How it ended, as the JSON object that the command prints.
    pub outcome: Option<String>,
}

/// What is known of one connector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectorStatus {
    /// Its number.
    pub id: ConnectorId,
    /// Its configured name.
    pub name: String,
    /// How far imports have read.
    pub watermark: Option<Watermark>,
    /// How many imports (full or delta) were walked to their end.
    pub imports_complete: u64,
    /// How many full imports were proved complete.
    pub full_imports_complete: u64,
    /// When the last import was walked to its end.
    pub last_import: Option<Timestamp>,
    /// Objects of its connector space, those that are gone and not yet synchronised left out.
    pub objects: u64,
    /// Contacts of ours that exist there (linked as provisioned).
    pub provisioned: u64,
}

/// An object as the store holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredObject {
    /// What was last observed, and its link.
    pub object: SpaceObject,
    /// Whether it is gone from the directory: it is kept until a sync has drawn the consequences.
    pub gone: bool,
}

/// An object to write.
#[derive(Clone, Debug)]
pub struct ObjectWrite {
    /// Its key.
    pub anchor: Anchor,
    /// Its name.
    pub dn: DistinguishedName,
    /// Its whole entry.
    pub entry: Entry,
    /// The hash of what the directory showed, name included, as whoever compares computes it; none: as it was.
    pub digest: Option<EntryDigest>,
    /// Everything by which it can be found from now on; its old keys go.
    pub keys: Vec<IndexKey>,
    /// Whether nothing that others look at has changed: see [`DirtyBatch::quiet`]. It counts only where the stored keys
    /// are these.
    pub quiet: bool,
}

/// A large value that lives out of row, under its hash. Written before the entry that names it.
#[derive(Clone, Debug)]
pub struct BlobWrite {
    /// The hash.
    pub hash: ContentHash,
    /// The octets.
    pub content: Vec<u8>,
}

/// One page of an import: kept whole, or not at all.
#[derive(Clone, Debug)]
pub struct ImportCommit {
    /// The connector.
    pub connector: ConnectorId,
    /// The watermark that the page was read from; another one in the store refuses the page.
    pub from: Option<Watermark>,
    /// The watermark from now on.
    pub to: Watermark,
    /// Objects that are new or changed: written and marked dirty. One that was gone is back.
    pub objects: Vec<ObjectWrite>,
    /// Objects that are gone: marked gone and dirty, and found under their keys until a sync forgets them. Unknown ones
    /// are passed over.
    pub gone: Vec<Anchor>,
    /// Large values of this page.
    pub blobs: Vec<BlobWrite>,
    /// Whether an import was walked to its end with this page.
    pub walk_complete: bool,
    /// Whether it was a full import that is proved complete.
    pub full_complete: bool,
    /// Objects with these keys are marked dirty as well (referrers of an object that was renamed, and the like).
    pub wake: Vec<IndexKey>,
    /// When.
    pub at: Timestamp,
}

/// What waits for a sync, in the order of the objects' numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirtyBatch {
    /// Objects of connector spaces that changed.
    pub objects: Vec<ObjectKey>,
    /// Those of them that were known and wait only because of [quiet](ObjectWrite::quiet) writes: what they are found by
    /// and what they are to others is as it was when their consequences were last drawn.
    pub quiet: BTreeSet<ObjectKey>,
    /// Identities that somebody marked, or whose due time has come.
    pub identities: Vec<IdentityId>,
}

impl DirtyBatch {
    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.identities.is_empty()
    }
}

/// An identity to write, whole: its row and all its export states replace what is stored. Links are written
/// separately.
#[derive(Clone, Debug)]
pub struct IdentityWrite {
    /// The identity; its `links` are not read.
    pub identity: Identity,
    /// When a sync must look at it again though nothing changed.
    pub due: Option<Timestamp>,
    /// For each of `identity.exports`, in order: the keys under which what it plans can be found.
    pub export_keys: Vec<Vec<IndexKey>>,
}

/// Whom a recorded problem belongs to: a new look at the same subject replaces its problems.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProblemSubject {
    /// What imports of a connector met; the place (a line, a DN) tells them apart.
    Import(ConnectorId),
    /// An object of a connector space, met by a sync.
    Object(ObjectKey),
    /// An identity, met by a sync.
    Identity(IdentityId),
    /// An export of an identity to a target.
    Export(IdentityId, ConnectorId),
    /// What finishes the contacts of a target after an export.
    Finish(ConnectorId),
}

/// One batch of a sync: kept whole, or not at all.
#[derive(Clone, Debug, Default)]
pub struct SyncCommit {
    /// Objects that are no longer dirty.
    pub objects_done: Vec<ObjectKey>,
    /// Identities that are no longer dirty.
    pub identities_done: Vec<IdentityId>,
    /// Links that were made, changed or (none) taken away.
    pub links: Vec<(ObjectKey, Option<Link>)>,
    /// Objects that were gone and are now forgotten, with their keys.
    pub forgotten: Vec<ObjectKey>,
    /// Identities to write, with their export states.
    pub identities: Vec<IdentityWrite>,
    /// Identities that are forgotten, with their export states and keys.
    pub identities_forgotten: Vec<IdentityId>,
    /// Objects with these keys are marked dirty, after `objects_done` was taken off. Owners that are export states mark
    /// their identity dirty.
    pub wake: Vec<IndexKey>,
    /// Objects to mark dirty, after `objects_done` was taken off; unknown ones are passed over.
    pub wake_objects: Vec<ObjectKey>,
    /// Identities to mark dirty, after `identities_done` was taken off.
    pub wake_identities: Vec<IdentityId>,
    /// Each subject's problems from now on; none: it has none any more.
    pub problems: Vec<(ProblemSubject, Vec<Problem>)>,
}

/// A planned export as the store lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingRecord {
    /// What is planned.
    pub export: PendingExport,
    /// An earlier export of the same object that no import has confirmed.
    pub unconfirmed: Option<Unconfirmed>,
    /// Whether the identity waits for a sync: then the plan is stale.
    pub dirty: bool,
}

/// An export that begins: written before any byte leaves.
#[derive(Clone, Debug)]
pub struct ExportBegun {
    /// Whose.
    pub identity: IdentityId,
    /// The target.
    pub connector: ConnectorId,
    /// The merge base from now on: what we put there, these values included.
    pub baseline: Entry,
    /// The object's name from now on.
    pub dn: DistinguishedName,
    /// What is sent; it replaces the pending export.
    pub unconfirmed: Unconfirmed,
    /// What this takes back, so that it is not done again.
    pub hold: Option<Hold>,
}

/// What came of an export.
#[derive(Clone, Debug)]
pub struct ReceiptWrite {
    /// Whose.
    pub identity: IdentityId,
    /// The target.
    pub connector: ConnectorId,
    /// What is known now. `None` takes the unconfirmed export back to what waited before it, if anything did, and marks
    /// the identity dirty: it is known that nothing was written.
    pub state: Option<UnconfirmedState>,
    /// The object's key, where the directory told it.
    pub anchor: Option<Anchor>,
    /// Why it was refused.
    pub problem: Option<Problem>,
}

/// One line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its number; lines count up from 1 without a gap.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// The run.
    pub run: RunId,
    /// Who started the run.
    pub by: String,
    /// `begun`, `accepted`, `refused`, `unknown`, `not-written`.
    pub event: String,
    /// The target.
    pub connector: ConnectorId,
    /// Whose object.
    pub identity: IdentityId,
    /// What was sent: the object, each attribute before and after, the rules that asked for it.
    pub export: PendingExport,
    /// Its link of the chain; none: it was written before there was a chain.
    pub link: Option<AuditLink>,
}
