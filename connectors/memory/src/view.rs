//! What a reader is shown of an object: whole, or what changed since a change.

use madrigal_model::{
    AttributeName, AttributePatch, DistinguishedName, Entry, EntryBuilder, Observation, ObservedChange,
    ObservedObject, Reference, Value,
};

use crate::data::Data;
use crate::object::{Attribute, Object, ObjectId, Stored};

/// How a reader looks at the directory.
pub(crate) struct View<'a> {
    pub(crate) data: &'a Data,
    /// References as keys instead of names.
    pub(crate) references_as_anchors: bool,
    /// Links in deltas as added and removed values.
    pub(crate) incremental_links: bool,
    /// Whether this attribute of this object is asked for and may be read.
    pub(crate) shown: &'a dyn Fn(ObjectId, AttributeName) -> bool,
}

impl View<'_> {
    /// The object with all its attributes.
    pub(crate) fn entry(&self, id: ObjectId, object: &Object) -> Entry {
        let mut entry = EntryBuilder::default();
        if let Some(guid) = AttributeName::known("objectGUID")
            && (self.shown)(id, guid)
        {
            entry.add(guid, Value::bytes(self.data.anchor(id).as_bytes()));
        }
        for (name, attribute) in &object.attributes {
            if (self.shown)(id, *name) {
                entry.set(*name, self.values(attribute));
            }
        }
        entry.build()
    }

    /// The object as it is now, or its end.
    pub(crate) fn present(&self, id: ObjectId, object: &Object) -> Observation {
        let change = if object.deleted {
            ObservedChange::Deleted
        } else {
            ObservedChange::Present { dn: self.data.dn(id), entry: self.entry(id, object) }
        };
        self.observation(id, change)
    }

    /// What changed since `since`, as the DirSync control tells it; none where nothing did that is shown.
    pub(crate) fn changed(&self, id: ObjectId, object: &Object, since: u64) -> Option<Observation> {
        if object.usn <= since {
            return None;
        }
        if object.deleted || object.created_usn > since {
            return Some(self.present(id, object));
        }
        let mut attributes = Vec::new();
        for (name, attribute) in &object.attributes {
            if attribute.usn > since && (self.shown)(id, *name) {
                self.patches(*name, attribute, since, &mut attributes);
            }
        }
        if attributes.is_empty() && object.name_usn <= since {
            return None;
        }
        let dn: Option<DistinguishedName> = Some(self.data.dn(id));
        Some(self.observation(id, ObservedChange::Patch { dn, attributes }))
    }

    fn patches(
        &self,
        name: AttributeName,
        attribute: &Attribute,
        since: u64,
        patches: &mut Vec<AttributePatch>,
    ) {
        let all_links = attribute.values.iter().all(|(value, _)| matches!(value, Stored::Link(_)));
        let has_links = !attribute.values.is_empty() || !attribute.links_gone.is_empty();
        if !(self.incremental_links && all_links && has_links) {
            return patches.push(AttributePatch::Replace(name, self.values(attribute)));
        }
        let gone = attribute.links_gone.iter().filter(|(_, usn)| *usn > since);
        let gone: Vec<Value> = gone.map(|(target, _)| self.reference(*target)).collect();
        let added = attribute.values.iter().filter(|(_, usn)| *usn > since);
        let added: Vec<Value> = added.map(|(value, _)| self.value(value)).collect();
        if !gone.is_empty() {
            patches.push(AttributePatch::Remove(name, gone));
        }
        if !added.is_empty() {
            patches.push(AttributePatch::Add(name, added));
        }
    }

    fn values(&self, attribute: &Attribute) -> Vec<Value> {
        attribute.values.iter().map(|(value, _)| self.value(value)).collect()
    }

    fn value(&self, value: &Stored) -> Value {
        match value {
            Stored::Plain(value) => value.clone(),
            Stored::Link(target) => self.reference(*target),
        }
    }

    fn reference(&self, target: ObjectId) -> Value {
        Value::Reference(if self.references_as_anchors {
            Reference::Object(self.data.anchor(target))
        } else {
            Reference::Unresolved(self.data.dn(target).as_str().into())
        })
    }

    fn observation(&self, id: ObjectId, change: ObservedChange) -> Observation {
        Observation { object: ObservedObject::Anchor(self.data.anchor(id)), change }
    }
}
