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
    /// Some attributes as they are now; others are as they were. An attribute without values is gone.
    Patch {
        /// Its name, where it is told.
        dn: Option<DistinguishedName>,
        /// The attributes that changed, each with all its values.
        attributes: Vec<(AttributeName, Vec<Value>)>,
    },
    /// The object is gone.
    Deleted,
}

/// What one import saw of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Which object.
    pub anchor: Anchor,
    /// What happened to it.
    pub change: ObservedChange,
}
