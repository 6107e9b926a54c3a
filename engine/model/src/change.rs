//! What is planned for one object of a target directory, and how changes are counted.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    Anchor, AttributeName, ConnectorId, DistinguishedName, HideReason, IdentityId, ObjectKey, Value,
};

/// The kinds of change that are shown and counted; each planned change is of exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// A new contact.
    Add,
    /// Other values on a contact that stays what and where it is.
    Modify,
    /// A new RDN (values may change with it).
    Rename,
    /// Another container (values may change with it).
    Move,
    /// The contact leaves the address lists; it will be deleted after the grace period.
    Hide,
    /// A hidden contact comes back.
    Unhide,
    /// Somebody else's contact becomes ours.
    Adopt,
    /// The contact goes.
    Delete,
}

impl ChangeKind {
    /// Every kind, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Add,
        Self::Modify,
        Self::Rename,
        Self::Move,
        Self::Hide,
        Self::Unhide,
        Self::Adopt,
        Self::Delete,
    ];

    /// The kind's stable name, as scripts see it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Modify => "modify",
            Self::Rename => "rename",
            Self::Move => "move",
            Self::Hide => "hide",
            Self::Unhide => "unhide",
            Self::Adopt => "adopt",
            Self::Delete => "delete",
        }
    }
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Where a planned value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FlowSource {
    /// The rule's name.
    pub rule: Arc<str>,
    /// The attributes of the source directory that the flow read.
    pub reads: Box<[AttributeName]>,
}

/// A planned change of one attribute.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AttributeChange {
    /// The attribute.
    pub attribute: AttributeName,
    /// The values that the target holds now.
    pub old: Vec<Value>,
    /// The values that it will hold.
    pub new: Vec<Value>,
    /// The rule that asks for it; none for our own stamp and the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<FlowSource>,
}

/// One planned change of one object of a target directory.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PendingExport {
    /// What kind of change it is.
    pub kind: ChangeKind,
    /// Whose contact.
    pub identity: IdentityId,
    /// The target.
    pub connector: ConnectorId,
    /// The object to change. For a new one the object whose place it takes: one that is deleted before, or was.
    pub anchor: Option<Anchor>,
    /// Its name now; for a new one the name that it will have.
    pub dn: DistinguishedName,
    /// Its new name, for a rename or a move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_dn: Option<DistinguishedName>,
    /// The attributes that change; for a delete, none.
    pub changes: Vec<AttributeChange>,
    /// Why it is hidden or deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<HideReason>,
    /// The source object that speaks for the identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<ObjectKey>,
}

/// How many changes of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeCounts {
    counts: [u64; 8],
}

impl ChangeCounts {
    /// Counts one change.
    pub fn count(&mut self, kind: ChangeKind) {
        if let Some(count) = self.counts.get_mut(kind as usize) {
            *count += 1;
        }
    }

    /// How many of this kind.
    #[must_use]
    pub fn of(&self, kind: ChangeKind) -> u64 {
        self.counts.get(kind as usize).copied().unwrap_or(0)
    }

    /// How many in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Each kind with its count, in the order in which they are shown.
    pub fn iter(&self) -> impl Iterator<Item = (ChangeKind, u64)> {
        ChangeKind::ALL.into_iter().zip(self.counts)
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: &Self) {
        self.counts.iter_mut().zip(other.counts).for_each(|(mine, theirs)| *mine += theirs);
    }
}

impl Serialize for ChangeCounts {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(kind, count)| (kind.name(), count)))
    }
}

impl<'de> Deserialize<'de> for ChangeCounts {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let by_kind = BTreeMap::<ChangeKind, u64>::deserialize(deserializer)?;
        let mut counts = Self::default();
        for (kind, number) in by_kind {
            if let Some(count) = counts.counts.get_mut(kind as usize) {
                *count = number;
            }
        }
        Ok(counts)
    }
}
