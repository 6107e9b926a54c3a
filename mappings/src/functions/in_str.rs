//! `InStr`.

use super::{Arguments, Call, Function, Group, Kind, Purity, optional, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::substring::{characters_before, first_characters, folded_where};

pub(crate) static FUNCTION: Function = Function {
    name: "InStr",
    group: Group::Text,
    summary: "Where one text first stands in another, counted from 1; 0 where it does not.",
    remarks: "The search begins at start, 1 where it is left out. Case counts unless vbTextCompare is given. Empty text stands at the start.",
    parameters: &[parameter("text", Kind::Value(Type::Text)), parameter("wanted", Kind::Value(Type::Text)), optional("start", Kind::Value(Type::Number)), optional("compare", Kind::Option(&["vbTextCompare", "vbBinaryCompare"]))],
    result: Type::Number,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(in_str),
    rows: &[row("InStr(\"The quick brown fox\", \"quick\")", "5"), row("InStr(\"repEated\", \"e\", 3, vbBinaryCompare)", "7"), row("InStr(\"repEated\", \"e\", 3, vbTextCompare)", "4"), row("InStr(\"abc\", \"x\")", "0"), row("InStr(\"abc\", \"\")", "1"), row("InStr(\"abc\", \"a\", 9)", "0"), row("InStr([mail], \"@\")", "NULL"), row("InStr(\"Löwe\", \"we\")", "3"),],
};

fn in_str<'a>(arguments: Arguments<'_, 'a>, evaluation: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let (text, wanted, start) = (arguments.text(0)?, arguments.text(1)?, arguments.number_or(2, 1)?);
    evaluation.charge(text.len())?;
    let before = usize::try_from(start.max(1)).unwrap_or(usize::MAX) - 1;
    if before > text.chars().count() {
        return Ok(Scalar::Number(0));
    }
    let folded = arguments.is_option(3, "vbTextCompare");
    let (text, wanted) = (folded_where(text, folded), folded_where(wanted, folded));
    let start = first_characters(&text, before);
    let found = text.get(start..).and_then(|rest| rest.find(wanted.as_ref()));
    let place = found.map_or(0, |octet| characters_before(&text, start + octet) + 1);
    Ok(Scalar::Number(place as i64))
}
