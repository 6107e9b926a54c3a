//! How a contact stands: as the last import saw it, or as an export that is under way will have left it.

use std::rc::Rc;

use madrigal_model::{
    Anchor, AttributeName, ChangeKind, ConnectorId, DistinguishedName, Entry, ExportState, Identity,
    IdentityId, IndexKey, KeyOwner, ObjectKey, PendingExport, Reference, Value, ValueRef,
};

use crate::interpret::Standing;
use crate::stamp::Stamp;
use crate::target::Work;
use crate::workspace::{NeighbourhoodError, Seen, Workspace};

/// The contact as it is, or as an unconfirmed export will have left it.
#[derive(Clone)]
pub(crate) struct View {
    pub anchor: Option<Anchor>,
    pub dn: DistinguishedName,
    pub entry: Entry,
    pub stamp: Option<Stamp>,
    /// Whether it carries our stamp for this identity.
    pub stamped: bool,
}

/// The contact as the last import saw it.
pub(crate) fn seen(
    workspace: &mut Workspace<'_>,
    work: &Work<'_>,
    seen: &Rc<Seen>,
) -> Result<View, NeighbourhoodError> {
    let stamp = match &seen.interpreted.standing {
        Standing::Ours(stamp) => Some(stamp.clone()),
        _ => None,
    };
    let stamped = stamp.as_ref().is_some_and(|stamp| {
        stamp.identity == work.identity.id || links_source(workspace, work.identity, stamp)
    });
    Ok(View {
        anchor: Some(seen.object.key.anchor.clone()),
        dn: seen.object.dn.clone(),
        entry: resolved(workspace, seen, &work.state.baseline)?,
        stamp,
        stamped,
    })
}

/// A contact whose stamp names one of the identity's objects is the identity's, whatever id it was made under.
fn links_source(workspace: &Workspace<'_>, identity: &Identity, stamp: &Stamp) -> bool {
    let connector = workspace.topology.connector_named(&stamp.source_connector).map(|connector| connector.id);
    identity.links.iter().any(|key| Some(key.connector) == connector && key.anchor == stamp.source_anchor)
}

/// The entry with references by name turned into references by anchor, where the name is known by now. A value of ours
/// that points to an object which is gone went with it: the directory drops it and shows no change of the contact.
fn resolved(
    workspace: &mut Workspace<'_>,
    seen: &Rc<Seen>,
    baseline: &Entry,
) -> Result<Entry, NeighbourhoodError> {
    let entry = &seen.object.entry;
    let connector = seen.object.key.connector;
    let mut builder = None;
    for (attribute, values) in entry.iter() {
        let is_reference = |value| matches!(value, ValueRef::Unresolved(_) | ValueRef::Object(_));
        if !values.iter().any(is_reference) {
            continue;
        }
        let mut new = Vec::with_capacity(values.len());
        for value in values.iter() {
            match value {
                ValueRef::Unresolved(dn) => {
                    let dn = DistinguishedName::from_directory(dn);
                    let found = match workspace.at_name(connector, &dn)? {
                        Some(anchor) => Some(Reference::Object(anchor)),
                        None => planned_at(workspace, connector, &dn)?.map(Reference::Identity),
                    };
                    let named = || Reference::Unresolved(dn.as_str().into());
                    new.push(Value::Reference(found.unwrap_or_else(named)));
                }
                ValueRef::Object(anchor) if baseline.get(attribute).iter().any(|ours| ours == value) => {
                    let key = ObjectKey::new(connector, Anchor::new(anchor));
                    if workspace.live_object(&key)?.is_some() {
                        new.push(value.to_value());
                    }
                }
                other => new.push(other.to_value()),
            }
        }
        builder.get_or_insert_with(|| entry.edit()).set(attribute, new);
    }
    Ok(builder.map_or_else(|| entry.clone(), madrigal_model::EntryBuilder::build))
}

/// Whose contact is about to be made under the name: what was left pointing there will point to it.
fn planned_at(
    workspace: &mut Workspace<'_>,
    target: ConnectorId,
    dn: &DistinguishedName,
) -> Result<Option<IdentityId>, NeighbourhoodError> {
    let Some((container, rdn)) = dn.parent().zip(dn.rdn_value()) else { return Ok(None) };
    for owner in workspace.owners(IndexKey::reserved(IndexKey::name(target, &container, &rdn)))? {
        let KeyOwner::Export(identity, _) = owner else { continue };
        let exports =
            workspace.identity(identity)?.map(|identity| identity.exports.as_slice()).unwrap_or_default();
        let is_made = |state: &ExportState| {
            let sent = state.unconfirmed.as_ref().map(|unconfirmed| &unconfirmed.export);
            state.connector == target
                && state
                    .pending
                    .iter()
                    .chain(sent)
                    .any(|export| export.kind == ChangeKind::Add && export.dn.same_as(dn))
        };
        if exports.iter().any(is_made) {
            return Ok(Some(identity));
        }
    }
    Ok(None)
}

/// The export with references to contacts that were not there when it was sent turned into references to those that
/// are there now: so an import shows them.
pub(crate) fn with_contacts(
    workspace: &mut Workspace<'_>,
    target: ConnectorId,
    mut export: PendingExport,
) -> Result<PendingExport, NeighbourhoodError> {
    for value in export.changes.iter_mut().flat_map(|change| &mut change.new) {
        let Value::Reference(Reference::Identity(identity)) = value else { continue };
        let Some(identity) = workspace.identity(*identity)? else { continue };
        let state = identity.exports.iter().find(|state| state.connector == target);
        if let Some(anchor) = state.and_then(|state| state.anchor.clone()) {
            *value = Value::Reference(Reference::Object(anchor));
        }
    }
    Ok(export)
}

/// The contact as the export will have left it.
pub(crate) fn assumed(
    view: Option<Rc<View>>,
    export: &PendingExport,
    stamp_attribute: AttributeName,
) -> Option<Rc<View>> {
    if export.kind == ChangeKind::Delete || view.is_none() && export.kind != ChangeKind::Add {
        return None;
    }
    let new =
        |stamped| View { anchor: None, dn: export.dn.clone(), entry: Entry::default(), stamp: None, stamped };
    let before = match view {
        None => new(true),
        // What is made anew takes nothing from the contact that goes first. Where that one is not ours any more, neither
        // can be told what its name will stand for.
        Some(view) if export.kind == ChangeKind::Add && view.anchor == export.anchor => new(view.stamped),
        Some(view) => Rc::unwrap_or_clone(view),
    };
    let mut builder = before.entry.edit();
    for change in &export.changes {
        builder.set(change.attribute, change.new.clone());
    }
    let dn = export.new_dn.clone().unwrap_or_else(|| before.dn.clone());
    let entry = builder.build();
    let is_stamped = export.changes.iter().any(|change| change.attribute == stamp_attribute);
    let written = || entry.text(stamp_attribute).and_then(|text| text.parse().ok());
    let stamp = if is_stamped { written() } else { before.stamp.clone() };
    Some(Rc::new(View { dn, entry, stamp, ..before }))
}
