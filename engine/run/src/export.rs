//! Writes what the guard let through: first what is about to be sent is written down, then it is sent, then the receipts
//! are logged. Nothing is believed before an import shows it.

use std::collections::{BTreeMap, HashMap, HashSet};

use madrigal_api::{ConnectorError, Operation, Receipt, ReceiptOutcome, Settled};
use madrigal_model::{
    Approval, AttributeChange, ChangeCounts, ChangeKind, ConnectorId, EXPORTS_OF_A_RUN, ExportState, Hold,
    IdentityId, ObjectKey, PendingExport, Problem, Timestamp, Unconfirmed, UnconfirmedState, Value,
};
use madrigal_state::{ExportBegun, ReceiptWrite};
use madrigal_sync::baseline_after;
use madrigal_sync::guard::approve;

use crate::engine::Engine;
use crate::error::RunError;
use crate::operations::{Lookup, needs, operations};
use crate::queue::Queue;

/// How many exports are written down in one step before they are sent, and how many answers after.
const WRITTEN_DOWN_AT_ONCE: usize = 1_000;

/// What is held of each identity because an export takes it back.
pub(crate) type Holds = HashMap<IdentityId, Hold>;

impl Engine {
    /// Sends everything that is planned for a connector, if the guard lets it; what the directory accepted, by kind.
    ///
    /// # Errors
    /// [`RunError::Stopped`] with the limits that the plan goes past: then nothing was written. The connector's and the
    /// store's: then what was sent is written down, and the next import tells what came of it.
    pub async fn export(&mut self, connector: ConnectorId, now: Timestamp) -> Result<ChangeCounts, RunError> {
        if self.options.staged.contains(&connector) {
            return Ok(ChangeCounts::default());
        }
        self.settle_lost_receipts(connector, now).await?;
        let (queue, stops) = self.sendable(connector).await?;
        let approval = approve(stops, &self.options.accepted_limits).map_err(RunError::Stopped)?;
        self.send_all(connector, queue, (&approval, &Holds::new()), now).await
    }

    /// Sends these changes, which the guard has weighed; what the directory accepted, by kind.
    pub(crate) async fn export_these(
        &mut self,
        connector: ConnectorId,
        exports: Vec<PendingExport>,
        holds: &Holds,
        now: Timestamp,
    ) -> Result<ChangeCounts, RunError> {
        if self.options.staged.contains(&connector) {
            return Ok(ChangeCounts::default());
        }
        let stops = self.weigh(connector, exports.iter()).await?.stops();
        let approval = approve(stops, &self.options.accepted_limits).map_err(RunError::Stopped)?;
        self.send_all(connector, Queue::of(exports), (&approval, holds), now).await
    }

    async fn send_all(
        &mut self,
        connector: ConnectorId,
        mut queue: Queue,
        (approval, holds): (&Approval, &Holds),
        now: Timestamp,
    ) -> Result<ChangeCounts, RunError> {
        let mut accepted = ChangeCounts::default();
        let (mut later, mut unanswered) = (Vec::new(), BTreeMap::new());
        loop {
            self.renew_lease(now).await?;
            let sent = self.send(connector, &mut queue, (approval, holds), now).await?;
            let Some(sent) = sent else { break };
            accepted.add(&sent.accepted);
            later.extend(sent.later);
            unanswered.extend(sent.unanswered);
        }
        if !later.is_empty() {
            let mut receipts = Vec::with_capacity(later.len());
            let (mut later, most) = (later.into_iter(), self.batch_size(connector));
            let failed = loop {
                let part: Vec<Operation> = later.by_ref().take(most).collect();
                if part.is_empty() {
                    break None;
                }
                match self.apply(connector, part, approval, now).await {
                    Ok(answered) => receipts.extend(answered),
                    Err(error) => break Some(error),
                }
            };
            let mut outcomes = worst(receipts);
            // What was answered before is told again only if the rest of it was refused.
            outcomes.retain(|identity, receipt| {
                unanswered.contains_key(identity) || matches!(receipt.outcome, ReceiptOutcome::Refused(_))
            });
            for (identity, kind) in unanswered {
                let outcome = outcomes.get(&identity).map(|receipt| &receipt.outcome);
                if matches!(outcome, Some(ReceiptOutcome::Accepted(_))) {
                    accepted.count(kind);
                }
            }
            self.record(connector, outcomes, now).await?;
            if let Some(error) = failed {
                return Err(error);
            }
        }
        Ok(accepted)
    }

    /// How many exports are sent together: as many as the connector asks for, or as the configuration says where that
    /// is more.
    fn batch_size(&self, connector: ConnectorId) -> usize {
        let configured = self.connectors.iter().find(|known| known.id == connector);
        let exporter = configured.and_then(|configured| configured.exporter.as_ref());
        let asked = exporter.map_or(1, |exporter| exporter.batch_size());
        asked.max(usize::try_from(self.options.export_batch).unwrap_or(1))
    }

    pub(crate) fn confirms(&self, connector: ConnectorId) -> bool {
        let configured = self.connectors.iter().find(|known| known.id == connector);
        configured
            .and_then(|configured| configured.exporter.as_ref())
            .is_none_or(|exporter| exporter.capabilities().confirms)
    }

    /// Sends what goes together next; none: there is no more.
    async fn send(
        &mut self,
        connector: ConnectorId,
        queue: &mut Queue,
        (approval, holds): (&Approval, &Holds),
        now: Timestamp,
    ) -> Result<Option<Sent>, RunError> {
        let imports_complete = self.status(connector).await?.imports_complete;
        let baseline_first = self.topology.safeguards.baseline_first;
        let (most, by_name) = (self.batch_size(connector), !self.confirms(connector));
        let mut kinds: Vec<(IdentityId, ChangeKind)> = Vec::new();
        let (mut sent_now, mut sent_later, mut begun_later) = (Vec::new(), Vec::new(), Vec::new());
        // What a connector takes at once may be a whole first load: it is written down in parts.
        while kinds.len() < most {
            let room = WRITTEN_DOWN_AT_ONCE.min(most - kinds.len());
            let (part, states) = self.next_of(queue, connector, room).await?;
            if part.is_empty() {
                break;
            }
            kinds.extend(part.iter().map(|export| (export.identity, export.kind)));
            let lookup = self.lookup(connector, &part, &states).await?;
            let mut begun = Vec::with_capacity(part.len());
            for export in &part {
                // What takes a run back may bring somebody back of whom nothing is left.
                let unknown = ExportState::new(connector);
                let state = states.get(&export.identity).unwrap_or(&unknown);
                let mut begins = self.begin(export, state, imports_complete, now);
                begins.hold = holds.get(&export.identity).cloned();
                if export.kind == ChangeKind::Delete {
                    // In the log alone: if the directory refuses, what we put there is ours as before.
                    begins.unconfirmed.export.changes = lookup.goes_of(export);
                }
                begun.push(begins);
                let operations = operations(export, &lookup, by_name);
                sent_now.extend(operations.now);
                sent_later.extend(operations.later);
            }
            if baseline_first {
                self.store.begin_export(&self.lease, self.run, begun, now).await?;
            } else {
                begun_later.append(&mut begun);
            }
        }
        if kinds.is_empty() {
            return Ok(None);
        }
        let receipts = self.apply(connector, sent_now, approval, now).await?;
        if !begun_later.is_empty() {
            self.store.begin_export(&self.lease, self.run, begun_later, now).await?;
        }
        let outcomes = worst(receipts);
        let mut unanswered: BTreeMap<IdentityId, ChangeKind> = BTreeMap::new();
        let mut accepted = ChangeCounts::default();
        for (identity, kind) in kinds {
            match outcomes.get(&identity).map(|receipt| &receipt.outcome) {
                Some(ReceiptOutcome::Accepted(_)) => accepted.count(kind),
                Some(_) => {}
                None => {
                    unanswered.insert(identity, kind);
                }
            }
        }
        // Nothing more is asked of an object whose first change was refused: why it was, is what matters.
        sent_later.retain(|operation| {
            let outcome = outcomes.get(&operation.identity).map(|receipt| &receipt.outcome);
            !matches!(outcome, Some(ReceiptOutcome::Refused(_)))
        });
        self.record(connector, outcomes, now).await?;
        Ok(Some(Sent { accepted, later: sent_later, unanswered }))
    }

    /// Keeps what came of changes, as far as anybody knows.
    async fn record(
        &self,
        connector: ConnectorId,
        outcomes: BTreeMap<IdentityId, Receipt>,
        now: Timestamp,
    ) -> Result<(), RunError> {
        let known = outcomes.into_values().filter(|receipt| receipt.outcome != ReceiptOutcome::Unknown);
        let mut writes = known.map(|receipt| receipt_write(connector, receipt));
        loop {
            let part: Vec<ReceiptWrite> = writes.by_ref().take(WRITTEN_DOWN_AT_ONCE).collect();
            if part.is_empty() {
                return Ok(());
            }
            self.store.record_receipts(&self.lease, self.run, part, now).await?;
        }
    }

    async fn apply(
        &mut self,
        connector: ConnectorId,
        operations: Vec<Operation>,
        approval: &Approval,
        now: Timestamp,
    ) -> Result<Vec<Receipt>, RunError> {
        if operations.is_empty() {
            return Ok(Vec::new());
        }
        self.exports_sent += 1;
        let export_id = self.run.0 * EXPORTS_OF_A_RUN + self.exports_sent;
        let configured = self.configured_mut(connector)?;
        let name = configured.name.clone();
        let Some(exporter) = configured.exporter.as_mut() else { return Ok(Vec::new()) };
        let receipts = exporter.apply(export_id, operations, now, approval).await;
        receipts.map_err(|source| RunError::Connector { connector: name, source: Box::new(source) })
    }

    /// What is written down before anything is sent.
    fn begin(
        &self,
        export: &PendingExport,
        state: &ExportState,
        imports_complete: u64,
        now: Timestamp,
    ) -> ExportBegun {
        // What an earlier change file holds is not shown yet: it stays part of what is assumed.
        let earlier = state.unconfirmed.as_ref().filter(|_| !self.confirms(export.connector));
        let sent = earlier.map_or_else(|| export.clone(), |earlier| together(&earlier.export, export));
        let before = earlier.map(|earlier| Box::new(Unconfirmed { before: None, ..earlier.clone() }));
        ExportBegun {
            identity: export.identity,
            connector: export.connector,
            baseline: baseline_after(&state.baseline, &export.changes),
            dn: export.new_dn.clone().unwrap_or_else(|| export.dn.clone()),
            unconfirmed: Unconfirmed {
                export: sent,
                run: self.run.0 * EXPORTS_OF_A_RUN + self.exports_sent + 1,
                at: now,
                since: earlier.map_or(now, |earlier| earlier.since),
                imports_complete,
                state: UnconfirmedState::Begun,
                before,
            },
            hold: None,
        }
    }

    async fn lookup(
        &self,
        connector: ConnectorId,
        batch: &[PendingExport],
        states: &HashMap<IdentityId, ExportState>,
    ) -> Result<Lookup, RunError> {
        let (mut objects, mut identities, mut blobs) = (Vec::new(), Vec::new(), Vec::new());
        for export in batch {
            let needed = needs(export);
            objects.extend(needed.0);
            identities.extend(needed.1);
            blobs.extend(needed.2);
        }
        let deletes = batch.iter().filter(|export| export.kind == ChangeKind::Delete);
        let going: HashSet<ObjectKey> =
            deletes.filter_map(|export| Some(ObjectKey::new(connector, export.anchor.clone()?))).collect();
        objects.extend(going.iter().cloned());
        objects.sort_unstable();
        objects.dedup();
        identities.sort_unstable();
        identities.dedup();
        let mut lookup = Lookup::default();
        let stamp = self.topology.connector(connector).map(|connector| connector.stamp);
        for stored in self.store.objects(&objects).await?.into_iter().flatten() {
            let goes = going.contains(&stored.object.key);
            let mark = stamp.filter(|_| goes).and_then(|stamp| {
                let text = stored.object.entry.text(stamp)?;
                Some((stored.object.key.clone(), (stamp, Value::text(text))))
            });
            lookup.stamps.extend(mark);
            if goes {
                lookup.going.insert(stored.object.key.clone(), stored.object.entry);
            }
            lookup.names.insert(stored.object.key, stored.object.dn);
        }
        for identity in self.store.identities(&identities).await?.into_iter().flatten() {
            let state = identity.exports.into_iter().find(|state| state.connector == connector);
            lookup.planned.extend(state.map(|state| (identity.id, state.dn)));
        }
        for export in batch.iter().filter(|export| export.kind == ChangeKind::Add) {
            if states.contains_key(&export.identity) {
                lookup.planned.insert(export.identity, export.dn.clone());
            }
        }
        lookup.blobs = self.store.blobs(&blobs).await?;
        Ok(lookup)
    }

    /// A change file whose receipts were lost in a crash is looked for: what was never written is planned again.
    pub(crate) async fn settle_lost_receipts(
        &mut self,
        connector: ConnectorId,
        now: Timestamp,
    ) -> Result<(), RunError> {
        if self.confirms(connector) {
            return Ok(());
        }
        let waiting = self.store.unconfirmed(connector).await?;
        let mut receipts = Vec::new();
        let mut settled: HashMap<(u64, Timestamp), Settled> = HashMap::new();
        for identity in self.store.identities(&waiting).await?.into_iter().flatten() {
            let state = identity.exports.iter().find(|state| state.connector == connector);
            let Some(unconfirmed) = state.and_then(|state| state.unconfirmed.as_ref()) else { continue };
            if unconfirmed.state != UnconfirmedState::Begun {
                continue;
            }
            let export = (unconfirmed.run, unconfirmed.at);
            let outcome = match settled.get(&export) {
                Some(outcome) => *outcome,
                None => {
                    let outcome = self.settle(connector, export).await?;
                    settled.insert(export, outcome);
                    outcome
                }
            };
            let state = match outcome {
                Settled::Done => Some(UnconfirmedState::Accepted),
                Settled::NotDone => None,
                Settled::Unknown => continue,
            };
            receipts.push(ReceiptWrite {
                identity: identity.id,
                connector,
                state,
                anchor: None,
                problem: None,
            });
        }
        self.store.record_receipts(&self.lease, self.run, receipts, now).await?;
        Ok(())
    }

    async fn settle(
        &mut self,
        connector: ConnectorId,
        (export_id, at): (u64, Timestamp),
    ) -> Result<Settled, RunError> {
        let configured = self.configured_mut(connector)?;
        let name = configured.name.clone();
        match configured.exporter.as_mut() {
            Some(exporter) => {
                let settled: Result<Settled, ConnectorError> = exporter.settle(export_id, at).await;
                settled.map_err(|source| RunError::Connector { connector: name, source: Box::new(source) })
            }
            None => Ok(Settled::Unknown),
        }
    }
}

/// What came of a batch.
struct Sent {
    accepted: ChangeCounts,
    /// Operations that must wait until everything is there that they point to.
    later: Vec<Operation>,
    /// Changes of which nothing was sent yet.
    unanswered: BTreeMap<IdentityId, ChangeKind>,
}

/// What came of each change.
fn worst(receipts: Vec<Receipt>) -> BTreeMap<IdentityId, Receipt> {
    let mut outcomes: BTreeMap<IdentityId, Receipt> = BTreeMap::new();
    for receipt in receipts {
        let known = outcomes.remove(&receipt.identity);
        outcomes.insert(receipt.identity, known.map_or(receipt.clone(), |known| worse(known, receipt)));
    }
    outcomes
}

/// What came of a change of several operations: a refusal tells more than that nobody knows, and that more than success.
fn worse(one: Receipt, other: Receipt) -> Receipt {
    let rank = |receipt: &Receipt| match receipt.outcome {
        ReceiptOutcome::Refused(_) => 3,
        ReceiptOutcome::Unknown => 2,
        ReceiptOutcome::Accepted(Some(_)) => 1,
        ReceiptOutcome::Accepted(None) => 0,
    };
    if rank(&other) > rank(&one) { other } else { one }
}

fn receipt_write(connector: ConnectorId, receipt: Receipt) -> ReceiptWrite {
    let identity = receipt.identity;
    let (state, anchor, problem) = match receipt.outcome {
        ReceiptOutcome::Accepted(anchor) => {
            let note = receipt.note.map(|note| Problem { connector: Some(connector), ..*note });
            (UnconfirmedState::Accepted, anchor, note)
        }
        ReceiptOutcome::Refused(problem) => (UnconfirmedState::Refused, None, Some(*problem)),
        ReceiptOutcome::Unknown => (UnconfirmedState::Begun, None, None),
    };
    ReceiptWrite { identity, connector, state: Some(state), anchor, problem }
}

/// Two exports of one object of which no import has shown the first: what both together come to.
fn together(earlier: &PendingExport, later: &PendingExport) -> PendingExport {
    match later.kind {
        ChangeKind::Delete => return later.clone(),
        // The one that goes before it is made stays known.
        ChangeKind::Add => return PendingExport { anchor: earlier.anchor.clone(), ..later.clone() },
        _ => {}
    }
    let mut changes: Vec<AttributeChange> = earlier
        .changes
        .iter()
        .filter(|change| later.changes.iter().all(|newer| newer.attribute != change.attribute))
        .cloned()
        .collect();
    changes.extend(later.changes.iter().cloned());
    let is_new = earlier.kind == ChangeKind::Add;
    let (kind, anchor) =
        if is_new { (ChangeKind::Add, &earlier.anchor) } else { (later.kind, &later.anchor) };
    let new_dn = later.new_dn.clone().or_else(|| earlier.new_dn.clone());
    PendingExport { kind, anchor: anchor.clone(), dn: earlier.dn.clone(), new_dn, changes, ..later.clone() }
}

#[cfg(test)]
mod tests {
    use madrigal_model::{Anchor, Problem, ProblemCode, Severity};

    use super::*;

    #[test]
    fn a_refusal_outlives_what_follows_it() {
        let problem = Problem {
            code: ProblemCode::new("MDR-C022"),
            severity: Severity::Problem,
            connector: None,
            object: String::new(),
            attribute: None,
            message: String::new(),
            remedy: String::new(),
            at: Timestamp::default(),
        };
        let outcomes = [
            ReceiptOutcome::Accepted(None),
            ReceiptOutcome::Accepted(Some(Anchor::new(b"1"))),
            ReceiptOutcome::Unknown,
            ReceiptOutcome::Refused(Box::new(problem)),
        ];
        let receipt = |at: usize| Receipt::new(IdentityId::projected_by("abc", b"1"), outcomes[at].clone());
        for one in 0..outcomes.len() {
            for other in 0..outcomes.len() {
                assert_eq!(worse(receipt(one), receipt(other)), receipt(one.max(other)), "{one} {other}");
            }
        }
    }
}
