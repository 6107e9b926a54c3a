//! `Split`.

use super::{Arguments, Call, Function, Group, Kind, Purity, optional, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Operand, Scalar};
use crate::types::{Count, Type};

pub(crate) static FUNCTION: Function = Function {
    name: "Split",
    group: Group::MultiValued,
    summary: "Text taken apart at a character.",
    remarks: "With a limit there are at most so many values, and the last holds what is left.",
    parameters: &[parameter("text", Kind::Value(Type::Text)), parameter("separator", Kind::Value(Type::Text)), optional("limit", Kind::Value(Type::Number))],
    result: Type::Text,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Whole(split, Count::Many),
    rows: &[row("Split(\"SMTP:a@b.c,smtp:d@b.c\", \",\")", "{\"SMTP:a@b.c\", \"smtp:d@b.c\"}"), row("Split(\"a,b,c\", \",\", 2)", "{\"a\", \"b,c\"}"), row("Split(\"abc\", \",\")", "{\"abc\"}"), row("Split(\"a::b\", \"::\")", "MDR-R106: \"::\" is no single character"), row("Split([info], \",\")", "NULL"),],
};

fn split<'a>(operands: &[Operand<'a>], evaluation: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let [text, separator, rest @ ..] = operands else { return Ok(Operand::NULL) };
    let given: Vec<Scalar<'a>> =
        [Some(text), Some(separator), rest.first()].into_iter().flatten().filter_map(Operand::single).cloned().collect();
    let given = Arguments(&given);
    if given.get(0).is_null() {
        return Ok(Operand::NULL);
    }
    let (text, separator) = (given.text(0)?, given.text(1)?);
    let limit = usize::try_from(given.number_or(2, i64::MAX)?).unwrap_or(0);
    let mut characters = separator.chars();
    let (Some(character), None) = (characters.next(), characters.next()) else {
        return Err(Failure::not_convertible("single character", separator));
    };
    evaluation.charge_values(text.matches(character).count().min(limit))?;
    evaluation.charge(text.len())?;
    Ok(Operand::list(text.splitn(limit, character).map(|part| Scalar::text(part.to_owned())).collect()))
}
