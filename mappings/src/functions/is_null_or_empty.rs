//! `IsNullOrEmpty`.

use super::{Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Operand, Scalar};
use crate::types::{Count, Type};

pub(crate) static FUNCTION: Function = Function {
    name: "IsNullOrEmpty",
    group: Group::Evaluation,
    summary: "Whether there is no value, or only empty text.",
    remarks: "The opposite of IsPresent.",
    parameters: &[parameter("value", Kind::List(Type::Any))],
    result: Type::Boolean,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Whole(is_null_or_empty, Count::One),
    rows: &[row("IsNullOrEmpty([mail])", "True"), row("IsNullOrEmpty(\"\")", "True"), row("IsNullOrEmpty(\"x\")", "False"), row_with(&[("description", &["a", "b"])], "IsNullOrEmpty([description])", "False"),],
};

fn is_null_or_empty<'a>(operands: &[Operand<'a>], _: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let empty = operands.iter().flat_map(Operand::values).all(Scalar::is_null_or_empty);
    Ok(Operand::One(Scalar::Boolean(empty)))
}
