//! SMTP addresses among values as directories hold them: with a prefix, or bare as some tools write `targetAddress`.

use madrigal_model::ProxyAddress;

use crate::scalar::{Operand, Scalar};

/// An SMTP address without its prefix.
pub(crate) struct SmtpAddress {
    pub(crate) text: String,
    /// Whether its prefix was `SMTP:` in capitals.
    pub(crate) primary: bool,
}

/// The SMTP addresses among the values, in order. One without `@` is none.
pub(crate) fn smtp_addresses(values: &Operand<'_>) -> Vec<SmtpAddress> {
    let address = |value: &Scalar<'_>| match value {
        Scalar::Text(text) => smtp_address(text),
        _ => None,
    };
    values.values().filter_map(address).collect()
}

fn smtp_address(text: &str) -> Option<SmtpAddress> {
    let found = match ProxyAddress::parse(text) {
        Ok(address) if address.is_smtp() => {
            SmtpAddress { text: address.address().to_owned(), primary: address.is_primary_smtp() }
        }
        Ok(_) => return None,
        Err(_) => SmtpAddress { text: text.trim().to_owned(), primary: false },
    };
    let (name, domain) = found.text.split_once('@')?;
    (!name.is_empty() && !domain.is_empty()).then_some(found)
}
