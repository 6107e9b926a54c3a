//! Names for values that are keys of other objects: a person reads `CN=Anna Berg,…` where the plan holds an anchor.

use std::collections::{BTreeSet, HashMap};

use madrigal_model::{DistinguishedName, IdentityId, PendingExport, Reference, Value};
use madrigal_run::{Engine, RunError};

use crate::output::names::{names_of, referred};

/// Turns references to objects and to planned contacts into their names; one that nothing is known of stays.
pub(crate) async fn with_names(engine: &Engine, changes: &mut [&mut PendingExport]) -> Result<(), RunError> {
    let (mut objects, mut identities) = (BTreeSet::new(), Vec::new());
    for change in changes.iter() {
        for value in change.changes.iter().flat_map(|change| change.old.iter().chain(&change.new)) {
            objects.extend(referred(value, change.connector));
            if let Value::Reference(Reference::Identity(identity)) = value {
                identities.push(*identity);
            }
        }
    }
    identities.sort_unstable();
    identities.dedup();
    let store = engine.store();
    let names = names_of(store.as_ref(), objects).await?;
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
                Value::Reference(Reference::Identity(identity)) => planned.get(&(*identity, connector.0)),
                ref other => referred(other, connector).and_then(|key| names.get(&key)),
            };
            if let Some(name) = name {
                *value = Value::Reference(Reference::Unresolved(name.as_str().into()));
            }
        }
    }
    Ok(())
}
