//! What is wrong with a rule set although each expression is right.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use madrigal_model::{AttributeName, AttributeSchema};

use super::load::{Loaded, Surroundings};
use super::raw::{RawFlow, RawRule, Text};
use super::{Direction, Flow, FlowMode, LinkType, Rule, RuleSet};
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
        checks.membership(rule);
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
        // Few flows always give something; each attribute's own are all that its other flows are compared with.
        let mut always: BTreeMap<String, Vec<(usize, &RawRule)>> = BTreeMap::new();
        for (at, rule) in raw.iter().enumerate() {
            for flow in rule.flows.iter().filter(|flow| always_gives(&flow.expression.value)) {
                always.entry(flow.attribute.value.to_ascii_lowercase()).or_default().push((at, rule));
            }
        }
        for (at, rule) in raw.iter().enumerate() {
            for flow in
                rule.flows.iter().filter(|flow| matches!(flow.mode, FlowMode::Set | FlowMode::Initial))
            {
                let Some(before) = always.get(&flow.attribute.value.to_ascii_lowercase()) else { continue };
                let winner = before.iter().find(|(other_at, other)| {
                    (other.precedence, *other_at) < (rule.precedence, at) && covers(other, rule)
                });
                let Some((_, winner)) = winner else { continue };
                let message = format!(
                    "this flow to {} never wins: the rule {:?} comes before it and always gives a value",
                    flow.attribute.value, winner.name.value
                );
                let help = "give this rule a lower number as its precedence, or let the other give NULL";
                self.report(&flow.attribute, codes::NEVER_WINS, false, message, help.to_owned());
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

    /// Who is a member of what is known of a directory's object, and of nothing else.
    fn membership(&mut self, raw: &RawRule) {
        if raw.direction.value == "in" {
            return;
        }
        let known = "is known of a directory's object only";
        let help = "ask in a rule with direction = \"in\", and let it set an attribute that this one reads";
        let conditions = raw.scope.iter().map(|condition| &condition.require);
        let names = raw.rdn.iter().chain(&raw.uniques).flat_map(|name| &name.candidates);
        let joins = raw.joins.iter().map(|join| &join.own);
        let texts = conditions.chain(names).chain(joins).chain(raw.flows.iter().map(|flow| &flow.expression));
        for text in texts.filter(|text| asks_groups(&text.value)) {
            let message = format!("{:?} asks for a membership, which {known}", raw.name.value);
            self.report(text, codes::MEMBERSHIP_UNKNOWN, true, message, help.to_owned());
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

    /// Write-backs that enforce what they are themselves made from, directly or one through the other.
    fn cycles(&mut self, raw: &[RawRule]) {
        let rules = self.rules;
        let enforced: Vec<(&Rule, &Flow)> = rules
            .write_back
            .iter()
            .flat_map(|rule| rule.flows.iter().map(move |flow| (rule, flow)))
            .filter(|(_, flow)| matches!(flow.mode, FlowMode::Set | FlowMode::Merge))
            .collect();
        // What each attribute that is written back is made of.
        let mut made_of: BTreeMap<AttributeName, BTreeSet<AttributeName>> = BTreeMap::new();
        for (rule, flow) in &enforced {
            made_of.entry(flow.attribute).or_default().extend(rules.lineage(rule, flow));
        }
        for (rule, flow) in &enforced {
            let Some(way) = way_back(flow.attribute, &rules.lineage(rule, flow), &made_of) else { continue };
            let place = raw
                .iter()
                .filter(|raw| *raw.name.value == *rule.name)
                .flat_map(|raw| &raw.flows)
                .find(|raw| raw.attribute.value.eq_ignore_ascii_case(flow.attribute.as_str()));
            let Some(place) = place else { continue };
            let message = match way.as_slice() {
                [] => format!("{} is written back from what it is itself made of", flow.attribute),
                between => {
                    let between: Vec<&str> = between.iter().map(|name| name.as_str()).collect();
                    let (attribute, between) = (flow.attribute, between.join(", made of "));
                    format!(
                        "{attribute} is written back from {between}, which is written back from {attribute}"
                    )
                }
            };
            let help = "write it under [rule.accumulate], or take it from another attribute".to_owned();
            self.report(&place.attribute, codes::CYCLE, true, message, help);
        }
    }

    /// What every contact needs: a name, and the two attributes without which Exchange cannot send to it.
    fn required(&mut self, raw: &[RawRule]) {
        // In a tenant the attributes have other names, and the cmdlets ask for what they need.
        let cloud_only = |rule: &Rule| rule.connectors == ["microsoft-365"];
        let provisions =
            |rule: &&Rule| rule.link == LinkType::Provision && rule.to == "contact" && !cloud_only(rule);
        for rule in self.rules.export.iter().filter(provisions) {
            let Some(place) =
                raw.iter().find(|raw| *raw.name.value == *rule.name).map(|raw| raw.name.clone())
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

/// The attributes on the shortest way from what an attribute is made of back to itself; none where no way leads there.
fn way_back(
    to: AttributeName,
    from: &BTreeSet<AttributeName>,
    made_of: &BTreeMap<AttributeName, BTreeSet<AttributeName>>,
) -> Option<Vec<AttributeName>> {
    let mut seen = from.clone();
    let mut pending: VecDeque<Vec<AttributeName>> = from.iter().map(|name| vec![*name]).collect();
    while let Some(way) = pending.pop_front() {
        let last = way.last().copied()?;
        if last == to {
            return Some(way.split_last().map(|(_, between)| between.to_vec()).unwrap_or_default());
        }
        for next in made_of.get(&last).into_iter().flatten() {
            if seen.insert(*next) {
                pending.push_back([way.as_slice(), &[*next]].concat());
            }
        }
    }
    None
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

fn asks_groups(expression: &str) -> bool {
    // Nearly no expression does, and compiling each once more would take longer than all else.
    if !expression.contains("IsMemberOf") {
        return false;
    }
    compile(expression, &Attributes::default(), None, &mut SlotTable::default())
        .program
        .is_some_and(|program| program.facts().asks_groups)
}

/// Whether an expression has a value other than empty text whatever the object is.
fn always_gives(expression: &str) -> bool {
    parse(expression).is_ok_and(|tree| always_something(&tree))
}

/// Whether a part has a value other than empty text whatever the object is, where that can be told from its text alone.
fn always_something(part: &Expression) -> bool {
    match &part.kind {
        ExpressionKind::Literal(Literal::Text(text)) => !text.is_empty(),
        ExpressionKind::Literal(Literal::Number(_) | Literal::Boolean(_) | Literal::AuthoritativeNull) => {
            true
        }
        ExpressionKind::Group(inner) => always_something(inner),
        ExpressionKind::Binary { operator: Operator::Concatenate, left, right, .. } => {
            always_something(left) || always_something(right)
        }
        ExpressionKind::Call { name, arguments, .. } => match (name.as_str(), arguments.as_slice()) {
            ("IIF", [_, if_true, if_false]) => always_something(if_true) && always_something(if_false),
            ("Coalesce", values) => values.iter().any(always_something),
            ("LCase" | "UCase" | "PCase" | "CStr", [value]) => always_something(value),
            ("IsPresent" | "IsNull" | "IsNullOrEmpty", _) => true,
            _ => false,
        },
        _ => false,
    }
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
