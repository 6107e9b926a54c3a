//! `ValueCount`.

use super::{Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Operand, Scalar};
use crate::types::{Count, Type};

pub(crate) static FUNCTION: Function = Function {
    name: "ValueCount",
    group: Group::MultiValued,
    summary: "The number of values of an attribute.",
    remarks: "Used by shipped rules and absent from the reference.",
    parameters: &[parameter("attribute", Kind::AttributeName)],
    result: Type::Number,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Whole(value_count, Count::One),
    rows: &[row_with(&[("member", &["<CN=a>", "<CN=b>"])], "ValueCount(\"member\")", "2"), row("ValueCount(\"member\")", "0"),],
};

fn value_count<'a>(operands: &[Operand<'a>], _: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    Ok(Operand::One(Scalar::Number(operands.iter().map(|list| list.values().count() as i64).sum())))
}
