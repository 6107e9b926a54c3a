//! `Word`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "Word",
    group: Group::Text,
    summary: "A word of text, by its number and the characters that separate words.",
    remarks: "A number below 1, too few words and no value give empty text. Separators that follow each other separate once.",
    parameters: &[parameter("text", Kind::Value(Type::Text)), parameter("number", Kind::Value(Type::Number)), parameter("separators", Kind::Value(Type::Text))],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::EachOrNull(word),
    rows: &[row("Word(\"The quick brown fox\", 3, \" \")", "\"brown\""), row("Word(\"This,string!has&many separators\", 3, \",!&#\")", "\"has\""), row("Word(\"a b\", 0, \" \")", "\"\""), row("Word(\"a b\", 3, \" \")", "\"\""), row("Word(NULL, 1, \" \")", "\"\""), row("Word(\"a,,b\", 2, \",\")", "\"b\""), row_with(&[("proxyAddresses", &["smtp:a@b.c", "x500:/o=A"])], "Word([proxyAddresses], 2, \"@\")", "{\"b.c\", \"\"}"),],
};

fn word<'a>(arguments: Arguments<'_, 'a>, evaluation: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let (text, number, separators) = (arguments.text(0)?, arguments.number(1)?, arguments.text(2)?);
    evaluation.charge(text.len())?;
    let Some(before) = usize::try_from(number).ok().and_then(|number| number.checked_sub(1)) else {
        return Ok(Scalar::text(""));
    };
    let mut words = text.split(|c| separators.contains(c)).filter(|word| !word.is_empty());
    Ok(match words.nth(before) {
        Some(word) => Scalar::text(word.to_owned()),
        None => Scalar::text(""),
    })
}
