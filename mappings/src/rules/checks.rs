//! What is wrong with a rule set although each expression is right.

use std::collections::BTreeMap;

use madrigal_model::{AttributeName, AttributeSchema};

use super::load::{Loaded, Surroundings};
use super::raw::{RawFlow, RawRule, Text};
use super::{Direction, FlowMode, LinkType, Rule, RuleSet};
use crate::check::{Attributes, Checked, compile};
use crate::codes;
use crate::diagnostic::Finding;
use crate::nearest::nearest;
use crate::slots::SlotTable;
use crate::syntax::{Expression, ExpressionKind, Literal, Operator, parse};
use crate::types::{Count, Shape};

/// Checks a compiled rule set as a whole.
pub(super) fn check(rules: &RuleSet, raw: &[RawRule], surroundings: &Surroundings<'_>, loaded: &mut Loaded) {
    let mut checks = Checks { rules, surroundings, loaded };
    checks.modes(raw);
    checks.never_wins(raw);
    for rule in raw {
        checks.reachable(rule);
        checks.joins(rule);
        if rule.direction.value == "out" {
            for flow in &rule.flows {
                checks.target_has(&flow.attribute);
                checks.count_fits(flow, Direction::Export);
            }
            rule.uniques.iter().for_each(|unique| checks.target_has(&unique.attribute));
        }
    }
    checks.cycles(raw);
    checks.required(raw);
}

struct Checks<'c, 'l> {
    rules: &'c RuleSet,
    surroundings: &'c Surroundings<'c>,
    loaded: &'l mut Loaded,
}

/// What flows of one attribute to one type are known by: direction and kinds of connector, type written, attribute.
type Destination = (String, String, AttributeName);

fn destinations(rule: &RawRule, flow: &RawFlow) -> Vec<Destination> {
    let Ok(attribute) = AttributeName::intern(&flow.attribute.value) else { return Vec::new() };
    let mut way: Vec<&str> = rule.connectors.iter().map(|kind| kind.value.as_str()).collect();
    way.sort_unstable();
    // What import rules of different connectors make of an attribute must agree; targets have nothing to do with each
    // other.
    let way = if rule.direction.value == "in" {
        "in".to_owned()
    } else {
        format!("{} {}", rule.direction.value, way.join(" "))
    };
    rule.to.iter().map(|to| (way.clone(), to.value.clone(), attribute)).collect()
}

impl Checks<'_, '_> {
    fn report(&mut self, text: &Text, code: &'static str, error: bool, message: String, help: String) {
        let finding = if error {
            Finding::error(code, text.span, message, help)
        } else {
            Finding::warning(code, text.span, message, help)
        };
        self.loaded.report_at(text, finding);
    }

    /// All flows to one attribute must write it in one mode.
    fn modes(&mut self, raw: &[RawRule]) {
        let mut known: BTreeMap<Destination, (FlowMode, String)> = BTreeMap::new();
        for rule in raw {
            for flow in &rule.flows {
                for destination in destinations(rule, flow) {
                    match known.get(&destination) {
                        Some((mode, other)) if *mode != flow.mode => {
                            let message = format!(
                                "{} is written as {} here and as {} in the rule {other:?}",
                                flow.attribute.value,
                                flow.mode.name(),
                                mode.name()
                            );
                            let help = "all flows to one attribute must agree on the mode".to_owned();
                            self.report(&flow.attribute, codes::MODES_DISAGREE, true, message, help);
                        }
                        Some(_) => {}
                        None => {
                            known.insert(destination, (flow.mode, rule.name.value.clone()));
                        }
                    }
                }
            }
        }
    }

    /// A flow behind one that always has a value, for the same objects, is never asked.
    fn never_wins(&mut self, raw: &[RawRule]) {
        for (at, rule) in raw.iter().enumerate() {
            for flow in
                rule.flows.iter().filter(|flow| matches!(flow.mode, FlowMode::Set | FlowMode::Initial))
            {
                let before = raw.iter().enumerate().filter(|(other_at, other)| {
                    (other.precedence, *other_at) < (rule.precedence, at) && covers(other, rule)
                });
                let winner = before.filter(|(_, other)| {
                    other.flows.iter().any(|other_flow| {
                        other_flow.attribute.value.eq_ignore_ascii_case(&flow.attribute.value)
                            && self.always_gives(&other_flow.expression.value)
                    })
                });
                let Some(name) = winner.map(|(_, other)| other.name.value.clone()).next() else { continue };
                let message = format!(
                    "this flow to {} never wins: the rule {name:?} comes before it and always gives a value",
                    flow.attribute.value
                );
                let help = "give this rule a lower precedence, or let the other give NULL".to_owned();
                self.report(&flow.attribute, codes::NEVER_WINS, false, message, help);
            }
        }
    }

    fn shape_of(&self, expression: &str, direction: Direction) -> Shape {
        let attributes = match direction {
            Direction::Import => Attributes::default(),
            _ => Attributes { shapes: self.rules.neutral.clone(), closed: None },
        };
        let Checked { shape, .. } =
            compile(expression, &attributes, self.surroundings.parameters, &mut SlotTable::default());
        shape
    }

    fn always_gives(&self, expression: &str) -> bool {
        let shape = self.shape_of(expression, Direction::Import);
        let shape_out = self.shape_of(expression, Direction::Export);
        let empty_text = matches!(
            parse(expression).map(|tree| tree.kind),
            Ok(ExpressionKind::Literal(Literal::Text(text))) if text.is_empty()
        );
        // Functions that turn no value into empty text give nothing in the end.
        let made_of_nothing = expression.contains('[') || expression.contains('%');
        !shape.nullable && !shape_out.nullable && !empty_text && !made_of_nothing
    }

    /// A condition that no object can meet.
    fn reachable(&mut self, rule: &RawRule) {
        for condition in &rule.scope {
            let Ok(tree) = parse(&condition.require.value) else { continue };
            if let Some(reason) = never(&tree) {
                let message = format!("the rule {:?} can never apply: {reason}", rule.name.value);
                let help = "correct the condition, or take the rule away with disabled = true".to_owned();
                self.report(&condition.require, codes::UNREACHABLE, true, message, help);
            }
        }
    }

    fn joins(&mut self, rule: &RawRule) {
        for join in &rule.joins {
            let Some(name) = AttributeName::known(&join.theirs.value) else { continue };
            if rule.direction.value == "in" && !self.rules.neutral.contains_key(&name) {
                let near = nearest(&join.theirs.value, self.rules.neutral.keys().map(|name| name.as_str()));
                let help = near
                    .map_or("a join matches with an attribute that import rules make".to_owned(), |near| {
                        format!("did you mean {near:?}?")
                    });
                let message = format!("no import rule makes {:?}", join.theirs.value);
                self.report(&join.theirs, codes::UNKNOWN_ATTRIBUTE, true, message, help);
            }
        }
    }

    fn target_has(&mut self, attribute: &Text) {
        let Some(known) = self.surroundings.target_attributes else { return };
        if known.iter().any(|known| known.eq_ignore_ascii_case(&attribute.value)) {
            return;
        }
        let near = nearest(&attribute.value, known.iter().copied());
        let help = near.map_or("extend the schema, or take the flow away".to_owned(), |near| {
            format!("did you mean {near}?")
        });
        let message = format!("the target's schema has no attribute {}", attribute.value);
        self.report(attribute, codes::TARGET_LACKS_ATTRIBUTE, true, message, help);
    }

    fn count_fits(&mut self, flow: &RawFlow, direction: Direction) {
        let Ok(name) = AttributeName::intern(&flow.attribute.value) else { return };
        let shape = self.shape_of(&flow.expression.value, direction);
        let single = AttributeSchema::is_known(name) && AttributeSchema::of(name).single_valued;
        if single && shape.count == Count::Many {
            let message = format!("{} holds one value, and this gives a list", flow.attribute.value);
            let help = "take one with Item(…, 1), or put them together with Join(…)".to_owned();
            self.report(&flow.expression, codes::MANY_INTO_ONE, true, message, help);
        }
        if single && matches!(flow.mode, FlowMode::Merge | FlowMode::Accumulate) {
            let message = format!("{} holds one value, so nothing can be merged in it", flow.attribute.value);
            let help = "write it under [rule.set] or [rule.initial]".to_owned();
            self.report(&flow.attribute, codes::MANY_INTO_ONE, true, message, help);
        }
    }

    /// A write-back that enforces what it is itself made from.
    fn cycles(&mut self, raw: &[RawRule]) {
        let rules: Vec<&Rule> = self.rules.write_back.iter().collect();
        for rule in rules {
            for flow in rule.flows.iter().filter(|flow| matches!(flow.mode, FlowMode::Set | FlowMode::Merge))
            {
                if !self.rules.lineage(rule, flow).contains(&flow.attribute) {
                    continue;
                }
                let place = raw
                    .iter()
                    .filter(|raw| raw.name.value == rule.name)
                    .flat_map(|raw| &raw.flows)
                    .find(|raw| raw.attribute.value.eq_ignore_ascii_case(flow.attribute.as_str()));
                let Some(place) = place else { continue };
                let message = format!("{} is written back from what it is itself made of", flow.attribute);
                let help = "write it under [rule.accumulate], or take it from another attribute".to_owned();
                self.report(&place.attribute, codes::CYCLE, true, message, help);
            }
        }
    }

    /// What every contact needs: a name, and the two attributes without which Exchange cannot send to it.
    fn required(&mut self, raw: &[RawRule]) {
        // In a tenant the attributes have other names, and the cmdlets ask for what they need.
        let cloud_only = |rule: &Rule| rule.connectors == ["microsoft-365"];
        let provisions =
            |rule: &&Rule| rule.link == LinkType::Provision && rule.to == "contact" && !cloud_only(rule);
        for rule in self.rules.export.iter().filter(provisions) {
            let Some(place) = raw.iter().find(|raw| raw.name.value == rule.name).map(|raw| raw.name.clone())
            else {
                continue;
            };
            if rule.name_rule.is_none() {
                let message = format!("the rule {:?} makes contacts and does not name them", rule.name);
                let help = "add [rule.rdn] with candidates".to_owned();
                self.report(&place, codes::REQUIRED_ATTRIBUTE, true, message, help);
            }
            for required in ["targetAddress", "mailNickname"] {
                let writes = |other: &&Rule| {
                    other.to == rule.to
                        && other.from.iter().any(|from| rule.from.contains(from))
                        && (other.flows.iter().any(|flow| flow.attribute.as_str() == required)
                            || other.uniques.iter().any(|unique| unique.attribute.as_str() == required))
                };
                if !self.rules.export.iter().any(|other| writes(&other)) {
                    let message = format!("contacts that {:?} makes have no {required}", rule.name);
                    let help =
                        format!("add a flow to {required}: Exchange cannot send to a contact without it");
                    self.report(&place, codes::REQUIRED_ATTRIBUTE, true, message, help);
                }
            }
        }
    }
}

/// Whether one rule is for all objects that the other is for.
fn covers(wide: &RawRule, narrow: &RawRule) -> bool {
    let all_in = |narrow: &[Text], wide: &[Text]| {
        narrow.iter().all(|word| wide.iter().any(|other| other.value == word.value))
    };
    wide.direction.value == narrow.direction.value
        && wide.scope.is_empty()
        && all_in(&narrow.from, &wide.from)
        && all_in(&narrow.to, &wide.to)
        && (wide.connectors.is_empty()
            || (!narrow.connectors.is_empty() && all_in(&narrow.connectors, &wide.connectors)))
}

/// Why a condition can never hold, where that can be told from its text alone.
fn never(condition: &Expression) -> Option<String> {
    match &condition.kind {
        ExpressionKind::Literal(Literal::Boolean(false)) => Some("its condition is False".to_owned()),
        ExpressionKind::Literal(Literal::Null) => Some("its condition is NULL".to_owned()),
        ExpressionKind::Group(inner) => never(inner),
        ExpressionKind::Binary { operator: Operator::Or, left, right, .. } => never(left).and(never(right)),
        ExpressionKind::Binary { operator: Operator::And, left, right, .. } => {
            never(left).or_else(|| never(right)).or_else(|| contradiction(condition))
        }
        ExpressionKind::Binary { operator, left, right, .. } if operator.is_comparison() => {
            let null = |side: &Expression| side.kind == ExpressionKind::Literal(Literal::Null);
            (null(left) || null(right)).then(|| "a comparison with NULL is never true".to_owned())
        }
        _ => None,
    }
}

/// One attribute that would have to be two things at once.
fn contradiction(condition: &Expression) -> Option<String> {
    let mut wanted: BTreeMap<&str, &Literal> = BTreeMap::new();
    let mut pending = vec![condition];
    while let Some(part) = pending.pop() {
        match &part.kind {
            ExpressionKind::Group(inner) => pending.push(inner),
            ExpressionKind::Binary { operator: Operator::And, left, right, .. } => {
                pending.extend([&**left, &**right])
            }
            ExpressionKind::Binary { operator: Operator::Equal, left, right, .. } => {
                if let (ExpressionKind::Attribute(name), ExpressionKind::Literal(literal)) =
                    (&left.kind, &right.kind)
                    && wanted.insert(name, literal).is_some_and(|known| known != literal)
                {
                    return Some(format!("[{name}] would have to be two things at once"));
                }
            }
            _ => {}
        }
    }
    None
}
