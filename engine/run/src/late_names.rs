//! References that were read before the object that they name. The store keeps keys, not names: a directory that renames
//! an object shows no change of whoever refers to it, and a name that was kept would point nowhere from then on.

use std::collections::{HashMap, HashSet};

use madrigal_model::{
    Anchor, ConnectorId, DistinguishedName, IndexKey, KeyOwner, ObjectKey, SpaceObject, Timestamp, ValueRef,
};
use madrigal_state::ObjectWrite;
use madrigal_sync::{index_keys, interpret_keys};

use crate::digest::{Digested, resolved_references};
use crate::engine::Engine;
use crate::error::RunError;

impl Engine {
    /// Turns names that stored objects have kept into the keys of the page's objects that bear them.
    pub(crate) async fn link_named(
        &self,
        connector: ConnectorId,
        digested: &mut Digested,
        now: Timestamp,
    ) -> Result<(), RunError> {
        let Some(configured) = self.topology.connector(connector) else { return Ok(()) };
        let keys: Vec<IndexKey> =
            digested.writes.iter().map(|write| IndexKey::unresolved(connector, &write.dn)).collect();
        let owners = self.store.owners(&keys).await?.into_values().flatten();
        let in_page: HashSet<&Anchor> =
            digested.writes.iter().map(|write| &write.anchor).chain(&digested.gone).collect();
        let mut referrers: Vec<ObjectKey> =
            owners.filter_map(KeyOwner::object).filter(|key| !in_page.contains(&key.anchor)).collect();
        if referrers.is_empty() {
            return Ok(());
        }
        referrers.sort_unstable();
        referrers.dedup();
        let bearers: HashMap<String, Anchor> =
            digested.writes.iter().map(|write| (write.dn.normalized(), write.anchor.clone())).collect();
        let known = self.store.objects(&referrers).await?.into_iter().flatten();
        for stored in known.filter(|stored| !stored.gone) {
            let SpaceObject { key, dn, entry, .. } = stored.object;
            let names = entry.iter().flat_map(|(_, values)| values.iter()).filter_map(|value| match value {
                ValueRef::Unresolved(name) => {
                    let bearer = bearers.get(&DistinguishedName::from_directory(name).normalized())?;
                    Some((name.to_owned(), bearer.clone()))
                }
                _ => None,
            });
            let resolved: HashMap<String, Anchor> = names.collect();
            let entry = resolved_references(entry, &resolved);
            let object = SpaceObject { key, dn, entry, link: None };
            let interpreted = interpret_keys(&self.topology, configured, &object, now);
            let keys = index_keys(&object, &interpreted);
            let SpaceObject { key, dn, entry, .. } = object;
            digested.writes.push(ObjectWrite { anchor: key.anchor, dn, entry, digest: None, keys });
        }
        Ok(())
    }
}
