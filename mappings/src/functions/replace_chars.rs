//! `ReplaceChars`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::limits::MAX_VALUE_OCTETS;

pub(crate) static FUNCTION: Function = Function {
    name: "ReplaceChars",
    group: Group::Text,
    summary: "Text with single characters replaced, by a list of pairs.",
    remarks: "Each pair is source:target, pairs are separated by commas. The source is one character, case counts; the target may be longer, or empty. White space in the list is ignored, comma and colon cannot be replaced.",
    parameters: &[parameter("text", Kind::Value(Type::Text)), parameter("pairs", Kind::Value(Type::Text))],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(replace_chars),
    rows: &[row("ReplaceChars(\"Räksmörgås\", \"’:,Å:A,Ä:A,Ö:O,å:a,ä:a,ö:o\")", "\"Raksmorgas\""), row("ReplaceChars(\"O’Neil\", \"’:\")", "\"ONeil\""), row("ReplaceChars(\"Größe\", \"ö:oe, ß:ss\")", "\"Groesse\""), row("ReplaceChars(\"abc\", \"ab:c\")", "MDR-R106: \"ab:c\" is no pair of a character and its replacement"), row("ReplaceChars(\"abc\", \"\")", "\"abc\""), row("ReplaceChars([cn], \"a:b\")", "NULL"),],
};

fn replace_chars<'a>(arguments: Arguments<'_, 'a>, evaluation: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let (text, pairs) = (arguments.text(0)?, pairs(arguments.text(1)?)?);
    let longest = pairs.iter().map(|(_, replacement)| replacement.len()).max().unwrap_or(0).max(4);
    evaluation.charge(text.len().saturating_mul(pairs.len()))?;
    evaluation.charge_value(text.len().min(text.len().saturating_mul(longest)))?;
    let mut replaced = String::with_capacity(text.len());
    for c in text.chars() {
        match pairs.iter().find(|(source, _)| *source == c) {
            Some((_, replacement)) => replaced.push_str(replacement),
            None => replaced.push(c),
        }
        if replaced.len() > MAX_VALUE_OCTETS {
            evaluation.charge_value(replaced.len())?;
        }
    }
    Ok(Scalar::text(replaced))
}

/// The characters to replace and what with, white space left out.
fn pairs(text: &str) -> Result<Vec<(char, String)>, Failure> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let pair = |item: &str| {
        let (source, replacement) = item.split_once(':')?;
        let mut characters = source.chars();
        let source = characters.next().filter(|_| characters.next().is_none())?;
        Some((source, replacement.to_owned()))
    };
    bare.split(',')
        .filter(|item| !item.is_empty())
        .map(|item| {
            pair(item).ok_or_else(|| Failure::not_convertible("pair of a character and its replacement", item))
        })
        .collect()
}