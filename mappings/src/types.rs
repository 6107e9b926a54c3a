//! The types of the language, as far as they are known before anything runs.

use std::fmt;

use madrigal_model::{AttributeSchema, Syntax};

/// What kind of values an expression gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// Known only when it runs: an attribute outside the schema, or branches that differ.
    Any,
    /// No value at all: `NULL`, `Error(…)`.
    Nothing,
    /// Text.
    Text,
    /// A whole number of 64 bits.
    Number,
    /// True or False.
    Boolean,
    /// Octets.
    Bytes,
    /// A distinguished name, or an object known by its anchor.
    Reference,
    /// A point in time.
    Time,
}

/// How many values an expression gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Count {
    /// At most one.
    One,
    /// Any number.
    Many,
    /// Known only when it runs.
    Unknown,
}

/// What is known of an expression's values before it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Their type.
    pub of: Type,
    /// Their number.
    pub count: Count,
    /// Whether there may be none.
    pub nullable: bool,
}

impl Type {
    /// The type of the values that an attribute of this syntax holds.
    #[must_use]
    pub fn of_syntax(syntax: Syntax) -> Self {
        match syntax {
            Syntax::CaseIgnore | Syntax::CaseExact | Syntax::ProxyAddress | Syntax::Time => Self::Text,
            Syntax::Integer => Self::Number,
            Syntax::Boolean => Self::Boolean,
            Syntax::Octets => Self::Bytes,
            Syntax::Reference => Self::Reference,
        }
    }

    /// The type of a value that is of one or the other.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, known) | (known, Self::Nothing) => known,
            (one, other) if one == other => one,
            _ => Self::Any,
        }
    }

    /// Whether nothing is known against a value of this type standing where the other is wanted.
    #[must_use]
    pub fn fits(self, wanted: Self) -> bool {
        self == wanted || matches!(self, Self::Any | Self::Nothing) || wanted == Self::Any
    }

    /// The type in words, with its article.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Any => "any value",
            Self::Nothing => "no value",
            Self::Text => "text",
            Self::Number => "a number",
            Self::Boolean => "True or False",
            Self::Bytes => "octets",
            Self::Reference => "a reference",
            Self::Time => "a time",
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.in_words())
    }
}

impl Count {
    /// The number of what is one or the other.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self == other { self } else { Self::Unknown }
    }

    /// The number of results of a function that is applied to each of both.
    #[must_use]
    pub fn each(self, other: Self) -> Self {
        match (self, other) {
            (Self::Many, _) | (_, Self::Many) => Self::Many,
            (Self::One, Self::One) => Self::One,
            _ => Self::Unknown,
        }
    }
}

impl Shape {
    /// Exactly one value of this type.
    #[must_use]
    pub const fn one(of: Type) -> Self {
        Self { of, count: Count::One, nullable: false }
    }

    /// `NULL`.
    pub const NULL: Self = Self { of: Type::Nothing, count: Count::One, nullable: true };

    /// An attribute or a parameter of which nothing is known.
    pub const UNKNOWN: Self = Self { of: Type::Any, count: Count::Unknown, nullable: true };

    /// What an attribute holds by its schema.
    #[must_use]
    pub fn of_attribute(schema: &AttributeSchema) -> Self {
        let count = if schema.single_valued { Count::One } else { Count::Many };
        Self { of: Type::of_syntax(schema.syntax), count, nullable: true }
    }

    /// The shape of what is one or the other.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let count = match (self.of, other.of) {
            (Type::Nothing, _) => other.count,
            (_, Type::Nothing) => self.count,
            _ => self.count.or(other.count),
        };
        Self { of: self.of.or(other.of), count, nullable: self.nullable || other.nullable }
    }
}
