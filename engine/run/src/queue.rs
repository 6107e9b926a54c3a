//! What waits to be sent, in the order of sending.

use std::collections::HashMap;

use madrigal_model::{ChangeKind, ConnectorId, ExportState, IdentityId, PendingExport};
use madrigal_state::PendingRecord;
use madrigal_sync::guard::Stop;

use crate::engine::Engine;
use crate::error::RunError;

/// The order in which kinds of change are sent: addresses and names are freed before they are taken.
const ORDER: [ChangeKind; 8] = [
    ChangeKind::Delete,
    ChangeKind::Hide,
    ChangeKind::Move,
    ChangeKind::Rename,
    ChangeKind::Modify,
    ChangeKind::Unhide,
    ChangeKind::Adopt,
    ChangeKind::Add,
];

/// What waits to be sent to a connector.
pub(crate) enum Queue {
    /// What is planned: whose, for a first load is more than should be in memory at once.
    Planned(std::vec::IntoIter<IdentityId>),
    /// These changes.
    These(std::vec::IntoIter<PendingExport>),
}

impl Queue {
    /// These changes, in the order of sending.
    pub(crate) fn of(mut exports: Vec<PendingExport>) -> Self {
        exports.sort_by_key(|export| place(export.kind));
        Self::These(exports.into_iter())
    }
}

fn place(kind: ChangeKind) -> Option<usize> {
    ORDER.iter().position(|known| *known == kind)
}

impl Engine {
    /// What can be sent now of what is planned: plans that are fresh and have no export under way; and what the guard
    /// says of all that is planned.
    pub(crate) async fn sendable(&self, connector: ConnectorId) -> Result<(Queue, Vec<Stop>), RunError> {
        let confirms = self.confirms(connector);
        let mut planned: Vec<(Option<usize>, IdentityId)> = Vec::new();
        let wait = |record: &PendingRecord| {
            if !record.dirty && (record.unconfirmed.is_none() || !confirms) {
                planned.push((place(record.export.kind), record.export.identity));
            }
        };
        let stops = self.plan_of(self.configured(connector)?, wait).await?.stops;
        planned.sort_by_key(|(place, _)| *place);
        let planned: Vec<IdentityId> = planned.into_iter().map(|(_, identity)| identity).collect();
        Ok((Queue::Planned(planned.into_iter()), stops))
    }

    /// The next changes of the queue, up to so many, with what is known of those contacts; none: there is no more.
    pub(crate) async fn next_of(
        &self,
        queue: &mut Queue,
        connector: ConnectorId,
        most: usize,
    ) -> Result<(Vec<PendingExport>, HashMap<IdentityId, ExportState>), RunError> {
        match queue {
            Queue::These(exports) => {
                let part: Vec<PendingExport> = exports.by_ref().take(most).collect();
                let ids: Vec<IdentityId> = part.iter().map(|export| export.identity).collect();
                Ok((part, self.states(connector, &ids).await?))
            }
            Queue::Planned(planned) => loop {
                let ids: Vec<IdentityId> = planned.by_ref().take(most).collect();
                let mut states = self.states(connector, &ids).await?;
                let pending = |id: &IdentityId| states.get_mut(id).and_then(|state| state.pending.take());
                let part: Vec<PendingExport> = ids.iter().filter_map(pending).collect();
                if ids.is_empty() || !part.is_empty() {
                    return Ok((part, states));
                }
            },
        }
    }

    async fn states(
        &self,
        connector: ConnectorId,
        ids: &[IdentityId],
    ) -> Result<HashMap<IdentityId, ExportState>, RunError> {
        let identities = self.store.identities(ids).await?;
        let states = identities.into_iter().flatten().filter_map(|identity| {
            let state = identity.exports.into_iter().find(|state| state.connector == connector)?;
            Some((identity.id, state))
        });
        Ok(states.collect())
    }
}
