//! `ConvertToUTF8Hex`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "ConvertToUTF8Hex",
    group: Group::Conversion,
    summary: "The hexadecimal digits of text in UTF-8.",
    remarks: "Microsoft Entra ID names its objects in this form.",
    parameters: &[parameter("text", Kind::Value(Type::Text))],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(convert_to_utf8_hex),
    rows: &[row("ConvertToUTF8Hex(\"Hello world!\")", "\"48656C6C6F20776F726C6421\""), row("ConvertToUTF8Hex(\"ö\")", "\"C3B6\""), row("ConvertToUTF8Hex([mail])", "NULL"),],
};

fn convert_to_utf8_hex<'a>(arguments: Arguments<'_, 'a>, evaluation: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let text = arguments.text(0)?;
    evaluation.charge_value(text.len().saturating_mul(2))?;
    Ok(Scalar::text(text.bytes().map(|octet| format!("{octet:02X}")).collect::<String>()))
}
