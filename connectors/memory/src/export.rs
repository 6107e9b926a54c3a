//! Writing to the directory, with the faults that are due.

use async_trait::async_trait;
use madrigal_api::{
    Capabilities, ConnectorError, Exporter, Modification, ModificationKind, Operation, OperationKind,
    Receipt, ReceiptOutcome, Refusal, Settled, made_anew,
};
use madrigal_model::{
    Anchor, Approval, DistinguishedName, Entry, Problem, ProblemCode, Severity, Timestamp, ValueRef,
};

use crate::MemoryDirectory;
use crate::directory::{State, Write, WriteKind};
use crate::faults::ExportFault;
use crate::import::lost;
use crate::object::{ObjectId, Stored};
use crate::people::whole;

/// Writes to a [`MemoryDirectory`].
#[derive(Clone, Debug)]
pub struct MemoryExporter {
    directory: MemoryDirectory,
}

impl MemoryExporter {
    pub(crate) fn new(directory: MemoryDirectory) -> Self {
        Self { directory }
    }
}

#[async_trait]
impl Exporter for MemoryExporter {
    fn capabilities(&self) -> Capabilities {
        self.directory.lock().capabilities()
    }

    async fn apply(
        &mut self,
        export_id: u64,
        operations: Vec<Operation>,
        now: Timestamp,
        approval: &Approval,
    ) -> Result<Vec<Receipt>, ConnectorError> {
        approval.assert();
        let mut state = self.directory.lock();
        if !state.options.confirms {
            return state.write_file(export_id, operations, now);
        }
        let mut receipts = Vec::with_capacity(operations.len());
        for operation in operations {
            let fault = state.faults.next_operation();
            if let Some(fault) = fault {
                state.counters.count(fault.name());
            }
            let identity = operation.identity;
            let mut note = None;
            let outcome = match fault {
                Some(ExportFault::BatchCut) => return Err(lost("writing a batch")),
                Some(ExportFault::LostBefore) => ReceiptOutcome::Unknown,
                Some(ExportFault::Refused) => ReceiptOutcome::Refused(Box::new(busy(&operation.kind, now))),
                Some(ExportFault::LostAfter) => {
                    let _ = state.carry_out(operation.kind, now, &mut note);
                    ReceiptOutcome::Unknown
                }
                None => state.carry_out(operation.kind, now, &mut note),
            };
            receipts.push(Receipt { identity, outcome, note });
        }
        Ok(receipts)
    }

    async fn settle(&mut self, export_id: u64, at: Timestamp) -> Result<Settled, ConnectorError> {
        let state = self.directory.lock();
        Ok(if state.options.confirms {
            Settled::Unknown
        } else if state.carried.has((export_id, at)) {
            Settled::Done
        } else {
            Settled::NotDone
        })
    }

    async fn deleted(&mut self, keys: &[Anchor]) -> Result<Vec<Anchor>, ConnectorError> {
        let state = self.directory.lock();
        let is_deleted = |key: &&Anchor| {
            let object = state.data.by_anchor(key).and_then(|id| state.data.objects.get(&id));
            object.is_some_and(|object| object.deleted)
        };
        let can = state.options.brings_back;
        Ok(keys.iter().filter(|_| can).filter(is_deleted).cloned().collect())
    }
}

impl State {
    /// Writes a change file: whole, or not at all.
    fn write_file(
        &mut self,
        export_id: u64,
        operations: Vec<Operation>,
        now: Timestamp,
    ) -> Result<Vec<Receipt>, ConnectorError> {
        let fault = self.faults.next_operation();
        if let Some(fault) = fault {
            self.counters.count(fault.name());
        }
        if matches!(fault, Some(ExportFault::BatchCut | ExportFault::LostBefore)) {
            return Err(lost("writing a change file"));
        }
        let (identities, operations): (Vec<_>, Vec<_>) =
            operations.into_iter().map(|operation| (operation.identity, operation.kind)).unzip();
        self.carried.write((export_id, now), operations);
        if fault == Some(ExportFault::LostAfter) {
            return Err(lost("hearing that a change file was written"));
        }
        let accepted = |identity| Receipt::new(identity, ReceiptOutcome::Accepted(None));
        Ok(identities.into_iter().map(accepted).collect())
    }

    fn carry_out(
        &mut self,
        kind: OperationKind,
        now: Timestamp,
        note: &mut Option<Box<Problem>>,
    ) -> ReceiptOutcome {
        let name = name(&kind).clone();
        let mut asked = kind;
        if let OperationKind::Add { dn, entry, former } = &mut asked
            && let Some(former) = former.take()
        {
            match self.bring_back(&former, dn, entry) {
                Ok(anchor) => return ReceiptOutcome::Accepted(Some(anchor)),
                Err(refusal) => {
                    *note = Some(Box::new(made_anew(name.as_str(), &refusal.to_string(), now)));
                }
            }
        }
        match self.write(asked) {
            Ok(anchor) => ReceiptOutcome::Accepted(Some(anchor)),
            Err(refusal) => {
                *note = None;
                self.counters.count("export: refused");
                refusal.outcome(name.as_str(), now)
            }
        }
    }

    /// Brings a deleted object back with these attributes, or leaves everything as it is.
    fn bring_back(
        &mut self,
        former: &Anchor,
        dn: &DistinguishedName,
        entry: &Entry,
    ) -> Result<Anchor, Refusal> {
        if !self.options.brings_back {
            return Err(Refusal::NoSuchObject);
        }
        let id = self.data.by_anchor(former).ok_or(Refusal::NoSuchObject)?;
        let before = self.data.clone();
        let attributes = entry.iter().filter(|(name, _)| !["objectClass", "cn"].contains(&name.as_str()));
        let modifications: Vec<Modification> = attributes
            .map(|(attribute, values)| Modification {
                attribute,
                kind: ModificationKind::Replace,
                values: values.iter().map(ValueRef::to_value).collect(),
            })
            .collect();
        let written = self.data.undelete(&self.options, id, dn);
        let written = written.and_then(|()| self.data.modify(&self.options, id, &modifications));
        if let Err(refusal) = written {
            self.data = before;
            return Err(refusal);
        }
        self.counters.count("export: bring back");
        if self.options.keep_writes {
            let after = self.kept(id);
            self.writes.push(Write {
                kind: WriteKind::BringBack,
                anchor: former.clone(),
                before: None,
                after,
            });
        }
        Ok(former.clone())
    }

    pub(crate) fn write(&mut self, kind: OperationKind) -> Result<Anchor, Refusal> {
        let (id, event, kind, before) = match kind {
            OperationKind::Add { dn, entry, former: _ } => {
                let attributes = entry
                    .iter()
                    .map(|(name, values)| (name, values.iter().map(ValueRef::to_value).collect()));
                let attributes = attributes.collect();
                (self.data.create(&self.options, &dn, attributes)?, "export: add", WriteKind::Add, None)
            }
            OperationKind::Modify { anchor, dn, modifications } => {
                let id = self.target(anchor.as_ref(), &dn)?;
                let before = self.kept(id);
                self.data.modify(&self.options, id, &modifications)?;
                (id, "export: modify", WriteKind::Modify, before)
            }
            OperationKind::Rename { anchor, dn, new_dn } => {
                let id = self.target(anchor.as_ref(), &dn)?;
                let before = self.kept(id);
                self.data.rename(&self.options, id, &new_dn)?;
                (id, "export: rename", WriteKind::Rename, before)
            }
            OperationKind::Delete { anchor, dn, stamp } => {
                let id = self.target(anchor.as_ref(), &dn)?;
                let object = self.data.living(id)?;
                let is_marked = stamp.is_none_or(|(attribute, value)| {
                    object.attributes.get(&attribute).is_some_and(|known| {
                        known.values.iter().any(|(known, _)| *known == Stored::Plain(value.clone()))
                    })
                });
                if !is_marked || !self.data.dn(id).same_as(&dn) {
                    return Err(Refusal::NotAsPlanned);
                }
                let before = self.kept(id);
                self.data.delete(id)?;
                (id, "export: delete", WriteKind::Delete, before)
            }
        };
        self.counters.count(event);
        let anchor = self.data.anchor(id);
        if self.options.keep_writes {
            let after = self.kept(id);
            self.writes.push(Write { kind, anchor: anchor.clone(), before, after });
        }
        Ok(anchor)
    }

    fn target(&self, anchor: Option<&Anchor>, dn: &DistinguishedName) -> Result<ObjectId, Refusal> {
        let id = match anchor {
            Some(anchor) => self.data.by_anchor(anchor),
            None => self.data.by_name(dn),
        };
        id.filter(|id| self.data.living(*id).is_ok()).ok_or(Refusal::NoSuchObject)
    }

    fn kept(&self, id: ObjectId) -> Option<(DistinguishedName, madrigal_model::Entry)> {
        if !self.options.keep_writes {
            return None;
        }
        self.data.living(id).ok().map(|object| whole(&self.data, id, object))
    }
}

fn name(kind: &OperationKind) -> &DistinguishedName {
    match kind {
        OperationKind::Add { dn, .. }
        | OperationKind::Modify { dn, .. }
        | OperationKind::Rename { dn, .. }
        | OperationKind::Delete { dn, .. } => dn,
    }
}

fn busy(kind: &OperationKind, now: Timestamp) -> Problem {
    Problem {
        code: ProblemCode::new("MDR-C035"),
        severity: Severity::Problem,
        connector: None,
        object: name(kind).as_str().to_owned(),
        attribute: None,
        message: "The directory refused it: the server is unwilling to perform.".to_owned(),
        remedy: "Try again with the next run.".to_owned(),
        at: now,
    }
}
