//! `CStr`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "CStr",
    group: Group::Conversion,
    summary: "Text from a number, a reference, or True or False.",
    remarks: "",
    parameters: &[parameter("value", Kind::Value(Type::Any))],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(c_str),
    rows: &[row("CStr(42)", "\"42\""), row("CStr(True)", "\"True\""), row_with(&[("dn", &["CN=Joe,DC=contoso"])], "CStr([dn])", "\"CN=Joe,DC=contoso\""), row("CStr(\"x\")", "\"x\""), row("CStr(NULL)", "NULL"), row_with(&[("objectGUID", &["0x01"])], "CStr([objectGUID])", "MDR-R103: text is needed, and 0x01 is no such value"),],
};

fn c_str<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    Ok(match arguments.get(0) {
        Scalar::Number(number) => Scalar::text(number.to_string()),
        Scalar::Boolean(true) => Scalar::text("True"),
        Scalar::Boolean(false) => Scalar::text("False"),
        _ => Scalar::Text(arguments.text(0)?.clone()),
    })
}
