//! The audit log and its chain.

use madrigal_model::{ConnectorId, IdentityId, PendingExport, Timestamp};

use super::tables::Tables;
use crate::chain::{AuditHead, AuditLink, ChainedLine, Line, Sent};
use crate::{AuditRecord, RunId};

/// A line of the audit log.
#[derive(Debug)]
pub(super) struct AuditRow {
    record: AuditRecord,
    /// The line that says what was sent, where this one tells what came of it.
    sent_in: Option<u64>,
}

impl AuditRow {
    fn line(&self) -> Line<'_> {
        let record = &self.record;
        Line {
            number: record.number,
            at: record.at,
            run: record.run,
            by: &record.by,
            event: &record.event,
            connector: record.connector,
            identity: record.identity,
            sent: self.sent_in.map_or(Sent::Here(&record.export), Sent::In),
        }
    }
}

impl Tables {
    /// Appends a line and gives its number.
    pub(super) fn append_audit(
        &mut self,
        (run, at): (RunId, Timestamp),
        event: &str,
        (identity, connector): (IdentityId, ConnectorId),
        export: &PendingExport,
        sent_in: Option<u64>,
    ) -> u64 {
        let at_place = usize::try_from(run.0).ok().and_then(|number| number.checked_sub(1));
        let by = at_place.and_then(|place| self.runs.get(place)).map(|record| record.by.clone());
        let number = self.audit.len() as u64 + 1;
        let record = AuditRecord {
            number,
            at,
            run,
            by: by.unwrap_or_default(),
            event: event.to_owned(),
            connector,
            identity,
            export: export.clone(),
            link: None,
        };
        let mut row = AuditRow { record, sent_in };
        let before = self.audit.last().and_then(|row| row.record.link).unwrap_or(AuditLink::NONE);
        row.record.link = Some(before.next(&row.line().content()));
        self.audit.push(row);
        number
    }

    pub(super) fn audit(&self, from: u64, limit: u32) -> Vec<AuditRecord> {
        self.audit_rows(from, limit).map(|row| row.record.clone()).collect()
    }

    pub(super) fn audit_of(&self, identity: IdentityId) -> Vec<AuditRecord> {
        let of = self.audit.iter().filter(|row| row.record.identity == identity);
        of.map(|row| row.record.clone()).collect()
    }

    pub(super) fn audit_chain(&self, from: u64, limit: u32) -> Vec<ChainedLine> {
        let line = |row: &AuditRow| ChainedLine {
            number: row.record.number,
            link: row.record.link,
            content: Ok(row.line().content()),
        };
        self.audit_rows(from, limit).map(line).collect()
    }

    pub(super) fn audit_head(&self) -> Option<AuditHead> {
        let last = &self.audit.last()?.record;
        Some(AuditHead { first: 1, line: last.number, link: last.link? })
    }

    fn audit_rows(&self, from: u64, limit: u32) -> impl Iterator<Item = &AuditRow> {
        let first = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX);
        self.audit.iter().skip(first).take(limit as usize)
    }
}
