//! The chain of the audit log: each line's link is the hash of the line together with the link before it.
//!
//! What is hashed is the meaning of a line, spelled out (names, not numbers of a dictionary), so both stores give the same
//! chain, and a changed dictionary or run is seen as well as a changed line. It is no signature: who can rewrite the
//! whole store can rewrite the chain with it. Against that the head is noted elsewhere and compared.

use std::fmt;
use std::str::FromStr;

use madrigal_model::{
    Anchor, AttributeChange, ConnectorId, HideReason, IdentityId, ObjectKey, PendingExport, Reference,
    Timestamp, Value,
};
use sha2::{Digest, Sha256};

use crate::RunId;

/// One link of the chain, shown as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AuditLink(pub [u8; 32]);

/// Where the chain ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// The first line of the chain.
    pub first: u64,
    /// The last line.
    pub line: u64,
    /// Its link.
    pub link: AuditLink,
}

/// A line of the audit log as its chain is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainedLine {
    /// Its number.
    pub number: u64,
    /// The link that was written with it; none: it was written before there was a chain.
    pub link: Option<AuditLink>,
    /// The hash of what it says, or why that cannot be read.
    pub content: Result<ContentLink, String>,
}

/// The hash of what a line says, without the link before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentLink([u8; 32]);

/// What a line of the audit log says.
pub(crate) struct Line<'a> {
    pub number: u64,
    pub at: Timestamp,
    pub run: RunId,
    pub by: &'a str,
    pub event: &'a str,
    pub connector: ConnectorId,
    pub identity: IdentityId,
    pub sent: Sent<'a>,
}

/// What was sent, or the line that says it.
#[derive(Clone, Copy)]
pub(crate) enum Sent<'a> {
    Here(&'a PendingExport),
    In(u64),
}

impl AuditLink {
    /// What stands before the first line.
    pub const NONE: Self = Self([0; 32]);

    /// The link of a line behind this one.
    #[must_use]
    pub fn next(self, content: &ContentLink) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"madrigal audit link 1");
        hash.update(self.0);
        hash.update(content.0);
        Self(hash.finalize().into())
    }
}

impl fmt::Display for AuditLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for AuditLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text is no link.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a link has 64 hexadecimal digits")]
pub struct NoAuditLink;

impl FromStr for AuditLink {
    type Err = NoAuditLink;

    fn from_str(text: &str) -> Result<Self, NoAuditLink> {
        if text.len() != 64 || !text.is_ascii() {
            return Err(NoAuditLink);
        }
        let mut octets = [0; 32];
        for (place, pair) in octets.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| NoAuditLink)?;
            *place = u8::from_str_radix(pair, 16).map_err(|_| NoAuditLink)?;
        }
        Ok(Self(octets))
    }
}

impl Line<'_> {
    /// The hash of what the line says: every part with its length in front, so that no two lines look alike.
    pub(crate) fn content(&self) -> ContentLink {
        let mut speller = Speller(Sha256::new());
        speller.0.update(b"madrigal audit line 1");
        speller.number(self.number);
        speller.number(self.at.as_millis().cast_unsigned());
        speller.number(self.run.0);
        speller.text(self.by);
        speller.text(self.event);
        speller.number(self.connector.0.into());
        speller.0.update(self.identity.to_bytes());
        match self.sent {
            Sent::In(line) => {
                speller.octet(0);
                speller.number(line);
            }
            Sent::Here(export) => {
                speller.octet(1);
                speller.export(export);
            }
        }
        ContentLink(speller.0.finalize().into())
    }
}

/// Spells values into a hash.
struct Speller(Sha256);

impl Speller {
    fn octet(&mut self, octet: u8) {
        self.0.update([octet]);
    }

    fn number(&mut self, number: u64) {
        self.0.update(number.to_le_bytes());
    }

    fn octets(&mut self, octets: &[u8]) {
        self.number(octets.len() as u64);
        self.0.update(octets);
    }

    fn text(&mut self, text: &str) {
        self.octets(text.as_bytes());
    }

    fn optional<T>(&mut self, value: Option<T>, spell: impl FnOnce(&mut Self, T)) {
        match value {
            None => self.octet(0),
            Some(value) => {
                self.octet(1);
                spell(self, value);
            }
        }
    }

    fn key(&mut self, key: &ObjectKey) {
        self.number(key.connector.0.into());
        self.octets(key.anchor.as_bytes());
    }

    fn export(&mut self, export: &PendingExport) {
        self.text(export.kind.name());
        self.0.update(export.identity.to_bytes());
        self.number(export.connector.0.into());
        self.optional(export.anchor.as_ref(), |hash, anchor: &Anchor| hash.octets(anchor.as_bytes()));
        self.text(export.dn.as_str());
        self.optional(export.new_dn.as_ref(), |hash, dn| hash.text(dn.as_str()));
        self.optional(export.reason, |hash, reason| hash.text(reason_name(reason)));
        self.optional(export.speaker.as_ref(), Self::key);
        self.number(export.changes.len() as u64);
        export.changes.iter().for_each(|change| self.change(change));
    }

    fn change(&mut self, change: &AttributeChange) {
        self.text(change.attribute.as_str());
        for values in [&change.old, &change.new] {
            self.number(values.len() as u64);
            values.iter().for_each(|value| self.value(value));
        }
        self.optional(change.source.as_ref(), |hash, source| {
            hash.text(&source.rule);
            hash.number(source.reads.len() as u64);
            source.reads.iter().for_each(|read| hash.text(read.as_str()));
        });
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Text(text) => {
                self.octet(0);
                self.text(text);
            }
            Value::Bytes(octets) => {
                self.octet(1);
                self.octets(octets);
            }
            Value::Reference(Reference::Object(anchor)) => {
                self.octet(2);
                self.octets(anchor.as_bytes());
            }
            Value::Reference(Reference::Unresolved(dn)) => {
                self.octet(3);
                self.text(dn);
            }
            Value::Reference(Reference::Identity(identity)) => {
                self.octet(4);
                self.0.update(identity.to_bytes());
            }
            Value::Large(hash, length) => {
                self.octet(5);
                self.0.update(hash.0.to_le_bytes());
                self.number((*length).into());
            }
        }
    }
}

fn reason_name(reason: HideReason) -> &'static str {
    match reason {
        HideReason::Left => "left",
        HideReason::OutOfScope => "out-of-scope",
        HideReason::Superseded => "superseded",
        HideReason::AddressTaken => "address-taken",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read_back() {
        let link = AuditLink::NONE.next(&ContentLink([7; 32]));
        assert_eq!(link.to_string().parse(), Ok(link));
        for text in ["", "ab", &"x".repeat(64), &"é".repeat(32)] {
            assert_eq!(text.parse::<AuditLink>(), Err(NoAuditLink), "{text}");
        }
    }
}
