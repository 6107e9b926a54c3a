//! `AddressesOfType`.

use madrigal_model::ProxyAddress;

use super::{Call, Function, Group, Kind, Purity, parameter, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Operand, Scalar};
use crate::types::{Count, Type};

pub(crate) static FUNCTION: Function = Function {
    name: "AddressesOfType",
    group: Group::Recipients,
    summary: "The addresses of one type among proxy addresses, without their prefix.",
    remarks: "Madrigal's own.",
    parameters: &[parameter("addresses", Kind::List(Type::Text)), parameter("type", Kind::Value(Type::Text))],
    result: Type::Text,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Whole(addresses_of_type, Count::Many),
    rows: &[row_with(&[("proxyAddresses", &["SMTP:a@b.c", "X500:/o=ABC/cn=anna", "x500:/o=Old/cn=a"])], "AddressesOfType([proxyAddresses], \"X500\")", "{\"/o=ABC/cn=anna\", \"/o=Old/cn=a\"}"), row_with(&[("proxyAddresses", &["SMTP:a@b.c"])], "AddressesOfType([proxyAddresses], \"X500\")", "NULL"),],
};

fn addresses_of_type<'a>(operands: &[Operand<'a>], _: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let [list, wanted] = operands else { return Ok(Operand::NULL) };
    let Some(Scalar::Text(wanted)) = wanted.single() else { return Ok(Operand::NULL) };
    let of_type = |value: &Scalar<'a>| match value {
        Scalar::Text(text) => ProxyAddress::parse(text).ok().filter(|address| address.has_type(wanted)),
        _ => None,
    };
    let found = list.values().filter_map(of_type).map(|address| Scalar::text(address.address().to_owned()));
    Ok(Operand::list(found.collect()))
}
