//! An export as a file of change records, for `ldapmodify` and `ldifde` to carry to the directory.

use std::path::{Path, PathBuf};

use madrigal_api::{ConnectorError, Operation, OperationKind, Receipt, ReceiptOutcome, Refusal, Settled};
use madrigal_model::{AttributeName, EXPORTS_OF_A_RUN, Timestamp, Value};

use crate::atomic;
use crate::export::name;
use crate::fault::unwritable;
use crate::writer::{LineEnd, Writer};

/// What the file is called: connector, run, which of the run's exports, and time. An export is never written twice under two
/// names, and the order of the names is that of the files whatever the clock did. The time tells a store that counts anew
/// from one that was lost.
pub(crate) fn path(folder: &Path, connector: &str, export_id: u64, at: Timestamp) -> PathBuf {
    let (run, export) = (export_id / EXPORTS_OF_A_RUN, export_id % EXPORTS_OF_A_RUN);
    folder.join(format!("{connector}-{run:09}-{export:05}-{}.ldif", at.digits()))
}

/// Whether the export's file was written: it is there, or was marked as done by whoever carried it.
pub(crate) fn settle(folder: &Path, connector: &str, export_id: u64, at: Timestamp) -> Settled {
    let file = path(folder, connector, export_id, at);
    if file.exists() || atomic::beside(&file, ".done").exists() || file.with_extension("done").exists() {
        Settled::Done
    } else {
        Settled::NotDone
    }
}

/// Writes the file, unless it was written before. The far side decides what it takes: the next import tells.
pub(crate) fn write(
    folder: &Path,
    connector: &str,
    export_id: u64,
    operations: &[Operation],
    now: Timestamp,
) -> Result<Vec<Receipt>, ConnectorError> {
    let receipts: Vec<Receipt> = operations.iter().map(|operation| receipt(operation, now)).collect();
    let taken = || operations.iter().zip(&receipts).filter(|(_, receipt)| is_accepted(receipt));
    let already = settle(folder, connector, export_id, now) == Settled::Done;
    if !already && taken().next().is_some() {
        let path = path(folder, connector, export_id, now);
        std::fs::create_dir_all(folder).map_err(|error| unwritable(&path, error))?;
        let written = atomic::replace(&path, None, |out| {
            let mut writer = Writer::new(out, LineEnd::Lf);
            writer.version()?;
            writer.comment(&format!("Madrigal, connector {connector}, export {export_id}, {now}"))?;
            writer.comment("Apply such files in the order of their names, and throw away one that is")?;
            writer.comment("older than confirm-within-days: its changes have been planned anew.")?;
            taken().try_for_each(|(operation, _)| writer.operation(&operation.kind))
        });
        written.map_err(|error| unwritable(&path, error))?;
    }
    Ok(receipts)
}

fn is_accepted(receipt: &Receipt) -> bool {
    matches!(receipt.outcome, ReceiptOutcome::Accepted(_))
}

fn receipt(operation: &Operation, now: Timestamp) -> Receipt {
    let outcome = match unwritable_value(&operation.kind) {
        Some(attribute) => Refusal::InvalidValue(attribute).outcome(name(&operation.kind).as_str(), now),
        None => ReceiptOutcome::Accepted(None),
    };
    Receipt::new(operation.identity, outcome)
}

/// The first attribute with a value that has no octets here: one that is kept elsewhere, or a reference that was not
/// made a name.
pub(crate) fn unwritable_value(kind: &OperationKind) -> Option<AttributeName> {
    match kind {
        OperationKind::Add { entry, .. } => entry
            .iter()
            .find(|(_, values)| values.iter().any(|value| value.as_octets().is_none()))
            .map(|(attribute, _)| attribute),
        OperationKind::Modify { modifications, .. } => modifications
            .iter()
            .find(|one| one.values.iter().map(Value::as_ref).any(|value| value.as_octets().is_none()))
            .map(|one| one.attribute),
        OperationKind::Rename { .. } | OperationKind::Delete { .. } => None,
    }
}
