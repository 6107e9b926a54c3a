//! `BitOr`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "BitOr",
    group: Group::Math,
    summary: "The bits that are set in one of two numbers.",
    remarks: "",
    parameters: &[parameter("one", Kind::Value(Type::Number)), parameter("other", Kind::Value(Type::Number))],
    result: Type::Number,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(bit_or),
    rows: &[row("BitOr(8, 4)", "12"), row("BitOr(&HF0, &HF)", "255"), row("BitOr(NULL, 1)", "NULL"),],
};

fn bit_or<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    Ok(Scalar::Number(arguments.number(0)? | arguments.number(1)?))
}
