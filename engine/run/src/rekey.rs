//! After a change of configuration or rules: every stored object is looked at anew, under the keys that the new rules
//! give it.

use madrigal_model::{SpaceObject, Timestamp, Watermark};
use madrigal_state::ImportCommit;

use crate::engine::Engine;
use crate::error::RunError;

/// How many objects are read and written at once.
const PAGE: u32 = 5_000;

impl Engine {
    /// Looks at everything anew if the store's results were made with other rules than these; `digest` is the hash of
    /// configuration and rules. Whether it was necessary.
    ///
    /// # Errors
    /// The store's. What is done so far stays good, and the next attempt begins anew.
    pub async fn adopt_rules(&mut self, digest: u64, now: Timestamp) -> Result<bool, RunError> {
        if self.store.rules_digest().await? == Some(digest) {
            return Ok(false);
        }
        for connector in self.topology.connectors.clone() {
            let status = self.status(connector.id).await?;
            let mut after = None;
            loop {
                let page = self.store.scan_objects(connector.id, after.as_ref(), PAGE).await?;
                let Some(last) = page.last() else { break };
                after = Some(last.object.key.anchor.clone());
                let objects = page.into_iter().map(|stored| {
                    let SpaceObject { key, dn, entry, .. } = stored.object;
                    self.rewritten(&connector, (key.anchor, dn, entry), None, now)
                });
                let commit = ImportCommit {
                    connector: connector.id,
                    from: status.watermark.clone(),
                    to: status.watermark.clone().unwrap_or(Watermark { mark: Vec::new(), read_with: 0 }),
                    objects: objects.collect(),
                    gone: Vec::new(),
                    blobs: Vec::new(),
                    walk_complete: false,
                    full_complete: false,
                    wake: Vec::new(),
                    at: now,
                };
                self.store.commit_import(&self.lease, commit).await?;
            }
        }
        self.mark_all_dirty().await?;
        self.store.set_rules_digest(&self.lease, digest).await?;
        Ok(true)
    }
}
