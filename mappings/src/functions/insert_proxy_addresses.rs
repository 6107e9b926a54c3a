//! `InsertProxyAddresses`.

use madrigal_model::ProxyAddresses;

use super::{Call, Function, Group, Kind, Purity, optional, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Operand, Scalar};
use crate::types::{Count, Type};

pub(crate) static FUNCTION: Function = Function {
    name: "InsertProxyAddresses",
    group: Group::Recipients,
    summary: "Proxy addresses with others inserted, by the rules of proxyAddresses.",
    remarks: "The same address stands once; a new primary demotes the old one; a new sip: replaces the old one; what is no prefix:address is left out. Madrigal's own.",
    parameters: &[parameter("addresses", Kind::List(Type::Text)), parameter("others", Kind::List(Type::Text)), optional("more", Kind::List(Type::Text)), optional("stillMore", Kind::List(Type::Text))],
    result: Type::Text,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Whole(insert_proxy_addresses, Count::Many),
    rows: &[row_with(&[("proxyAddresses", &["SMTP:a@b.c", "sip:old@b.c"])], "InsertProxyAddresses([proxyAddresses], \"X500:/o=ABC/cn=anna\", \"sip:anna@abc.example\")", "{\"SMTP:a@b.c\", \"X500:/o=ABC/cn=anna\", \"sip:anna@abc.example\"}"), row_with(&[("proxyAddresses", &["SMTP:a@b.c", "smtp:d@b.c"])], "InsertProxyAddresses([proxyAddresses], \"SMTP:d@b.c\")", "{\"smtp:a@b.c\", \"SMTP:d@b.c\"}"), row_with(&[("proxyAddresses", &["SMTP:a@b.c", "X500:/o=1"]), ("x500Addresses", &["/O=1", "/o=2"])], "InsertProxyAddresses([proxyAddresses], \"X500:\" & [x500Addresses])", "{\"SMTP:a@b.c\", \"X500:/o=1\", \"X500:/o=2\"}"), row_with(&[("proxyAddresses", &["SMTP:a@b.c", "no address"])], "InsertProxyAddresses([proxyAddresses], \"X500:\")", "{\"SMTP:a@b.c\"}"), row("InsertProxyAddresses([proxyAddresses], NULL)", "NULL"),],
};

fn insert_proxy_addresses<'a>(operands: &[Operand<'a>], evaluation: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let values = || operands.iter().flat_map(Operand::values);
    let count = values().count();
    // Each address is compared with all before it.
    evaluation.charge(count.saturating_mul(count))?;
    let texts = values().filter_map(|value| match value {
        Scalar::Text(text) => Some(text.as_ref()),
        _ => None,
    });
    let addresses = ProxyAddresses::from_texts(texts);
    Ok(Operand::list(addresses.iter().map(|address| Scalar::text(address.to_string())).collect()))
}
