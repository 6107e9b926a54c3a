//! The timeline of one change: every hop, with its time.

use serde::Serialize;

use super::chain::{Delays, HopKind};
use super::client::checks;
use super::{Schedule, Time, minutes};

/// What happens at a point of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// The client's last look at the book before the change.
    DownloadBefore,
    /// The change in the directory.
    Change,
    /// A stage in front of the generation has taken the change along.
    Front(String),
    /// The generation puts the change into the book.
    Generation,
    /// The book with the change reaches the place where clients fetch it.
    Distribution,
    /// The client looks and finds nothing new.
    EmptyCheck,
    /// The client fetches the change.
    Download,
}

/// A point of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// When.
    pub at: Time,
    /// What happens, one word for scripts.
    pub what: Happening,
    /// The same as a sentence.
    pub words: String,
}

/// The way of one change to one client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Timeline {
    /// When the change is made.
    pub change: Time,
    /// When clients can fetch it.
    pub published: Time,
    /// When this client has it.
    pub arrival: Time,
    /// From the change to the arrival, minutes in JSON.
    #[serde(rename = "latency_minutes", serialize_with = "minutes")]
    pub latency: i64,
    /// Every hop, in order of time.
    pub events: Vec<Event>,
}

/// Most checks in vain that a timeline lists.
const MOST_EMPTY_CHECKS: usize = 200;

/// Follows a change to the client. Delays that have bounds take the longest.
pub fn timeline(schedule: &Schedule, change: Time) -> Timeline {
    let hops = schedule.hops(change, Delays::Most);
    let published = hops.last().map_or(change, |hop| hop.done);
    let mut events = Vec::new();
    let mut push = |at, what: Happening| {
        let words = what.words();
        events.push(Event { at, what, words });
    };

    push(change, Happening::Change);
    for hop in hops {
        let what = match hop.kind {
            HopKind::Front(name) => Happening::Front(name),
            HopKind::Generation => Happening::Generation,
            HopKind::Distribution => Happening::Distribution,
        };
        push(hop.at, what);
    }
    let mut before = None;
    let mut empty = 0;
    let mut arrival = schedule.client.first_download;
    for check in checks(schedule) {
        arrival = check.at;
        if check.at >= published {
            break;
        }
        if check.at <= change {
            before = Some(check.at);
        } else if empty < MOST_EMPTY_CHECKS {
            push(check.at, Happening::EmptyCheck);
            empty += 1;
        }
    }
    push(arrival, Happening::Download);
    if let Some(before) = before {
        push(before, Happening::DownloadBefore);
    }
    // What happens in the same second stays in the order of cause and effect.
    events.sort_by_key(|event| (event.at, event.what.rank()));
    Timeline { change, published, arrival, latency: arrival - change, events }
}

/// When the readers of a book see a change, wherever their own clocks stand: from the time at which
/// the first can fetch it to the time by which the last has looked. Delays take the longest.
pub fn readers_see_it(schedule: &Schedule, change: Time) -> (Time, Time) {
    let published = schedule.published(change, Delays::Most);
    (published, published + schedule.client.longest_way().0)
}

impl Happening {
    /// One word for scripts.
    pub fn word(&self) -> &str {
        match self {
            Self::DownloadBefore | Self::Download => "download",
            Self::Change => "change",
            Self::Front(name) => name,
            Self::Generation => "generation",
            Self::Distribution => "distribution",
            Self::EmptyCheck => "check",
        }
    }

    fn words(&self) -> String {
        match self {
            Self::DownloadBefore => "the client downloads the book",
            Self::Change => "the change is made in the directory",
            Self::Front(name) => return format!("{name}: the change is taken along"),
            Self::Generation => "generation runs: the change is in the book",
            Self::Distribution => "distribution: clients can fetch the book with the change",
            Self::EmptyCheck => "the client checks for a new book: none is published yet",
            Self::Download => "the client downloads the change",
        }
        .to_owned()
    }

    fn rank(&self) -> u8 {
        match self {
            Self::DownloadBefore => 0,
            Self::EmptyCheck => 1,
            Self::Change => 2,
            Self::Front(_) => 3,
            Self::Generation => 4,
            Self::Distribution => 5,
            Self::Download => 6,
        }
    }
}

impl Serialize for Happening {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}
