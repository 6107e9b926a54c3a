//! Values while an expression runs: borrowed from the entry wherever they can be.

use std::borrow::Cow;
use std::cmp::Ordering;

use base64::Engine as _;
use madrigal_model::{DistinguishedName, Reference, Value, ValueRef};

use crate::failure::Failure;
use crate::syntax::Operator;
use crate::types::Type;

/// One value, or none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar<'a> {
    Null,
    Text(Cow<'a, str>),
    Number(i64),
    Boolean(bool),
    Bytes(Cow<'a, [u8]>),
    /// A distinguished name.
    Reference(Cow<'a, str>),
    Time(jiff::Timestamp),
    /// What can only be passed on: an object by its anchor, an identity, octets that are kept elsewhere.
    /// Boxed, since it is rare and larger than all others.
    Opaque(Box<ValueRef<'a>>),
}

/// What an expression gives while it runs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand<'a> {
    One(Scalar<'a>),
    /// The values of a list; `Null` keeps the place of a value that was taken away.
    Many(Vec<Scalar<'a>>),
    AuthoritativeNull,
    Ignore,
}

impl<'a> Scalar<'a> {
    /// A value of a directory, read as its schema says.
    #[inline]
    pub(crate) fn read(value: ValueRef<'a>, as_type: Type) -> Self {
        match value {
            ValueRef::Text(text) => match as_type {
                Type::Number => text.trim().parse().map_or(Self::Text(text.into()), Self::Number),
                Type::Boolean => boolean_of(text).map_or(Self::Text(text.into()), Self::Boolean),
                Type::Reference => Self::Reference(text.into()),
                _ => Self::Text(text.into()),
            },
            ValueRef::Bytes(bytes) => Self::Bytes(bytes.into()),
            ValueRef::Unresolved(dn) => Self::Reference(dn.into()),
            ValueRef::Object(_) | ValueRef::Identity(_) | ValueRef::Large(..) => {
                Self::Opaque(Box::new(value))
            }
        }
    }

    /// The value in the form in which directories hold it; none for no value and for empty text.
    #[inline]
    pub(crate) fn into_value(self) -> Option<Value> {
        Some(match self {
            Self::Null => return None,
            Self::Text(text) if text.is_empty() => return None,
            Self::Text(text) => Value::Text(text.into()),
            Self::Number(number) => Value::text(number.to_string()),
            Self::Boolean(boolean) => Value::text(if boolean { "TRUE" } else { "FALSE" }),
            Self::Bytes(bytes) => Value::Bytes(bytes.into()),
            Self::Reference(dn) => Value::Reference(Reference::Unresolved(dn.into())),
            Self::Time(time) => Value::text(time.strftime("%Y%m%d%H%M%S.0Z").to_string()),
            Self::Opaque(value) => value.to_value(),
        })
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether there is no value or only empty text.
    pub(crate) fn is_null_or_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            Self::Bytes(bytes) => bytes.is_empty(),
            _ => false,
        }
    }

    pub(crate) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// The type of the value.
    pub(crate) fn kind(&self) -> Type {
        match self {
            Self::Null => Type::Nothing,
            Self::Text(_) => Type::Text,
            Self::Number(_) => Type::Number,
            Self::Boolean(_) => Type::Boolean,
            Self::Bytes(_) => Type::Bytes,
            Self::Reference(_) | Self::Opaque(_) => Type::Reference,
            Self::Time(_) => Type::Time,
        }
    }

    /// True, False or no value, for a condition. A number is true unless it is 0.
    #[inline]
    pub(crate) fn truth(&self) -> Result<Option<bool>, Failure> {
        match self {
            Self::Null => Ok(None),
            Self::Boolean(boolean) => Ok(Some(*boolean)),
            Self::Number(number) => Ok(Some(*number != 0)),
            Self::Text(text) => match boolean_of(text) {
                Some(boolean) => Ok(Some(boolean)),
                None => Err(Failure::wrong_type(Type::Boolean, self)),
            },
            _ => Err(Failure::wrong_type(Type::Boolean, self)),
        }
    }

    /// How two values stand to each other; none where one is no value.
    pub(crate) fn compare(&self, operator: Operator, other: &Self) -> Result<Option<bool>, Failure> {
        if self.is_null() || other.is_null() {
            return Ok(None);
        }
        if let Some(ordering) = self.order(other) {
            return Ok(Some(match operator {
                Operator::Equal => ordering == Ordering::Equal,
                Operator::NotEqual => ordering != Ordering::Equal,
                Operator::Less => ordering == Ordering::Less,
                Operator::LessOrEqual => ordering != Ordering::Greater,
                Operator::Greater => ordering == Ordering::Greater,
                _ => ordering != Ordering::Less,
            }));
        }
        match operator {
            Operator::Equal => Ok(Some(false)),
            Operator::NotEqual => Ok(Some(true)),
            _ => Err(Failure::wrong_type(self.kind(), other)),
        }
    }

    /// The order of two values of types that can be compared; text that a directory without a schema gave is read as
    /// the other side's type.
    fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => Some(one.cmp(other)),
            (Self::Number(one), Self::Number(other)) => Some(one.cmp(other)),
            (Self::Boolean(one), Self::Boolean(other)) => Some(one.cmp(other)),
            (Self::Bytes(one), Self::Bytes(other)) => Some(one.cmp(other)),
            (Self::Time(one), Self::Time(other)) => Some(one.cmp(other)),
            (Self::Opaque(one), Self::Opaque(other)) => (one == other).then_some(Ordering::Equal),
            (Self::Number(one), Self::Text(text)) => Some(one.cmp(&text.trim().parse().ok()?)),
            (Self::Boolean(one), Self::Text(text)) => Some(one.cmp(&boolean_of(text)?)),
            (Self::Text(_), Self::Number(_) | Self::Boolean(_)) => other.order(self).map(Ordering::reverse),
            (Self::Boolean(one), Self::Number(other)) => Some(i64::from(*one).cmp(other)),
            (Self::Number(one), Self::Boolean(other)) => Some(one.cmp(&i64::from(*other))),
            (Self::Reference(one) | Self::Text(one), Self::Reference(other))
            | (Self::Reference(one), Self::Text(other)) => {
                let name = |text: &str| DistinguishedName::from_directory(text).normalized();
                Some(name(one).cmp(&name(other)))
            }
            _ => None,
        }
    }

    /// The value as rows and traces show it: as it would be written in an expression where that is possible.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Null => "NULL".into(),
            Self::Text(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
            Self::Number(number) => number.to_string(),
            Self::Boolean(true) => "True".into(),
            Self::Boolean(false) => "False".into(),
            Self::Bytes(bytes) => shown_octets(bytes),
            Self::Reference(dn) => format!("<{dn}>"),
            Self::Time(time) => time.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            Self::Opaque(value) => format!("<{value}>"),
        }
    }
}

fn shown_octets(bytes: &[u8]) -> String {
    if bytes.len() <= 32 {
        let digits: String = bytes.iter().map(|octet| format!("{octet:02X}")).collect();
        return format!("0x{digits}");
    }
    format!("base64:{}", base64::engine::general_purpose::STANDARD.encode(bytes))
}

impl<'a> Operand<'a> {
    pub(crate) const NULL: Self = Self::One(Scalar::Null);

    /// The values that are there, in order.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Scalar<'a>> {
        let slice = match self {
            Self::One(scalar) => std::slice::from_ref(scalar),
            Self::Many(scalars) => scalars.as_slice(),
            Self::AuthoritativeNull | Self::Ignore => &[],
        };
        slice.iter().filter(|scalar| !scalar.is_null())
    }

    /// Whether no value is there.
    pub(crate) fn is_null(&self) -> bool {
        self.values().next().is_none()
    }

    /// A list as an expression gives it: none is no value.
    pub(crate) fn list(values: Vec<Scalar<'a>>) -> Self {
        if values.is_empty() { Self::NULL } else { Self::Many(values) }
    }

    /// The only value of this operand; a list of several has none.
    pub(crate) fn single(&self) -> Option<&Scalar<'a>> {
        match self {
            Self::One(scalar) => Some(scalar),
            Self::Many(scalars) => match scalars.as_slice() {
                [] => Some(&Scalar::Null),
                [only] => Some(only),
                _ => None,
            },
            Self::AuthoritativeNull | Self::Ignore => Some(&Scalar::Null),
        }
    }

    pub(crate) fn shown(&self) -> String {
        match self {
            Self::One(scalar) => scalar.shown(),
            Self::Many(scalars) => {
                format!("{{{}}}", scalars.iter().map(Scalar::shown).collect::<Vec<_>>().join(", "))
            }
            Self::AuthoritativeNull => "AuthoritativeNull".into(),
            Self::Ignore => "IgnoreThisFlow".into(),
        }
    }
}

/// `TRUE` and `FALSE` without regard to case.
fn boolean_of(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}
