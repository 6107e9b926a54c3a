//! `Replace`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "Replace",
    group: Group::Text,
    summary: "Text with every occurrence of one text replaced by another.",
    remarks: "In both texts \\n stands for a new line, \\r for a carriage return, \\t for a tab. Case counts.",
    parameters: &[parameter("text", Kind::Value(Type::Text)), parameter("old", Kind::Value(Type::Text)), parameter("new", Kind::Value(Type::Text))],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(replace),
    rows: &[row_with(&[("info", &["One Way\r\nRedmond"])], "Replace([info], \"\\r\\n\", \", \")", "\"One Way, Redmond\""), row("Replace(\"aaa\", \"a\", \"bc\")", "\"bcbcbc\""), row("Replace(\"abc\", \"\", \"x\")", "\"abc\""), row("Replace(\"abc\", \"B\", \"x\")", "\"abc\""), row("Replace([mail], \"a\", \"b\")", "NULL"), row("Replace(\"a b\", \" \", \"\")", "\"ab\""),],
};

fn replace<'a>(arguments: Arguments<'_, 'a>, evaluation: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let (text, old, new) = (arguments.text(0)?, special(arguments.text(1)?), special(arguments.text(2)?));
    if old.is_empty() || !text.contains(old.as_str()) {
        return Ok(Scalar::Text(text.clone()));
    }
    let found = text.matches(old.as_str()).count();
    evaluation.charge_value((text.len() - found * old.len()).saturating_add(found.saturating_mul(new.len())))?;
    Ok(Scalar::text(text.replace(old.as_str(), &new)))
}

/// The text with `\n`, `\r` and `\t` as what they stand for.
fn special(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t")
}