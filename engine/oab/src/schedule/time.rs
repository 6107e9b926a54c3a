//! Times and durations in seconds.

use std::fmt;
use std::ops::{Add, Sub};

use jiff::Unit;
use jiff::civil::{DateTime, date};
use serde::{Serialize, Serializer};

use crate::OabError;

pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;
pub(crate) const WEEK: i64 = 7 * DAY;

/// A wall-clock time: seconds since the Monday 0001-01-01T00:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

/// Day names, Monday first.
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl Time {
    /// Reads `2026-11-23T14:00`, with seconds or without, or a date alone.
    ///
    /// # Errors
    /// [`OabError::Schedule`] for anything else, and for a fraction of a second.
    pub fn parse(text: &str) -> Result<Self, OabError> {
        let problem = |_| OabError::Schedule {
            field: "a time",
            problem: format!("\"{text}\" is not like 2026-11-23T14:00"),
        };
        let time: DateTime = text.parse().map_err(problem)?;
        let epoch = date(1, 1, 1).at(0, 0, 0, 0);
        let since = time.since((Unit::Second, epoch)).map_err(problem)?;
        Ok(Self(since.get_seconds()))
    }

    /// The name of the day of the week.
    pub fn weekday(self) -> &'static str {
        DAYS.get(self.0.div_euclid(DAY).rem_euclid(7) as usize).copied().unwrap_or_default()
    }

    /// Hour and minute, `09:00`; with seconds when there are any.
    pub fn clock(self) -> String {
        let second = self.0.rem_euclid(DAY);
        let (hour, minute, second) = (second / HOUR, second / MINUTE % 60, second % MINUTE);
        if second == 0 {
            format!("{hour:02}:{minute:02}")
        } else {
            format!("{hour:02}:{minute:02}:{second:02}")
        }
    }

    /// Midnight at the start of the day.
    pub fn midnight(self) -> Self {
        Self(self.0 - self.0.rem_euclid(DAY))
    }

    fn civil(self) -> Option<DateTime> {
        let days = jiff::Span::new().try_days(self.0.div_euclid(DAY)).ok()?;
        date(1, 1, 1).checked_add(days).ok().map(|date| date.at(0, 0, 0, 0))
    }

    /// The date, `2026-11-23`.
    pub fn date(self) -> String {
        self.civil().map_or_else(|| "????-??-??".to_owned(), |civil| civil.date().to_string())
    }
}

impl Add<i64> for Time {
    type Output = Self;

    fn add(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}

impl Sub for Time {
    type Output = i64;

    fn sub(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}T{}", self.date(), self.clock())
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Serializes seconds as minutes: a whole number where it is one.
pub fn minutes<S: Serializer>(seconds: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    if seconds % MINUTE == 0 {
        serializer.serialize_i64(seconds / MINUTE)
    } else {
        serializer.serialize_f64(*seconds as f64 / MINUTE as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back() {
        for (text, shown, day) in [
            ("2026-11-23T14:00", "2026-11-23T14:00", "Monday"),
            ("2026-11-24T04:59:59", "2026-11-24T04:59:59", "Tuesday"),
            ("2028-02-29", "2028-02-29T00:00", "Tuesday"),
            ("0001-01-01T00:00", "0001-01-01T00:00", "Monday"),
            ("9999-12-31T23:59", "9999-12-31T23:59", "Friday"),
        ] {
            let time = Time::parse(text).unwrap();
            assert_eq!((time.to_string().as_str(), time.weekday()), (shown, day), "{text}");
        }
        for text in ["", "soon", "2026-13-01T00:00", "14:00"] {
            assert_eq!(Time::parse(text).map_err(|error| error.code()), Err("MDR-O010"), "{text}");
        }
    }
}
