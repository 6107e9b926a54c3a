//! Which groups an object belongs to, members of members included: asked only where a rule asks for it
//! (`IsMemberOf`), and only for the objects that are looked at.
//!
//! The index finds who refers to an object; a group that does so by its `member` holds it. So nobody goes through all
//! groups of a directory, and a delta costs what it touches.

use std::collections::{BTreeSet, HashMap};

use madrigal_mappings::MemberOf;
use madrigal_model::{
    Anchor, ConnectorId, DistinguishedName, IndexKey, KeyOwner, ObjectKey, SpaceObject, ValueRef,
};

use crate::interpret::object_type;
use crate::keys::referrers;
use crate::names;
use crate::workspace::{Neighbourhood, NeighbourhoodError};

/// The memberships that were looked up so far.
#[derive(Default)]
pub(crate) struct Groups {
    /// The groups that hold an object directly.
    holders: HashMap<ObjectKey, Vec<ObjectKey>>,
    /// The groups' names.
    names: HashMap<ObjectKey, DistinguishedName>,
}

impl Groups {
    /// Looks up the groups of these objects, the groups of those groups, and so on.
    pub(crate) fn learn(
        &mut self,
        neighbourhood: &mut dyn Neighbourhood,
        objects: impl IntoIterator<Item = (ObjectKey, DistinguishedName)>,
    ) -> Result<(), NeighbourhoodError> {
        let mut frontier: Vec<(ObjectKey, DistinguishedName)> =
            objects.into_iter().filter(|(key, _)| !self.holders.contains_key(key)).collect();
        while !frontier.is_empty() {
            let groups = groups_about(neighbourhood, &frontier)?;
            let by_key: HashMap<&ObjectKey, usize> =
                frontier.iter().enumerate().map(|(place, (key, _))| (key, place)).collect();
            let by_name: HashMap<(ConnectorId, String), usize> = frontier
                .iter()
                .enumerate()
                .map(|(place, (key, dn))| ((key.connector, dn.normalized()), place))
                .collect();
            let mut held: Vec<BTreeSet<&ObjectKey>> = vec![BTreeSet::new(); frontier.len()];
            for group in &groups {
                let connector = group.key.connector;
                for member in group.entry.get(*names::MEMBER).iter() {
                    let place = match member {
                        ValueRef::Object(anchor) => {
                            by_key.get(&ObjectKey::new(connector, Anchor::new(anchor)))
                        }
                        ValueRef::Unresolved(dn) | ValueRef::Text(dn) => {
                            by_name.get(&(connector, DistinguishedName::from_directory(dn).normalized()))
                        }
                        _ => None,
                    };
                    if let Some(held) = place.and_then(|place| held.get_mut(*place)) {
                        held.insert(&group.key);
                    }
                }
            }
            let held: Vec<Vec<ObjectKey>> =
                held.into_iter().map(|groups| groups.into_iter().cloned().collect()).collect();
            let looked_up = std::mem::take(&mut frontier);
            for ((key, _), groups) in looked_up.into_iter().zip(held) {
                self.holders.insert(key, groups);
            }
            for group in groups {
                if !self.holders.contains_key(&group.key) {
                    frontier.push((group.key.clone(), group.dn.clone()));
                }
                self.names.insert(group.key, group.dn);
            }
        }
        Ok(())
    }

    /// The groups of an object that was looked up.
    pub(crate) fn of(&self, key: &ObjectKey) -> MemberOf {
        let mut seen: BTreeSet<&ObjectKey> = BTreeSet::new();
        let mut pending: Vec<&ObjectKey> = self.holders.get(key).into_iter().flatten().collect();
        while let Some(group) = pending.pop() {
            // Groups may hold each other in a circle.
            if seen.insert(group) {
                pending.extend(self.holders.get(group).into_iter().flatten());
            }
        }
        MemberOf(seen.into_iter().filter_map(|group| self.names.get(group).cloned()).collect())
    }
}

/// The living groups that refer to one of the objects, as their holders do.
fn groups_about(
    neighbourhood: &mut dyn Neighbourhood,
    objects: &[(ObjectKey, DistinguishedName)],
) -> Result<Vec<SpaceObject>, NeighbourhoodError> {
    let keys: Vec<IndexKey> = objects
        .iter()
        .flat_map(|(key, dn)| [referrers(key), IndexKey::unresolved(key.connector, dn)])
        .collect();
    let owners = neighbourhood.owners(&keys)?.into_iter().flatten();
    let owners: BTreeSet<ObjectKey> = owners.filter_map(KeyOwner::object).collect();
    let owners: Vec<ObjectKey> = owners.into_iter().collect();
    let found = neighbourhood.objects(&owners)?.into_iter().flatten();
    let is_group = |object: &SpaceObject| object_type(&object.entry) == "group";
    Ok(found.filter(|(object, gone)| !gone && is_group(object)).map(|(object, _)| object).collect())
}
