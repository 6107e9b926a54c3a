//! `IsNumeric`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "IsNumeric",
    group: Group::Evaluation,
    summary: "Whether the value is a number, or text that CNum can read.",
    remarks: "",
    parameters: &[parameter("value", Kind::Value(Type::Any))],
    result: Type::Boolean,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::EachOrNull(is_numeric),
    rows: &[row("IsNumeric(\"42\")", "True"), row("IsNumeric(5)", "True"), row("IsNumeric(\"4x\")", "False"), row("IsNumeric(NULL)", "False"),],
};

fn is_numeric<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let is = match arguments.get(0) {
        Scalar::Number(_) => true,
        Scalar::Text(text) => text.trim().parse::<i64>().is_ok(),
        _ => false,
    };
    Ok(Scalar::Boolean(is))
}
