//! Which identity an object belongs to: by its stamp, by a join, by projecting a new one, or to none.

use std::collections::BTreeSet;
use std::rc::Rc;

use madrigal_model::{ChangeKind, ConnectorId, IdentityId, IndexKey, KeyOwner, Link, LinkKind, ObjectKey};

use crate::codes::{self, Subject};
use crate::interpret::{Seek, Standing};
use crate::kinship::{awaited, led_to, publishes, stamped};
use crate::stamp::Stamp;
use crate::wake::{
    wake_address_owners, wake_for_its_place, wake_referrers, wake_seekers, wake_who_makes_room,
};
use crate::workspace::{NeighbourhoodError, Seen, Workspace};

/// What the join groups found.
enum Joined {
    Nobody,
    One(IdentityId, String),
    Several(Vec<IdentityId>, String),
}

/// Decides the link of one dirty object and gives the identities that must be settled because of it.
pub(crate) fn resolve(
    workspace: &mut Workspace<'_>,
    key: &ObjectKey,
) -> Result<BTreeSet<IdentityId>, NeighbourhoodError> {
    let mut affected = BTreeSet::new();
    workspace.object_problems.insert(key.clone(), Vec::new());
    let before = workspace.link(key)?;
    affected.extend(before.as_ref().map(|link| link.identity));
    let Some(seen) = workspace.object(key)? else {
        return Ok(affected);
    };
    let is_quiet = workspace.is_quiet(&seen) && before == seen.object.link;
    if !is_quiet {
        wake_address_owners(workspace, &seen)?;
    }
    if seen.gone || !seen.interpreted.is_recipient() {
        wake_who_makes_room(workspace, &seen)?;
    }
    if seen.gone {
        if seen.interpreted.is_source() {
            wake_seekers(workspace, &seen)?;
        }
        if let Some(link) = &before {
            remember(workspace, link.identity, &seen)?;
            wake_for_its_place(workspace, &seen, link)?;
        }
        workspace.set_link(key, None)?;
        workspace.forgotten.push(key.clone());
        return Ok(affected);
    }
    record_failures(workspace, &seen);
    let before_link = before.clone();
    let link = decide(workspace, &seen, before)?;
    affected.extend(link.as_ref().map(|link| link.identity));
    if let Some(link) = &link {
        workspace.make_identity(link.identity)?;
    }
    if let Some(left) = &before_link
        && link.as_ref().is_none_or(|link| link.identity != left.identity)
    {
        wake_for_its_place(workspace, &seen, left)?;
    }
    workspace.set_link(key, link.clone())?;
    if let Some(link) = link.as_ref().filter(|link| before_link.as_ref() != Some(*link))
        && seen.interpreted.is_source()
    {
        affected.extend(gather_contacts(workspace, key, link.identity)?);
        wake_referrers(workspace, link.identity)?;
    }
    if seen.interpreted.standing == Standing::Twin && link != before_link {
        workspace.wake_referrers(std::slice::from_ref(key));
    }
    if link.is_some() && seen.interpreted.is_source() && !(is_quiet && link == before_link) {
        wake_seekers(workspace, &seen)?;
    }
    Ok(affected)
}

fn decide(
    workspace: &mut Workspace<'_>,
    seen: &Rc<Seen>,
    before: Option<Link>,
) -> Result<Option<Link>, NeighbourhoodError> {
    let key = &seen.object.key;
    if let Standing::Ours(stamp) = &seen.interpreted.standing {
        return ours(workspace, seen, stamp, before);
    }
    match before {
        // A stored decision: what joined once stays, whatever its values say now.
        Some(link) if link.kind.is_own_object() && seen.interpreted.is_source() => {
            return Ok(Some(link));
        }
        // Our contact, and somebody took the stamp away: it stays linked, and it will not be deleted.
        Some(link)
            if link.kind == LinkKind::Provisioned
                && !was_given_back(workspace, link.identity, key.connector)? =>
        {
            return Ok(Some(link));
        }
        _ => {}
    }
    let link = |identity, kind, because: String| Link { identity, kind, because: because.into() };
    if seen.interpreted.is_source()
        && let Some(identity) = stamped(workspace, key)?
    {
        let kind = if seen.interpreted.is_recipient() { LinkKind::Projected } else { LinkKind::Joined };
        return Ok(Some(link(identity, kind, "stamp of its contact".to_owned())));
    }
    let joined = match join(workspace, key, &seen.interpreted.seeks, seen.interpreted.is_source())? {
        Joined::Several(candidates, group) => {
            let names = candidates.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let problem = subject(workspace, seen).problem(
                codes::AMBIGUOUS_JOIN,
                None,
                format!(
                    "it matches {} identities by {group}: {names}; nothing was joined.",
                    candidates.len()
                ),
                "Make the value unique, or remove it from the objects that it does not belong to.",
            );
            workspace.object_problems.entry(key.clone()).or_default().push(problem);
            return Ok(None);
        }
        Joined::One(identity, group) => Some((identity, group)),
        Joined::Nobody if seen.interpreted.is_recipient() => led_to(workspace, seen)?,
        Joined::Nobody => None,
    };
    Ok(match (&seen.interpreted.standing, joined) {
        (Standing::OtherContact, Some((identity, group))) => Some(link(identity, LinkKind::Duplicate, group)),
        (Standing::Recipient | Standing::NotRecipient | Standing::Twin, Some((identity, group))) => {
            Some(link(identity, LinkKind::Joined, group))
        }
        (Standing::Recipient, None) => {
            let name = workspace.topology.connector(key.connector).map_or("", |known| known.name.as_str());
            let identity = IdentityId::projected_by(name, key.anchor.as_bytes());
            Some(link(identity, LinkKind::Projected, "projected".to_owned()))
        }
        _ => None,
    })
}

/// Whether a person took back that the contact was taken over: then its stamp went with that.
fn was_given_back(
    workspace: &mut Workspace<'_>,
    identity: IdentityId,
    target: ConnectorId,
) -> Result<bool, NeighbourhoodError> {
    let Some(identity) = workspace.identity(identity)? else { return Ok(false) };
    let state = identity.exports.iter().find(|state| state.connector == target);
    let mut holds = state.into_iter().flat_map(|state| &state.holds);
    Ok(holds.any(|hold| hold.change.kind == ChangeKind::Adopt))
}

/// A contact with our stamp belongs to the identity that the stamp names, unless that has another contact here.
fn ours(
    workspace: &mut Workspace<'_>,
    seen: &Rc<Seen>,
    stamp: &Stamp,
    before: Option<Link>,
) -> Result<Option<Link>, NeighbourhoodError> {
    let key = &seen.object.key;
    if let Some(link) = before.filter(|link| link.kind == LinkKind::Provisioned) {
        return Ok(Some(link));
    }
    let identity = match source_identity(workspace, stamp)? {
        Some(identity) => identity,
        None => stamp.identity,
    };
    let rivals: Vec<ObjectKey> = match workspace.identity(identity)? {
        Some(identity) => identity
            .links
            .iter()
            .filter(|other| other.connector == key.connector && *other != key)
            .cloned()
            .collect(),
        None => Vec::new(),
    };
    for rival in rivals {
        let is_ours = workspace.link(&rival)?.is_some_and(|link| link.kind == LinkKind::Provisioned);
        if is_ours && workspace.live_object(&rival)?.is_some() {
            let problem = subject(workspace, seen).problem(
                codes::STAMP_COPIED,
                None,
                format!("it carries the stamp of a contact that is there already ({}).", rival.anchor),
                "Delete the copy, or clear the stamp from it.",
            );
            workspace.object_problems.entry(key.clone()).or_default().push(problem);
            return Ok(Some(Link { identity, kind: LinkKind::Duplicate, because: "copied stamp".into() }));
        }
    }
    Ok(Some(Link { identity, kind: LinkKind::Provisioned, because: "stamp".into() }))
}

/// Contacts whose stamp names this object are its identity's: after the store was lost they may have been seen before
/// the object was, and stand alone under the id of their stamp. Gives the identities that they left.
fn gather_contacts(
    workspace: &mut Workspace<'_>,
    key: &ObjectKey,
    identity: IdentityId,
) -> Result<BTreeSet<IdentityId>, NeighbourhoodError> {
    let mut left = BTreeSet::new();
    let Some(connector) = workspace.topology.connector(key.connector) else { return Ok(left) };
    let source = format!("{}/{}", connector.name, key.anchor);
    for owner in workspace.owners(IndexKey::stamp(&source))? {
        let KeyOwner::Object(contact) = owner else { continue };
        let Some(seen) = workspace.live_object(&contact)? else { continue };
        let is_its = matches!(&seen.interpreted.standing, Standing::Ours(stamp) if stamp.source() == source);
        let link = workspace.link(&contact)?.filter(|link| link.kind == LinkKind::Provisioned);
        let Some(link) = link.filter(|link| is_its && link.identity != identity) else { continue };
        if has_contact_in(workspace, identity, &contact)? {
            continue;
        }
        left.insert(link.identity);
        workspace.set_link(&contact, Some(Link { identity, ..link }))?;
    }
    Ok(left)
}

fn has_contact_in(
    workspace: &mut Workspace<'_>,
    identity: IdentityId,
    contact: &ObjectKey,
) -> Result<bool, NeighbourhoodError> {
    let links = workspace.identity(identity)?.map(|identity| identity.links.clone()).unwrap_or_default();
    for other in links.into_iter().filter(|other| other.connector == contact.connector && other != contact) {
        let is_ours = workspace.link(&other)?.is_some_and(|link| link.kind == LinkKind::Provisioned);
        if is_ours && workspace.live_object(&other)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The identity of the object that a stamp names as its source.
fn source_identity(
    workspace: &mut Workspace<'_>,
    stamp: &Stamp,
) -> Result<Option<IdentityId>, NeighbourhoodError> {
    let Some(connector) = workspace.topology.connector_named(&stamp.source_connector) else {
        return Ok(None);
    };
    let source = ObjectKey::new(connector.id, stamp.source_anchor.clone());
    let link = workspace.link(&source)?;
    Ok(link.filter(|link| link.kind.is_own_object()).map(|link| link.identity))
}

/// Asks the join groups in order; the first that finds somebody decides. What is no source waits until whom it seeks is
/// linked: before, its identity would let it go again.
fn join(
    workspace: &mut Workspace<'_>,
    key: &ObjectKey,
    seeks: &[Seek],
    is_source: bool,
) -> Result<Joined, NeighbourhoodError> {
    for seek in seeks {
        let mut candidates = BTreeSet::new();
        for value in &seek.values {
            for owner in workspace.owners(IndexKey::join(&seek.kind, value))? {
                let identity = match owner {
                    KeyOwner::Object(object) if object != *key => {
                        let known = published_by(workspace, &object, &seek.kind, value)?;
                        if known.is_none() && is_source {
                            awaited(workspace, &object, &seek.kind, value)?
                        } else {
                            known
                        }
                    }
                    KeyOwner::Export(identity, _) => remembered_by(workspace, identity, &seek.kind, value)?,
                    KeyOwner::Object(_) => None,
                };
                if let Some(identity) = identity
                    && !has_source_in(workspace, identity, key)?
                {
                    candidates.insert(identity);
                }
            }
        }
        let mut found = candidates.iter().copied();
        match (found.next(), found.next()) {
            (None, _) => {}
            (Some(identity), None) => return Ok(Joined::One(identity, seek.group.clone())),
            _ => return Ok(Joined::Several(candidates.into_iter().collect(), seek.group.clone())),
        }
    }
    Ok(Joined::Nobody)
}

/// The identity of the object, if it really publishes the value, or is only just gone and its identity will remember it.
pub(crate) fn published_by(
    workspace: &mut Workspace<'_>,
    object: &ObjectKey,
    kind: &str,
    value: &str,
) -> Result<Option<IdentityId>, NeighbourhoodError> {
    let Some(seen) = workspace.object(object)? else { return Ok(None) };
    if !publishes(&seen, kind, value) || (seen.gone && !REMEMBERED_KINDS.contains(&kind)) {
        return Ok(None);
    }
    if !seen.gone {
        let link = workspace.link(object)?;
        return Ok(link.filter(|link| link.kind.is_own_object()).map(|link| link.identity));
    }
    let link = seen.object.link.as_ref().filter(|link| link.kind.is_own_object());
    let Some(identity) = link.map(|link| link.identity) else { return Ok(None) };
    // At once, not when the turn of the gone object comes: until then whoever joined by the value would be let go again.
    remember(workspace, identity, &seen)?;
    Ok(Some(identity))
}

/// The identity, if it remembers the value of an object that is gone.
pub(crate) fn remembered_by(
    workspace: &mut Workspace<'_>,
    identity: IdentityId,
    kind: &str,
    value: &str,
) -> Result<Option<IdentityId>, NeighbourhoodError> {
    let remembered = remembered_key(kind, value);
    let identity = workspace.identity(identity)?;
    Ok(identity
        .filter(|identity| identity.remembered_keys.iter().any(|key| **key == *remembered))
        .map(|identity| identity.id))
}

/// Whether the identity has another source object in the connector of `key`: one connector gives an identity one
/// object.
pub(crate) fn has_source_in(
    workspace: &mut Workspace<'_>,
    identity: IdentityId,
    key: &ObjectKey,
) -> Result<bool, NeighbourhoodError> {
    let Some(identity) = workspace.identity(identity)? else { return Ok(false) };
    let same_connector: Vec<ObjectKey> = identity
        .links
        .iter()
        .filter(|other| other.connector == key.connector && *other != key)
        .cloned()
        .collect();
    for other in same_connector {
        let is_source = workspace.link(&other)?.is_some_and(|link| link.kind.is_own_object());
        if is_source && workspace.live_object(&other)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The kinds of value by which a person who left can come back: what belongs to the person, never the mail address,
/// which may have been given to somebody else. By the immutable id twins stay with the person whose account is gone.
const REMEMBERED_KINDS: [&str; 5] = ["mailboxGuid", "objectSid", "sidHistory", "legacyDN", "immutableId"];

pub(crate) fn remembered_key(kind: &str, value: &str) -> String {
    format!("{kind}:{}", value.to_lowercase())
}

fn remember(
    workspace: &mut Workspace<'_>,
    identity: IdentityId,
    seen: &Seen,
) -> Result<(), NeighbourhoodError> {
    if !seen.interpreted.is_source() {
        return Ok(());
    }
    let Some(identity) = workspace.identity_mut(identity)? else { return Ok(()) };
    for (kind, value) in &seen.interpreted.publishes {
        let key = remembered_key(kind, value).into_boxed_str();
        if REMEMBERED_KINDS.contains(&kind.as_str()) && !identity.remembered_keys.contains(&key) {
            identity.remembered_keys.push(key);
        }
    }
    identity.remembered_keys.sort_unstable();
    Ok(())
}

fn record_failures(workspace: &mut Workspace<'_>, seen: &Seen) {
    let subject = subject(workspace, seen);
    let problems: Vec<_> = seen
        .interpreted
        .failures
        .iter()
        .map(|(rule, attribute, failure)| {
            subject.problem(
                codes::EVALUATION_FAILED,
                *attribute,
                format!("rule \"{rule}\" failed: {failure}; what depends on it stays as it is."),
                "Correct the value, or make the expression ready for it.",
            )
        })
        .collect();
    workspace.object_problems.entry(seen.object.key.clone()).or_default().extend(problems);
}

pub(crate) fn subject<'s>(workspace: &Workspace<'_>, seen: &'s Seen) -> Subject<'s> {
    Subject {
        connector: Some(seen.object.key.connector),
        object: seen.object.dn.as_str(),
        now: workspace.now,
    }
}
