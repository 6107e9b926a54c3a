//! Running a compiled expression. Total: no panic, bounded work, bounded output.

use std::borrow::Cow;

use madrigal_model::{ValueRef, Values};

use crate::codes;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::functions::{Arguments, EachFn, WholeFn};
use crate::limits::{MAX_VALUE_OCTETS, MAX_VALUES, MAX_WORK};
use crate::program::{Node, NodeKind};
use crate::scalar::{Operand, Scalar};
use crate::syntax::{Operator, Span};
use crate::types::Type;

/// One step of a traced evaluation: a part of the expression and what it gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The part.
    pub span: Span,
    /// Its value, as an expression would write it, or the error.
    pub value: String,
}

/// What a condition gives.
pub(crate) enum Truth<'a> {
    /// True, False or no value.
    One(Option<bool>),
    /// A list, of which each value is a condition.
    Many(Vec<Scalar<'a>>),
}

/// The most arguments of a function that is called value by value or with whole lists.
const MOST_ARGUMENTS: usize = 4;

pub(crate) struct Evaluation<'a> {
    slots: &'a [Values<'a>],
    pub(crate) environment: &'a Environment<'a>,
    pub(crate) variables: Vec<Operand<'a>>,
    pub(crate) trace: Option<Vec<Step>>,
    work: u64,
    /// How many values were drawn so far: each gets another one.
    pub(crate) drawn: u32,
}

impl<'a> Evaluation<'a> {
    pub(crate) fn new(slots: &'a [Values<'a>], environment: &'a Environment<'a>) -> Self {
        Self { slots, environment, variables: Vec::new(), trace: None, work: 0, drawn: 0 }
    }

    /// The node's value.
    #[inline]
    pub(crate) fn evaluate(&mut self, node: &'a Node) -> Result<Operand<'a>, Failure> {
        if self.trace.is_none() {
            // What most operands are needs no way through all kinds of nodes.
            match &node.kind {
                NodeKind::Attribute { slot, read_as } => return Ok(self.attribute(*slot, *read_as)),
                NodeKind::Text(text) => return Ok(Operand::One(Scalar::Text(Cow::Borrowed(text)))),
                NodeKind::Null => return Ok(Operand::NULL),
                _ => {}
            }
        }
        self.evaluate_any(node)
    }

    fn evaluate_any(&mut self, node: &'a Node) -> Result<Operand<'a>, Failure> {
        let result = self.evaluate_kind(node);
        if result.is_err() || self.trace.is_some() {
            return self.noted(node, result);
        }
        result
    }

    /// True, False or no value of a condition that is no list; none where it is a list, which is then given back.
    #[inline]
    pub(crate) fn truth(&mut self, node: &'a Node) -> Result<Truth<'a>, Failure> {
        if let NodeKind::Present { slot, .. } = &node.kind
            && self.trace.is_none()
        {
            return Ok(Truth::One(Some(self.is_present(*slot))));
        }
        Ok(match self.evaluate(node)? {
            Operand::One(scalar) => Truth::One(scalar.truth().map_err(|failure| failure.at(node.span))?),
            Operand::Many(scalars) => Truth::Many(scalars),
            Operand::AuthoritativeNull | Operand::Ignore => Truth::One(None),
        })
    }

    /// The text that a node is, where it is text in quotes or an attribute of one value that is text.
    #[inline]
    fn text(&self, node: &'a Node) -> Option<&'a str> {
        match &node.kind {
            NodeKind::Text(text) => Some(text),
            NodeKind::Attribute { slot, read_as: Type::Text | Type::Any } => {
                let values = self.slots.get(usize::from(*slot)).filter(|values| values.len() == 1)?;
                match values.first()? {
                    ValueRef::Text(text) => Some(text),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether a slot has a value other than empty text.
    #[inline]
    fn is_present(&self, slot: u16) -> bool {
        self.slots.get(usize::from(slot)).is_some_and(Values::have_content)
    }

    /// The value of what most expressions are, at once as text: text in quotes, an attribute of one value, the one put
    /// to the other, or a choice among these; empty for no value. None for every other expression.
    pub(crate) fn plain_text(&self, node: &'a Node) -> Option<Box<str>> {
        let mut node = node;
        while let NodeKind::Choice { slot, arguments, .. } = &node.kind {
            let [_, if_true, if_false] = arguments.as_ref() else { return None };
            node = if self.is_present(*slot) { if_true } else { if_false };
        }
        match &node.kind {
            NodeKind::Null => Some(Box::default()),
            NodeKind::Binary { operator: Operator::Concatenate, operands } => {
                let (one, other) = (self.text(&operands.0)?, self.text(&operands.1)?);
                let length = one.len() + other.len();
                (length <= MAX_VALUE_OCTETS).then(|| put_together(one, other).into_boxed_str())
            }
            _ => self.text(node).map(Box::from),
        }
    }

    /// Gives an error its place, and a trace its step: apart from the way of all other evaluations.
    #[cold]
    fn noted(&mut self, node: &Node, result: Result<Operand<'a>, Failure>) -> Result<Operand<'a>, Failure> {
        let result = result.map_err(|failure| failure.at(node.span));
        if let Some(trace) = &mut self.trace {
            let value = match &result {
                Ok(operand) => operand.shown(),
                Err(_) => "error".to_owned(),
            };
            trace.push(Step { span: node.span, value });
        }
        result
    }

    fn evaluate_kind(&mut self, node: &'a Node) -> Result<Operand<'a>, Failure> {
        Ok(Operand::One(match &node.kind {
            NodeKind::Text(text) => Scalar::Text(Cow::Borrowed(text)),
            NodeKind::Number(number) => Scalar::Number(*number),
            NodeKind::Boolean(boolean) => Scalar::Boolean(*boolean),
            NodeKind::Null => Scalar::Null,
            NodeKind::AuthoritativeNull => return Ok(Operand::AuthoritativeNull),
            NodeKind::Ignore => return Ok(Operand::Ignore),
            NodeKind::Attribute { slot, read_as } => return Ok(self.attribute(*slot, *read_as)),
            NodeKind::Dn => match self.environment.dn {
                Some(dn) => Scalar::Reference(dn.as_str().into()),
                None => Scalar::Null,
            },
            NodeKind::Parameter { folded, read_as } => return Ok(self.parameter(folded, *read_as)),
            NodeKind::NameNumber => match self.environment.number {
                Some(number) => Scalar::Number(i64::from(number)),
                None => Scalar::Null,
            },
            NodeKind::Variable(at) => return Ok(self.variables.get(*at).cloned().unwrap_or(Operand::NULL)),
            NodeKind::Each { call, sees_null, arguments } => return self.each(*call, *sees_null, arguments),
            NodeKind::Present { slot, arguments } => {
                if self.trace.is_some() {
                    self.operands(arguments)?;
                }
                Scalar::Boolean(self.is_present(*slot))
            }
            NodeKind::Choice { slot, call, arguments } => {
                if self.trace.is_none()
                    && let [_, if_true, if_false] = arguments.as_ref()
                {
                    return self.evaluate(if self.is_present(*slot) { if_true } else { if_false });
                }
                return call(arguments, self);
            }
            NodeKind::Whole { call, arguments } => {
                if let [only] = arguments.as_ref() {
                    let operand = self.evaluate(only)?;
                    return call(std::slice::from_ref(&operand), self);
                }
                return self.whole(*call, arguments);
            }
            NodeKind::Form { call, arguments } => return call(arguments, self),
            NodeKind::Binary { operator, operands } => {
                return self.binary(*operator, &operands.0, &operands.1);
            }
            NodeKind::Negate(inner) => return self.each_of_one(inner, negate),
        }))
    }

    /// Whether the node holds as a condition: see [`crate::Program::is_true`].
    pub(crate) fn condition(&mut self, node: &'a Node) -> Result<bool, Failure> {
        match self.truth(node)? {
            Truth::One(truth) => Ok(truth == Some(true)),
            Truth::Many(scalars) => {
                for scalar in &scalars {
                    if scalar.truth().map_err(|failure| failure.at(node.span))? == Some(true) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }

    /// Accounts for work before it is done.
    pub(crate) fn charge(&mut self, work: usize) -> Result<(), Failure> {
        self.work = self.work.saturating_add(work as u64);
        if self.work > MAX_WORK {
            return Err(Failure::limit("MAX_WORK", MAX_WORK, "this evaluation takes too much work"));
        }
        Ok(())
    }

    /// Accounts for a value of so many octets before it is made.
    pub(crate) fn charge_value(&mut self, octets: usize) -> Result<(), Failure> {
        if octets > MAX_VALUE_OCTETS {
            return Err(Failure::limit(
                "MAX_VALUE_OCTETS",
                MAX_VALUE_OCTETS as u64,
                "the value becomes too long",
            ));
        }
        self.charge(octets)
    }

    /// Accounts for a list of so many values before it is made.
    pub(crate) fn charge_values(&mut self, count: usize) -> Result<(), Failure> {
        if count > MAX_VALUES {
            return Err(Failure::limit("MAX_VALUES", MAX_VALUES as u64, "the list becomes too long"));
        }
        self.charge(count)
    }

    /// The next value that is drawn for this identity and target: the same in every run.
    pub(crate) fn draw(&mut self) -> u128 {
        self.drawn += 1;
        let half = |salt: u64| {
            let low = u64::try_from(self.environment.seed & u128::from(u64::MAX)).unwrap_or(0);
            let high = u64::try_from(self.environment.seed >> 64).unwrap_or(0);
            mixed(mixed(mixed(low ^ salt) ^ high) ^ u64::from(self.drawn))
        };
        u128::from(half(0x9e37_79b9_7f4a_7c15)) << 64 | u128::from(half(0xd1b5_4a32_d192_ed03))
    }

    #[inline]
    fn attribute(&self, slot: u16, read_as: Type) -> Operand<'a> {
        let Some(values) = self.slots.get(usize::from(slot)) else { return Operand::NULL };
        match values.len() {
            0 => Operand::NULL,
            1 => Operand::One(values.first().map_or(Scalar::Null, |value| Scalar::read(value, read_as))),
            _ => list_of(values, read_as),
        }
    }

    fn parameter(&self, folded: &str, read_as: Type) -> Operand<'a> {
        let values = self.environment.parameters.folded(folded);
        match values {
            [] => Operand::NULL,
            [only] => Operand::One(Scalar::read(only.as_ref(), read_as)),
            several => {
                Operand::Many(several.iter().map(|value| Scalar::read(value.as_ref(), read_as)).collect())
            }
        }
    }

    /// Calls a function with whole lists; apart, so that the way of all other nodes needs no room for operands.
    #[inline(never)]
    fn whole(&mut self, call: WholeFn, arguments: &'a [Node]) -> Result<Operand<'a>, Failure> {
        let (operands, count) = self.operands(arguments)?;
        call(operands.get(..count).unwrap_or_default(), self)
    }

    fn operands(&mut self, nodes: &'a [Node]) -> Result<([Operand<'a>; MOST_ARGUMENTS], usize), Failure> {
        let mut operands = [const { Operand::NULL }; MOST_ARGUMENTS];
        for (operand, node) in operands.iter_mut().zip(nodes) {
            *operand = self.evaluate(node)?;
        }
        Ok((operands, nodes.len().min(MOST_ARGUMENTS)))
    }

    #[inline]
    fn each(&mut self, call: EachFn, sees_null: bool, nodes: &'a [Node]) -> Result<Operand<'a>, Failure> {
        match nodes {
            [only] => self.each_of_only(call, sees_null, only),
            several => self.each_of_several(call, sees_null, several),
        }
    }

    #[inline(never)]
    fn each_of_several(
        &mut self,
        call: EachFn,
        sees_null: bool,
        nodes: &'a [Node],
    ) -> Result<Operand<'a>, Failure> {
        let (operands, count) = self.operands(nodes)?;
        let operands = operands.get(..count).unwrap_or_default();
        let length = common_length(operands)?;
        let mut scalars = [const { Scalar::Null }; MOST_ARGUMENTS];
        let Some(length) = length else {
            for (scalar, operand) in scalars.iter_mut().zip(operands) {
                *scalar = one_of(operand, 0);
            }
            return self
                .call_each(call, sees_null, scalars.get(..count).unwrap_or_default())
                .map(Operand::One);
        };
        self.charge_values(length)?;
        let mut results = Vec::with_capacity(length);
        for at in 0..length {
            for (scalar, operand) in scalars.iter_mut().zip(operands) {
                *scalar = one_of(operand, at);
            }
            results.push(self.call_each(call, sees_null, scalars.get(..count).unwrap_or_default())?);
        }
        Ok(Operand::Many(results))
    }

    /// The same with one argument, which most functions have.
    fn each_of_only(
        &mut self,
        call: EachFn,
        sees_null: bool,
        node: &'a Node,
    ) -> Result<Operand<'a>, Failure> {
        match self.evaluate(node)? {
            Operand::One(scalar) => {
                self.call_each(call, sees_null, std::slice::from_ref(&scalar)).map(Operand::One)
            }
            Operand::Many(scalars) => {
                self.charge_values(scalars.len())?;
                let each = |scalar| self.call_each(call, sees_null, std::slice::from_ref(scalar));
                scalars.iter().map(each).collect::<Result<_, _>>().map(Operand::Many)
            }
            Operand::AuthoritativeNull | Operand::Ignore => {
                self.call_each(call, sees_null, &[Scalar::Null]).map(Operand::One)
            }
        }
    }

    fn call_each(
        &mut self,
        call: EachFn,
        sees_null: bool,
        scalars: &[Scalar<'a>],
    ) -> Result<Scalar<'a>, Failure> {
        if !sees_null && scalars.iter().any(Scalar::is_null) {
            return Ok(Scalar::Null);
        }
        let result = call(Arguments(scalars), self)?;
        if let Scalar::Text(Cow::Owned(text)) = &result {
            self.charge_value(text.len())?;
        }
        Ok(result)
    }

    fn each_of_one(
        &mut self,
        node: &'a Node,
        call: fn(Scalar<'a>) -> Result<Scalar<'a>, Failure>,
    ) -> Result<Operand<'a>, Failure> {
        Ok(match self.evaluate(node)? {
            Operand::One(scalar) => Operand::One(call(scalar)?),
            Operand::Many(scalars) => Operand::Many(scalars.into_iter().map(call).collect::<Result<_, _>>()?),
            Operand::AuthoritativeNull | Operand::Ignore => Operand::NULL,
        })
    }

    fn binary(
        &mut self,
        operator: Operator,
        left: &'a Node,
        right: &'a Node,
    ) -> Result<Operand<'a>, Failure> {
        if operator == Operator::Concatenate
            && self.trace.is_none()
            && let (Some(one), Some(other)) = (self.text(left), self.text(right))
        {
            return self.put_together(one, other).map(Operand::One);
        }
        let left_operand = self.evaluate(left)?;
        if let Operand::One(scalar) = &left_operand {
            // Not asked for where the left side decides.
            match operator {
                Operator::And if scalar.truth()? == Some(false) => {
                    return Ok(Operand::One(Scalar::Boolean(false)));
                }
                Operator::Or if scalar.truth()? == Some(true) => {
                    return Ok(Operand::One(Scalar::Boolean(true)));
                }
                _ => {}
            }
        }
        let operands = match (left_operand, self.evaluate(right)?) {
            (Operand::One(left), Operand::One(right)) => {
                return self.apply(operator, left, right).map(Operand::One);
            }
            (left, right) => [left, right],
        };
        let Some(length) = common_length(&operands)? else {
            let [left, right] = operands;
            return self.apply(operator, only(left), only(right)).map(Operand::One);
        };
        self.charge_values(length)?;
        let [left, right] = &operands;
        let apply = |at| self.apply(operator, one_of(left, at), one_of(right, at));
        (0..length).map(apply).collect::<Result<_, _>>().map(Operand::Many)
    }

    fn apply(
        &mut self,
        operator: Operator,
        left: Scalar<'a>,
        right: Scalar<'a>,
    ) -> Result<Scalar<'a>, Failure> {
        match operator {
            Operator::Concatenate => self.concatenate(left, right),
            Operator::Add | Operator::Subtract | Operator::Multiply => arithmetic(operator, &left, &right),
            Operator::And => Ok(truth_value(and(left.truth()?, right.truth()?))),
            Operator::Or => Ok(truth_value(or(left.truth()?, right.truth()?))),
            _ => Ok(truth_value(left.compare(operator, &right)?)),
        }
    }

    /// Text with text, octets with octets; no value adds nothing, a number is written in decimal.
    fn concatenate(&mut self, left: Scalar<'a>, right: Scalar<'a>) -> Result<Scalar<'a>, Failure> {
        Ok(match (left, right) {
            (Scalar::Null, Scalar::Number(number)) | (Scalar::Number(number), Scalar::Null) => {
                Scalar::text(number.to_string())
            }
            (Scalar::Null, other) | (other, Scalar::Null) => other,
            (Scalar::Bytes(one), Scalar::Bytes(other)) => {
                self.charge_value(one.len() + other.len())?;
                Scalar::Bytes(Cow::Owned([one, other].concat()))
            }
            (one, other) => {
                let (one, other) = (part(&one)?, part(&other)?);
                return self.put_together(&one, &other);
            }
        })
    }

    fn put_together(&mut self, one: &str, other: &str) -> Result<Scalar<'a>, Failure> {
        self.charge_value(one.len() + other.len())?;
        Ok(Scalar::Text(Cow::Owned(put_together(one, other))))
    }
}

fn put_together(one: &str, other: &str) -> String {
    let mut text = String::with_capacity(one.len() + other.len());
    text.push_str(one);
    text.push_str(other);
    text
}

#[inline(never)]
fn list_of<'a>(values: &Values<'a>, read_as: Type) -> Operand<'a> {
    Operand::Many(values.iter().map(|value| Scalar::read(value, read_as)).collect())
}

/// Every bit of the input changes about half of the output's (the finisher of SplitMix64).
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// The text that a value adds to a concatenation.
fn part<'s>(scalar: &'s Scalar<'_>) -> Result<Cow<'s, str>, Failure> {
    match scalar {
        Scalar::Text(text) | Scalar::Reference(text) => Ok(Cow::Borrowed(text)),
        Scalar::Number(number) => Ok(Cow::Owned(number.to_string())),
        other => Err(Failure::wrong_type(Type::Text, other)),
    }
}

fn arithmetic<'a>(operator: Operator, left: &Scalar<'a>, right: &Scalar<'a>) -> Result<Scalar<'a>, Failure> {
    if left.is_null() || right.is_null() {
        return Ok(Scalar::Null);
    }
    let operands = [left.clone(), right.clone()];
    let arguments = Arguments(&operands);
    let (one, other) = (arguments.number(0)?, arguments.number(1)?);
    let result = match operator {
        Operator::Add => one.checked_add(other),
        Operator::Subtract => one.checked_sub(other),
        _ => one.checked_mul(other),
    };
    let overflow =
        || Failure::new(codes::OVERFLOW, format!("{one} {operator} {other} needs more than 64 bits"));
    result.map(Scalar::Number).ok_or_else(overflow)
}

fn negate(scalar: Scalar<'_>) -> Result<Scalar<'_>, Failure> {
    arithmetic(Operator::Subtract, &Scalar::Number(0), &scalar)
}

fn and(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn or(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

fn truth_value<'a>(truth: Option<bool>) -> Scalar<'a> {
    truth.map_or(Scalar::Null, Scalar::Boolean)
}

fn only(operand: Operand<'_>) -> Scalar<'_> {
    match operand {
        Operand::One(scalar) => scalar,
        _ => Scalar::Null,
    }
}

/// The value at a place of a list; one value stands at every place.
pub(crate) fn one_of<'a>(operand: &Operand<'a>, at: usize) -> Scalar<'a> {
    match operand {
        Operand::One(scalar) => scalar.clone(),
        Operand::Many(scalars) => scalars.get(at).cloned().unwrap_or(Scalar::Null),
        Operand::AuthoritativeNull | Operand::Ignore => Scalar::Null,
    }
}

/// The length that the lists among the operands share; none where there is no list.
pub(crate) fn common_length(operands: &[Operand<'_>]) -> Result<Option<usize>, Failure> {
    let mut length = None;
    for operand in operands {
        let Operand::Many(scalars) = operand else { continue };
        match length {
            Some(known) if known != scalars.len() => {
                let message =
                    format!("lists of {known} and {} values cannot be taken value by value", scalars.len());
                return Err(Failure::new(codes::UNEQUAL_LISTS, message));
            }
            _ => length = Some(scalars.len()),
        }
    }
    Ok(length)
}
