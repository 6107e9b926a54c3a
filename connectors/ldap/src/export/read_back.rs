//! What became of an operation whose answer was lost: the directory is asked before anything is sent again.

use std::collections::BTreeSet;

use madrigal_api::{Modification, ModificationKind, OperationKind};
use madrigal_model::{Anchor, AttributeName, AttributeSchema, DistinguishedName, MatchingRule};

use super::send::{name, octets, place};
use crate::connection::{Connection, Search};
use crate::failure::Failure;
use crate::message::RawEntry;
use crate::options::Kind;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It was carried out.
    Done(Option<Anchor>),
    /// It was not.
    NotDone,
}

/// Asks the directory.
pub(crate) async fn read_back(
    connection: &mut Connection,
    kind: Kind,
    anchor: AttributeName,
    operation: &OperationKind,
) -> Result<Found, Failure> {
    let key = super::send::anchor(operation);
    let base = place(kind, key.as_ref(), name(operation));
    match operation {
        OperationKind::Add { dn, entry, .. } => {
            // By name: a deleted object that should come back may have had to be made anew.
            let base = dn.as_str();
            let mut names: Vec<&str> = entry.iter().map(|(name, _)| name.as_str()).collect();
            names.push(anchor.as_str());
            let Some(message) = connection.one(Search::of(base, &names)).await? else {
                return Ok(Found::NotDone);
            };
            let Some(found) = Values::read(&message) else { return Ok(Found::NotDone) };
            // Somebody else's object of this name is refused when ours is sent again.
            let ours = entry.iter().filter(|(name, _)| is_kept_as_sent(*name)).all(|(name, values)| {
                let sent = values.iter().filter_map(|value| value.as_octets().map(<[u8]>::to_vec));
                found.holds_all(name, sent)
            });
            let key = found.get(anchor.as_str()).into_iter().next().map(|octets| Anchor::new(&octets));
            Ok(if ours { Found::Done(key) } else { Found::NotDone })
        }
        OperationKind::Modify { modifications, .. } => {
            let names: Vec<&str> = modifications.iter().map(|one| one.attribute.as_str()).collect();
            let Some(message) = connection.one(Search::of(base, &names)).await? else {
                return Ok(Found::NotDone);
            };
            let Some(found) = Values::read(&message) else { return Ok(Found::NotDone) };
            let done = modifications.iter().all(|modification| found.shows(modification));
            Ok(if done { Found::Done(key) } else { Found::NotDone })
        }
        OperationKind::Rename { new_dn, .. } => {
            // Without a key the object is looked for under its new name.
            let base = if key.is_some() { base } else { new_dn.as_str().to_owned() };
            let Some(message) = connection.one(Search::of(base, &["1.1"])).await? else {
                return Ok(Found::NotDone);
            };
            let dn = RawEntry::read(&message).map(|raw| String::from_utf8_lossy(raw.dn).into_owned());
            let done = dn.is_ok_and(|dn| DistinguishedName::from_directory(&dn).same_as(new_dn));
            Ok(if done { Found::Done(key) } else { Found::NotDone })
        }
        OperationKind::Delete { .. } => {
            let found = connection.one(Search::of(base, &["1.1"])).await?;
            Ok(if found.is_none() { Found::Done(key) } else { Found::NotDone })
        }
    }
}

/// Whether a server gives the values back as they were sent: it adds classes, and writes names its own way.
fn is_kept_as_sent(name: AttributeName) -> bool {
    let schema = AttributeSchema::of(name);
    !name.as_str().eq_ignore_ascii_case("objectClass") && schema.syntax != madrigal_model::Syntax::Reference
}

/// The values of one object.
struct Values<'a>(RawEntry<'a>);

impl<'a> Values<'a> {
    fn read(message: &'a [u8]) -> Option<Self> {
        RawEntry::read(message).ok().map(Self)
    }

    fn get(&self, name: &str) -> BTreeSet<Vec<u8>> {
        self.0.values(name).unwrap_or_default().into_iter().map(<[u8]>::to_vec).collect()
    }

    fn holds_all(&self, name: AttributeName, sent: impl Iterator<Item = Vec<u8>>) -> bool {
        let found = self.get(name.as_str());
        sent.into_iter().all(|value| found.contains(&value))
    }

    /// Whether the object looks as it does after this modification.
    fn shows(&self, modification: &Modification) -> bool {
        let folded = |octets: Vec<u8>| match AttributeSchema::of(modification.attribute).syntax {
            // Names are written as the server likes them.
            madrigal_model::Syntax::Reference => match String::from_utf8(octets) {
                Ok(text) => DistinguishedName::from_directory(&text).normalized().into_bytes(),
                Err(error) => error.into_bytes(),
            },
            _ => octets,
        };
        let found: BTreeSet<Vec<u8>> =
            self.get(modification.attribute.as_str()).into_iter().map(folded).collect();
        let sent: BTreeSet<Vec<u8>> = modification.values.iter().filter_map(octets).map(folded).collect();
        match modification.kind {
            ModificationKind::Replace => found == sent,
            ModificationKind::Add => sent.is_subset(&found),
            ModificationKind::Delete => {
                let exact =
                    AttributeSchema::of(modification.attribute).matching_rule() == MatchingRule::Exact;
                let lower = |value: &Vec<u8>| if exact { value.clone() } else { value.to_ascii_lowercase() };
                let found: BTreeSet<Vec<u8>> = found.iter().map(lower).collect();
                sent.iter().all(|value| !found.contains(&lower(value)))
            }
        }
    }
}
