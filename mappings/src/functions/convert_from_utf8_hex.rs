//! `ConvertFromUTF8Hex`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "ConvertFromUTF8Hex",
    group: Group::Conversion,
    summary: "Text from the hexadecimal digits of its UTF-8.",
    remarks: "",
    parameters: &[parameter("digits", Kind::Value(Type::Text))],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(convert_from_utf8_hex),
    rows: &[row("ConvertFromUTF8Hex(\"48656C6C6F20776F726C6421\")", "\"Hello world!\""), row("ConvertFromUTF8Hex(\"C3B6\")", "\"ö\""), row("ConvertFromUTF8Hex(\"zz\")", "MDR-R106: \"zz\" is no text in hexadecimal UTF-8"), row("ConvertFromUTF8Hex(NULL)", "NULL"),],
};

fn convert_from_utf8_hex<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let text = arguments.text(0)?;
    let wrong = || Failure::not_convertible("text in hexadecimal UTF-8", text);
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return Err(wrong());
    }
    let octet = |at: usize| u8::from_str_radix(text.get(at..at + 2).unwrap_or_default(), 16);
    let octets: Result<Vec<u8>, _> = (0..text.len()).step_by(2).map(octet).collect();
    octets.ok().and_then(|octets| String::from_utf8(octets).ok()).map(Scalar::text).ok_or_else(wrong)
}
