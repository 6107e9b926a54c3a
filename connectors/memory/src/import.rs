//! Reading the directory page by page, with the faults that are due.

use std::sync::Arc;

use async_trait::async_trait;
use madrigal_api::{Capabilities, ConnectorError, ImportMode, ImportPage, ImportRequest, Importer};
use madrigal_model::{
    AttributeName, Observation, ObservedChange, ObservedObject, Problem, ProblemCode, Severity, Timestamp,
    Watermark,
};

use crate::MemoryDirectory;
use crate::data::Data;
use crate::directory::{State, next_invocation};
use crate::faults::{ImportFault, mix};
use crate::mark::{Mark, Walk, refused};
use crate::object::{Object, ObjectId};
use crate::view::View;

/// How many pages a lagging replica answers.
const LAG_PAGES: u32 = 3;
/// On how many of a hundred objects attributes vanish.
const VANISH_PERCENT: u64 = 30;
/// What a reader who has lost half of the rights still sees.
const ALWAYS_SHOWN: [&str; 3] = ["objectClass", "objectGUID", "cn"];

/// Reads a [`MemoryDirectory`].
#[derive(Clone, Debug)]
pub struct MemoryImporter {
    directory: MemoryDirectory,
    /// Where the page before the last one was read from.
    asked_before: Option<Option<Watermark>>,
}

impl MemoryImporter {
    pub(crate) fn new(directory: MemoryDirectory) -> Self {
        Self { directory, asked_before: None }
    }
}

#[async_trait]
impl Importer for MemoryImporter {
    fn capabilities(&self) -> Capabilities {
        self.directory.lock().capabilities()
    }

    async fn page(
        &mut self,
        request: &ImportRequest,
        from: Option<&Watermark>,
    ) -> Result<ImportPage, ConnectorError> {
        let mut state = self.directory.lock();
        state.counters.count(match request.mode {
            ImportMode::Full => "page of a full import",
            ImportMode::Delta => "page of a delta import",
        });
        let mut fault = state.faults.next_page();
        if fault == Some(ImportFault::PageRepeated) && (self.asked_before.is_none() || from.is_none()) {
            fault = None;
        }
        if let Some(fault) = fault {
            state.counters.count(fault.name());
        }
        match fault {
            Some(ImportFault::PageLost) => return Err(lost("reading a page")),
            Some(ImportFault::CookieRefused) if from.is_some() => {
                return Err(refused(
                    "the server does not take it (error 12, unavailable critical extension)",
                ));
            }
            Some(ImportFault::ServerSwitched) => {
                state.data.invocation = next_invocation(state.data.invocation)
            }
            Some(ImportFault::Lagging) if state.replica.is_none() => {
                state.replica = Some((Arc::new(state.data.clone()), Some(LAG_PAGES)));
            }
            _ => {}
        }
        if fault == Some(ImportFault::PageRepeated)
            && let Some(before) = self.asked_before.clone()
        {
            let mut page = state.page(request, before.as_ref(), None)?;
            page.more = true;
            page.complete = false;
            return Ok(page);
        }
        let page = state.page(request, from, fault)?;
        self.asked_before = Some(from.cloned());
        Ok(page)
    }
}

/// What a page is taken from: where the walk stands, and what it has still to show.
struct Position {
    mark: Mark,
    rest: Vec<ObjectId>,
}

impl State {
    pub(crate) fn capabilities(&self) -> Capabilities {
        Capabilities {
            delta: self.options.delta,
            confirms: self.options.confirms,
            dangling_references: self.options.dangling_references,
            brings_back: self.options.brings_back,
        }
    }

    fn page(
        &mut self,
        request: &ImportRequest,
        from: Option<&Watermark>,
        fault: Option<ImportFault>,
    ) -> Result<ImportPage, ConnectorError> {
        let replica = self.replica.as_mut().and_then(|(data, pages)| {
            let shown = Arc::clone(data);
            match pages {
                Some(0) => return None,
                Some(left) => *left -= 1,
                None => {}
            }
            Some(shown)
        });
        if replica.is_none() {
            self.replica = None;
        }
        let data = replica.as_deref().unwrap_or(&self.data);
        let read_with = request.read_with(if self.options.incremental_links { "links" } else { "" });
        let shuffle = (fault == Some(ImportFault::Reordered)).then(|| mix(data.usn, 1));
        let position = position(data, from, read_with, shuffle)?;
        let hidden = self.permissions.nothing_shown || fault == Some(ImportFault::Emptied);
        let wanted = |name: AttributeName| request.wants(name);
        let vanish = (fault == Some(ImportFault::AttributesVanish)).then_some(data.usn);
        let permitted = |id: ObjectId, name: AttributeName| {
            let chosen = |seed: u64, percent: u64| mix(seed, id.0) % 100 < percent;
            let vanished = vanish
                .is_some_and(|seed| chosen(seed, VANISH_PERCENT) && !ALWAYS_SHOWN.contains(&name.as_str()));
            let hidden = self.permissions.hidden.as_ref().is_some_and(|(attributes, percent, seed)| {
                attributes.contains(&name) && chosen(*seed, *percent)
            });
            wanted(name) && !vanished && !hidden
        };
        let view = View {
            data,
            references_as_anchors: self.options.references_as_anchors,
            incremental_links: self.options.incremental_links,
            shown: &permitted,
        };
        let mut page = read(&view, request, position, read_with, hidden, fault);
        match (fault, shuffle) {
            (Some(ImportFault::ObjectsRepeated), _) => repeat(&mut page.observations),
            (Some(ImportFault::KeysUnreadable), _) => hide_keys(data, &mut page, request.now),
            (Some(ImportFault::Reordered), Some(seed)) if from.is_some() => {
                shuffle_page(&mut page.observations, seed);
            }
            _ => {}
        }
        Ok(page)
    }
}

fn position(
    data: &Data,
    from: Option<&Watermark>,
    read_with: u64,
    shuffle: Option<u64>,
) -> Result<Position, ConnectorError> {
    let mark = match from {
        None => {
            let began = data.usn;
            let walk = match shuffle {
                Some(seed) => Walk::Shuffled { began, seed, passed: 0 },
                None => Walk::ByChange { began },
            };
            Mark { invocation: data.invocation, usn: 0, walk: Some(walk) }
        }
        Some(watermark) if watermark.read_with != read_with => {
            return Err(refused("it was read with other attributes"));
        }
        Some(watermark) => Mark::from_watermark(watermark)?,
    };
    if mark.invocation != data.invocation {
        return Err(refused("it comes from another server"));
    }
    if mark.usn > data.usn {
        return Err(refused("it is ahead of the server, which was put back to an older state"));
    }
    if mark.oldest_change() < data.expired_usn {
        return Err(refused("it is older than the tombstones that the server still keeps"));
    }
    let behind = |object: &Object| object.usn > mark.usn;
    let rest = match mark.walk {
        // Tombstones are told in full walks too: the reader may know what they were.
        None | Some(Walk::Changes { .. } | Walk::ByChange { .. }) => by_change(data, behind),
        // What happened since is told behind the last object, so that the order stays the same.
        Some(Walk::Shuffled { began, seed, passed }) => {
            let mut order: Vec<ObjectId> = data
                .objects
                .iter()
                .filter(|(_, object)| object.made_usn <= began)
                .map(|(id, _)| *id)
                .collect();
            order.sort_unstable_by_key(|id| mix(seed, id.0));
            order.into_iter().skip(usize::try_from(passed).unwrap_or(usize::MAX)).collect()
        }
    };
    Ok(Position { mark, rest })
}

/// The objects to take, in the order of their last changes.
fn by_change(data: &Data, take: impl Fn(&Object) -> bool) -> Vec<ObjectId> {
    let taken = data.objects.iter().filter(|(_, object)| take(object));
    let mut taken: Vec<(u64, ObjectId)> = taken.map(|(id, object)| (object.usn, *id)).collect();
    taken.sort_unstable();
    taken.into_iter().map(|(_, id)| id).collect()
}

fn read(
    view: &View<'_>,
    request: &ImportRequest,
    position: Position,
    read_with: u64,
    hidden: bool,
    fault: Option<ImportFault>,
) -> ImportPage {
    let Position { mut mark, rest } = position;
    let since = match mark.walk {
        Some(Walk::Changes { since }) => since,
        _ => mark.usn,
    };
    let full = matches!(mark.walk, Some(Walk::ByChange { .. } | Walk::Shuffled { .. }));
    mark.walk = mark.walk.or(Some(Walk::Changes { since }));
    let cut = fault == Some(ImportFault::SizeLimit);
    let page_size = if cut { request.page_size.div_ceil(2) } else { request.page_size }.max(1);
    let mut observations = Vec::new();
    let mut left = rest.into_iter();
    for id in left.by_ref() {
        let Some(object) = view.data.objects.get(&id) else { continue };
        let observation = match mark.walk {
            Some(Walk::ByChange { .. } | Walk::Shuffled { .. }) => Some(view.present(id, object)),
            Some(Walk::Changes { .. }) | None => view.changed(id, object, since),
        };
        match &mut mark.walk {
            Some(Walk::Shuffled { passed, .. }) => *passed += 1,
            _ => mark.usn = object.usn,
        }
        observations.extend(observation.filter(|_| !hidden));
        if observations.len() >= page_size {
            break;
        }
    }
    let more = left.next().is_some();
    if !more {
        if let Some(Walk::Shuffled { began, .. }) = mark.walk {
            let meanwhile = by_change(view.data, |object| object.usn > began);
            let told =
                meanwhile.into_iter().filter_map(|id| view.changed(id, view.data.objects.get(&id)?, began));
            observations.extend(told.filter(|_| !hidden));
        }
        mark.usn = view.data.usn;
        mark.walk = None;
    }
    ImportPage {
        observations,
        problems: Vec::new(),
        unreadable: 0,
        watermark: mark.to_watermark(read_with),
        more: more && !cut,
        behind: false,
        complete: full && request.mode == ImportMode::Full && !more && !cut,
    }
}

/// Tells every third object by its name alone, with a problem.
fn hide_keys(data: &Data, page: &mut ImportPage, now: Timestamp) {
    for observation in page.observations.iter_mut().step_by(3) {
        let ObservedObject::Anchor(anchor) = &observation.object else { continue };
        let Some(id) = data.by_anchor(anchor).filter(|_| observation.change != ObservedChange::Deleted)
        else {
            continue;
        };
        let dn = data.dn(id);
        page.problems.push(Problem {
            code: ProblemCode::new("MDR-D022"),
            severity: Severity::Problem,
            connector: None,
            object: dn.to_string(),
            attribute: None,
            message: "its key cannot be read; it stays as it was.".to_owned(),
            remedy: "Correct the key in the directory.".to_owned(),
            at: now,
        });
        let change = ObservedChange::Patch { dn: None, attributes: Vec::new() };
        *observation = Observation { object: ObservedObject::Name(dn), change };
    }
}

fn repeat(observations: &mut Vec<Observation>) {
    let again: Vec<Observation> = observations.iter().step_by(2).cloned().collect();
    observations.extend(again);
}

fn shuffle_page(observations: &mut [Observation], seed: u64) {
    let mut at = 0;
    observations.sort_by_cached_key(|_| {
        at += 1;
        mix(seed, at)
    });
}

/// The error of a lost connection.
pub(crate) fn lost(doing: &str) -> ConnectorError {
    ConnectorError::Unreachable {
        code: "MDR-C011",
        doing: doing.to_owned(),
        reason: "the connection was lost".to_owned(),
        remedy: "Start the run again: it goes on where it stopped.".to_owned(),
        source: None,
    }
}
