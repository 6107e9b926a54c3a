//! Whose an object is that no link tells of yet: contacts of ours name it in their stamps, or objects lead to its person
//! whose turn has not come. After the store was lost nothing else tells what belonged together.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use madrigal_model::{IdentityId, IndexKey, KeyOwner, ObjectKey};

use crate::interpret::{Seek, Standing};
use crate::resolve::{has_source_in, published_by, remembered_by};
use crate::workspace::{NeighbourhoodError, Seen, Workspace};

/// What may be handed to somebody else, and so leads nowhere.
const TRANSFERABLE_KIND: &str = "mail";

/// The identity whose contacts name the object as their source, unless another object of its directory has taken that
/// place.
pub(crate) fn stamped(
    workspace: &mut Workspace<'_>,
    key: &ObjectKey,
) -> Result<Option<IdentityId>, NeighbourhoodError> {
    let Some(connector) = workspace.topology.connector(key.connector) else { return Ok(None) };
    let source = format!("{}/{}", connector.name, key.anchor);
    let mut ids = BTreeSet::new();
    for owner in workspace.owners(IndexKey::stamp(&source))? {
        let KeyOwner::Object(contact) = owner else { continue };
        if let Some(seen) = workspace.live_object(&contact)?
            && let Standing::Ours(stamp) = &seen.interpreted.standing
            && stamp.source() == source
        {
            ids.insert(workspace.link(&contact)?.map_or(stamp.identity, |link| link.identity));
        }
    }
    let Some(identity) = ids.into_iter().next() else { return Ok(None) };
    Ok((!has_source_in(workspace, identity, key)?).then_some(identity))
}

/// The identity that an object will have which publishes the value and belongs to nobody, when its turn comes.
pub(crate) fn awaited(
    workspace: &mut Workspace<'_>,
    object: &ObjectKey,
    kind: &str,
    value: &str,
) -> Result<Option<IdentityId>, NeighbourhoodError> {
    if workspace.link(object)?.is_some() {
        return Ok(None);
    }
    let Some(seen) = workspace.live_object(object)? else { return Ok(None) };
    if publishes(&seen, kind, value) { stamped(workspace, object) } else { Ok(None) }
}

/// Whether the object can be found by the value.
pub(crate) fn publishes(seen: &Seen, kind: &str, value: &str) -> bool {
    let published = &seen.interpreted.publishes;
    published.iter().any(|(known, text)| known == kind && text.eq_ignore_ascii_case(value))
}

/// The identity to which objects lead that the object matches and that belong to nobody yet, and the join group that it
/// matches the first of them by. Whoever is met first must not go alone.
pub(crate) fn led_to(
    workspace: &mut Workspace<'_>,
    seen: &Seen,
) -> Result<Option<(IdentityId, String)>, NeighbourhoodError> {
    let start = seen.object.key.clone();
    let mut met: BTreeSet<ObjectKey> = BTreeSet::from([start.clone()]);
    let mut next: VecDeque<(ObjectKey, String)> = VecDeque::new();
    for (object, group) in unlinked(workspace, &start, &seen.interpreted.seeks)? {
        if met.insert(object.clone()) {
            next.push_back((object, group));
        }
    }
    while let Some((object, group)) = next.pop_front() {
        let Some(between) = workspace.live_object(&object)? else { continue };
        let mut open = Vec::new();
        for identity in found_by(workspace, &object, &between.interpreted.seeks)? {
            if !has_source_in(workspace, identity, &start)? && !has_source_in(workspace, identity, &object)? {
                open.push(identity);
            }
        }
        match open.as_slice() {
            [] => {}
            [identity] => return Ok(Some((*identity, group))),
            // Nobody can say which of them.
            _ => return Ok(None),
        }
        for (further, _) in unlinked(workspace, &object, &between.interpreted.seeks)? {
            if met.insert(further.clone()) {
                next.push_back((further, group.clone()));
            }
        }
    }
    Ok(None)
}

fn personal(seeks: &[Seek]) -> impl Iterator<Item = (&Seek, &String)> {
    let personal = seeks.iter().filter(|seek| seek.kind != TRANSFERABLE_KIND);
    personal.flat_map(|seek| seek.values.iter().map(move |value| (seek, value)))
}

/// The objects of other directories that publish what is sought and belong to nobody, with the group that found each.
fn unlinked(
    workspace: &mut Workspace<'_>,
    key: &ObjectKey,
    seeks: &[Seek],
) -> Result<BTreeMap<ObjectKey, String>, NeighbourhoodError> {
    let mut found = BTreeMap::new();
    for (seek, value) in personal(seeks) {
        for owner in workspace.owners(IndexKey::join(&seek.kind, value))? {
            let KeyOwner::Object(object) = owner else { continue };
            if object.connector == key.connector || workspace.link(&object)?.is_some() {
                continue;
            }
            let Some(seen) = workspace.live_object(&object)? else { continue };
            if publishes(&seen, &seek.kind, value) {
                found.entry(object).or_insert_with(|| seek.group.clone());
            }
        }
    }
    Ok(found)
}

/// The identities of objects that publish what is sought, or that remember it.
fn found_by(
    workspace: &mut Workspace<'_>,
    key: &ObjectKey,
    seeks: &[Seek],
) -> Result<BTreeSet<IdentityId>, NeighbourhoodError> {
    let mut found = BTreeSet::new();
    for (seek, value) in personal(seeks) {
        for owner in workspace.owners(IndexKey::join(&seek.kind, value))? {
            found.extend(match owner {
                KeyOwner::Object(object) if object != *key => {
                    match published_by(workspace, &object, &seek.kind, value)? {
                        None => awaited(workspace, &object, &seek.kind, value)?,
                        known => known,
                    }
                }
                KeyOwner::Export(identity, _) => remembered_by(workspace, identity, &seek.kind, value)?,
                KeyOwner::Object(_) => None,
            });
        }
    }
    Ok(found)
}
