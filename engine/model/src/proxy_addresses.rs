//! Proxy addresses: a type, an address, and the rules by which one is inserted into a set.
//!
//! The insert rules are GALSync's (`docs/concepts/addresses.md`): the same address stands once; a new primary demotes
//! the old one; promoting a secondary removes it; there is at most one primary SMTP address; a new `sip:` replaces
//! the old one.

use std::fmt;

use crate::compare::fold;

/// One proxy address: `SMTP:anna@abc.example`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProxyAddress {
    prefix: Box<str>,
    address: Box<str>,
}

/// Text that is no proxy address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("proxy address {text:?}: {reason}; write type and address, as in smtp:anna@abc.example")]
pub struct ProxyAddressError {
    /// The text as it was given.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl ProxyAddress {
    /// An address from `type:address`.
    ///
    /// # Errors
    /// [`ProxyAddressError`] where the type or the address is missing.
    pub fn parse(text: &str) -> Result<Self, ProxyAddressError> {
        let (prefix, address) =
            parts(text).map_err(|reason| ProxyAddressError { text: text.to_owned(), reason })?;
        Ok(Self { prefix: prefix.into(), address: address.into() })
    }

    /// What [`Self::key`] gives for the address that the text is; none where it is none.
    #[must_use]
    pub fn key_of(text: &str) -> Option<String> {
        parts(text).ok().map(|(prefix, address)| key(prefix, address))
    }

    /// The type as it was written.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The address behind the type.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether it is the primary SMTP address: its type is written in capitals.
    #[must_use]
    pub fn is_primary_smtp(&self) -> bool {
        &*self.prefix == "SMTP"
    }

    /// Whether it is an SMTP address, primary or not.
    #[must_use]
    pub fn is_smtp(&self) -> bool {
        self.has_type("smtp")
    }

    /// Whether it is of this type, without regard to case.
    #[must_use]
    pub fn has_type(&self, prefix: &str) -> bool {
        self.prefix.eq_ignore_ascii_case(prefix)
    }

    /// Whether two are the same value of a set: without regard to case, but `SMTP` and `smtp` differ.
    #[must_use]
    pub fn same_value(&self, other: &Self) -> bool {
        self.same_address(other) && self.is_primary_smtp() == other.is_primary_smtp()
    }

    /// Whether two name the same address, primary or not.
    #[must_use]
    pub fn same_address(&self, other: &Self) -> bool {
        self.prefix.eq_ignore_ascii_case(&other.prefix) && fold(&self.address) == fold(&other.address)
    }

    /// The address as a key that all its spellings share, primary or not: `smtp:anna@abc.example`.
    #[must_use]
    pub fn key(&self) -> String {
        key(&self.prefix, &self.address)
    }

    pub(crate) fn same_text(one: &str, other: &str) -> bool {
        match (Self::parse(one), Self::parse(other)) {
            (Ok(one), Ok(other)) => one.same_value(&other),
            _ => fold(one) == fold(other),
        }
    }

    fn demoted(&self) -> Self {
        Self { prefix: "smtp".into(), address: self.address.clone() }
    }
}

/// What stands before the colon and behind it, or what is wrong.
fn parts(text: &str) -> Result<(&str, &str), &'static str> {
    let (prefix, address) = text.split_once(':').ok_or("there is no colon")?;
    match (prefix.trim(), address.trim()) {
        ("", _) => Err("there is nothing before the colon"),
        (_, "") => Err("there is nothing behind the colon"),
        parts => Ok(parts),
    }
}

fn key(prefix: &str, address: &str) -> String {
    let mut key = prefix.to_ascii_lowercase();
    key.push(':');
    key.push_str(&fold(address));
    key
}

impl fmt::Display for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.prefix, self.address)
    }
}

/// A set of proxy addresses that keeps the insert rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyAddresses {
    addresses: Vec<ProxyAddress>,
}

impl ProxyAddresses {
    /// A set from values in order, by the insert rules; values that are no proxy address are left out.
    pub fn from_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut set = Self::default();
        for address in texts.into_iter().filter_map(|text| ProxyAddress::parse(text).ok()) {
            set.insert(address);
        }
        set
    }

    /// Inserts an address by the insert rules.
    pub fn insert(&mut self, address: ProxyAddress) {
        if self.addresses.iter().any(|known| known.same_value(&address)) {
            return;
        }
        if address.is_primary_smtp() {
            for known in self.addresses.iter_mut().filter(|known| known.is_primary_smtp()) {
                *known = known.demoted();
            }
            self.addresses.retain(|known| !known.same_address(&address));
        } else if address.has_type("sip") {
            self.addresses.retain(|known| !known.has_type("sip"));
        } else if self.addresses.iter().any(|known| known.same_address(&address)) {
            return;
        }
        self.addresses.push(address);
    }

    /// Takes away every spelling of the address.
    pub fn remove(&mut self, address: &ProxyAddress) {
        self.addresses.retain(|known| !known.same_value(address));
    }

    /// The addresses in order.
    pub fn iter(&self) -> impl Iterator<Item = &ProxyAddress> {
        self.addresses.iter()
    }

    /// The primary SMTP address.
    #[must_use]
    pub fn primary_smtp(&self) -> Option<&ProxyAddress> {
        self.addresses.iter().find(|address| address.is_primary_smtp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(known: &[&str], inserted: &str, expected: &[&str]) {
        let mut set = ProxyAddresses::from_texts(known.iter().copied());
        set.insert(ProxyAddress::parse(inserted).unwrap());
        let shown: Vec<String> = set.iter().map(ToString::to_string).collect();
        assert_eq!(shown, expected, "{known:?} + {inserted}");
    }

    #[test]
    fn inserting() {
        check(&[], "SMTP:a@b.c", &["SMTP:a@b.c"]);
        check(&["SMTP:a@b.c"], "SMTP:A@B.C", &["SMTP:a@b.c"]);
        check(&["SMTP:a@b.c"], "SMTP:x@b.c", &["smtp:a@b.c", "SMTP:x@b.c"]);
        check(&["SMTP:a@b.c", "smtp:x@b.c"], "SMTP:x@b.c", &["smtp:a@b.c", "SMTP:x@b.c"]);
        check(&["SMTP:a@b.c"], "smtp:a@b.c", &["SMTP:a@b.c"]);
        check(&["smtp:a@b.c"], "smtp:A@b.c", &["smtp:a@b.c"]);
        check(&["sip:a@b.c"], "SIP:x@b.c", &["SIP:x@b.c"]);
        check(&["X500:/o=A/cn=b"], "x500:/O=a/CN=B", &["X500:/o=A/cn=b"]);
        check(&["X500:/o=A/cn=b"], "X500:/o=A/cn=c", &["X500:/o=A/cn=b", "X500:/o=A/cn=c"]);
    }

    #[test]
    fn both_parts_must_be_there() {
        for text in ["a@b.c", ":a@b.c", "smtp:", "smtp:  ", ""] {
            assert!(ProxyAddress::parse(text).is_err(), "{text}");
        }
        assert_eq!(ProxyAddress::parse(" smtp : a@b.c ").unwrap().to_string(), "smtp:a@b.c");
    }
}
