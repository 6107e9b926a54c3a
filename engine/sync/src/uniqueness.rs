//! No address of another recipient is taken: every address that a contact would own is looked up among all recipients
//! of the target, whoever made them. An address is free when the target shows that it is.

use madrigal_model::{
    AttributeChange, ChangeKind, ConnectorId, DistinguishedName, Entry, ExportState, IdentityId, IndexKey,
    KeyOwner, LinkKind, ProxyAddress, Value, exactly_equal,
};

use crate::codes::{self, Subject};
use crate::confirm::View;
use crate::desired::DesiredAttribute;
use crate::keys::{address_key, addresses_of};
use crate::names;
use crate::target::Work;
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

/// Takes the changes out that would take another recipient's address, and gives the addresses that are waited for.
pub(crate) fn hold_taken_addresses(
    workspace: &mut Workspace<'_>,
    work: &mut Work<'_>,
    view: &View,
    attributes: &[DesiredAttribute],
    changes: &mut Vec<AttributeChange>,
    subject: &Subject<'_>,
) -> Result<Vec<String>, NeighbourhoodError> {
    let bears_address = |change: &AttributeChange| {
        [*names::PROXY_ADDRESSES, *names::MAIL, *names::TARGET_ADDRESS].contains(&change.attribute)
    };
    if !changes.iter().any(bears_address) {
        return Ok(Vec::new());
    }
    let desired = Entry::from_values(
        attributes
            .iter()
            .filter(|attribute| attribute.known)
            .map(|attribute| (attribute.attribute, attribute.values.clone())),
    );
    let mut held = Vec::new();
    for address in claimed(&desired, &view.entry) {
        let owner = taken(workspace, work.identity.id, work.target.id, std::slice::from_ref(&address))?;
        if let Some((_, owner)) = owner {
            report_taken(workspace, work, &address, &owner, subject);
            held.push(address);
        }
    }
    if held.is_empty() {
        return Ok(held);
    }
    // What would take an address waits; what gives one up goes on, for somebody may be waiting for it.
    let is_held = |value: &Value| proxy_address(value).is_some_and(|address| held.contains(&address.key()));
    for change in changes.iter_mut().filter(|change| bears_address(change)) {
        if change.attribute == *names::PROXY_ADDRESSES {
            let old = &change.old;
            change.new.retain(|value| old.contains(value) || !is_held(value));
            let is_primary =
                |value: &&Value| proxy_address(value).is_some_and(|address| address.is_primary_smtp());
            if let Some(primary) = old.iter().find(is_primary)
                && !change.new.iter().any(|value| is_primary(&value))
            {
                let same = |value: &Value| {
                    proxy_address(value)
                        .zip(proxy_address(primary))
                        .is_some_and(|(one, other)| one.same_address(&other))
                };
                change.new.retain(|value| !same(value));
                change.new.push(primary.clone());
            }
        } else if change.attribute == *names::MAIL {
            let taken = change.new.iter().filter_map(Value::as_text);
            if taken.map(|mail| address_key("smtp", mail)).any(|address| held.contains(&address)) {
                change.new.clone_from(&change.old);
            }
        } else if change.new.iter().any(is_held) {
            change.new.clone_from(&change.old);
        }
    }
    changes.retain(|change| !exactly_equal(&change.old, &change.new));
    Ok(held)
}

fn proxy_address(value: &Value) -> Option<ProxyAddress> {
    value.as_text().and_then(|text| ProxyAddress::parse(text).ok())
}

/// The addresses that the new entry owns and the old one does not. Nicknames have a rule of their own.
pub(crate) fn claimed(new: &Entry, old: &Entry) -> Vec<String> {
    let owned = addresses_of(old);
    let new = addresses_of(new).into_iter();
    new.filter(|address| !address.starts_with("nickname:") && !owned.contains(address)).collect()
}

/// Says whose the address is; whoever is on his way out is looked at again.
pub(crate) fn report_taken(
    workspace: &mut Workspace<'_>,
    work: &mut Work<'_>,
    address: &str,
    owner: &Owner,
    subject: &Subject<'_>,
) {
    let target = &work.target.name;
    let problem = match owner {
        Owner::Leaving(identity, dn) => {
            workspace.wake_identities.insert(*identity);
            subject.notice(
                codes::ADDRESS_IN_USE,
                None,
                format!(
                    "{address} still belongs to our hidden contact {dn} in {target}, which is deleted first."
                ),
                "Nothing to do: the change follows in the next round.",
            )
        }
        Owner::Recipient(dn) => subject.problem(
            codes::ADDRESS_IN_USE,
            None,
            format!("{address} belongs to {dn} in {target}; what would take it is held."),
            "Remove the address from one of the two.",
        ),
        Owner::Planned(dn) => subject.problem(
            codes::ADDRESS_IN_USE,
            None,
            format!("{address} is planned for {dn} in {target} already; what would take it is held."),
            "Remove the address from one of the two source objects.",
        ),
    };
    work.problems.push(problem);
}
