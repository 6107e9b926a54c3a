//! Reading a directory, page by page.

use async_trait::async_trait;
use madrigal_model::{AttributeName, DistinguishedName, Observation, Problem, Timestamp, Watermark};

use crate::{Capabilities, ConnectorError};

/// Whether everything is asked for, or what changed since a watermark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportMode {
    /// Every object, from the beginning.
    Full,
    /// What changed since the watermark.
    Delta,
}

/// What an import asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRequest {
    /// Everything, or what changed.
    pub mode: ImportMode,
    /// The attributes that the rules read or write; others need not be brought. Empty: all.
    pub attributes: Vec<AttributeName>,
    /// The most observations of one page.
    pub page_size: usize,
    /// The time of the run, for the problems that are met.
    pub now: Timestamp,
}

impl ImportRequest {
    /// The hash of what an import is read with, for [`Watermark::read_with`]: the attributes in whatever order and
    /// spelling, and the connector's own flags.
    #[must_use]
    pub fn read_with(&self, flags: &str) -> u64 {
        let mut names: Vec<String> =
            self.attributes.iter().map(|name| name.as_str().to_ascii_lowercase()).collect();
        names.sort_unstable();
        names.dedup();
        names.push(String::new());
        names.push(flags.to_owned());
        xxhash_rust::xxh3::xxh3_64(names.join("\n").as_bytes())
    }

    /// Whether this attribute is asked for.
    #[must_use]
    pub fn wants(&self, attribute: AttributeName) -> bool {
        self.attributes.is_empty() || self.attributes.contains(&attribute)
    }
}

/// One page of an import.
#[derive(Clone, Debug)]
pub struct ImportPage {
    /// What was seen, in order; the same object may come again, the later counts.
    pub observations: Vec<Observation>,
    /// Objects that could not be read, each with its place. They are not counted as gone: one whose anchor is known is
    /// among the observations too, with a patch that changes nothing (to be passed over where it is a new object), and
    /// so is one of which the name alone is known; for the others see `unreadable`.
    pub problems: Vec<Problem>,
    /// How many objects of this page could not even be told by their anchor or their name: while there is one, a walk
    /// proves nothing about what it did not show.
    pub unreadable: u64,
    /// How far the import has read with this page.
    pub watermark: Watermark,
    /// Whether another page follows.
    pub more: bool,
    /// With the last page of a full import: whether the walk is proved complete, so that what it did not show is
    /// gone.
    pub complete: bool,
    /// With the last page: whether the server may not have heard yet of what another one has told. Then the next import
    /// goes on from here, but what this one did not show is neither gone nor refused.
    pub behind: bool,
}

/// Reads a directory.
#[async_trait]
pub trait Importer: Send {
    /// What the connector can do.
    fn capabilities(&self) -> Capabilities;

    /// The next page behind `from`; none: the first page of a full import. A page is safe to ask for again: the store
    /// moves its watermark only together with what the page brought.
    ///
    /// # Errors
    /// [`ConnectorError`] when the import cannot go on; what was committed before stays good.
    async fn page(
        &mut self,
        request: &ImportRequest,
        from: Option<&Watermark>,
    ) -> Result<ImportPage, ConnectorError>;

    /// In how many groups of the directory each of these objects stands now, in the order asked; none where the
    /// directory cannot tell. For people who look at a plan: nothing is decided by it.
    ///
    /// # Errors
    /// [`ConnectorError`] where it cannot be asked.
    async fn groups_of(&mut self, names: &[DistinguishedName]) -> Result<Option<Vec<u64>>, ConnectorError> {
        let _ = names;
        Ok(None)
    }
}
