//! What imports write.

use std::collections::HashMap;

use madrigal_model::{Anchor, ConnectorId, ContentHash, EntryDigest, ObjectKey};

use super::tables::Tables;
use crate::{ImportCommit, StoreError};

impl Tables {
    pub(super) fn commit_import(&mut self, commit: ImportCommit) -> Result<(), StoreError> {
        let connector = commit.connector;
        let row = self.connector_row(connector)?;
        if row.watermark != commit.from {
            return Err(StoreError::WatermarkMoved);
        }
        row.watermark = Some(commit.to);
        row.full_imports_complete += u64::from(commit.full_complete);
        if commit.walk_complete {
            row.imports_complete += 1;
            row.last_import = Some(commit.at);
        }
        for blob in commit.blobs {
            self.blobs.entry(blob.hash).or_insert(blob.content);
        }
        for object in commit.objects {
            self.write_object(connector, object)?;
        }
        for anchor in commit.gone {
            self.mark_gone(&ObjectKey::new(connector, anchor));
        }
        self.wake(&commit.wake);
        Ok(())
    }

    pub(super) fn forget_watermark(&mut self, connector: ConnectorId) -> Result<(), StoreError> {
        self.connector_row(connector)?.watermark = None;
        Ok(())
    }

    pub(super) fn digests(&self, connector: ConnectorId) -> HashMap<Anchor, EntryDigest> {
        self.objects_of(connector)
            .filter(|row| !row.gone)
            .map(|row| (row.key.anchor.clone(), row.digest))
            .collect()
    }

    pub(super) fn blobs(&self, hashes: &[ContentHash]) -> HashMap<ContentHash, Vec<u8>> {
        hashes.iter().filter_map(|hash| Some((*hash, self.blobs.get(hash)?.clone()))).collect()
    }
}
