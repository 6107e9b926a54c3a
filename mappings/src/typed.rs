//! An expression's value with its types, for whoever shows it.

use base64::Engine as _;

use crate::scalar::{Operand, Scalar};

/// What an expression gives, before it takes the form of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// No value.
    Null,
    /// `AuthoritativeNull`.
    AuthoritativeNull,
    /// `IgnoreThisFlow`.
    Ignore,
    /// Text, a reference or a time.
    Text(String),
    /// A number.
    Number(i64),
    /// True or False.
    Boolean(bool),
    /// Octets, in base64.
    Octets(String),
    /// A list; values that were taken away are left out.
    List(Vec<Typed>),
}

impl Typed {
    pub(crate) fn of(operand: &Operand<'_>) -> Self {
        match operand {
            Operand::One(scalar) => Self::of_scalar(scalar),
            Operand::Many(_) => Self::List(operand.values().map(Self::of_scalar).collect()),
            Operand::AuthoritativeNull => Self::AuthoritativeNull,
            Operand::Ignore => Self::Ignore,
        }
    }

    fn of_scalar(scalar: &Scalar<'_>) -> Self {
        match scalar {
            Scalar::Null => Self::Null,
            Scalar::Text(text) | Scalar::Reference(text) => Self::Text(text.to_string()),
            Scalar::Number(number) => Self::Number(*number),
            Scalar::Boolean(boolean) => Self::Boolean(*boolean),
            Scalar::Bytes(bytes) => Self::Octets(base64::engine::general_purpose::STANDARD.encode(bytes)),
            Scalar::Time(time) => Self::Text(time.to_string()),
            Scalar::Opaque(value) => Self::Text(value.to_string()),
        }
    }
}
