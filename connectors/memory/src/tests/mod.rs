//! How the directory behaves, in rows: what is refused, what deltas tell, and that a reader who applies every page
//! ends with what is there, whatever goes wrong on the way.

mod convergence;
mod deltas;
mod exports;
mod faults;
mod refusals;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use madrigal_api::{ConnectorError, ImportMode, ImportPage, ImportRequest, Importer};
use madrigal_model::{AttributeName, Observation, ObservedChange, ObservedObject, Timestamp, Watermark};

use crate::{MemoryDirectory, MemoryImporter};

/// Nothing here ever waits: one poll is the answer.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("a directory in memory never waits"),
    }
}

fn request(mode: ImportMode, attributes: &[&str], page_size: usize) -> ImportRequest {
    let attributes = attributes.iter().map(|name| AttributeName::intern(name).unwrap()).collect();
    ImportRequest { mode, attributes, page_size, now: Timestamp::default() }
}

fn page(
    importer: &mut MemoryImporter,
    request: &ImportRequest,
    from: Option<&Watermark>,
) -> Result<ImportPage, ConnectorError> {
    now(importer.page(request, from))
}

/// Everything behind `from`, and where it ended.
fn walk(
    importer: &mut MemoryImporter,
    request: &ImportRequest,
    from: Option<Watermark>,
) -> (Vec<Observation>, Watermark, bool) {
    let (mut seen, mut at) = (Vec::new(), from);
    loop {
        let page = page(importer, request, at.as_ref()).unwrap();
        seen.extend(page.observations);
        if !page.more {
            return (seen, page.watermark, page.complete);
        }
        at = Some(page.watermark);
    }
}

/// An observation in one line; objects are named by their number.
fn shown(observation: &Observation) -> String {
    let object = match &observation.object {
        ObservedObject::Anchor(anchor) => u64::from_be_bytes(anchor.as_bytes()[8..].try_into().unwrap()),
        ObservedObject::Name(_) => panic!("objects are told by their keys"),
    };
    match &observation.change {
        ObservedChange::Present { dn, entry } => format!("{object} is {dn} {entry:?}"),
        ObservedChange::Patch { dn, attributes } => {
            format!("{object} changed {} {attributes:?}", dn.as_ref().unwrap())
        }
        ObservedChange::Deleted => format!("{object} is gone"),
    }
}

/// ABC with two containers (2, 3), Anna (4), her manager Bo (5) and a group of both (6).
fn abc() -> MemoryDirectory {
    let directory = MemoryDirectory::new("abc", "DC=abc");
    fill(&directory);
    directory
}

fn fill(directory: &MemoryDirectory) {
    let create = |dn: &str, attributes: &[(&str, &[&str])]| {
        directory.create(dn, attributes).unwrap();
    };
    create("OU=Sales,DC=abc", &[("objectClass", &["organizationalUnit"])]);
    create("OU=Old,DC=abc", &[("objectClass", &["organizationalUnit"])]);
    create("CN=Bo,OU=Sales,DC=abc", &[("objectClass", &["user"])]);
    create(
        "CN=Anna,OU=Sales,DC=abc",
        &[
            ("objectClass", &["user"]),
            ("mail", &["anna@abc.example"]),
            ("manager", &["CN=Bo,OU=Sales,DC=abc"]),
        ],
    );
    let members: &[&str] = &["CN=Anna,OU=Sales,DC=abc", "CN=Bo,OU=Sales,DC=abc"];
    create("CN=All,DC=abc", &[("objectClass", &["group"]), ("member", members)]);
}
