//! `PadLeft`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "PadLeft",
    group: Group::Text,
    summary: "Text made as long as asked for by a character at its front.",
    remarks: "Text that is as long already stays as it is; no value gives empty text; the character must be exactly one.",
    parameters: &[parameter("text", Kind::Value(Type::Text)), parameter("length", Kind::Value(Type::Number)), parameter("character", Kind::Value(Type::Text))],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::EachOrNull(pad_left),
    rows: &[row("PadLeft(\"User\", 10, \"0\")", "\"000000User\""), row("PadLeft(\"User\", 2, \"0\")", "\"User\""), row("PadLeft(NULL, 3, \"0\")", "\"\""), row("PadLeft(\"a\", 3, \"ab\")", "MDR-R106: \"ab\" is no single character"), row("PadLeft(\"a\", 9999999, \"0\")", "MDR-R104: the value becomes too long: more than MAX_VALUE_OCTETS (1048576)"), row("PadLeft(\"é\", 3, \" \")", "\"  é\""),],
};

fn pad_left<'a>(arguments: Arguments<'_, 'a>, evaluation: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let (text, length, pad) = (arguments.text(0)?, arguments.number(1)?, arguments.text(2)?);
    if arguments.get(0).is_null() {
        return Ok(Scalar::text(""));
    }
    let missing = usize::try_from(length).unwrap_or(0).saturating_sub(text.chars().count());
    let mut characters = pad.chars();
    let (Some(character), None) = (characters.next(), characters.next()) else {
        return Err(Failure::not_convertible("single character", pad));
    };
    evaluation.charge_value(text.len().saturating_add(missing.saturating_mul(character.len_utf8())))?;
    let padding = String::from(character).repeat(missing);
    Ok(Scalar::text(format!("{padding}{text}")))
}
