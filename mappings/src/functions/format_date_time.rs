//! `FormatDateTime`.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "FormatDateTime",
    group: Group::DateAndTime,
    summary: "A time as text in a given form.",
    remarks: "yyyy yy MMMM MMM MM M dddd ddd dd d HH H hh h mm m ss s f tt t zzz stand for parts of the time, in English and UTC; text in quotes and any other character for itself.",
    parameters: &[parameter("time", Kind::Value(Type::Time)), parameter("format", Kind::Value(Type::Text))],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(format_date_time),
    rows: &[row("FormatDateTime(CDate(\"12/25/2007\"), \"yyyy-MM-dd\")", "\"2007-12-25\""), row("FormatDateTime(CDate(\"2014-09-05 08:14:53\"), \"yyyyMMddHHmmss.0Z\")", "\"20140905081453.0Z\""), row("FormatDateTime(CDate(\"2014-09-05 18:04:03\"), \"d MMM yy, h:m:s tt\")", "\"5 Sep 14, 6:4:3 PM\""), row("FormatDateTime(CDate(\"2014-09-05\"), \"dddd, dd MMMM\")", "\"Friday, 05 September\""), row("FormatDateTime(CDate(\"2014-09-05\"), \"'day' d\")", "\"day 5\""), row("FormatDateTime(CDate(\"2014-09-05 00:30\"), \"hh\")", "\"12\""), row("FormatDateTime(NULL, \"yyyy\")", "NULL"),],
};

fn format_date_time<'a>(arguments: Arguments<'_, 'a>, evaluation: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let (time, format) = (arguments.time(0)?, arguments.text(1)?);
    evaluation.charge(format.len())?;
    let time = time.to_zoned(TimeZone::UTC).datetime();
    let mut shown = String::new();
    let mut rest = format.as_ref();
    while let Some(c) = rest.chars().next() {
        let run = rest.len() - rest.trim_start_matches(c).len();
        let taken = match c {
            '\'' | '"' => quoted(rest, c, &mut shown),
            '\\' => escaped(rest, &mut shown),
            _ => match part(time, c, run) {
                Some(text) => {
                    shown.push_str(&text);
                    run
                }
                None => {
                    shown.push(c);
                    c.len_utf8()
                }
            },
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    Ok(Scalar::text(shown))
}

/// What a run of one letter stands for; none for a character that stands for itself.
fn part(time: DateTime, letter: char, run: usize) -> Option<String> {
    let strftime = |format: &str| time.strftime(format).to_string();
    Some(match (letter, run) {
        ('y', 1..=2) => strftime("%y"),
        ('y', _) => strftime("%Y"),
        ('M', 1) => time.month().to_string(),
        ('M', 2) => strftime("%m"),
        ('M', 3) => strftime("%b"),
        ('M', _) => strftime("%B"),
        ('d', 1) => time.day().to_string(),
        ('d', 2) => strftime("%d"),
        ('d', 3) => strftime("%a"),
        ('d', _) => strftime("%A"),
        ('H', 1) => time.hour().to_string(),
        ('H', _) => strftime("%H"),
        ('h', 1) => strftime("%-I"),
        ('h', _) => strftime("%I"),
        ('m', 1) => time.minute().to_string(),
        ('m', _) => strftime("%M"),
        ('s', 1) => time.second().to_string(),
        ('s', _) => strftime("%S"),
        ('f', run) => format!("{:09}", time.subsec_nanosecond()).chars().take(run).collect(),
        ('t', 1) => strftime("%p").chars().take(1).collect(),
        ('t', _) => strftime("%p"),
        ('z', _) => "+00:00".to_owned(),
        _ => return None,
    })
}

/// Text in quotes stands for itself; gives the octets taken.
fn quoted(rest: &str, quote: char, shown: &mut String) -> usize {
    let body = rest.get(1..).unwrap_or_default();
    let end = body.find(quote).unwrap_or(body.len());
    shown.push_str(body.get(..end).unwrap_or_default());
    (end + 2).min(rest.len())
}

/// A character behind a backslash stands for itself; gives the octets taken.
fn escaped(rest: &str, shown: &mut String) -> usize {
    let next = rest.get(1..).and_then(|body| body.chars().next());
    shown.extend(next);
    1 + next.map_or(0, char::len_utf8)
}