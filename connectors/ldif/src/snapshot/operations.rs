//! The operations of a batch on a snapshot, checked as a directory checks them.

use std::collections::HashMap;
use std::fs::File;
use std::io;

use madrigal_api::{Modification, Operation, OperationKind, Refusal};
use madrigal_model::{Anchor, AttributeName, DistinguishedName, Entry, IdentityId, Rdn};
use xxhash_rust::xxh3::xxh3_128;

use crate::LdifConnector;
use crate::change_file::unwritable_value;
use crate::record::{read_anchor, read_name};
use crate::snapshot::edited::Edited;
use crate::snapshot::index::{Hash, Index, Place, Slot, anchor_hash, name_hash, parent_hash};
use crate::snapshot::references::{Referrers, Steps, below};
use crate::source::RecordReader;

/// What came of an operation: the object's key, or why not. The outer error is the file's.
type Done = io::Result<Result<Anchor, Refusal>>;

/// A snapshot with the changes of a batch on top.
pub(crate) struct Snapshot<'a> {
    connector: &'a LdifConnector,
    index: Index,
    /// The records that the batch touched or made, as text: a first load of a large directory makes very many.
    touched: HashMap<Slot, Touched>,
    steps: Steps,
    changed: bool,
    /// Whether the file holds the containers of its objects, once that was asked.
    shows_containers: Option<bool>,
}

/// A record as it will stand in the file.
struct Touched {
    text: Box<[u8]>,
    /// How many renames and deletes its references have followed.
    steps_followed: usize,
    deleted: bool,
}

impl<'a> Snapshot<'a> {
    pub(crate) fn new(connector: &'a LdifConnector, index: Index) -> Self {
        Self {
            connector,
            index,
            touched: HashMap::new(),
            steps: Steps::default(),
            changed: false,
            shows_containers: None,
        }
    }

    pub(crate) fn index(&mut self) -> &mut Index {
        &mut self.index
    }

    /// Whether an operation was carried out.
    pub(crate) fn is_touched(&self) -> bool {
        self.changed
    }

    pub(crate) fn carry_out(&mut self, operation: &Operation) -> Done {
        if let Some(attribute) = unwritable_value(&operation.kind) {
            return Ok(Err(Refusal::InvalidValue(attribute)));
        }
        let done = match &operation.kind {
            OperationKind::Add { dn, entry, former: _ } => Ok(self.add(operation.identity, dn, entry)),
            OperationKind::Modify { anchor, dn, modifications } => {
                self.with_target(anchor.as_ref(), dn, |snapshot, _, record| {
                    Ok(snapshot.modify(record, modifications))
                })
            }
            OperationKind::Rename { anchor, dn, new_dn } => {
                self.with_target(anchor.as_ref(), dn, |snapshot, slot, record| {
                    snapshot.rename(slot, record, new_dn)
                })
            }
            OperationKind::Delete { anchor, dn: planned, stamp } => {
                self.with_target(anchor.as_ref(), planned, |snapshot, slot, record| {
                    let is_marked = stamp.as_ref().is_none_or(|(attribute, value)| {
                        value.as_text().is_some_and(|value| record.has(*attribute, value.as_bytes()))
                    });
                    if !is_marked || !record.dn().same_as(planned) {
                        return Ok(Err(Refusal::NotAsPlanned));
                    }
                    Ok(snapshot.delete(slot, record))
                })
            }
        };
        self.changed |= matches!(done, Ok(Ok(_)));
        done
    }

    fn add(
        &mut self,
        identity: IdentityId,
        dn: &DistinguishedName,
        entry: &Entry,
    ) -> Result<Anchor, Refusal> {
        let dn =
            read_name(dn.as_str().as_bytes()).map_err(|fault| Refusal::InvalidName(fault.to_string()))?;
        if self.index.by_name.contains_key(&name_hash(&dn)) {
            return Err(Refusal::AlreadyExists);
        }
        if !self.may_lie_in(parent_hash(&dn)) {
            return Err(Refusal::NoContainer);
        }
        let class = AttributeName::known("objectClass").filter(|class| !entry.has(*class));
        if let Some(class) = class {
            return Err(Refusal::Required(class));
        }
        let mut record = Edited::new(dn.clone(), self.index.line_end);
        let is_class = |name: AttributeName| name.as_str().eq_ignore_ascii_case("objectClass");
        for classes in [true, false] {
            for (name, values) in entry.iter().filter(|(name, _)| is_class(*name) == classes) {
                values
                    .iter()
                    .filter_map(|value| value.as_octets())
                    .for_each(|octets| record.add(name, octets));
            }
        }
        for (name, value) in naming(&dn) {
            if record.values(name).next().is_none() {
                record.add(name, value.as_bytes());
            } else if !record.has(name, value.as_bytes()) {
                return Err(Refusal::InvalidName(format!("{name} is not the value in the name")));
            }
        }
        let key = self.connector.anchor;
        if record.values(key).next().is_none() {
            if !key.as_str().eq_ignore_ascii_case("objectGUID") {
                return Err(Refusal::Required(key));
            }
            record.add(key, &self.derived_guid(identity));
        }
        let anchor = record.values(key).next().and_then(|octets| read_anchor(key, octets));
        let anchor = anchor.ok_or(Refusal::InvalidValue(key))?;
        if self.index.by_anchor.contains_key(&anchor_hash(&anchor)) {
            return Err(Refusal::AlreadyExists);
        }
        let number = self.index.parents.len();
        let slot =
            Slot(u32::try_from(number).map_err(|_| Refusal::InvalidName("too many objects".to_owned()))?);
        record.steps_followed = self.steps.len();
        self.index.parents.push(parent_hash(&dn));
        self.enter(slot, &dn);
        self.index.by_anchor.insert(anchor_hash(&anchor), slot);
        self.keep(slot, &record);
        Ok(anchor)
    }

    /// Whether the container is there: it stands in the file, or something lies in it. A file that was taken of people
    /// alone shows no containers, and cannot tell.
    fn may_lie_in(&mut self, container: Hash) -> bool {
        let index = &self.index;
        let is_used = || index.children.get(&container).is_some_and(|children| *children > 0);
        index.by_name.contains_key(&container)
            || is_used()
            || !*self
                .shows_containers
                .get_or_insert_with(|| index.parents.iter().any(|parent| index.by_name.contains_key(parent)))
    }

    /// There is no server to give a key: the same object in the same file always gets the same one.
    fn derived_guid(&self, identity: IdentityId) -> [u8; 16] {
        let mut octets = identity.to_bytes().to_vec();
        octets.extend_from_slice(self.connector.path.to_string_lossy().as_bytes());
        xxh3_128(&octets).to_be_bytes()
    }

    /// Makes all of the modifications or none.
    fn modify(&self, record: &mut Edited, modifications: &[Modification]) -> Result<(), Refusal> {
        let (before, steps_followed) = (record.text(), record.steps_followed);
        let mut done = modifications.iter().try_for_each(|modification| record.modify(modification));
        for modification in modifications {
            done = done.and_then(|()| record.check_count(modification.attribute));
        }
        let named = naming(record.dn());
        let is_named = |name: &AttributeName| modifications.iter().any(|one| one.attribute == *name);
        for (name, value) in named.iter().filter(|(name, _)| is_named(name)) {
            if !record.has(*name, value.as_bytes()) {
                done = done.and(Err(Refusal::InvalidName(format!("{name} is changed by a rename only"))));
            }
        }
        if done.is_err() {
            *record = Edited::of(&before, self.index.line_end);
            record.steps_followed = steps_followed;
        }
        done
    }

    fn rename(
        &mut self,
        slot: Slot,
        record: &mut Edited,
        new_dn: &DistinguishedName,
    ) -> io::Result<Result<(), Refusal>> {
        let dn = record.dn().clone();
        let new_dn = match read_name(new_dn.as_str().as_bytes()) {
            Ok(new_dn) => new_dn,
            Err(fault) => return Ok(Err(Refusal::InvalidName(fault.to_string()))),
        };
        if self.index.by_name.get(&name_hash(&new_dn)).is_some_and(|taken| *taken != slot) {
            return Ok(Err(Refusal::AlreadyExists));
        }
        if new_dn.parent().is_some_and(|above| above.is_within(&dn)) {
            return Ok(Err(Refusal::BelowItself));
        }
        let mut moved = Vec::new();
        if self.index.children.get(&name_hash(&dn)).is_some_and(|children| *children > 0) {
            self.below(name_hash(&dn), &mut moved)?;
        }
        for other in moved {
            let Some(mut child) = self.open(other)? else { continue };
            let old = child.dn().clone();
            let new = below(&old, &dn, &new_dn);
            self.relocate(other, &old, &new);
            child.set_dn(new);
            self.keep(other, &child);
        }
        self.relocate(slot, &dn, &new_dn);
        record.set_dn(new_dn.clone());
        rename_values(record, &dn, &new_dn);
        self.steps.push(&dn, Some(&new_dn));
        Ok(Ok(()))
    }

    fn relocate(&mut self, slot: Slot, old: &DistinguishedName, new: &DistinguishedName) {
        self.leave(slot, old);
        self.enter(slot, new);
    }

    fn delete(&mut self, slot: Slot, record: &mut Edited) -> Result<(), Refusal> {
        let dn = record.dn().clone();
        if self.index.children.get(&name_hash(&dn)).is_some_and(|children| *children > 0) {
            return Err(Refusal::HasChildren);
        }
        self.leave(slot, &dn);
        if let Some(anchor) = self.anchor(record) {
            self.index.by_anchor.remove(&anchor_hash(&anchor));
        }
        record.deleted = true;
        self.steps.push(&dn, None);
        Ok(())
    }

    /// Does something to the object with this key, or else this name; its key is the answer.
    fn with_target(
        &mut self,
        anchor: Option<&Anchor>,
        dn: &DistinguishedName,
        act: impl FnOnce(&mut Self, Slot, &mut Edited) -> io::Result<Result<(), Refusal>>,
    ) -> Done {
        let slot = match anchor {
            Some(anchor) => self.index.by_anchor.get(&anchor_hash(anchor)),
            None => self.index.by_name.get(&name_hash(dn)),
        };
        let Some(slot) = slot.copied() else { return Ok(Err(Refusal::NoSuchObject)) };
        let Some(mut record) = self.open(slot)? else { return Ok(Err(Refusal::NoSuchObject)) };
        let key = self.anchor(&record);
        let done = act(self, slot, &mut record)?;
        self.keep(slot, &record);
        Ok(done.and_then(|()| key.ok_or(Refusal::Required(self.connector.anchor))))
    }

    fn anchor(&self, record: &Edited) -> Option<Anchor> {
        let key = self.connector.anchor;
        record.values(key).next().and_then(|octets| read_anchor(key, octets))
    }

    /// A record with its references as they are now.
    fn open(&mut self, slot: Slot) -> io::Result<Option<Edited>> {
        let mut record = if let Some(touched) = self.touched.get(&slot) {
            let mut record = Edited::of(&touched.text, self.index.line_end);
            (record.steps_followed, record.deleted) = (touched.steps_followed, touched.deleted);
            record
        } else if let Some(place) = self.place(slot) {
            Edited::of(&self.index.read(place.start, place.end)?, self.index.line_end)
        } else {
            return Ok(None);
        };
        record.follow(&self.steps);
        Ok(Some(record))
    }

    fn keep(&mut self, slot: Slot, record: &Edited) {
        let text = record.text().into_boxed_slice();
        let (steps_followed, deleted) = (record.steps_followed, record.deleted);
        self.touched.insert(slot, Touched { text, steps_followed, deleted });
    }

    /// Every record below a name, at any depth.
    fn below(&mut self, name: Hash, found: &mut Vec<Slot>) -> io::Result<()> {
        let mut names = vec![name];
        while let Some(name) = names.pop() {
            let numbers = self.index.parents.iter().enumerate().filter(|(_, parent)| **parent == name);
            let children: Vec<u32> = numbers.filter_map(|(at, _)| u32::try_from(at).ok()).collect();
            for slot in children.into_iter().map(Slot) {
                if let Some(record) = self.open(slot)?.filter(|record| !record.deleted) {
                    names.push(name_hash(record.dn()));
                    found.push(slot);
                }
            }
        }
        Ok(())
    }

    fn enter(&mut self, slot: Slot, dn: &DistinguishedName) {
        let parent = parent_hash(dn);
        self.index.by_name.insert(name_hash(dn), slot);
        *self.index.children.entry(parent).or_default() += 1;
        if let Some(own) = usize::try_from(slot.0).ok().and_then(|at| self.index.parents.get_mut(at)) {
            *own = parent;
        }
    }

    fn leave(&mut self, slot: Slot, dn: &DistinguishedName) {
        let name = name_hash(dn);
        if self.index.by_name.get(&name) == Some(&slot) {
            self.index.by_name.remove(&name);
        }
        if let Some(children) = self.index.children.get_mut(&parent_hash(dn)) {
            *children = children.saturating_sub(1);
        }
    }

    /// Where the record stands in the file; none: it is new.
    fn place(&self, slot: Slot) -> Option<Place> {
        usize::try_from(slot.0).ok().and_then(|at| self.index.places.get(at)).copied()
    }

    /// Touches the records whose references change with the batch's renames and deletes.
    pub(crate) fn follow_references(&mut self) -> io::Result<()> {
        if self.steps.len() == 0 {
            return Ok(());
        }
        let mut referrers = Referrers::default();
        let mut changed = Vec::new();
        for (slot, touched) in &self.touched {
            if referrers.has_changed(&touched.text, &self.steps, touched.steps_followed) {
                changed.push(*slot);
            }
        }
        let limit = self.connector.limits.record_octets;
        let mut reader = RecordReader::new(File::open(&self.connector.path)?, limit);
        while let Some(raw) = reader.next_record()? {
            let place = self.index.places.binary_search_by_key(&raw.offset, |place| place.start);
            let slot = place.ok().and_then(|at| u32::try_from(at).ok()).map(Slot);
            if let Some(slot) = slot
                && !self.touched.contains_key(&slot)
                && referrers.has_changed(raw.octets, &self.steps, 0)
            {
                changed.push(slot);
            }
        }
        for slot in changed {
            if let Some(record) = self.open(slot)? {
                self.keep(slot, &record);
            }
        }
        Ok(())
    }

    /// What changes within the file, in its order.
    pub(crate) fn replaced(&self) -> Vec<(Place, Slot)> {
        let of_file = self.touched.keys().filter_map(|slot| Some((self.place(*slot)?, *slot)));
        let mut replaced: Vec<_> = of_file.collect();
        replaced.sort_unstable_by_key(|(_, slot)| *slot);
        replaced
    }

    /// What comes behind the file's end.
    pub(crate) fn appended(&self) -> Vec<Slot> {
        let all =
            self.touched.iter().filter(|(slot, touched)| !touched.deleted && self.place(**slot).is_none());
        let mut appended: Vec<Slot> = all.map(|(slot, _)| *slot).collect();
        appended.sort_unstable();
        appended
    }

    /// A record as it is after the batch; none: it is deleted.
    pub(crate) fn text(&self, slot: Slot) -> Option<&[u8]> {
        self.touched.get(&slot).filter(|touched| !touched.deleted).map(|touched| &*touched.text)
    }
}

/// The attributes of a name's first step, with their values.
fn naming(dn: &DistinguishedName) -> Vec<(AttributeName, String)> {
    let rdn = dn.rdns().into_iter().next().unwrap_or(Rdn { parts: Vec::new() });
    let named = |(attribute, value): (String, String)| Some((AttributeName::intern(&attribute).ok()?, value));
    rdn.parts.into_iter().filter_map(named).collect()
}

/// Gives the naming attributes, and `name` where it is there, their new values.
fn rename_values(record: &mut Edited, old: &DistinguishedName, new: &DistinguishedName) {
    let (old, new) = (naming(old), naming(new));
    let name = AttributeName::known("name");
    for (at, (attribute, value)) in old.iter().enumerate() {
        // The first new value of the same attribute takes the old one's line.
        let heir = new.iter().find(|(other, _)| other == attribute).map(|(_, value)| value.as_bytes());
        record.change(*attribute, value.as_bytes(), heir);
        if let (0, Some(name), Some((_, new))) = (at, name, new.first()) {
            record.change(name, value.as_bytes(), Some(new.as_bytes()));
        }
    }
    for (attribute, value) in &new {
        if !record.has(*attribute, value.as_bytes()) {
            record.add(*attribute, value.as_bytes());
        }
    }
}
