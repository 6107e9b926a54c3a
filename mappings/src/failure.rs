//! What goes wrong while an expression runs: one object's problem, never an abort.

use crate::codes;
use crate::scalar::Scalar;
use crate::syntax::Span;
use crate::types::Type;

/// An expression that could give no value for one object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EvalError {
    /// The stable code: `MDR-R1…`.
    pub code: &'static str,
    /// What happened, in words.
    pub message: String,
    /// Where in the expression.
    pub span: Span,
}

/// An [`EvalError`] on its way up; small, since every evaluation carries it.
#[derive(Debug, PartialEq)]
pub(crate) struct Failure(Box<EvalError>);

impl Failure {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(EvalError { code, message: message.into(), span: Span::default() }))
    }

    /// A value of a type that only showed when the expression ran.
    pub(crate) fn wrong_type(wanted: Type, found: &Scalar<'_>) -> Self {
        let message = format!("{wanted} is needed, and {} is no such value", found.shown());
        Self::new(codes::VALUE_OF_WRONG_TYPE, message)
    }

    /// A value that cannot be turned into what is asked for.
    pub(crate) fn not_convertible(what: &str, found: &str) -> Self {
        Self::new(codes::NOT_CONVERTIBLE, format!("{found:?} is no {what}"))
    }

    /// A limit was met; its name is part of the message.
    pub(crate) fn limit(name: &str, limit: u64, what: &str) -> Self {
        Self::new(codes::LIMIT_AT_RUN_TIME, format!("{what}: more than {name} ({limit})"))
    }

    /// Whether it is one of this code.
    pub(crate) fn is(&self, code: &str) -> bool {
        self.0.code == code
    }

    /// The same, with its place where it has none yet.
    pub(crate) fn at(mut self, span: Span) -> Self {
        if self.0.span == Span::default() {
            self.0.span = span;
        }
        self
    }

    pub(crate) fn into_error(self) -> EvalError {
        *self.0
    }
}
