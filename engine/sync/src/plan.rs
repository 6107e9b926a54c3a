//! The plan for one object: from what is desired, observed and was put there by us to the one change that is needed.
//! A pure function of its arguments; preview shows its value and export sends its value.

use madrigal_mappings::FlowMode;
use madrigal_model::{
    AttributeChange, AttributeName, AttributeSchema, Entry, EntryBuilder, FlowSource, ProxyAddress,
    ProxyAddresses, Syntax, Value, ValueRef, Values, exactly_equal, values_match,
};

use crate::desired::DesiredAttribute;
use crate::names;

/// The changes of attributes that turn what is observed into what is desired. `baseline` is what we put there.
pub(crate) fn attribute_changes(
    desired: &[DesiredAttribute],
    observed: &Entry,
    baseline: &Entry,
) -> Vec<AttributeChange> {
    let mut changes = Vec::new();
    let (there, ours) = (observed.lookup(), baseline.lookup());
    for attribute in desired.iter().filter(|attribute| attribute.known) {
        let old = there.get(attribute.attribute);
        // Most attributes of most objects are absent on both sides, and stay so.
        if old.is_empty() && attribute.values.is_empty() {
            continue;
        }
        let (old, ours) = (owned(old), owned(ours.get(attribute.attribute)));
        let new = merged(attribute, &old, &ours);
        push(&mut changes, attribute.attribute, old, new, Some(&attribute.source));
    }
    // What a rule that is gone once wrote goes too, as far as it is ours.
    for (attribute, ours) in baseline.iter() {
        if desired.iter().any(|desired| desired.attribute == attribute) {
            continue;
        }
        let old = owned(there.get(attribute));
        let ours: Vec<Value> = ours.iter().map(ValueRef::to_value).collect();
        let new = without(&old, &ours);
        push(&mut changes, attribute, old, new, None);
    }
    changes
}

/// The changes that make a new object.
pub(crate) fn first_values(desired: &[DesiredAttribute]) -> Vec<AttributeChange> {
    let mut changes = Vec::new();
    for attribute in desired.iter().filter(|attribute| attribute.known && !attribute.values.is_empty()) {
        let new = tidy(attribute.attribute, attribute.values.clone());
        push(&mut changes, attribute.attribute, Vec::new(), new, Some(&attribute.source));
    }
    changes
}

fn push(
    changes: &mut Vec<AttributeChange>,
    attribute: AttributeName,
    old: Vec<Value>,
    new: Vec<Value>,
    source: Option<&FlowSource>,
) {
    if !exactly_equal(&old, &new) {
        changes.push(AttributeChange { attribute, old, new, source: source.cloned() });
    }
}

/// What the attribute should hold, by its flow mode.
fn merged(desired: &DesiredAttribute, observed: &[Value], baseline: &[Value]) -> Vec<Value> {
    match desired.mode {
        FlowMode::Set if desired.values.is_empty() => without(observed, baseline),
        FlowMode::Set => tidy(desired.attribute, desired.values.clone()),
        FlowMode::Merge => {
            let stale: Vec<Value> =
                baseline.iter().filter(|value| !desired.values.contains(value)).cloned().collect();
            add(desired.attribute, without(observed, &stale), &desired.values, baseline)
        }
        FlowMode::Accumulate => add(desired.attribute, observed.to_vec(), &desired.values, &[]),
        FlowMode::Initial => observed.to_vec(),
    }
}

/// Adds our values. One that is there in another spelling is respelt only where it is ours.
fn add(attribute: AttributeName, kept: Vec<Value>, ours: &[Value], baseline: &[Value]) -> Vec<Value> {
    if AttributeSchema::of(attribute).syntax == Syntax::ProxyAddress {
        return add_addresses(kept, ours);
    }
    let mut values = kept;
    for value in ours {
        let twin = values.iter_mut().find(|known| values_match(attribute, known.as_ref(), value.as_ref()));
        match twin {
            Some(twin) if baseline.contains(twin) => *twin = value.clone(),
            Some(_) => {}
            None => values.push(value.clone()),
        }
    }
    values
}

/// Adds our addresses by the insert rules: the primary address is ours, others' stay as secondary ones.
fn add_addresses(kept: Vec<Value>, ours: &[Value]) -> Vec<Value> {
    let (texts, others): (Vec<Value>, Vec<Value>) = kept
        .into_iter()
        .partition(|value| value.as_text().is_some_and(|text| ProxyAddress::parse(text).is_ok()));
    let parse = |value: &Value| value.as_text().and_then(|text| ProxyAddress::parse(text).ok());
    let ours: Vec<ProxyAddress> = ours.iter().filter_map(parse).collect();
    let kept: Vec<ProxyAddress> = texts.iter().filter_map(parse).collect();
    let mut set = ProxyAddresses::default();
    for address in kept {
        // Our spelling of an address replaces another spelling of the same one.
        let respelt = ours.iter().find(|our| our.same_value(&address)).cloned();
        set.insert(respelt.unwrap_or(address));
    }
    ours.into_iter().for_each(|address| set.insert(address));
    let mut values: Vec<Value> = set.iter().map(|address| Value::text(address.to_string())).collect();
    values.extend(others);
    values
}

/// Values of a new or enforced attribute: proxy addresses by the insert rules, others as they are.
fn tidy(attribute: AttributeName, values: Vec<Value>) -> Vec<Value> {
    if AttributeSchema::of(attribute).syntax == Syntax::ProxyAddress {
        add_addresses(Vec::new(), &values)
    } else {
        values
    }
}

fn owned(values: Values<'_>) -> Vec<Value> {
    values.iter().map(ValueRef::to_value).collect()
}

fn without(values: &[Value], taken: &[Value]) -> Vec<Value> {
    values.iter().filter(|value| !taken.contains(value)).cloned().collect()
}

/// What we will have put there once these changes are written: the merge base of the next plan.
#[must_use]
pub fn baseline_after(baseline: &Entry, changes: &[AttributeChange]) -> Entry {
    let mut after = baseline.edit();
    for change in changes {
        let mut ours: Vec<Value> = after.values(change.attribute).to_vec();
        // Before the target confirms it, a value that goes is still ours and one that comes is ours already.
        for value in &change.new {
            if !change.old.contains(value) && !ours.contains(value) {
                ours.push(value.clone());
            }
        }
        after.set(change.attribute, ours);
    }
    after.build()
}

/// The merge base once an import has shown the object: what is neither desired nor there any more is no longer ours.
pub(crate) fn baseline_settled(baseline: &Entry, observed: &Entry, desired: &[DesiredAttribute]) -> Entry {
    let observed = observed.lookup();
    baseline.changed(|attribute, ours| {
        let there = observed.get(attribute);
        if ours.iter().all(|value| there.iter().any(|known| known == value)) {
            return None;
        }
        let wanted = desired.iter().find(|desired| desired.attribute == attribute);
        let there = owned(there);
        let kept = ours.iter().map(ValueRef::to_value).filter(|value| {
            there.contains(value)
                || wanted.is_some_and(|wanted| !wanted.known || wanted.values.contains(value))
        });
        Some(kept.collect())
    })
}

/// The merge base with what an attribute that is set holds as we want it, whoever wrote it: it goes with our last word, or
/// a value that may cross no longer would stay where the merge base was lost with the store.
pub(crate) fn baseline_enforced(baseline: Entry, observed: &Entry, desired: &[DesiredAttribute]) -> Entry {
    let (there, ours) = (observed.lookup(), baseline.lookup());
    let is_new = |desired: &&DesiredAttribute| {
        let sets = desired.known && desired.mode == FlowMode::Set && !desired.values.is_empty();
        sets && ours.get(desired.attribute).is_empty()
            && exactly_equal(&owned(there.get(desired.attribute)), &desired.values)
    };
    let new: Vec<&DesiredAttribute> = desired.iter().filter(is_new).collect();
    if new.is_empty() {
        return baseline;
    }
    let mut enforced = baseline.edit();
    new.into_iter().for_each(|desired| enforced.set(desired.attribute, desired.values.clone()));
    enforced.build()
}

/// The merge base of a contact of ours that was lost, with the store or from sight: what is known of it, and what we
/// want and find there.
pub(crate) fn baseline_recovered(known: &Entry, observed: &Entry, desired: &[DesiredAttribute]) -> Entry {
    let mut recovered = known.edit();
    for desired in desired {
        let found = owned(observed.get(desired.attribute));
        let found = found.into_iter().filter(|value| desired.values.contains(value)).collect();
        claim(&mut recovered, desired.attribute, found);
    }
    recovered.build()
}

/// The merge base of a contact whose stamp says that we hid it: so is what hides it, whatever else was forgotten.
pub(crate) fn baseline_hidden(known: &Entry, observed: &Entry) -> Entry {
    let mut hidden = known.edit();
    claim(&mut hidden, *names::HIDE, owned(observed.get(*names::HIDE)));
    hidden.build()
}

fn claim(baseline: &mut EntryBuilder, attribute: AttributeName, found: Vec<Value>) {
    let mut ours = baseline.values(attribute).to_vec();
    for value in found {
        if !ours.contains(&value) {
            ours.push(value);
        }
    }
    baseline.set(attribute, ours);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(texts: &str) -> Vec<Value> {
        texts.split_whitespace().map(Value::text).collect()
    }

    fn check(attribute: &str, mode: FlowMode, desired: &str, observed: &str, baseline: &str, expected: &str) {
        let attribute = AttributeName::intern(attribute).unwrap();
        let source = FlowSource { rule: "r".into(), reads: Box::new([]) };
        let desired = DesiredAttribute { attribute, mode, values: values(desired), known: true, source };
        let mut new = merged(&desired, &values(observed), &values(baseline));
        let mut expected = values(expected);
        new.sort();
        expected.sort();
        assert_eq!(new, expected, "{attribute} {mode:?} {desired:?} observed {observed} baseline {baseline}");
    }

    #[test]
    fn flow_modes() {
        use FlowMode::{Accumulate, Initial, Merge, Set};
        // Set: the attribute is ours; without a contributor only our own value goes.
        check("title", Set, "Boss", "Clerk", "", "Boss");
        check("displayName", Set, "McDonald", "mcdonald", "mcdonald", "McDonald");
        check("title", Set, "", "Clerk", "Clerk", "");
        check("title", Set, "", "Theirs", "Clerk", "Theirs");
        // Merge: ours come and go, others' stay.
        check("otherTelephone", Merge, "1 2", "3", "", "1 2 3");
        check("otherTelephone", Merge, "1", "1 2 3", "1 2", "1 3");
        check("otherTelephone", Merge, "", "1 3", "1", "3");
        check("otherMailbox", Merge, "A@b", "a@b", "", "a@b");
        check("otherMailbox", Merge, "A@b", "a@b", "a@b", "A@b");
        // Accumulate: never removed.
        check("otherMailbox", Accumulate, "b", "a", "a", "a b");
        // Initial: afterwards whatever is there.
        check("legacyExchangeDN", Initial, "/o=a", "/o=b", "", "/o=b");
        // Proxy addresses: the primary is ours, X500 of others survives.
        check(
            "proxyAddresses",
            Merge,
            "SMTP:new@x",
            "SMTP:old@x X500:/o=ExchangeLabs",
            "SMTP:old@x",
            "SMTP:new@x X500:/o=ExchangeLabs",
        );
        check("proxyAddresses", Merge, "SMTP:a@x", "SMTP:theirs@x", "", "SMTP:a@x smtp:theirs@x");
        check("proxyAddresses", Merge, "SMTP:Anna@x", "SMTP:anna@x", "SMTP:anna@x", "SMTP:Anna@x");
    }

    #[test]
    fn what_is_set_as_we_want_it_is_ours() {
        let title = AttributeName::intern("title").unwrap();
        let check = |mode, wanted: &str, there: &str, ours: &str, expected: &str| {
            let entry = |text: &str| Entry::from_values([(title, values(text))]);
            let source = FlowSource { rule: "r".into(), reads: Box::new([]) };
            let desired =
                DesiredAttribute { attribute: title, mode, values: values(wanted), known: true, source };
            let enforced = baseline_enforced(entry(ours), &entry(there), &[desired]);
            assert_eq!(owned(enforced.get(title)), values(expected), "{mode:?} {wanted} {there} {ours}");
        };
        check(FlowMode::Set, "Boss", "Boss", "", "Boss");
        check(FlowMode::Set, "Boss", "Clerk", "", "");
        check(FlowMode::Set, "", "Clerk", "", "");
        check(FlowMode::Set, "Boss", "Boss", "Clerk", "Clerk");
        check(FlowMode::Merge, "Boss", "Boss", "", "");
    }

    #[test]
    fn the_merge_base_grows_before_the_call_and_shrinks_after_the_import() {
        let mail = AttributeName::intern("otherMailbox").unwrap();
        let base = Entry::from_values([(mail, ["a"])]);
        let change = AttributeChange {
            attribute: mail,
            old: values("a theirs"),
            new: values("b theirs"),
            source: None,
        };
        let after = baseline_after(&base, &[change]);
        assert_eq!(owned(after.get(mail)), values("a b"));
        let source = FlowSource { rule: "r".into(), reads: Box::new([]) };
        let desired = DesiredAttribute {
            attribute: mail,
            mode: FlowMode::Merge,
            values: values("b"),
            known: true,
            source,
        };
        let observed = Entry::from_values([(mail, ["b", "theirs"])]);
        assert_eq!(owned(baseline_settled(&after, &observed, &[desired]).get(mail)), values("b"));
    }
}
