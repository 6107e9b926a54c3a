//! No address of another recipient is taken: every address that a contact would own is looked up among all recipients
//! of the target, whoever made them. An address is free when the target shows that it is.

use std::collections::BTreeSet;

use madrigal_model::{
    AttributeChange, ChangeKind, ConnectorId, DistinguishedName, Entry, ExportState, IdentityId, IndexKey,
    KeyOwner, LinkKind, ObjectKey, ProxyAddress, Value, exactly_equal,
};

use crate::codes::{self, Subject};
use crate::desired::DesiredAttribute;
use crate::keys::{address_key, addresses_of};
use crate::names;
use crate::target::Work;
use crate::view::View;
use crate::workspace::{NeighbourhoodError, Workspace};

/// Who owns an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A recipient of the target.
    Recipient(DistinguishedName),
    /// Somebody else's contact of the same person: it is found by what it says, so what it owns is not ours to take.
    Duplicate(DistinguishedName),
    /// A contact of ours that is on its way out: the address is free in the next round.
    Leaving(IdentityId, DistinguishedName),
    /// A contact of ours whose person does not have the address any more: it gives it up, as soon as it can.
    GivesUp(IdentityId, DistinguishedName),
    /// Another identity whose contact is planned.
    Planned(DistinguishedName),
}

/// How many people may wait for each other's addresses in a circle that is opened.
const LONGEST_CIRCLE: usize = 16;

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
    let mut duplicate = None;
    for owner in workspace.owners(key)? {
        let KeyOwner::Object(object) = owner else { continue };
        let Some(seen) = workspace.live_object(&object)? else { continue };
        if !seen.addresses().contains(address) {
            continue;
        }
        let dn = seen.object.dn.clone();
        let link = workspace.link(&object)?;
        if let Some(link) = link.as_ref().filter(|link| link.identity == identity) {
            if link.kind == LinkKind::Duplicate {
                duplicate = Some(Owner::Duplicate(dn));
            }
            continue;
        }
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
            if !publishes_address(workspace, link.identity, address)? {
                return Ok(Some(Owner::GivesUp(link.identity, dn)));
            }
        }
        return Ok(Some(Owner::Recipient(dn)));
    }
    Ok(duplicate)
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

/// Whether another identity waits for one of the addresses.
pub(crate) fn wanted_by_another(
    workspace: &mut Workspace<'_>,
    identity: IdentityId,
    target: ConnectorId,
    addresses: &[String],
) -> Result<bool, NeighbourhoodError> {
    for address in addresses {
        for other in reserving(workspace, target, address)? {
            if other != identity && publishes_address(workspace, other, address)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The identities that plan to write the address in the target, or wait for it.
fn reserving(
    workspace: &mut Workspace<'_>,
    target: ConnectorId,
    address: &str,
) -> Result<Vec<IdentityId>, NeighbourhoodError> {
    let owners = workspace.owners(IndexKey::reserved(IndexKey::address(target, address)))?;
    let identity = |owner| match owner {
        KeyOwner::Export(identity, at) if at == target => Some(identity),
        _ => None,
    };
    Ok(owners.into_iter().filter_map(identity).collect())
}

/// Whether a recipient of the identity owns the address at its source: a reservation may be out of date.
fn publishes_address(
    workspace: &mut Workspace<'_>,
    identity: IdentityId,
    address: &String,
) -> Result<bool, NeighbourhoodError> {
    let links = workspace.identity(identity)?.map(|identity| identity.links.clone()).unwrap_or_default();
    for key in links {
        let seen = workspace.live_object(&key)?;
        if seen.is_some_and(|seen| seen.interpreted.is_recipient() && seen.addresses().contains(address)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the identity waits, itself or through others, for one of these addresses, which the contact that has them is
/// to give up: each would wait for the other for ever.
fn waits_in_a_circle(
    workspace: &mut Workspace<'_>,
    identity: IdentityId,
    target: ConnectorId,
    given_up: &[String],
) -> Result<bool, NeighbourhoodError> {
    let mut met: BTreeSet<IdentityId> = BTreeSet::new();
    let mut addresses: Vec<String> = given_up.to_vec();
    while let Some(address) = addresses.pop() {
        for other in reserving(workspace, target, &address)? {
            let state = workspace
                .identity(other)?
                .and_then(|other| other.exports.iter().find(|state| state.connector == target));
            let Some(anchor) = state.and_then(|state| {
                // Who is about to get it waits no longer.
                let gets = reserved_addresses(state).contains(&address);
                state.anchor.clone().filter(|_| !gets)
            }) else {
                continue;
            };
            if other == identity {
                return Ok(true);
            }
            if met.len() < LONGEST_CIRCLE
                && met.insert(other)
                && let Some(contact) = workspace.live_object(&ObjectKey::new(target, anchor))?
            {
                addresses.extend_from_slice(contact.addresses());
            }
        }
    }
    Ok(false)
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
    let given_up = {
        let mut after = view.entry.edit();
        changes.iter().for_each(|change| after.set(change.attribute, change.new.clone()));
        claimed(&view.entry, &after.build())
    };
    let (own, target) = (work.identity.id, work.target.id);
    let mut held = Vec::new();
    for address in claimed(&desired, &view.entry) {
        let owner = taken(workspace, own, target, std::slice::from_ref(&address))?;
        let Some((_, mut owner)) = owner else { continue };
        // Of people who swap addresses one goes first: for a moment two contacts have what nobody else has.
        if let Owner::GivesUp(other, _) = &owner
            && waits_in_a_circle(workspace, *other, target, &given_up)?
        {
            let key = IndexKey::address(target, &address);
            match planned_owner(workspace, own, target, key, &address)? {
                Some(planned) => owner = planned,
                None => continue,
            }
        }
        report_taken(workspace, work, &address, &owner, subject);
        held.push(address);
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
        Owner::GivesUp(_, dn) => subject.notice(
            codes::ADDRESS_IN_USE,
            None,
            format!("{address} still belongs to our contact {dn} in {target}, which gives it up first."),
            "Nothing to do: the change follows in the next round.",
        ),
        Owner::Recipient(dn) => subject.problem(
            codes::ADDRESS_IN_USE,
            None,
            format!("{address} belongs to {dn} in {target}; what would take it is held."),
            "Remove the address from one of the two.",
        ),
        Owner::Duplicate(dn) => subject.problem(
            codes::ADDRESS_IN_USE,
            None,
            format!("{address} belongs to {dn} in {target}, which is not ours; what would take it is held."),
            "Delete that contact, or remove the address from it.",
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
