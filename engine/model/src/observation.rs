//! What an import brings: observations of objects, and the watermark up to which it has read.

use serde::{Deserialize, Serialize};

use crate::{Anchor, AttributeName, DistinguishedName, Entry, Value};

/// How far an import has read, in the connector's own words (DirSync cookie, deltaLink, hash of a file), and what it
/// was read with: with other attributes or flags it does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    /// The connector's opaque mark; empty means that nothing was read.
    pub mark: Vec<u8>,
    /// The hash of the attributes and flags that it was read with.
    pub read_with: u64,
}

/// How the object of an observation is named: by its key, or only by its DN as in LDIF change records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObservedObject {
    /// By its immutable key.
    Anchor(Anchor),
    /// By the name that it has at this point of the sequence of changes.
    Name(DistinguishedName),
}

/// How the values of one attribute changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributePatch {
    /// These are all its values now; none: the attribute is gone.
    Replace(AttributeName, Vec<Value>),
    /// These came to it.
    Add(AttributeName, Vec<Value>),
    /// These left it; none named: the attribute is gone.
    Remove(AttributeName, Vec<Value>),
}

impl AttributePatch {
    /// The attribute.
    #[must_use]
    pub fn attribute(&self) -> AttributeName {
        match self {
            Self::Replace(attribute, _) | Self::Add(attribute, _) | Self::Remove(attribute, _) => *attribute,
        }
    }
}

/// What happened to one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObservedChange {
    /// The whole object as it is now.
    Present {
        /// Its name.
        dn: DistinguishedName,
        /// All the attributes that were asked for.
        entry: Entry,
    },
    /// Some attributes changed; others are as they were.
    Patch {
        /// Its name from now on, where that changed or is told.
        dn: Option<DistinguishedName>,
        /// The changes, in order.
        attributes: Vec<AttributePatch>,
    },
    /// The object is gone.
    Deleted,
}

/// What one import saw of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Which object.
    pub object: ObservedObject,
    /// What happened to it.
    pub change: ObservedChange,
}
