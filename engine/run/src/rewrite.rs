//! Objects that are written again without a directory having shown them: under the keys that the rules give them now.

use madrigal_model::{
    Anchor, ConnectorId, DistinguishedName, Entry, EntryDigest, IndexKey, KeyOwner, ObjectKey, SpaceObject,
    Timestamp,
};
use madrigal_state::{ObjectWrite, StoredObject};
use madrigal_sync::{Connector, index_keys, interpret_keys};

use crate::engine::Engine;
use crate::error::RunError;

impl Engine {
    /// The object as it is to be written; no digest: that of what the directory last showed stays.
    pub(crate) fn rewritten(
        &self,
        connector: &Connector,
        (anchor, dn, entry): (Anchor, DistinguishedName, Entry),
        digest: Option<EntryDigest>,
        now: Timestamp,
    ) -> ObjectWrite {
        let object = SpaceObject { key: ObjectKey::new(connector.id, anchor), dn, entry, link: None };
        let interpreted = interpret_keys(&self.topology, connector, &object, now);
        let keys = index_keys(&object, &interpreted);
        let SpaceObject { key, dn, entry, .. } = object;
        ObjectWrite { anchor: key.anchor, dn, entry, digest, keys, quiet: false }
    }

    /// The living objects of the connector that are found under one of these keys, but for some. Who is gone is kept until
    /// the next sync, and must not come back by being written.
    pub(crate) async fn living_under(
        &self,
        connector: ConnectorId,
        keys: &[IndexKey],
        is_passed_over: impl Fn(&Anchor) -> bool,
    ) -> Result<Vec<StoredObject>, RunError> {
        let owners = self.store.owners(keys).await?.into_values().flatten().filter_map(KeyOwner::object);
        let mut found: Vec<ObjectKey> =
            owners.filter(|key| key.connector == connector && !is_passed_over(&key.anchor)).collect();
        found.sort_unstable();
        found.dedup();
        let known = self.store.objects(&found).await?.into_iter().flatten();
        Ok(known.filter(|stored| !stored.gone).collect())
    }
}
