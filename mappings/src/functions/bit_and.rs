//! `BitAnd`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "BitAnd",
    group: Group::Math,
    summary: "The bits that are set in both numbers.",
    remarks: "",
    parameters: &[parameter("one", Kind::Value(Type::Number)), parameter("other", Kind::Value(Type::Number))],
    result: Type::Number,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(bit_and),
    rows: &[row("BitAnd(&HF, &HF7)", "7"), row_with(&[("userAccountControl", &["512"])], "BitAnd([userAccountControl], 2) = 0", "True"), row("BitAnd(-2147483646, &H80000000)", "2147483648"), row("BitAnd(NULL, 1)", "NULL"), row_with(&[("memberCount", &["many"])], "BitAnd([memberCount], 1)", "MDR-R103: a number is needed, and \"many\" is no such value"),],
};

fn bit_and<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    Ok(Scalar::Number(arguments.number(0)? & arguments.number(1)?))
}
