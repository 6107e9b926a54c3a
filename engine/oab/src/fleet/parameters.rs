//! What a fleet is made of.

use crate::OabError;
use crate::schedule::{DAY, Schedule, Stage, Time};

/// Sizes of the files, bytes: those of real books, so that the volumes are true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sizes {
    /// The whole compressed book.
    pub full: u64,
    /// The patch of an ordinary generation.
    pub patch: u64,
    /// The patch that carries the change in question.
    pub change_patch: u64,
}

/// A fleet and the change that it waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct FleetParameters {
    /// The schedule; the first download of its client is of no importance, every client draws its own.
    pub schedule: Schedule,
    /// Clients.
    pub clients: u64,
    /// Days that are followed, from midnight before the change.
    pub days: u32,
    /// Seed of all random numbers.
    pub seed: u64,
    /// When the change is made.
    pub change: Time,
    /// Every check comes up to so many seconds earlier or later than it is due; a machine that was
    /// off goes on up to so many seconds after its hour.
    pub jitter: u32,
    /// Every client draws the phase of the distribution to its server; else all share the given one.
    pub own_distribution: bool,
    /// Part of the clients that follow the schedule's calendar, percent; the others are always on.
    pub calendar_percent: u32,
    /// Downloads that fail, of a thousand.
    pub failures_permille: u32,
    /// A failed download is tried again after so many seconds.
    pub retry: u32,
    /// Files' sizes.
    pub sizes: Sizes,
    /// Every generation has something new, as in a large directory; else only the change is new.
    pub always_something_new: bool,
    /// A client fetches the whole book when its patches together reach this part of it: 0.5 for
    /// Outlook with version 4, 0.125 for older ones, 1.0 for Evolution.
    pub full_threshold: f64,
    /// Patches are kept for so many days; a client that has missed more fetches the whole book.
    pub retention_days: u32,
    /// A download of the whole book starts at a random time within so many seconds, and after an
    /// hour at the earliest (policy `Max Full OAB Download Wait`); 0: at once.
    pub full_wait: u32,
    /// A client fetches the whole book at most once in so many seconds; 0: as often as it likes.
    /// An interval of 13 hours is talked of; no source gives it.
    pub full_pause: u32,
}

impl FleetParameters {
    /// A fleet that knows nothing of sizes: one change, clients an hour early or late.
    pub fn new(schedule: Schedule, clients: u64, days: u32, seed: u64, change: Time) -> Self {
        Self {
            schedule,
            clients,
            days,
            seed,
            change,
            jitter: 3_600,
            own_distribution: true,
            calendar_percent: 100,
            failures_permille: 0,
            retry: 3_600,
            sizes: Sizes::default(),
            always_something_new: false,
            full_threshold: 0.5,
            retention_days: 30,
            full_wait: 0,
            full_pause: 0,
        }
    }

    /// Midnight before the change, from which all is counted.
    pub fn start(&self) -> Time {
        self.change.midnight()
    }

    /// Seconds that are followed.
    pub(super) fn length(&self) -> u32 {
        self.days * DAY as u32
    }

    pub(super) fn check(&self) -> Result<(), OabError> {
        self.schedule.check()?;
        let refuse = |field, problem: &str| Err(OabError::Schedule { field, problem: problem.to_owned() });
        if !(1..=3_660).contains(&self.days) {
            return refuse("the days of the fleet", "they are not between 1 and 3660");
        }
        if self.clients == 0 || self.clients > 1_000_000_000 {
            return refuse("the clients of the fleet", "they are not between 1 and 1,000,000,000");
        }
        if i64::from(self.jitter) >= self.schedule.client.interval {
            return refuse("the jitter", "it is not shorter than the client's interval");
        }
        let longest = self.schedule.runs().map(|run| run.period).chain([self.schedule.client.interval]).max();
        if longest.is_some_and(|longest| longest > 3_660 * DAY) {
            return refuse("a period", "it is over ten years");
        }
        if self.failures_permille > 999 || self.calendar_percent > 100 || self.full_threshold.is_nan() {
            return refuse("a part", "failures are below 1000 of a thousand, clients at most 100 percent");
        }
        if self.retry == 0 {
            return refuse("the retry", "it is not at least a second");
        }
        Ok(())
    }

    /// The stages in front of the generation have bounds to draw from.
    pub(super) fn has_random_delays(&self) -> bool {
        let random = |stage: &Stage| matches!(stage, Stage::Delay { least, most } if least < most);
        self.schedule.front.iter().any(|front| random(&front.stage))
    }
}
