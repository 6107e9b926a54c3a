//! Raw rules to rules: words to what they stand for, expressions to programs.

use std::collections::BTreeMap;

use madrigal_model::{AttributeName, AttributeSchema};

use super::load::{Loaded, Surroundings};
use super::raw::{RawCondition, RawJoin, RawName, RawRule, Text};
use super::{
    Condition, Direction, ENGINE_ATTRIBUTES, Flow, FlowMode, JoinGroup, LinkType, NameRule, Rule, RuleSet,
};
use crate::check::{Attributes, Checked, compile};
use crate::codes;
use crate::diagnostic::Finding;
use crate::functions::Purity;
use crate::nearest::nearest;
use crate::program::Program;
use crate::slots::SlotTable;
use crate::syntax::Span;
use crate::types::{Count, Shape, Type};

/// The object types of directories.
const DIRECTORY_TYPES: &[&str] = &["user", "contact", "group", "dynamic-group"];
/// The types of identities.
const NEUTRAL_TYPES: &[&str] = &["person", "group", "room", "contact"];
/// The object types that export rules write.
const TARGET_TYPES: &[&str] = &["contact", "user", "group"];
/// The kinds of connector.
const CONNECTOR_KINDS: &[&str] = &["active-directory", "ldap", "ldif", "microsoft-365", "memory"];

/// Where an expression stands, which decides what it may do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Scope and joins: may ask the time, may not draw.
    Decision,
    /// Names and values at creation: may do all.
    Once,
    /// Enforced flows: must be pure.
    Enforced,
}

pub(super) struct Compiler<'c> {
    loaded: &'c mut Loaded,
    parameters: Option<&'c [String]>,
    attributes: Attributes,
    slots: SlotTable,
}

impl<'c> Compiler<'c> {
    pub(super) fn new(loaded: &'c mut Loaded, surroundings: &Surroundings<'c>) -> Self {
        let mut attributes = Attributes::default();
        if let Some(names) = surroundings.source_attributes {
            attributes.closed = Some("the source's schema");
            for name in names.iter().filter_map(|name| AttributeName::intern(name).ok()) {
                let schema = AttributeSchema::of(name);
                let known = AttributeSchema::is_known(name);
                attributes
                    .shapes
                    .insert(name, if known { Shape::of_attribute(&schema) } else { Shape::UNKNOWN });
            }
        }
        Self { loaded, parameters: surroundings.parameters, attributes, slots: SlotTable::default() }
    }

    pub(super) fn compile(&mut self, name: &str, raw: &[RawRule]) -> RuleSet {
        let of = |wanted: Direction| {
            raw.iter().filter(move |rule| direction(&rule.direction.value) == Some(wanted))
        };
        for rule in raw.iter().filter(|rule| direction(&rule.direction.value).is_none()) {
            if !rule.direction.value.is_empty() {
                self.unknown_word(&rule.direction, "direction", &["in", "out", "write-back"]);
            }
        }
        let mut shapes: BTreeMap<AttributeName, Shape> = BTreeMap::new();
        let mut import: Vec<Rule> = Vec::new();
        for rule in of(Direction::Import) {
            import.extend(self.rule(rule, Direction::Import, &mut |attribute, shape| {
                let shape = Shape { nullable: true, ..shape };
                shapes.entry(attribute).and_modify(|known| *known = known.or(shape)).or_insert(shape);
            }));
        }
        let import_slots = std::mem::take(&mut self.slots);
        for (name, many, _, _) in ENGINE_ATTRIBUTES {
            if let Ok(name) = AttributeName::intern(name) {
                let count = if *many { Count::Many } else { Count::One };
                shapes.insert(name, Shape { of: Type::Text, count, nullable: true });
            }
        }
        for name in std::mem::take(&mut self.loaded.supplied) {
            if let Ok(name) = AttributeName::intern(&name) {
                let known = AttributeSchema::is_known(name);
                let shape =
                    if known { Shape::of_attribute(&AttributeSchema::of(name)) } else { Shape::UNKNOWN };
                shapes.entry(name).or_insert(shape);
            }
        }
        let closed = (!import.is_empty()).then_some("the neutral object");
        self.attributes = Attributes { shapes: shapes.clone(), closed };
        let mut export: Vec<Rule> = of(Direction::Export)
            .flat_map(|rule| self.rule(rule, Direction::Export, &mut |_, _| {}))
            .collect();
        let mut write_back: Vec<Rule> = of(Direction::WriteBack)
            .flat_map(|rule| self.rule(rule, Direction::WriteBack, &mut |_, _| {}))
            .collect();
        for rules in [&mut import, &mut export, &mut write_back] {
            rules.sort_by_key(|rule| rule.precedence);
        }
        RuleSet {
            name: name.to_owned(),
            import,
            export,
            write_back,
            import_slots,
            export_slots: std::mem::take(&mut self.slots),
            neutral: shapes,
        }
    }

    /// The rule, once for each type that it writes.
    fn rule(
        &mut self,
        raw: &RawRule,
        direction: Direction,
        wrote: &mut dyn FnMut(AttributeName, Shape),
    ) -> Vec<Rule> {
        let (from, to): (&[&str], &[&str]) = match direction {
            Direction::Import => (DIRECTORY_TYPES, NEUTRAL_TYPES),
            Direction::Export => (NEUTRAL_TYPES, TARGET_TYPES),
            Direction::WriteBack => (NEUTRAL_TYPES, DIRECTORY_TYPES),
        };
        let link = match raw.link.value.as_str() {
            "" | "join" => LinkType::Join,
            "provision" => LinkType::Provision,
            "sticky-join" => LinkType::StickyJoin,
            _ => {
                self.unknown_word(&raw.link, "link type", &["provision", "join", "sticky-join"]);
                LinkType::Join
            }
        };
        let rule = Rule {
            name: raw.name.value.as_str().into(),
            description: raw.description.clone(),
            direction,
            connectors: self.words(&raw.connectors, "kind of connector", CONNECTOR_KINDS),
            from: self.words(&raw.from, "object type to read", from),
            to: String::new(),
            link,
            precedence: raw.precedence,
            scope: raw.scope.iter().filter_map(|condition| self.condition(condition)).collect(),
            joins: raw.joins.iter().filter_map(|join| self.join(join)).collect(),
            name_rule: raw.rdn.as_ref().and_then(|name| self.name(name)),
            uniques: raw.uniques.iter().filter_map(|name| self.name(name)).collect(),
            flows: self.flows(raw, wrote),
        };
        let to = self.words(&raw.to, "object type to write", to);
        to.into_iter().map(|to| Rule { to, ..rule.clone() }).collect()
    }

    fn words(&mut self, given: &[Text], what: &str, known: &[&'static str]) -> Vec<String> {
        for text in given {
            if !known.contains(&text.value.as_str()) {
                self.unknown_word(text, what, known);
            }
        }
        given.iter().map(|text| text.value.clone()).collect()
    }

    fn unknown_word(&mut self, text: &Text, what: &str, known: &[&'static str]) {
        let help = match nearest(&text.value, known.iter().copied()) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("it is one of {}", known.join(", ")),
        };
        let message = format!("{:?} is no {what}", text.value);
        self.loaded.report_at(text, Finding::error(codes::UNKNOWN_WORD, text.span, message, help));
    }

    fn expression(&mut self, text: &Text, place: Use) -> Option<(Program, Shape)> {
        let Checked { program, shape, impure, findings } =
            compile(&text.value, &self.attributes, self.parameters, &mut self.slots);
        for finding in findings {
            self.loaded.report_within(text, finding);
        }
        for (name, purity, span) in impure {
            let allowed = match place {
                Use::Once => true,
                Use::Decision => purity != Purity::Drawn,
                Use::Enforced => false,
            };
            if !allowed {
                self.impure(text, name, span, place);
            }
        }
        Some((program?, shape))
    }

    fn impure(&mut self, text: &Text, name: &str, span: Span, place: Use) {
        let (message, help) = match place {
            Use::Decision => (
                format!("{name} would decide differently for each target"),
                "a scope and a join ask what is, not what is drawn",
            ),
            _ => (
                format!("{name} gives another value in every run, so this flow would never come to rest"),
                "move the flow to [rule.initial]: it is written once, at creation",
            ),
        };
        self.loaded.report_within(text, Finding::error(codes::IMPURE, span, message, help));
    }

    fn condition(&mut self, raw: &RawCondition) -> Option<Condition> {
        let (require, shape) = self.expression(&raw.require, Use::Decision)?;
        if !shape.of.fits(Type::Boolean) && shape.of != Type::Number {
            let message = format!("a condition is True or False, and this is {}", shape.of);
            let finding = Finding::error(
                codes::WRONG_TYPE,
                raw.require.span,
                message,
                "ask with IsPresent, or compare it",
            );
            self.loaded.report_at(&raw.require, finding);
        }
        let because = match &raw.because {
            Some(because) => because.clone(),
            None => format!("the condition {} does not hold", require.source()),
        };
        Some(Condition { require, because, remedy: raw.remedy.clone(), selects: raw.selects })
    }

    fn join(&mut self, raw: &RawJoin) -> Option<JoinGroup> {
        let (own, _) = self.expression(&raw.own, Use::Decision)?;
        let name = if raw.name.is_empty() { own.source().to_owned() } else { raw.name.clone() };
        Some(JoinGroup { name, own, theirs: raw.theirs.value.clone() })
    }

    fn name(&mut self, raw: &RawName) -> Option<NameRule> {
        let attribute = self.attribute_name(&raw.attribute)?;
        let candidates: Vec<Program> = raw
            .candidates
            .iter()
            .filter_map(|candidate| self.expression(candidate, Use::Once))
            .map(|(program, _)| program)
            .collect();
        (!candidates.is_empty()).then_some(NameRule { attribute, candidates, max_length: raw.max_length })
    }

    fn attribute_name(&mut self, text: &Text) -> Option<AttributeName> {
        AttributeName::intern(&text.value).ok()
    }

    fn flows(&mut self, raw: &RawRule, wrote: &mut dyn FnMut(AttributeName, Shape)) -> Vec<Flow> {
        let mut flows = Vec::new();
        for flow in &raw.flows {
            let place = match flow.mode {
                FlowMode::Initial => Use::Once,
                FlowMode::Set | FlowMode::Merge | FlowMode::Accumulate => Use::Enforced,
            };
            let compiled = self.expression(&flow.expression, place);
            let Some(attribute) = self.attribute_name(&flow.attribute) else { continue };
            match compiled {
                Some((program, shape)) => {
                    wrote(attribute, shape);
                    flows.push(Flow { attribute, mode: flow.mode, program });
                }
                None => wrote(attribute, Shape::UNKNOWN),
            }
        }
        flows
    }
}

fn direction(word: &str) -> Option<Direction> {
    match word {
        "in" => Some(Direction::Import),
        "out" => Some(Direction::Export),
        "write-back" => Some(Direction::WriteBack),
        _ => None,
    }
}
