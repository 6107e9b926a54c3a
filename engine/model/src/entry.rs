//! An entry: an object's attributes, packed into one block of memory as [`crate::packing`] says. A person of 30
//! attributes takes about 700 octets where a map of strings takes 6,700.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::packing::{pack_attribute, take_attribute, take_number, unpack_value};
use crate::{AttributeName, Value, ValueRef};

/// An object's attributes. An attribute is there with at least one value or not at all; values keep their order.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Entry {
    packed: Box<[u8]>,
}

/// A 128-bit hash of an entry that is the same in every process and whatever the order of attributes and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct EntryDigest(pub u128);

/// Stored octets that are no entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stored entry: octet {at} does not belong there")]
pub struct EntryError {
    /// Where reading failed.
    pub at: usize,
}

/// The values of one attribute of an entry.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    pub(crate) count: usize,
    pub(crate) packed: &'a [u8],
}

/// An entry's attributes, to be asked for one after the other.
#[derive(Clone, Debug)]
pub struct EntryLookup<'a> {
    attributes: Vec<(AttributeName, Values<'a>)>,
}

impl<'a> EntryLookup<'a> {
    /// The attribute's values, none where it has none.
    #[must_use]
    pub fn get(&self, attribute: AttributeName) -> Values<'a> {
        let found = self.attributes.binary_search_by_key(&attribute, |(name, _)| *name);
        found.ok().and_then(|at| self.attributes.get(at)).map_or(Values::EMPTY, |(_, values)| *values)
    }
}

impl Entry {
    /// An entry of these attributes; one without values is left out, a value that stands twice is kept once.
    pub fn from_values<V: Into<Value>>(
        attributes: impl IntoIterator<Item = (AttributeName, impl IntoIterator<Item = V>)>,
    ) -> Self {
        let mut builder = EntryBuilder::default();
        for (attribute, values) in attributes {
            for value in values {
                builder.add(attribute, value.into());
            }
        }
        builder.build()
    }

    /// An entry of octets that are packed as [`crate::packing`] says.
    pub(crate) fn from_packed(packed: Vec<u8>) -> Self {
        Self { packed: packed.into() }
    }

    /// The attribute's values, none where it has none.
    #[must_use]
    pub fn get(&self, attribute: AttributeName) -> Values<'_> {
        self.iter()
            .find(|(name, _)| *name >= attribute)
            .filter(|(name, _)| *name == attribute)
            .map_or(Values::EMPTY, |(_, values)| values)
    }

    /// The same for whoever asks for many attributes: each costs a search in a sorted list, not a walk.
    #[must_use]
    pub fn lookup(&self) -> EntryLookup<'_> {
        EntryLookup { attributes: self.iter().collect() }
    }

    /// The attribute's first value as text.
    #[must_use]
    pub fn text(&self, attribute: AttributeName) -> Option<&str> {
        self.get(attribute).iter().find_map(ValueRef::as_text)
    }

    /// Whether the attribute has a value.
    #[must_use]
    pub fn has(&self, attribute: AttributeName) -> bool {
        !self.get(attribute).is_empty()
    }

    /// The attributes with their values, in the order of the names' numbers.
    pub fn iter(&self) -> impl Iterator<Item = (AttributeName, Values<'_>)> {
        let mut rest = &*self.packed;
        std::iter::from_fn(move || {
            let (attribute, values, after) = take_attribute(rest)?;
            rest = after;
            Some((attribute, values))
        })
    }

    /// Whether no attribute has a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// A builder that holds this entry's attributes.
    #[must_use]
    pub fn edit(&self) -> EntryBuilder {
        let attributes =
            self.iter().map(|(name, values)| (name, values.iter().map(ValueRef::to_value).collect()));
        EntryBuilder { attributes: attributes.collect() }
    }

    /// The entry with only these attributes.
    #[must_use]
    pub fn only(&self, wanted: impl Fn(AttributeName) -> bool) -> Self {
        let mut packed = Vec::with_capacity(self.packed.len());
        let mut rest = &*self.packed;
        while let Some((attribute, _, after)) = take_attribute(rest) {
            if wanted(attribute) {
                let length = rest.len() - after.len();
                packed.extend_from_slice(rest.get(..length).unwrap_or_default());
            }
            rest = after;
        }
        Self { packed: packed.into() }
    }

    /// The entry with other values for those attributes for which the function gives some; an attribute for which it
    /// gives none stays as it is, and one without values goes.
    #[must_use]
    pub fn changed(
        &self,
        mut values_of: impl FnMut(AttributeName, Values<'_>) -> Option<Vec<Value>>,
    ) -> Self {
        let mut packed = Vec::with_capacity(self.packed.len());
        let mut rest = &*self.packed;
        while let Some((attribute, values, after)) = take_attribute(rest) {
            match values_of(attribute, values) {
                Some(values) => pack_attribute(&mut packed, attribute, &values),
                None => {
                    let length = rest.len() - after.len();
                    packed.extend_from_slice(rest.get(..length).unwrap_or_default());
                }
            }
            rest = after;
        }
        Self { packed: packed.into() }
    }

    /// The entry's hash: equal for equal entries in every process, whatever the order of values.
    #[must_use]
    pub fn digest(&self) -> EntryDigest {
        let mut sum: u128 = 0;
        for (attribute, values) in self.iter() {
            let seed = attribute.stable_hash();
            for (kind, octets) in values.raw() {
                let hash = xxhash_rust::xxh3::xxh3_128_with_seed(octets, seed.wrapping_add(kind));
                sum = sum.wrapping_add(hash | 1);
            }
        }
        EntryDigest(sum)
    }

    /// Octets held, for accounts of memory.
    #[must_use]
    pub fn packed_size(&self) -> usize {
        self.packed.len()
    }

    /// The octets to store, with each name's number as the store's dictionary has it.
    #[must_use]
    pub fn to_stored(&self, number: impl Fn(AttributeName) -> u16) -> Vec<u8> {
        let mut stored = Vec::with_capacity(self.packed.len());
        let mut rest = &*self.packed;
        while let Some((attribute, _, after)) = take_attribute(rest) {
            let length = rest.len() - after.len();
            stored.extend_from_slice(&number(attribute).to_le_bytes());
            stored.extend_from_slice(rest.get(2..length).unwrap_or_default());
            rest = after;
        }
        stored
    }

    /// An entry from stored octets.
    ///
    /// # Errors
    /// [`EntryError`] where the octets are no entry or the dictionary lacks a number: the store is damaged.
    pub fn from_stored(
        stored: &[u8],
        name: impl Fn(u16) -> Option<AttributeName>,
    ) -> Result<Self, EntryError> {
        let mut packed = Vec::with_capacity(stored.len());
        let mut in_order = true;
        let mut last = None;
        let mut rest = stored;
        while !rest.is_empty() {
            let at = stored.len() - rest.len();
            let (number, values, after) = take_attribute(rest).ok_or(EntryError { at })?;
            let attribute = name(number.number()).ok_or(EntryError { at })?;
            if values.iter().count() != values.count || values.count == 0 {
                return Err(EntryError { at });
            }
            in_order &= last < Some(attribute);
            last = Some(attribute);
            let length = rest.len() - after.len();
            packed.extend_from_slice(&attribute.number().to_le_bytes());
            packed.extend_from_slice(rest.get(2..length).unwrap_or_default());
            rest = after;
        }
        let entry = Self { packed: packed.into() };
        Ok(if in_order { entry } else { entry.edit_unordered().build() })
    }

    fn edit_unordered(&self) -> EntryBuilder {
        let mut builder = EntryBuilder::default();
        for (attribute, values) in self.iter() {
            values.iter().for_each(|value| builder.add(attribute, value.to_value()));
        }
        builder
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for Entry {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.iter()
                .map(|(name, values)| (name, values.iter().map(ValueRef::to_value).collect::<Vec<_>>())),
        )
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from_values(BTreeMap::<AttributeName, Vec<Value>>::deserialize(deserializer)?))
    }
}

/// Collects attributes for an [`Entry`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryBuilder {
    attributes: BTreeMap<AttributeName, Vec<Value>>,
}

impl EntryBuilder {
    /// Adds a value, unless the attribute has it already.
    pub fn add(&mut self, attribute: AttributeName, value: Value) {
        let values = self.attributes.entry(attribute).or_default();
        if !values.contains(&value) {
            values.push(value);
        }
    }

    /// Gives the attribute these values and no other; without values it goes.
    pub fn set(&mut self, attribute: AttributeName, values: Vec<Value>) {
        if values.is_empty() {
            self.attributes.remove(&attribute);
        } else {
            self.attributes.insert(attribute, values);
        }
    }

    /// Takes the attribute away and gives its values.
    pub fn remove(&mut self, attribute: AttributeName) -> Vec<Value> {
        self.attributes.remove(&attribute).unwrap_or_default()
    }

    /// The attribute's values.
    #[must_use]
    pub fn values(&self, attribute: AttributeName) -> &[Value] {
        self.attributes.get(&attribute).map_or(&[], Vec::as_slice)
    }

    /// The attributes with their values.
    pub fn iter(&self) -> impl Iterator<Item = (AttributeName, &[Value])> {
        self.attributes.iter().map(|(name, values)| (*name, values.as_slice()))
    }

    /// The packed entry.
    #[must_use]
    pub fn build(self) -> Entry {
        let mut packed = Vec::with_capacity(1024);
        for (attribute, values) in &self.attributes {
            pack_attribute(&mut packed, *attribute, values);
        }
        Entry { packed: packed.into() }
    }
}

impl<'a> Values<'a> {
    /// No values.
    pub const EMPTY: Self = Self { count: 0, packed: &[] };

    /// How many.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether one of them is more than empty text or no octets.
    #[must_use]
    #[inline]
    pub fn have_content(&self) -> bool {
        self.raw().any(|(_, octets)| !octets.is_empty())
    }

    /// The first, where there is one.
    #[must_use]
    #[inline]
    pub fn first(&self) -> Option<ValueRef<'a>> {
        self.iter().next()
    }

    /// The values in order.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = ValueRef<'a>> + use<'a> {
        self.raw().filter_map(|(kind, octets)| unpack_value(kind, octets))
    }

    #[inline]
    fn raw(&self) -> impl Iterator<Item = (u64, &'a [u8])> + use<'a> {
        let mut rest = self.packed;
        std::iter::from_fn(move || {
            let (head, after) = take_number(rest)?;
            let (octets, after) = after.split_at_checked(usize::try_from(head >> 3).ok()?)?;
            rest = after;
            Some((head & 7, octets))
        })
    }
}

impl fmt::Debug for Values<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ContentHash;

    fn name(text: &str) -> AttributeName {
        AttributeName::intern(text).unwrap()
    }

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            "\\PC{0,20}".prop_map(Value::text),
            prop::collection::vec(any::<u8>(), 0..20).prop_map(Value::bytes),
            any::<[u8; 16]>()
                .prop_map(|guid| Value::Reference(crate::Reference::Object(crate::Anchor::new(&guid)))),
            "\\PC{0,20}".prop_map(|dn| Value::Reference(crate::Reference::Unresolved(dn.into()))),
            (any::<u128>(), any::<u32>()).prop_map(|(hash, length)| Value::Large(ContentHash(hash), length)),
        ]
    }

    fn attributes() -> impl Strategy<Value = BTreeMap<AttributeName, Vec<Value>>> {
        let attribute =
            prop::sample::select(vec!["mail", "cn", "proxyAddresses", "manager", "test-unknown-1"]);
        prop::collection::btree_map(attribute.prop_map(name), prop::collection::vec(value(), 1..4), 0..5)
    }

    proptest! {
        #[test]
        fn what_is_packed_is_read(attributes in attributes()) {
            let entry = Entry::from_values(attributes.clone());
            let mut distinct = attributes;
            for values in distinct.values_mut() {
                let mut seen = Vec::new();
                values.retain(|value| !seen.contains(value) && { seen.push(value.clone()); true });
            }
            prop_assert_eq!(&entry.edit().attributes, &distinct);
            for (attribute, values) in &distinct {
                let read: Vec<Value> = entry.get(*attribute).iter().map(ValueRef::to_value).collect();
                prop_assert_eq!(&read, values);
            }
        }

        #[test]
        fn what_is_changed_is_what_is_edited(was in attributes(), is in attributes(), gone in any::<u8>()) {
            let entry = Entry::from_values(was);
            let to = |attribute: AttributeName| match is.get(&attribute) {
                Some(values) => Some(values.clone()),
                None => (attribute.number() as u8 == gone).then(Vec::new),
            };
            let mut builder = entry.edit();
            for (attribute, _) in entry.iter() {
                if let Some(values) = to(attribute) {
                    builder.set(attribute, values);
                }
            }
            prop_assert_eq!(entry.changed(|attribute, _| to(attribute)), builder.build());
            let lookup = entry.lookup();
            for (attribute, values) in entry.iter() {
                prop_assert!(lookup.get(attribute).iter().eq(values.iter()));
            }
        }

        #[test]
        fn what_is_stored_is_read(attributes in attributes()) {
            let entry = Entry::from_values(attributes);
            // A dictionary that turns the order of the names round.
            let stored = entry.to_stored(|name| u16::MAX - name.number());
            let read = Entry::from_stored(&stored, |number| Some(AttributeName::from_index(u16::MAX - number)));
            prop_assert_eq!(read, Ok(entry.clone()));
            let json = serde_json::to_string(&entry).unwrap();
            prop_assert_eq!(serde_json::from_str::<Entry>(&json).unwrap(), entry);
        }

        #[test]
        fn foreign_octets_never_panic(octets in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(entry) = Entry::from_stored(&octets, |number| Some(AttributeName::from_index(number))) {
                let _ = (entry.edit(), entry.digest());
            }
        }

        #[test]
        fn the_order_of_values_does_not_change_the_digest(values in prop::collection::vec(value(), 1..6)) {
            let proxy = name("proxyAddresses");
            let forwards = Entry::from_values([(proxy, values.clone())]);
            let backwards = Entry::from_values([(proxy, values.into_iter().rev().collect::<Vec<_>>())]);
            prop_assert_eq!(forwards.digest(), backwards.digest());
        }
    }

    #[test]
    fn entries_that_differ_have_different_digests() {
        let entry = |attribute: &str, value: &str| Entry::from_values([(name(attribute), [value])]);
        let digests = [
            entry("mail", "a").digest(),
            entry("mail", "A").digest(),
            entry("cn", "a").digest(),
            entry("mail", "").digest(),
            Entry::default().digest(),
        ];
        for (at, digest) in digests.iter().enumerate() {
            assert!(!digests[..at].contains(digest), "{at}");
        }
    }

    #[test]
    fn a_person_of_thirty_attributes_takes_about_700_octets() {
        let attributes: Vec<_> = crate::AttributeSchema::known_names().take(30).map(name).collect();
        let entry = Entry::from_values(attributes.into_iter().map(|name| (name, ["a value of 18 chars"])));
        assert!(entry.packed_size() <= 30 * (19 + 6), "{}", entry.packed_size());
    }
}
