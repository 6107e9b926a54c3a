//! The suite, run against both stores.

use async_trait::async_trait;
use tempfile::TempDir;

use super::Bed;
use crate::{MemoryStore, SqliteStore, Store};

pub(crate) struct MemoryBed(MemoryStore);

#[async_trait]
impl Bed for MemoryBed {
    fn store(&self) -> &dyn Store {
        &self.0
    }

    async fn reopen(&mut self) {}
}

pub(crate) struct SqliteBed {
    folder: TempDir,
    store: Option<SqliteStore>,
}

#[async_trait]
impl Bed for SqliteBed {
    fn store(&self) -> &dyn Store {
        self.store.as_ref().unwrap()
    }

    async fn reopen(&mut self) {
        self.store.take().unwrap().close().await;
        self.store = Some(SqliteStore::open(self.folder.path().join("state.db")).await.unwrap());
    }
}

pub(crate) async fn memory_bed() -> MemoryBed {
    MemoryBed(MemoryStore::new())
}

pub(crate) async fn sqlite_bed() -> SqliteBed {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("state.db")).await.unwrap();
    SqliteBed { folder, store: Some(store) }
}

crate::conformance_tests!(memory, memory_bed());
crate::conformance_tests!(sqlite, sqlite_bed());
