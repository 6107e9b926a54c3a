//! A plan as somebody saw it, with what it rests on: so that exactly this plan is written, or none.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use madrigal_model::{
    ChangeKind, ConnectorId, DistinguishedName, IdentityId, ObjectKey, PendingExport, Timestamp,
    exactly_equal,
};
use madrigal_state::StoredObject;
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::error::RunError;
use crate::report::Report;

/// An object that a planned change rests on, as it was observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestsOn {
    /// Which object.
    pub object: ObjectKey,
    /// Its name.
    pub dn: DistinguishedName,
    /// A hash of its name and values.
    pub digest: String,
}

/// A planned change as it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenChange {
    /// The change.
    pub change: PendingExport,
    /// The contact that changes and the object that speaks for the person.
    pub rests_on: Vec<RestsOn>,
}

/// What a planned change is known by: there is one for each identity and target.
pub type SeenKey = (ConnectorId, IdentityId);

/// A plan as it was seen.
pub type SeenPlan = BTreeMap<SeenKey, SeenChange>;

/// Why a plan is not the one that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// An object that the plan rests on has other values or another name.
    ObjectChanged(DistinguishedName),
    /// An object that the plan rests on is gone.
    ObjectGone(DistinguishedName),
    /// A change is planned that was not seen.
    Unseen(ChangeKind, DistinguishedName),
    /// A change that was seen is not planned any more.
    NotPlanned(ChangeKind, DistinguishedName),
    /// Something else is planned for the object: what kind of change was seen, and what differs.
    Other(ChangeKind, DistinguishedName, String),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ObjectChanged(dn) => write!(f, "{dn} has changed"),
            Self::ObjectGone(dn) => write!(f, "{dn} is gone"),
            Self::Unseen(kind, dn) => write!(f, "{kind} {dn} is planned now and was not"),
            Self::NotPlanned(kind, dn) => write!(f, "{kind} {dn} is not planned any more"),
            Self::Other(kind, dn, what) => write!(f, "{kind} {dn} is another change now: {what}"),
        }
    }
}

/// Everything in which the plan of now is not the one that was seen, in a fixed order. None: it is exactly that plan.
#[must_use]
pub fn differences(seen: &SeenPlan, now: &SeenPlan) -> Vec<Difference> {
    let mut found = Vec::new();
    for (key, seen) in seen {
        let Some(now) = now.get(key) else {
            found.extend(changed_objects(seen, &[]));
            found.push(Difference::NotPlanned(seen.change.kind, seen.change.dn.clone()));
            continue;
        };
        found.extend(changed_objects(seen, &now.rests_on));
        if seen.change != now.change {
            let (kind, dn) = (seen.change.kind, seen.change.dn.clone());
            found.push(Difference::Other(kind, dn, what_differs(&seen.change, &now.change)));
        }
    }
    let unseen = now.iter().filter(|(key, _)| !seen.contains_key(key)).map(|(_, now)| &now.change);
    found.extend(unseen.map(|change| Difference::Unseen(change.kind, change.dn.clone())));
    found.dedup();
    found
}

fn changed_objects(seen: &SeenChange, now: &[RestsOn]) -> Vec<Difference> {
    let changed = seen.rests_on.iter().filter_map(|before| {
        let after = now.iter().find(|after| after.object == before.object)?;
        (after.digest != before.digest).then(|| match after.digest.as_str() {
            "" => Difference::ObjectGone(before.dn.clone()),
            _ => Difference::ObjectChanged(before.dn.clone()),
        })
    });
    changed.collect()
}

fn what_differs(seen: &PendingExport, now: &PendingExport) -> String {
    if seen.kind != now.kind {
        return format!("it is {} now", now.kind);
    }
    if (&seen.dn, &seen.new_dn) != (&now.dn, &now.new_dn) {
        return "it has another name".to_owned();
    }
    let known = |plan: &PendingExport, attribute| {
        plan.changes.iter().find(|change| change.attribute == attribute).cloned()
    };
    let attributes = seen.changes.iter().chain(&now.changes).map(|change| change.attribute);
    let mut names: Vec<&str> = attributes
        .filter(|attribute| match (known(seen, *attribute), known(now, *attribute)) {
            (Some(one), Some(other)) => {
                !exactly_equal(&one.old, &other.old) || !exactly_equal(&one.new, &other.new)
            }
            _ => true,
        })
        .map(|attribute| attribute.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() { "it has other reasons".to_owned() } else { names.join(", ") }
}

impl Engine {
    /// What is planned for a target with what it rests on, page by page: at most `limit` changes behind `after`.
    ///
    /// # Errors
    /// The store's.
    pub async fn seen(
        &self,
        connector: ConnectorId,
        after: Option<IdentityId>,
        limit: u32,
    ) -> Result<Vec<SeenChange>, RunError> {
        let records = self.store.pending(connector, after, limit).await?;
        let keys_of = |change: &PendingExport| {
            let contact = change.anchor.clone().map(|anchor| ObjectKey::new(change.connector, anchor));
            contact.into_iter().chain(change.speaker.clone())
        };
        let mut keys: Vec<ObjectKey> = records.iter().flat_map(|record| keys_of(&record.export)).collect();
        keys.sort_unstable();
        keys.dedup();
        let found = self.store.objects(&keys).await?;
        let objects: HashMap<ObjectKey, RestsOn> =
            keys.into_iter().zip(found).map(|(key, found)| (key.clone(), rests_on(key, found))).collect();
        let seen = records.into_iter().map(|record| {
            let rests_on = keys_of(&record.export).filter_map(|key| objects.get(&key).cloned()).collect();
            SeenChange { change: record.export, rests_on }
        });
        Ok(seen.collect())
    }

    /// The connectors in the order of the configuration.
    pub fn targets(&self) -> impl Iterator<Item = ConnectorId> + '_ {
        self.connectors.iter().map(|connector| connector.id)
    }

    /// Reads the directories and, if exactly the plan that was seen is planned now, writes it and reads back what came
    /// of it. Else nothing is written, and everything that differs is given.
    ///
    /// # Errors
    /// [`RunError::Stopped`] where the guard stops the plan, and whatever stops a cycle.
    pub async fn export_seen(
        &mut self,
        seen: &SeenPlan,
        now: Timestamp,
    ) -> Result<Result<Report, Vec<Difference>>, RunError> {
        let (mut report, plan) = self.preview(now).await?;
        let found = differences(seen, &self.seen_plan().await?);
        if !found.is_empty() {
            return Ok(Err(found));
        }
        let stops = plan.stops();
        if !stops.is_empty() {
            return Err(RunError::Stopped(stops));
        }
        let targets: BTreeSet<ConnectorId> = seen.keys().map(|(connector, _)| *connector).collect();
        let mut failed = BTreeMap::new();
        self.export_round(&mut report, &targets, &mut failed, now).await?;
        if let Some(error) = failed.into_values().next() {
            return Err(error);
        }
        report.forget_problems();
        self.finish(&mut report).await?;
        Ok(Ok(report))
    }

    /// The whole plan with what it rests on.
    ///
    /// # Errors
    /// The store's.
    pub async fn seen_plan(&self) -> Result<SeenPlan, RunError> {
        let mut plan = SeenPlan::new();
        for connector in self.targets() {
            let mut after = None;
            loop {
                let page = self.seen(connector, after, 5_000).await?;
                let Some(last) = page.last() else { break };
                after = Some(last.change.identity);
                plan.extend(page.into_iter().map(|seen| ((connector, seen.change.identity), seen)));
            }
        }
        Ok(plan)
    }
}

/// An object that is gone has no digest.
pub(crate) fn rests_on(key: ObjectKey, found: Option<StoredObject>) -> RestsOn {
    match found.filter(|stored| !stored.gone) {
        None => RestsOn { object: key, dn: DistinguishedName::default(), digest: String::new() },
        Some(stored) => {
            let name = madrigal_model::ContentHash::of(stored.object.dn.as_str().as_bytes());
            let values = stored.object.entry.digest();
            RestsOn { object: key, dn: stored.object.dn, digest: format!("{name}{:032x}", values.0) }
        }
    }
}

#[cfg(test)]
mod tests {
    use madrigal_model::{Anchor, AttributeChange, AttributeName, Value};

    use super::*;

    fn seen(person: &str, kind: ChangeKind, title: &str, digest: &str) -> SeenChange {
        let dn = DistinguishedName::from_directory(&format!("CN={person}"));
        let change = PendingExport {
            kind,
            identity: IdentityId::projected_by("abc", person.as_bytes()),
            connector: ConnectorId(1),
            anchor: None,
            dn: dn.clone(),
            new_dn: None,
            changes: vec![AttributeChange {
                attribute: AttributeName::known("title").unwrap(),
                old: Vec::new(),
                new: vec![Value::text(title)],
                source: None,
            }],
            reason: None,
            speaker: None,
        };
        let object = ObjectKey::new(ConnectorId(2), Anchor::new(person.as_bytes()));
        SeenChange { change, rests_on: vec![RestsOn { object, dn, digest: digest.to_owned() }] }
    }

    fn check(seen: &[SeenChange], now: &[SeenChange], expected: &[&str]) {
        let plan = |changes: &[SeenChange]| {
            changes.iter().map(|one| ((one.change.connector, one.change.identity), one.clone())).collect()
        };
        let found: Vec<String> =
            differences(&plan(seen), &plan(now)).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn in_what_a_plan_is_not_the_one_that_was_seen() {
        use ChangeKind::{Delete, Modify};
        let anna = || seen("Anna", Modify, "Boss", "1");
        check(&[anna()], &[anna()], &[]);
        check(&[anna()], &[seen("Anna", Modify, "Boss", "2")], &["CN=Anna has changed"]);
        check(&[anna()], &[seen("Anna", Modify, "Boss", "")], &["CN=Anna is gone"]);
        check(
            &[anna()],
            &[seen("Anna", Modify, "Clerk", "1")],
            &["modify CN=Anna is another change now: title"],
        );
        check(
            &[anna()],
            &[seen("Anna", Delete, "Boss", "1")],
            &["modify CN=Anna is another change now: it is delete now"],
        );
        check(&[anna()], &[], &["modify CN=Anna is not planned any more"]);
        check(&[], &[anna()], &["modify CN=Anna is planned now and was not"]);
    }
}
