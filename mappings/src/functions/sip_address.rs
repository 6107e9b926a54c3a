//! `SipAddress`.

use super::{Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Operand, Scalar};
use crate::types::{Count, Type};

pub(crate) static FUNCTION: Function = Function {
    name: "SipAddress",
    group: Group::Recipients,
    summary: "The SIP address of a person, without sip:, however it was stored.",
    remarks: "The attribute msRTCSIP-PrimaryUserAddress wins over a sip: proxy address. An address without @ is none. Madrigal's own.",
    parameters: &[parameter("primary", Kind::List(Type::Text)), parameter("addresses", Kind::List(Type::Text))],
    result: Type::Text,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Whole(sip_address, Count::One),
    rows: &[row_with(&[("msRTCSIP-PrimaryUserAddress", &["sip:anna@abc.example"])], "SipAddress([msRTCSIP-PrimaryUserAddress], [proxyAddresses])", "\"anna@abc.example\""), row_with(&[("msRTCSIP-PrimaryUserAddress", &["SIP:anna@abc.example"])], "SipAddress([msRTCSIP-PrimaryUserAddress], [proxyAddresses])", "\"anna@abc.example\""), row_with(&[("msRTCSIP-PrimaryUserAddress", &[" sip:anna@abc.example "])], "SipAddress([msRTCSIP-PrimaryUserAddress], [proxyAddresses])", "\"anna@abc.example\""), row_with(&[("msRTCSIP-PrimaryUserAddress", &["sip:sip:anna@abc.example"])], "SipAddress([msRTCSIP-PrimaryUserAddress], [proxyAddresses])", "\"anna@abc.example\""), row_with(&[("msRTCSIP-PrimaryUserAddress", &["anna@abc.example"])], "SipAddress([msRTCSIP-PrimaryUserAddress], [proxyAddresses])", "\"anna@abc.example\""), row_with(&[("proxyAddresses", &["SMTP:a@b.c", "SIP:anna@abc.example"])], "SipAddress([msRTCSIP-PrimaryUserAddress], [proxyAddresses])", "\"anna@abc.example\""), row_with(&[("msRTCSIP-PrimaryUserAddress", &["sip:anna@abc.example"]), ("proxyAddresses", &["sip:other@abc.example"])], "SipAddress([msRTCSIP-PrimaryUserAddress], [proxyAddresses])", "\"anna@abc.example\""), row_with(&[("msRTCSIP-PrimaryUserAddress", &["sip:anna"])], "SipAddress([msRTCSIP-PrimaryUserAddress], [proxyAddresses])", "NULL"), row_with(&[("msRTCSIP-PrimaryUserAddress", &["sip:anna"]), ("proxyAddresses", &["sip:a@b.c"])], "SipAddress([msRTCSIP-PrimaryUserAddress], [proxyAddresses])", "\"a@b.c\""), row("SipAddress([msRTCSIP-PrimaryUserAddress], [proxyAddresses])", "NULL"),],
};

fn sip_address<'a>(operands: &[Operand<'a>], _: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let [primary, addresses] = operands else { return Ok(Operand::NULL) };
    let own = primary.values().find_map(|value| match value {
        Scalar::Text(text) => bare(text),
        _ => None,
    });
    let proxy = || {
        addresses.values().find_map(|value| match value {
            Scalar::Text(text) => bare(text).filter(|_| has_prefix(text)),
            _ => None,
        })
    };
    let address = own.or_else(proxy);
    Ok(address.map_or(Operand::NULL, |address| Operand::One(Scalar::text(address.to_owned()))))
}

fn has_prefix(text: &str) -> bool {
    text.trim_start().get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("sip:"))
}

/// The address behind any number of `sip:`; none where it has no domain.
fn bare(text: &str) -> Option<&str> {
    let mut rest = text.trim();
    while has_prefix(rest) {
        rest = rest.get(4..)?.trim_start();
    }
    let (name, domain) = rest.split_once('@')?;
    (!name.is_empty() && !domain.is_empty()).then_some(rest)
}