//! The tree of an expression as it was written.

use std::fmt;

use super::Span;

/// A part of an expression with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// What it is.
    pub kind: ExpressionKind,
    /// Where it stands.
    pub span: Span,
}

/// What a part of an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExpressionKind {
    /// A value that stands for itself.
    Literal(Literal),
    /// `[mail]`
    Attribute(String),
    /// `%Forest.FQDN%`
    Parameter(String),
    /// `$item`
    Variable(String),
    /// A bare word that is no literal: an option such as `vbTextCompare`.
    Word(String),
    /// `Left([mail], 3)`
    Call {
        /// The function's name as written.
        name: String,
        /// Where the name stands.
        name_span: Span,
        /// What stands in the parentheses.
        arguments: Vec<Expression>,
    },
    /// `[a] & [b]`
    Binary {
        /// The operator.
        operator: Operator,
        /// Where the operator stands.
        operator_span: Span,
        /// What stands before it.
        left: Box<Expression>,
        /// What stands behind it.
        right: Box<Expression>,
    },
    /// `-[a]`
    Negate(Box<Expression>),
    /// An expression in parentheses.
    Group(Box<Expression>),
}

/// A value that stands for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `"text"`
    Text(String),
    /// `12`, `&HFF`
    Number(i64),
    /// `True`, `False`
    Boolean(bool),
    /// `NULL`: no contribution.
    Null,
    /// `AuthoritativeNull`: remove, and ask no rule of lower precedence.
    AuthoritativeNull,
    /// `IgnoreThisFlow`: as if the flow were not there.
    IgnoreThisFlow,
}

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `&`
    Concatenate,
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `&&`
    And,
    /// `||`
    Or,
}

impl Operator {
    /// The operator as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Concatenate => "&",
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::And => "&&",
            Self::Or => "||",
        }
    }

    /// How tightly it binds: arithmetic and `&` before comparisons before `&&` and `||`. Within a level, left to right.
    #[must_use]
    pub fn level(self) -> u8 {
        match self {
            Self::And | Self::Or => 0,
            Self::Equal
            | Self::NotEqual
            | Self::Less
            | Self::LessOrEqual
            | Self::Greater
            | Self::GreaterOrEqual => 1,
            Self::Add | Self::Subtract | Self::Multiply | Self::Concatenate => 2,
        }
    }

    /// Whether it compares its operands.
    #[must_use]
    pub fn is_comparison(self) -> bool {
        self.level() == 1
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
