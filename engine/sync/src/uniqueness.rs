//! No address of another recipient is taken: every address that a contact would own is looked up among all recipients
//! of the target, whoever made them. An address is free when the target shows that it is.

use madrigal_model::{
    ChangeKind, ConnectorId, DistinguishedName, ExportState, IdentityId, IndexKey, KeyOwner, LinkKind, Value,
};

use crate::keys::addresses_of;
use crate::names;
use crate::workspace::{NeighbourhoodError, Workspace};

/// Who owns an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A recipient of the target.
    Recipient(DistinguishedName),
    /// A contact of ours that is on its way out: the address is free in the next round.
    Leaving(IdentityId, DistinguishedName),
    /// Another identity whose contact is planned.
    Planned(DistinguishedName),
}

/// The first address of `addresses` that somebody else owns in the target.
pub(crate) fn taken(
    workspace: &mut Workspace<'_>,
    identity: IdentityId,
    target: ConnectorId,
    addresses: &[String],
) -> Result<Option<(String, Owner)>, NeighbourhoodError> {
    if !workspace.topology.safeguards.unique_addresses {
        return Ok(None);
    }
    let keys: Vec<IndexKey> = addresses.iter().map(|address| IndexKey::address(target, address)).collect();
    workspace.prefetch_owners(keys.iter().flat_map(|key| [*key, IndexKey::reserved(*key)]))?;
    for (address, key) in addresses.iter().zip(keys) {
        if let Some(owner) = observed_owner(workspace, identity, key, address)? {
            return Ok(Some((address.clone(), owner)));
        }
        if let Some(owner) = planned_owner(workspace, identity, target, key, address)? {
            return Ok(Some((address.clone(), owner)));
        }
    }
    Ok(None)
}

fn observed_owner(
    workspace: &mut Workspace<'_>,
    identity: IdentityId,
    key: IndexKey,
    address: &String,
) -> Result<Option<Owner>, NeighbourhoodError> {
    for owner in workspace.owners(key)? {
        let KeyOwner::Object(object) = owner else { continue };
        let Some(seen) = workspace.live_object(&object)? else { continue };
        if !seen.addresses().contains(address) {
            continue;
        }
        let link = workspace.link(&object)?;
        if link.as_ref().is_some_and(|link| link.identity == identity) {
            continue;
        }
        let dn = seen.object.dn.clone();
        if let Some(link) = link.filter(|link| link.kind == LinkKind::Provisioned) {
            let other = workspace.identity(link.identity)?;
            let state = other
                .and_then(|other| other.exports.iter().find(|state| state.connector == object.connector));
            let goes = |hold: &madrigal_model::Hold| {
                matches!(hold.change.kind, ChangeKind::Hide | ChangeKind::Delete)
            };
            // One that a person keeps from going makes room for an address nevertheless.
            if state.is_some_and(|state| state.hidden.is_some() || state.holds.iter().any(goes)) {
                return Ok(Some(Owner::Leaving(link.identity, dn)));
            }
        }
        return Ok(Some(Owner::Recipient(dn)));
    }
    Ok(None)
}

fn planned_owner(
    workspace: &mut Workspace<'_>,
    identity: IdentityId,
    target: ConnectorId,
    key: IndexKey,
    address: &String,
) -> Result<Option<Owner>, NeighbourhoodError> {
    for owner in workspace.owners(IndexKey::reserved(key))? {
        let KeyOwner::Export(other, connector) = owner else { continue };
        if other == identity || connector != target {
            continue;
        }
        let state = workspace
            .identity(other)?
            .and_then(|other| other.exports.iter().find(|state| state.connector == target));
        if let Some(state) = state
            && reserved_addresses(state).contains(address)
        {
            return Ok(Some(Owner::Planned(state.dn.clone())));
        }
    }
    Ok(None)
}

/// The addresses that an export state is about to write.
pub(crate) fn reserved_addresses(state: &ExportState) -> Vec<String> {
    let mut builder = madrigal_model::EntryBuilder::default();
    let exports = state.pending.iter().chain(state.unconfirmed.iter().map(|unconfirmed| &unconfirmed.export));
    for change in exports.flat_map(|export| &export.changes) {
        for value in &change.new {
            builder.add(change.attribute, value.clone());
        }
    }
    if !builder.values(*names::MAIL).is_empty() {
        // A mail address counts only on a recipient, and this will be one.
        builder.add(*names::TARGET_ADDRESS, Value::text(""));
    }
    addresses_of(&builder.build())
}
