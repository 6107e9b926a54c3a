//! Attribute names, interned: an entry of a million stores two bytes a name, not a string.

use std::collections::HashMap;
use std::fmt;
use std::sync::{LazyLock, PoisonError, RwLock};

use serde::{Deserialize, Serialize};

use crate::schema;

/// An attribute's name. Names are equal without regard to case (RFC 4512 section 2.5); the spelling that is
/// shown is the schema's own, or the one first seen.
///
/// The option `;binary` is dropped, since it says how a value travels and not which attribute it is. The number
/// behind a name holds for this process only: whoever stores entries keeps a dictionary of names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttributeName(u16);

/// More than 65,535 different attribute names in one process: no directory has that many, so the input is bad.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("attribute name {name:?}: more than 65,535 different attribute names; the input is no directory's")]
pub struct TooManyAttributes {
    /// The name that found no place.
    pub name: String,
}

#[derive(Default)]
struct Interner {
    by_folded_name: HashMap<&'static str, u16>,
    names: Vec<&'static str>,
    name_hashes: Vec<u64>,
}

impl Interner {
    fn add(&mut self, name: &str) -> Option<u16> {
        let number = u16::try_from(self.names.len()).ok()?;
        let shown: &'static str = Box::leak(name.into());
        let folded: &'static str = Box::leak(name.to_ascii_lowercase().into_boxed_str());
        self.names.push(shown);
        self.name_hashes.push(xxhash_rust::xxh3::xxh3_64(folded.as_bytes()));
        self.by_folded_name.insert(folded, number);
        Some(number)
    }
}

static INTERNER: LazyLock<RwLock<Interner>> = LazyLock::new(|| {
    let mut interner = Interner::default();
    for attribute in schema::WELL_KNOWN {
        interner.add(attribute.name);
    }
    RwLock::new(interner)
});

impl AttributeName {
    /// The name's place in this process, made where it is new.
    ///
    /// # Errors
    /// [`TooManyAttributes`] past 65,535 names.
    pub fn intern(name: &str) -> Result<Self, TooManyAttributes> {
        let base = name.strip_suffix(";binary").unwrap_or(name);
        if let Some(known) = Self::known(base) {
            return Ok(known);
        }
        let mut interner = INTERNER.write().unwrap_or_else(PoisonError::into_inner);
        let folded = base.to_ascii_lowercase();
        if let Some(&number) = interner.by_folded_name.get(folded.as_str()) {
            return Ok(Self(number));
        }
        interner.add(base).map(Self).ok_or_else(|| TooManyAttributes { name: name.to_owned() })
    }

    /// The name's place where it is known already: asking does not make one.
    #[must_use]
    pub fn known(name: &str) -> Option<Self> {
        let interner = INTERNER.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(&number) = interner.by_folded_name.get(name) {
            return Some(Self(number));
        }
        interner.by_folded_name.get(name.to_ascii_lowercase().as_str()).copied().map(Self)
    }

    /// The spelling that is shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        let interner = INTERNER.read().unwrap_or_else(PoisonError::into_inner);
        interner.names.get(usize::from(self.0)).copied().unwrap_or("")
    }

    /// The name's number in this process: an index for tables over names.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// A hash of the folded name that is the same in every process.
    #[must_use]
    pub(crate) fn stable_hash(self) -> u64 {
        let interner = INTERNER.read().unwrap_or_else(PoisonError::into_inner);
        interner.name_hashes.get(usize::from(self.0)).copied().unwrap_or(0)
    }

    pub(crate) fn from_index(index: u16) -> Self {
        Self(index)
    }

    pub(crate) fn number(self) -> u16 {
        self.0
    }
}

impl fmt::Display for AttributeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for AttributeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for AttributeName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for AttributeName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::intern(&name).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_without_regard_to_case() {
        let mail = AttributeName::intern("mail").unwrap();
        for spelling in ["mail", "MAIL", "Mail"] {
            assert_eq!(AttributeName::intern(spelling).unwrap(), mail, "{spelling}");
        }
        assert_eq!(AttributeName::intern("PROXYaddresses").unwrap().as_str(), "proxyAddresses");
        assert_eq!(
            AttributeName::intern("userCertificate;binary").unwrap(),
            AttributeName::intern("userCertificate").unwrap()
        );
    }

    #[test]
    fn asking_makes_no_name() {
        assert_eq!(AttributeName::known("nobody-has-this-attribute"), None);
    }
}
