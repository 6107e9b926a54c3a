//! Who must be looked at because an object changed: those who refer to it, who seek it, who have or want its addresses,
//! and who may take the place that it leaves.

use madrigal_model::{IdentityId, IndexKey, KeyOwner, Link, LinkKind, ObjectKey};

use crate::interpret::Standing;
use crate::keys::claims_of;
use crate::workspace::{NeighbourhoodError, Seen, Workspace};

/// Whoever refers to one of the identity's objects may now refer to another one in some target.
pub(crate) fn wake_referrers(
    workspace: &mut Workspace<'_>,
    identity: IdentityId,
) -> Result<(), NeighbourhoodError> {
    let links = workspace.identity(identity)?.map(|identity| identity.links.clone()).unwrap_or_default();
    workspace.wake_referrers(&links);
    Ok(())
}

/// Objects that belong to nobody and look for a value that this one publishes are looked at again, and so are twins of
/// others.
pub(crate) fn wake_seekers(workspace: &mut Workspace<'_>, seen: &Seen) -> Result<(), NeighbourhoodError> {
    let own = workspace.link(&seen.object.key)?.map(|link| link.identity);
    for (kind, value) in &seen.interpreted.publishes {
        for owner in workspace.owners(IndexKey::seek(kind, value))? {
            let KeyOwner::Object(seeker) = owner else { continue };
            if seeker == seen.object.key {
                continue;
            }
            let wakes = match workspace.link(&seeker)?.map(|link| link.identity) {
                None => true,
                same if same == own => false,
                Some(_) => is_twin(workspace, &seeker)?,
            };
            if wakes {
                workspace.wake_objects.insert(seeker);
            }
        }
    }
    Ok(())
}

/// One connector gives an identity one object. Where a twin leaves, another that seeks the person may take its place.
pub(crate) fn wake_for_its_place(
    workspace: &mut Workspace<'_>,
    twin: &Seen,
    left: &Link,
) -> Result<(), NeighbourhoodError> {
    if !left.kind.is_own_object() || twin.interpreted.is_source() {
        return Ok(());
    }
    let links = workspace.identity(left.identity)?.map(|identity| identity.links.clone()).unwrap_or_default();
    for member in links.iter().filter(|member| **member != twin.object.key) {
        if let Some(source) = workspace.live_object(member)?
            && source.interpreted.is_source()
        {
            wake_seekers(workspace, &source)?;
        }
    }
    Ok(())
}

fn is_twin(workspace: &mut Workspace<'_>, object: &ObjectKey) -> Result<bool, NeighbourhoodError> {
    let seen = workspace.live_object(object)?;
    Ok(seen.is_some_and(|seen| matches!(seen.interpreted.standing, Standing::Twin)))
}

/// Whoever holds, plans or waits for an address of this object in its directory is looked at again: a hidden contact
/// of ours must give it up, and somebody may have been waiting for it.
pub(crate) fn wake_address_owners(
    workspace: &mut Workspace<'_>,
    seen: &Seen,
) -> Result<(), NeighbourhoodError> {
    let connector = seen.object.key.connector;
    if workspace.topology.targets().all(|target| target.id != connector) {
        return Ok(());
    }
    for address in seen.addresses() {
        let key = IndexKey::address(connector, address);
        let mut owners = workspace.owners(key)?;
        owners.extend(workspace.owners(IndexKey::reserved(key))?);
        for owner in owners {
            let identity = match owner {
                KeyOwner::Object(other) if other != seen.object.key => {
                    let link = workspace.link(&other)?;
                    link.filter(|link| link.kind == LinkKind::Provisioned).map(|link| link.identity)
                }
                KeyOwner::Export(identity, _) => Some(identity),
                KeyOwner::Object(_) => None,
            };
            let own = workspace.link(&seen.object.key)?.map(|link| link.identity);
            if let Some(identity) = identity.filter(|identity| Some(*identity) != own) {
                workspace.wake_identities.insert(identity);
            }
        }
    }
    Ok(())
}

/// A contact that makes room for an address of this object need not, where nobody publishes the object any more.
pub(crate) fn wake_who_makes_room(
    workspace: &mut Workspace<'_>,
    seen: &Seen,
) -> Result<(), NeighbourhoodError> {
    let keys = claims_of(workspace.topology, seen.object.key.connector, seen.addresses());
    let own = workspace.link(&seen.object.key)?.map(|link| link.identity);
    workspace.prefetch_owners(keys.iter().copied())?;
    for key in keys {
        for owner in workspace.owners(key)? {
            if let KeyOwner::Export(identity, _) = owner
                && Some(identity) != own
            {
                workspace.wake_identities.insert(identity);
            }
        }
    }
    Ok(())
}
