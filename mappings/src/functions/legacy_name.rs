//! `LegacyName`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "LegacyName",
    group: Group::Recipients,
    summary: "Text with only the characters that the last step of a legacyExchangeDN may have.",
    remarks: "Any other character becomes an underscore. Madrigal's own.",
    parameters: &[parameter("text", Kind::Value(Type::Text))],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(legacy_name),
    rows: &[row("LegacyName(\"anna.berg\")", "\"anna.berg\""), row("LegacyName(\"anna/berg=x\")", "\"anna_berg_x\""), row("LegacyName(\"jörg\")", "\"j_rg\""), row("LegacyName(NULL)", "NULL"),],
};

fn legacy_name<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let text = arguments.text(0)?;
    let keep = |c: char| if c.is_ascii_alphanumeric() || " '()+,-.:?_".contains(c) { c } else { '_' };
    Ok(Scalar::text(text.chars().map(keep).collect::<String>()))
}
