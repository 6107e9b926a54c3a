//! When a client looks for a new book.

use super::{Calendar, Schedule, Time};
use crate::OabError;

/// What a check that finds nothing new does to the client's timer. Sources disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmptyCheck {
    /// The next check comes after a whole interval, as after a download.
    Restarts,
    /// Only a download starts the interval; until there is something new, the client comes back
    /// after so many seconds.
    RetriesAfter(i64),
}

/// When a client looks for a new book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientPolicy {
    /// Seconds from one check to the next.
    pub interval: i64,
    /// The client's first download, from which all others are counted.
    pub first_download: Time,
    /// What a check does that finds nothing.
    pub empty_check: EmptyCheck,
    /// When the machine is on; `None`: always. A check that is due while it is off comes when it is on.
    pub calendar: Option<Calendar>,
    /// Every generation has something new, so that every check after one is a download. Of
    /// importance only where an empty check does not restart the timer.
    pub always_something_new: bool,
}

impl ClientPolicy {
    pub(super) fn check(&self) -> Result<(), OabError> {
        let retry = match self.empty_check {
            EmptyCheck::Restarts => 1,
            EmptyCheck::RetriesAfter(seconds) => seconds,
        };
        if self.interval < 1 || retry < 1 || self.interval > 100 * 366 * super::DAY {
            let problem = "it is not between a second and a hundred years".to_owned();
            return Err(OabError::Schedule { field: "the client's interval", problem });
        }
        Ok(())
    }

    fn when_on(&self, due: Time) -> Time {
        self.calendar.as_ref().map_or(due, |calendar| calendar.next_on(due))
    }

    /// The longest way from one check to the next, seconds, and a check at which it starts.
    pub(super) fn longest_way(&self) -> (i64, Option<Time>) {
        match &self.calendar {
            None => (self.interval, None),
            Some(calendar) => {
                let (way, check) = calendar.longest_way(self.interval);
                (way, Some(check))
            }
        }
    }
}

/// A check of a client, and the state from which the next one follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Check {
    /// When.
    pub(super) at: Time,
    /// Seconds since the last download.
    pub(super) since_download: i64,
}

/// The checks of a client as they follow each other, without the change in question.
pub(super) fn checks(schedule: &Schedule) -> impl Iterator<Item = Check> {
    let client = schedule.client;
    let first = Check { at: client.when_on(client.first_download), since_download: 0 };
    std::iter::successors(Some(first), move |check| {
        let downloaded = check.since_download == 0;
        let wait = match client.empty_check {
            EmptyCheck::RetriesAfter(retry) if !downloaded => retry,
            _ => client.interval,
        };
        let at = client.when_on(check.at + wait);
        let last_download = check.at + -check.since_download;
        let news = client.always_something_new
            && schedule.newest_generation(at) > schedule.newest_generation(last_download);
        // Without other changes the state after an empty check stays the same whatever its age.
        let since_download = match client.empty_check {
            _ if news => 0,
            EmptyCheck::Restarts if !client.always_something_new => 1,
            EmptyCheck::RetriesAfter(_) if !client.always_something_new => 1,
            _ => at - last_download,
        };
        Some(Check { at, since_download })
    })
}
