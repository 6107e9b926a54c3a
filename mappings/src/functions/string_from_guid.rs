//! `StringFromGuid`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::guid::guid_text;

pub(crate) static FUNCTION: Function = Function {
    name: "StringFromGuid",
    group: Group::Conversion,
    summary: "A GUID as text from its octets.",
    remarks: "",
    parameters: &[parameter("guid", Kind::Value(Type::Bytes))],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(string_from_guid),
    rows: &[row_with(&[("objectGUID", &["0x33221100554477668899AABBCCDDEEFF"])], "StringFromGuid([objectGUID])", "\"00112233-4455-6677-8899-aabbccddeeff\""), row_with(&[("objectGUID", &["0x01020304"])], "StringFromGuid([objectGUID])", "MDR-R106: \"4 octets\" is no GUID"), row("StringFromGuid([objectGUID])", "NULL"),],
};

fn string_from_guid<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let octets = arguments.octets(0)?;
    match <[u8; 16]>::try_from(octets) {
        Ok(octets) => Ok(Scalar::text(guid_text(octets))),
        Err(_) => Err(Failure::not_convertible("GUID", &format!("{} octets", octets.len()))),
    }
}
