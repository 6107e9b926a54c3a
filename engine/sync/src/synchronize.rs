//! The synchronous driver: one batch of dirty objects and identities in, everything that follows from it out.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use madrigal_model::{
    ConnectorId, Identity, IdentityId, IndexKey, KeyOwner, Link, ObjectKey, Problem, Timestamp, ValueRef,
};

use crate::interpret::Standing;
use crate::keys::address_key;
use crate::names;
use crate::resolve::resolve;
use crate::settle::{contacts_of, settle};
use crate::topology::Topology;
use crate::workspace::{Neighbourhood, NeighbourhoodError, Workspace};

/// How far each connector's imports have come, and what their imports can tell.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// For each connector, how many imports were walked to their end.
    pub imports_complete: BTreeMap<ConnectorId, u64>,
    /// Connectors whose next import does not show what an export did.
    pub unconfirming: BTreeSet<ConnectorId>,
    /// The latest time at which a run is known to have begun: the clock may stand before it.
    pub latest: Timestamp,
    /// After how long an export that no snapshot shows is planned again, in seconds.
    pub confirm_within_seconds: i64,
}

impl Progress {
    pub(crate) fn imports_complete(&self, connector: ConnectorId) -> u64 {
        self.imports_complete.get(&connector).copied().unwrap_or(0)
    }

    pub(crate) fn confirms(&self, connector: ConnectorId) -> bool {
        !self.unconfirming.contains(&connector)
    }
}

/// What waits for a sync.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Objects of connector spaces that changed.
    pub objects: Vec<ObjectKey>,
    /// Identities that somebody marked, or whose time has come.
    pub identities: Vec<IdentityId>,
}

/// An identity as it is from now on.
#[derive(Clone, Debug)]
pub struct IdentityOutcome {
    /// The identity with its export states.
    pub identity: Identity,
    /// When it must be looked at again though nothing changed.
    pub due: Option<Timestamp>,
    /// For each export state, in order, the keys under which it is found.
    pub export_keys: Vec<Vec<IndexKey>>,
}

/// Everything that follows from a batch: to be kept whole, or not at all.
#[derive(Clone, Debug, Default)]
pub struct SyncOutcome {
    /// Links that were made, changed or taken away.
    pub links: Vec<(ObjectKey, Option<Link>)>,
    /// Objects that were gone and are forgotten.
    pub forgotten: Vec<ObjectKey>,
    /// Identities as they are now.
    pub identities: Vec<IdentityOutcome>,
    /// Identities that are forgotten.
    pub identities_forgotten: Vec<IdentityId>,
    /// Owners of these keys must be looked at.
    pub wake: Vec<IndexKey>,
    /// These objects must be looked at.
    pub wake_objects: Vec<ObjectKey>,
    /// These identities must be looked at.
    pub wake_identities: Vec<IdentityId>,
    /// The problems of every object that was looked at.
    pub object_problems: Vec<(ObjectKey, Vec<Problem>)>,
    /// The problems of every identity that was looked at.
    pub identity_problems: Vec<(IdentityId, Vec<Problem>)>,
}

/// Draws every consequence of a batch. Pure: the same neighbourhood, batch and time give the same outcome.
///
/// # Errors
/// What the neighbourhood fails with; then nothing of the batch counts.
pub fn synchronize(
    topology: &Topology,
    neighbourhood: &mut dyn Neighbourhood,
    batch: &Batch,
    progress: &Progress,
    now: Timestamp,
) -> Result<SyncOutcome, NeighbourhoodError> {
    let mut workspace = Workspace::new(topology, neighbourhood, now);
    prefetch_joins(&mut workspace, batch)?;
    let mut affected: BTreeSet<IdentityId> = batch.identities.iter().copied().collect();
    for key in &batch.objects {
        affected.extend(resolve(&mut workspace, key)?);
    }
    let references = prefetch_members(&mut workspace, &affected)?;
    let mut settled = BTreeMap::new();
    for id in referenced_first(&affected, &references) {
        if let Some(identity) = settle(&mut workspace, id, progress)? {
            settled.insert(identity.id, identity);
        }
    }
    let overtaken = workspace.overtaken_referrers()?;
    workspace.wake_objects.extend(overtaken);
    let mut outcome = SyncOutcome {
        links: workspace.decided_links(),
        forgotten: std::mem::take(&mut workspace.forgotten),
        wake: std::mem::take(&mut workspace.wake).into_iter().collect(),
        wake_objects: std::mem::take(&mut workspace.wake_objects).into_iter().collect(),
        wake_identities: std::mem::take(&mut workspace.wake_identities).into_iter().collect(),
        object_problems: std::mem::take(&mut workspace.object_problems).into_iter().collect(),
        identity_problems: std::mem::take(&mut workspace.identity_problems).into_iter().collect(),
        ..SyncOutcome::default()
    };
    for (id, identity) in workspace.touched_identities() {
        match (identity, settled.remove(&id)) {
            (Some(identity), Some(settled)) => outcome.identities.push(IdentityOutcome {
                identity,
                due: settled.due,
                export_keys: settled.export_keys,
            }),
            // Touched from outside its turn (an object left it for another identity): it gets a turn of its own.
            (Some(_), None) => outcome.wake_identities.push(id),
            (None, _) => outcome.identities_forgotten.push(id),
        }
    }
    Ok(outcome)
}

/// Asks at once for what resolving the batch's objects will ask for one by one.
fn prefetch_joins(workspace: &mut Workspace<'_>, batch: &Batch) -> Result<(), NeighbourhoodError> {
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

/// The keys that planning the members' contacts will most likely ask for: first names, nicknames, addresses.
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
        if let Some(link) = workspace.link(key)?
            && let Some(identity) = workspace.identity(link.identity)?
        {
            keys.extend(contacts_of(topology, identity, key));
        }
        let (name, nickname) =
            (seen.interpreted.first_text(*names::CN), seen.interpreted.first_text(*names::MAIL_NICKNAME));
        let mut addresses = seen.addresses().to_vec();
        for (prefix, attribute) in [("sip", *names::SIP), ("smtp", *names::ROUTING_ADDRESS)] {
            addresses
                .extend(seen.interpreted.first_text(attribute).map(|address| address_key(prefix, address)));
        }
        let shares = topology.shares.iter().filter(|share| share.from == key.connector);
        for (share, target) in shares.flat_map(|share| share.to.iter().map(move |target| (share, *target))) {
            let container = topology.connector(target).and_then(|target| target.container.as_ref());
            if let (Some(container), Some(name)) = (share.container.as_ref().or(container), name) {
                keys.push(IndexKey::name(target, container, name));
                if let Some(nickname) = nickname.filter(|_| !name.is_ascii()) {
                    keys.push(IndexKey::name(target, container, &format!("{name}({nickname})")));
                }
            }
            keys.extend(
                nickname.map(|nickname| IndexKey::address(target, &address_key("nickname", nickname))),
            );
            keys.extend(addresses.iter().map(|address| IndexKey::address(target, address)));
        }
    }
    let reserved: Vec<IndexKey> = keys.iter().copied().map(IndexKey::reserved).collect();
    keys.extend(reserved);
    Ok(keys)
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

/// The identities in an order in which whoever is referred to comes before those who refer to him, as far as that goes:
/// they then see at once what is planned for him.
fn referenced_first(
    affected: &BTreeSet<IdentityId>,
    references: &[(IdentityId, IdentityId)],
) -> Vec<IdentityId> {
    let mut order = Vec::with_capacity(affected.len());
    let mut begun = HashSet::with_capacity(affected.len());
    for first in affected {
        // Each with those referred to that are still to be looked at.
        let mut path: Vec<(IdentityId, usize)> = Vec::new();
        if begun.insert(*first) {
            path.push((*first, references.partition_point(|(from, _)| from < first)));
        }
        while let Some((id, at)) = path.last_mut() {
            match references.get(*at).filter(|(from, _)| from == id) {
                Some((_, to)) => {
                    *at += 1;
                    if affected.contains(to) && begun.insert(*to) {
                        path.push((*to, references.partition_point(|(from, _)| from < to)));
                    }
                }
                None => {
                    order.push(*id);
                    path.pop();
                }
            }
        }
    }
    order
}

/// Asks at once for the members of the identities and whom they refer to; gives who refers to whom, in order.
fn prefetch_members(
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
