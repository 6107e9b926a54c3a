//! `AddressInDomains`.

use super::{Call, Function, Group, Kind, Purity, parameter, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Operand, Scalar};
use crate::types::{Count, Type};
use crate::addresses::{SmtpAddress, smtp_addresses};

pub(crate) static FUNCTION: Function = Function {
    name: "AddressInDomains",
    group: Group::Recipients,
    summary: "The SMTP address that lies in one of some domains.",
    remarks: "Without its prefix. The primary address if it lies there, else the first in order; a domain's subdomains count. Without any domain every address lies there. Madrigal's own.",
    parameters: &[parameter("addresses", Kind::List(Type::Text)), parameter("domains", Kind::List(Type::Text))],
    result: Type::Text,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Whole(address_in_domains, Count::One),
    rows: &[row_with(&[("proxyAddresses", &["smtp:a@old.example", "SMTP:anna@abc.example"]), ("%MailDomains%", &["old.example", "abc.example"])], "AddressInDomains([proxyAddresses], %MailDomains%)", "\"anna@abc.example\""), row_with(&[("proxyAddresses", &["SMTP:anna@abc.example", "smtp:a@old.example", "smtp:b@old.example"])], "AddressInDomains([proxyAddresses], \"old.example\")", "\"a@old.example\""), row_with(&[("proxyAddresses", &["SMTP:anna@abc.example"])], "AddressInDomains([proxyAddresses], \"example\")", "\"anna@abc.example\""), row_with(&[("proxyAddresses", &["SMTP:anna@notabc.example", "X500:/o=abc.example"])], "AddressInDomains([proxyAddresses], \"abc.example\")", "NULL"), row_with(&[("targetAddress", &["SMTP:anna@abc.mail.onmicrosoft.com"])], "AddressInDomains([targetAddress], \"mail.onmicrosoft.com\")", "\"anna@abc.mail.onmicrosoft.com\""), row_with(&[("proxyAddresses", &["SMTP:anna@abc.example"])], "AddressInDomains([proxyAddresses], %MailDomains%)", "\"anna@abc.example\""),],
};

fn address_in_domains<'a>(operands: &[Operand<'a>], _: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let [addresses, domains] = operands else { return Ok(Operand::NULL) };
    let domains: Vec<String> = domains.values().filter_map(domain).collect();
    let addresses = smtp_addresses(addresses);
    let within = |address: &SmtpAddress| match address.text.rsplit_once('@') {
        Some((_, domain)) => domains.is_empty() || domains.iter().any(|wanted| ends_with(domain, wanted)),
        None => false,
    };
    let primary = addresses.iter().find(|address| address.primary && within(address));
    let found = primary.or_else(|| addresses.iter().find(|address| within(address)));
    Ok(found.map_or(Operand::NULL, |address| Operand::One(Scalar::text(address.text.clone()))))
}

fn domain(value: &Scalar<'_>) -> Option<String> {
    match value {
        Scalar::Text(text) => Some(text.trim().trim_start_matches(['@', '.']).to_ascii_lowercase()),
        _ => None,
    }
    .filter(|domain| !domain.is_empty())
}

/// Whether a domain is the wanted one or lies below it.
fn ends_with(domain: &str, wanted: &str) -> bool {
    let domain = domain.to_ascii_lowercase();
    domain.strip_suffix(wanted).is_some_and(|above| above.is_empty() || above.ends_with('.'))
}