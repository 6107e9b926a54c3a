//! The keys under which the index finds an object: computed when it is imported.

use std::collections::BTreeSet;

use madrigal_model::{ConnectorId, Entry, IndexKey, ObjectKey, ProxyAddress, SpaceObject, ValueRef};

use crate::interpret::{Interpreted, Standing};
use crate::names;
use crate::topology::Topology;

/// Every key of an object.
#[must_use]
pub fn index_keys(object: &SpaceObject, interpreted: &Interpreted) -> Vec<IndexKey> {
    let connector = object.key.connector;
    let mut keys = vec![IndexKey::dn(connector, &object.dn)];
    if let (Some(parent), Some(name)) = (object.dn.parent(), object.dn.rdn_value()) {
        keys.push(IndexKey::name(connector, &parent, &name));
    }
    keys.extend(addresses_of(&object.entry).iter().map(|address| IndexKey::address(connector, address)));
    keys.extend(interpreted.publishes.iter().map(|(kind, value)| IndexKey::join(kind, value)));
    if !matches!(interpreted.standing, Standing::Recipient | Standing::Ours(_)) {
        let sought =
            interpreted.seeks.iter().flat_map(|seek| seek.values.iter().map(|value| (&seek.kind, value)));
        keys.extend(sought.map(|(kind, value)| IndexKey::seek(kind, value)));
    }
    if let Standing::Ours(stamp) = &interpreted.standing {
        keys.push(IndexKey::stamp(&stamp.source()));
    }
    for (_, values) in object.entry.iter() {
        for value in values.iter() {
            match value {
                ValueRef::Object(anchor) => {
                    keys.push(IndexKey::reference(connector, &madrigal_model::Anchor::new(anchor)));
                }
                ValueRef::Unresolved(dn) => {
                    let dn = madrigal_model::DistinguishedName::from_directory(dn);
                    keys.push(IndexKey::unresolved(connector, &dn));
                }
                _ => {}
            }
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The key under which the objects that refer to this one are found.
#[must_use]
pub fn referrers(key: &ObjectKey) -> IndexKey {
    IndexKey::reference(key.connector, &key.anchor)
}

/// The addresses that a recipient owns, each in the one form of [`ProxyAddress::key`]; `mailNickname` stands as
/// `nickname:…`. An object without any sign of being a recipient owns none: a `mail` alone is a remark.
#[must_use]
pub fn addresses_of(entry: &Entry) -> Vec<String> {
    let texts = |attribute| entry.get(attribute).iter().filter_map(ValueRef::as_text);
    let is_recipient =
        [*names::PROXY_ADDRESSES, *names::TARGET_ADDRESS, *names::LEGACY_DN, *names::MAIL_NICKNAME]
            .into_iter()
            .any(|attribute| entry.has(attribute));
    if !is_recipient {
        return Vec::new();
    }
    let mut addresses: Vec<String> =
        texts(*names::PROXY_ADDRESSES).filter_map(ProxyAddress::key_of).collect();
    addresses.extend(texts(*names::TARGET_ADDRESS).filter_map(ProxyAddress::key_of));
    addresses.extend(texts(*names::MAIL).map(|mail| address_key("smtp", mail)));
    addresses.extend(texts(*names::LEGACY_DN).map(|dn| address_key("x500", dn)));
    addresses.extend(texts(*names::MAIL_NICKNAME).map(|nickname| address_key("nickname", nickname)));
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

/// The keys under which those wait who need these addresses of a connector's recipient, or make room for them, in the
/// directories that the connector shares to.
#[must_use]
pub fn claims_of(topology: &Topology, connector: ConnectorId, addresses: &[String]) -> Vec<IndexKey> {
    let shares = topology.shares.iter().filter(|share| share.from == connector);
    let targets: BTreeSet<ConnectorId> = shares.flat_map(|share| share.to.iter().copied()).collect();
    let of = |target| addresses.iter().map(move |address| IndexKey::address(target, address));
    targets.into_iter().flat_map(of).map(IndexKey::reserved).collect()
}

/// An address of a type in the form of [`ProxyAddress::key`].
#[must_use]
pub(crate) fn address_key(prefix: &str, address: &str) -> String {
    ProxyAddress::key_of(&format!("{prefix}:{address}")).unwrap_or_else(|| format!("{prefix}:"))
}
