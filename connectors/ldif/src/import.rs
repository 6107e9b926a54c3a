//! The importer: pages come from a thread that reads ahead, so that decoding overlaps with the store's work.

use async_trait::async_trait;
use madrigal_api::{Capabilities, ConnectorError, ImportPage, ImportRequest, Importer};
use madrigal_model::{DistinguishedName, Watermark};
use tokio::sync::mpsc;

use crate::LdifConnector;
use crate::groups;
use crate::options::Apply;
use crate::walk;

/// How many pages are read before they are asked for.
const PAGES_AHEAD: usize = 2;

/// Reads a snapshot and the change records on top of it.
pub struct LdifImporter {
    connector: LdifConnector,
    walk: Option<Walk>,
}

/// A thread that reads, and what its next page follows.
struct Walk {
    pages: mpsc::Receiver<Result<ImportPage, ConnectorError>>,
    request: ImportRequest,
    next_from: Option<Watermark>,
}

impl LdifImporter {
    pub(crate) fn new(connector: LdifConnector) -> Self {
        Self { connector, walk: None }
    }

    fn begin(&self, request: &ImportRequest, from: Option<&Watermark>) -> Walk {
        let (sender, pages) = mpsc::channel(PAGES_AHEAD);
        let (connector, asked, start) = (self.connector.clone(), request.clone(), from.cloned());
        // The thread ends when the walk does, or when nobody takes its pages any more.
        std::thread::spawn(move || walk::run(&connector, &asked, start.as_ref(), &sender));
        Walk { pages, request: request.clone(), next_from: from.cloned() }
    }
}

#[async_trait]
impl Importer for LdifImporter {
    fn capabilities(&self) -> Capabilities {
        capabilities(&self.connector)
    }

    async fn page(
        &mut self,
        request: &ImportRequest,
        from: Option<&Watermark>,
    ) -> Result<ImportPage, ConnectorError> {
        let goes_on = |walk: &Walk| {
            from.is_some()
                && walk.next_from.as_ref() == from
                && walk.request.mode == request.mode
                && walk.request.attributes == request.attributes
                && walk.request.page_size == request.page_size
        };
        let mut walk = match self.walk.take().filter(goes_on) {
            Some(walk) => walk,
            None => self.begin(request, from),
        };
        let page =
            walk.pages.recv().await.unwrap_or_else(|| Err(walk::thread_ended(&self.connector.path)))?;
        if page.more {
            walk.next_from = Some(page.watermark.clone());
            self.walk = Some(walk);
        }
        Ok(page)
    }

    async fn groups_of(&mut self, names: &[DistinguishedName]) -> Result<Option<Vec<u64>>, ConnectorError> {
        groups::count(Self::new(self.connector.clone()), names).await
    }
}

/// What the connector can do. A delta without a file of changes tells whether the snapshot is the one that was read.
pub(crate) fn capabilities(connector: &LdifConnector) -> Capabilities {
    Capabilities {
        delta: true,
        confirms: connector.apply == Apply::Snapshot,
        dangling_references: true,
        brings_back: false,
    }
}
