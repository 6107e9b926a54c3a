//! What we wrote, write and decided for one identity in one target directory.

use serde::{Deserialize, Serialize};

use crate::{Anchor, AttributeName, ConnectorId, DistinguishedName, Entry, PendingExport, Timestamp, Value};

/// Why a contact of ours is hidden or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HideReason {
    /// Nobody speaks for the identity any more: its source was deleted.
    Left,
    /// The source is there and no rule or share takes it any more.
    OutOfScope,
    /// The person has an own recipient in the target now: deleted at once.
    Superseded,
    /// Another recipient of the target owns its address now: deleted at once.
    AddressTaken,
}

impl HideReason {
    /// Whether the contact is deleted without a grace period: a hidden contact still owns its addresses.
    #[must_use]
    pub fn deletes_at_once(self) -> bool {
        matches!(self, Self::Superseded | Self::AddressTaken)
    }
}

/// Since when and why a contact is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hidden {
    /// Since when: as it was written, or will be.
    pub since: Timestamp,
    /// Why.
    pub reason: HideReason,
}

/// A value that was decided once and is kept while the inputs that it was made from stay the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The attribute (`cn` for the name).
    pub attribute: AttributeName,
    /// What was decided.
    pub value: Value,
    /// The hash of the inputs that it was made from.
    pub inputs: u64,
}

/// How far an export has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnconfirmedState {
    /// Written down before the call; whether the call was made is not known.
    Begun,
    /// The directory accepted it.
    Accepted,
    /// The directory refused it.
    Refused,
}

/// An export that no import has confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unconfirmed {
    /// What was sent.
    pub export: PendingExport,
    /// The export that sent it: [`EXPORTS_OF_A_RUN`] times the run, and which of its exports it was.
    pub run: u64,
    /// When.
    pub at: Timestamp,
    /// When the oldest change was sent that `export` holds and no import has shown.
    pub since: Timestamp,
    /// How many imports of the target were complete when it was sent: one more, and what it saw is what came of it.
    pub imports_complete: u64,
    /// What is known of it.
    pub state: UnconfirmedState,
    /// What waits to be carried since before, and is a part of `export`: it counts again where it turns out that this
    /// export was never written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Box<Unconfirmed>>,
}

/// How many exports one run may send: their numbers tell the run.
pub const EXPORTS_OF_A_RUN: u64 = 100_000;

impl Unconfirmed {
    /// The run that sent it.
    #[must_use]
    pub fn sent_by(&self) -> u64 {
        self.run / EXPORTS_OF_A_RUN
    }

    /// What is under way once this much is known of it. Nothing: it was never written, and what waited before it counts
    /// again.
    #[must_use]
    pub fn answered(self, known: Option<UnconfirmedState>) -> Option<Self> {
        match known {
            Some(UnconfirmedState::Accepted) => {
                Some(Self { state: UnconfirmedState::Accepted, before: None, ..self })
            }
            Some(state) => Some(Self { state, ..self }),
            None => self.before.map(|before| *before),
        }
    }
}

/// A value of ours that somebody else changed after an import had confirmed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// The attribute.
    pub attribute: AttributeName,
    /// What somebody made of it, the last time.
    pub theirs: Vec<Value>,
    /// When we saw it last.
    pub at: Timestamp,
    /// How often.
    pub times: u32,
}

/// A change that a person took back: it is not made again until its source changes or a person lets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The run that was taken back.
    pub run: u64,
    /// When it was taken back.
    pub at: Timestamp,
    /// What it did, as far as that is held. Of an add, a hide and a delete the kind says all.
    pub change: PendingExport,
}

/// What we wrote, write and decided for one identity in one target directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportState {
    /// The target.
    pub connector: ConnectorId,
    /// The contact's anchor, once an import has seen it.
    pub anchor: Option<Anchor>,
    /// The name that we gave it, or that somebody gave it since.
    pub dn: DistinguishedName,
    /// The values that we put there: the merge base. Written before the call.
    pub baseline: Entry,
    /// Names and the like that were decided once.
    pub decisions: Vec<Decision>,
    /// Since when and why it is hidden.
    pub hidden: Option<Hidden>,
    /// An export that is under way or not yet seen again.
    pub unconfirmed: Option<Unconfirmed>,
    /// What the last sync planned: valid while the identity is not dirty.
    pub pending: Option<PendingExport>,
    /// How often an export came back different in a row; at two it is held.
    pub came_back_different: u8,
    /// Values that somebody else keeps changing.
    pub drifts: Vec<Drift>,
    /// What a person took back, in the order in which that was done.
    pub holds: Vec<Hold>,
}

impl ExportState {
    /// The state of a target in which nothing was done.
    #[must_use]
    pub fn new(connector: ConnectorId) -> Self {
        Self {
            connector,
            anchor: None,
            dn: DistinguishedName::default(),
            baseline: Entry::default(),
            decisions: Vec::new(),
            hidden: None,
            unconfirmed: None,
            pending: None,
            came_back_different: 0,
            drifts: Vec::new(),
            holds: Vec::new(),
        }
    }
}
