//! Members are woken when the membership of a group changes: only where a rule asks for it (`IsMemberOf`).

use std::collections::BTreeSet;

use madrigal_model::{
    Anchor, AttributeName, ConnectorId, DistinguishedName, Entry, IndexKey, KeyOwner, ObjectKey, ValueRef,
};
use madrigal_sync::{object_type, referrers};

use crate::engine::Engine;
use crate::error::RunError;

/// A member as a group lists it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Member {
    Key(Anchor),
    Name(String),
}

/// The members of an entry, if it is a group.
pub(crate) fn members(entry: &Entry) -> BTreeSet<Member> {
    let Some(member) = AttributeName::known("member") else { return BTreeSet::new() };
    if object_type(entry) != "group" {
        return BTreeSet::new();
    }
    let listed = entry.get(member);
    let listed = listed.iter().filter_map(|value| match value {
        ValueRef::Object(anchor) => Some(Member::Key(Anchor::new(anchor))),
        ValueRef::Unresolved(dn) | ValueRef::Text(dn) => Some(Member::Name(dn.to_owned())),
        _ => None,
    });
    listed.collect()
}

/// Whose membership changes when a group turns from the one state into the other: a group with another name is another
/// group to all that it holds.
pub(crate) fn turned(
    before: Option<(&DistinguishedName, &Entry)>,
    after: Option<(&DistinguishedName, &Entry)>,
) -> BTreeSet<Member> {
    let of = |state: Option<(&DistinguishedName, &Entry)>| {
        state.map(|(_, entry)| members(entry)).unwrap_or_default()
    };
    let (was, is) = (of(before), of(after));
    let renamed = before.zip(after).is_some_and(|((was, _), (is, _))| !was.same_as(is));
    if renamed { was.union(&is).cloned().collect() } else { was.symmetric_difference(&is).cloned().collect() }
}

impl Engine {
    /// Whom the groups among these objects held, which are gone from their directory.
    pub(crate) async fn members_of_gone(
        &self,
        connector: ConnectorId,
        gone: &[Anchor],
    ) -> Result<BTreeSet<Member>, RunError> {
        let keys: Vec<ObjectKey> =
            gone.iter().map(|anchor| ObjectKey::new(connector, anchor.clone())).collect();
        let known = self.store.objects(&keys).await?;
        Ok(known.into_iter().flatten().flat_map(|stored| members(&stored.object.entry)).collect())
    }

    /// The keys that wake these members, the members of those that are groups, and so on, with whoever refers to them.
    pub(crate) async fn wake_members(
        &self,
        connector: ConnectorId,
        turned: BTreeSet<Member>,
    ) -> Result<Vec<IndexKey>, RunError> {
        let mut wake = Vec::new();
        let mut seen: BTreeSet<Anchor> = BTreeSet::new();
        let mut frontier = turned;
        while !frontier.is_empty() {
            let mut anchors = Vec::new();
            let mut named = Vec::new();
            for member in std::mem::take(&mut frontier) {
                match member {
                    Member::Key(anchor) => anchors.push(anchor),
                    Member::Name(dn) => {
                        named.push(IndexKey::dn(connector, &DistinguishedName::from_directory(&dn)));
                    }
                }
            }
            let owners = self.store.owners(&named).await?;
            anchors.extend(owners.into_values().flatten().filter_map(|owner| match owner {
                KeyOwner::Object(key) if key.connector == connector => Some(key.anchor),
                _ => None,
            }));
            anchors.retain(|anchor| seen.insert(anchor.clone()));
            let keys: Vec<ObjectKey> =
                anchors.into_iter().map(|anchor| ObjectKey::new(connector, anchor)).collect();
            for stored in self.store.objects(&keys).await?.into_iter().flatten() {
                let object = stored.object;
                wake.push(IndexKey::dn(connector, &object.dn));
                wake.push(referrers(&object.key));
                frontier.extend(members(&object.entry));
            }
        }
        Ok(wake)
    }
}

#[cfg(test)]
mod tests {
    use madrigal_model::Value;

    use super::*;

    #[test]
    fn whose_membership_changes() {
        let name = |name: &str| AttributeName::intern(name).unwrap();
        let group = |class: &str, members: &str| {
            let members: Vec<Value> = members.split_whitespace().map(Value::text).collect();
            Entry::from_values([(name("objectClass"), vec![Value::text(class)]), (name("member"), members)])
        };
        let state = |text: Option<(&str, &str, &str)>| {
            text.map(|(dn, class, members)| (DistinguishedName::from_directory(dn), group(class, members)))
        };
        for (what, before, after, expected) in [
            ("made", None, Some(("CN=G", "group", "a b")), "a b"),
            ("deleted", Some(("CN=G", "group", "a b")), None, "a b"),
            ("one more", Some(("CN=G", "group", "a")), Some(("CN=G", "group", "a b")), "b"),
            ("one less", Some(("CN=G", "group", "a b")), Some(("CN=G", "group", "b")), "a"),
            ("the same", Some(("CN=G", "group", "a b")), Some(("cn=g", "group", "b a")), ""),
            ("renamed", Some(("CN=G", "group", "a b")), Some(("CN=H", "group", "a b")), "a b"),
            ("no group", Some(("CN=G", "user", "a b")), Some(("CN=G", "user", "b")), ""),
        ] {
            let (before, after) = (state(before), state(after));
            let before = before.as_ref().map(|(dn, entry)| (dn, entry));
            let after = after.as_ref().map(|(dn, entry)| (dn, entry));
            let turned = turned(before, after);
            let shown: Vec<String> = turned
                .into_iter()
                .map(|member| match member {
                    Member::Name(name) => name,
                    Member::Key(anchor) => anchor.to_string(),
                })
                .collect();
            assert_eq!(shown.join(" "), expected, "{what}");
        }
    }
}
