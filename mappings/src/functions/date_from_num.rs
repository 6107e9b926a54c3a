//! `DateFromNum`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::moment::FILETIME_AT_UNIX_EPOCH;

pub(crate) static FUNCTION: Function = Function {
    name: "DateFromNum",
    group: Group::DateAndTime,
    summary: "A time from a directory's number.",
    remarks: "The number counts 100-nanosecond intervals from 1601-01-01, UTC.",
    parameters: &[parameter("number", Kind::Value(Type::Number))],
    result: Type::Time,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(date_from_num),
    rows: &[row("DateFromNum(129699324000000000)", "2012-01-01 23:00:00"), row("DateFromNum(0)", "1601-01-01 00:00:00"), row_with(&[("accountExpires", &["9223372036854775807"])], "DateFromNum([accountExpires])", "MDR-R106: \"9223372036854775807\" is no time"), row("DateFromNum(NULL)", "NULL"),],
};

fn date_from_num<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let number = arguments.number(0)?;
    let wrong = || Failure::not_convertible("time", &number.to_string());
    let since_epoch = number.checked_sub(FILETIME_AT_UNIX_EPOCH).ok_or_else(wrong)?;
    let (seconds, rest) = (since_epoch.div_euclid(10_000_000), since_epoch.rem_euclid(10_000_000));
    let nanoseconds = i32::try_from(rest * 100).map_err(|_| wrong())?;
    jiff::Timestamp::new(seconds, nanoseconds).map(Scalar::Time).map_err(|_| wrong())
}
