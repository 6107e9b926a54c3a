//! Points in time, as parameters: nothing in the pure crates reads a clock.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Timestamp(i64);

/// Text that is no point in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no time: write it as 2026-11-21, 2026-11-21T14:00 or 2026-11-21T14:00:00Z")]
pub struct TimestampError {
    /// The text as it was given.
    pub text: String,
}

impl Timestamp {
    /// From milliseconds since the Unix epoch.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// Date and time to the second in UTC as digits, for names of files: `20261122081500`.
    #[must_use]
    pub fn digits(self) -> String {
        let text = self.to_string();
        let time = text.split('.').next().unwrap_or_default();
        time.chars().filter(char::is_ascii_digit).collect()
    }

    /// This time and so many days of 24 hours.
    #[must_use]
    pub fn plus_days(self, days: u32) -> Self {
        Self(self.0.saturating_add(i64::from(days) * 86_400_000))
    }

    /// This time and so many seconds.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }
}

/// RFC 3339 in UTC, to the second (a fraction is shown where there is one).
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    /// Reads RFC 3339; without an offset the time is UTC, without a time it is midnight.
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let with_offset = text.parse::<jiff::Timestamp>();
        let utc = || {
            let local = text.parse::<jiff::civil::DateTime>().ok()?;
            local.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
        };
        with_offset
            .ok()
            .or_else(utc)
            .map(|time| Self(time.as_millisecond()))
            .ok_or_else(|| TimestampError { text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_shown() {
        let rows = [
            ("2026-11-21", "2026-11-21T00:00:00Z"),
            ("2026-11-21T14:00", "2026-11-21T14:00:00Z"),
            ("2026-11-21T14:00:00+01:00", "2026-11-21T13:00:00Z"),
        ];
        for (given, shown) in rows {
            assert_eq!(given.parse::<Timestamp>().unwrap().to_string(), shown);
        }
        assert!("yesterday".parse::<Timestamp>().is_err());
    }
}
