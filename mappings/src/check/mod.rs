//! From a tree to a program: names become slots and functions, types are compared, and all that is wrong is found at
//! once rather than the first thing only.

mod attributes;
mod calls;
mod operators;

use madrigal_model::AttributeName;

pub(crate) use attributes::Attributes;

use crate::codes;
use crate::diagnostic::Finding;
use crate::environment::ENGINE_PARAMETERS;
use crate::functions::Purity;
use crate::nearest::nearest;
use crate::program::{Facts, Node, NodeKind, Program};
use crate::slots::SlotTable;
use crate::syntax::{Expression, ExpressionKind, Literal, Span, parse};
use crate::types::{Count, Shape, Type};

/// A compiled expression with what was found on the way.
pub(crate) struct Checked {
    /// None where something is wrong.
    pub(crate) program: Option<Program>,
    pub(crate) shape: Shape,
    /// Calls of functions that are not pure.
    pub(crate) impure: Vec<(&'static str, Purity, Span)>,
    pub(crate) findings: Vec<Finding>,
}

/// Compiles an expression.
pub(crate) fn compile(
    source: &str,
    attributes: &Attributes,
    parameters: Option<&[String]>,
    slots: &mut SlotTable,
) -> Checked {
    let tree = match parse(source) {
        Ok(tree) => tree,
        Err(error) => {
            let code = if error.message.contains("MAX_") { codes::LIMIT } else { codes::SYNTAX };
            let findings = vec![Finding::error(code, error.span, error.message, error.help)];
            return Checked { program: None, shape: Shape::UNKNOWN, impure: Vec::new(), findings };
        }
    };
    let mut checker = Checker {
        attributes,
        parameters,
        slots,
        variables: Vec::new(),
        facts: Facts::default(),
        impure: Vec::new(),
        findings: Vec::new(),
    };
    let (node, shape) = checker.check_fate(&tree, true);
    let Checker { facts, impure, findings, slots, .. } = checker;
    let wrong = findings.iter().any(|finding| finding.severity == crate::diagnostic::Severity::Error);
    let program = (!wrong).then(|| {
        let read: Box<[u16]> = facts.reads.iter().map(|attribute| slots.slot(*attribute)).collect();
        Program::new(source, node, facts, read)
    });
    Checked { program, shape, impure, findings }
}

struct Checker<'c> {
    attributes: &'c Attributes,
    parameters: Option<&'c [String]>,
    slots: &'c mut SlotTable,
    variables: Vec<(String, Shape)>,
    facts: Facts,
    impure: Vec<(&'static str, Purity, Span)>,
    findings: Vec<Finding>,
}

/// What stands in for a part that is wrong: nothing more is found because of it.
const WRONG: (NodeKind, Shape) = (NodeKind::Null, Shape::UNKNOWN);

impl Checker<'_> {
    fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.findings.push(Finding::error(code, span, message, help));
    }

    fn warning(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.findings.push(Finding::warning(code, span, message, help));
    }

    /// A part that must give a value.
    fn check(&mut self, expression: &Expression) -> (Node, Shape) {
        self.check_fate(expression, false)
    }

    /// A part that may also say what becomes of the flow (`AuthoritativeNull`, `IgnoreThisFlow`), where that is allowed.
    fn check_fate(&mut self, expression: &Expression, fate: bool) -> (Node, Shape) {
        let span = expression.span;
        let (kind, shape) = match &expression.kind {
            ExpressionKind::Literal(literal) => self.literal(literal, span, fate),
            ExpressionKind::Attribute(name) => self.attribute(name, span),
            ExpressionKind::Parameter(name) => self.parameter(name, span),
            ExpressionKind::Variable(name) => self.variable(name, span),
            ExpressionKind::Word(word) => self.word(word, span),
            ExpressionKind::Group(inner) => {
                let (node, shape) = self.check_fate(inner, fate);
                (node.kind, shape)
            }
            ExpressionKind::Negate(inner) => {
                let (node, shape) = self.check(inner);
                self.must_fit(shape, Type::Number, inner.span, "behind the sign -");
                (NodeKind::Negate(Box::new(node)), Shape { of: Type::Number, ..shape })
            }
            ExpressionKind::Binary { operator, operator_span, left, right } => {
                self.binary(*operator, *operator_span, left, right)
            }
            ExpressionKind::Call { name, name_span, arguments } => {
                self.call(name, *name_span, arguments, fate)
            }
        };
        (Node { kind, span }, shape)
    }

    fn literal(&mut self, literal: &Literal, span: Span, fate: bool) -> (NodeKind, Shape) {
        match literal {
            Literal::Text(text) => (NodeKind::Text(text.as_str().into()), Shape::one(Type::Text)),
            Literal::Number(number) => (NodeKind::Number(*number), Shape::one(Type::Number)),
            Literal::Boolean(boolean) => (NodeKind::Boolean(*boolean), Shape::one(Type::Boolean)),
            Literal::Null => (NodeKind::Null, Shape::NULL),
            Literal::AuthoritativeNull | Literal::IgnoreThisFlow => {
                let (name, kind) = match literal {
                    Literal::AuthoritativeNull => ("AuthoritativeNull", NodeKind::AuthoritativeNull),
                    _ => ("IgnoreThisFlow", NodeKind::Ignore),
                };
                if !fate {
                    let message = format!("{name} says what becomes of the flow; it is no value");
                    self.error(
                        codes::LITERAL_OUT_OF_PLACE,
                        span,
                        message,
                        "use it as a result of IIF, Switch or Coalesce",
                    );
                }
                (kind, Shape::NULL)
            }
        }
    }

    fn attribute(&mut self, name: &str, span: Span) -> (NodeKind, Shape) {
        if name.eq_ignore_ascii_case("dn") {
            self.facts.reads_dn = true;
            return (NodeKind::Dn, Shape { nullable: true, ..Shape::one(Type::Reference) });
        }
        let Ok(attribute) = AttributeName::intern(name) else {
            self.error(
                codes::UNKNOWN_ATTRIBUTE,
                span,
                "too many attribute names",
                "no directory has more than 65,535",
            );
            return WRONG;
        };
        let (shape, findings) = self.attributes.look_up(attribute, name, span);
        self.findings.extend(findings);
        if !self.facts.reads.contains(&attribute) {
            self.facts.reads.push(attribute);
        }
        (NodeKind::Attribute { slot: self.slots.slot(attribute), read_as: shape.of }, shape)
    }

    fn parameter(&mut self, name: &str, span: Span) -> (NodeKind, Shape) {
        let folded = name.to_ascii_lowercase();
        if folded == "number" {
            self.facts.counts = true;
            return (NodeKind::NameNumber, Shape { nullable: true, ..Shape::one(Type::Number) });
        }
        let engine = || ENGINE_PARAMETERS.iter().map(|(name, _)| *name);
        let configured = self.parameters.unwrap_or_default();
        let known = engine()
            .chain(configured.iter().map(String::as_str))
            .any(|known| known.eq_ignore_ascii_case(name));
        if !known {
            let near =
                nearest(name, engine().chain(configured.iter().map(String::as_str))).map(str::to_owned);
            let message = format!("there is no parameter %{name}%");
            match (near, self.parameters) {
                (Some(near), _) => {
                    self.error(codes::UNKNOWN_PARAMETER, span, message, format!("did you mean %{near}%?"));
                }
                (None, Some(_)) => {
                    self.error(
                        codes::UNKNOWN_PARAMETER,
                        span,
                        message,
                        "give it a value in the configuration",
                    );
                }
                // Where no configuration is at hand, a parameter may well be in it.
                (None, None) => {}
            }
        }
        if !self.facts.parameters.contains(&folded) {
            self.facts.parameters.push(folded.clone());
        }
        (NodeKind::Parameter { folded: folded.into(), read_as: Type::Any }, Shape::UNKNOWN)
    }

    fn variable(&mut self, name: &str, span: Span) -> (NodeKind, Shape) {
        match self.variables.iter().rposition(|(known, _)| known == name) {
            Some(at) => {
                let shape = self.variables.get(at).map_or(Shape::UNKNOWN, |(_, shape)| *shape);
                (NodeKind::Variable(at), shape)
            }
            None => {
                let near = nearest(name, self.variables.iter().map(|(known, _)| known.as_str()));
                let help = match near {
                    Some(near) => format!("did you mean ${near}?"),
                    None => "a variable is named first by Select, Where or With, and known only inside it"
                        .to_owned(),
                };
                self.error(codes::UNKNOWN_VARIABLE, span, format!("there is no variable ${name} here"), help);
                WRONG
            }
        }
    }

    fn word(&mut self, word: &str, span: Span) -> (NodeKind, Shape) {
        const LITERALS: &[&str] = &["True", "False", "NULL", "AuthoritativeNull", "IgnoreThisFlow", "CRLF"];
        let functions = || crate::functions::ALL.iter().map(|function| function.name);
        let help = if let Some(literal) = nearest(word, LITERALS.iter().copied()) {
            format!("did you mean {literal}?")
        } else if let Some(function) = nearest(word, functions()) {
            format!("did you mean the function {function}(…)?")
        } else {
            format!("write an attribute as [{word}], text as \"{word}\"")
        };
        self.error(codes::SYNTAX, span, format!("{word:?} has no meaning of its own"), help);
        WRONG
    }

    /// Finds fault where a part's type cannot be what is wanted.
    fn must_fit(&mut self, shape: Shape, wanted: Type, span: Span, place: &str) {
        if shape.of.fits(wanted) {
            return;
        }
        let help = match (shape.of, wanted) {
            (Type::Text, Type::Number) => "CNum turns text into a number",
            (Type::Text, Type::Time) => "CDate turns text into a time",
            (Type::Number, Type::Time) => "DateFromNum turns a directory's number into a time",
            (Type::Number, Type::Boolean) => "compare it, or turn it with CBool",
            (Type::Time, Type::Text) => "FormatDateTime turns a time into text",
            (Type::Time, Type::Number) => "NumFromDate turns a time into a directory's number",
            (Type::Bytes, Type::Text) => {
                "ConvertToBase64, StringFromGuid and StringFromSid turn octets into text"
            }
            (_, Type::Text) => "CStr turns it into text",
            (_, Type::Boolean) => "compare it, or ask with IsPresent",
            (Type::Text, Type::Reference) => "CRef turns text into a reference",
            _ => "",
        };
        let message = format!("{wanted} is needed {place}, and this is {}", shape.of);
        self.error(codes::WRONG_TYPE, span, message, help);
    }
}

/// The number of results where each value of the operands gives one.
fn count_each(shapes: &[Shape]) -> Count {
    shapes.iter().fold(Count::One, |count, shape| count.each(shape.count))
}
