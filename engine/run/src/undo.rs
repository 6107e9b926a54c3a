//! Takes a run back: the inverse of what it wrote, as a plan that goes through the same guard and the same export.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use madrigal_model::{
    Anchor, AttributeName, ChangeKind, ConnectorId, DistinguishedName, Hold, IdentityId, IndexKey, KeyOwner,
    ObjectKey, PendingExport, Reference, SpaceObject, Timestamp, Unconfirmed, Value, ValueRef,
};
use madrigal_state::{AuditRecord, RunId};
use madrigal_sync::guard::Tally;
use madrigal_sync::undo::{Left, claimed, inverse};

use crate::engine::Engine;
use crate::error::RunError;
use crate::export::Holds;
use crate::plan::Plan;
use crate::report::Report;
use crate::seen::{Difference, SeenChange, SeenPlan, differences, rests_on};

/// How many lines of the audit log are read at once.
const LINES: u32 = 2_000;

/// An object that is not taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftObject {
    /// The target.
    pub connector: ConnectorId,
    /// Its name.
    pub dn: DistinguishedName,
    /// Why.
    pub why: Left,
}

/// What takes a run back.
#[derive(Clone, Debug, Default)]
pub struct Undo {
    /// The inverse changes, as a plan.
    pub seen: SeenPlan,
    /// What the guard says of them.
    pub plan: Plan,
    /// The objects that are left as they are.
    pub left: Vec<LeftObject>,
    /// What is taken back, and not to be done again.
    taken_back: HashMap<(ConnectorId, IdentityId), PendingExport>,
}

impl Undo {
    /// How many contacts that were deleted are brought back, with their key.
    #[must_use]
    pub fn brought_back(&self) -> usize {
        self.again().filter(|change| change.anchor.is_some()).count()
    }

    /// How many contacts that were deleted are made anew: they get another key, and are in no group any more.
    #[must_use]
    pub fn made_anew(&self) -> usize {
        self.again().filter(|change| change.anchor.is_none()).count()
    }

    fn again(&self) -> impl Iterator<Item = &PendingExport> {
        let changes = self.seen.values().map(|seen| &seen.change);
        changes.filter(|change| change.kind == ChangeKind::Add)
    }
}

/// What is known of an object that a run wrote.
struct There {
    /// As it was last observed; none: it is gone.
    object: Option<SpaceObject>,
    /// The run whose change of it waits to be carried.
    waits: Option<u64>,
}

impl Engine {
    /// Reads the directories and works out what would take a run back. Nothing is written.
    ///
    /// # Errors
    /// Whatever stops a cycle.
    pub async fn undo(&mut self, run: RunId, now: Timestamp) -> Result<(Report, Undo), RunError> {
        let (mut report, _) = self.preview(now).await?;
        let undo = self.inverse_of(run).await?;
        for connector in report.connectors.values_mut() {
            connector.planned = madrigal_model::ChangeCounts::default();
        }
        for plan in &undo.plan.connectors {
            report.connectors.entry(plan.name.clone()).or_default().planned = plan.tally.counts;
        }
        report.forget_problems();
        self.finish(&mut report).await?;
        Ok((report, undo))
    }

    /// Takes a run back, if that is still exactly what was seen. Else nothing is written, and everything that differs is
    /// given.
    ///
    /// # Errors
    /// [`RunError::Stopped`] where the guard stops it, and whatever stops a cycle.
    pub async fn export_undo(
        &mut self,
        run: RunId,
        seen: &SeenPlan,
        now: Timestamp,
    ) -> Result<Result<Report, Vec<Difference>>, RunError> {
        let (mut report, undo) = self.undo(run, now).await?;
        let found = differences(seen, &undo.seen);
        if !found.is_empty() {
            return Ok(Err(found));
        }
        let stops = undo.plan.stops();
        if !stops.is_empty() {
            return Err(RunError::Stopped(stops));
        }
        let mut by_target: BTreeMap<ConnectorId, (Vec<PendingExport>, Holds)> = BTreeMap::new();
        let mut taken_back = undo.taken_back;
        for (key, seen) in undo.seen {
            let (changes, holds) = by_target.entry(key.0).or_default();
            let change = taken_back.remove(&key);
            holds.extend(change.map(|change| (key.1, Hold { run: run.0, at: now, change })));
            changes.push(seen.change);
        }
        let targets: BTreeSet<ConnectorId> = by_target.keys().copied().collect();
        for (target, (changes, holds)) in by_target {
            let accepted = self.export_these(target, changes, &holds, now).await?;
            let name = self.name(target);
            report.connector(&name).exported.add(&accepted);
        }
        self.read_back(&targets, now).await?;
        report.forget_problems();
        self.finish(&mut report).await?;
        Ok(Ok(report))
    }

    async fn inverse_of(&mut self, run: RunId) -> Result<Undo, RunError> {
        let mut undo = Undo::default();
        let sent = self.sent_by(run).await?;
        for some in sent.chunks(LINES as usize) {
            let there = self.there(some).await?;
            let named = self.names_for(some, &there).await?;
            for (sent, there) in some.iter().zip(&there) {
                self.invert(sent, there, &named, &mut undo).await?;
            }
        }
        self.look_for_deleted(&mut undo).await?;
        let mut tallies: BTreeMap<ConnectorId, Tally> = BTreeMap::new();
        for (key, seen) in &undo.seen {
            tallies.entry(key.0).or_default().count(&seen.change);
        }
        for connector in &self.connectors {
            let contacts = self.status(connector.id).await?.provisioned;
            let tally = tallies.remove(&connector.id).unwrap_or_default();
            undo.plan.connectors.push(self.weighed(connector, tally, contacts));
        }
        Ok(undo)
    }

    /// Asks the directories which of the deleted contacts they still have: the others are made anew.
    async fn look_for_deleted(&mut self, undo: &mut Undo) -> Result<(), RunError> {
        let mut deleted: BTreeMap<ConnectorId, Vec<Anchor>> = BTreeMap::new();
        for change in undo.again() {
            deleted.entry(change.connector).or_default().extend(change.anchor.clone());
        }
        for (target, keys) in deleted {
            let configured = self.configured_mut(target)?;
            let exporter = configured.exporter.as_mut();
            let found = match exporter.filter(|exporter| exporter.capabilities().brings_back) {
                Some(exporter) => exporter.deleted(&keys).await,
                None => Ok(Vec::new()),
            };
            let found = found.map_err(|source| RunError::Connector {
                connector: configured.name.clone(),
                source: Box::new(source),
            })?;
            let found: HashSet<Anchor> = found.into_iter().collect();
            let ours = undo.seen.iter_mut().filter(|(key, _)| key.0 == target);
            for (_, seen) in ours.filter(|(_, seen)| seen.change.kind == ChangeKind::Add) {
                seen.change.anchor = seen.change.anchor.take().filter(|key| found.contains(key));
            }
        }
        Ok(())
    }

    async fn invert(
        &self,
        sent: &PendingExport,
        There { object, waits }: &There,
        named: &Names,
        undo: &mut Undo,
    ) -> Result<(), RunError> {
        let (target, there) = (sent.connector, object.as_ref());
        let Some(stamp) = self.topology.connector(target).map(|connector| connector.stamp) else {
            return Ok(());
        };
        let inverted = match waits {
            Some(run) => Err(Left::Waits(*run)),
            None => inverse(sent, there, stamp, &|value| named.of(target, value)),
        };
        let change = match inverted {
            Ok(change) => self.free(change, there).await?,
            Err(left) => Err(left),
        };
        match change {
            Err(why) => {
                let dn = there.map_or_else(|| sent.dn.clone(), |there| there.dn.clone());
                undo.left.push(LeftObject { connector: target, dn, why });
            }
            Ok(change) => {
                let keys = there.map(|there| there.key.clone());
                let rests_on = match keys {
                    None => Vec::new(),
                    Some(key) => {
                        let found = self.store.objects(std::slice::from_ref(&key)).await?;
                        vec![rests_on(key, found.into_iter().next().flatten())]
                    }
                };
                let key = (target, change.identity);
                undo.taken_back.insert(key, kept_of(sent));
                undo.seen.insert(key, SeenChange { change, rests_on });
            }
        }
        Ok(())
    }

    /// The change, if nobody else has the name and the addresses by now.
    async fn free(
        &self,
        change: PendingExport,
        there: Option<&SpaceObject>,
    ) -> Result<Result<PendingExport, Left>, RunError> {
        let target = change.connector;
        let name = change.new_dn.as_ref().or((change.kind == ChangeKind::Add).then_some(&change.dn));
        let mut keys: Vec<(IndexKey, Option<String>)> = Vec::new();
        keys.extend(name.map(|dn| (IndexKey::dn(target, dn), None)));
        let addresses = claimed(&change).into_iter();
        keys.extend(addresses.map(|address| (IndexKey::address(target, &address), Some(address))));
        let asked: Vec<IndexKey> = keys.iter().map(|(key, _)| *key).collect();
        let owners = self.store.owners(&asked).await?;
        for (key, address) in keys {
            for owner in owners.get(&key).into_iter().flatten() {
                let KeyOwner::Object(owner) = owner else { continue };
                if there.is_some_and(|there| there.key == *owner) {
                    continue;
                }
                let found =
                    self.store.objects(std::slice::from_ref(owner)).await?.into_iter().next().flatten();
                let Some(found) = found.filter(|found| !found.gone) else { continue };
                return Ok(Err(match address {
                    Some(address) => Left::AddressTaken(address, found.object.dn),
                    None => Left::NameTaken(found.object.dn),
                }));
            }
        }
        Ok(Ok(change))
    }

    /// What a run wrote, each object once, what came of several exports of it taken together; what a directory refused
    /// is left out.
    async fn sent_by(&self, run: RunId) -> Result<Vec<PendingExport>, RunError> {
        let mut order = Vec::new();
        let mut sent: HashMap<_, (Option<PendingExport>, PendingExport)> = HashMap::new();
        let mut from = self.first_line(run).await?;
        loop {
            let lines = self.store.audit(from, LINES).await?;
            let Some(last) = lines.last() else { break };
            from = last.number + 1;
            let is_over = last.run > run;
            for line in lines.into_iter().filter(|line| line.run == run) {
                let key = (line.connector, line.identity);
                match line.event.as_str() {
                    "begun" => {
                        let before = sent.remove(&key).map(|(_, before)| before);
                        if before.is_none() {
                            order.push(key);
                        }
                        let export = match &before {
                            Some(before) => one_of_two(before, line.export),
                            None => line.export,
                        };
                        sent.insert(key, (before, export));
                    }
                    "refused" | "not-written" => {
                        if let Some((Some(before), _)) = sent.remove(&key) {
                            sent.insert(key, (None, before));
                        }
                    }
                    _ => {}
                }
            }
            if is_over {
                break;
            }
        }
        Ok(order.into_iter().filter_map(|key| sent.remove(&key)).map(|(_, export)| export).collect())
    }

    /// The first line of the audit log that a run could have written: runs follow each other.
    async fn first_line(&self, run: RunId) -> Result<u64, RunError> {
        let line = async |number| -> Result<Option<AuditRecord>, RunError> {
            Ok(self.store.audit(number, 1).await?.into_iter().next())
        };
        let mut beyond = 1;
        while line(beyond).await?.is_some_and(|line| line.run < run) {
            beyond *= 2;
        }
        let mut before = beyond / 2;
        while before + 1 < beyond {
            let middle = before.midpoint(beyond);
            match line(middle).await? {
                Some(line) if line.run < run => before = middle,
                _ => beyond = middle,
            }
        }
        Ok(beyond)
    }

    /// The contacts as they were last observed: by their keys, or those that the identities have in the target now.
    async fn there(&self, sent: &[PendingExport]) -> Result<Vec<There>, RunError> {
        let ids: Vec<_> = sent.iter().map(|sent| sent.identity).collect();
        let identities = self.store.identities(&ids).await?;
        let known: Vec<(Option<ObjectKey>, Option<u64>)> = sent
            .iter()
            .zip(identities)
            .map(|(sent, identity)| {
                let states = identity.into_iter().flat_map(|identity| identity.exports);
                let known = states.into_iter().find(|state| state.connector == sent.connector);
                let unconfirmed = known.as_ref().and_then(|state| state.unconfirmed.as_ref());
                let waits = unconfirmed.filter(|_| !self.confirms(sent.connector)).map(Unconfirmed::sent_by);
                let anchor = known.and_then(|state| state.anchor).or_else(|| sent.anchor.clone());
                (anchor.map(|anchor| ObjectKey::new(sent.connector, anchor)), waits)
            })
            .collect();
        let asked: Vec<ObjectKey> = known.iter().filter_map(|(key, _)| key.clone()).collect();
        let mut found = self.store.objects(&asked).await?.into_iter();
        let there = known.into_iter().map(|(key, waits)| {
            let found = key.and_then(|_| found.next().flatten());
            There { object: found.filter(|stored| !stored.gone).map(|stored| stored.object), waits }
        });
        Ok(there.collect())
    }

    async fn names_for(&self, sent: &[PendingExport], there: &[There]) -> Result<Names, RunError> {
        let mut names = Names::default();
        let (mut objects, mut identities) = (Vec::new(), Vec::new());
        for export in sent {
            for value in export.changes.iter().flat_map(|change| change.old.iter().chain(&change.new)) {
                match value {
                    Value::Reference(Reference::Object(anchor)) => {
                        objects.push(ObjectKey::new(export.connector, anchor.clone()));
                    }
                    Value::Reference(Reference::Identity(identity)) => identities.push(*identity),
                    _ => {}
                }
            }
        }
        for object in there.iter().filter_map(|there| there.object.as_ref()) {
            for value in object.entry.iter().flat_map(|(_, values)| values.iter()) {
                if let ValueRef::Object(anchor) = value {
                    let anchor = Anchor::new(anchor);
                    objects.push(ObjectKey::new(object.key.connector, anchor));
                }
            }
        }
        objects.sort_unstable();
        objects.dedup();
        for stored in self.store.objects(&objects).await?.into_iter().flatten() {
            names.objects.insert(stored.object.key, stored.object.dn);
        }
        for identity in self.store.identities(&identities).await?.into_iter().flatten() {
            for state in identity.exports {
                names.contacts.insert((identity.id, state.connector), state.dn);
            }
        }
        Ok(names)
    }
}

/// What must be known of a change so that it is not made again.
fn kept_of(sent: &PendingExport) -> PendingExport {
    let is_whole = matches!(sent.kind, ChangeKind::Add | ChangeKind::Hide | ChangeKind::Delete);
    let changes = if is_whole { Vec::new() } else { sent.changes.clone() };
    PendingExport { changes, ..sent.clone() }
}

/// What references of either kind point to, by name.
#[derive(Default)]
struct Names {
    objects: HashMap<ObjectKey, DistinguishedName>,
    contacts: HashMap<(madrigal_model::IdentityId, ConnectorId), DistinguishedName>,
}

impl Names {
    fn of(&self, connector: ConnectorId, value: ValueRef<'_>) -> Value {
        let dn = match value {
            ValueRef::Object(anchor) => {
                self.objects.get(&ObjectKey::new(connector, Anchor::new(anchor))).cloned()
            }
            ValueRef::Identity(identity) => self.contacts.get(&(identity, connector)).cloned(),
            ValueRef::Unresolved(dn) => Some(DistinguishedName::from_directory(dn)),
            _ => None,
        };
        dn.map_or_else(
            || value.to_value(),
            |dn| Value::Reference(Reference::Unresolved(dn.normalized().into_boxed_str())),
        )
    }
}

/// Two changes of one object that followed each other, as one.
fn one_of_two(earlier: &PendingExport, later: PendingExport) -> PendingExport {
    let kind = if earlier.kind == ChangeKind::Add { ChangeKind::Add } else { later.kind };
    let mut changes = earlier.changes.clone();
    for change in later.changes.iter() {
        let attribute: AttributeName = change.attribute;
        match changes.iter_mut().find(|known| known.attribute == attribute) {
            Some(known) => known.new.clone_from(&change.new),
            None => changes.push(change.clone()),
        }
    }
    let dn = if kind == ChangeKind::Add {
        later.new_dn.clone().unwrap_or_else(|| later.dn.clone())
    } else {
        earlier.dn.clone()
    };
    let new_dn = match kind {
        ChangeKind::Add => None,
        _ => later.new_dn.clone().or_else(|| earlier.new_dn.clone()),
    };
    PendingExport { kind, dn, new_dn, changes, ..later }
}
