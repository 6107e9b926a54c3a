//! `IsDate`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::moment;

pub(crate) static FUNCTION: Function = Function {
    name: "IsDate",
    group: Group::Evaluation,
    summary: "Whether the value is a time, or text that CDate can read.",
    remarks: "",
    parameters: &[parameter("value", Kind::Value(Type::Any))],
    result: Type::Boolean,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::EachOrNull(is_date),
    rows: &[row("IsDate(\"2012-01-01\")", "True"), row("IsDate(\"tomorrow\")", "False"), row("IsDate(Now())", "True"), row("IsDate(NULL)", "False"),],
};

fn is_date<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let is = match arguments.get(0) {
        Scalar::Time(_) => true,
        Scalar::Text(text) => moment::parse(text).is_some(),
        _ => false,
    };
    Ok(Scalar::Boolean(is))
}
