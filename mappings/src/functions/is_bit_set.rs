//! `IsBitSet`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "IsBitSet",
    group: Group::Evaluation,
    summary: "Whether all bits of a flag are set in a number.",
    remarks: "",
    parameters: &[parameter("number", Kind::Value(Type::Number)), parameter("flag", Kind::Value(Type::Number))],
    result: Type::Boolean,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(is_bit_set),
    rows: &[row("IsBitSet(&HF, 4)", "True"), row("IsBitSet(8, 4)", "False"), row_with(&[("userAccountControl", &["514"])], "IsBitSet([userAccountControl], 2)", "True"), row("IsBitSet(-2147483646, &H80000000)", "True"), row("IsBitSet(NULL, 1)", "NULL"),],
};

fn is_bit_set<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let (number, flag) = (arguments.number(0)?, arguments.number(1)?);
    Ok(Scalar::Boolean(flag != 0 && number & flag == flag))
}
