//! Who belongs to which groups of one directory, members of members included: what answers `IsMemberOf`.

use std::collections::{BTreeSet, HashMap};

use madrigal_model::{Anchor, DistinguishedName, ValueRef, Values};

use crate::environment::GroupMembership;

/// The groups of one directory, added one by one in any order.
#[derive(Clone, Debug, Default)]
pub struct Memberships {
    /// The groups' own keys.
    groups: Vec<[Key; 2]>,
    /// The groups in which an object stands, by either of its keys.
    groups_of: HashMap<Key, Vec<usize>>,
}

/// An object by its anchor or by its name, as members are listed by either.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Anchor(Box<[u8]>),
    Name(String),
}

/// One object's memberships.
#[derive(Clone, Copy, Debug)]
pub struct MembershipOf<'a> {
    memberships: &'a Memberships,
    anchor: &'a Anchor,
    dn: &'a DistinguishedName,
}

impl Memberships {
    /// Adds a group with the values of its `member` attribute.
    pub fn add(&mut self, anchor: &Anchor, dn: &DistinguishedName, members: Values<'_>) {
        let group = self.groups.len();
        self.groups.push(keys(anchor, dn));
        for member in members.iter() {
            let key = match member {
                ValueRef::Object(anchor) => Key::Anchor(anchor.into()),
                ValueRef::Unresolved(dn) | ValueRef::Text(dn) => {
                    Key::Name(DistinguishedName::from_directory(dn).normalized())
                }
                ValueRef::Bytes(_) | ValueRef::Identity(_) | ValueRef::Large(..) => continue,
            };
            self.groups_of.entry(key).or_default().push(group);
        }
    }

    /// Whether no group has a member.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups_of.is_empty()
    }

    /// The memberships of one object.
    #[must_use]
    pub fn of<'a>(&'a self, anchor: &'a Anchor, dn: &'a DistinguishedName) -> MembershipOf<'a> {
        MembershipOf { memberships: self, anchor, dn }
    }

    fn groups_with<'a>(&'a self, keys: &[Key; 2]) -> impl Iterator<Item = usize> + use<'a> {
        let [anchor, name] =
            keys.each_ref().map(|key| self.groups_of.get(key).map_or(&[][..], Vec::as_slice));
        anchor.iter().chain(name).copied()
    }
}

impl GroupMembership for MembershipOf<'_> {
    fn is_member(&self, group: &DistinguishedName) -> bool {
        let wanted = Key::Name(group.normalized());
        let mut pending: Vec<usize> = self.memberships.groups_with(&keys(self.anchor, self.dn)).collect();
        // Groups may hold each other in a circle.
        let mut seen: BTreeSet<usize> = pending.iter().copied().collect();
        while let Some(at) = pending.pop() {
            let Some(own) = self.memberships.groups.get(at) else { continue };
            if own.contains(&wanted) {
                return true;
            }
            pending.extend(self.memberships.groups_with(own).filter(|group| seen.insert(*group)));
        }
        false
    }
}

fn keys(anchor: &Anchor, dn: &DistinguishedName) -> [Key; 2] {
    [Key::Anchor(anchor.as_bytes().into()), Key::Name(dn.normalized())]
}

#[cfg(test)]
mod tests {
    use madrigal_model::{AttributeName, Entry, Reference, Value};

    use super::*;

    #[test]
    fn direct_nested_and_circular() {
        let member = AttributeName::intern("member").unwrap();
        let name = |text: &str| DistinguishedName::from_directory(text);
        let mut memberships = Memberships::default();
        // Sales holds Anna by her anchor and Europe by name; Europe holds Bo by name and Sales; Empty holds nobody.
        let groups: [(&str, Vec<Value>); 3] = [
            (
                "CN=Sales",
                vec![
                    Value::Reference(Reference::Object(Anchor::new(b"anna"))),
                    Value::Reference(Reference::Unresolved("cn=europe".into())),
                ],
            ),
            (
                "CN=Europe",
                vec![Value::text("CN=Bo"), Value::Reference(Reference::Object(Anchor::new(b"CN=Sales")))],
            ),
            ("CN=Empty", vec![]),
        ];
        for (dn, members) in groups {
            let entry = Entry::from_values([(member, members)]);
            memberships.add(&Anchor::new(dn.as_bytes()), &name(dn), entry.get(member));
        }
        for (anchor, dn, group, expected) in [
            ("anna", "CN=Anna", "CN=Sales", true),
            ("anna", "CN=Anna", "cn = sales", true),
            ("anna", "CN=Anna", "CN=Europe", true),
            ("anna", "CN=Anna", "CN=Empty", false),
            ("anna", "CN=Anna", "CN=Nobody", false),
            ("anna", "CN=Anna", "CN=Anna", false),
            ("bo", "CN=Bo", "CN=Sales", true),
            ("zoe", "CN=Zoe", "CN=Sales", false),
        ] {
            let (anchor, dn) = (Anchor::new(anchor.as_bytes()), name(dn));
            assert_eq!(memberships.of(&anchor, &dn).is_member(&name(group)), expected, "{dn} in {group}");
        }
    }
}
