//! Names for values that are keys of other objects: a person reads `CN=Anna Berg,…` where the plan holds an anchor.

use std::collections::HashMap;

use madrigal_model::{DistinguishedName, IdentityId, ObjectKey, PendingExport, Reference, Value};
use madrigal_run::{Engine, RunError};

/// Turns references to objects and to planned contacts into their names; one that nothing is known of stays.
pub(crate) async fn with_names(engine: &Engine, changes: &mut [&mut PendingExport]) -> Result<(), RunError> {
    let (mut objects, mut identities) = (Vec::new(), Vec::new());
    for change in changes.iter() {
        for value in change.changes.iter().flat_map(|change| change.old.iter().chain(&change.new)) {
            match value {
                Value::Reference(Reference::Object(anchor)) => {
                    objects.push(ObjectKey::new(change.connector, anchor.clone()));
                }
                Value::Reference(Reference::Identity(identity)) => identities.push(*identity),
                _ => {}
            }
        }
    }
    objects.sort_unstable();
    objects.dedup();
    identities.sort_unstable();
    identities.dedup();
    let store = engine.store();
    let names: HashMap<ObjectKey, DistinguishedName> = match objects.as_slice() {
        [] => HashMap::new(),
        keys => {
            let found = store.objects(keys).await?.into_iter().flatten();
            found.map(|stored| (stored.object.key, stored.object.dn)).collect()
        }
    };
    let mut planned: HashMap<(IdentityId, u16), DistinguishedName> = HashMap::new();
    if !identities.is_empty() {
        for identity in store.identities(&identities).await?.into_iter().flatten() {
            for state in identity.exports {
                planned.insert((identity.id, state.connector.0), state.dn);
            }
        }
    }
    for change in changes.iter_mut() {
        let connector = change.connector;
        for value in change.changes.iter_mut().flat_map(|change| change.old.iter_mut().chain(&mut change.new))
        {
            let name = match value {
                Value::Reference(Reference::Object(anchor)) => {
                    names.get(&ObjectKey::new(connector, anchor.clone()))
                }
                Value::Reference(Reference::Identity(identity)) => planned.get(&(*identity, connector.0)),
                _ => None,
            };
            if let Some(name) = name {
                *value = Value::Reference(Reference::Unresolved(name.as_str().into()));
            }
        }
    }
    Ok(())
}
