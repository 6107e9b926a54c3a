//! What an object comes to when it is read: names turned into anchors, large values taken out of row, keys computed by
//! the rules. Every object for itself, so that all cores can be at it.

use std::collections::{BTreeSet, HashMap};

use madrigal_model::{
    Anchor, ContentHash, DistinguishedName, Entry, EntryDigest, IdentityId, IndexKey, ObjectKey, Reference,
    SpaceObject, Timestamp, Value, ValueRef, Values,
};
use madrigal_state::{BlobWrite, ObjectWrite};
use madrigal_sync::{Connector, Topology, addresses_of, claims_of, index_keys, interpret_keys};

use crate::membership;

/// What a page comes to.
#[derive(Default)]
pub(crate) struct Digested {
    /// New and changed objects.
    pub writes: Vec<ObjectWrite>,
    /// Objects that are gone.
    pub gone: Vec<Anchor>,
    /// Large values.
    pub blobs: Vec<BlobWrite>,
    /// Whoever must be looked at because of it.
    pub wake: Vec<IndexKey>,
}

/// An object as the page leaves it.
pub(crate) enum Now {
    Here { dn: DistinguishedName, entry: Entry, digest: EntryDigest, before: Option<SpaceObject> },
    Gone,
}

/// What a part of a page comes to.
#[derive(Default)]
pub(crate) struct Part {
    pub digested: Digested,
    /// Identities whose objects elsewhere are referred to in another way from now on.
    pub turned: Vec<IdentityId>,
    /// Who came into a group or left it.
    pub members: BTreeSet<membership::Member>,
}

/// What is the same for every object of a page.
pub(crate) struct Digestion<'a> {
    pub topology: &'a Topology,
    pub connector: &'a Connector,
    /// The anchors of names that references use.
    pub resolved: &'a HashMap<String, Anchor>,
    /// Values of more octets are kept out of row.
    pub large_value: usize,
    pub now: Timestamp,
}

impl Digestion<'_> {
    /// Digests a part of a page.
    pub(crate) fn part(&self, objects: Vec<(Anchor, Now)>) -> Part {
        let connector = self.connector.id;
        let wakes_referrers = self.topology.safeguards.reverse_references;
        let asks_groups = self.topology.asks_groups(connector);
        let mut part = Part::default();
        let digested = &mut part.digested;
        for (anchor, state) in objects {
            let Now::Here { dn, entry, digest, before } = state else {
                digested.gone.push(anchor);
                continue;
            };
            let entry = resolved_references(entry, self.resolved);
            let entry = out_of_row(entry, self.large_value, &mut digested.blobs);
            if before.as_ref().is_some_and(|before| before.dn == dn && before.entry == entry) {
                // Nothing but its digest is new.
                continue;
            }
            if asks_groups {
                let before = before.as_ref().map(|before| (&before.dn, &before.entry));
                part.members.extend(membership::turned(before, Some((&dn, &entry))));
            }
            let key = ObjectKey::new(connector, anchor.clone());
            let object = SpaceObject { key: key.clone(), dn, entry, link: None };
            let interpreted = interpret_keys(self.topology, self.connector, &object, self.now);
            let keys = index_keys(&object, &interpreted);
            let mut quiet = false;
            if let Some(before) = &before {
                let was = interpret_keys(self.topology, self.connector, before, self.now);
                let old_keys = index_keys(before, &was);
                // In which groups an object is nobody knows yet, and rules may make another thing of it.
                quiet = !asks_groups
                    && before.dn == object.dn
                    && old_keys == keys
                    && was.is_to_others_as(&interpreted);
                let lost = old_keys.into_iter().filter(|key| !keys.contains(key));
                digested.wake.extend(lost.map(IndexKey::reserved));
                // Who matched two and now only one may know whom.
                let published = was.publishes.iter().filter(|key| !interpreted.publishes.contains(key));
                digested.wake.extend(published.map(|(kind, value)| IndexKey::seek(kind, value)));
                if was.is_recipient() {
                    let kept = addresses_of(&object.entry);
                    let mut lost = addresses_of(&before.entry);
                    lost.retain(|address| !kept.contains(address));
                    digested.wake.extend(claims_of(self.topology, connector, &lost));
                }
                if wakes_referrers && !quiet {
                    digested.wake.push(madrigal_sync::referrers(&key));
                    // Its person's objects elsewhere are referred to as this one now, or no longer.
                    let link = before.link.as_ref();
                    part.turned.extend(
                        link.filter(|_| was.is_recipient() != interpreted.is_recipient())
                            .map(|link| link.identity),
                    );
                }
            }
            let SpaceObject { dn, entry, .. } = object;
            digested.writes.push(ObjectWrite { anchor, dn, entry, digest: Some(digest), keys, quiet });
        }
        part
    }
}

pub(crate) fn resolved_references(entry: Entry, resolved: &HashMap<String, Anchor>) -> Entry {
    let is_known =
        |value: ValueRef<'_>| matches!(value, ValueRef::Unresolved(text) if resolved.contains_key(text));
    with_values(entry, is_known, |value| match value {
        ValueRef::Unresolved(text) => match resolved.get(text) {
            Some(anchor) => Value::Reference(Reference::Object(anchor.clone())),
            None => value.to_value(),
        },
        other => other.to_value(),
    })
}

/// Takes large octets out of row, under their hash.
fn out_of_row(entry: Entry, large: usize, blobs: &mut Vec<BlobWrite>) -> Entry {
    let is_large = |value: ValueRef<'_>| matches!(value, ValueRef::Bytes(bytes) if bytes.len() > large);
    with_values(entry, is_large, |value| match value {
        ValueRef::Bytes(bytes) if bytes.len() > large => {
            let hash = ContentHash::of(bytes);
            blobs.push(BlobWrite { hash, content: bytes.to_vec() });
            Value::Large(hash, u32::try_from(bytes.len()).unwrap_or(u32::MAX))
        }
        other => other.to_value(),
    })
}

/// The entry with other values where an attribute has one that is concerned.
fn with_values(
    entry: Entry,
    is_concerned: impl Fn(ValueRef<'_>) -> bool,
    mut change: impl FnMut(ValueRef<'_>) -> Value,
) -> Entry {
    if !entry.iter().any(|(_, values)| values.iter().any(&is_concerned)) {
        return entry;
    }
    entry.changed(|_, values: Values<'_>| {
        values.iter().any(&is_concerned).then(|| values.iter().map(&mut change).collect())
    })
}
