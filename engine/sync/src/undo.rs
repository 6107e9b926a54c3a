//! The inverse of a change that was written: what brings the object back to what it was, as a plan like any other.
//!
//! An object is only taken back if it still is what the change made of it. Whatever somebody did to it since is worth
//! more than the undoing: then it is left, and said.

use std::fmt;

use madrigal_model::{
    AttributeChange, AttributeName, ChangeKind, DistinguishedName, Entry, PendingExport, SpaceObject, Value,
    ValueRef,
};

use crate::names;
use crate::stamp::Stamp;

/// Attributes that a directory writes by itself: nobody's change.
const KEPT_BY_DIRECTORIES: [&str; 10] = [
    "objectClass",
    "objectCategory",
    "objectGUID",
    "objectSid",
    "cn",
    "name",
    "distinguishedName",
    "whenCreated",
    "whenChanged",
    "uSNChanged",
];

/// Why an object is left as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// It is what it was before already.
    AsBefore,
    /// It is gone.
    Gone,
    /// What was deleted is there again.
    ThereAgain,
    /// It has another name by now.
    Renamed(DistinguishedName),
    /// These attributes were changed since.
    Changed(Vec<AttributeName>),
    /// A change of it waits in a change file of this run, and nobody knows whether it was carried.
    Waits(u64),
    /// It does not carry our stamp any more.
    NotOurs,
    /// What it was is not known: it was written before that was kept.
    NotKnown,
    /// Another object bears its name.
    NameTaken(DistinguishedName),
    /// Another recipient has one of its addresses.
    AddressTaken(String, DistinguishedName),
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AsBefore => f.write_str("it is what it was before already"),
            Self::Gone => f.write_str("it is gone"),
            Self::ThereAgain => f.write_str("it is there again"),
            Self::Renamed(dn) => write!(f, "it was renamed or moved since, to {dn}"),
            Self::Changed(attributes) => {
                let names: Vec<&str> = attributes.iter().map(|attribute| attribute.as_str()).collect();
                write!(f, "it was changed since: {}", names.join(", "))
            }
            Self::Waits(run) => write!(
                f,
                "the change file of run {run} waits to be carried: what is not to happen must not be carried, and the rest can be taken back when a new export shows it"
            ),
            Self::NotOurs => f.write_str("it does not carry our stamp any more"),
            Self::NotKnown => f.write_str("what it was is not known"),
            Self::NameTaken(dn) => write!(f, "its name belongs to {dn} by now"),
            Self::AddressTaken(address, dn) => write!(f, "{address} belongs to {dn} by now"),
        }
    }
}

/// The change that takes `sent` back; the key of an add is that of the object that was deleted. `there` is the contact as it was last observed, `named` gives references of both
/// one form.
///
/// # Errors
/// Why the object is left.
pub fn inverse(
    sent: &PendingExport,
    there: Option<&SpaceObject>,
    stamp: AttributeName,
    named: &dyn Fn(ValueRef<'_>) -> Value,
) -> Result<PendingExport, Left> {
    match (sent.kind, there) {
        (ChangeKind::Delete, None) => bring_back(sent),
        (ChangeKind::Delete, Some(_)) => Err(Left::ThereAgain),
        (_, None) => Err(Left::Gone),
        (ChangeKind::Add, Some(there)) => take_away(sent, there, stamp, named),
        (_, Some(there)) => change_back(sent, there, stamp, named),
    }
}

fn bring_back(sent: &PendingExport) -> Result<PendingExport, Left> {
    if sent.changes.is_empty() {
        return Err(Left::NotKnown);
    }
    Ok(PendingExport {
        kind: ChangeKind::Add,
        new_dn: None,
        changes: sent.changes.iter().map(turned).collect(),
        reason: None,
        ..sent.clone()
    })
}

fn take_away(
    sent: &PendingExport,
    there: &SpaceObject,
    stamp: AttributeName,
    named: &dyn Fn(ValueRef<'_>) -> Value,
) -> Result<PendingExport, Left> {
    require_ours(there, stamp)?;
    require_name(&sent.dn, there)?;
    let mut changed: Vec<AttributeName> = sent
        .changes
        .iter()
        .filter(|change| !holds(&there.entry, change.attribute, &change.new, named))
        .map(|change| change.attribute)
        .collect();
    let was_sent = |attribute| sent.changes.iter().any(|change| change.attribute == attribute);
    let by_itself = |attribute: AttributeName| KEPT_BY_DIRECTORIES.contains(&attribute.as_str());
    let others = there.entry.iter().map(|(attribute, _)| attribute);
    changed.extend(others.filter(|attribute| !was_sent(*attribute) && !by_itself(*attribute)));
    if !changed.is_empty() {
        return Err(Left::Changed(changed));
    }
    Ok(PendingExport {
        kind: ChangeKind::Delete,
        anchor: Some(there.key.anchor.clone()),
        dn: there.dn.clone(),
        new_dn: None,
        changes: Vec::new(),
        reason: None,
        ..sent.clone()
    })
}

fn change_back(
    sent: &PendingExport,
    there: &SpaceObject,
    stamp: AttributeName,
    named: &dyn Fn(ValueRef<'_>) -> Value,
) -> Result<PendingExport, Left> {
    require_ours(there, stamp)?;
    let is_back = sent.new_dn.is_some() && there.dn.same_as(&sent.dn);
    let new_dn = match &sent.new_dn {
        Some(new_dn) if !is_back => {
            require_name(new_dn, there)?;
            Some(sent.dn.clone())
        }
        _ => None,
    };
    if sent.new_dn.is_none() {
        require_name(&sent.dn, there)?;
    }
    let mut changed = Vec::new();
    let mut changes = Vec::new();
    for change in &sent.changes {
        if holds(&there.entry, change.attribute, &change.new, named) {
            changes.push(turned(change));
        } else if !holds(&there.entry, change.attribute, &change.old, named) {
            changed.push(change.attribute);
        }
    }
    if !changed.is_empty() {
        return Err(Left::Changed(changed));
    }
    if changes.is_empty() && new_dn.is_none() {
        return Err(Left::AsBefore);
    }
    let kind = match sent.kind {
        ChangeKind::Hide => ChangeKind::Unhide,
        ChangeKind::Unhide => ChangeKind::Hide,
        ChangeKind::Rename | ChangeKind::Move if new_dn.is_none() => ChangeKind::Modify,
        ChangeKind::Rename => ChangeKind::Rename,
        ChangeKind::Move => ChangeKind::Move,
        _ => ChangeKind::Modify,
    };
    let (anchor, dn) = (Some(there.key.anchor.clone()), there.dn.clone());
    Ok(PendingExport { kind, anchor, dn, new_dn, changes, reason: None, ..sent.clone() })
}

fn turned(change: &AttributeChange) -> AttributeChange {
    AttributeChange {
        attribute: change.attribute,
        old: change.new.clone(),
        new: change.old.clone(),
        source: None,
    }
}

fn require_ours(there: &SpaceObject, stamp: AttributeName) -> Result<(), Left> {
    let is_ours = there.entry.text(stamp).is_some_and(|text| text.parse::<Stamp>().is_ok());
    if is_ours { Ok(()) } else { Err(Left::NotOurs) }
}

fn require_name(dn: &DistinguishedName, there: &SpaceObject) -> Result<(), Left> {
    if there.dn.same_as(dn) { Ok(()) } else { Err(Left::Renamed(there.dn.clone())) }
}

/// Whether the attribute holds exactly these values, in whatever order.
fn holds(
    entry: &Entry,
    attribute: AttributeName,
    values: &[Value],
    named: &dyn Fn(ValueRef<'_>) -> Value,
) -> bool {
    let mut there: Vec<Value> = entry.get(attribute).iter().map(named).collect();
    let mut meant: Vec<Value> = values.iter().map(|value| named(value.as_ref())).collect();
    there.sort_unstable();
    meant.sort_unstable();
    there == meant
}

/// What a delete takes away, so that it can be brought back: every value that was seen, except what the directory writes
/// by itself.
#[must_use]
pub fn what_goes(entry: &Entry) -> Vec<AttributeChange> {
    let attributes = entry.iter().filter(|(attribute, _)| !KEPT_BY_DIRECTORIES.contains(&attribute.as_str()));
    let change = |attribute, old| AttributeChange { attribute, old, new: Vec::new(), source: None };
    attributes
        .map(|(attribute, values)| change(attribute, values.iter().map(ValueRef::to_value).collect()))
        .collect()
}

/// The addresses that a change would give an object and that it has not: nobody else may have them by now.
#[must_use]
pub fn claimed(change: &PendingExport) -> Vec<String> {
    let entry = |new: bool| {
        let values = change.changes.iter().map(|one| {
            let values = if new { &one.new } else { &one.old };
            (one.attribute, values.clone())
        });
        Entry::from_values(values)
    };
    let owned = crate::keys::addresses_of(&entry(false));
    let mut claimed = crate::keys::addresses_of(&entry(true));
    claimed.retain(|address| !owned.contains(address) && !address.starts_with("nickname:"));
    if change.kind != ChangeKind::Add
        && change.changes.iter().all(|one| one.attribute != *names::PROXY_ADDRESSES)
    {
        // Without its other addresses beside it, an attribute of its own says little.
        claimed.retain(|address| address.starts_with("smtp:"));
    }
    claimed
}

#[cfg(test)]
mod tests {
    use madrigal_model::{Anchor, ConnectorId, IdentityId, ObjectKey};

    use super::*;

    const STAMP: &str = "madrigal/1 id=00000000000000000000000000000001 from=abc/01";

    fn name(name: &str) -> AttributeName {
        AttributeName::intern(name).unwrap()
    }

    fn values(text: &str) -> Vec<Value> {
        text.split_whitespace().map(Value::text).collect()
    }

    fn sent(kind: ChangeKind, new_dn: Option<&str>, changes: &[(&str, &str, &str)]) -> PendingExport {
        let changes = changes.iter().map(|(attribute, old, new)| AttributeChange {
            attribute: name(attribute),
            old: values(old),
            new: values(new),
            source: None,
        });
        PendingExport {
            kind,
            identity: IdentityId::projected_by("abc", b"anna"),
            connector: ConnectorId(1),
            anchor: None,
            dn: DistinguishedName::from_directory("CN=Anna"),
            new_dn: new_dn.map(DistinguishedName::from_directory),
            changes: changes.collect(),
            reason: None,
            speaker: None,
        }
    }

    fn there(dn: &str, stamped: bool, attributes: &[(&str, &str)]) -> SpaceObject {
        let mut all: Vec<(AttributeName, Vec<Value>)> =
            attributes.iter().map(|(attribute, text)| (name(attribute), values(text))).collect();
        if stamped {
            all.push((name("adminDescription"), vec![Value::text(STAMP)]));
        }
        SpaceObject {
            key: ObjectKey::new(ConnectorId(1), Anchor::new(b"1")),
            dn: DistinguishedName::from_directory(dn),
            entry: Entry::from_values(all),
            link: None,
        }
    }

    /// What is planned, as `kind name -> new name attribute=values`, or why the object is left.
    fn check(sent: &PendingExport, there: Option<&SpaceObject>, expected: &str) {
        let said = match inverse(sent, there, name("adminDescription"), &|value| value.to_value()) {
            Err(left) => left.to_string(),
            Ok(change) => {
                let values = |change: &AttributeChange| {
                    let new: Vec<String> = change.new.iter().map(ToString::to_string).collect();
                    format!(" {}={}", change.attribute, new.join("+"))
                };
                let new_dn = change.new_dn.map(|dn| format!(" -> {dn}")).unwrap_or_default();
                let changes: String = change.changes.iter().map(values).collect();
                format!("{} {}{new_dn}{changes}", change.kind, change.dn)
            }
        };
        assert_eq!(said, expected, "{sent:?} {there:?}");
    }

    #[test]
    fn each_kind_of_change_is_taken_back() {
        use ChangeKind::{Add, Delete, Hide, Modify, Rename};
        let modify = sent(Modify, None, &[("title", "Clerk", "Boss")]);
        check(&modify, Some(&there("CN=Anna", true, &[("title", "Boss")])), "modify CN=Anna title=Clerk");
        check(
            &modify,
            Some(&there("CN=Anna", true, &[("title", "Boss"), ("info", "theirs")])),
            "modify CN=Anna title=Clerk",
        );
        check(
            &modify,
            Some(&there("CN=Anna", true, &[("title", "Clerk")])),
            "it is what it was before already",
        );
        check(&modify, Some(&there("CN=Anna", true, &[("title", "Queen")])), "it was changed since: title");
        check(
            &modify,
            Some(&there("CN=Anna", false, &[("title", "Boss")])),
            "it does not carry our stamp any more",
        );
        check(
            &modify,
            Some(&there("CN=Anne", true, &[("title", "Boss")])),
            "it was renamed or moved since, to CN=Anne",
        );
        check(&modify, None, "it is gone");

        let rename = sent(Rename, Some("CN=Anna B"), &[("sn", "", "B")]);
        check(&rename, Some(&there("CN=Anna B", true, &[("sn", "B")])), "rename CN=Anna B -> CN=Anna sn=");
        check(&rename, Some(&there("CN=Anna", true, &[("sn", "B")])), "modify CN=Anna sn=");

        let hide = sent(Hide, None, &[("msExchHideFromAddressLists", "", "TRUE")]);
        check(
            &hide,
            Some(&there("CN=Anna", true, &[("msExchHideFromAddressLists", "TRUE")])),
            "unhide CN=Anna msExchHideFromAddressLists=",
        );

        let add = sent(Add, None, &[("title", "", "Boss"), ("adminDescription", "", "")]);
        let add = PendingExport {
            changes: add
                .changes
                .into_iter()
                .map(|change| match change.attribute.as_str() {
                    "adminDescription" => AttributeChange { new: vec![Value::text(STAMP)], ..change },
                    _ => change,
                })
                .collect(),
            ..add
        };
        check(&add, Some(&there("CN=Anna", true, &[("title", "Boss"), ("cn", "Anna")])), "delete CN=Anna");
        check(
            &add,
            Some(&there("CN=Anna", true, &[("title", "Boss"), ("info", "theirs")])),
            "it was changed since: info",
        );
        check(&add, None, "it is gone");

        let delete = sent(Delete, None, &[("title", "Boss", "")]);
        check(&delete, None, "add CN=Anna title=Boss");
        check(&delete, Some(&there("CN=Anna", true, &[])), "it is there again");
        check(&sent(Delete, None, &[]), None, "what it was is not known");
    }

    #[test]
    fn order_of_values_is_no_change() {
        let modify = sent(ChangeKind::Modify, None, &[("otherTelephone", "1", "2 3")]);
        check(
            &modify,
            Some(&there("CN=Anna", true, &[("otherTelephone", "3 2")])),
            "modify CN=Anna otherTelephone=1",
        );
    }
}
