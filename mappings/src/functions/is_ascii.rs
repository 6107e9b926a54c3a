//! `IsAscii`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "IsAscii",
    group: Group::Recipients,
    summary: "Whether text has no character above U+007F.",
    remarks: "Active Directory does not tell apart names that differ by accents only. Madrigal's own.",
    parameters: &[parameter("text", Kind::Value(Type::Text))],
    result: Type::Boolean,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(is_ascii),
    rows: &[row("IsAscii(\"Anna\")", "True"), row("IsAscii(\"Žofie\")", "False"), row("IsAscii([cn])", "NULL"),],
};

fn is_ascii<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    Ok(Scalar::Boolean(arguments.text(0)?.is_ascii()))
}
