//! The lines of one record: unfolded, comments left out, told apart into name and value.

use std::borrow::Cow;
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LineKind<'a> {
    /// A name and a value.
    Pair(&'a [u8], Written, Cow<'a, [u8]>),
    /// The end of an item of a modify: `-`.
    Dash,
    /// No LDIF.
    Garbage,
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

    /// The next physical line without its end, and where the one behind it begins.
    fn physical(&self, at: usize) -> (&'a [u8], usize) {
        let rest = self.record.get(at..).unwrap_or_default();
        let (line, next) = match memchr(b'\n', rest) {
            Some(end) => (rest.get(..end).unwrap_or_default(), at + end + 1),
            None => (rest, self.record.len()),
        };
        (line.strip_suffix(b"\r").unwrap_or(line), next)
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        loop {
            if self.at >= self.record.len() {
                return None;
            }
            let (start, number) = (self.at, self.number);
            let (first, mut next) = self.physical(start);
            self.number += 1;
            let mut unfolded: Option<Vec<u8>> = None;
            while self.record.get(next) == Some(&b' ') {
                let (continued, behind) = self.physical(next);
                let whole = unfolded.get_or_insert_with(|| first.to_vec());
                whole.extend_from_slice(continued.get(1..).unwrap_or_default());
                next = behind;
                self.number += 1;
            }
            self.at = next;
            if first.first() == Some(&b'#') {
                continue;
            }
            return Some(Line { number, range: start..next, kind: kind(first, unfolded) });
        }
    }
}

fn kind(first: &[u8], unfolded: Option<Vec<u8>>) -> LineKind<'_> {
    // No writer folds within a name.
    let Some(colon) = memchr(b':', first) else {
        let dash = unfolded.is_none() && first.strip_suffix(b" ").unwrap_or(first) == b"-";
        return if dash { LineKind::Dash } else { LineKind::Garbage };
    };
    let name = first.get(..colon).unwrap_or_default();
    if !is_attribute_description(name) {
        return LineKind::Garbage;
    }
    let mut value: Cow<'_, [u8]> = match unfolded {
        None => Cow::Borrowed(first.get(colon + 1..).unwrap_or_default()),
        Some(whole) => Cow::Owned(whole.get(colon + 1..).unwrap_or_default().to_vec()),
    };
    let written = match value.first() {
        Some(b':') => Written::Base64,
        Some(b'<') => Written::Url,
        _ => Written::Plain,
    };
    let sign = usize::from(written != Written::Plain);
    let blanks = value.iter().skip(sign).take_while(|octet| **octet == b' ').count();
    match &mut value {
        Cow::Borrowed(text) => *text = text.get(sign + blanks..).unwrap_or_default(),
        Cow::Owned(text) => drop(text.drain(..sign + blanks)),
    }
    LineKind::Pair(name, written, value)
}

/// Whether this is an attribute's name with its options (RFC 2849, AttributeDescription; `_` is taken too, as real
/// directories have it).
fn is_attribute_description(name: &[u8]) -> bool {
    name.first().is_some_and(u8::is_ascii_alphanumeric)
        && name
            .iter()
            .all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b';' | b'.' | b'_'))
}

/// The octets that a value stands for.
pub(crate) fn decode<'a>(
    written: Written,
    value: &'a [u8],
    value_limit: usize,
    scratch: &'a mut Vec<u8>,
) -> Result<&'a [u8], FaultKind> {
    let octets: &[u8] = match written {
        Written::Url => return Err(FaultKind::Url),
        Written::Plain => value,
        Written::Base64 => {
            // Three octets for four: known before anything is decoded.
            if value.len() / 4 > value_limit / 3 + 1 {
                return Err(FaultKind::ValueTooLarge { limit: value_limit });
            }
            scratch.clear();
            BASE64.decode_vec(value.trim_ascii_end(), scratch).map_err(|_| FaultKind::BadBase64)?;
            scratch
        }
    };
    if octets.len() > value_limit {
        return Err(FaultKind::ValueTooLarge { limit: value_limit });
    }
    Ok(octets)
}
