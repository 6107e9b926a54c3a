//! `Len`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "Len",
    group: Group::Text,
    summary: "The number of characters of text, or of octets.",
    remarks: "",
    parameters: &[parameter("text", Kind::TextOrBytes)],
    result: Type::Number,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(len),
    rows: &[row("Len(\"John Doe\")", "8"), row("Len(\"Löwe\")", "4"), row("Len(\"\")", "0"), row("Len([mail])", "NULL"), row_with(&[("objectGUID", &["0x01020304"])], "Len([objectGUID])", "4"), row_with(&[("proxyAddresses", &["a:b", "abc:d"])], "Len([proxyAddresses])", "{3, 5}"),],
};

fn len<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let length = match arguments.get(0) {
        Scalar::Bytes(bytes) => bytes.len(),
        _ => arguments.text(0)?.chars().count(),
    };
    Ok(Scalar::Number(length as i64))
}
