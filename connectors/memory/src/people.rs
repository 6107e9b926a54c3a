//! What people and other programs do with the directory, and what a test looks up in it.

use madrigal_api::{Modification, ModificationKind, Refusal};
use madrigal_model::{Anchor, AttributeName, DistinguishedName, Entry, Value};

use crate::MemoryDirectory;
use crate::data::Data;
use crate::directory::State;
use crate::object::{Object, ObjectId};
use crate::view::View;

impl MemoryDirectory {
    /// Makes an object. References are given as names (text or unresolved) or as keys.
    ///
    /// # Errors
    /// [`Refusal`] as a directory gives it; nothing changed then. So for every method here.
    pub fn create(&self, dn: &str, attributes: &[(&str, &[&str])]) -> Result<Anchor, Refusal> {
        let mut values = Vec::new();
        for (name, texts) in attributes {
            values.push((attribute(name)?, texts.iter().map(|text| Value::text(*text)).collect()));
        }
        self.create_object(&DistinguishedName::from_directory(dn), values)
    }

    /// Makes an object of values that may be octets.
    ///
    /// # Errors
    /// See [`Self::create`].
    pub fn create_object(
        &self,
        dn: &DistinguishedName,
        attributes: Vec<(AttributeName, Vec<Value>)>,
    ) -> Result<Anchor, Refusal> {
        self.edit("person: create", |state| {
            let id = state.data.create(&state.options, dn, attributes)?;
            Ok(state.data.anchor(id))
        })
    }

    /// Gives an attribute these values and no other; none: it goes.
    ///
    /// # Errors
    /// See [`Self::create`].
    pub fn set(&self, anchor: &Anchor, name: &str, values: &[&str]) -> Result<(), Refusal> {
        let values = values.iter().map(|text| Value::text(*text)).collect();
        let replace = Modification { attribute: attribute(name)?, kind: ModificationKind::Replace, values };
        self.modify(anchor, &[replace])
    }

    /// Changes values.
    ///
    /// # Errors
    /// See [`Self::create`].
    pub fn modify(&self, anchor: &Anchor, modifications: &[Modification]) -> Result<(), Refusal> {
        self.edit("person: modify", |state| {
            let id = known(&state.data, anchor)?;
            state.data.modify(&state.options, id, modifications).map(drop)
        })
    }

    /// Gives an object another step of its name (`CN=Anna Berg`) in the same container.
    ///
    /// # Errors
    /// See [`Self::create`].
    pub fn rename(&self, anchor: &Anchor, new_rdn: &str) -> Result<(), Refusal> {
        self.edit("person: rename", |state| {
            let id = known(&state.data, anchor)?;
            let new_dn = match state.data.dn(id).parent() {
                Some(parent) => format!("{new_rdn},{parent}"),
                None => new_rdn.to_owned(),
            };
            state.data.rename(&state.options, id, &DistinguishedName::from_directory(&new_dn)).map(drop)
        })
    }

    /// Puts an object below another container, its step of the name kept.
    ///
    /// # Errors
    /// See [`Self::create`].
    pub fn move_below(&self, anchor: &Anchor, container: &str) -> Result<(), Refusal> {
        self.edit("person: move", |state| {
            let id = known(&state.data, anchor)?;
            let new_dn = format!("{},{container}", state.data.dn(id).rdn_text());
            state.data.rename(&state.options, id, &DistinguishedName::from_directory(&new_dn)).map(drop)
        })
    }

    /// Deletes an object without children; a tombstone stays.
    ///
    /// # Errors
    /// See [`Self::create`].
    pub fn delete(&self, anchor: &Anchor) -> Result<(), Refusal> {
        self.edit("person: delete", |state| {
            let id = known(&state.data, anchor)?;
            state.data.delete(id)
        })
    }

    /// Brings a deleted object back under this name, with what tombstones keep (`objectClass`, `objectSid`,
    /// `sAMAccountName`).
    ///
    /// # Errors
    /// See [`Self::create`].
    pub fn undelete(&self, anchor: &Anchor, dn: &str) -> Result<(), Refusal> {
        self.edit("person: undelete", |state| {
            let id = known(&state.data, anchor)?;
            state.data.undelete(&state.options, id, &DistinguishedName::from_directory(dn))
        })
    }

    /// The key of the living object with this name.
    #[must_use]
    pub fn find(&self, dn: &str) -> Option<Anchor> {
        let state = self.lock();
        state.data.by_name(&DistinguishedName::from_directory(dn)).map(|id| state.data.anchor(id))
    }

    /// A living object's name and attributes, references as names.
    #[must_use]
    pub fn get(&self, anchor: &Anchor) -> Option<(DistinguishedName, Entry)> {
        let state = self.lock();
        let id = state.data.by_anchor(anchor)?;
        let object = state.data.living(id).ok()?;
        Some(whole(&state.data, id, object))
    }

    /// Every living object in the order in which they were made, references as names.
    #[must_use]
    pub fn objects(&self) -> Vec<(Anchor, DistinguishedName, Entry)> {
        let state = self.lock();
        let living = state.data.objects.iter().filter(|(_, object)| !object.deleted);
        living
            .map(|(id, object)| {
                let (dn, entry) = whole(&state.data, *id, object);
                (state.data.anchor(*id), dn, entry)
            })
            .collect()
    }

    /// The keys of tombstones, oldest object first.
    #[must_use]
    pub fn tombstones(&self) -> Vec<Anchor> {
        let state = self.lock();
        let gone = state.data.objects.iter().filter(|(_, object)| object.deleted);
        gone.map(|(id, _)| state.data.anchor(*id)).collect()
    }

    /// The number of the last change: as long as it stays, nothing was written.
    #[must_use]
    pub fn last_change(&self) -> u64 {
        self.lock().data.usn
    }

    fn edit<T>(
        &self,
        event: &'static str,
        edit: impl FnOnce(&mut State) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut state = self.lock();
        let done = edit(&mut state);
        state.counters.count(if done.is_ok() { event } else { "person: refused" });
        done
    }
}

/// A living object's name and attributes, references as names.
pub(crate) fn whole(data: &Data, id: ObjectId, object: &Object) -> (DistinguishedName, Entry) {
    let view = View { data, references_as_anchors: false, incremental_links: false, shown: &|_, _| true };
    (data.dn(id), view.entry(id, object))
}

fn known(data: &Data, anchor: &Anchor) -> Result<ObjectId, Refusal> {
    data.by_anchor(anchor).ok_or(Refusal::NoSuchObject)
}

fn attribute(name: &str) -> Result<AttributeName, Refusal> {
    AttributeName::intern(name).map_err(|error| Refusal::InvalidName(error.to_string()))
}
