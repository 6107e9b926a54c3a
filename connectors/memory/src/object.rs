//! One object as the directory keeps it: attributes with the change at which each was last written.

use std::collections::BTreeMap;

use madrigal_model::{AttributeName, DistinguishedName, Value};

/// An object's number: objects of one directory count up from 1, and their keys are made from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ObjectId(pub(crate) u64);

/// What an object lies below.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Parent {
    /// An object of this directory: whoever lies below it moves with it.
    Object(ObjectId),
    /// A name that no object of this directory has, as it was written.
    Outside(DistinguishedName),
}

/// One value as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// As it was given.
    Plain(Value),
    /// A reference: it follows its target.
    Link(ObjectId),
}

/// One attribute. It stays, without values, after its last value has gone: a delta tells that it is gone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attribute {
    /// Each value with the change at which it came.
    pub(crate) values: Vec<(Stored, u64)>,
    /// Links that were taken away, each with the change at which it went.
    pub(crate) links_gone: Vec<(ObjectId, u64)>,
    /// The last change. The end of a link's target is none.
    pub(crate) usn: u64,
}

/// One object, living or a tombstone.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) parent: Parent,
    /// Its own step, escaped as it was written.
    pub(crate) rdn: Box<str>,
    pub(crate) attributes: BTreeMap<AttributeName, Attribute>,
    pub(crate) children: u32,
    pub(crate) deleted: bool,
    /// The change that made it.
    pub(crate) made_usn: u64,
    /// The change that made it, or brought it back.
    pub(crate) created_usn: u64,
    /// The change that last gave it a name or a container.
    pub(crate) name_usn: u64,
    /// The last change of any kind.
    pub(crate) usn: u64,
}

impl Object {
    /// The attribute's values; none where it has none.
    pub(crate) fn values(&self, attribute: AttributeName) -> impl Iterator<Item = &Stored> {
        self.attributes
            .get(&attribute)
            .into_iter()
            .flat_map(|kept| kept.values.iter().map(|(value, _)| value))
    }
}
