//! One object taken through a rule set by the shortest way: import rules, then export rules, without identities,
//! shares or a target. What `rules test` runs, and what says which objects rules of another product would not send.

use std::collections::BTreeMap;

use madrigal_model::{AttributeName, DistinguishedName, Entry, Timestamp, Value, Values};

use crate::environment::{Environment, GroupMembership, NoGroups, Parameters};
use crate::program::Outcome;
use crate::rules::{Condition, LinkType, Rule, RuleSet};

/// An object and where it comes from.
#[derive(Clone, Copy)]
pub struct WalkObject<'a> {
    /// The kind of its connector: `active-directory`.
    pub connector: &'a str,
    /// Its type: `user`.
    pub object_type: &'a str,
    /// Its name.
    pub dn: Option<&'a DistinguishedName>,
    /// Its attributes.
    pub entry: &'a Entry,
    /// The groups that it belongs to.
    pub groups: &'a dyn GroupMembership,
}

/// What became of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walked {
    /// The neutral type that it projects as; none where no provisioning rule takes it.
    pub taken_as: Option<String>,
    /// Its neutral attributes.
    pub neutral: BTreeMap<AttributeName, Vec<Value>>,
    /// The type of object that a provisioning export rule makes of it, and that object's attributes.
    pub made: Option<(String, BTreeMap<AttributeName, Vec<Value>>)>,
    /// The export rule that gives each attribute of what is made.
    pub made_by: BTreeMap<AttributeName, String>,
    /// Why it is not taken, or nothing is made of it.
    pub not_met: Vec<NotMet>,
    /// Flows that failed: the attribute and what happened.
    pub failed: Vec<(AttributeName, String)>,
}

/// A condition that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotMet {
    /// The rule.
    pub rule: String,
    /// Why, in words.
    pub because: String,
    /// What to do; may be empty.
    pub remedy: String,
}

/// The attributes that somebody asks for: no other flow is evaluated.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Neutral attributes, by the numbers of their names.
    pub(crate) neutral: Vec<bool>,
    /// Attributes of what is made.
    pub(crate) made: Vec<bool>,
}

impl Wanted {
    pub(crate) fn ask(list: &mut Vec<bool>, attribute: AttributeName) {
        if list.len() <= attribute.index() {
            list.resize(attribute.index() + 1, false);
        }
        if let Some(wanted) = list.get_mut(attribute.index()) {
            *wanted = true;
        }
    }

    /// What either asks for.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let either = |one: &[bool], other: &[bool]| {
            let at = |list: &[bool], at| list.get(at) == Some(&true);
            (0..one.len().max(other.len())).map(|number| at(one, number) || at(other, number)).collect()
        };
        Self { neutral: either(&self.neutral, &other.neutral), made: either(&self.made, &other.made) }
    }
}

/// Which attributes are asked for; none: all.
pub(crate) type Asked<'w> = Option<&'w [bool]>;

fn is_asked(asked: Asked<'_>, attribute: AttributeName) -> bool {
    asked.is_none_or(|asked| asked.get(attribute.index()) == Some(&true))
}

fn writes_asked(rule: &Rule, asked: Asked<'_>) -> bool {
    rule.writes().any(|attribute| is_asked(asked, attribute))
}

/// Takes an object through the rules. An attribute goes to the first rule, by precedence, that gives it a value. The two
/// sets of parameters are those of the source, for import rules, and of the target, for export rules.
#[must_use]
pub fn walk(
    rules: &RuleSet,
    object: &WalkObject<'_>,
    (of_source, of_target): (&Parameters, &Parameters),
    now: Timestamp,
) -> Walked {
    walk_for(None, rules, object, (of_source, of_target), now)
}

/// The same, for some attributes only.
pub(crate) fn walk_for(
    wanted: Option<&Wanted>,
    rules: &RuleSet,
    object: &WalkObject<'_>,
    (of_source, of_target): (&Parameters, &Parameters),
    now: Timestamp,
) -> Walked {
    let mut walked = project(wanted.map(|wanted| wanted.neutral.as_slice()), rules, object, of_source, now);
    if let Some(to) = &walked.taken_as {
        let asked = wanted.map(|wanted| wanted.made.as_slice());
        let entry = neutral_entry(&walked);
        let exported = export(asked, rules, to, &entry, object.dn, of_target, now);
        walked.made = exported.made;
        walked.made_by = exported.made_by;
        walked.not_met = exported.not_met;
        walked.failed.extend(exported.failed);
    }
    walked
}

/// The way through the import rules: what the object is taken as, and its neutral attributes.
pub(crate) fn project(
    asked: Asked<'_>,
    rules: &RuleSet,
    object: &WalkObject<'_>,
    parameters: &Parameters,
    now: Timestamp,
) -> Walked {
    let mut walked = Walked::default();
    let mut slots = Vec::new();
    rules.import_slots.fill(object.entry, &mut slots);
    let environment =
        Environment { now, parameters, dn: object.dn, seed: 0, number: Some(1), groups: object.groups };
    let own: Vec<&Rule> = rules.import.iter().filter(|rule| is_for(rule, object)).collect();
    let in_scope = |rule: &&&Rule| not_met(rule, &slots, &environment).is_none();
    let provisioning = || own.iter().filter(|rule| rule.link == LinkType::Provision);
    walked.taken_as = provisioning().find(in_scope).map(|rule| rule.to.clone());
    if walked.taken_as.is_none() {
        walked.not_met = provisioning().filter_map(|rule| reason(rule, &slots, &environment)).collect();
    }
    let to = walked.taken_as.as_ref().or_else(|| own.first().map(|rule| &rule.to));
    let flowing = own.iter().filter(|rule| Some(&rule.to) == to && writes_asked(rule, asked));
    for rule in flowing.filter(in_scope) {
        flow(rule, asked, &slots, &environment, &mut walked.neutral, &mut walked.failed);
    }
    walked
}

/// The neutral attributes as export rules read them.
pub(crate) fn neutral_entry(walked: &Walked) -> Entry {
    Entry::from_values(walked.neutral.iter().map(|(name, values)| (*name, values.clone())))
}

/// What the export rules make of neutral attributes.
#[derive(Default)]
pub(crate) struct Exported {
    pub(crate) made: Option<(String, BTreeMap<AttributeName, Vec<Value>>)>,
    pub(crate) made_by: BTreeMap<AttributeName, String>,
    not_met: Vec<NotMet>,
    failed: Vec<(AttributeName, String)>,
}

/// The way through the export rules, for neutral attributes of a type.
pub(crate) fn export(
    asked: Asked<'_>,
    rules: &RuleSet,
    from: &str,
    neutral: &Entry,
    dn: Option<&DistinguishedName>,
    parameters: &Parameters,
    now: Timestamp,
) -> Exported {
    let environment = Environment { now, parameters, dn, seed: 0, number: Some(1), groups: &NoGroups };
    let mut exported = Exported::default();
    let mut slots = Vec::new();
    rules.export_slots.fill(neutral, &mut slots);
    let own: Vec<&Rule> =
        rules.export.iter().filter(|rule| rule.from.iter().any(|own| own == from)).collect();
    let in_scope = |rule: &&&Rule| not_met(rule, &slots, &environment).is_none();
    let provisioning = || own.iter().filter(|rule| rule.link == LinkType::Provision);
    let Some(maker) = provisioning().find(in_scope) else {
        exported.not_met = provisioning().filter_map(|rule| reason(rule, &slots, &environment)).collect();
        return exported;
    };
    let mut attributes = BTreeMap::new();
    let same_way = |rule: &&&Rule| rule.to == maker.to && rule.connectors == maker.connectors;
    let flowing = own.iter().filter(same_way).filter(|rule| writes_asked(rule, asked));
    for rule in flowing.filter(in_scope) {
        let names = rule.name_rule.iter().chain(&rule.uniques);
        for name in names.filter(|name| is_asked(asked, name.attribute)) {
            let first =
                name.candidates.iter().find_map(|candidate| match candidate.evaluate(&slots, &environment) {
                    Ok(Outcome::Values(values)) => Some(values),
                    _ => None,
                });
            if let Some(values) = first {
                attributes.entry(name.attribute).or_insert(values);
            }
        }
        flow(rule, asked, &slots, &environment, &mut attributes, &mut exported.failed);
        for attribute in attributes.keys() {
            exported.made_by.entry(*attribute).or_insert_with(|| rule.name.to_string());
        }
    }
    exported.made = Some((maker.to.clone(), attributes));
    exported
}

fn is_for(rule: &Rule, object: &WalkObject<'_>) -> bool {
    let any = |known: &[String], own: &str| known.iter().any(|known| known == own);
    any(&rule.from, object.object_type)
        && (rule.connectors.is_empty() || any(&rule.connectors, object.connector))
}

/// The first condition that does not hold; one that fails to give an answer does not hold.
fn not_met<'r>(rule: &'r Rule, slots: &[Values<'_>], environment: &Environment<'_>) -> Option<&'r Condition> {
    rule.scope.iter().find(|condition| !condition.require.is_true(slots, environment).unwrap_or(false))
}

fn reason(rule: &Rule, slots: &[Values<'_>], environment: &Environment<'_>) -> Option<NotMet> {
    let condition = not_met(rule, slots, environment).filter(|condition| !condition.selects)?;
    Some(NotMet {
        rule: rule.name.to_string(),
        because: condition.because.clone(),
        remedy: condition.remedy.clone(),
    })
}

fn flow(
    rule: &Rule,
    asked: Asked<'_>,
    slots: &[Values<'_>],
    environment: &Environment<'_>,
    attributes: &mut BTreeMap<AttributeName, Vec<Value>>,
    failed: &mut Vec<(AttributeName, String)>,
) {
    for flow in rule.flows.iter().filter(|flow| is_asked(asked, flow.attribute)) {
        match flow.program.evaluate(slots, environment) {
            Ok(Outcome::Values(values)) => {
                attributes.entry(flow.attribute).or_insert(values);
            }
            Ok(_) => {}
            Err(error) => failed.push((flow.attribute, error.to_string())),
        }
    }
}
