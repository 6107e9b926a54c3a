//! `CGuid`.

use std::borrow::Cow;

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::guid::guid_octets;

pub(crate) static FUNCTION: Function = Function {
    name: "CGuid",
    group: Group::Conversion,
    summary: "The octets of a GUID that is written as text.",
    remarks: "With or without braces. The octets are in the order in which Active Directory stores them.",
    parameters: &[parameter("guid", Kind::Value(Type::Text))],
    result: Type::Bytes,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(c_guid),
    rows: &[row("CGuid(\"00112233-4455-6677-8899-aabbccddeeff\")", "0x33221100554477668899AABBCCDDEEFF"), row("CGuid(\"{00112233-4455-6677-8899-AABBCCDDEEFF}\")", "0x33221100554477668899AABBCCDDEEFF"), row("CGuid(\"x\")", "MDR-R106: \"x\" is no GUID"), row("CGuid(NULL)", "NULL"),],
};

fn c_guid<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let text = arguments.text(0)?;
    let octets = guid_octets(text).ok_or_else(|| Failure::not_convertible("GUID", text))?;
    Ok(Scalar::Bytes(Cow::Owned(octets.to_vec())))
}
