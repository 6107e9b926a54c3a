//! What exports write: the plan, what is under way, the audit log.

use std::collections::HashMap;

use madrigal_model::{ConnectorId, ExportState, Identity, IdentityId, PendingExport, Timestamp};

use super::tables::{IdentityRow, Tables};
use crate::store::audit_event;
use crate::{AuditRecord, ExportBegun, PendingRecord, ProblemSubject, ReceiptWrite, RunId, StoreError};

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

    pub(super) fn begin_export(&mut self, run: RunId, exports: Vec<ExportBegun>, now: Timestamp) {
        for begun in exports {
            self.append_audit(now, run, "begun", begun.connector, begun.identity, &begun.unconfirmed.export);
            let exports = self.exports_to_write(begun.identity);
            let known = exports.iter_mut().find(|state| state.connector == begun.connector);
            let mut made = ExportState::new(begun.connector);
            let is_new = known.is_none();
            let state = known.unwrap_or(&mut made);
            state.baseline = begun.baseline;
            state.dn = begun.dn;
            state.unconfirmed = Some(begun.unconfirmed);
            state.pending = None;
            if is_new {
                exports.push(made);
                exports.sort_by_key(|state| state.connector);
            }
        }
    }

    /// The identity's export states; the identity is made where there is none: what is sent is never left unwritten.
    fn exports_to_write(&mut self, identity: IdentityId) -> &mut Vec<ExportState> {
        let number = self.identity_number(identity);
        let row = self.identities.entry(number).or_insert_with(|| IdentityRow {
            identity: Identity::new(identity),
            due: None,
            export_keys: HashMap::new(),
        });
        &mut row.identity.exports
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
        let Some(mut unconfirmed) = state.unconfirmed.take() else { return };
        let sent = unconfirmed.export.clone();
        match known {
            Some(known) => {
                unconfirmed.state = known;
                state.unconfirmed = Some(unconfirmed);
            }
            None => {
                self.dirty_identities.insert(number);
            }
        }
        self.append_audit(now, run, audit_event(known), connector, identity, &sent);
        self.record_problems(ProblemSubject::Export(identity, connector), problem.into_iter().collect());
    }

    fn append_audit(
        &mut self,
        at: Timestamp,
        run: RunId,
        event: &str,
        connector: ConnectorId,
        identity: IdentityId,
        export: &PendingExport,
    ) {
        let at_place = usize::try_from(run.0).ok().and_then(|number| number.checked_sub(1));
        let by = at_place.and_then(|place| self.runs.get(place)).map(|record| record.by.clone());
        self.audit.push(AuditRecord {
            number: self.audit.len() as u64 + 1,
            at,
            run,
            by: by.unwrap_or_default(),
            event: event.to_owned(),
            connector,
            identity,
            export: export.clone(),
        });
    }

    pub(super) fn audit(&self, from: u64, limit: u32) -> Vec<AuditRecord> {
        let first = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX);
        self.audit.iter().skip(first).take(limit as usize).cloned().collect()
    }
}
