//! The exporter: a new snapshot, or a change file.

use async_trait::async_trait;
use madrigal_api::{Capabilities, ConnectorError, Exporter, Operation, OperationKind, Receipt, Settled};
use madrigal_model::{Approval, DistinguishedName, Timestamp};

use crate::import::capabilities;
use crate::options::Apply;
use crate::{LdifConnector, change_file, snapshot};

/// A file is rewritten, or written, for each batch: one batch for an export, unless it is very large.
const BATCH_OPERATIONS: usize = 200_000;

/// Writes snapshots or change files.
pub struct LdifExporter {
    connector: LdifConnector,
}

impl LdifExporter {
    pub(crate) fn new(connector: LdifConnector) -> Self {
        Self { connector }
    }
}

#[async_trait]
impl Exporter for LdifExporter {
    fn capabilities(&self) -> Capabilities {
        capabilities(&self.connector)
    }

    fn batch_size(&self) -> usize {
        BATCH_OPERATIONS
    }

    async fn apply(
        &mut self,
        export_id: u64,
        operations: Vec<Operation>,
        now: Timestamp,
        approval: &Approval,
    ) -> Result<Vec<Receipt>, ConnectorError> {
        approval.assert();
        match &self.connector.apply {
            Apply::Snapshot => snapshot::apply(&self.connector, operations, now),
            Apply::File(folder) => {
                change_file::write(folder, &self.connector.name, export_id, &operations, now)
            }
        }
    }

    async fn settle(&mut self, export_id: u64, at: Timestamp) -> Result<Settled, ConnectorError> {
        Ok(match &self.connector.apply {
            Apply::Snapshot => Settled::Unknown,
            Apply::File(folder) => change_file::settle(folder, &self.connector.name, export_id, at),
        })
    }
}

/// The name that an operation is about.
pub(crate) fn name(kind: &OperationKind) -> &DistinguishedName {
    match kind {
        OperationKind::Add { dn, .. }
        | OperationKind::Modify { dn, .. }
        | OperationKind::Rename { dn, .. }
        | OperationKind::Delete { dn, .. } => dn,
    }
}
