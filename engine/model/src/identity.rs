//! Identities (metaverse objects), their links, and the connector-space objects that they link.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{DistinguishedName, Entry, ExportState, ObjectKey};

/// The id of a metaverse object. Derived, never drawn by chance: from the object that first projected, or read back
/// from the stamp of a contact that we made. It lies at any eighth octet, for the sake of [`crate::Value`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(Rust, packed(8))]
pub struct IdentityId(u128);

impl IdentityId {
    /// The id for the identity that an object of a connector projects.
    #[must_use]
    pub fn projected_by(connector_name: &str, anchor: &[u8]) -> Self {
        let mut octets = Vec::with_capacity(connector_name.len() + 1 + anchor.len());
        octets.extend_from_slice(connector_name.as_bytes());
        octets.push(0);
        octets.extend_from_slice(anchor);
        Self(xxhash_rust::xxh3::xxh3_128(&octets))
    }

    /// The id as 16 octets, most significant first.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        let id = self.0;
        id.to_be_bytes()
    }

    /// The id from 16 octets, most significant first.
    #[must_use]
    pub fn from_bytes(octets: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(octets))
    }
}

impl fmt::Display for IdentityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.0;
        write!(f, "{id:032x}")
    }
}

impl fmt::Debug for IdentityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for IdentityId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}

impl Serialize for IdentityId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for IdentityId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// How an object of a connector space belongs to an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// The identity was made for it.
    Projected,
    /// It joined an identity that was there.
    Joined,
    /// A contact of ours: we provisioned or adopted it.
    Provisioned,
    /// A contact of somebody else that stands for the same person: it only keeps us from making a second one.
    Duplicate,
}

impl LinkKind {
    /// Whether the object is one of the person's own, and not a contact that stands for the person.
    #[must_use]
    pub fn is_own_object(self) -> bool {
        matches!(self, Self::Projected | Self::Joined)
    }
}

/// An object's membership of an identity: a stored decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The identity.
    pub identity: IdentityId,
    /// How the object belongs to it.
    pub kind: LinkKind,
    /// Why, in words for people: the name of the join group, or the stamp.
    pub because: Box<str>,
}

/// What is stored of one object of a connector space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpaceObject {
    /// Which object.
    pub key: ObjectKey,
    /// Its name when it was last seen.
    pub dn: DistinguishedName,
    /// What the last import saw.
    pub entry: Entry,
    /// Its membership of an identity.
    pub link: Option<Link>,
}

/// One person, room or group, whatever directories it lives in: the stored decisions of a metaverse object. Its
/// attributes are computed from the linked objects, never stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// Which of the linked recipients speaks.
    pub authority: Option<ObjectKey>,
    /// Every `legacyExchangeDN` that one of its objects or contacts ever had.
    pub legacy_dns: Vec<Box<str>>,
    /// Values by which its objects could be joined, kept when the objects are gone (`name of the key:value`).
    pub remembered_keys: Vec<Box<str>>,
    /// The linked objects of connector spaces, ours included.
    pub links: Vec<ObjectKey>,
    /// What we wrote, write and decided in each target directory.
    pub exports: Vec<ExportState>,
}

impl Identity {
    /// An identity without links and decisions.
    #[must_use]
    pub fn new(id: IdentityId) -> Self {
        Self {
            id,
            authority: None,
            legacy_dns: Vec::new(),
            remembered_keys: Vec::new(),
            links: Vec::new(),
            exports: Vec::new(),
        }
    }
}
