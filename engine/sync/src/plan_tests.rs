//! The plan of one object against a slow and obvious one: value by value, and then once more.

use std::collections::BTreeSet;

use madrigal_mappings::FlowMode;
use madrigal_model::{AttributeName, Entry, FlowSource, Value, ValueRef};
use proptest::prelude::*;

use crate::desired::DesiredAttribute;
use crate::plan::{attribute_changes, baseline_after, baseline_settled};

/// Few values, some of which differ by case only.
const VALUES: [&str; 6] = ["a@x", "A@x", "b@x", "c@x", "C@x", "d@x"];

fn name(text: &str) -> AttributeName {
    AttributeName::intern(text).unwrap()
}

fn set_of(all: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    // No directory holds two values that are the same by the matching rule.
    proptest::sample::subsequence(all.to_vec(), 0..=all.len()).prop_shuffle().prop_map(|values| {
        let mut seen = BTreeSet::new();
        values.into_iter().filter(|value| seen.insert(value.to_lowercase())).collect()
    })
}

fn mode() -> impl Strategy<Value = FlowMode> {
    prop::sample::select(vec![FlowMode::Set, FlowMode::Merge, FlowMode::Accumulate, FlowMode::Initial])
}

fn entry(attribute: AttributeName, values: &[&str]) -> Entry {
    Entry::from_values([(attribute, values.iter().map(|value| Value::text(*value)).collect::<Vec<_>>())])
}

fn planned(
    attribute: AttributeName,
    mode: FlowMode,
    desired: &[&str],
    observed: &Entry,
    baseline: &Entry,
) -> (Entry, Entry) {
    let source = FlowSource { rule: "r".into(), reads: Box::new([]) };
    let values = desired.iter().map(|value| Value::text(*value)).collect();
    let desired = [DesiredAttribute { attribute, mode, values, known: true, source }];
    let changes = attribute_changes(&desired, observed, baseline);
    let mut after = observed.edit();
    for change in &changes {
        after.set(change.attribute, change.new.clone());
    }
    let after = after.build();
    let base = baseline_settled(&baseline_after(baseline, &changes), &after, &desired);
    (after, base)
}

fn texts(entry: &Entry, attribute: AttributeName) -> BTreeSet<String> {
    entry.get(attribute).iter().filter_map(ValueRef::as_text).map(str::to_owned).collect()
}

/// What should be there, one value after the other.
fn obvious(mode: FlowMode, desired: &[&str], observed: &[&str], baseline: &[&str]) -> BTreeSet<String> {
    let mut wanted = BTreeSet::new();
    let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    for value in VALUES {
        let is_desired = desired.contains(&value);
        let is_there = observed.contains(&value);
        let is_ours = baseline.contains(&value);
        // Desired, and there already in a spelling that is not ours to change.
        let has_twin = observed.iter().any(|other| {
            *other != value
                && same(other, value)
                && (mode == FlowMode::Accumulate || !baseline.contains(other) || desired.contains(other))
        });
        let stays = match mode {
            FlowMode::Set if desired.is_empty() => is_there && !is_ours,
            FlowMode::Set => is_desired,
            FlowMode::Merge => (is_desired && !has_twin) || (is_there && (!is_ours || is_desired)),
            FlowMode::Accumulate => is_there || (is_desired && !has_twin),
            FlowMode::Initial => is_there,
        };
        if stays {
            wanted.insert(value.to_owned());
        }
    }
    wanted
}

proptest! {
    #[test]
    fn the_plan_is_what_is_obvious(
        mode in mode(),
        desired in set_of(&VALUES),
        observed in set_of(&VALUES),
        baseline in set_of(&VALUES),
    ) {
        let attribute = name("otherMailbox");
        let there = entry(attribute, &observed);
        let base = entry(attribute, &baseline);
        let (after, base) = planned(attribute, mode, &desired, &there, &base);
        prop_assert_eq!(texts(&after, attribute), obvious(mode, &desired, &observed, &baseline));
        // Once written, nothing is left to do.
        let (again, _) = planned(attribute, mode, &desired, &after, &base);
        prop_assert_eq!(texts(&again, attribute), texts(&after, attribute));
    }
}
