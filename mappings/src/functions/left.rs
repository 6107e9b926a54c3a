//! `Left`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::Scalar;
use crate::substring::{first_characters, sub};
use crate::types::Type;

pub(crate) static FUNCTION: Function = Function {
    name: "Left",
    group: Group::Text,
    summary: "The first characters of text.",
    remarks: "0 gives empty text, a negative number the text itself, no value empty text.",
    parameters: &[parameter("text", Kind::Value(Type::Text)), parameter("count", Kind::Value(Type::Number))],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::EachOrNull(left),
    rows: &[
        row("Left(\"John Doe\", 3)", "\"Joh\""),
        row("Left(\"John Doe\", 0)", "\"\""),
        row("Left(\"John Doe\", -1)", "\"John Doe\""),
        row("Left(\"John\", 99)", "\"John\""),
        row("Left(NULL, 3)", "\"\""),
        row("Left(\"Žofie\", 2)", "\"Žo\""),
        row_with(&[("proxyAddresses", &["SMTP:a@b.c", "sip:a@b.c"])], "Left([proxyAddresses], 4)", "{\"SMTP\", \"sip:\"}"),
    ],
};

fn left<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let (text, count) = (arguments.text(0)?, arguments.number(1)?);
    match usize::try_from(count) {
        Ok(count) => Ok(sub(text, 0, first_characters(text, count))),
        Err(_) => Ok(Scalar::Text(text.clone())),
    }
}
