//! `CDate`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::moment;

pub(crate) static FUNCTION: Function = Function {
    name: "CDate",
    group: Group::Conversion,
    summary: "A time from text.",
    remarks: "Read as UTC unless an offset stands behind. A date with slashes has the month first.",
    parameters: &[parameter("text", Kind::Value(Type::Text))],
    result: Type::Time,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(c_date),
    rows: &[row("CDate(\"2013-01-10 4:00 PM -8\")", "2013-01-11 00:00:00"), row("CDate(\"2001-01-01\")", "2001-01-01 00:00:00"), row("CDate(\"12/25/2007\")", "2007-12-25 00:00:00"), row("CDate(\"20140905081453.0Z\")", "2014-09-05 08:14:53"), row("CDate(\"2012-01-01 23:00:00\")", "2012-01-01 23:00:00"), row("CDate(\"tomorrow\")", "MDR-R106: \"tomorrow\" is no time"), row("CDate([info])", "NULL"),],
};

fn c_date<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let text = arguments.text(0)?;
    moment::parse(text).map(Scalar::Time).ok_or_else(|| Failure::not_convertible("time", text))
}
