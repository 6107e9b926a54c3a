//! What a batch will most likely ask of the neighbourhood, asked at once: each question for itself is a way to the store.
//! Whatever is not guessed here is asked when it is needed, so that nothing here decides anything.

use std::collections::BTreeSet;
use std::rc::Rc;

use madrigal_model::{ConnectorId, IdentityId, IndexKey, KeyOwner, LinkKind, ObjectKey, ValueRef};

use crate::interpret::Standing;
use crate::keys::address_key;
use crate::names;
use crate::settle::contacts_of;
use crate::synchronize::Batch;
use crate::workspace::{NeighbourhoodError, Seen, Workspace};

/// Asks at once for what resolving the batch's objects will ask for one by one.
pub(crate) fn prefetch_joins(workspace: &mut Workspace<'_>, batch: &Batch) -> Result<(), NeighbourhoodError> {
    workspace.prefetch_objects(batch.objects.iter().cloned())?;
    let mut keys = Vec::new();
    let (mut sources, mut stamped) = (Vec::new(), Vec::new());
    for key in &batch.objects {
        let Some(seen) = workspace.object(key)? else { continue };
        if let Standing::Ours(stamp) = &seen.interpreted.standing {
            stamped.push(stamp.identity);
            let connector = workspace.topology.connector_named(&stamp.source_connector);
            sources
                .extend(connector.map(|connector| ObjectKey::new(connector.id, stamp.source_anchor.clone())));
        }
        if workspace.is_quiet(&seen) {
            continue;
        }
        let is_target = workspace.topology.targets().any(|target| target.id == key.connector);
        if is_target {
            for address in seen.addresses() {
                let address = IndexKey::address(key.connector, address);
                keys.extend([address, IndexKey::reserved(address)]);
            }
        }
        if seen.interpreted.is_source() {
            keys.extend(seen.interpreted.publishes.iter().map(|(kind, value)| IndexKey::seek(kind, value)));
        }
        if seen.object.link.is_none() && !matches!(seen.interpreted.standing, Standing::Ours(_)) {
            let seeks = seen.interpreted.seeks.iter();
            keys.extend(
                seeks.flat_map(|seek| seek.values.iter().map(|value| IndexKey::join(&seek.kind, value))),
            );
            let name = workspace.topology.connector(key.connector).map(|connector| connector.name.as_str());
            keys.push(IndexKey::stamp(&format!("{}/{}", name.unwrap_or_default(), key.anchor)));
        }
    }
    prefetch_owned(workspace, keys)?;
    workspace.prefetch_objects(sources.iter().cloned())?;
    for key in &sources {
        stamped.extend(workspace.link(key)?.map(|link| link.identity));
    }
    let linked: Vec<IdentityId> = linked_identities(workspace, batch)?;
    workspace.prefetch_identities(linked.into_iter().chain(stamped))
}

/// Asks at once for the members of the identities and whom they refer to; gives who refers to whom, in order.
pub(crate) fn prefetch_members(
    workspace: &mut Workspace<'_>,
    affected: &BTreeSet<IdentityId>,
) -> Result<Vec<(IdentityId, IdentityId)>, NeighbourhoodError> {
    workspace.prefetch_identities(affected.iter().copied())?;
    let mut members = Vec::new();
    for id in affected {
        members.extend(workspace.identity(*id)?.map(|identity| identity.links.clone()).unwrap_or_default());
    }
    workspace.prefetch_objects(members.iter().cloned())?;
    let likely = likely_keys(workspace, &members)?;
    prefetch_owned(workspace, likely)?;
    let mut referenced: Vec<(IdentityId, ObjectKey)> = Vec::new();
    for key in &members {
        let Some(identity) = workspace.link(key)?.map(|link| link.identity) else { continue };
        let Some(seen) = workspace.object(key)? else { continue };
        for (_, values) in seen.object.entry.iter() {
            for value in values.iter() {
                if let ValueRef::Object(anchor) = value {
                    let to = ObjectKey::new(key.connector, madrigal_model::Anchor::new(anchor));
                    referenced.push((identity, to));
                }
            }
        }
    }
    workspace.prefetch_objects(referenced.iter().map(|(_, key)| key.clone()))?;
    let mut references = Vec::with_capacity(referenced.len());
    for (from, key) in &referenced {
        references.extend(workspace.link(key)?.map(|link| (*from, link.identity)));
    }
    workspace.prefetch_identities(references.iter().map(|(_, to)| *to))?;
    references.sort_unstable();
    references.dedup();
    Ok(references)
}

/// Asks at once for who owns the keys, for those objects, and for the identities that they belong to.
fn prefetch_owned(workspace: &mut Workspace<'_>, keys: Vec<IndexKey>) -> Result<(), NeighbourhoodError> {
    workspace.prefetch_owners(keys.iter().copied())?;
    let (mut objects, mut identities) = (Vec::new(), Vec::new());
    for key in keys {
        for owner in workspace.owners(key)? {
            match owner {
                KeyOwner::Object(object) => objects.push(object),
                KeyOwner::Export(identity, _) => identities.push(identity),
            }
        }
    }
    workspace.prefetch_objects(objects.iter().cloned())?;
    for object in &objects {
        identities.extend(workspace.link(object)?.map(|link| link.identity));
    }
    workspace.prefetch_identities(identities)
}

/// The keys that planning the members' contacts will most likely ask for: first names, nicknames, addresses. Of what a
/// contact has already only its nickname is asked again.
fn likely_keys(
    workspace: &mut Workspace<'_>,
    members: &[ObjectKey],
) -> Result<Vec<IndexKey>, NeighbourhoodError> {
    let topology = workspace.topology;
    let mut keys = Vec::new();
    for key in members {
        let Some(seen) = workspace.object(key)? else { continue };
        if !seen.interpreted.is_recipient() {
            continue;
        }
        let mut linked = Vec::new();
        if let Some(link) = workspace.link(key)?
            && let Some(identity) = workspace.identity(link.identity)?
        {
            keys.extend(contacts_of(topology, identity, key));
            linked.clone_from(&identity.links);
        }
        let (name, nickname) =
            (seen.interpreted.first_text(*names::CN), seen.interpreted.first_text(*names::MAIL_NICKNAME));
        let mut addresses = seen.addresses().to_vec();
        for (prefix, attribute) in [("sip", *names::SIP), ("smtp", *names::ROUTING_ADDRESS)] {
            addresses
                .extend(seen.interpreted.first_text(attribute).map(|address| address_key(prefix, address)));
        }
        addresses.extend(nickname.map(|nickname| address_key("nickname", nickname)));
        let shares = topology.shares.iter().filter(|share| share.from == key.connector);
        for (share, target) in shares.flat_map(|share| share.to.iter().map(move |target| (share, *target))) {
            let contact = contact_among(workspace, &linked, target)?;
            let container = topology.connector(target).and_then(|target| target.container.as_ref());
            if let (Some(container), Some(name)) = (share.container.as_ref().or(container), name) {
                let dn = contact.as_ref().map(|contact| &contact.object.dn);
                let is_there = dn.and_then(|dn| dn.parent()).is_some_and(|parent| parent.same_as(container));
                let given = dn.filter(|_| is_there).and_then(|dn| dn.rdn_value());
                if !given.is_some_and(|given| given.starts_with(name)) {
                    keys.push(IndexKey::name(target, container, name));
                    if let Some(nickname) = nickname.filter(|_| !name.is_ascii()) {
                        keys.push(IndexKey::name(target, container, &format!("{name}({nickname})")));
                    }
                }
            }
            let is_asked = |address: &&String| {
                let has = |contact: &Rc<Seen>| contact.addresses().contains(address);
                address.starts_with("nickname:") || !contact.as_ref().is_some_and(has)
            };
            let asked = addresses.iter().filter(is_asked);
            keys.extend(asked.map(|address| IndexKey::address(target, address)));
        }
    }
    let reserved: Vec<IndexKey> = keys.iter().copied().map(IndexKey::reserved).collect();
    keys.extend(reserved);
    Ok(keys)
}

/// Our contact in the target, among the objects of an identity.
fn contact_among(
    workspace: &mut Workspace<'_>,
    linked: &[ObjectKey],
    target: ConnectorId,
) -> Result<Option<Rc<Seen>>, NeighbourhoodError> {
    for key in linked.iter().filter(|key| key.connector == target) {
        if workspace.link(key)?.is_some_and(|link| link.kind == LinkKind::Provisioned) {
            return workspace.object(key);
        }
    }
    Ok(None)
}

fn linked_identities(
    workspace: &mut Workspace<'_>,
    batch: &Batch,
) -> Result<Vec<IdentityId>, NeighbourhoodError> {
    let mut identities = batch.identities.clone();
    for key in &batch.objects {
        if let Some(seen) = workspace.object(key)? {
            let projected = workspace.topology.connector(key.connector);
            let projected =
                projected.map(|connector| IdentityId::projected_by(&connector.name, key.anchor.as_bytes()));
            identities.extend(seen.object.link.as_ref().map(|link| link.identity).or(projected));
        }
    }
    Ok(identities)
}
