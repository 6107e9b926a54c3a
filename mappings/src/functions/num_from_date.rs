//! `NumFromDate`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::moment::FILETIME_AT_UNIX_EPOCH;

pub(crate) static FUNCTION: Function = Function {
    name: "NumFromDate",
    group: Group::DateAndTime,
    summary: "A directory's number from a time.",
    remarks: "100-nanosecond intervals from 1601-01-01, UTC.",
    parameters: &[parameter("time", Kind::Value(Type::Time))],
    result: Type::Number,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(num_from_date),
    rows: &[row("NumFromDate(CDate(\"2012-01-01 23:00:00\"))", "129699324000000000"), row("NumFromDate(CDate(\"1601-01-01\"))", "0"), row("NumFromDate(NULL)", "NULL"),],
};

fn num_from_date<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let time = arguments.time(0)?;
    let number = time
        .as_second()
        .checked_mul(10_000_000)
        .and_then(|number| number.checked_add(i64::from(time.subsec_nanosecond()) / 100))
        .and_then(|number| number.checked_add(FILETIME_AT_UNIX_EPOCH));
    number.map(Scalar::Number).ok_or_else(|| Failure::not_convertible("directory's number", &time.to_string()))
}
