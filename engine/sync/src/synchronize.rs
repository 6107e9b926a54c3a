//! The synchronous driver: one batch of dirty objects and identities in, everything that follows from it out.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use madrigal_model::{ConnectorId, Identity, IdentityId, IndexKey, Link, ObjectKey, Problem, Timestamp};

use crate::prefetch::{prefetch_joins, prefetch_members};
use crate::resolve::resolve;
use crate::settle::settle;
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
    /// Those of them that changed in nothing that others look at: whoever would be woken was woken before.
    pub quiet: BTreeSet<ObjectKey>,
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
    workspace.quiet = &batch.quiet;
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
