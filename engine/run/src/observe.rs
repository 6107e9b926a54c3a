//! From observations to what the store keeps: patches laid over what was known, names turned into anchors, large
//! values taken out of row, keys computed by the rules.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use madrigal_model::{
    Anchor, AttributePatch, ConnectorId, DistinguishedName, Entry, EntryBuilder, EntryDigest, IndexKey,
    KeyOwner, ObjectKey, Observation, ObservedChange, ObservedObject, Reference, SpaceObject, Timestamp,
    Value, ValueRef,
};
use madrigal_sync::object_type;

use crate::digest::{Digested, Digestion, Now};
use crate::engine::Engine;
use crate::error::RunError;
use crate::parallel::in_parts;

/// The digest by which a full import tells what has not changed: attributes and name.
pub(crate) fn digest_of(dn: &DistinguishedName, entry: &Entry) -> EntryDigest {
    let name = xxhash_rust::xxh3::xxh3_128(dn.as_str().as_bytes());
    EntryDigest(entry.digest().0.wrapping_add(name))
}

/// The digest of an object of which only the name has changed.
fn renamed_digest(digest: EntryDigest, old: &DistinguishedName, new: &DistinguishedName) -> EntryDigest {
    let name = |dn: &DistinguishedName| xxhash_rust::xxh3::xxh3_128(dn.as_str().as_bytes());
    EntryDigest(digest.0.wrapping_sub(name(old)).wrapping_add(name(new)))
}

impl Engine {
    /// Works out what a page's observations change; `known` are the digests of a full import.
    pub(crate) async fn digest_page(
        &self,
        connector: ConnectorId,
        observations: Vec<Observation>,
        known: Option<&HashMap<Anchor, EntryDigest>>,
        now: Timestamp,
    ) -> Result<Digested, RunError> {
        let mut current: BTreeMap<Anchor, Now> = BTreeMap::new();
        let mut names: HashMap<String, Anchor> = HashMap::new();
        let stored = self.stored_for(connector, &observations, known).await?;
        let linked = self.linked_in_patches(connector, &observations).await?;
        for observation in observations {
            let anchor = match &observation.object {
                ObservedObject::Anchor(anchor) => anchor.clone(),
                ObservedObject::Name(dn) => {
                    let normalized = dn.normalized();
                    let found = names.get(&normalized).or_else(|| stored.by_name.get(&normalized));
                    let Some(anchor) = found else { continue };
                    anchor.clone()
                }
            };
            match observation.change {
                ObservedChange::Deleted => {
                    current.insert(anchor, Now::Gone);
                }
                ObservedChange::Present { dn, entry } => {
                    let entry = self.only_wanted(connector, entry);
                    let digest = digest_of(&dn, &entry);
                    names.insert(dn.normalized(), anchor.clone());
                    if known.is_some_and(|known| known.get(&anchor) == Some(&digest))
                        && !current.contains_key(&anchor)
                    {
                        continue;
                    }
                    let before = stored.objects.get(&anchor).cloned();
                    current.insert(anchor, Now::Here { dn, entry, digest, before });
                }
                ObservedChange::Patch { dn, attributes } => {
                    let (old_dn, old_entry, before) = match current.get(&anchor) {
                        Some(Now::Here { dn, entry, before, .. }) => {
                            (dn.clone(), entry.clone(), before.clone())
                        }
                        Some(Now::Gone) => (DistinguishedName::default(), Entry::default(), None),
                        None => match stored.objects.get(&anchor) {
                            Some(object) => (object.dn.clone(), object.entry.clone(), Some(object.clone())),
                            None => (DistinguishedName::default(), Entry::default(), None),
                        },
                    };
                    let dn = dn.unwrap_or(old_dn);
                    if dn.as_str().is_empty() {
                        // A change of an object that was never seen whole: the next full import brings it.
                        continue;
                    }
                    let entry = self.only_wanted(connector, patched(&old_entry, attributes, &linked));
                    let digest = digest_of(&dn, &entry);
                    names.insert(dn.normalized(), anchor.clone());
                    current.insert(anchor, Now::Here { dn, entry, digest, before });
                }
            }
        }
        self.follow_containers(connector, &mut current, &mut names).await?;
        self.write_page(connector, current, &names, now).await
    }

    /// A container that got another name takes everything below it along, and no delta names what lies there.
    async fn follow_containers(
        &self,
        connector: ConnectorId,
        current: &mut BTreeMap<Anchor, Now>,
        names: &mut HashMap<String, Anchor>,
    ) -> Result<(), RunError> {
        let renamed = current.values().filter_map(|state| match state {
            Now::Here { dn, entry, before: Some(before), .. }
                if before.dn != *dn && object_type(entry).is_empty() =>
            {
                Some((before.dn.clone(), dn.clone()))
            }
            _ => None,
        });
        let renamed: Vec<(DistinguishedName, DistinguishedName)> = renamed.collect();
        if renamed.is_empty() {
            return Ok(());
        }
        let digests = self.store.digests(connector).await?;
        let mut after: Option<Anchor> = None;
        loop {
            let page = self.store.scan_objects(connector, after.as_ref(), 5_000).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.object.key.anchor.clone());
            for stored in page {
                let object = stored.object;
                let anchor = object.key.anchor.clone();
                if current.contains_key(&anchor) {
                    continue;
                }
                let moved = renamed.iter().find_map(|(old, new)| object.dn.moved_along(old, new));
                let (Some(dn), Some(digest)) = (moved, digests.get(&anchor)) else { continue };
                let digest = renamed_digest(*digest, &object.dn, &dn);
                let entry = object.entry.clone();
                names.insert(dn.normalized(), anchor.clone());
                current.insert(anchor, Now::Here { dn, entry, digest, before: Some(object) });
            }
        }
    }

    async fn write_page(
        &self,
        connector: ConnectorId,
        current: BTreeMap<Anchor, Now>,
        names: &HashMap<String, Anchor>,
        now: Timestamp,
    ) -> Result<Digested, RunError> {
        let resolved = self.resolve_names(connector, &current, names).await?;
        let mut digested = Digested::default();
        let Some(configured) = self.topology.connector(connector) else { return Ok(digested) };
        let wakes_referrers = self.topology.safeguards.reverse_references;
        let digestion = Digestion {
            topology: &self.topology,
            connector: configured,
            resolved: &resolved,
            large_value: self.options.large_value,
            now,
        };
        let (mut turned, mut members) = (Vec::new(), BTreeSet::new());
        let page: Vec<(Anchor, Now)> = current.into_iter().collect();
        for part in in_parts(page, |part| digestion.part(part)) {
            digested.writes.extend(part.digested.writes);
            digested.gone.extend(part.digested.gone);
            digested.blobs.extend(part.digested.blobs);
            digested.wake.extend(part.digested.wake);
            turned.extend(part.turned);
            members.extend(part.members);
        }
        if self.topology.asks_groups(connector) {
            digested.wake.extend(self.wake_members(connector, members).await?);
        }
        for identity in self.store.identities(&turned).await?.into_iter().flatten() {
            digested.wake.extend(identity.links.iter().map(madrigal_sync::referrers));
        }
        if wakes_referrers {
            let gone = digested.gone.iter().map(|anchor| IndexKey::reference(connector, anchor));
            digested.wake.extend(gone);
        }
        digested.wake.sort_unstable();
        digested.wake.dedup();
        Ok(digested)
    }

    /// What is stored of the objects that the page is about; in a full import only of those that changed.
    async fn stored_for(
        &self,
        connector: ConnectorId,
        observations: &[Observation],
        known: Option<&HashMap<Anchor, EntryDigest>>,
    ) -> Result<Stored, RunError> {
        let mut stored = Stored::default();
        let named = observations.iter().filter_map(|observation| match &observation.object {
            ObservedObject::Name(dn) => Some(dn),
            ObservedObject::Anchor(_) => None,
        });
        let by_dn: Vec<(IndexKey, String)> =
            named.map(|dn| (IndexKey::dn(connector, dn), dn.normalized())).collect();
        let mut keys: Vec<ObjectKey> = Vec::new();
        if !by_dn.is_empty() {
            let asked: Vec<IndexKey> = by_dn.iter().map(|(key, _)| *key).collect();
            for owner in self.store.owners(&asked).await?.into_values().flatten() {
                if let KeyOwner::Object(key) = owner {
                    keys.push(key);
                }
            }
        }
        for observation in observations {
            let ObservedObject::Anchor(anchor) = &observation.object else { continue };
            let may_be_known = match (&observation.change, known) {
                (ObservedChange::Present { dn, entry }, Some(known)) => {
                    known.get(anchor).is_some_and(|digest| {
                        *digest != digest_of(dn, &self.only_wanted(connector, entry.clone()))
                    })
                }
                (ObservedChange::Deleted, _) => false,
                _ => true,
            };
            if may_be_known {
                keys.push(ObjectKey::new(connector, anchor.clone()));
            }
        }
        keys.sort_unstable();
        keys.dedup();
        for object in self.store.objects(&keys).await?.into_iter().flatten() {
            if !object.gone {
                stored.by_name.insert(object.object.dn.normalized(), object.object.key.anchor.clone());
                stored.objects.insert(object.object.key.anchor.clone(), object.object);
            }
        }
        Ok(stored)
    }

    /// The anchors behind the names that patches add and remove: what they are laid over knows them by anchor.
    async fn linked_in_patches(
        &self,
        connector: ConnectorId,
        observations: &[Observation],
    ) -> Result<HashMap<String, Anchor>, RunError> {
        let mut asked: HashMap<IndexKey, Vec<String>> = HashMap::new();
        for observation in observations {
            let ObservedChange::Patch { attributes, .. } = &observation.change else { continue };
            let values = attributes.iter().flat_map(|patch| match patch {
                AttributePatch::Add(_, values) | AttributePatch::Remove(_, values) => values.as_slice(),
                AttributePatch::Replace(..) => &[],
            });
            for value in values {
                if let Value::Reference(Reference::Unresolved(text)) = value {
                    let key = IndexKey::dn(connector, &DistinguishedName::from_directory(text));
                    asked.entry(key).or_default().push(text.to_string());
                }
            }
        }
        let mut linked = HashMap::new();
        if !asked.is_empty() {
            self.resolve_asked(connector, &asked, &BTreeMap::new(), &mut linked).await?;
        }
        Ok(linked)
    }

    fn only_wanted(&self, connector: ConnectorId, entry: Entry) -> Entry {
        let Some(wanted) = self.wanted.get(&connector) else { return entry };
        if entry.iter().all(|(attribute, _)| wanted.binary_search(&attribute).is_ok()) {
            return entry;
        }
        entry.only(|attribute| wanted.binary_search(&attribute).is_ok())
    }

    /// The anchors of the names that the page's references use.
    async fn resolve_names(
        &self,
        connector: ConnectorId,
        current: &BTreeMap<Anchor, Now>,
        names: &HashMap<String, Anchor>,
    ) -> Result<HashMap<String, Anchor>, RunError> {
        let mut resolved: HashMap<String, Anchor> = HashMap::new();
        let mut asked: HashMap<IndexKey, Vec<String>> = HashMap::new();
        for state in current.values() {
            let Now::Here { entry, .. } = state else { continue };
            for value in entry.iter().flat_map(|(_, values)| values.iter()) {
                let ValueRef::Unresolved(text) = value else { continue };
                if resolved.contains_key(text) {
                    continue;
                }
                let dn = DistinguishedName::from_directory(text);
                match names.get(&dn.normalized()) {
                    Some(anchor) => {
                        resolved.insert(text.to_owned(), anchor.clone());
                    }
                    None => asked.entry(IndexKey::dn(connector, &dn)).or_default().push(text.to_owned()),
                }
            }
        }
        self.resolve_asked(connector, &asked, current, &mut resolved).await?;
        Ok(resolved)
    }

    /// Looks up who bears the names that are asked for, in the store as the page leaves it.
    async fn resolve_asked(
        &self,
        connector: ConnectorId,
        asked: &HashMap<IndexKey, Vec<String>>,
        current: &BTreeMap<Anchor, Now>,
        resolved: &mut HashMap<String, Anchor>,
    ) -> Result<(), RunError> {
        let keys: Vec<IndexKey> = asked.keys().copied().collect();
        let owners = self.store.owners(&keys).await?;
        let objects: Vec<ObjectKey> = owners
            .values()
            .flatten()
            .filter_map(|owner| match owner {
                KeyOwner::Object(key) => Some(key.clone()),
                KeyOwner::Export(..) => None,
            })
            .collect();
        for object in self.store.objects(&objects).await?.into_iter().flatten().filter(|object| !object.gone)
        {
            let anchor = object.object.key.anchor;
            // One that this page moved or deleted is not at that name any more.
            let still_there = match current.get(&anchor) {
                Some(Now::Gone) => false,
                Some(Now::Here { dn, .. }) => dn.same_as(&object.object.dn),
                None => true,
            };
            let texts = asked.get(&IndexKey::dn(connector, &object.object.dn)).filter(|_| still_there);
            for text in texts.into_iter().flatten() {
                if DistinguishedName::from_directory(text).same_as(&object.object.dn) {
                    resolved.insert(text.clone(), anchor.clone());
                }
            }
        }
        Ok(())
    }
}

#[derive(Default)]
struct Stored {
    objects: HashMap<Anchor, SpaceObject>,
    by_name: HashMap<String, Anchor>,
}

/// The entry with the patches laid over it. A reference may be known by name on one side and by anchor on the other:
/// both are the same value.
fn patched(entry: &Entry, patches: Vec<AttributePatch>, linked: &HashMap<String, Anchor>) -> Entry {
    let anchor_of = |value: &Value| match value {
        Value::Reference(Reference::Unresolved(text)) => linked.get(&**text).cloned(),
        Value::Reference(Reference::Object(anchor)) => Some(anchor.clone()),
        _ => None,
    };
    // Groups have many members: each side is gone through once.
    let anchors = |values: &[Value]| values.iter().filter_map(anchor_of).collect::<HashSet<Anchor>>();
    let mut builder: EntryBuilder = entry.edit();
    for patch in patches {
        match patch {
            AttributePatch::Replace(attribute, values) => builder.set(attribute, values),
            AttributePatch::Add(attribute, values) => {
                let mut known = anchors(builder.values(attribute));
                for value in values {
                    if anchor_of(&value).is_none_or(|anchor| known.insert(anchor)) {
                        builder.add(attribute, value);
                    }
                }
            }
            AttributePatch::Remove(attribute, values) if values.is_empty() => {
                builder.set(attribute, Vec::new())
            }
            AttributePatch::Remove(attribute, values) => {
                let removed = anchors(&values);
                let goes = |known: &Value| match anchor_of(known) {
                    Some(anchor) => removed.contains(&anchor),
                    None => values.contains(known),
                };
                let kept = builder.values(attribute).iter().filter(|known| !goes(known)).cloned().collect();
                builder.set(attribute, kept);
            }
        }
    }
    builder.build()
}

#[cfg(test)]
mod tests {
    use madrigal_model::AttributeName;

    use super::*;

    #[test]
    fn a_reference_is_the_same_by_name_and_by_anchor() {
        let member = AttributeName::intern("member").unwrap();
        let name = |dn: &str| Value::Reference(Reference::Unresolved(dn.into()));
        let object = |anchor: &[u8]| Value::Reference(Reference::Object(Anchor::new(anchor)));
        let linked = HashMap::from([("CN=A,DC=x".to_owned(), Anchor::new(b"a"))]);
        let check = |known: Vec<Value>, patch: AttributePatch, expected: Vec<Value>| {
            let entry = Entry::from_values([(member, known)]);
            let after = patched(&entry, vec![patch], &linked);
            let values: Vec<Value> = after.get(member).iter().map(|value| value.to_value()).collect();
            assert_eq!(values, expected);
        };
        let (a, b) = (object(b"a"), object(b"b"));
        check(
            vec![a.clone(), b.clone()],
            AttributePatch::Remove(member, vec![name("CN=A,DC=x")]),
            vec![b.clone()],
        );
        check(vec![name("CN=A,DC=x")], AttributePatch::Remove(member, vec![a.clone()]), vec![]);
        check(vec![a.clone()], AttributePatch::Add(member, vec![name("CN=A,DC=x")]), vec![a.clone()]);
        check(vec![a.clone()], AttributePatch::Remove(member, vec![name("CN=B,DC=x")]), vec![a]);
    }
}
