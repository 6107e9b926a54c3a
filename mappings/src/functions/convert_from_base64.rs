//! `ConvertFromBase64`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{Arguments, Call, Function, Group, Kind, Purity, optional, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "ConvertFromBase64",
    group: Group::Conversion,
    summary: "Text from base64.",
    remarks: "Unicode (UTF-16, little-endian) where no encoding is given.",
    parameters: &[parameter("text", Kind::Value(Type::Text)), optional("encoding", Kind::Option(&["Unicode", "ASCII", "UTF8"]))],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(convert_from_base64),
    rows: &[row("ConvertFromBase64(\"SABlAGwAbABvACAAdwBvAHIAbABkACEA\")", "\"Hello world!\""), row("ConvertFromBase64(\"SGVsbG8gd29ybGQh\", UTF8)", "\"Hello world!\""), row("ConvertFromBase64(\"SGVsbG8gd29ybGQh\", ASCII)", "\"Hello world!\""), row("ConvertFromBase64(\"?\")", "MDR-R106: \"?\" is no base64 of text in this encoding"), row("ConvertFromBase64(NULL)", "NULL"),],
};

fn convert_from_base64<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let text = arguments.text(0)?;
    let wrong = || Failure::not_convertible("base64 of text in this encoding", text);
    let octets = BASE64.decode(text.trim()).map_err(|_| wrong())?;
    let decoded = if arguments.is_option(1, "UTF8") || arguments.is_option(1, "ASCII") {
        String::from_utf8(octets).ok()
    } else {
        let units: Vec<u16> =
            octets.chunks(2).map(|pair| pair.iter().rev().fold(0, |unit, octet| unit << 8 | u16::from(*octet))).collect();
        String::from_utf16(&units).ok().filter(|_| octets.len().is_multiple_of(2))
    };
    decoded.map(Scalar::text).ok_or_else(wrong)
}
