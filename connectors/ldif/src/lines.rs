//! The lines of one record: comments left out, told apart into name and value, unfolded when they are looked at.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use memchr::memchr;

use crate::fault::FaultKind;

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// As it is.
    Plain,
    /// In base64.
    Base64,
    /// As the place of a file.
    Url,
}

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineKind<'a> {
    /// What stands before the first colon, and a value.
    Pair(&'a [u8], LineValue<'a>),
    /// The end of an item of a modify: `-`.
    Dash,
    /// No LDIF.
    Garbage,
}

/// A value as it stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LineValue<'a> {
    /// What follows the colon.
    first: &'a [u8],
    /// The continuation lines, with their ends.
    folded: &'a [u8],
}

/// One line, continuation lines included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// Its number within the record, counted from 0.
    pub(crate) number: u64,
    /// Where it stands in the record, its end included.
    pub(crate) range: Range<usize>,
    pub(crate) kind: LineKind<'a>,
}

/// Memory that values are unfolded and decoded into.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    unfolded: Vec<u8>,
    decoded: Vec<u8>,
}

/// The lines of a record.
pub(crate) struct Lines<'a> {
    record: &'a [u8],
    at: usize,
    number: u64,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(record: &'a [u8]) -> Self {
        Self { record, at: 0, number: 0 }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        loop {
            let (start, number) = (self.at, self.number);
            let rest = self.record.get(start..).filter(|rest| !rest.is_empty())?;
            let (first, behind) = physical(rest);
            self.number += 1;
            let mut folded = 0;
            while behind.get(folded) == Some(&b' ') {
                let continued = behind.get(folded..).unwrap_or_default();
                folded += continued.len() - physical(continued).1.len();
                self.number += 1;
            }
            let folded = behind.get(..folded).unwrap_or_default();
            self.at = self.record.len() - behind.len() + folded.len();
            if first.first() != Some(&b'#') {
                return Some(Line { number, range: start..self.at, kind: kind(first, folded) });
            }
        }
    }
}

/// The first physical line without its end, and what stands behind it.
fn physical(text: &[u8]) -> (&[u8], &[u8]) {
    match memchr(b'\n', text).and_then(|end| text.split_at_checked(end)) {
        Some((line, rest)) => (line.strip_suffix(b"\r").unwrap_or(line), rest.get(1..).unwrap_or_default()),
        None => (text.strip_suffix(b"\r").unwrap_or(text), &[]),
    }
}

fn kind<'a>(first: &'a [u8], folded: &'a [u8]) -> LineKind<'a> {
    // No writer folds within a name.
    let colon = memchr(b':', first);
    match colon.and_then(|colon| first.split_at_checked(colon)) {
        Some((name, value)) => {
            LineKind::Pair(name, LineValue { first: value.get(1..).unwrap_or_default(), folded })
        }
        None if folded.is_empty() && first.trim_ascii_end() == b"-" => LineKind::Dash,
        None => LineKind::Garbage,
    }
}

impl<'a> LineValue<'a> {
    /// The value unfolded, and how it is written.
    fn unfold<'b>(&self, unfolded: &'b mut Vec<u8>) -> (Written, &'b [u8])
    where
        'a: 'b,
    {
        let mut value = self.first;
        if !self.folded.is_empty() {
            unfolded.clear();
            unfolded.extend_from_slice(self.first);
            let mut rest = self.folded;
            while !rest.is_empty() {
                let (line, behind) = physical(rest);
                unfolded.extend_from_slice(line.get(1..).unwrap_or_default());
                rest = behind;
            }
            value = unfolded;
        }
        let (written, mut value) = match value {
            [b':', rest @ ..] => (Written::Base64, rest),
            [b'<', rest @ ..] => (Written::Url, rest),
            plain => (Written::Plain, plain),
        };
        while let [b' ', rest @ ..] = value {
            value = rest;
        }
        (written, value)
    }

    /// The octets that the value stands for.
    pub(crate) fn decode<'b>(
        &self,
        value_limit: usize,
        scratch: &'b mut Scratch,
    ) -> Result<&'b [u8], FaultKind>
    where
        'a: 'b,
    {
        let (written, value) = self.unfold(&mut scratch.unfolded);
        let octets: &[u8] = match written {
            Written::Url => return Err(FaultKind::Url),
            Written::Plain => value,
            Written::Base64 => {
                // Three octets for four: known before anything is decoded.
                if value.len() / 4 > value_limit / 3 + 1 {
                    return Err(FaultKind::ValueTooLarge { limit: value_limit });
                }
                scratch.decoded.clear();
                let decoded = BASE64.decode_vec(value.trim_ascii_end(), &mut scratch.decoded);
                decoded.map_err(|_| FaultKind::BadBase64)?;
                &scratch.decoded
            }
        };
        if octets.len() > value_limit {
            return Err(FaultKind::ValueTooLarge { limit: value_limit });
        }
        Ok(octets)
    }

    /// A word that is the value, blanks around it left out; empty where it is written in base64 or as a place.
    pub(crate) fn word(&self) -> Vec<u8> {
        let mut unfolded = Vec::new();
        match self.unfold(&mut unfolded) {
            (Written::Plain, value) => value.trim_ascii().to_vec(),
            _ => Vec::new(),
        }
    }

    /// A keyword that is the value, in lower case.
    pub(crate) fn keyword(&self) -> Vec<u8> {
        self.word().to_ascii_lowercase()
    }
}

/// Whether this is an attribute's name with its options (RFC 2849, AttributeDescription; `_` is taken too, as real
/// directories have it).
pub(crate) fn is_attribute_description(name: &[u8]) -> bool {
    name.first().is_some_and(u8::is_ascii_alphanumeric)
        && name
            .iter()
            .all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b';' | b'.' | b'_' | b'='))
}
