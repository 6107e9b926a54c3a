//! `IsGuid`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::guid::guid_octets;

pub(crate) static FUNCTION: Function = Function {
    name: "IsGuid",
    group: Group::Evaluation,
    summary: "Whether text is a GUID that CGuid can read.",
    remarks: "",
    parameters: &[parameter("text", Kind::Value(Type::Text))],
    result: Type::Boolean,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::EachOrNull(is_guid),
    rows: &[row("IsGuid(\"00112233-4455-6677-8899-aabbccddeeff\")", "True"), row("IsGuid(\"{00112233-4455-6677-8899-AABBCCDDEEFF}\")", "True"), row("IsGuid(\"0011\")", "False"), row("IsGuid(NULL)", "False"),],
};

fn is_guid<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    Ok(Scalar::Boolean(guid_octets(arguments.text(0)?).is_some()))
}
