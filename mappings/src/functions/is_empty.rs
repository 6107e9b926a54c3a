//! `IsEmpty`.

use super::{Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Operand, Scalar};
use crate::types::{Count, Type};

pub(crate) static FUNCTION: Function = Function {
    name: "IsEmpty",
    group: Group::Evaluation,
    summary: "Whether there is a value and it is empty text.",
    remarks: "",
    parameters: &[parameter("value", Kind::List(Type::Any))],
    result: Type::Boolean,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Whole(is_empty, Count::One),
    rows: &[row("IsEmpty(\"\")", "True"), row("IsEmpty([mail])", "False"), row("IsEmpty(\"x\")", "False"), row("IsEmpty(Trim(\"  \"))", "True"),],
};

fn is_empty<'a>(operands: &[Operand<'a>], _: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let mut values = operands.iter().flat_map(Operand::values).peekable();
    let empty = values.peek().is_some() && values.all(Scalar::is_null_or_empty);
    Ok(Operand::One(Scalar::Boolean(empty)))
}
