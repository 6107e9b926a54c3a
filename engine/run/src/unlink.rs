//! What points to an object that is gone. Active Directory takes such a value away with the object and shows no change of
//! whoever had it: were it kept here, an object that comes back would still be pointed to, and nobody would write it
//! again. A file or a directory that lets a name point nowhere keeps the name, and whoever is called so next is meant by it.

use std::collections::{HashMap, HashSet};

use madrigal_model::{
    Anchor, ConnectorId, DistinguishedName, Entry, EntryDigest, IndexKey, ObjectKey, Reference, Timestamp,
    Value, ValueRef, Values,
};

use crate::digest::Digested;
use crate::engine::Engine;
use crate::error::RunError;

/// No entry's digest: the next full import compares the whole, for a directory may keep a name that points nowhere.
const UNPROVED: EntryDigest = EntryDigest(0);

impl Engine {
    /// Takes what points to objects that the page takes away out of what was observed, or turns it back into names.
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
        let gone = self.gone(connector, &digested.gone).await?;
        let mut written: HashSet<Anchor> = HashSet::new();
        let mut unlinked = Vec::new();
        for write in std::mem::take(&mut digested.writes) {
            written.insert(write.anchor.clone());
            match without(&write.entry, &gone) {
                Some(entry) => unlinked.push((write.anchor, write.dn, entry)),
                None => digested.writes.push(write),
            }
        }
        let keys: Vec<IndexKey> = gone.keys().map(|anchor| IndexKey::reference(connector, anchor)).collect();
        let is_in_page = |anchor: &Anchor| gone.contains_key(anchor) || written.contains(anchor);
        for stored in self.living_under(connector, &keys, is_in_page).await? {
            if let Some(entry) = without(&stored.object.entry, &gone) {
                unlinked.push((stored.object.key.anchor, stored.object.dn, entry));
            }
        }
        let rewritten =
            unlinked.into_iter().map(|object| self.rewritten(configured, object, Some(UNPROVED), now));
        digested.writes.extend(rewritten);
        Ok(())
    }

    async fn gone(&self, connector: ConnectorId, anchors: &[Anchor]) -> Result<Gone, RunError> {
        let keeps_names = self
            .connectors
            .iter()
            .any(|known| known.id == connector && known.importer.capabilities().dangling_references);
        let mut gone: Gone = anchors.iter().map(|anchor| (anchor.clone(), None)).collect();
        if keeps_names {
            let keys: Vec<ObjectKey> =
                anchors.iter().map(|anchor| ObjectKey::new(connector, anchor.clone())).collect();
            for stored in self.store.objects(&keys).await?.into_iter().flatten() {
                gone.insert(stored.object.key.anchor, Some(stored.object.dn));
            }
        }
        Ok(gone)
    }
}

/// Objects that are gone, each with the name that keeps its place in values that pointed to it, if one does.
type Gone = HashMap<Anchor, Option<DistinguishedName>>;

/// The entry without what points to these objects, or with their names in its place; none where nothing does.
fn without(entry: &Entry, gone: &Gone) -> Option<Entry> {
    let pointed = |value: ValueRef<'_>| match value {
        ValueRef::Object(anchor) => gone.get(&Anchor::new(anchor)),
        _ => None,
    };
    let points_there = |values: &Values<'_>| values.iter().any(|value| pointed(value).is_some());
    entry.iter().any(|(_, values)| points_there(&values)).then(|| {
        entry.changed(|_, values| {
            let kept = |value: ValueRef<'_>| match pointed(value) {
                Some(name) => {
                    name.as_ref().map(|name| Value::Reference(Reference::Unresolved(name.as_str().into())))
                }
                None => Some(value.to_value()),
            };
            points_there(&values).then(|| values.iter().filter_map(kept).collect())
        })
    })
}

#[cfg(test)]
mod tests {
    use madrigal_model::AttributeName;

    use super::*;

    #[test]
    fn only_what_points_to_the_gone_goes() {
        let manager = AttributeName::intern("manager").unwrap();
        let object = |anchor: &[u8]| Value::Reference(Reference::Object(Anchor::new(anchor)));
        let entry = Entry::from_values([(manager, vec![object(b"a"), object(b"b"), Value::text("a")])]);
        let check = |gone: &[(&[u8], Option<&str>)], expected: Option<Vec<Value>>| {
            let gone = gone
                .iter()
                .map(|(anchor, name)| (Anchor::new(anchor), name.map(DistinguishedName::from_directory)));
            let expected = expected.map(|values| Entry::from_values([(manager, values)]));
            assert_eq!(without(&entry, &gone.collect()), expected);
        };
        let named = Value::Reference(Reference::Unresolved("CN=a".into()));
        check(&[(b"c", None)], None);
        check(&[(b"a", None)], Some(vec![object(b"b"), Value::text("a")]));
        check(&[(b"a", Some("CN=a"))], Some(vec![named, object(b"b"), Value::text("a")]));
    }
}
