//! References that were read before the object that they name. The store keeps keys, not names: a directory that renames
//! an object shows no change of whoever refers to it, and a name that was kept would point nowhere from then on.

use std::collections::{HashMap, HashSet};

use madrigal_model::{Anchor, ConnectorId, DistinguishedName, IndexKey, SpaceObject, Timestamp, ValueRef};

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
        let in_page: HashSet<&Anchor> =
            digested.writes.iter().map(|write| &write.anchor).chain(&digested.gone).collect();
        let referrers = self.living_under(connector, &keys, |anchor| in_page.contains(anchor)).await?;
        if referrers.is_empty() {
            return Ok(());
        }
        let bearers: HashMap<String, Anchor> =
            digested.writes.iter().map(|write| (write.dn.normalized(), write.anchor.clone())).collect();
        for stored in referrers {
            let SpaceObject { key, dn, entry, .. } = stored.object;
            let names = entry.iter().flat_map(|(_, values)| values.iter()).filter_map(|value| match value {
                ValueRef::Unresolved(name) => {
                    let bearer = bearers.get(&DistinguishedName::from_directory(name).normalized())?;
                    Some((name.to_owned(), bearer.clone()))
                }
                _ => None,
            });
            let resolved: HashMap<String, Anchor> = names.collect();
            let object = (key.anchor, dn, resolved_references(entry, &resolved));
            digested.writes.push(self.rewritten(configured, object, None, now));
        }
        Ok(())
    }
}
