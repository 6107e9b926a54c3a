//! `ConvertToBase64`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "ConvertToBase64",
    group: Group::Conversion,
    summary: "Base64 of octets, or of text in UTF-16.",
    remarks: "Text is taken as little-endian UTF-16, as the reference has it.",
    parameters: &[parameter("value", Kind::TextOrBytes)],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(convert_to_base64),
    rows: &[row("ConvertToBase64(\"Hello world!\")", "\"SABlAGwAbABvACAAdwBvAHIAbABkACEA\""), row_with(&[("objectGUID", &["0x01020304"])], "ConvertToBase64([objectGUID])", "\"AQIDBA==\""), row("ConvertToBase64([mail])", "NULL"),],
};

fn convert_to_base64<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    if let Scalar::Bytes(bytes) = arguments.get(0) {
        return Ok(Scalar::text(BASE64.encode(bytes)));
    }
    let octets: Vec<u8> = arguments.text(0)?.encode_utf16().flat_map(u16::to_le_bytes).collect();
    Ok(Scalar::text(BASE64.encode(octets)))
}
