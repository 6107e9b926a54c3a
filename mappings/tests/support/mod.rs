//! A recipient taken through the rules by the shortest way: import rules by precedence, then export rules.

use std::collections::BTreeMap;

use madrigal_mappings::{
    Environment, FlowMode, LinkType, NoGroups, Outcome, Parameters, Rule, RuleSet, Surroundings, load,
    value_of_row,
};
use madrigal_model::{AttributeName, DistinguishedName, Entry, Value, Values};

pub(crate) type Attributes<'a> = &'a [(&'a str, &'a [&'a str])];

pub(crate) fn galsync() -> RuleSet {
    let (rules, diagnostics) = load("galsync", &[], &Surroundings::default());
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    rules.unwrap()
}

pub(crate) fn entry(attributes: Attributes<'_>) -> Entry {
    let name = |name: &str| AttributeName::intern(name).unwrap();
    Entry::from_values(attributes.iter().map(|(attribute, values)| {
        (name(attribute), values.iter().map(|v| value_of_row(v)).collect::<Vec<_>>())
    }))
}

pub(crate) fn parameters(given: Attributes<'_>) -> Parameters {
    let mut parameters = Parameters::new();
    for (name, values) in given {
        parameters.set(name, values.iter().copied());
    }
    parameters
}

/// Where an object comes from and what is configured.
pub(crate) struct Case<'a> {
    pub(crate) kind: &'a str,
    pub(crate) object_type: &'a str,
    pub(crate) dn: &'a str,
    pub(crate) attributes: Attributes<'a>,
    pub(crate) parameters: Attributes<'a>,
}

impl Case<'_> {
    fn run<T>(&self, then: impl FnOnce(&[Values<'_>], &Environment<'_>) -> T, rules: &RuleSet) -> T {
        let entry = entry(self.attributes);
        let mut slots = Vec::new();
        rules.import_slots.fill(&entry, &mut slots);
        with_environment(self.parameters, Some(self.dn), None, |environment| then(&slots, environment))
    }

    /// The provisioning rule that takes the object, or why none does.
    pub(crate) fn provisioned(&self, rules: &RuleSet) -> Result<String, String> {
        self.run(
            |slots, environment| {
                let mut reasons = Vec::new();
                for rule in self.rules(rules).filter(|rule| rule.link == LinkType::Provision) {
                    let failed = rule
                        .scope
                        .iter()
                        .find(|condition| !condition.require.is_true(slots, environment).unwrap());
                    match failed {
                        None => return Ok(rule.to.clone()),
                        Some(condition) if condition.selects => {}
                        Some(condition) => reasons.push(condition.because.clone()),
                    }
                }
                Err(reasons.join(" | "))
            },
            rules,
        )
    }

    fn rules<'r>(&'r self, rules: &'r RuleSet) -> impl Iterator<Item = &'r Rule> {
        rules.import.iter().filter(|rule| {
            rule.from.iter().any(|from| from == self.object_type)
                && (rule.connectors.is_empty() || rule.connectors.iter().any(|kind| kind == self.kind))
        })
    }

    /// The neutral attributes of an object of this neutral type.
    pub(crate) fn neutral(&self, rules: &RuleSet, to: &str) -> BTreeMap<String, Vec<Value>> {
        self.run(
            |slots, environment| {
                let mut neutral = BTreeMap::new();
                for rule in self.rules(rules).filter(|rule| rule.to == to) {
                    if !rule.scope.iter().all(|c| c.require.is_true(slots, environment).unwrap()) {
                        continue;
                    }
                    for flow in &rule.flows {
                        let outcome = flow.program.evaluate(slots, environment);
                        let outcome = outcome.unwrap_or_else(|error| panic!("{}: {error}", flow.attribute));
                        if let Outcome::Values(values) = outcome {
                            neutral.entry(flow.attribute.as_str().to_owned()).or_insert(values);
                        }
                    }
                }
                neutral
            },
            rules,
        )
    }

    /// The values that a join group brings, by the group's name.
    pub(crate) fn joins(&self, rules: &RuleSet) -> Vec<(String, String, Vec<String>)> {
        self.run(
            |slots, environment| {
                let mut joins = Vec::new();
                for rule in self.rules(rules) {
                    for join in &rule.joins {
                        if let Outcome::Values(values) = join.own.evaluate(slots, environment).unwrap() {
                            let row =
                                (join.name.clone(), join.theirs.clone(), values.iter().map(shown).collect());
                            if !joins.contains(&row) {
                                joins.push(row);
                            }
                        }
                    }
                }
                joins
            },
            rules,
        )
    }
}

pub(crate) fn with_environment<T>(
    given: Attributes<'_>,
    dn: Option<&str>,
    number: Option<u32>,
    then: impl FnOnce(&Environment<'_>) -> T,
) -> T {
    let parameters = parameters(given);
    let dn = dn.map(DistinguishedName::from_directory);
    then(&Environment {
        now: "2026-11-21T12:00:00Z".parse().unwrap(),
        parameters: &parameters,
        dn: dn.as_ref(),
        seed: 7,
        number,
        groups: &NoGroups,
    })
}

/// What the contact carries; names and unique values by their first candidates (`@name`, `@name.2` …).
pub(crate) fn contact(
    rules: &RuleSet,
    from: &str,
    neutral: &BTreeMap<String, Vec<Value>>,
    given: Attributes<'_>,
) -> Result<BTreeMap<String, String>, String> {
    let name = |name: &str| AttributeName::intern(name).unwrap();
    let entry =
        Entry::from_values(neutral.iter().map(|(attribute, values)| (name(attribute), values.clone())));
    let mut slots = Vec::new();
    rules.export_slots.fill(&entry, &mut slots);
    let mut contact = BTreeMap::new();
    for rule in rules.export.iter().filter(|rule| rule.from.iter().any(|own| own == from)) {
        let failed = with_environment(given, None, None, |environment| {
            rule.scope.iter().find(|c| !c.require.is_true(&slots, environment).unwrap())
        });
        if let Some(condition) = failed {
            if rule.link == LinkType::Provision {
                return Err(condition.because.clone());
            }
            continue;
        }
        for names in rule.name_rule.iter().chain(&rule.uniques) {
            let mut number = 0;
            for candidate in &names.candidates {
                let outcome =
                    with_environment(given, None, Some(1), |e| candidate.evaluate(&slots, e).unwrap());
                if let Outcome::Values(values) = outcome {
                    number += 1;
                    contact.insert(format!("@{}.{number}", names.attribute), shown(&values[0]));
                }
            }
        }
        for flow in &rule.flows {
            let outcome =
                with_environment(given, None, None, |environment| flow.program.evaluate(&slots, environment));
            if let Outcome::Values(values) =
                outcome.unwrap_or_else(|error| panic!("{}: {error}", flow.attribute))
            {
                let shown: Vec<String> = values.iter().map(shown).collect();
                let mode = if flow.mode == FlowMode::Set { "" } else { flow.mode.name() };
                let key = format!("{}{}{mode}", flow.attribute, if mode.is_empty() { "" } else { "/" });
                contact.entry(key).or_insert(shown.join(" | "));
            }
        }
    }
    Ok(contact)
}

pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Bytes(bytes) => {
            format!("0x{}", bytes.iter().map(|octet| format!("{octet:02X}")).collect::<String>())
        }
        other => other.to_string(),
    }
}
