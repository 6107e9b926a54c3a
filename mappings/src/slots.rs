//! Where an attribute's values sit in the inputs of an expression: interned once, filled by one walk over an entry.

use madrigal_model::{AttributeName, Entry, Values};

const NO_SLOT: u16 = u16::MAX;

/// Attribute names and their slots, built while a rule set compiles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlotTable {
    attributes: Vec<AttributeName>,
    by_attribute: Vec<u16>,
}

impl SlotTable {
    /// The attributes in the order of their slots.
    #[must_use]
    pub fn attributes(&self) -> &[AttributeName] {
        &self.attributes
    }

    /// The attribute's slot, made where it is new.
    pub(crate) fn slot(&mut self, attribute: AttributeName) -> u16 {
        let index = attribute.index();
        if self.by_attribute.len() <= index {
            self.by_attribute.resize(index + 1, NO_SLOT);
        }
        let next = u16::try_from(self.attributes.len()).unwrap_or(NO_SLOT);
        match self.by_attribute.get_mut(index) {
            Some(slot) if *slot == NO_SLOT => {
                *slot = next;
                self.attributes.push(attribute);
                next
            }
            Some(slot) => *slot,
            None => NO_SLOT,
        }
    }

    /// Puts the entry's values into their slots, by one walk over the entry. What `slots` held before is dropped; its
    /// memory is used again.
    pub fn fill<'a>(&self, entry: &'a Entry, slots: &mut Vec<Values<'a>>) {
        slots.clear();
        slots.resize(self.attributes.len(), Values::EMPTY);
        for (attribute, values) in entry.iter() {
            let slot = self.by_attribute.get(attribute.index()).copied().unwrap_or(NO_SLOT);
            if let Some(place) = slots.get_mut(usize::from(slot)) {
                *place = values;
            }
        }
    }
}
