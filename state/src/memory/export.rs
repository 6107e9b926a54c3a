//! What exports write: the plan, what is under way, the audit log.

use std::collections::HashMap;

use madrigal_model::{ConnectorId, ExportState, Identity, IdentityId, Timestamp};

use super::tables::{IdentityRow, Tables};
use crate::store::audit_event;
use crate::{ExportBegun, PendingRecord, ProblemSubject, ReceiptWrite, RunId, StoreError};

impl Tables {
    /// The export states to a connector, in the order of their identities' numbers.
    fn states_of(
        &self,
        connector: ConnectorId,
        after: u64,
    ) -> impl Iterator<Item = (u64, &IdentityRow, &ExportState)> {
        self.identities.range(after + 1..).filter_map(move |(number, row)| {
            let state = row.identity.exports.iter().find(|state| state.connector == connector)?;
            Some((*number, row, state))
        })
    }

    pub(super) fn pending(
        &self,
        connector: ConnectorId,
        after: Option<IdentityId>,
        limit: u32,
    ) -> Result<Vec<PendingRecord>, StoreError> {
        let after = match after {
            None => 0,
            Some(id) => *self.identity_numbers.get(&id).ok_or_else(|| StoreError::lost_place(&id))?,
        };
        let record = |(number, _, state): (u64, &IdentityRow, &ExportState)| {
            Some(PendingRecord {
                export: state.pending.clone()?,
                unconfirmed: state.unconfirmed.clone(),
                dirty: self.dirty_identities.contains(&number),
            })
        };
        Ok(self.states_of(connector, after).filter_map(record).take(limit as usize).collect())
    }

    pub(super) fn unconfirmed(&self, connector: ConnectorId) -> Vec<IdentityId> {
        self.states_of(connector, 0)
            .filter(|(_, _, state)| state.unconfirmed.is_some())
            .map(|(_, row, _)| row.identity.id)
            .collect()
    }

    pub(super) fn held(&self, connector: ConnectorId) -> Vec<IdentityId> {
        self.states_of(connector, 0)
            .filter(|(_, _, state)| !state.holds.is_empty())
            .map(|(_, row, _)| row.identity.id)
            .collect()
    }

    pub(super) fn release(&mut self, connector: ConnectorId, identities: &[IdentityId], run: RunId) {
        for id in identities {
            let Some(&number) = self.identity_numbers.get(id) else { continue };
            let Some(row) = self.identities.get_mut(&number) else { continue };
            let state = row.identity.exports.iter_mut().find(|state| state.connector == connector);
            let Some(state) = state else { continue };
            let before = state.holds.len();
            state.holds.retain(|hold| hold.run != run.0);
            if state.holds.len() < before {
                self.dirty_identities.insert(number);
            }
        }
    }

    pub(super) fn begin_export(&mut self, run: RunId, exports: Vec<ExportBegun>, now: Timestamp) {
        for begun in exports {
            let of = (begun.identity, begun.connector);
            let line = self.append_audit((run, now), "begun", of, &begun.unconfirmed.export, None);
            let row = self.row_to_write(begun.identity);
            row.begun_lines.insert(begun.connector, line);
            let exports = &mut row.identity.exports;
            let known = exports.iter_mut().find(|state| state.connector == begun.connector);
            let mut made = ExportState::new(begun.connector);
            let is_new = known.is_none();
            let state = known.unwrap_or(&mut made);
            state.baseline = begun.baseline;
            state.dn = begun.dn;
            state.unconfirmed = Some(begun.unconfirmed);
            state.pending = None;
            if let Some(hold) = begun.hold {
                state.holds.retain(|known| known.run != hold.run);
                state.holds.push(hold);
            }
            if is_new {
                exports.push(made);
                exports.sort_by_key(|state| state.connector);
            }
        }
    }

    /// The identity's row; it is made where there is none: what is sent is never left unwritten.
    fn row_to_write(&mut self, identity: IdentityId) -> &mut IdentityRow {
        let number = self.identity_number(identity);
        self.identities.entry(number).or_insert_with(|| IdentityRow {
            identity: Identity::new(identity),
            due: None,
            export_keys: HashMap::new(),
            begun_lines: HashMap::new(),
        })
    }

    pub(super) fn record_receipts(&mut self, run: RunId, receipts: Vec<ReceiptWrite>, now: Timestamp) {
        for receipt in receipts {
            self.record_receipt(run, receipt, now);
        }
    }

    fn record_receipt(&mut self, run: RunId, receipt: ReceiptWrite, now: Timestamp) {
        let ReceiptWrite { identity, connector, state: known, anchor, problem } = receipt;
        let Some(&number) = self.identity_numbers.get(&identity) else { return };
        let Some(row) = self.identities.get_mut(&number) else { return };
        let Some(state) = row.identity.exports.iter_mut().find(|state| state.connector == connector) else {
            return;
        };
        if anchor.is_some() {
            state.anchor = anchor;
        }
        let Some(unconfirmed) = state.unconfirmed.take() else { return };
        let sent = unconfirmed.export.clone();
        let sent_in = row.begun_lines.get(&connector).copied();
        state.unconfirmed = unconfirmed.answered(known);
        if known.is_none() {
            row.begun_lines.remove(&connector);
            self.dirty_identities.insert(number);
        }
        self.append_audit((run, now), audit_event(known), (identity, connector), &sent, sent_in);
        self.record_problems(ProblemSubject::Export(identity, connector), problem.into_iter().collect());
    }
}
