//! Attribute values, owned and borrowed.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use crate::{Anchor, IdentityId};

/// The 128-bit hash of a value that is kept out of its entry (certificates, photos).
///
/// It lies at any eighth octet: so a [`Value`] is no larger and no harder to allocate than its text needs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(Rust, packed(8))]
pub struct ContentHash(pub u128);

impl ContentHash {
    /// The hash of these bytes (XXH3, 128 bits).
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self(xxhash_rust::xxh3::xxh3_128(content))
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = self.0;
        write!(f, "{hash:032x}")
    }
}

impl Serialize for ContentHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16).map(Self).map_err(serde::de::Error::custom)
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a value of reference syntax (a DN) points to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reference {
    /// An object of the same connector space, by its anchor: it survives a rename of what it points to.
    Object(Anchor),
    /// A DN that no known object has.
    Unresolved(Box<str>),
    /// A person whose object in the target is planned and not observed yet.
    Identity(IdentityId),
}

/// One value of an attribute.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "StoredValue", try_from = "StoredValue")]
pub enum Value {
    /// Text; numbers and booleans stay in their directory form (`TRUE`, `-2147483642`).
    Text(Box<str>),
    /// Octets, by the attribute's syntax or because they are no UTF-8.
    Bytes(Box<[u8]>),
    /// A reference to another object.
    Reference(Reference),
    /// Octets kept elsewhere under their hash; the number is their length.
    Large(ContentHash, u32),
}

impl Value {
    /// A text value.
    #[must_use]
    pub fn text(text: impl Into<Box<str>>) -> Self {
        Self::Text(text.into())
    }

    /// A value of octets.
    #[must_use]
    pub fn bytes(bytes: impl Into<Box<[u8]>>) -> Self {
        Self::Bytes(bytes.into())
    }

    /// The text, where it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bytes(_) | Self::Reference(_) | Self::Large(..) => None,
        }
    }

    /// The value, borrowed.
    #[must_use]
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Text(text) => ValueRef::Text(text),
            Self::Bytes(bytes) => ValueRef::Bytes(bytes),
            Self::Reference(Reference::Object(anchor)) => ValueRef::Object(anchor.as_bytes()),
            Self::Reference(Reference::Unresolved(dn)) => ValueRef::Unresolved(dn),
            Self::Reference(Reference::Identity(identity)) => ValueRef::Identity(*identity),
            Self::Large(hash, length) => ValueRef::Large(*hash, *length),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.as_ref(), f)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.as_ref(), f)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

/// One value, borrowed from the entry that holds it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ValueRef<'a> {
    /// See [`Value::Text`].
    Text(&'a str),
    /// See [`Value::Bytes`].
    Bytes(&'a [u8]),
    /// See [`Reference::Object`]: the anchor's octets.
    Object(&'a [u8]),
    /// See [`Reference::Unresolved`].
    Unresolved(&'a str),
    /// See [`Reference::Identity`].
    Identity(IdentityId),
    /// See [`Value::Large`].
    Large(ContentHash, u32),
}

impl<'a> ValueRef<'a> {
    /// The value with a memory of its own.
    #[must_use]
    pub fn to_value(self) -> Value {
        match self {
            Self::Text(text) => Value::Text(text.into()),
            Self::Bytes(bytes) => Value::Bytes(bytes.into()),
            Self::Object(anchor) => Value::Reference(Reference::Object(Anchor::new(anchor))),
            Self::Unresolved(dn) => Value::Reference(Reference::Unresolved(dn.into())),
            Self::Identity(identity) => Value::Reference(Reference::Identity(identity)),
            Self::Large(hash, length) => Value::Large(hash, length),
        }
    }

    /// The text, where it is one (a DN without an object counts).
    #[must_use]
    pub fn as_text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) | Self::Unresolved(text) => Some(text),
            Self::Bytes(_) | Self::Object(_) | Self::Identity(_) | Self::Large(..) => None,
        }
    }

    /// The octets as a directory would send them; none for a value that only points elsewhere.
    #[must_use]
    pub fn as_octets(self) -> Option<&'a [u8]> {
        match self {
            Self::Text(text) | Self::Unresolved(text) => Some(text.as_bytes()),
            Self::Bytes(bytes) => Some(bytes),
            Self::Object(_) | Self::Identity(_) | Self::Large(..) => None,
        }
    }
}

impl fmt::Debug for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            other => fmt::Display::fmt(other, f),
        }
    }
}

impl fmt::Display for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Unresolved(text) => f.write_str(text),
            Self::Bytes(bytes) if bytes.len() == 16 => f.write_str(&Anchor::new(bytes).to_string()),
            Self::Bytes(bytes) => write!(f, "base64:{}", BASE64.encode(bytes)),
            Self::Object(anchor) => write!(f, "object {}", Anchor::new(anchor)),
            Self::Identity(identity) => write!(f, "identity {identity}"),
            Self::Large(hash, length) => write!(f, "{length} bytes, hash {hash}"),
        }
    }
}

/// How a value is written in the store's and the plan's JSON: text as a string, all else under a key.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum StoredValue {
    Text(Box<str>),
    Bytes { base64: String },
    Reference { reference: Reference },
    Large { large: ContentHash, length: u32 },
}

impl From<Value> for StoredValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Text(text) => Self::Text(text),
            Value::Bytes(bytes) => Self::Bytes { base64: BASE64.encode(bytes) },
            Value::Reference(reference) => Self::Reference { reference },
            Value::Large(large, length) => Self::Large { large, length },
        }
    }
}

impl TryFrom<StoredValue> for Value {
    type Error = base64::DecodeError;

    fn try_from(stored: StoredValue) -> Result<Self, Self::Error> {
        Ok(match stored {
            StoredValue::Text(text) => Self::Text(text),
            StoredValue::Bytes { base64 } => Self::Bytes(BASE64.decode(base64)?.into()),
            StoredValue::Reference { reference } => Self::Reference(reference),
            StoredValue::Large { large, length } => Self::Large(large, length),
        })
    }
}
