//! Keys of the store's one index: what an object can be found by.
//!
//! A key is a 64-bit hash of what it stands for. The store only matches keys; whoever asks checks the objects that
//! come back, so two values that share a hash cost a look and nothing else.

use serde::{Deserialize, Serialize};

use crate::compare::fold;
use crate::{Anchor, ConnectorId, DistinguishedName, IdentityId, ObjectKey, collate};

/// Whom a key of the index belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyOwner {
    /// An object of a connector space.
    Object(ObjectKey),
    /// An identity's export state in a target: what is planned, unconfirmed or remembered there.
    Export(IdentityId, ConnectorId),
}

impl KeyOwner {
    /// The object, where it is one.
    #[must_use]
    pub fn object(self) -> Option<ObjectKey> {
        match self {
            Self::Object(key) => Some(key),
            Self::Export(..) => None,
        }
    }
}

/// A key by which objects are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IndexKey(pub i64);

impl IndexKey {
    /// The object of a connector space that has this name.
    #[must_use]
    pub fn dn(connector: ConnectorId, dn: &DistinguishedName) -> Self {
        Self::hash("dn", connector.0, &dn.normalized())
    }

    /// Objects of a container whose RDN collides with this one, as Active Directory collates names.
    #[must_use]
    pub fn name(connector: ConnectorId, container: &DistinguishedName, rdn_value: &str) -> Self {
        Self::hash("name", connector.0, &format!("{}/{}", collate(rdn_value), container.normalized()))
    }

    /// Recipients of a directory that own this address; `address` as [`crate::ProxyAddress::key`] gives it, or
    /// `nickname:` and a mail nickname.
    #[must_use]
    pub fn address(connector: ConnectorId, address: &str) -> Self {
        Self::hash("address", connector.0, &fold(address))
    }

    /// Identities whose planned or unconfirmed object in a target will own this address or name.
    #[must_use]
    pub fn reserved(key: Self) -> Self {
        Self(key.0.rotate_left(17) ^ 0x5bd1_e995_7c3a_91d7)
    }

    /// Objects that can be joined by this value: `kind` is the neutral attribute's name.
    #[must_use]
    pub fn join(kind: &str, value: &str) -> Self {
        Self::hash(kind, u16::MAX, &fold(value))
    }

    /// Objects that wait for somebody who can be joined by this value.
    #[must_use]
    pub fn seek(kind: &str, value: &str) -> Self {
        Self::hash(kind, u16::MAX - 1, &fold(value))
    }

    /// Objects of a connector space that refer to this object.
    #[must_use]
    pub fn reference(connector: ConnectorId, anchor: &Anchor) -> Self {
        Self::hash_octets("reference", connector.0, anchor.as_bytes())
    }

    /// Objects of a connector space that refer to a name that no known object has.
    #[must_use]
    pub fn unresolved(connector: ConnectorId, dn: &DistinguishedName) -> Self {
        Self::hash("unresolved", connector.0, &dn.normalized())
    }

    /// Contacts that carry our stamp with this source.
    #[must_use]
    pub fn stamp(source: &str) -> Self {
        Self::hash("stamp", u16::MAX, source)
    }

    fn hash(kind: &str, connector: u16, value: &str) -> Self {
        Self::hash_octets(kind, connector, value.as_bytes())
    }

    fn hash_octets(kind: &str, connector: u16, value: &[u8]) -> Self {
        let seed = xxhash_rust::xxh3::xxh3_64_with_seed(kind.as_bytes(), u64::from(connector));
        Self(xxhash_rust::xxh3::xxh3_64_with_seed(value, seed).cast_signed())
    }
}
