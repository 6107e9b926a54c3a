//! Packs entries from values that are only looked at: the way for readers of millions of objects.

use crate::packing::{pack_value, put_number};
use crate::{AttributeName, Entry, ValueRef};

/// Packs one entry after another without a block of memory for each value: values are copied once, as they come, and
/// put in order when the entry is taken. Gives the same entries as [`crate::EntryBuilder`].
#[derive(Debug, Default)]
pub struct EntryPacker {
    /// Each value's attribute and where its packed form stands, in the order in which they came.
    values: Vec<(AttributeName, u32, u32)>,
    packed: Vec<u8>,
}

impl EntryPacker {
    /// Adds a value.
    pub fn add(&mut self, attribute: AttributeName, value: ValueRef<'_>) {
        let start = self.packed.len();
        pack_value(&mut self.packed, value);
        let at = |position: usize| u32::try_from(position).unwrap_or(u32::MAX);
        self.values.push((attribute, at(start), at(self.packed.len())));
    }

    /// Octets held for the entry so far.
    #[must_use]
    pub fn size(&self) -> usize {
        self.packed.len()
    }

    /// Forgets what was added.
    pub fn clear(&mut self) {
        self.values.clear();
        self.packed.clear();
    }

    /// The entry of what was added; a value that stands twice is kept once. Nothing is left behind.
    #[must_use]
    pub fn take(&mut self) -> Entry {
        // The values of an attribute keep their order: they were packed one behind the other.
        self.values.sort_unstable();
        let octets = |start: u32, end: u32| self.packed.get(start as usize..end as usize).unwrap_or_default();
        let mut entry = Vec::with_capacity(self.packed.len() + 4 * self.values.len());
        let mut kept: Vec<&[u8]> = Vec::new();
        for run in self.values.chunk_by(|(one, ..), (other, ..)| one == other) {
            kept.clear();
            for (_, start, end) in run {
                let value = octets(*start, *end);
                if run.len() == 1 || !kept.contains(&value) {
                    kept.push(value);
                }
            }
            let Some((attribute, ..)) = run.first() else { continue };
            entry.extend_from_slice(&attribute.number().to_le_bytes());
            put_number(&mut entry, kept.len() as u64);
            put_number(&mut entry, kept.iter().map(|value| value.len() as u64).sum());
            kept.iter().for_each(|value| entry.extend_from_slice(value));
        }
        let entry = Entry::from_packed(entry);
        self.clear();
        entry
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{EntryBuilder, Value};

    proptest! {
        #[test]
        fn packs_what_a_builder_builds(
            values in prop::collection::vec((0usize..4, "[a-c]{0,2}"), 0..12),
            again in prop::collection::vec((0usize..4, "[a-c]{0,2}"), 0..3),
        ) {
            let mut packer = EntryPacker::default();
            for values in [values, again] {
                let mut builder = EntryBuilder::default();
                for (at, text) in values {
                    let name = ["mail", "cn", "proxyAddresses", "objectGUID"].get(at).copied().unwrap_or("cn");
                    let name = AttributeName::intern(name).unwrap();
                    let value = if at == 3 { Value::bytes(text.as_bytes()) } else { Value::text(text) };
                    packer.add(name, value.as_ref());
                    builder.add(name, value);
                }
                prop_assert_eq!(packer.take(), builder.build());
            }
        }
    }
}
