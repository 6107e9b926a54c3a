//! What the export rules want a target to hold for one identity.

use madrigal_mappings::{FlowMode, LinkType, Outcome, Rule};
use madrigal_model::{
    AttributeName, AttributeSchema, ConnectorId, DistinguishedName, FlowSource, IdentityId, Problem,
    Reference, Syntax, Value,
};

use crate::codes::{self, Subject};
use crate::contribute::MetaverseObject;
use crate::interpret::{Evaluation, in_scope};
use crate::limits;
use crate::topology::{Connector, Share};
use crate::trail::{FlowTrace, Unmet};
use crate::workspace::{NeighbourhoodError, Workspace};

/// What the rules want of one attribute.
#[derive(Clone, Debug)]
pub(crate) struct DesiredAttribute {
    pub attribute: AttributeName,
    pub mode: FlowMode,
    /// The values; empty: the rules contribute none.
    pub values: Vec<Value>,
    /// Whether the values are known: if not, the attribute stays as it is.
    pub known: bool,
    pub source: FlowSource,
}

/// What the rules want of one object.
pub(crate) struct Desired<'r> {
    /// The rule that decides name and unique values.
    pub rule: &'r Rule,
    pub attributes: Vec<DesiredAttribute>,
    pub problems: Vec<Problem>,
}

/// What the export rules say of an identity and a target.
pub(crate) enum Wanted<'r> {
    Contact(Desired<'r>),
    /// No rule takes it.
    OutOfScope,
    /// A condition could not be evaluated: nothing changes.
    Unknown(Vec<Problem>),
}

/// Evaluates the share's export rules.
pub(crate) fn wanted<'r>(
    workspace: &mut Workspace<'_>,
    share: &'r Share,
    target: &Connector,
    object: &MetaverseObject,
    metaverse_type: &str,
    seed: u128,
    subject: &Subject<'_>,
) -> Result<Wanted<'r>, NeighbourhoodError> {
    let mut slots = Vec::new();
    share.rules.export_slots.fill(&object.entry, &mut slots);
    let evaluation = Evaluation::of(&slots, &share.parameters, None, seed, workspace.now);
    let mut in_scope_rules: Vec<&Rule> = Vec::new();
    for rule in share.rules.export.iter().filter(|rule| rule.from.iter().any(|from| from == metaverse_type)) {
        match in_scope(rule, &evaluation) {
            Ok(None) => in_scope_rules.push(rule),
            Ok(Some(condition)) if rule.link == LinkType::Provision && !condition.selects => {
                workspace.note(target.id, |trail| trail.unmet.push(Unmet::of(rule, condition, &evaluation)));
            }
            Ok(Some(_)) => {}
            Err(failure) => return Ok(Wanted::Unknown(vec![failed(subject, rule, None, &failure)])),
        }
    }
    in_scope_rules.sort_by_key(|rule| rule.precedence);
    let Some(rule) = in_scope_rules.iter().copied().find(|rule| rule.link == LinkType::Provision) else {
        return Ok(Wanted::OutOfScope);
    };
    let mut desired = Desired { rule, attributes: Vec::new(), problems: Vec::new() };
    let mut laid = Laid::default();
    for rule in in_scope_rules {
        for flow in &rule.flows {
            if target.lacks.contains(&flow.attribute) {
                continue;
            }
            workspace.note(target.id, |trail| trail.flows.push(FlowTrace::of(rule, flow, &evaluation)));
            let unknown = !object.unknown.is_empty()
                && flow.program.reads().iter().any(|read| object.unknown.contains(read));
            let (values, known) = match evaluation.value(&flow.program) {
                _ if unknown => (Vec::new(), false),
                Ok(Outcome::Values(values)) => (values, true),
                Ok(Outcome::Null | Outcome::AuthoritativeNull) => (Vec::new(), true),
                Ok(Outcome::Ignore) => continue,
                Err(failure) => {
                    desired.problems.push(failed(subject, rule, Some(flow.attribute), &failure));
                    (Vec::new(), false)
                }
            };
            let (values, known) = if values.is_empty() {
                (values, known)
            } else {
                let values = typed(workspace, target.id, flow.attribute, values)?;
                match limits::check(flow.attribute, values, subject) {
                    Ok(values) => (values, known),
                    Err(problem) => {
                        desired.problems.push(*problem);
                        (Vec::new(), false)
                    }
                }
            };
            let reads = flow.program.reads().iter().flat_map(|read| object.lineage.of(*read));
            let source = FlowSource { rule: rule.name.clone(), reads: reads.copied().collect() };
            let next = DesiredAttribute { attribute: flow.attribute, mode: flow.mode, values, known, source };
            laid.lay(&mut desired.attributes, next);
        }
    }
    Ok(Wanted::Contact(desired))
}

/// Where each attribute lies among those that have a flow already.
#[derive(Default)]
struct Laid {
    /// By the number of the attribute's name: one more than the place.
    places: Vec<u16>,
}

impl Laid {
    /// Lays a flow over those of rules that outrank it: the first that has values wins; merged values come together.
    fn lay(&mut self, attributes: &mut Vec<DesiredAttribute>, next: DesiredAttribute) {
        let at = next.attribute.index();
        if self.places.len() <= at {
            self.places.resize(at + 1, 0);
        }
        let place = self.places.get(at).copied().unwrap_or(0);
        let Some(known) = usize::from(place).checked_sub(1).and_then(|place| attributes.get_mut(place))
        else {
            attributes.push(next);
            if let Some(place) = self.places.get_mut(at) {
                *place = u16::try_from(attributes.len()).unwrap_or(0);
            }
            return;
        };
        match known.mode {
            FlowMode::Merge | FlowMode::Accumulate => {
                known.known &= next.known;
                for value in next.values {
                    if !known.values.contains(&value) {
                        known.values.push(value);
                    }
                }
            }
            FlowMode::Set | FlowMode::Initial if known.known && known.values.is_empty() => *known = next,
            FlowMode::Set | FlowMode::Initial => {}
        }
    }
}

/// Values in the form in which an import brings them: octets, references as anchors, empty text as no value.
fn typed(
    workspace: &mut Workspace<'_>,
    target: ConnectorId,
    attribute: AttributeName,
    values: Vec<Value>,
) -> Result<Vec<Value>, NeighbourhoodError> {
    let syntax = AttributeSchema::of(attribute).syntax;
    let mut typed = Vec::with_capacity(values.len());
    for value in values {
        let value = match value {
            Value::Text(text) if text.trim().is_empty() => continue,
            Value::Text(text) if syntax == Syntax::Reference => {
                let dn = DistinguishedName::from_directory(&text);
                let found = workspace.at_name(target, &dn)?;
                Value::Reference(found.map_or_else(|| Reference::Unresolved(text), Reference::Object))
            }
            Value::Text(text) if syntax == Syntax::Octets => Value::Bytes(text.as_bytes().into()),
            other => other,
        };
        if !typed.contains(&value) {
            typed.push(value);
        }
    }
    Ok(typed)
}

fn failed(subject: &Subject<'_>, rule: &Rule, attribute: Option<AttributeName>, failure: &str) -> Problem {
    subject.problem(
        codes::EVALUATION_FAILED,
        attribute,
        format!("rule \"{}\" failed: {failure}; the target's value stays as it is.", rule.name),
        "Correct the value, or make the expression ready for it.",
    )
}

/// What random and new identifiers are derived from, so that a preview equals the export.
pub(crate) fn seed(identity: IdentityId, target: &str) -> u128 {
    let mut octets = identity.to_bytes().to_vec();
    octets.extend_from_slice(target.as_bytes());
    xxhash_rust::xxh3::xxh3_128(&octets)
}
