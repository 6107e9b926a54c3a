//! The arguments of a function that is called for each value.

use std::borrow::Cow;

use crate::codes;
use crate::failure::Failure;
use crate::scalar::Scalar;
use crate::types::Type;

/// The values that a function is called with. Types were checked before; what only shows now (an attribute outside the
/// schema) is read as what is needed, or is an error.
#[derive(Clone, Copy)]
pub(crate) struct Arguments<'s, 'a>(pub(crate) &'s [Scalar<'a>]);

const NO_TEXT: &Cow<'static, str> = &Cow::Borrowed("");

impl<'s, 'a> Arguments<'s, 'a> {
    /// The argument; no value where an optional one was left out.
    pub(crate) fn get(self, at: usize) -> &'s Scalar<'a> {
        self.0.get(at).unwrap_or(&Scalar::Null)
    }

    /// How many were given.
    pub(crate) fn len(self) -> usize {
        self.0.len()
    }

    /// Text; no value is empty text.
    pub(crate) fn text(self, at: usize) -> Result<&'s Cow<'a, str>, Failure> {
        match self.get(at) {
            Scalar::Text(text) | Scalar::Reference(text) => Ok(text),
            Scalar::Null => Ok(NO_TEXT),
            Scalar::Opaque(_) => Err(Failure::new(
                codes::KEPT_ELSEWHERE,
                "this value only points to an object or to octets kept elsewhere, and has no text here",
            )),
            other => Err(Failure::wrong_type(Type::Text, other)),
        }
    }

    /// A number; text that is one is read as one.
    pub(crate) fn number(self, at: usize) -> Result<i64, Failure> {
        match self.get(at) {
            Scalar::Number(number) => Ok(*number),
            Scalar::Text(text) => {
                text.trim().parse().map_err(|_| Failure::wrong_type(Type::Number, self.get(at)))
            }
            other => Err(Failure::wrong_type(Type::Number, other)),
        }
    }

    /// A number, or this one where the argument was left out.
    pub(crate) fn number_or(self, at: usize, default: i64) -> Result<i64, Failure> {
        if self.len() > at { self.number(at) } else { Ok(default) }
    }

    /// Octets; text stands for its own in UTF-8.
    pub(crate) fn octets(self, at: usize) -> Result<&'s [u8], Failure> {
        match self.get(at) {
            Scalar::Bytes(bytes) => Ok(bytes),
            Scalar::Text(text) => Ok(text.as_bytes()),
            Scalar::Opaque(_) => Err(Failure::new(
                codes::KEPT_ELSEWHERE,
                "these octets are kept outside the entry and cannot be looked into here",
            )),
            other => Err(Failure::wrong_type(Type::Bytes, other)),
        }
    }

    /// A time; text that is one is read as one.
    pub(crate) fn time(self, at: usize) -> Result<jiff::Timestamp, Failure> {
        match self.get(at) {
            Scalar::Time(time) => Ok(*time),
            Scalar::Text(text) => {
                crate::moment::parse(text).ok_or_else(|| Failure::wrong_type(Type::Time, self.get(at)))
            }
            other => Err(Failure::wrong_type(Type::Time, other)),
        }
    }

    /// Whether the option was given and is this word.
    pub(crate) fn is_option(self, at: usize, word: &str) -> bool {
        matches!(self.get(at), Scalar::Text(given) if given == word)
    }
}
