//! What is read, what is written, and that each is the other's mirror.

mod exporting;
mod importing;
mod mirror;
mod reading;
mod writing;

use std::path::Path;

use madrigal_api::{ConnectorError, ImportMode, ImportPage, ImportRequest, Importer};
use madrigal_model::{AttributeName, Observation, ObservedChange, ObservedObject, Timestamp, Watermark};

use crate::{Apply, LdifConnector, Limits};

fn name(text: &str) -> AttributeName {
    AttributeName::intern(text).unwrap()
}

/// A connector whose key is `employeeID`, so that rows stay readable.
fn connector(path: &Path) -> LdifConnector {
    LdifConnector {
        name: "abc".to_owned(),
        path: path.to_owned(),
        changes: None,
        anchor: name("employeeID"),
        apply: Apply::Snapshot,
        limits: Limits { value_octets: 100, record_octets: 1000 },
    }
}

fn request(mode: ImportMode, page_size: usize) -> ImportRequest {
    let attributes = ["mail", "title", "manager", "cn", "thumbnailPhoto"].map(name).to_vec();
    ImportRequest { mode, attributes, page_size, now: Timestamp::default() }
}

/// The future's answer; pages come from a thread of their own, so it may have to wait.
fn answer<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Every page behind `from`.
fn walk(
    importer: &mut impl Importer,
    request: &ImportRequest,
    from: Option<Watermark>,
) -> Result<Vec<ImportPage>, ConnectorError> {
    let (mut pages, mut at) = (Vec::<ImportPage>::new(), from);
    loop {
        let page = answer(importer.page(request, at.as_ref()))?;
        at = Some(page.watermark.clone());
        let more = page.more;
        pages.push(page);
        if !more {
            return Ok(pages);
        }
    }
}

fn end(pages: &[ImportPage]) -> Watermark {
    pages.last().unwrap().watermark.clone()
}

/// Everything that pages tell, a line each: observations, then problems as code and line, then how it ended.
fn told(pages: &[ImportPage]) -> Vec<String> {
    let observations = pages.iter().flat_map(|page| &page.observations).map(shown);
    let problems = pages.iter().flat_map(|page| &page.problems).map(|problem| {
        let place = problem.object.split(' ').next().unwrap();
        format!("{} line {}", problem.code, place.rsplit(':').next().unwrap())
    });
    let complete = pages.last().unwrap().complete;
    observations.chain(problems).chain(complete.then(|| "complete".to_owned())).collect()
}

fn shown(observation: &Observation) -> String {
    let object = match &observation.object {
        ObservedObject::Anchor(anchor) => anchor.to_string(),
        ObservedObject::Name(dn) => dn.to_string(),
    };
    match &observation.change {
        ObservedChange::Present { dn, entry } => format!("{object} is {dn} {entry:?}"),
        ObservedChange::Patch { dn: Some(dn), attributes } => format!("{object} now {dn} {attributes:?}"),
        ObservedChange::Patch { dn: None, attributes } => format!("{object} changed {attributes:?}"),
        ObservedChange::Deleted => format!("{object} is gone"),
    }
}
