//! From a planned change to the operations that a directory understands: names instead of anchors, value by value.

use std::collections::HashMap;

use madrigal_api::{Modification, ModificationKind, Operation, OperationKind};
use madrigal_model::{
    AttributeChange, AttributeName, AttributeSchema, ChangeKind, ConnectorId, ContentHash, DistinguishedName,
    Entry, EntryBuilder, IdentityId, ObjectKey, PendingExport, Reference, Value, ValueSetDifference,
};
use madrigal_sync::undo::what_goes;

/// The names and contents that values stand for.
#[derive(Default)]
pub(crate) struct Lookup {
    pub names: HashMap<ObjectKey, DistinguishedName>,
    pub planned: HashMap<IdentityId, DistinguishedName>,
    pub blobs: HashMap<ContentHash, Vec<u8>>,
    /// What the contacts that go hold.
    pub going: HashMap<ObjectKey, Entry>,
    /// By which mark each contact that goes is known as ours.
    pub stamps: HashMap<ObjectKey, (AttributeName, Value)>,
}

impl Lookup {
    /// What a delete takes away, for the audit log: so that it can be taken back.
    pub(crate) fn goes_of(&self, export: &PendingExport) -> Vec<AttributeChange> {
        let key = export.anchor.clone().map(|anchor| ObjectKey::new(export.connector, anchor));
        key.and_then(|key| self.going.get(&key)).map(what_goes).unwrap_or_default()
    }
}

/// The operations of one planned change: those to be sent in its turn, and those that must wait until every new object
/// of the export is there.
pub(crate) struct Operations {
    pub now: Vec<Operation>,
    pub later: Vec<Operation>,
}

/// The classes of a contact.
const CONTACT_CLASSES: [&str; 4] = ["top", "person", "organizationalPerson", "contact"];

/// The operations of a change, in order. Where they are told to the directory by names alone (`by_name`), what changes
/// comes before the rename: after one that is refused, the new name may be somebody else's.
pub(crate) fn operations(export: &PendingExport, lookup: &Lookup, by_name: bool) -> Operations {
    let operation = |kind| Operation { identity: export.identity, kind };
    let anchor = export.anchor.clone();
    let mut operations = Operations { now: Vec::new(), later: Vec::new() };
    match export.kind {
        ChangeKind::Delete => {
            let key = anchor.clone().map(|anchor| ObjectKey::new(export.connector, anchor));
            let stamp = key.and_then(|key| lookup.stamps.get(&key).cloned());
            operations.now.push(operation(OperationKind::Delete { anchor, dn: export.dn.clone(), stamp }));
        }
        ChangeKind::Add => {
            let mut entry = EntryBuilder::default();
            if let Some(classes) = AttributeName::known("objectClass") {
                entry.set(classes, CONTACT_CLASSES.map(Value::text).to_vec());
            }
            if let (Some(cn), Some(name)) = (AttributeName::known("cn"), export.dn.rdn_value()) {
                entry.set(cn, vec![Value::text(name)]);
            }
            let mut waiting = Vec::new();
            for change in &export.changes {
                let (now, later) = split(change, export.connector, lookup);
                entry.set(change.attribute, now);
                if !later.is_empty() {
                    waiting.push(Modification {
                        attribute: change.attribute,
                        kind: ModificationKind::Add,
                        values: later,
                    });
                }
            }
            let dn = export.dn.clone();
            operations.now.push(operation(OperationKind::Add {
                dn: dn.clone(),
                entry: entry.build(),
                // What takes a delete back knows which object that was.
                former: anchor,
            }));
            if !waiting.is_empty() {
                operations.later.push(operation(OperationKind::Modify {
                    anchor: None,
                    dn,
                    modifications: waiting,
                }));
            }
        }
        _ => {
            let rename = export.new_dn.clone().map(|new_dn| {
                let (anchor, dn) = (anchor.clone(), export.dn.clone());
                operation(OperationKind::Rename { anchor, dn, new_dn })
            });
            let dn = export.new_dn.as_ref().unwrap_or(&export.dn);
            let mut modifications = Vec::new();
            let mut waiting = Vec::new();
            for change in &export.changes {
                let (now, later) = split(change, export.connector, lookup);
                if !later.is_empty() {
                    waiting.push(Modification {
                        attribute: change.attribute,
                        kind: ModificationKind::Add,
                        values: later,
                    });
                }
                modifications.extend(modify(change, now, export.connector, lookup));
            }
            let modify = |dn: &DistinguishedName, modifications| {
                let (anchor, dn) = (anchor.clone(), dn.clone());
                operation(OperationKind::Modify { anchor, dn, modifications })
            };
            if by_name {
                // A value that is gone over there has its whole record refused, and who leaves must be hidden.
                let is_sure = |one: &Modification| {
                    export.kind == ChangeKind::Hide && one.kind == ModificationKind::Replace
                };
                let (first, rest): (Vec<_>, Vec<_>) =
                    std::mem::take(&mut modifications).into_iter().partition(is_sure);
                let records = [first, rest].into_iter().filter(|record| !record.is_empty());
                operations.now.extend(records.map(|record| modify(&export.dn, record)));
            }
            operations.now.extend(rename);
            if !modifications.is_empty() {
                operations.now.push(modify(dn, modifications));
            }
            if !waiting.is_empty() {
                operations.later.push(modify(dn, waiting));
            }
        }
    }
    operations
}

/// The new values in directory form; those that point to an object which is only planned come later.
fn split(change: &AttributeChange, connector: ConnectorId, lookup: &Lookup) -> (Vec<Value>, Vec<Value>) {
    let (later, now): (Vec<&Value>, Vec<&Value>) =
        change.new.iter().partition(|value| matches!(value, Value::Reference(Reference::Identity(_))));
    let written = |values: Vec<&Value>| {
        values.into_iter().filter_map(|value| in_directory_form(value, connector, lookup)).collect()
    };
    (written(now), written(later))
}

/// The modifications of one attribute: single values are replaced, several are changed value by value, also when none of
/// ours is left: somebody may have added one since we looked.
fn modify(
    change: &AttributeChange,
    new: Vec<Value>,
    connector: ConnectorId,
    lookup: &Lookup,
) -> Vec<Modification> {
    let attribute = change.attribute;
    let modification = |kind, values| Modification { attribute, kind, values };
    let old: Vec<Value> =
        change.old.iter().filter_map(|value| in_directory_form(value, connector, lookup)).collect();
    if new.is_empty() && change.old.is_empty() {
        return Vec::new();
    }
    // A value that has no name any more cannot be taken out by name.
    let is_nameless = old.len() < change.old.len();
    // Names may have changed since we looked, and not every server compares octets.
    let is_text = change.old.iter().all(|value| matches!(value, Value::Text(_)));
    let is_whole = is_nameless || new.is_empty() && !is_text;
    if is_whole || AttributeSchema::of(attribute).single_valued {
        return vec![modification(ModificationKind::Replace, new)];
    }
    let ValueSetDifference { added, removed } = ValueSetDifference::between(&old, &new);
    let mut modifications = Vec::new();
    if !removed.is_empty() {
        modifications.push(modification(ModificationKind::Delete, removed));
    }
    if !added.is_empty() {
        modifications.push(modification(ModificationKind::Add, added));
    }
    modifications
}

fn in_directory_form(value: &Value, connector: ConnectorId, lookup: &Lookup) -> Option<Value> {
    match value {
        Value::Reference(Reference::Object(anchor)) => {
            let key = ObjectKey::new(connector, anchor.clone());
            lookup.names.get(&key).map(|dn| Value::text(dn.as_str()))
        }
        Value::Reference(Reference::Identity(identity)) => {
            lookup.planned.get(identity).map(|dn| Value::text(dn.as_str()))
        }
        Value::Reference(Reference::Unresolved(dn)) => Some(Value::text(dn.clone())),
        Value::Large(hash, _) => lookup.blobs.get(hash).map(|content| Value::bytes(content.clone())),
        Value::Text(_) | Value::Bytes(_) => Some(value.clone()),
    }
}

/// The objects, planned objects and large contents that a change's values stand for.
pub(crate) fn needs(export: &PendingExport) -> (Vec<ObjectKey>, Vec<IdentityId>, Vec<ContentHash>) {
    let (mut objects, mut identities, mut blobs) = (Vec::new(), Vec::new(), Vec::new());
    for value in export.changes.iter().flat_map(|change| change.new.iter().chain(&change.old)) {
        match value {
            Value::Reference(Reference::Object(anchor)) => {
                objects.push(ObjectKey::new(export.connector, anchor.clone()));
            }
            Value::Reference(Reference::Identity(identity)) => identities.push(*identity),
            Value::Large(hash, _) => blobs.push(*hash),
            _ => {}
        }
    }
    (objects, identities, blobs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(values: &[&str]) -> Vec<Value> {
        values.iter().copied().map(Value::text).collect()
    }

    #[test]
    fn what_somebody_added_since_we_looked_is_not_named() {
        #[track_caller]
        fn check(attribute: &str, old: &[&str], new: &[&str], expected: &[(ModificationKind, &[&str])]) {
            let attribute = AttributeName::known(attribute).unwrap();
            let change = AttributeChange { attribute, old: texts(old), new: texts(new), source: None };
            let made = modify(&change, change.new.clone(), ConnectorId(1), &Lookup::default());
            let expected: Vec<Modification> = expected
                .iter()
                .map(|(kind, values)| Modification { attribute, kind: *kind, values: texts(values) })
                .collect();
            assert_eq!(made, expected);
        }
        use ModificationKind::{Add, Delete, Replace};
        check("proxyAddresses", &["smtp:a", "smtp:b"], &[], &[(Delete, &["smtp:a", "smtp:b"])]);
        check(
            "proxyAddresses",
            &["smtp:a", "smtp:b"],
            &["smtp:b", "smtp:c"],
            &[(Delete, &["smtp:a"]), (Add, &["smtp:c"])],
        );
        check("proxyAddresses", &[], &["smtp:a"], &[(Add, &["smtp:a"])]);
        check("proxyAddresses", &[], &[], &[]);
        check("title", &["Chief"], &[], &[(Replace, &[])]);
        check("title", &["Chief"], &["Boss"], &[(Replace, &["Boss"])]);
        check("title", &[], &["Boss"], &[(Replace, &["Boss"])]);
        check("title", &[], &[], &[]);
    }

    #[test]
    fn what_hides_stands_in_a_record_of_its_own() {
        #[track_caller]
        fn check(kind: ChangeKind, by_name: bool, expected: &[&[&str]]) {
            let change = |attribute, old: &[&str], new: &[&str]| AttributeChange {
                attribute: AttributeName::known(attribute).unwrap(),
                old: texts(old),
                new: texts(new),
                source: None,
            };
            let export = PendingExport {
                kind,
                identity: IdentityId::projected_by("abc", b"1"),
                connector: ConnectorId(1),
                anchor: None,
                dn: DistinguishedName::from_directory("CN=Bo,DC=xyz"),
                new_dn: None,
                changes: vec![
                    change("proxyAddresses", &["smtp:a"], &[]),
                    change("msExchHideFromAddressLists", &[], &["TRUE"]),
                ],
                reason: None,
                speaker: None,
            };
            let records: Vec<Vec<&str>> = operations(&export, &Lookup::default(), by_name)
                .now
                .iter()
                .map(|operation| match &operation.kind {
                    OperationKind::Modify { modifications, .. } => {
                        modifications.iter().map(|one| one.attribute.as_str()).collect()
                    }
                    other => panic!("{other:?}"),
                })
                .collect();
            assert_eq!(records, expected, "{kind} by name {by_name}");
        }
        let both: &[&str] = &["proxyAddresses", "msExchHideFromAddressLists"];
        check(ChangeKind::Hide, true, &[&["msExchHideFromAddressLists"], &["proxyAddresses"]]);
        check(ChangeKind::Hide, false, &[both]);
        check(ChangeKind::Modify, true, &[both]);
    }
}
