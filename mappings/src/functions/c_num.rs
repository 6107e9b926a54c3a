//! `CNum`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "CNum",
    group: Group::Conversion,
    summary: "A number from text; from octets, the lowest first.",
    remarks: "",
    parameters: &[parameter("value", Kind::TextOrBytes)],
    result: Type::Number,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(c_num),
    rows: &[row("CNum(\"42\")", "42"), row("CNum(\" -7 \")", "-7"), row("CNum(\"x\")", "MDR-R106: \"x\" is no number"), row("CNum(\"\")", "MDR-R106: \"\" is no number"), row("CNum(NULL)", "NULL"), row_with(&[("objectGUID", &["0x0102"])], "CNum([objectGUID])", "513"),],
};

fn c_num<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    match arguments.get(0) {
        Scalar::Number(number) => Ok(Scalar::Number(*number)),
        Scalar::Bytes(bytes) if bytes.len() <= 8 => {
            let number = bytes.iter().rev().fold(0_u64, |number, octet| number << 8 | u64::from(*octet));
            Ok(Scalar::Number(number.cast_signed()))
        }
        Scalar::Bytes(bytes) => Err(Failure::not_convertible("number", &format!("{} octets", bytes.len()))),
        _ => {
            let text = arguments.text(0)?;
            text.trim().parse().map(Scalar::Number).map_err(|_| Failure::not_convertible("number", text))
        }
    }
}
