//! The tree: objects by number and by name, and the directory's sequence of changes.

use std::collections::{BTreeMap, HashMap};

use madrigal_model::{Anchor, DistinguishedName, collate};
use xxhash_rust::xxh3::xxh3_64;

use crate::object::{Object, ObjectId, Parent};

/// A name within a container, as Active Directory collates it: type and value without regard to case and accents.
type SiblingName = String;

/// What a name is looked up below.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum ParentKey {
    Object(ObjectId),
    Outside(String),
}

/// Everything that a replica of the directory holds.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    /// Which database this is; another server, or one put back from a backup, has another.
    pub(crate) invocation: u64,
    /// The number of the last change.
    pub(crate) usn: u64,
    /// Changes up to here may have left tombstones that are no longer kept.
    pub(crate) expired_usn: u64,
    pub(crate) objects: BTreeMap<ObjectId, Object>,
    names: HashMap<(ParentKey, SiblingName), ObjectId>,
    /// How many objects lie below each name that no object has.
    outside: HashMap<String, u32>,
    next: u64,
    directory: u64,
}

impl Data {
    pub(crate) fn new(name: &str) -> Self {
        let directory = xxh3_64(name.as_bytes());
        Self {
            invocation: directory.rotate_left(32),
            usn: 0,
            expired_usn: 0,
            objects: BTreeMap::new(),
            names: HashMap::new(),
            outside: HashMap::new(),
            next: 1,
            directory,
        }
    }

    /// The key of an object: derived from the directory's name and the object's number.
    pub(crate) fn anchor(&self, id: ObjectId) -> Anchor {
        let mut octets = [0; 16];
        let (head, tail) = octets.split_at_mut(8);
        head.copy_from_slice(&self.directory.to_be_bytes());
        tail.copy_from_slice(&id.0.to_be_bytes());
        Anchor::new(&octets)
    }

    /// The object, living or a tombstone, with this key.
    pub(crate) fn by_anchor(&self, anchor: &Anchor) -> Option<ObjectId> {
        let (head, tail) = anchor.as_bytes().split_at_checked(8)?;
        let id = ObjectId(u64::from_be_bytes(tail.try_into().ok()?));
        (head == self.directory.to_be_bytes() && self.objects.contains_key(&id)).then_some(id)
    }

    /// The living object with this name.
    pub(crate) fn by_name(&self, dn: &DistinguishedName) -> Option<ObjectId> {
        let parent = self.parent_of(dn)?;
        self.names.get(&(parent.key(), sibling_name(dn.rdn_text())?)).copied()
    }

    /// What an object of this name lies below; none where the name is empty.
    pub(crate) fn parent_of(&self, dn: &DistinguishedName) -> Option<Parent> {
        if dn.rdn_text().is_empty() {
            return None;
        }
        let above = dn.parent().unwrap_or_default();
        Some(self.by_name(&above).map_or(Parent::Outside(above), Parent::Object))
    }

    /// The object's name; a tombstone's is the one that it last had.
    pub(crate) fn dn(&self, id: ObjectId) -> DistinguishedName {
        let mut text = String::with_capacity(64);
        let mut at = Some(id);
        while let Some(object) = at.and_then(|id| self.objects.get(&id)) {
            if !text.is_empty() {
                text.push(',');
            }
            text.push_str(&object.rdn);
            at = match &object.parent {
                Parent::Object(above) => Some(*above),
                Parent::Outside(above) => {
                    if !above.as_str().is_empty() {
                        text.push(',');
                        text.push_str(above.as_str());
                    }
                    None
                }
            };
        }
        DistinguishedName::from_directory(&text)
    }

    /// Whether `id` is `above` or lies below it.
    pub(crate) fn is_within(&self, id: ObjectId, above: ObjectId) -> bool {
        let mut at = id;
        loop {
            if at == above {
                return true;
            }
            match self.objects.get(&at).map(|object| &object.parent) {
                Some(Parent::Object(next)) => at = *next,
                Some(Parent::Outside(_)) | None => return false,
            }
        }
    }

    /// The living object that has this name within this container, as names collide.
    pub(crate) fn sibling(&self, parent: &Parent, rdn: &str) -> Option<ObjectId> {
        self.names.get(&(parent.key(), sibling_name(rdn)?)).copied()
    }

    /// The next change's number.
    pub(crate) fn change(&mut self) -> u64 {
        self.usn += 1;
        self.usn
    }

    /// A number for a new object.
    pub(crate) fn number(&mut self) -> ObjectId {
        let id = ObjectId(self.next);
        self.next += 1;
        id
    }

    /// Gives the object its name within its container, and its container a child.
    pub(crate) fn enter_name(&mut self, id: ObjectId) {
        let Some((parent, rdn)) = self.place(id) else { return };
        if let Some(name) = sibling_name(&rdn) {
            self.names.insert((parent.key(), name), id);
        }
        match &parent {
            Parent::Object(above) => {
                if let Some(above) = self.objects.get_mut(above) {
                    above.children += 1;
                }
            }
            Parent::Outside(above) => *self.outside.entry(above.normalized()).or_default() += 1,
        }
    }

    /// Takes the object's name and its container's child away.
    pub(crate) fn leave_name(&mut self, id: ObjectId) {
        let Some((parent, rdn)) = self.place(id) else { return };
        if let Some(name) = sibling_name(&rdn) {
            self.names.remove(&(parent.key(), name));
        }
        match &parent {
            Parent::Object(above) => {
                if let Some(above) = self.objects.get_mut(above) {
                    above.children = above.children.saturating_sub(1);
                }
            }
            Parent::Outside(above) => {
                if let Some(count) = self.outside.get_mut(&above.normalized()) {
                    *count = count.saturating_sub(1);
                }
            }
        }
    }

    /// Puts objects that were written below this name before it existed below the object that now has it.
    pub(crate) fn adopt_orphans(&mut self, id: ObjectId) {
        let name = self.dn(id).normalized();
        if self.outside.get(&name).is_none_or(|count| *count == 0) {
            return;
        }
        let orphans: Vec<ObjectId> = self
            .objects
            .iter()
            .filter(|(_, object)| !object.deleted)
            .filter(
                |(_, object)| matches!(&object.parent, Parent::Outside(above) if above.normalized() == name),
            )
            .map(|(orphan, _)| *orphan)
            .collect();
        for orphan in orphans {
            self.leave_name(orphan);
            if let Some(object) = self.objects.get_mut(&orphan) {
                object.parent = Parent::Object(id);
            }
            self.enter_name(orphan);
        }
    }

    fn place(&self, id: ObjectId) -> Option<(Parent, Box<str>)> {
        self.objects.get(&id).map(|object| (object.parent.clone(), object.rdn.clone()))
    }
}

impl Parent {
    fn key(&self) -> ParentKey {
        match self {
            Self::Object(id) => ParentKey::Object(*id),
            Self::Outside(dn) => ParentKey::Outside(dn.normalized()),
        }
    }
}

fn sibling_name(rdn: &str) -> Option<SiblingName> {
    let rdn = DistinguishedName::from_directory(rdn).rdns().into_iter().next()?;
    let mut parts: Vec<String> = rdn
        .parts
        .iter()
        .map(|(attribute, value)| format!("{}={}", attribute.to_ascii_lowercase(), collate(value)))
        .collect();
    parts.sort_unstable();
    Some(parts.join("+"))
}
