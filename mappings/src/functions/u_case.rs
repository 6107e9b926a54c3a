//! `UCase`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "UCase",
    group: Group::Text,
    summary: "Text in capitals.",
    remarks: "",
    parameters: &[parameter("text", Kind::Value(Type::Text))],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(u_case),
    rows: &[row("UCase(\"TeSt\")", "\"TEST\""), row("UCase(\"straße\")", "\"STRASSE\""), row("UCase([mail])", "NULL"),],
};

fn u_case<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    Ok(Scalar::text(arguments.text(0)?.to_uppercase()))
}
