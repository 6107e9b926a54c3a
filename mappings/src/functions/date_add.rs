//! `DateAdd`.

use jiff::tz::TimeZone;

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "DateAdd",
    group: Group::DateAndTime,
    summary: "A time moved by a number of units.",
    remarks: "Intervals: yyyy year, q quarter, m month, y, d and w day, ww week, h hour, n minute, s second. A day that the month does not have becomes its last.",
    parameters: &[parameter("interval", Kind::Value(Type::Text)), parameter("number", Kind::Value(Type::Number)), parameter("time", Kind::Value(Type::Time))],
    result: Type::Time,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(date_add),
    rows: &[row("DateAdd(\"m\", 3, CDate(\"2001-01-01\"))", "2001-04-01 00:00:00"), row("DateAdd(\"yyyy\", -1, CDate(\"2004-02-29\"))", "2003-02-28 00:00:00"), row("DateAdd(\"q\", 1, CDate(\"2001-01-31\"))", "2001-04-30 00:00:00"), row("DateAdd(\"d\", 1, CDate(\"2001-12-31\"))", "2002-01-01 00:00:00"), row("DateAdd(\"ww\", 2, CDate(\"2001-01-01\"))", "2001-01-15 00:00:00"), row("DateAdd(\"h\", 25, CDate(\"2001-01-01\"))", "2001-01-02 01:00:00"), row("DateAdd(\"n\", 1, CDate(\"2001-01-01\"))", "2001-01-01 00:01:00"), row("DateAdd(\"s\", -1, CDate(\"2001-01-01\"))", "2000-12-31 23:59:59"), row("DateAdd(\"y\", 1, CDate(\"2001-01-01\"))", "2001-01-02 00:00:00"), row("DateAdd(\"w\", 1, CDate(\"2001-01-01\"))", "2001-01-02 00:00:00"), row("DateAdd(\"x\", 1, CDate(\"2001-01-01\"))", "MDR-R106: \"x\" is no interval: write yyyy, q, m, y, d, w, ww, h, n or s"), row("DateAdd(\"d\", 1, NULL)", "NULL"),],
};

fn date_add<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let (interval, number, time) = (arguments.text(0)?, arguments.number(1)?, arguments.time(2)?);
    let wrong = || Failure::not_convertible("interval: write yyyy, q, m, y, d, w, ww, h, n or s", interval);
    let out_of_range = |_| Failure::not_convertible("number of units that a time can be moved by", &number.to_string());
    let span = jiff::Span::new();
    let span = match interval.as_ref() {
        "yyyy" => span.try_years(number),
        "q" => span.try_months(number.saturating_mul(3)),
        "m" => span.try_months(number),
        "y" | "d" | "w" => span.try_days(number),
        "ww" => span.try_weeks(number),
        "h" => span.try_hours(number),
        "n" => span.try_minutes(number),
        "s" => span.try_seconds(number),
        _ => return Err(wrong()),
    };
    let moved = span.and_then(|span| time.to_zoned(TimeZone::UTC).checked_add(span)).map_err(out_of_range)?;
    Ok(Scalar::Time(moved.timestamp()))
}
