//! `Right`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::substring::{first_characters, sub};

pub(crate) static FUNCTION: Function = Function {
    name: "Right",
    group: Group::Text,
    summary: "The last characters of text.",
    remarks: "0 gives empty text, a negative number the text itself, no value empty text.",
    parameters: &[parameter("text", Kind::Value(Type::Text)), parameter("count", Kind::Value(Type::Number))],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::EachOrNull(right),
    rows: &[row("Right(\"John Doe\", 3)", "\"Doe\""), row("Right(\"John Doe\", 0)", "\"\""), row("Right(\"John Doe\", -1)", "\"John Doe\""), row("Right(\"Jo\", 9)", "\"Jo\""), row("Right(NULL, 3)", "\"\""), row("Right(\"Dvořák\", 2)", "\"ák\""),],
};

fn right<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let (text, count) = (arguments.text(0)?, arguments.number(1)?);
    let Ok(count) = usize::try_from(count) else { return Ok(Scalar::Text(text.clone())) };
    let start = first_characters(text, text.chars().count().saturating_sub(count));
    Ok(sub(text, start, text.len()))
}
