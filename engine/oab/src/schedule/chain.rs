//! The stages between a change and a client.

use super::{ClientPolicy, Time};
use crate::OabError;

/// A run that comes again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periodic {
    /// Seconds from one start to the next.
    pub period: i64,
    /// A time at which a run starts.
    pub phase: Time,
    /// How long a run takes until its result is there, seconds.
    pub duration: i64,
}

impl Periodic {
    /// The first start at or after `time`.
    pub fn at_or_after(&self, time: Time) -> Time {
        time + (self.phase - time).rem_euclid(self.period)
    }

    /// The first start after `time`.
    pub fn after(&self, time: Time) -> Time {
        self.at_or_after(time + 1)
    }

    /// The last start at or before `time`.
    pub fn at_or_before(&self, time: Time) -> Time {
        time + -(time - self.phase).rem_euclid(self.period)
    }
}

/// A stage in front of the generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A run that reads the directory at its start: a sync run, an Entra Connect cycle.
    Run(Periodic),
    /// A way that takes between `least` and `most` seconds: directory replication.
    Delay {
        /// Shortest delay, seconds.
        least: i64,
        /// Longest delay, seconds.
        most: i64,
    },
}

impl Stage {
    /// The longest delay; nothing for a run, whose waiting is counted by its period.
    pub(super) fn longest(self) -> i64 {
        match self {
            Self::Run(_) => 0,
            Self::Delay { most, .. } => most,
        }
    }
}

/// A stage with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrontStage {
    /// Short name for scripts and drawings, as `sync-run`.
    pub name: String,
    /// The stage.
    pub stage: Stage,
}

/// All stages between a change and a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// What a change passes before the generation can see it, in this order.
    pub front: Vec<FrontStage>,
    /// The run that makes the book.
    pub generation: Periodic,
    /// The run that takes the book to where clients fetch it; `None` where clients fetch it from
    /// where it was made.
    pub distribution: Option<Periodic>,
    /// When the client looks for a new book.
    pub client: ClientPolicy,
}

/// Which end of the stages' delays is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delays {
    Least,
    Middle,
    Most,
}

/// A hop of a change before it reaches the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hop {
    pub(super) kind: HopKind,
    /// When the run that takes the change along starts; for a delay, when the change has passed.
    pub(super) at: Time,
    /// When the change has passed.
    pub(super) done: Time,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HopKind {
    Front(String),
    Generation,
    Distribution,
}

impl Schedule {
    /// Checks that periods are positive and durations not negative.
    ///
    /// # Errors
    /// [`OabError::Schedule`] with the first field that is wrong.
    pub fn check(&self) -> Result<(), OabError> {
        let refuse = |field, problem: &str| Err(OabError::Schedule { field, problem: problem.to_owned() });
        const CENTURY: i64 = 100 * 366 * super::DAY;
        for run in self.runs() {
            if !(1..=CENTURY).contains(&run.period) {
                return refuse("a period", "it is not between a second and a hundred years");
            }
            if !(0..=CENTURY).contains(&run.duration) {
                return refuse("a duration", "it is negative or over a hundred years");
            }
        }
        for front in &self.front {
            if let Stage::Delay { least, most } = front.stage
                && (least < 0 || most < least || most > CENTURY)
            {
                return refuse("a delay", "its bounds are not 0 <= least <= most");
            }
        }
        self.client.check()
    }

    /// All periodic runs before the client.
    pub(crate) fn runs(&self) -> impl Iterator<Item = &Periodic> {
        let front = self.front.iter().filter_map(|front| match &front.stage {
            Stage::Run(run) => Some(run),
            Stage::Delay { .. } => None,
        });
        front.chain([&self.generation]).chain(&self.distribution)
    }

    /// The way of a change until clients can fetch it.
    pub(super) fn hops(&self, change: Time, delays: Delays) -> Vec<Hop> {
        let mut at = change;
        let mut hops = Vec::with_capacity(self.front.len() + 2);
        for front in &self.front {
            let (start, done) = match front.stage {
                Stage::Run(run) => (run.after(at), run.after(at) + run.duration),
                Stage::Delay { least, most } => {
                    let delay = match delays {
                        Delays::Least => least,
                        Delays::Middle => least.midpoint(most),
                        Delays::Most => most,
                    };
                    (at + delay, at + delay)
                }
            };
            hops.push(Hop { kind: HopKind::Front(front.name.clone()), at: start, done });
            at = done;
        }
        let start = self.generation.after(at);
        at = start + self.generation.duration;
        hops.push(Hop { kind: HopKind::Generation, at: start, done: at });
        if let Some(distribution) = &self.distribution {
            let start = distribution.at_or_after(at);
            hops.push(Hop { kind: HopKind::Distribution, at: start, done: start + distribution.duration });
        }
        hops
    }

    /// When clients can fetch a change.
    pub(super) fn published(&self, change: Time, delays: Delays) -> Time {
        self.hops(change, delays).last().map_or(change, |hop| hop.done)
    }

    /// The start of the newest generation that clients can fetch at `time`.
    pub(super) fn newest_generation(&self, time: Time) -> Time {
        let ready = match &self.distribution {
            Some(distribution) => distribution.at_or_before(time + -distribution.duration),
            None => time,
        };
        self.generation.at_or_before(ready + -self.generation.duration)
    }
}
