//! `LCase`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "LCase",
    group: Group::Text,
    summary: "Text in small letters.",
    remarks: "",
    parameters: &[parameter("text", Kind::Value(Type::Text))],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(l_case),
    rows: &[row("LCase(\"TeSt\")", "\"test\""), row("LCase(\"ŽOFIE\")", "\"žofie\""), row("LCase([mail])", "NULL"),],
};

fn l_case<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    Ok(Scalar::text(arguments.text(0)?.to_lowercase()))
}
