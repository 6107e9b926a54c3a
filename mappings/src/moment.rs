//! Times in the spellings that directories and administrators use. All are read as UTC.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// 100-nanosecond intervals from 1601-01-01 to 1970-01-01: how Active Directory counts.
pub(crate) const FILETIME_AT_UNIX_EPOCH: i64 = 116_444_736_000_000_000;

/// A time from text: `2013-01-10`, `2013-01-10 16:00[:00]`, `2013-01-10 4:00 PM -8`, `12/25/2007` (month first),
/// RFC 3339, and a directory's own `20140905081453.0Z`.
pub(crate) fn parse(text: &str) -> Option<jiff::Timestamp> {
    let text = text.trim();
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(time);
    }
    generalized(text).or_else(|| written(text))
}

/// The UTC time of the clock's reading.
pub(crate) fn utc(reading: DateTime) -> Option<jiff::Timestamp> {
    TimeZone::UTC.to_timestamp(reading).ok()
}

/// `20140905081453.0Z` or `20140905081453Z`.
fn generalized(text: &str) -> Option<jiff::Timestamp> {
    let digits = text.strip_suffix('Z')?;
    let digits = digits.split_once('.').map_or(digits, |(whole, _)| whole);
    if digits.len() != 14 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    utc(DateTime::strptime("%Y%m%d%H%M%S", digits).ok()?)
}

/// A date, and behind it a time of day, `AM` or `PM`, and an offset in hours or hours and minutes.
fn written(text: &str) -> Option<jiff::Timestamp> {
    let mut words = text.split(|c: char| c.is_whitespace() || c == 'T').filter(|word| !word.is_empty());
    let date = date(words.next()?)?;
    let (mut hour, mut minute, mut second) = (0, 0, 0);
    let mut offset_minutes = 0;
    for word in words {
        if word.eq_ignore_ascii_case("am") || word.eq_ignore_ascii_case("pm") {
            if !(1..=12).contains(&hour) {
                return None;
            }
            hour = hour % 12 + if word.eq_ignore_ascii_case("pm") { 12 } else { 0 };
        } else if word.starts_with(['+', '-']) {
            offset_minutes = offset(word)?;
        } else if word.contains(':') {
            let mut parts = word.trim_end_matches('Z').split(':').map(str::parse::<i8>);
            hour = parts.next()?.ok()?;
            minute = parts.next()?.ok()?;
            second = parts.next().transpose().ok()?.unwrap_or(0);
        } else {
            return None;
        }
    }
    let reading = date.at(0, 0, 0, 0);
    if !(0..24).contains(&hour) || !(0..60).contains(&minute) || !(0..60).contains(&second) {
        return None;
    }
    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second) - offset_minutes * 60;
    utc(reading)?.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()
}

fn date(word: &str) -> Option<Date> {
    let numbers = |separator| -> Option<[i16; 3]> {
        let mut parts = word.split(separator).map(|part: &str| part.parse::<i16>().ok());
        let all = [parts.next()??, parts.next()??, parts.next()??];
        parts.next().is_none().then_some(all)
    };
    let narrow = |number: i16| i8::try_from(number).ok();
    if let Some([year, month, day]) = numbers('-') {
        return Date::new(year, narrow(month)?, narrow(day)?).ok();
    }
    let [month, day, year] = numbers('/')?;
    Date::new(year, narrow(month)?, narrow(day)?).ok()
}

/// `-8`, `+02`, `+0530`, `+05:30` in minutes.
fn offset(word: &str) -> Option<i64> {
    let sign = if word.starts_with('-') { -1 } else { 1 };
    let digits = word.get(1..)?;
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let (hours, minutes) = (hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?);
    (hours <= 14 && (0..60).contains(&minutes)).then_some(sign * (hours * 60 + minutes))
}
