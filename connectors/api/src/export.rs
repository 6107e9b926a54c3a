//! Writing to a directory.

use async_trait::async_trait;
use madrigal_model::{
    Anchor, Approval, AttributeName, DistinguishedName, Entry, IdentityId, Problem, Timestamp, Value,
};

use crate::{Capabilities, ConnectorError};

/// How one attribute is modified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModificationKind {
    /// Add these values.
    Add,
    /// Delete these values.
    Delete,
    /// These are all the values; none: delete the attribute.
    Replace,
}

/// One attribute's modification. Values are in directory form: references are DNs by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modification {
    /// The attribute.
    pub attribute: AttributeName,
    /// How.
    pub kind: ModificationKind,
    /// The values.
    pub values: Vec<Value>,
}

/// What to do to one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperationKind {
    /// Make it.
    Add {
        /// Its name.
        dn: DistinguishedName,
        /// Its attributes, `objectClass` included.
        entry: Entry,
        /// The key of the deleted object that it is. A directory that can brings that object back and gives it these
        /// attributes; where that is refused, and in any other directory, a new object is made.
        former: Option<Anchor>,
    },
    /// Change values.
    Modify {
        /// Its key, where it is known.
        anchor: Option<Anchor>,
        /// Its name.
        dn: DistinguishedName,
        /// What to change, in order.
        modifications: Vec<Modification>,
    },
    /// Give it another name or container.
    Rename {
        /// Its key, where it is known.
        anchor: Option<Anchor>,
        /// Its name.
        dn: DistinguishedName,
        /// Its new name.
        new_dn: DistinguishedName,
    },
    /// Delete it, if it is what was planned to be deleted: whatever bears another name or stamp by now is refused with
    /// [`crate::Refusal::NotAsPlanned`], for a wrong delete is worse than one that comes later.
    Delete {
        /// Its key, where it is known.
        anchor: Option<Anchor>,
        /// Its name: the object must bear it.
        dn: DistinguishedName,
        /// The attribute of the ownership stamp and its value: the object must have it. None: nothing is known of it.
        stamp: Option<(AttributeName, Value)>,
    },
}

/// One operation of an export. Several may belong to one planned change (rename, then modify).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Whose object.
    pub identity: IdentityId,
    /// What to do.
    pub kind: OperationKind,
}

/// What came of one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceiptOutcome {
    /// The directory took it (a new object's key, where it was told).
    Accepted(Option<Anchor>),
    /// The directory refused it, with the reason and advice.
    Refused(Box<Problem>),
    /// Nobody knows: the connection was lost after it was sent. The next import tells.
    Unknown,
}

/// What came of one operation. The receipt is logged; nothing is believed before an import shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Whose object.
    pub identity: IdentityId,
    /// What came of it.
    pub outcome: ReceiptOutcome,
    /// Where it was carried out otherwise than it was asked for: what is different, and why.
    pub note: Option<Box<Problem>>,
}

impl Receipt {
    /// A receipt without a note.
    #[must_use]
    pub fn new(identity: IdentityId, outcome: ReceiptOutcome) -> Self {
        Self { identity, outcome, note: None }
    }
}

/// What can be told of an export whose outcome was not written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It was carried out.
    Done,
    /// It was not begun.
    NotDone,
    /// The next import tells.
    Unknown,
}

/// Writes to a directory.
#[async_trait]
pub trait Exporter: Send {
    /// What the connector can do.
    fn capabilities(&self) -> Capabilities;

    /// The most operations that one batch should have. A connector that rewrites a file with each batch asks for few
    /// and large ones.
    fn batch_size(&self) -> usize {
        500
    }

    /// Carries out the operations in order and tells what came of each; as many receipts as operations. `export_id`
    /// and `now` name this batch: a connector that leaves a trace (a file) leaves it under both. The number alone is that
    /// of another batch when the store was lost and counts anew.
    ///
    /// # Errors
    /// [`ConnectorError`] when nothing more can be written; the outcome of this batch is then unknown.
    async fn apply(
        &mut self,
        export_id: u64,
        operations: Vec<Operation>,
        now: Timestamp,
        approval: &Approval,
    ) -> Result<Vec<Receipt>, ConnectorError>;

    /// Which of these deleted objects can be brought back, as far as the directory says so before it is asked to.
    ///
    /// # Errors
    /// [`ConnectorError`] when it cannot be found out now.
    async fn deleted(&mut self, keys: &[Anchor]) -> Result<Vec<Anchor>, ConnectorError> {
        let _ = keys;
        Ok(Vec::new())
    }

    /// What became of a batch of this number and time whose receipts were lost in a crash. Most directories cannot
    /// tell; the next import does.
    ///
    /// # Errors
    /// [`ConnectorError`] when it cannot be found out now.
    async fn settle(&mut self, export_id: u64, at: Timestamp) -> Result<Settled, ConnectorError> {
        let _ = (export_id, at);
        Ok(Settled::Unknown)
    }
}
