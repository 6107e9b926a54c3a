//! What points to an object that is gone. A directory takes such a value away with the object and shows no change of
//! whoever had it: were it kept here, an object that comes back would still be pointed to, and nobody would write it again.

use std::collections::HashSet;

use madrigal_model::{
    Anchor, ConnectorId, Entry, EntryDigest, IndexKey, KeyOwner, ObjectKey, SpaceObject, Timestamp, ValueRef,
    Values,
};
use madrigal_state::ObjectWrite;
use madrigal_sync::{index_keys, interpret_keys};

use crate::digest::Digested;
use crate::engine::Engine;
use crate::error::RunError;

/// No entry's digest: the next full import compares the whole, for a directory may keep a name that points nowhere.
const UNPROVED: EntryDigest = EntryDigest(0);

impl Engine {
    /// Takes what points to objects that the page takes away out of what was observed.
    pub(crate) async fn unlink_gone(
        &self,
        connector: ConnectorId,
        digested: &mut Digested,
        now: Timestamp,
    ) -> Result<(), RunError> {
        let Some(configured) = self.topology.connector(connector) else { return Ok(()) };
        if digested.gone.is_empty() {
            return Ok(());
        }
        let gone: HashSet<Anchor> = digested.gone.iter().cloned().collect();
        let mut written: HashSet<Anchor> = HashSet::new();
        let mut unlinked = Vec::new();
        for write in std::mem::take(&mut digested.writes) {
            written.insert(write.anchor.clone());
            match without(&write.entry, &gone) {
                Some(entry) => unlinked.push((write.anchor, write.dn, entry)),
                None => digested.writes.push(write),
            }
        }
        let keys: Vec<IndexKey> = gone.iter().map(|anchor| IndexKey::reference(connector, anchor)).collect();
        let owners = self.store.owners(&keys).await?.into_values().flatten();
        let mut referrers: Vec<ObjectKey> = owners
            .filter_map(KeyOwner::object)
            .filter(|key| !gone.contains(&key.anchor) && !written.contains(&key.anchor))
            .collect();
        referrers.sort_unstable();
        referrers.dedup();
        for stored in self.store.objects(&referrers).await?.into_iter().flatten() {
            if let Some(entry) = without(&stored.object.entry, &gone) {
                unlinked.push((stored.object.key.anchor, stored.object.dn, entry));
            }
        }
        for (anchor, dn, entry) in unlinked {
            let object =
                SpaceObject { key: ObjectKey::new(connector, anchor.clone()), dn, entry, link: None };
            let interpreted = interpret_keys(&self.topology, configured, &object, now);
            let keys = index_keys(&object, &interpreted);
            let SpaceObject { dn, entry, .. } = object;
            digested.writes.push(ObjectWrite { anchor, dn, entry, digest: UNPROVED, keys });
        }
        Ok(())
    }
}

/// The entry without what points to these objects; none where nothing does.
fn without(entry: &Entry, gone: &HashSet<Anchor>) -> Option<Entry> {
    let points = |value: ValueRef<'_>| matches!(value, ValueRef::Object(anchor) if gone.contains(&Anchor::new(anchor)));
    let points_there = |values: &Values<'_>| values.iter().any(points);
    entry.iter().any(|(_, values)| points_there(&values)).then(|| {
        entry.changed(|_, values| {
            let kept = || values.iter().filter(|value| !points(*value)).map(ValueRef::to_value).collect();
            points_there(&values).then(kept)
        })
    })
}

#[cfg(test)]
mod tests {
    use madrigal_model::{AttributeName, Reference, Value};

    use super::*;

    #[test]
    fn only_what_points_to_the_gone_goes() {
        let manager = AttributeName::intern("manager").unwrap();
        let object = |anchor: &[u8]| Value::Reference(Reference::Object(Anchor::new(anchor)));
        let entry = Entry::from_values([(manager, vec![object(b"a"), object(b"b"), Value::text("a")])]);
        let gone = |anchors: &[&[u8]]| anchors.iter().map(|anchor| Anchor::new(anchor)).collect();
        assert_eq!(without(&entry, &gone(&[b"c"])), None);
        let expected = Entry::from_values([(manager, vec![object(b"b"), Value::text("a")])]);
        assert_eq!(without(&entry, &gone(&[b"a"])), Some(expected));
    }
}
