//! Calls: which function, how many arguments, of which types, and what comes out.

use super::{Checker, WRONG, count_each};
use crate::codes;
use crate::functions::{self, Call, Function, Kind, Parameter, Purity};
use crate::nearest::nearest;
use crate::program::{Node, NodeKind};
use crate::syntax::{Expression, ExpressionKind, Literal, Span};
use crate::types::{Count, Shape, Type};

/// An argument with the parameter in whose place it stands.
type Given = (&'static Parameter, Shape);

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        name: &str,
        name_span: Span,
        arguments: &[Expression],
        fate: bool,
    ) -> (NodeKind, Shape) {
        let Some(function) = functions::find(name) else {
            self.unknown_function(name, name_span);
            for argument in arguments.iter().filter(|a| !matches!(a.kind, ExpressionKind::Word(_))) {
                if !self.is_new_variable(argument) {
                    self.check(argument);
                }
            }
            return WRONG;
        };
        self.count_arguments(function, name_span, arguments.len());
        self.note_purity(function, name_span);
        let variables_before = self.variables.len();
        let mut nodes = Vec::with_capacity(arguments.len());
        let mut given: Vec<Given> = Vec::with_capacity(arguments.len());
        let mut pending: Option<(String, Kind)> = None;
        for (at, argument) in arguments.iter().enumerate() {
            let Some(parameter) = function.parameter(at) else { break };
            if matches!(parameter.kind, Kind::EachVariable | Kind::WholeVariable) {
                pending = self.new_variable(argument, parameter.kind);
                continue;
            }
            let (node, shape) = self.argument(function, parameter, argument, fate);
            if let Some((name, kind)) = pending.take() {
                let of_each = Shape { count: Count::One, nullable: false, ..shape };
                self.variables.push((name, if kind == Kind::EachVariable { of_each } else { shape }));
            }
            nodes.push(node);
            given.push((parameter, shape));
        }
        self.variables.truncate(variables_before);
        let arguments = nodes.into_boxed_slice();
        let kind = match function.call {
            Call::Each(call) => NodeKind::Each { call, sees_null: false, arguments },
            Call::EachOrNull(call) => NodeKind::Each { call, sees_null: true, arguments },
            Call::Whole(call, _) => match asked_slot(function, &arguments) {
                Some(slot) => NodeKind::Present { slot, arguments },
                None => NodeKind::Whole { call, arguments },
            },
            Call::Form(call) => match arguments.first() {
                Some(Node { kind: NodeKind::Present { slot, .. }, .. }) if function.name == "IIF" => {
                    NodeKind::Choice { slot: *slot, call, arguments }
                }
                _ => NodeKind::Form { call, arguments },
            },
        };
        (kind, result(function, &given))
    }

    fn unknown_function(&mut self, name: &str, span: Span) {
        let near = nearest(name, functions::ALL.iter().map(|function| function.name));
        let help = near.map_or_else(
            || "the reference lists all functions".to_owned(),
            |near| format!("did you mean {near}?"),
        );
        self.error(codes::UNKNOWN_FUNCTION, span, format!("there is no function {name}"), help);
    }

    fn count_arguments(&mut self, function: &Function, span: Span, count: usize) {
        let (least, most) = function.arity();
        let pairs_broken = function.name == "Switch" && count % 2 == 1;
        if count >= least && most.is_none_or(|most| count <= most) && !pairs_broken {
            return;
        }
        let wanted = match most {
            _ if pairs_broken => "pairs of a condition and a value".to_owned(),
            Some(most) if most == least && least == 1 => "1 argument".to_owned(),
            Some(0) => "no argument".to_owned(),
            Some(most) if most == least => format!("{least} arguments"),
            Some(most) => format!("{least} to {most} arguments"),
            None => format!("at least {least} argument{}", if least == 1 { "" } else { "s" }),
        };
        let message = format!(
            "{} takes {wanted}, and {count} {} given",
            function.name,
            if count == 1 { "is" } else { "are" }
        );
        self.error(codes::WRONG_NUMBER_OF_ARGUMENTS, span, message, function.signature());
    }

    fn note_purity(&mut self, function: &'static Function, span: Span) {
        match function.purity {
            Purity::Pure => {}
            Purity::Clock => self.facts.reads_clock = true,
            Purity::Drawn => self.facts.draws = true,
        }
        if function.purity != Purity::Pure {
            self.impure.push((function.name, function.purity, span));
        }
        if function.name == "IsMemberOf" {
            self.facts.asks_groups = true;
        }
    }

    fn is_new_variable(&self, argument: &Expression) -> bool {
        matches!(&argument.kind, ExpressionKind::Variable(name) if !self.variables.iter().any(|(known, _)| known == name))
    }

    fn new_variable(&mut self, argument: &Expression, kind: Kind) -> Option<(String, Kind)> {
        if let ExpressionKind::Variable(name) = &argument.kind {
            return Some((name.clone(), kind));
        }
        let message = "a variable's name must stand here";
        self.error(codes::UNKNOWN_VARIABLE, argument.span, message, "for example $item");
        Some((String::new(), kind))
    }

    fn argument(
        &mut self,
        function: &'static Function,
        parameter: &'static Parameter,
        argument: &Expression,
        fate: bool,
    ) -> (Node, Shape) {
        match parameter.kind {
            Kind::Option(words) => return self.option(function, words, argument),
            Kind::AttributeName => return self.attribute_name(function, argument),
            _ => {}
        }
        let (node, shape) = self.check_fate(argument, fate && parameter.kind == Kind::Branch);
        let place = format!("as {} of {}", parameter.name, function.name);
        match parameter.kind {
            Kind::Value(wanted) | Kind::List(wanted) => self.must_fit(shape, wanted, argument.span, &place),
            Kind::TextOrBytes if shape.of == Type::Bytes => {}
            Kind::TextOrReference if shape.of == Type::Reference => {}
            Kind::TextOrBytes | Kind::TextOrReference => {
                self.must_fit(shape, Type::Text, argument.span, &place);
            }
            Kind::Condition if shape.of == Type::Number => {}
            Kind::Condition => self.must_fit(shape, Type::Boolean, argument.span, &place),
            _ => {}
        }
        (node, shape)
    }

    fn option(
        &mut self,
        function: &Function,
        words: &'static [&'static str],
        argument: &Expression,
    ) -> (Node, Shape) {
        let span = argument.span;
        let shape = Shape::one(Type::Text);
        let word = match &argument.kind {
            ExpressionKind::Word(word) | ExpressionKind::Literal(Literal::Text(word)) => word.as_str(),
            _ => "",
        };
        if let Some(known) = words.iter().find(|known| **known == word) {
            return (Node { kind: NodeKind::Text((*known).into()), span }, shape);
        }
        let help = match nearest(word, words.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("it is one of {}", words.join(", ")),
        };
        self.error(codes::UNKNOWN_OPTION, span, format!("{} has no such option", function.name), help);
        (Node { kind: NodeKind::Null, span }, shape)
    }

    fn attribute_name(&mut self, function: &Function, argument: &Expression) -> (Node, Shape) {
        let span = argument.span;
        let ExpressionKind::Literal(Literal::Text(name)) = &argument.kind else {
            let message = format!("{} takes an attribute's name in quotes", function.name);
            let help = match &argument.kind {
                ExpressionKind::Attribute(name) => format!("write \"{name}\" instead of [{name}]"),
                _ => "for example \"proxyAddresses\"".to_owned(),
            };
            self.error(codes::WRONG_TYPE, span, message, help);
            return (Node { kind: NodeKind::Null, span }, Shape::UNKNOWN);
        };
        let (kind, shape) = self.attribute(name, span);
        (Node { kind, span }, shape)
    }
}

/// The slot of which `IsPresent` asks, where it asks of an attribute alone. An empty reference counts as a value, so a
/// reference is asked for in the general way.
fn asked_slot(function: &Function, arguments: &[Node]) -> Option<u16> {
    match arguments {
        [Node { kind: NodeKind::Attribute { slot, read_as }, .. }]
            if function.name == "IsPresent" && *read_as != Type::Reference =>
        {
            Some(*slot)
        }
        _ => None,
    }
}

/// What a function gives for arguments of these shapes.
fn result(function: &Function, given: &[Given]) -> Shape {
    let shapes = |wanted: fn(&Kind) -> bool| -> Vec<Shape> {
        given.iter().filter(|(parameter, _)| wanted(&parameter.kind)).map(|(_, shape)| *shape).collect()
    };
    let first = given.first().map_or(Type::Any, |(_, shape)| shape.of);
    let of = if function.result == Type::Any { first } else { function.result };
    match function.call {
        Call::Each(_) | Call::EachOrNull(_) => {
            let all: Vec<Shape> = given.iter().map(|(_, shape)| *shape).collect();
            let sees_null = matches!(function.call, Call::EachOrNull(_));
            let nullable = function.may_be_null || (!sees_null && all.iter().any(|shape| shape.nullable));
            Shape { of, count: count_each(&all), nullable }
        }
        Call::Whole(_, count) => Shape { of, count, nullable: function.may_be_null },
        Call::Form(_) => {
            let branches = shapes(|kind| matches!(kind, Kind::Branch | Kind::AttributeName));
            let Some(first_branch) = branches.first() else {
                return Shape {
                    of,
                    count: if of == Type::Boolean { Count::One } else { Count::Unknown },
                    nullable: function.may_be_null,
                };
            };
            let mut shape = branches.iter().skip(1).fold(*first_branch, |shape, branch| shape.or(*branch));
            let by_value = function.parameters.iter().any(|p| p.kind == Kind::EachVariable);
            let conditions = shapes(|kind| matches!(kind, Kind::Condition));
            shape.count = match count_each(&conditions) {
                _ if by_value => Count::Many,
                Count::Many => Count::Many,
                Count::Unknown if shape.count == Count::One => Count::Unknown,
                _ => shape.count,
            };
            shape.nullable |= function.may_be_null;
            shape
        }
    }
}
