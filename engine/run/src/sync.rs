//! Draws the consequences of everything that is dirty, batch by batch.

use std::sync::Arc;

use madrigal_model::{ObjectKey, Timestamp};
use madrigal_state::{DirtyBatch, IdentityWrite, ProblemSubject, SyncCommit};
use madrigal_sync::{Batch, SyncOutcome, synchronize};
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::engine::Engine;
use crate::error::RunError;
use crate::neighbourhood::StoreNeighbourhood;
use crate::restless::Restless;

impl Engine {
    /// Draws the consequences of everything that is dirty at `now`; how many objects and identities were looked at.
    ///
    /// # Errors
    /// The store's; what was committed before stays good.
    pub async fn sync(&mut self, now: Timestamp) -> Result<u64, RunError> {
        let mut restless = Restless::of(self.require_read().await?);
        let progress = Arc::new(self.progress().await?);
        let mut looked_at = 0;
        loop {
            let most = self.options.sync_batch.max(1).saturating_add(restless.left());
            let mut dirty = self.store.dirty(now, most).await?;
            let full = (dirty.objects.len() + dirty.identities.len()) as u64 >= u64::from(most);
            restless.watch(&mut dirty, full);
            if dirty.is_empty() && full {
                // Those that are left alone took the room of others.
                continue;
            }
            if dirty.is_empty() {
                self.tell_restless(&restless, now).await?;
                return Ok(looked_at);
            }
            looked_at += (dirty.objects.len() + dirty.identities.len()) as u64;
            let batch = Batch {
                objects: dirty.objects.clone(),
                quiet: std::mem::take(&mut dirty.quiet),
                identities: dirty.identities.clone(),
            };
            let runtime = Handle::current();
            let mut neighbourhood =
                StoreNeighbourhood { store: self.store.clone(), runtime: runtime.clone() };
            let outcome = if runtime.runtime_flavor() == RuntimeFlavor::CurrentThread {
                let (topology, progress) = (self.topology.clone(), progress.clone());
                let task = tokio::task::spawn_blocking(move || {
                    synchronize(&topology, &mut neighbourhood, &batch, &progress, now)
                });
                task.await?
            } else {
                // The same without a change of threads.
                tokio::task::block_in_place(|| {
                    synchronize(&self.topology, &mut neighbourhood, &batch, &progress, now)
                })
            };
            let outcome = outcome.map_err(RunError::Neighbourhood)?;
            self.store.commit_sync(&self.lease, commit(dirty, outcome)).await?;
        }
    }

    /// Marks everything dirty: the next sync is a full one.
    ///
    /// # Errors
    /// The store's.
    pub async fn mark_all_dirty(&self) -> Result<(), RunError> {
        Ok(self.store.mark_all_dirty(&self.lease).await?)
    }

    /// Nothing can be decided while a connector was never read to its end: who is missing is not known. Gives how many
    /// objects are known.
    async fn require_read(&self) -> Result<u64, RunError> {
        let statuses = self.store.connectors().await?;
        for connector in &self.connectors {
            let read =
                statuses.iter().any(|status| status.id == connector.id && status.full_imports_complete > 0);
            if !read {
                return Err(RunError::NeverRead(connector.name.clone()));
            }
        }
        Ok(statuses.iter().map(|status| status.objects).sum())
    }
}

fn commit(dirty: DirtyBatch, outcome: SyncOutcome) -> SyncCommit {
    let object_problems =
        outcome.object_problems.into_iter().map(|(key, problems)| (ProblemSubject::Object(key), problems));
    let identity_problems =
        outcome.identity_problems.into_iter().map(|(id, problems)| (ProblemSubject::Identity(id), problems));
    SyncCommit {
        objects_done: dirty.objects,
        identities_done: dirty.identities,
        links: outcome.links,
        forgotten: outcome.forgotten,
        identities: outcome
            .identities
            .into_iter()
            .map(|identity| IdentityWrite {
                identity: identity.identity,
                due: identity.due,
                export_keys: identity.export_keys,
            })
            .collect(),
        identities_forgotten: outcome.identities_forgotten,
        wake: outcome.wake,
        wake_objects: outcome.wake_objects.into_iter().collect::<Vec<ObjectKey>>(),
        wake_identities: outcome.wake_identities,
        problems: object_problems.chain(identity_problems).collect(),
    }
}
