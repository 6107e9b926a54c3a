//! The directory's handle: what it is set up with, the state that all handles share, and what befalls a server.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use madrigal_model::{Anchor, AttributeName, DistinguishedName, Entry, Value};

use crate::carried::Carried;
use crate::counters::Counters;
use crate::data::Data;
use crate::faults::FaultPlan;
use crate::{MemoryExporter, MemoryImporter};

/// What a directory is set up with.
#[derive(Clone, Debug)]
pub struct MemoryOptions {
    /// Its name: the keys of its objects are made from it.
    pub name: String,
    /// The name of its root, which is made with it.
    pub suffix: DistinguishedName,
    /// Whether an object needs a container that is there.
    pub require_container: bool,
    /// Whether deltas tell references as added and removed values.
    pub incremental_links: bool,
    /// Whether references are shown as keys instead of names.
    pub references_as_anchors: bool,
    /// Whether a reference may point to a name of this directory that nothing has.
    pub dangling_references: bool,
    /// Whether adding a value that is there, or deleting one that is not, is refused.
    pub strict_values: bool,
    /// Whether it can tell what changed: without, every import is full.
    pub delta: bool,
    /// Whether an exporter may bring deleted objects back.
    pub brings_back: bool,
    /// Whether an export is there at once; else it waits until [`MemoryDirectory::carry`].
    pub confirms: bool,
    /// Whether writes of exporters are kept for [`MemoryDirectory::take_writes`].
    pub keep_writes: bool,
}

impl MemoryOptions {
    /// The options of a directory like Active Directory.
    #[must_use]
    pub fn new(name: &str, suffix: &str) -> Self {
        Self {
            name: name.to_owned(),
            suffix: DistinguishedName::from_directory(suffix),
            require_container: true,
            incremental_links: false,
            references_as_anchors: false,
            dangling_references: false,
            strict_values: true,
            delta: true,
            brings_back: true,
            confirms: true,
            keep_writes: false,
        }
    }
}

/// What an exporter's operation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteKind {
    /// Made an object.
    Add,
    /// Brought a deleted object back.
    BringBack,
    /// Changed values.
    Modify,
    /// Gave another name or container.
    Rename,
    /// Deleted an object.
    Delete,
}

/// One operation of an exporter that was carried out, for a test to judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// What it did.
    pub kind: WriteKind,
    /// To which object.
    pub anchor: Anchor,
    /// The object before: its name and attributes, references as names. None for an add.
    pub before: Option<(DistinguishedName, Entry)>,
    /// The object afterwards. None for a delete.
    pub after: Option<(DistinguishedName, Entry)>,
}

/// What a directory held at one moment.
#[derive(Clone, Debug)]
pub struct Backup(pub(crate) Arc<Data>);

/// Which readers are shown less than there is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Permissions {
    pub(crate) nothing_shown: bool,
    /// Attributes that cannot be read, on how many of a hundred objects, chosen by which seed.
    pub(crate) hidden: Option<(Vec<AttributeName>, u64, u64)>,
}

/// Everything that all handles of a directory share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) options: MemoryOptions,
    pub(crate) data: Data,
    /// An older state that imports see instead, and for how many more pages; none: until it is lifted.
    pub(crate) replica: Option<(Arc<Data>, Option<u32>)>,
    pub(crate) permissions: Permissions,
    pub(crate) faults: FaultPlan,
    pub(crate) counters: Counters,
    pub(crate) writes: Vec<Write>,
    pub(crate) carried: Carried,
}

/// A directory in memory. Clones are handles of the same directory.
#[derive(Clone, Debug)]
pub struct MemoryDirectory {
    state: Arc<Mutex<State>>,
}

impl MemoryDirectory {
    /// A directory like Active Directory that holds its root only.
    #[must_use]
    pub fn new(name: &str, suffix: &str) -> Self {
        Self::with(MemoryOptions::new(name, suffix))
    }

    /// A directory that holds its root only.
    #[must_use]
    pub fn with(options: MemoryOptions) -> Self {
        let mut data = Data::new(&options.name);
        let class = AttributeName::intern("objectClass").map(|class| (class, vec![Value::text("domainDNS")]));
        // A suffix that is no name leaves a directory without a root, to which nothing can be added.
        let _ = data.create(&options, &options.suffix.clone(), class.into_iter().collect());
        let state = State {
            options,
            data,
            replica: None,
            permissions: Permissions::default(),
            faults: FaultPlan::none(),
            counters: Counters::default(),
            writes: Vec::new(),
            carried: Carried::default(),
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// A reader of this directory.
    #[must_use]
    pub fn importer(&self) -> MemoryImporter {
        MemoryImporter::new(self.clone())
    }

    /// A writer to this directory.
    #[must_use]
    pub fn exporter(&self) -> MemoryExporter {
        MemoryExporter::new(self.clone())
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the faults from now on; pages and operations are counted from here.
    pub fn set_faults(&self, faults: FaultPlan) {
        self.lock().faults = faults;
    }

    /// How often each kind of event happened.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.lock().counters.clone()
    }

    /// The operations of exporters that were carried out since this was last asked, in order (with
    /// [`MemoryOptions::keep_writes`]).
    #[must_use]
    pub fn take_writes(&self) -> Vec<Write> {
        std::mem::take(&mut self.lock().writes)
    }

    /// What the directory holds now.
    #[must_use]
    pub fn backup(&self) -> Backup {
        Backup(Arc::new(self.lock().data.clone()))
    }

    /// Puts the directory back to a backup as a virtual machine's snapshot does: the sequence of changes goes back,
    /// and nobody is told.
    pub fn revert(&self, backup: &Backup) {
        let mut state = self.lock();
        state.data = Data::clone(&backup.0);
        state.counters.count("reverted to a backup");
    }

    /// Puts the directory back to a backup as the directory's own restore does: with a new invocation id, so that
    /// older watermarks are refused.
    pub fn restore(&self, backup: &Backup) {
        let mut state = self.lock();
        let invocation = state.data.invocation;
        state.data = Data::clone(&backup.0);
        state.data.invocation = next_invocation(invocation);
        state.counters.count("restored from a backup");
    }

    /// Lets another server answer: older watermarks are refused.
    pub fn switch_server(&self) {
        let mut state = self.lock();
        state.data.invocation = next_invocation(state.data.invocation);
        state.counters.count("server switched");
    }

    /// Imports see the directory as it is now, whatever changes, until [`Self::resume_replication`]; exports go on.
    pub fn stop_replication(&self) {
        let mut state = self.lock();
        state.replica = Some((Arc::new(state.data.clone()), None));
        state.counters.count("replication stopped");
    }

    /// The next `pages` pages of imports show this older state.
    pub fn lag(&self, backup: &Backup, pages: u32) {
        let mut state = self.lock();
        state.replica = Some((Arc::clone(&backup.0), Some(pages)));
        state.counters.count("lagging replica asked");
    }

    /// Imports see the directory as it is.
    pub fn resume_replication(&self) {
        self.lock().replica = None;
    }

    /// Imports see no object at all, with success, as when a right to read was taken away.
    pub fn hide_everything(&self) {
        let mut state = self.lock();
        state.permissions.nothing_shown = true;
        state.counters.count("everything hidden");
    }

    /// Imports no longer see these attributes on `percent` of the objects, chosen by the seed.
    pub fn hide_attributes(&self, attributes: Vec<AttributeName>, percent: u64, seed: u64) {
        let mut state = self.lock();
        state.permissions.hidden = Some((attributes, percent, seed));
        state.counters.count("attributes hidden");
    }

    /// Imports see everything again; what changed meanwhile is seen by the next full import only.
    pub fn show_everything(&self) {
        self.lock().permissions = Permissions::default();
    }

    /// Tombstones are no longer kept: watermarks from before now are refused.
    pub fn expire_tombstones(&self) {
        let mut state = self.lock();
        state.data.expired_usn = state.data.usn;
        state.data.objects.retain(|_, object| !object.deleted);
        state.counters.count("tombstones expired");
    }
}

pub(crate) fn next_invocation(invocation: u64) -> u64 {
    crate::faults::mix(invocation, 0)
}
