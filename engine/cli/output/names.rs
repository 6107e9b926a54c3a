//! What references point to, by name: a person reads a distinguished name, not a key.

use std::collections::{BTreeSet, HashMap};

use madrigal_model::{ConnectorId, DistinguishedName, ObjectKey, Reference, Value};
use madrigal_state::{Store, StoreError};
use madrigal_sync::Explanation;

use crate::commands::object::Reading;
use crate::error::CommandError;

/// How many octets are shown in full.
const SHOWN_OCTETS: usize = 48;

/// The names of the objects that values point to.
#[derive(Default)]
pub(crate) struct Names {
    by_key: HashMap<ObjectKey, DistinguishedName>,
}

impl Names {
    /// Looks up whatever the explanation's values point to.
    pub(crate) async fn of_explanation(
        reading: &Reading,
        explanation: &Explanation,
    ) -> Result<Self, CommandError> {
        let mut keys: BTreeSet<ObjectKey> = BTreeSet::new();
        for target in &explanation.targets {
            for explained in &target.attributes {
                let values = explained.observed.iter().chain(&explained.baseline);
                let values = values.chain(explained.desired.iter().flatten());
                let values = values.chain(explained.planned.iter().flatten());
                let neutral = explained.sources.iter().flat_map(|neutral| &neutral.values);
                keys.extend(values.chain(neutral).filter_map(|value| referred(value, target.connector)));
                for source in explained.sources.iter().filter_map(|neutral| neutral.source.as_ref()) {
                    let values = source.values.iter().flat_map(|(_, values)| values);
                    keys.extend(values.filter_map(|value| referred(value, source.object.connector)));
                }
            }
        }
        Self::of(reading, keys).await
    }

    /// Looks up what the values of one directory point to.
    pub(crate) async fn of_values(
        reading: &Reading,
        connector: ConnectorId,
        values: impl Iterator<Item = &Value>,
    ) -> Result<Self, CommandError> {
        Self::of(reading, values.filter_map(|value| referred(value, connector)).collect()).await
    }

    async fn of(reading: &Reading, keys: BTreeSet<ObjectKey>) -> Result<Self, CommandError> {
        Ok(Self { by_key: names_of(reading.store.as_ref(), keys).await? })
    }

    /// A value as a person reads it; `connector` is the directory that holds it.
    pub(crate) fn value(&self, value: &Value, connector: ConnectorId) -> String {
        match value {
            Value::Reference(Reference::Identity(_)) => "a contact that is planned there".to_owned(),
            Value::Bytes(octets) if octets.len() > SHOWN_OCTETS => format!("{} octets", octets.len()),
            Value::Large(_, length) => format!("{length} octets"),
            other => {
                let key = referred(other, connector);
                let name = key.and_then(|key| self.by_key.get(&key));
                name.map_or_else(|| other.to_string(), ToString::to_string)
            }
        }
    }

    /// Values side by side; none are told as such.
    pub(crate) fn values(&self, values: &[Value], connector: ConnectorId) -> String {
        if values.is_empty() {
            return "(none)".to_owned();
        }
        values.iter().map(|value| self.value(value, connector)).collect::<Vec<_>>().join(", ")
    }
}

/// The object that a value of this directory points to.
pub(crate) fn referred(value: &Value, connector: ConnectorId) -> Option<ObjectKey> {
    let Value::Reference(Reference::Object(anchor)) = value else { return None };
    Some(ObjectKey::new(connector, anchor.clone()))
}

/// The names of these objects, as far as the store knows them.
pub(crate) async fn names_of(
    store: &dyn Store,
    keys: BTreeSet<ObjectKey>,
) -> Result<HashMap<ObjectKey, DistinguishedName>, StoreError> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let keys: Vec<ObjectKey> = keys.into_iter().collect();
    let found = store.objects(&keys).await?.into_iter().flatten();
    Ok(found.map(|stored| (stored.object.key, stored.object.dn)).collect())
}
