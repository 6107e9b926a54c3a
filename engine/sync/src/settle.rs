//! Settles one identity: who speaks, what every target should hold, what is planned there.

use std::collections::BTreeSet;

use madrigal_model::{
    ChangeKind, ConnectorId, ExportState, Identity, IdentityId, IndexKey, KeyOwner, Link, ObjectKey,
    Timestamp, Value, ValueRef,
};

use crate::interpret::Given;
use crate::keys::addresses_of;
use crate::members::Members;
use crate::names;
use crate::resolve::{remembered_key, resolve};
use crate::synchronize::Progress;
use crate::target::{Settled, settle_target};
use crate::topology::Topology;
use crate::uniqueness::reserved_addresses;
use crate::workspace::{NeighbourhoodError, Workspace};

/// What settling an identity leaves for the commit, beside what lies in the workspace.
pub(crate) struct SettledIdentity {
    pub id: IdentityId,
    pub due: Option<Timestamp>,
    /// For each export state, in order, the keys under which it is found.
    pub export_keys: Vec<Vec<IndexKey>>,
}

/// Settles the identity; none where it is forgotten.
pub(crate) fn settle(
    workspace: &mut Workspace<'_>,
    id: IdentityId,
    progress: &Progress,
) -> Result<Option<SettledIdentity>, NeighbourhoodError> {
    workspace.begin_turn(id);
    workspace.identity_problems.insert(id, Vec::new());
    find_contacts(workspace, id)?;
    let Some(mut identity) = workspace.take_identity(id)? else {
        return Ok(None);
    };
    let mut members = Members::of(workspace, &identity)?;
    release_duplicates(workspace, &identity, &mut members)?;
    learn_legacy_dns(&mut identity, &members);
    identity.authority = members.authority(identity.authority.as_ref()).map(|seen| seen.object.key.clone());

    let before = std::mem::take(&mut identity.exports);
    let mut exports: Vec<ExportState> = Vec::new();
    let mut export_keys = Vec::new();
    let mut due: Option<Timestamp> = None;
    for target in targets(workspace, &members, &before) {
        let state = before.iter().find(|state| state.connector == target).cloned();
        let was_visible = state.as_ref().map(visibility);
        let Settled { state, due: target_due, wanted_addresses } =
            settle_target(workspace, &identity, &members, target, state, progress)?;
        // In change files a later change takes the place of the one that reserved an address, and nobody is told.
        let waits = !wanted_addresses.is_empty() && !progress.confirms(target);
        let asks_again = waits.then(|| workspace.now.plus_seconds(progress.confirm_within_seconds));
        due = [due, target_due, asks_again].into_iter().flatten().min();
        if was_visible != state.as_ref().map(visibility) {
            workspace.wake_referrers(&identity.links);
        }
        if let Some(state) = state {
            let keys = keys_of(&identity, &state, &wanted_addresses);
            keys.iter().for_each(|key| workspace.reserve(*key, KeyOwner::Export(id, target)));
            export_keys.push(keys);
            exports.push(state);
        }
    }
    // Whoever waits for an address or a name that was planned here and is no longer looks again.
    for state in &before {
        let mut freed = keys_of(&identity, state, &[]);
        if !exports.iter().any(|kept| kept.connector == state.connector) {
            // What a change reserved that the delete took the place of stands in the merge base alone.
            let ours = addresses_of(&state.baseline);
            let reserved = |address: &String| IndexKey::reserved(IndexKey::address(state.connector, address));
            freed.extend(ours.iter().map(reserved));
        }
        let kept = |key: &IndexKey| export_keys.iter().any(|keys| keys.contains(key));
        workspace.wake.extend(freed.into_iter().filter(|key| !kept(key)));
    }
    identity.exports = exports;
    // Laid back before the identity may be forgotten: unlinking looks at it.
    let links = current_links(workspace, &identity)?;
    let forgotten = identity.exports.is_empty()
        && members.sources.is_empty()
        && members.contacts.is_empty()
        && !links.iter().any(|key| is_out_of_sight(workspace.topology, key));
    identity.links = links;
    workspace.put_identity(identity);
    if forgotten {
        for duplicate in &members.duplicates {
            workspace.set_link(&duplicate.object.key, None)?;
            workspace.wake_objects.insert(duplicate.object.key.clone());
        }
        workspace.forget_identity(id);
        return Ok(None);
    }
    Ok(Some(SettledIdentity { id, due, export_keys }))
}

/// Links the contacts of ours that an import has shown and whose turn has not come: else a second one would be planned,
/// and the first would be in the way of its own name.
fn find_contacts(workspace: &mut Workspace<'_>, id: IdentityId) -> Result<(), NeighbourhoodError> {
    let topology = workspace.topology;
    let Some(identity) = workspace.identity(id)? else { return Ok(()) };
    let sources = identity.links.iter().filter_map(|key| contacts_of(topology, identity, key));
    for source in sources.collect::<Vec<_>>() {
        for owner in workspace.owners(source)? {
            if let KeyOwner::Object(contact) = owner
                && workspace.link(&contact)?.is_none()
                && workspace.live_object(&contact)?.is_some()
            {
                resolve(workspace, &contact)?;
            }
        }
    }
    Ok(())
}

/// The key under which contacts of the object are found, where one may be that the identity does not know.
pub(crate) fn contacts_of(topology: &Topology, identity: &Identity, source: &ObjectKey) -> Option<IndexKey> {
    let mut targets =
        topology.shares.iter().filter(|share| share.from == source.connector).flat_map(|s| &s.to);
    let is_known = |target: &ConnectorId| identity.links.iter().any(|link| link.connector == *target);
    let connector = topology.connector(source.connector)?;
    targets
        .any(|target| !is_known(target))
        .then(|| IndexKey::stamp(&format!("{}/{}", connector.name, source.anchor)))
}

/// Whether the object's directory is not in the configuration: nothing is known of the object, and it may come back.
fn is_out_of_sight(topology: &Topology, object: &ObjectKey) -> bool {
    topology.connector(object.connector).is_none()
}

/// The links that stand after this batch: what is gone or moved to another identity is left out.
fn current_links(
    workspace: &mut Workspace<'_>,
    identity: &Identity,
) -> Result<Vec<ObjectKey>, NeighbourhoodError> {
    let mut links = Vec::new();
    for key in workspace.identity(identity.id)?.map(|known| known.links.clone()).unwrap_or_default() {
        let link: Option<Link> = workspace.link(&key)?;
        if is_out_of_sight(workspace.topology, &key) || link.is_some_and(|link| link.identity == identity.id)
        {
            links.push(key);
        }
    }
    Ok(links)
}

/// Every directory that the identity may have, has or had a contact in.
fn targets(workspace: &Workspace<'_>, members: &Members, before: &[ExportState]) -> BTreeSet<ConnectorId> {
    let shared = workspace.topology.targets().map(|target| target.id);
    let known = before.iter().map(|state| state.connector);
    let seen = members.contacts.iter().map(|seen| seen.object.key.connector);
    shared.chain(known).chain(seen).collect()
}

/// A contact of somebody else that no longer matches the person is let go.
fn release_duplicates(
    workspace: &mut Workspace<'_>,
    identity: &Identity,
    members: &mut Members,
) -> Result<(), NeighbourhoodError> {
    let sources = std::mem::take(&mut members.sources);
    // What made it join may be all that is remembered of somebody who left: releasing it then would let it join again.
    let is_remembered = |seek: &crate::interpret::Seek| {
        let remembered = |value: &String| {
            identity.remembered_keys.contains(&remembered_key(&seek.kind, value).into_boxed_str())
        };
        seek.values.iter().any(remembered)
    };
    let matches = |seen: &crate::workspace::Seen| {
        seen.interpreted.seeks.iter().any(|seek| {
            is_remembered(seek)
                || sources.iter().flat_map(|source| &source.interpreted.publishes).any(|(kind, value)| {
                    *kind == seek.kind && seek.values.iter().any(|sought| sought.eq_ignore_ascii_case(value))
                })
        })
    };
    let (kept, released): (Vec<_>, Vec<_>) =
        std::mem::take(&mut members.duplicates).into_iter().partition(|seen| {
            matches(seen) || matches!(seen.interpreted.standing, crate::interpret::Standing::Ours(_))
        });
    members.sources = sources;
    members.duplicates = kept;
    for seen in released {
        workspace.set_link(&seen.object.key, None)?;
        workspace.wake_objects.insert(seen.object.key.clone());
    }
    Ok(())
}

/// Collects every `legacyExchangeDN` that one of the objects or contacts has: kept for ever, so that replies to old
/// cached entries still arrive.
fn learn_legacy_dns(identity: &mut Identity, members: &Members) {
    let mut learn = |dn: &str| {
        let known = identity.legacy_dns.iter().any(|known| known.eq_ignore_ascii_case(dn));
        if !known && !dn.is_empty() {
            identity.legacy_dns.push(dn.into());
        }
    };
    for source in &members.sources {
        for contribution in &source.interpreted.contributions {
            if contribution.attribute == *names::NEUTRAL_LEGACY_DN
                && let Given::Values(values) = &contribution.given
            {
                values.iter().filter_map(Value::as_text).for_each(&mut learn);
            }
        }
    }
    for contact in members.contacts.iter().chain(&members.duplicates) {
        contact.object.entry.get(*names::LEGACY_DN).iter().filter_map(ValueRef::as_text).for_each(&mut learn);
    }
    identity.legacy_dns.sort_unstable();
}

/// What others see of a contact when they refer to it.
fn visibility(state: &ExportState) -> (Option<madrigal_model::Anchor>, bool, bool) {
    // What else is planned for one that is there is nothing to those who refer to it. One that was made and not seen yet
    // may have its anchor from the directory's answer, and is found by it only when it was seen.
    let is_made = state.unconfirmed.as_ref().is_some_and(|sent| sent.export.kind == ChangeKind::Add);
    let is_coming =
        is_made || state.anchor.is_none() && (state.pending.is_some() || state.unconfirmed.is_some());
    (state.anchor.clone(), state.hidden.is_some(), is_coming)
}

fn keys_of(identity: &Identity, state: &ExportState, wanted_addresses: &[String]) -> Vec<IndexKey> {
    let target = state.connector;
    let mut addresses = reserved_addresses(state);
    addresses.extend_from_slice(wanted_addresses);
    let mut keys: Vec<IndexKey> =
        addresses.iter().map(|address| IndexKey::reserved(IndexKey::address(target, address))).collect();
    for decision in &state.decisions {
        let Some(value) = decision.value.as_text() else { continue };
        if decision.attribute == *names::MAIL_NICKNAME {
            let nickname = crate::keys::address_key("nickname", value);
            keys.push(IndexKey::reserved(IndexKey::address(target, &nickname)));
        } else if let Some(container) = state.dn.parent() {
            keys.push(IndexKey::reserved(IndexKey::name(target, &container, value)));
        }
    }
    for remembered in &identity.remembered_keys {
        if let Some((kind, value)) = remembered.split_once(':') {
            keys.push(IndexKey::join(kind, value));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}
