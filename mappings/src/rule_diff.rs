//! What a change of rules changes for one object.

use std::collections::{BTreeMap, BTreeSet};

use madrigal_model::{AttributeName, Timestamp, Value, exactly_equal};

use crate::environment::Parameters;
use crate::rules::RuleSet;
use crate::walk::{WalkObject, Walked, walk};

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

/// Takes an object through both rule sets and compares what they make of it.
#[must_use]
pub fn rule_differences(
    (old, new): (&RuleSet, &RuleSet),
    object: &WalkObject<'_>,
    parameters: (&Parameters, &Parameters),
    now: Timestamp,
) -> Vec<RuleDifference> {
    let before = walk(old, object, parameters, now);
    let after = walk(new, object, parameters, now);
    match (&before.made, &after.made) {
        (None, None) => Vec::new(),
        (None, Some(_)) => vec![RuleDifference::Appears { was_not: reasons(&before) }],
        (Some(_), None) => vec![RuleDifference::Disappears { because: reasons(&after) }],
        (Some((_, was)), Some((_, is))) => attributes(was, is, &before, &after),
    }
}

fn reasons(walked: &Walked) -> String {
    let reasons: Vec<&str> = walked.not_met.iter().map(|not_met| not_met.because.as_str()).collect();
    if reasons.is_empty() { "no rule is for it".to_owned() } else { reasons.join("; ") }
}

fn attributes(
    was: &BTreeMap<AttributeName, Vec<Value>>,
    is: &BTreeMap<AttributeName, Vec<Value>>,
    before: &Walked,
    after: &Walked,
) -> Vec<RuleDifference> {
    let names: BTreeSet<AttributeName> = was.keys().chain(is.keys()).copied().collect();
    let values =
        |map: &BTreeMap<AttributeName, Vec<Value>>, name| map.get(&name).cloned().unwrap_or_default();
    names
        .into_iter()
        .filter_map(|attribute| {
            let (old, new) = (values(was, attribute), values(is, attribute));
            let rule = after.made_by.get(&attribute).or_else(|| before.made_by.get(&attribute));
            let rule = rule.cloned().unwrap_or_default();
            (!exactly_equal(&old, &new)).then_some(RuleDifference::Attribute { attribute, old, new, rule })
        })
        .collect()
}
