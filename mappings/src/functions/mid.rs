//! `Mid`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::substring::{first_characters, sub};

pub(crate) static FUNCTION: Function = Function {
    name: "Mid",
    group: Group::Text,
    summary: "Characters from the middle of text, or octets from the middle of octets.",
    remarks: "A count of 0 gives empty text; a negative count, a start below 1 or behind the end gives the text itself; no value gives empty text.",
    parameters: &[parameter("text", Kind::TextOrBytes), parameter("start", Kind::Value(Type::Number)), parameter("count", Kind::Value(Type::Number))],
    result: Type::Any,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::EachOrNull(mid),
    rows: &[row("Mid(\"John Doe\", 3, 5)", "\"hn Do\""), row("Mid(\"John Doe\", 6, 999)", "\"Doe\""), row("Mid(\"John Doe\", 99, 1)", "\"John Doe\""), row("Mid(\"John Doe\", 0, 1)", "\"John Doe\""), row("Mid(\"John Doe\", 2, 0)", "\"\""), row("Mid(\"John Doe\", 2, -1)", "\"John Doe\""), row("Mid(NULL, 1, 1)", "\"\""), row_with(&[("objectGUID", &["0x01020304"])], "Mid([objectGUID], 2, 2)", "0x0203"), row_with(&[("proxyAddresses", &["SMTP:a@b.c", "smtp:d@b.c"])], "Mid([proxyAddresses], 6, 99)", "{\"a@b.c\", \"d@b.c\"}"),],
};

fn mid<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let (start, count) = (arguments.number(1)?, arguments.number(2)?);
    if let Scalar::Bytes(bytes) = arguments.get(0) {
        return Ok(match range(start, count, bytes.len()) {
            Some((start, end)) => Scalar::Bytes(bytes.get(start..end).unwrap_or_default().to_vec().into()),
            None => arguments.get(0).clone(),
        });
    }
    let text = arguments.text(0)?;
    Ok(match range(start, count, text.chars().count()) {
        Some((start, end)) => sub(text, first_characters(text, start), first_characters(text, end)),
        None => Scalar::Text(text.clone()),
    })
}

/// The places from and before which to take; none where the whole input is asked for.
fn range(start: i64, count: i64, length: usize) -> Option<(usize, usize)> {
    let count = usize::try_from(count).ok()?;
    let start = usize::try_from(start).ok().filter(|start| (1..=length).contains(start))?;
    Some((start - 1, (start - 1).saturating_add(count).min(length)))
}