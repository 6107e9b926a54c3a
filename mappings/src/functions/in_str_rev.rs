//! `InStrRev`.

use super::{Arguments, Call, Function, Group, Kind, Purity, optional, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::substring::{characters_before, first_characters, folded_where};

pub(crate) static FUNCTION: Function = Function {
    name: "InStrRev",
    group: Group::Text,
    summary: "Where one text last stands in another, counted from 1; 0 where it does not.",
    remarks: "With a start, only what ends at or before that character is found. Case counts unless vbTextCompare is given.",
    parameters: &[parameter("text", Kind::Value(Type::Text)), parameter("wanted", Kind::Value(Type::Text)), optional("start", Kind::Value(Type::Number)), optional("compare", Kind::Option(&["vbTextCompare", "vbBinaryCompare"]))],
    result: Type::Number,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(in_str_rev),
    rows: &[row("InStrRev(\"abbcdbbbef\", \"bb\")", "7"), row("InStrRev(\"abbcdbbbef\", \"bb\", 5)", "2"), row("InStrRev(\"aBBc\", \"bb\", 4, vbTextCompare)", "2"), row("InStrRev(\"abc\", \"x\")", "0"), row("InStrRev([mail], \"@\")", "NULL"), row("InStrRev(\"abc\", \"abcd\", 2)", "0"),],
};

fn in_str_rev<'a>(arguments: Arguments<'_, 'a>, evaluation: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let (text, wanted) = (arguments.text(0)?, arguments.text(1)?);
    evaluation.charge(text.len())?;
    let folded = arguments.is_option(3, "vbTextCompare");
    let (text, wanted) = (folded_where(text, folded), folded_where(wanted, folded));
    let start = match arguments.number_or(2, -1)? {
        start if start < 0 => text.chars().count(),
        start => usize::try_from(start).unwrap_or(usize::MAX),
    };
    let end = first_characters(&text, start);
    let found = text.get(..end).and_then(|part| part.rfind(wanted.as_ref()));
    let place = found.map_or(0, |octet| characters_before(&text, octet) + 1);
    Ok(Scalar::Number(place as i64))
}
