//! The store's dictionaries: attribute names and flow sources by number. Numbers of this process and numbers of the
//! store differ, so every entry is translated on its way in and out.

use std::collections::HashMap;

use madrigal_model::{AttributeName, Entry, FlowSource};

use super::packed::{Damage, Unpacker};

const UNNUMBERED: u16 = u16::MAX;

/// Both dictionaries. What is new in them is written by the transaction that first needed it.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    names: Vec<AttributeName>,
    numbers: Vec<u16>,
    sources: Vec<FlowSource>,
    source_numbers: HashMap<FlowSource, u64>,
}

impl Names {
    /// Adds what the store has, in the order of its numbers from 0.
    pub(super) fn add(&mut self, name: AttributeName) -> u16 {
        let number = u16::try_from(self.names.len()).unwrap_or(UNNUMBERED);
        self.names.push(name);
        if self.numbers.len() <= name.index() {
            self.numbers.resize(name.index() + 1, UNNUMBERED);
        }
        if let Some(place) = self.numbers.get_mut(name.index()) {
            *place = number;
        }
        number
    }

    /// Adds a source that the store has, in the order of its numbers from 0.
    pub(super) fn add_source(&mut self, source: FlowSource) -> u64 {
        let number = self.sources.len() as u64;
        self.source_numbers.insert(source.clone(), number);
        self.sources.push(source);
        number
    }

    /// The name's number, given on first sight.
    pub(super) fn number(&mut self, name: AttributeName) -> u16 {
        match self.numbers.get(name.index()) {
            Some(&number) if number != UNNUMBERED => number,
            _ => self.add(name),
        }
    }

    /// The source's number, given on first sight.
    pub(super) fn source_number(&mut self, source: &FlowSource) -> u64 {
        match self.source_numbers.get(source) {
            Some(&number) => number,
            None => self.add_source(source.clone()),
        }
    }

    /// The source behind a number.
    pub(super) fn source(&self, number: u64) -> Result<FlowSource, Damage> {
        let source = usize::try_from(number).ok().and_then(|at| self.sources.get(at));
        source.cloned().ok_or(Damage("a plan names a rule that the store does not know"))
    }

    /// Reads a name's number and gives the name.
    pub(super) fn take(&self, packed: &mut Unpacker<'_>) -> Result<AttributeName, Damage> {
        let number = usize::try_from(packed.number()?).ok();
        let name = number.and_then(|at| self.names.get(at)).copied();
        name.ok_or(Damage("an attribute has no name in the store's dictionary"))
    }

    /// The entry as the store keeps it.
    pub(super) fn pack_entry(&mut self, entry: &Entry) -> Vec<u8> {
        for (name, _) in entry.iter() {
            self.number(name);
        }
        entry.to_stored(|name| self.numbers.get(name.index()).copied().unwrap_or(UNNUMBERED))
    }

    /// The entry from what the store kept.
    pub(super) fn unpack_entry(&self, stored: &[u8]) -> Result<Entry, Damage> {
        Entry::from_stored(stored, |number| self.names.get(usize::from(number)).copied())
            .map_err(|_| Damage("an entry cannot be read"))
    }

    /// The names from this number on.
    pub(super) fn names_from(&self, number: usize) -> &[AttributeName] {
        self.names.get(number..).unwrap_or_default()
    }

    /// The sources from this number on.
    pub(super) fn sources_from(&self, number: usize) -> &[FlowSource] {
        self.sources.get(number..).unwrap_or_default()
    }

    /// How many names and sources there are.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.names.len(), self.sources.len())
    }
}
