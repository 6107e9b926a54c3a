//! A compiled expression: names are slots, functions are addresses, and it knows what it reads.

use std::sync::Arc;

use madrigal_model::{AttributeName, Timestamp, Value, Values};

use crate::environment::{Environment, NoGroups, Parameters};
use crate::evaluate::{Evaluation, Step};
use crate::failure::EvalError;
use crate::functions::{EachFn, FormFn, WholeFn};
use crate::scalar::Operand;
use crate::syntax::{Operator, Span};
use crate::typed::Typed;
use crate::types::Type;

/// A compiled expression. Cloning it shares what was compiled.
#[derive(Clone)]
pub struct Program {
    inner: Arc<Inner>,
}

struct Inner {
    source: String,
    node: Node,
    facts: Facts,
    reads: Arc<[AttributeName]>,
    /// The slots of what it reads.
    slots: Box<[u16]>,
    /// Its value where none of these has one, if nothing else can change that: most attributes of most objects are absent.
    of_nothing: Option<Outcome>,
}

/// What is known of a program without running it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The attributes that it reads, each once.
    pub reads: Vec<AttributeName>,
    /// The parameters that it reads, in small letters.
    pub parameters: Vec<String>,
    /// Whether its value hangs on the run's time.
    pub reads_clock: bool,
    /// Whether its value is drawn for the identity and the target.
    pub draws: bool,
    /// Whether it asks for membership of groups.
    pub asks_groups: bool,
    /// Whether it reads the object's name.
    pub reads_dn: bool,
    /// Whether it reads the number of a candidate for a name.
    pub counts: bool,
}

/// What an expression gives for one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No contribution: the next rule by precedence is asked.
    Null,
    /// No value, and no other rule is asked.
    AuthoritativeNull,
    /// As if the flow were not there.
    Ignore,
    /// Values in the form in which directories hold them; never none.
    Values(Vec<Value>),
}

pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    pub(crate) span: Span,
}

pub(crate) enum NodeKind {
    Text(Box<str>),
    Number(i64),
    Boolean(bool),
    Null,
    AuthoritativeNull,
    Ignore,
    Attribute {
        slot: u16,
        read_as: Type,
    },
    Dn,
    Parameter {
        folded: Box<str>,
        read_as: Type,
    },
    NameNumber,
    Variable(usize),
    Each {
        call: EachFn,
        sees_null: bool,
        arguments: Box<[Node]>,
    },
    /// `IsPresent` of an attribute, by far the most frequent condition.
    Present {
        slot: u16,
        arguments: Box<[Node]>,
    },
    /// `IIF` of such a condition.
    Choice {
        slot: u16,
        call: FormFn,
        arguments: Box<[Node]>,
    },
    Whole {
        call: WholeFn,
        arguments: Box<[Node]>,
    },
    Form {
        call: FormFn,
        arguments: Box<[Node]>,
    },
    Binary {
        operator: Operator,
        operands: Box<(Node, Node)>,
    },
    Negate(Box<Node>),
}

impl Facts {
    /// Whether nothing but the values of attributes decides the value.
    fn is_of_attributes_alone(&self) -> bool {
        let Self { reads: _, parameters, reads_clock, draws, asks_groups, reads_dn, counts } = self;
        parameters.is_empty() && ![reads_clock, draws, asks_groups, reads_dn, counts].contains(&&true)
    }
}

impl Program {
    /// `slots` are those of the attributes that it reads.
    pub(crate) fn new(source: &str, node: Node, facts: Facts, slots: Box<[u16]>) -> Self {
        let reads = facts.reads.as_slice().into();
        let of_nothing = facts.is_of_attributes_alone().then(|| of_nothing(&node)).flatten();
        Self { inner: Arc::new(Inner { source: source.to_owned(), node, facts, reads, slots, of_nothing }) }
    }

    /// The attributes that it reads, each once.
    #[must_use]
    pub fn reads(&self) -> &[AttributeName] {
        &self.inner.facts.reads
    }

    /// The same to keep: sharing it costs nothing.
    #[must_use]
    pub fn shared_reads(&self) -> Arc<[AttributeName]> {
        self.inner.reads.clone()
    }

    /// All that is known of it without running it.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.inner.facts
    }

    /// The expression as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.inner.source
    }

    /// The expression's value for an object whose attributes fill these slots.
    ///
    /// # Errors
    /// [`EvalError`] where the expression says so (`Error`), where a value cannot be what is asked of it, or where a
    /// limit is met. It concerns this object alone.
    pub fn evaluate(
        &self,
        slots: &[Values<'_>],
        environment: &Environment<'_>,
    ) -> Result<Outcome, EvalError> {
        let absent = |slot: &u16| slots.get(usize::from(*slot)).is_none_or(Values::is_empty);
        if let Some(known) = &self.inner.of_nothing
            && self.inner.slots.iter().all(absent)
        {
            return Ok(known.clone());
        }
        let mut evaluation = Evaluation::new(slots, environment);
        if let Some(text) = evaluation.plain_text(&self.inner.node) {
            return Ok(if text.is_empty() {
                Outcome::Null
            } else {
                Outcome::Values(vec![Value::Text(text)])
            });
        }
        match evaluation.evaluate(&self.inner.node) {
            Ok(operand) => Ok(outcome(operand)),
            Err(failure) => Err(failure.into_error()),
        }
    }

    /// Whether the expression, as a condition, holds. No value counts as false; of a list, one true value is enough.
    ///
    /// # Errors
    /// As for [`Program::evaluate`].
    pub fn is_true(&self, slots: &[Values<'_>], environment: &Environment<'_>) -> Result<bool, EvalError> {
        let mut evaluation = Evaluation::new(slots, environment);
        evaluation.condition(&self.inner.node).map_err(crate::failure::Failure::into_error)
    }

    /// The value with every step on the way to it, innermost first.
    pub fn trace(
        &self,
        slots: &[Values<'_>],
        environment: &Environment<'_>,
    ) -> (Result<Outcome, EvalError>, Vec<Step>) {
        let mut evaluation = Evaluation::new(slots, environment);
        evaluation.trace = Some(Vec::new());
        let result = evaluation.evaluate(&self.inner.node);
        let steps = evaluation.trace.take().unwrap_or_default();
        (result.map(outcome).map_err(crate::failure::Failure::into_error), steps)
    }

    /// The value with its types, as it is before it takes the form of a directory.
    ///
    /// # Errors
    /// As for [`Program::evaluate`].
    pub fn typed(&self, slots: &[Values<'_>], environment: &Environment<'_>) -> Result<Typed, EvalError> {
        let mut evaluation = Evaluation::new(slots, environment);
        match evaluation.evaluate(&self.inner.node) {
            Ok(operand) => Ok(Typed::of(&operand)),
            Err(failure) => Err(failure.into_error()),
        }
    }

    /// The value as rows show it, or the error.
    pub fn shown(&self, slots: &[Values<'_>], environment: &Environment<'_>) -> Result<String, EvalError> {
        let mut evaluation = Evaluation::new(slots, environment);
        match evaluation.evaluate(&self.inner.node) {
            Ok(operand) => Ok(operand.shown()),
            Err(failure) => Err(failure.into_error()),
        }
    }
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.inner.source)
    }
}

/// Two programs are equal when they were written alike.
impl PartialEq for Program {
    fn eq(&self, other: &Self) -> bool {
        self.inner.source == other.inner.source
    }
}

/// The value where no attribute has one; none where that is an error.
fn of_nothing(node: &Node) -> Option<Outcome> {
    let parameters = Parameters::new();
    let environment = Environment {
        now: Timestamp::from_millis(0),
        parameters: &parameters,
        dn: None,
        seed: 0,
        number: None,
        groups: &NoGroups,
    };
    Evaluation::new(&[], &environment).evaluate(node).ok().map(outcome)
}

fn outcome(operand: Operand<'_>) -> Outcome {
    let values: Vec<Value> = match operand {
        Operand::AuthoritativeNull => return Outcome::AuthoritativeNull,
        Operand::Ignore => return Outcome::Ignore,
        Operand::One(scalar) => match scalar.into_value() {
            Some(value) => vec![value],
            None => return Outcome::Null,
        },
        Operand::Many(scalars) => scalars.into_iter().filter_map(crate::scalar::Scalar::into_value).collect(),
    };
    if values.is_empty() { Outcome::Null } else { Outcome::Values(values) }
}
