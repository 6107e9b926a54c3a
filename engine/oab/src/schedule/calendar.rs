//! The hours in which a client's machine is on.

use super::{DAY, HOUR, Time, WEEK};
use crate::OabError;

/// When a machine is on: the same hours on each of some days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    /// First hour of the day, 0 to 23.
    from_hour: i64,
    /// Hour at which the machine goes off, 1 to 24.
    to_hour: i64,
    /// Days on which it is on, Monday first.
    days: [bool; 7],
}

impl Calendar {
    /// On from one hour to another, on the given days (Monday first).
    ///
    /// # Errors
    /// [`OabError::Schedule`] when that is no hour at all.
    pub fn new(from_hour: u8, to_hour: u8, days: [bool; 7]) -> Result<Self, OabError> {
        if from_hour >= to_hour || to_hour > 24 || !days.contains(&true) {
            let problem = format!("a machine that is on from {from_hour} to {to_hour} o'clock is never on");
            return Err(OabError::Schedule { field: "the hours of the client", problem });
        }
        Ok(Self { from_hour: from_hour.into(), to_hour: to_hour.into(), days })
    }

    /// On during office hours, from eight to six on five days.
    pub fn office() -> Self {
        Self { from_hour: 8, to_hour: 18, days: [true, true, true, true, true, false, false] }
    }

    /// The first second at or after `time` in which the machine is on.
    pub fn next_on(&self, time: Time) -> Time {
        let mut midnight = time.midnight();
        // Some day within a week is one on which it is on.
        for _ in 0..=7 {
            let day = midnight.0.div_euclid(DAY).rem_euclid(7) as usize;
            let (from, to) = (midnight + self.from_hour * HOUR, midnight + self.to_hour * HOUR);
            if self.days.get(day) == Some(&true) && time < to {
                return from.max(time);
            }
            midnight = midnight + DAY;
        }
        time
    }

    /// The longest way from one check to the next, seconds, and a check at which it starts.
    pub(super) fn longest_way(&self, interval: i64) -> (i64, Time) {
        // It starts when the machine comes on, or where the next check is due just as it goes off.
        let days = (0..7).map(|day| day * DAY);
        let starts = days.clone().map(|day| day + self.from_hour * HOUR);
        let ends = days.map(|day| day + self.to_hour * HOUR - interval.rem_euclid(WEEK) + WEEK);
        let checks = starts.chain(ends).map(|second| Time(second + 2_000 * WEEK));
        let ways = checks.filter(|&check| self.next_on(check) == check);
        let ways = ways.map(|check| (self.next_on(check + interval) - check, check));
        ways.max_by_key(|(way, check)| (*way, std::cmp::Reverse(*check))).unwrap_or((interval, Time(0)))
    }
}
