//! `IsNull`.

use super::{Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Operand, Scalar};
use crate::types::{Count, Type};

pub(crate) static FUNCTION: Function = Function {
    name: "IsNull",
    group: Group::Evaluation,
    summary: "Whether there is no value.",
    remarks: "An attribute has no value when the object lacks it. Empty text is a value.",
    parameters: &[parameter("value", Kind::List(Type::Any))],
    result: Type::Boolean,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Whole(is_null, Count::One),
    rows: &[row("IsNull([mail])", "True"), row_with(&[("mail", &["a@b.c"])], "IsNull([mail])", "False"), row("IsNull(\"\")", "False"), row("IsNull(NULL)", "True"),],
};

fn is_null<'a>(operands: &[Operand<'a>], _: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    Ok(Operand::One(Scalar::Boolean(operands.iter().all(Operand::is_null))))
}
