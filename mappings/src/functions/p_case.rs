//! `PCase`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "PCase",
    group: Group::Text,
    summary: "Each word with a capital first letter and small letters behind it.",
    remarks: "Words are what blanks separate.",
    parameters: &[parameter("text", Kind::Value(Type::Text))],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(p_case),
    rows: &[row("PCase(\"TEsT\")", "\"Test\""), row("PCase(\"anna van der BERG\")", "\"Anna Van Der Berg\""), row("PCase(\"o'neil-smith\")", "\"O'neil-smith\""), row("PCase([mail])", "NULL"),],
};

fn p_case<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let mut shown = String::new();
    let mut at_start = true;
    for c in arguments.text(0)?.chars() {
        if at_start {
            shown.extend(c.to_uppercase());
        } else {
            shown.extend(c.to_lowercase());
        }
        at_start = c == ' ';
    }
    Ok(Scalar::text(shown))
}
