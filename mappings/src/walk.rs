//! One object taken through a rule set by the shortest way: import rules, then export rules, without identities,
//! shares or a target. What `rules test` runs, and what says which objects rules of another product would not send.

use std::collections::BTreeMap;

use madrigal_model::{AttributeName, DistinguishedName, Entry, Timestamp, Value, Values};

use crate::environment::{Environment, NoGroups, Parameters};
use crate::program::Outcome;
use crate::rules::{Condition, LinkType, Rule, RuleSet};

/// An object and where it comes from.
#[derive(Clone, Debug)]
pub struct WalkObject<'a> {
    /// The kind of its connector: `active-directory`.
    pub connector: &'a str,
    /// Its type: `user`.
    pub object_type: &'a str,
    /// Its name.
    pub dn: Option<&'a DistinguishedName>,
    /// Its attributes.
    pub entry: &'a Entry,
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

/// Takes an object through the rules. An attribute goes to the first rule, by precedence, that gives it a value. The two
/// sets of parameters are those of the source, for import rules, and of the target, for export rules.
#[must_use]
pub fn walk(
    rules: &RuleSet,
    object: &WalkObject<'_>,
    (of_source, of_target): (&Parameters, &Parameters),
    now: Timestamp,
) -> Walked {
    let mut walked = Walked::default();
    let mut slots = Vec::new();
    rules.import_slots.fill(object.entry, &mut slots);
    let environment = Environment {
        now,
        parameters: of_source,
        dn: object.dn,
        seed: 0,
        number: Some(1),
        groups: &NoGroups,
    };
    let own: Vec<&Rule> = rules.import.iter().filter(|rule| is_for(rule, object)).collect();
    let in_scope = |rule: &&&Rule| not_met(rule, &slots, &environment).is_none();
    let provisioning: Vec<&Rule> =
        own.iter().filter(|rule| rule.link == LinkType::Provision).copied().collect();
    walked.taken_as = provisioning.iter().find(in_scope).map(|rule| rule.to.clone());
    if walked.taken_as.is_none() {
        walked.not_met = provisioning.iter().filter_map(|rule| reason(rule, &slots, &environment)).collect();
    }
    let to = walked.taken_as.clone().or_else(|| own.first().map(|rule| rule.to.clone())).unwrap_or_default();
    for rule in own.iter().filter(|rule| rule.to == to).filter(in_scope) {
        flow(rule, &slots, &environment, &mut walked.neutral, &mut walked.failed);
    }
    if walked.taken_as.is_some() {
        export(rules, &to, &Environment { parameters: of_target, ..environment }, &mut walked);
    }
    walked
}

fn export(rules: &RuleSet, from: &str, environment: &Environment<'_>, walked: &mut Walked) {
    let entry = Entry::from_values(walked.neutral.iter().map(|(name, values)| (*name, values.clone())));
    let mut slots = Vec::new();
    rules.export_slots.fill(&entry, &mut slots);
    let own: Vec<&Rule> =
        rules.export.iter().filter(|rule| rule.from.iter().any(|own| own == from)).collect();
    let in_scope = |rule: &&&Rule| not_met(rule, &slots, environment).is_none();
    let provisioning: Vec<&Rule> =
        own.iter().filter(|rule| rule.link == LinkType::Provision).copied().collect();
    let Some(maker) = provisioning.iter().find(in_scope) else {
        walked.not_met = provisioning.iter().filter_map(|rule| reason(rule, &slots, environment)).collect();
        return;
    };
    let mut attributes = BTreeMap::new();
    let same_way = |rule: &&&Rule| rule.to == maker.to && rule.connectors == maker.connectors;
    for rule in own.iter().filter(same_way).filter(in_scope) {
        for name in rule.name_rule.iter().chain(&rule.uniques) {
            let first =
                name.candidates.iter().find_map(|candidate| match candidate.evaluate(&slots, environment) {
                    Ok(Outcome::Values(values)) => Some(values),
                    _ => None,
                });
            if let Some(values) = first {
                attributes.entry(name.attribute).or_insert(values);
            }
        }
        flow(rule, &slots, environment, &mut attributes, &mut walked.failed);
        for attribute in attributes.keys() {
            walked.made_by.entry(*attribute).or_insert_with(|| rule.name.clone());
        }
    }
    walked.made = Some((maker.to.clone(), attributes));
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
        rule: rule.name.clone(),
        because: condition.because.clone(),
        remedy: condition.remedy.clone(),
    })
}

fn flow(
    rule: &Rule,
    slots: &[Values<'_>],
    environment: &Environment<'_>,
    attributes: &mut BTreeMap<AttributeName, Vec<Value>>,
    failed: &mut Vec<(AttributeName, String)>,
) {
    for flow in &rule.flows {
        match flow.program.evaluate(slots, environment) {
            Ok(Outcome::Values(values)) => {
                attributes.entry(flow.attribute).or_insert(values);
            }
            Ok(_) => {}
            Err(error) => failed.push((flow.attribute, error.to_string())),
        }
    }
}
