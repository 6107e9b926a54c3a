//! What a function says of itself.

use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::functions::Arguments;
use crate::program::Node;
use crate::scalar::{Operand, Scalar};
use crate::types::{Count, Type};

/// A function of the language.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) group: Group,
    /// One sentence.
    pub(crate) summary: &'static str,
    /// The edge cases, in sentences; may be empty.
    pub(crate) remarks: &'static str,
    pub(crate) parameters: &'static [Parameter],
    /// The type of a result; `Any` where it is that of the branches or of the first list.
    pub(crate) result: Type,
    /// Whether a result can be no value although no argument is.
    pub(crate) may_be_null: bool,
    pub(crate) purity: Purity,
    pub(crate) call: Call,
    pub(crate) rows: &'static [Row],
}

/// The groups of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    Conversion,
    DateAndTime,
    Directory,
    Evaluation,
    Math,
    MultiValued,
    ProgramFlow,
    Text,
    Certificate,
    Recipients,
}

/// Whether a function's value hangs on anything but its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purity {
    Pure,
    /// On the run's time.
    Clock,
    /// On what is drawn for the identity and the target.
    Drawn,
}

pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) need: Need,
}

/// What may stand in an argument's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A value of this type, or of each of a list.
    Value(Type),
    /// Text or octets.
    TextOrBytes,
    /// Text or a reference.
    TextOrReference,
    /// A whole list, or one value.
    List(Type),
    /// One of these words.
    Option(&'static [&'static str]),
    /// An attribute's name in quotes.
    AttributeName,
    /// A `$name` for each value of the next argument.
    EachVariable,
    /// A `$name` for the next argument as a whole.
    WholeVariable,
    /// A condition; evaluated only when it is reached.
    Condition,
    /// What the function may give; evaluated only when it is chosen.
    Branch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Required,
    Optional,
    /// This and those from the first repeated one on, any number of times.
    Repeated,
}

/// How a function is called.
#[derive(Clone, Copy)]
pub(crate) enum Call {
    /// For each value of a list; without being called, no value in gives no value out.
    Each(EachFn),
    /// For each value of a list, and for no value too.
    EachOrNull(EachFn),
    /// Once, with whole lists.
    Whole(WholeFn, Count),
    /// With its arguments not yet evaluated.
    Form(FormFn),
}

pub(crate) type EachFn =
    for<'s, 'a> fn(Arguments<'s, 'a>, &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure>;
pub(crate) type WholeFn = for<'a> fn(&[Operand<'a>], &mut Evaluation<'a>) -> Result<Operand<'a>, Failure>;
pub(crate) type FormFn = for<'a> fn(&'a [Node], &mut Evaluation<'a>) -> Result<Operand<'a>, Failure>;

/// An example that is a test: with these attributes, this expression gives this.
pub(crate) struct Row {
    pub(crate) input: &'static [(&'static str, &'static [&'static str])],
    pub(crate) expression: &'static str,
    pub(crate) gives: &'static str,
}

pub(crate) const fn parameter(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, need: Need::Required }
}

pub(crate) const fn optional(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, need: Need::Optional }
}

pub(crate) const fn repeated(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, need: Need::Repeated }
}

/// An example without attributes.
pub(crate) const fn row(expression: &'static str, gives: &'static str) -> Row {
    Row { input: &[], expression, gives }
}

/// An example with attributes. A value that begins with `0x` is octets, one in `< >` a reference.
pub(crate) const fn row_with(
    input: &'static [(&'static str, &'static [&'static str])],
    expression: &'static str,
    gives: &'static str,
) -> Row {
    Row { input, expression, gives }
}

impl Function {
    /// The fewest and the most arguments; no most where some may be repeated.
    pub(crate) fn arity(&self) -> (usize, Option<usize>) {
        let required = self.parameters.iter().filter(|p| p.need == Need::Required).count();
        let repeats = self.parameters.iter().any(|p| p.need == Need::Repeated);
        (required, (!repeats).then_some(self.parameters.len()))
    }

    /// The parameter in whose place an argument stands.
    pub(crate) fn parameter(&self, at: usize) -> Option<&'static Parameter> {
        if let Some(parameter) = self.parameters.get(at) {
            return Some(parameter);
        }
        let first = self.parameters.iter().position(|p| p.need == Need::Repeated)?;
        let repeated = self.parameters.len() - first;
        self.parameters.get(first + (at - first) % repeated)
    }

    /// How the function is written: `Left(text, count)`.
    pub(crate) fn signature(&self) -> String {
        let mut shown = String::new();
        for parameter in self.parameters {
            let separator = if shown.is_empty() { "" } else { ", " };
            match parameter.need {
                Need::Required => shown.push_str(&format!("{separator}{}", parameter.shown())),
                Need::Optional => shown.push_str(&format!("[{separator}{}]", parameter.shown())),
                Need::Repeated => shown.push_str(&format!("{separator}[{} …]", parameter.shown())),
            }
        }
        format!("{}({shown})", self.name)
    }
}

impl Parameter {
    fn shown(&self) -> String {
        match self.kind {
            Kind::EachVariable | Kind::WholeVariable => format!("${}", self.name),
            Kind::Option(words) => words.join("|"),
            _ => self.name.to_owned(),
        }
    }
}

impl Group {
    /// The group's heading.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Conversion => "Conversion",
            Self::DateAndTime => "Date and time",
            Self::Directory => "Directory",
            Self::Evaluation => "Evaluation",
            Self::Math => "Math",
            Self::MultiValued => "Lists",
            Self::ProgramFlow => "Program flow",
            Self::Text => "Text",
            Self::Certificate => "Certificates",
            Self::Recipients => "Recipients and addresses (Madrigal's own)",
        }
    }
}
