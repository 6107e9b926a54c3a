//! In how many groups of its directory a contact stands that is to be deleted: what a person wants to know before.

use std::collections::HashMap;

use madrigal_model::{ChangeKind, ConnectorId, DistinguishedName, IdentityId};

use crate::engine::Engine;
use crate::error::RunError;
use crate::plan::{ConnectorPlan, Plan};

/// How many contacts of one directory are asked about at most: each may be a question of its own.
const ASKED: usize = 1_000;

impl Engine {
    /// In how many groups each of these contacts stands that are to be deleted, where their directories can tell. A
    /// directory that cannot be asked now leaves its contacts out.
    ///
    /// # Errors
    /// The store's.
    pub async fn groups_of_deletes(
        &mut self,
        plan: &Plan,
    ) -> Result<HashMap<(ConnectorId, IdentityId), u64>, RunError> {
        let mut groups = HashMap::new();
        let deletes = |planned: &&ConnectorPlan| planned.tally.counts.of(ChangeKind::Delete) > 0;
        for planned in plan.connectors.iter().filter(deletes) {
            let connector = planned.connector;
            let deletes = self.deletes(connector).await?;
            let names: Vec<DistinguishedName> = deletes.iter().map(|(_, dn)| dn.clone()).collect();
            let configured = self.configured_mut(connector)?;
            match configured.importer.groups_of(&names).await {
                Ok(Some(counts)) => {
                    let keys = deletes.iter().map(|(identity, _)| (connector, *identity));
                    groups.extend(keys.zip(counts));
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(connector = %configured.name, code = error.code(), %error, "groups are not known");
                }
            }
        }
        Ok(groups)
    }

    async fn deletes(
        &self,
        connector: ConnectorId,
    ) -> Result<Vec<(IdentityId, DistinguishedName)>, RunError> {
        let mut deletes = Vec::new();
        let mut after = None;
        while deletes.len() < ASKED {
            let page = self.store.pending(connector, after, 5_000).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.export.identity);
            let going = page.into_iter().filter(|record| record.export.kind == ChangeKind::Delete);
            deletes.extend(going.map(|record| (record.export.identity, record.export.dn)));
        }
        deletes.truncate(ASKED);
        Ok(deletes)
    }
}
