//! Numbers: of objects, identities and export states, and how the index names an owner.

use madrigal_model::{ConnectorId, IdentityId, IndexKey, ObjectKey};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Connector numbers stay below this: an owner in the index has 12 bits for one.
pub(super) const CONNECTORS: u16 = 1 << 12;

/// What an entry of the index says of its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Owner {
    /// An object, found by one of its keys.
    Key(i64),
    /// An object, found by its anchor.
    Anchor(i64),
    /// An object, found by the identity that it is linked to.
    Link(i64),
    /// An export state, found by one of its keys: its identity's number and the connector.
    Export(i64, u16),
    /// An identity, found by its id.
    Identity(i64),
}

impl Owner {
    /// The owner in 47 bits: what it is found by, the connector, the number.
    pub(super) fn code(self) -> u64 {
        let object = |tag: u64, id: i64| tag << 44 | (id.cast_unsigned() & 0xfff_ffff_ffff);
        match self {
            Self::Key(id) => object(0, id),
            Self::Anchor(id) => object(1, id),
            Self::Link(id) => object(2, id),
            Self::Export(identity, connector) => {
                3 << 44 | u64::from(connector) << 32 | (identity.cast_unsigned() & 0xffff_ffff)
            }
            Self::Identity(identity) => 4 << 44 | (identity.cast_unsigned() & 0xffff_ffff),
        }
    }

    /// The owner with this code.
    pub(super) fn from_code(code: u64) -> Option<Self> {
        let id = (code & 0xfff_ffff_ffff).cast_signed();
        Some(match code >> 44 {
            0 => Self::Key(id),
            1 => Self::Anchor(id),
            2 => Self::Link(id),
            3 => Self::Export(id & 0xffff_ffff, connector_of(id)),
            4 => Self::Identity(id),
            _ => return None,
        })
    }
}

/// The row id of a connector's object.
pub(super) fn object_id(connector: ConnectorId, number: u32) -> i64 {
    i64::from(connector.0) << 32 | i64::from(number)
}

/// The connector that an object's row id belongs to.
pub(super) fn connector_of(object: i64) -> u16 {
    (object >> 32) as u16
}

/// The row ids of a connector's objects: from the first to the last.
pub(super) fn object_ids(connector: ConnectorId) -> (i64, i64) {
    (object_id(connector, 0), object_id(connector, u32::MAX))
}

/// The row id of an identity's export state.
pub(super) fn export_id(identity: i64, connector: u16) -> i64 {
    identity << 12 | i64::from(connector)
}

/// Where the index keeps what a key finds. The odd factor spreads keys that are no hashes.
pub(super) fn key_hash(key: IndexKey) -> u64 {
    let mixed = key.0.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ mixed >> 32
}

/// Where the index keeps an object by its anchor.
pub(super) fn anchor_hash(key: &ObjectKey) -> u64 {
    xxh3_64_with_seed(key.anchor.as_bytes(), 1 << 32 | u64::from(key.connector.0))
}

/// Where the index keeps an identity by its id.
pub(super) fn identity_hash(id: IdentityId) -> u64 {
    xxh3_64_with_seed(&id.to_bytes(), 2 << 32)
}

/// Where the index keeps the objects that are linked to an identity.
pub(super) fn link_hash(id: IdentityId) -> u64 {
    xxh3_64_with_seed(&id.to_bytes(), 3 << 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_read_as_it_was_written() {
        let object = object_id(ConnectorId(CONNECTORS - 1), u32::MAX);
        let rows = [
            Owner::Key(object),
            Owner::Anchor(1 << 32 | 1),
            Owner::Link(object),
            Owner::Export(i64::from(u32::MAX), CONNECTORS - 1),
            Owner::Identity(1),
        ];
        for owner in rows {
            assert!(owner.code() < 1 << 47);
            assert_eq!(Owner::from_code(owner.code()), Some(owner));
        }
    }
}
