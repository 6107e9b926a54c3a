//! The importer: one page after another from a walk that is under way.

mod context;
mod walk;

use async_trait::async_trait;
use madrigal_api::{Capabilities, ConnectorError, ImportMode, ImportPage, ImportRequest, Importer};
use madrigal_model::{DistinguishedName, Watermark};

use crate::LdapConnector;
use crate::failure::lost;
use crate::groups;
use crate::mark::{ANOTHER_SERVER, Mark, refused};
use crate::options::{ImportMethod, Kind};

pub(crate) use context::a_little_before;
use walk::Walk;

/// Reads a directory.
pub struct LdapImporter {
    connector: LdapConnector,
    walk: Option<Walk>,
    /// How far the imports before had come on another server than the last import found.
    elsewhere: Option<Mark>,
}

impl LdapImporter {
    pub(crate) fn new(connector: LdapConnector) -> Self {
        Self { connector, walk: None, elsewhere: None }
    }

    /// The walk that the page belongs to: the one under way if the page is its next, else a new one.
    fn walk(&mut self, request: &ImportRequest, from: Option<&Watermark>) -> Result<Walk, ConnectorError> {
        let read_with = request.read_with(flags(&self.connector));
        let under_way = self.walk.take();
        let Some(from) = from else {
            let elsewhere = self.elsewhere.take();
            return Ok(Walk::new(&self.connector, request, Mark::default(), read_with, elsewhere));
        };
        if let Some(walk) = under_way.filter(|walk| walk.goes_on_from(request, from)) {
            return Ok(walk);
        }
        if request.mode == ImportMode::Full {
            let reason = "the walk that this page belongs to was given up".to_owned();
            return Err(lost(format!("reading {}", self.connector.name), reason));
        }
        if from.read_with != read_with {
            return Err(refused("it was read with other attributes"));
        }
        let mark = Mark { walk: None, ..Mark::from_watermark(from)? };
        Ok(Walk::new(&self.connector, request, mark, read_with, None))
    }
}

#[async_trait]
impl Importer for LdapImporter {
    fn capabilities(&self) -> Capabilities {
        capabilities(&self.connector)
    }

    async fn page(
        &mut self,
        request: &ImportRequest,
        from: Option<&Watermark>,
    ) -> Result<ImportPage, ConnectorError> {
        let mut walk = self.walk(request, from)?;
        let page = walk.page().await;
        if let Err(ConnectorError::WatermarkRefused { reason }) = &page {
            let mark = from.filter(|_| reason == ANOTHER_SERVER).map(Mark::from_watermark);
            self.elsewhere = mark.and_then(Result::ok);
        }
        let page = page?;
        if page.more {
            self.walk = Some(walk);
        }
        Ok(page)
    }

    async fn groups_of(&mut self, names: &[DistinguishedName]) -> Result<Option<Vec<u64>>, ConnectorError> {
        groups::count(&self.connector, names).await
    }
}

/// What the connector can do. Active Directory refuses a reference to an object that is not there, and keeps what is left
/// of a deleted object for a while.
pub(crate) fn capabilities(connector: &LdapConnector) -> Capabilities {
    let is_active_directory = connector.kind == Kind::ActiveDirectory;
    Capabilities {
        delta: true,
        confirms: true,
        dangling_references: !is_active_directory,
        brings_back: is_active_directory,
    }
}

/// What a watermark depends on besides the attributes: another way of reading begins anew.
fn flags(connector: &LdapConnector) -> &'static str {
    match (connector.kind, connector.import) {
        (Kind::ActiveDirectory, ImportMethod::Auto) => "active-directory",
        (Kind::ActiveDirectory, ImportMethod::DirSync) => "active-directory dirsync",
        (Kind::ActiveDirectory, ImportMethod::Changes) => "active-directory changes",
        (Kind::Other, _) => "ldap",
    }
}
