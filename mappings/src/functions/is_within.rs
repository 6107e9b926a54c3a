//! `IsWithin`.

use madrigal_model::DistinguishedName;

use super::{Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Operand, Scalar};
use crate::types::{Count, Type};

pub(crate) static FUNCTION: Function = Function {
    name: "IsWithin",
    group: Group::Recipients,
    summary: "Whether a distinguished name lies in one of some containers, at any depth.",
    remarks: "A container lies in itself; without any container the answer is False. Madrigal's own.",
    parameters: &[parameter("dn", Kind::List(Type::Any)), parameter("containers", Kind::List(Type::Any))],
    result: Type::Boolean,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Whole(is_within, Count::One),
    rows: &[row_with(&[("dn", &["CN=Anna,OU=Partners,DC=abc"]), ("%SourceContacts%", &["OU=Suppliers,DC=abc", "ou=partners,dc=abc"])], "IsWithin([dn], %SourceContacts%)", "True"), row_with(&[("dn", &["CN=Anna,OU=Partners,DC=abc"])], "IsWithin([dn], \"OU=Other,DC=abc\")", "False"), row_with(&[("dn", &["CN=Anna,OU=Partners,DC=abc"])], "IsWithin([dn], %SourceContacts%)", "False"), row("IsWithin([dn], \"DC=abc\")", "NULL"),],
};

fn is_within<'a>(operands: &[Operand<'a>], _: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let [dn, containers] = operands else { return Ok(Operand::NULL) };
    let name = |value: &Scalar<'a>| match value {
        Scalar::Text(text) | Scalar::Reference(text) => Some(DistinguishedName::from_directory(text)),
        _ => None,
    };
    let Some(dn) = dn.single().and_then(name) else { return Ok(Operand::NULL) };
    let within = containers.values().filter_map(name).any(|container| dn.is_within(&container));
    Ok(Operand::One(Scalar::Boolean(within)))
}
