//! What a change of rules changes for one object.
//!
//! A change of rules mostly touches a few attributes. What the two rule sets say in the same words is found once, by
//! their texts; of each object only the rest is evaluated.

use std::collections::{BTreeMap, BTreeSet};

use madrigal_model::{AttributeName, Timestamp, Value, exactly_equal};

use crate::environment::Parameters;
use crate::program::Program;
use crate::rules::{LinkType, Rule, RuleSet};
use crate::walk::{WalkObject, Walked, Wanted, export, neutral_entry, project, walk, walk_for};

/// What a change of rules does to what is made of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleDifference {
    /// The new rules make something of it; the old ones did not, for this reason.
    Appears {
        /// Why the old rules made nothing.
        was_not: String,
    },
    /// The new rules make nothing of it, for this reason.
    Disappears {
        /// Why the new rules make nothing.
        because: String,
    },
    /// An attribute has other values.
    Attribute {
        /// The attribute.
        attribute: AttributeName,
        /// The values by the old rules.
        old: Vec<Value>,
        /// The values by the new rules.
        new: Vec<Value>,
        /// The rule that gives the new values, or gave the old ones where there are none any more.
        rule: String,
    },
}

/// Takes an object through both rule sets and compares what they make of it: the slow and plain way, which
/// [`RuleComparison`] must agree with.
#[must_use]
pub fn rule_differences(
    (old, new): (&RuleSet, &RuleSet),
    object: &WalkObject<'_>,
    parameters: (&Parameters, &Parameters),
    now: Timestamp,
) -> Vec<RuleDifference> {
    compared(&walk(old, object, parameters, now), &walk(new, object, parameters, now))
}

/// Two rule sets, and what can differ between what they make.
pub struct RuleComparison<'r> {
    old: &'r RuleSet,
    new: &'r RuleSet,
    differing: Differing,
}

enum Differing {
    /// They say the same.
    Nothing,
    /// They decide in the same way which objects are taken, and differ in some attributes; asked of each set.
    Some(Box<[Wanted; 2]>),
    /// The same, and their import rules give the same: asked of those, and of the export rules of both.
    Exports(Box<Wanted>),
    /// They may differ in everything.
    Everything,
}

impl<'r> RuleComparison<'r> {
    /// Compares the texts of two rule sets.
    #[must_use]
    pub fn new(old: &'r RuleSet, new: &'r RuleSet) -> Self {
        Self { old, new, differing: differing(old, new) }
    }

    /// Whether the two can differ for any object at all.
    #[must_use]
    pub fn can_differ(&self) -> bool {
        !matches!(self.differing, Differing::Nothing)
    }

    /// What differs for an object.
    #[must_use]
    pub fn differences(
        &self,
        object: &WalkObject<'_>,
        parameters: (&Parameters, &Parameters),
        now: Timestamp,
    ) -> Vec<RuleDifference> {
        let [of_old, of_new] = match &self.differing {
            Differing::Nothing => return Vec::new(),
            Differing::Everything => return rule_differences((self.old, self.new), object, parameters, now),
            Differing::Exports(wanted) => return self.exports(wanted, object, parameters, now),
            Differing::Some(wanted) => wanted.as_ref(),
        };
        let before = walk_for(Some(of_old), self.old, object, parameters, now);
        if before.made.is_none() {
            // The new rules decide this in the same way.
            return Vec::new();
        }
        compared(&before, &walk_for(Some(of_new), self.new, object, parameters, now))
    }

    /// What differs for an object where the import rules give the same: they are run once.
    fn exports(
        &self,
        wanted: &Wanted,
        object: &WalkObject<'_>,
        (of_source, of_target): (&Parameters, &Parameters),
        now: Timestamp,
    ) -> Vec<RuleDifference> {
        let projected = project(Some(&wanted.neutral), self.old, object, of_source, now);
        let Some(from) = &projected.taken_as else { return Vec::new() };
        let entry = neutral_entry(&projected);
        let made = |rules| export(Some(&wanted.made), rules, from, &entry, object.dn, of_target, now);
        let before = made(self.old);
        let Some((_, was)) = &before.made else { return Vec::new() };
        let after = made(self.new);
        let Some((_, is)) = &after.made else { return Vec::new() };
        attributes(was, is, &before.made_by, &after.made_by)
    }
}

fn differing(old: &RuleSet, new: &RuleSet) -> Differing {
    let decisions = |rules: &RuleSet| {
        let provisions = |rule: &&Rule| rule.link == LinkType::Provision;
        let (import, export) =
            (rules.import.iter().filter(provisions), rules.export.iter().filter(provisions));
        import.map(scope_text).chain(["".to_owned()]).chain(export.map(scope_text)).collect::<Vec<_>>()
    };
    if decisions(old) != decisions(new) {
        return Differing::Everything;
    }
    let neutral = unequal(&texts_by_attribute(&old.import), &texts_by_attribute(&new.import));
    let differs = |program: &Program| program.reads().iter().any(|name| neutral.contains(name));
    let mut made = unequal(&texts_by_attribute(&old.export), &texts_by_attribute(&new.export));
    for rule in old.export.iter().chain(&new.export) {
        if rule.scope.iter().any(|condition| differs(&condition.require)) {
            if rule.link == LinkType::Provision {
                return Differing::Everything;
            }
            made.extend(rule.writes());
        }
        let names = rule.name_rule.iter().chain(&rule.uniques);
        made.extend(names.filter(|name| name.candidates.iter().any(differs)).map(|name| name.attribute));
        made.extend(rule.flows.iter().filter(|flow| differs(&flow.program)).map(|flow| flow.attribute));
    }
    if made.is_empty() {
        return Differing::Nothing;
    }
    let (of_old, of_new) = (wanted(old, &made), wanted(new, &made));
    if neutral.is_empty() {
        return Differing::Exports(Box::new(of_old.and(&of_new)));
    }
    Differing::Some(Box::new([of_old, of_new]))
}

/// All that is said of each attribute, in the order in which it is asked: a text for each rule that writes it.
fn texts_by_attribute(rules: &[Rule]) -> BTreeMap<AttributeName, Vec<String>> {
    let mut texts: BTreeMap<AttributeName, Vec<String>> = BTreeMap::new();
    for rule in rules {
        let scope = scope_text(rule);
        for name in rule.name_rule.iter().chain(&rule.uniques) {
            let candidates: Vec<&str> = name.candidates.iter().map(|program| program.source()).collect();
            texts.entry(name.attribute).or_default().push(format!("{scope}{candidates:?}"));
        }
        for flow in &rule.flows {
            texts.entry(flow.attribute).or_default().push(format!("{scope}{}", flow.program.source()));
        }
    }
    texts
}

/// Which objects a rule is for.
fn scope_text(rule: &Rule) -> String {
    let scope: Vec<&str> = rule.scope.iter().map(|condition| condition.require.source()).collect();
    format!("{:?}", (&rule.connectors, &rule.from, &rule.to, scope))
}

fn unequal(
    one: &BTreeMap<AttributeName, Vec<String>>,
    other: &BTreeMap<AttributeName, Vec<String>>,
) -> BTreeSet<AttributeName> {
    one.keys().chain(other.keys()).filter(|name| one.get(name) != other.get(name)).copied().collect()
}

/// What has to be evaluated to know these attributes of what is made.
fn wanted(rules: &RuleSet, made: &BTreeSet<AttributeName>) -> Wanted {
    let mut wanted = Wanted::default();
    made.iter().for_each(|name| Wanted::ask(&mut wanted.made, *name));
    for rule in &rules.export {
        let mut ask = |program: &Program| {
            program.reads().iter().for_each(|name| Wanted::ask(&mut wanted.neutral, *name))
        };
        if rule.link == LinkType::Provision || rule.writes().any(|name| made.contains(&name)) {
            rule.scope.iter().for_each(|condition| ask(&condition.require));
        }
        let names = rule.name_rule.iter().chain(&rule.uniques);
        names
            .filter(|name| made.contains(&name.attribute))
            .flat_map(|name| &name.candidates)
            .for_each(&mut ask);
        rule.flows.iter().filter(|flow| made.contains(&flow.attribute)).for_each(|flow| ask(&flow.program));
    }
    wanted
}

fn compared(before: &Walked, after: &Walked) -> Vec<RuleDifference> {
    match (&before.made, &after.made) {
        (None, None) => Vec::new(),
        (None, Some(_)) => vec![RuleDifference::Appears { was_not: reasons(before) }],
        (Some(_), None) => vec![RuleDifference::Disappears { because: reasons(after) }],
        (Some((_, was)), Some((_, is))) => attributes(was, is, &before.made_by, &after.made_by),
    }
}

fn reasons(walked: &Walked) -> String {
    let reasons: Vec<&str> = walked.not_met.iter().map(|not_met| not_met.because.as_str()).collect();
    if reasons.is_empty() { "no rule is for it".to_owned() } else { reasons.join("; ") }
}

fn attributes(
    was: &BTreeMap<AttributeName, Vec<Value>>,
    is: &BTreeMap<AttributeName, Vec<Value>>,
    was_by: &BTreeMap<AttributeName, String>,
    is_by: &BTreeMap<AttributeName, String>,
) -> Vec<RuleDifference> {
    let names: BTreeSet<AttributeName> = was.keys().chain(is.keys()).copied().collect();
    let mut differences = Vec::new();
    for attribute in names {
        let values =
            |map: &'_ BTreeMap<AttributeName, Vec<Value>>| map.get(&attribute).cloned().unwrap_or_default();
        if was.get(&attribute).is_some_and(|was| is.get(&attribute).is_some_and(|is| exactly_equal(was, is)))
        {
            continue;
        }
        let rule = is_by.get(&attribute).or_else(|| was_by.get(&attribute));
        let (rule, old, new) = (rule.cloned().unwrap_or_default(), values(was), values(is));
        differences.push(RuleDifference::Attribute { attribute, old, new, rule });
    }
    differences
}
