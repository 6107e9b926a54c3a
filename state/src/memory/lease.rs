//! Who may write, and the history of runs.

use madrigal_model::{ConnectorId, Timestamp};

use super::tables::{Connector, Tables};
use crate::{ConnectorStatus, Lease, RunId, RunRecord, StoreError};

impl Tables {
    pub(super) fn check_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        if self.holder.is_some() && self.token == lease.token { Ok(()) } else { Err(StoreError::LeaseLost) }
    }

    pub(super) fn take_lease(
        &mut self,
        holder: &str,
        now: Timestamp,
        seconds: u32,
    ) -> Result<Lease, StoreError> {
        if let Some((other, until)) = &self.holder
            && other != holder
            && *until > now
        {
            return Err(StoreError::Busy { holder: other.clone(), until: *until });
        }
        let until = now.plus_seconds(i64::from(seconds));
        self.token += 1;
        self.holder = Some((holder.to_owned(), until));
        Ok(Lease { holder: holder.to_owned(), token: self.token, until })
    }

    pub(super) fn renew_lease(&mut self, lease: &Lease, now: Timestamp, seconds: u32) -> Lease {
        let until = now.plus_seconds(i64::from(seconds));
        self.holder = Some((lease.holder.clone(), until));
        Lease { until, ..lease.clone() }
    }

    pub(super) fn release_lease(&mut self) {
        self.holder = None;
    }

    pub(super) fn connector(&mut self, name: &str) -> Result<ConnectorId, StoreError> {
        let at = match self.connectors.iter().position(|connector| connector.name == name) {
            Some(at) => at,
            None => {
                self.connectors.push(Connector {
                    name: name.to_owned(),
                    watermark: None,
                    imports_complete: 0,
                    full_imports_complete: 0,
                    last_import: None,
                    objects_seen: 0,
                });
                self.connectors.len() - 1
            }
        };
        crate::store::connector_number(at as u64 + 1)
    }

    pub(super) fn connector_statuses(&self) -> Vec<ConnectorStatus> {
        let status = |(number, connector): (u16, &Connector)| {
            let id = ConnectorId(number);
            let mut status = ConnectorStatus {
                id,
                name: connector.name.clone(),
                watermark: connector.watermark.clone(),
                imports_complete: connector.imports_complete,
                full_imports_complete: connector.full_imports_complete,
                last_import: connector.last_import,
                objects: 0,
                provisioned: 0,
            };
            for row in self.objects_of(id).filter(|row| !row.gone) {
                status.objects += 1;
                let ours =
                    row.link.as_ref().is_some_and(|link| link.kind == madrigal_model::LinkKind::Provisioned);
                status.provisioned += u64::from(ours);
            }
            status
        };
        (1..).zip(&self.connectors).map(status).collect()
    }

    pub(super) fn begin_run(&mut self, profile: &str, by: &str, now: Timestamp) -> RunId {
        let id = RunId(self.runs.len() as u64 + 1);
        self.runs.push(RunRecord {
            id,
            profile: profile.to_owned(),
            by: by.to_owned(),
            began: now,
            ended: None,
            outcome: None,
        });
        id
    }

    pub(super) fn end_run(&mut self, run: RunId, outcome: &str, now: Timestamp) {
        if let Some(run) = self.runs.iter_mut().find(|record| record.id == run) {
            run.ended = Some(now);
            run.outcome = Some(outcome.to_owned());
        }
    }

    pub(super) fn newest_runs(&self, limit: u32) -> Vec<RunRecord> {
        self.runs.iter().rev().take(limit as usize).cloned().collect()
    }
}
