//! What a person took back is not done again by itself: it is held until its source changes or a person lets it go.
//!
//! Of an add, of a withdrawal (a hide or a delete) and of an adoption the whole is held; of any other change each value
//! and the name by itself, so that the rest of the contact is kept in step. What is not asked for any more is let go: the
//! source has changed.

use madrigal_mappings::FlowMode;
use madrigal_model::{
    AttributeChange, AttributeSchema, ChangeKind, DistinguishedName, HideReason, Hold, Problem, Syntax,
    Value, ValueSetDifference, exactly_equal,
};

use crate::codes::{self, Subject};
use crate::desired::DesiredAttribute;
use crate::target::Work;

/// The hold that keeps a contact from being made, taken away or taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whole {
    Add,
    Withdrawal(HideReason),
    Adoption,
}

impl Whole {
    fn is_held_by(self, hold: &Hold) -> bool {
        match (self, hold.change.kind) {
            (Self::Add, ChangeKind::Add) | (Self::Adoption, ChangeKind::Adopt) => true,
            (Self::Withdrawal(reason), ChangeKind::Hide | ChangeKind::Delete) => {
                // That somebody has an object of his own there by now, or his address is another one's, is new.
                let was_at_once = hold.change.reason.is_some_and(HideReason::deletes_at_once);
                was_at_once || !reason.deletes_at_once()
            }
            _ => false,
        }
    }
}

/// Whether the whole is held. Holds of another kind are let go, for what they are about is over; the problem says what
/// is held.
pub(crate) fn holds(work: &mut Work<'_>, whole: Whole, subject: &Subject<'_>) -> bool {
    work.state.holds.retain(|hold| whole.is_held_by(hold));
    let Some(hold) = work.state.holds.last() else { return false };
    let what = match whole {
        Whole::Add => "no contact is made",
        Whole::Withdrawal(_) => "the contact stays as it is",
        Whole::Adoption => "the contact stays somebody else's",
    };
    let problem = problem(hold, subject, what);
    work.problems.push(problem);
    true
}

/// Takes what is held out of the changes of a contact that is there, and lets go of what is not asked for any more.
pub(crate) fn take_out(
    work: &mut Work<'_>,
    desired: &[DesiredAttribute],
    changes: &mut Vec<AttributeChange>,
    new_dn: &mut Option<DistinguishedName>,
    subject: &Subject<'_>,
) {
    let mut held = Vec::new();
    for hold in &mut work.state.holds {
        let change = &mut hold.change;
        if matches!(change.kind, ChangeKind::Add | ChangeKind::Hide | ChangeKind::Delete) {
            change.changes.clear();
            change.new_dn = None;
            continue;
        }
        if change.new_dn.is_some() && change.new_dn == *new_dn {
            *new_dn = None;
            held.push("its name");
        } else {
            change.new_dn = None;
        }
        change.changes.retain(|taken_back| {
            let attribute = taken_back.attribute;
            let wanted = desired.iter().find(|desired| desired.attribute == attribute);
            if wanted.is_some_and(|wanted| !wanted.known) {
                return true;
            }
            let planned = changes.iter_mut().find(|planned| planned.attribute == attribute);
            let is_held = planned.is_some_and(|planned| without(planned, taken_back, wanted));
            if is_held {
                held.push(attribute.as_str());
            }
            is_held
        });
        changes.retain(|change| !exactly_equal(&change.old, &change.new));
    }
    work.state.holds.retain(|hold| hold.change.new_dn.is_some() || !hold.change.changes.is_empty());
    if let Some(hold) = work.state.holds.last().filter(|_| !held.is_empty()) {
        held.dedup();
        let problem = problem(hold, subject, &format!("not written: {}", held.join(", ")));
        work.problems.push(problem);
    }
}

/// Takes what was taken back out of a planned change; whether there was any.
fn without(
    planned: &mut AttributeChange,
    taken_back: &AttributeChange,
    wanted: Option<&DesiredAttribute>,
) -> bool {
    if wanted.is_none_or(|wanted| wanted.mode == FlowMode::Set) {
        let is_held = exactly_equal(&planned.new, &taken_back.new);
        if is_held {
            planned.new.clone_from(&planned.old);
        }
        return is_held;
    }
    let mut asked = ValueSetDifference::between(&planned.old, &planned.new);
    let before = ValueSetDifference::between(&taken_back.old, &taken_back.new);
    let count = asked.added.len() + asked.removed.len();
    asked.added.retain(|value| !before.added.contains(value));
    asked.removed.retain(|value| !before.removed.contains(value));
    if asked.added.len() + asked.removed.len() == count {
        return false;
    }
    let kept = planned.old.iter().filter(|value| !asked.removed.contains(value)).cloned();
    let new: Vec<Value> = kept.chain(asked.added).collect();
    // What is left must be a set of addresses still: one that the source has given another primary address is not.
    let is_addresses = AttributeSchema::of(planned.attribute).syntax == Syntax::ProxyAddress;
    let primaries = new.iter().filter(|value| value.as_text().is_some_and(|text| text.starts_with("SMTP:")));
    if is_addresses && primaries.count() > 1 {
        return false;
    }
    planned.new = new;
    true
}

fn problem(hold: &Hold, subject: &Subject<'_>, what: &str) -> Problem {
    subject.problem(
        codes::HELD_BACK,
        None,
        format!("{}: run {} was taken back at {}, so {what}.", hold.change.dn, hold.run, hold.at),
        format!(
            "Mend the rule or the source: what is asked for then is written. `madrigal release {}` lets it be done as it was.",
            hold.run
        ),
    )
}

#[cfg(test)]
mod tests {
    use madrigal_model::{AttributeName, FlowSource};

    use super::*;

    fn change(attribute: AttributeName, old: &str, new: &str) -> AttributeChange {
        let values = |text: &str| text.split_whitespace().map(Value::text).collect();
        AttributeChange { attribute, old: values(old), new: values(new), source: None }
    }

    /// What is left of a planned change, and whether some of it is held.
    fn check(
        name: &str,
        mode: FlowMode,
        taken_back: (&str, &str),
        planned: (&str, &str),
        left: &str,
        held: bool,
    ) {
        let attribute = AttributeName::intern(name).unwrap();
        let source = FlowSource { rule: "r".into(), reads: Box::new([]) };
        let wanted = DesiredAttribute { attribute, mode, values: Vec::new(), known: true, source };
        let taken_back = change(attribute, taken_back.0, taken_back.1);
        let mut change = change(attribute, planned.0, planned.1);
        let is_held = without(&mut change, &taken_back, Some(&wanted));
        let mut new: Vec<String> = change.new.iter().map(ToString::to_string).collect();
        new.sort();
        assert_eq!(
            (new.join(" ").as_str(), is_held),
            (left, held),
            "{name} {mode:?} {taken_back:?} {planned:?}"
        );
    }

    #[test]
    fn what_was_taken_back_is_not_written() {
        use FlowMode::{Merge, Set};
        check("title", Set, ("1", "2"), ("1", "2"), "1", true);
        check("title", Set, ("1", "2"), ("theirs", "2"), "theirs", true);
        check("title", Set, ("1", "2"), ("1", "3"), "3", false);
        check("title", Set, ("1", ""), ("1", ""), "1", true);
        check("otherTelephone", Merge, ("1", "1 2"), ("1 5", "1 2 5"), "1 5", true);
        check("otherTelephone", Merge, ("1", "1 2"), ("1", "1 2 3"), "1 3", true);
        check("otherTelephone", Merge, ("1 2", "1"), ("1 2", ""), "2", true);
        check("otherTelephone", Merge, ("1", "1 2"), ("1", "1 3"), "1 3", false);
        let primary = ("SMTP:a@x", "SMTP:b@x smtp:a@x");
        check("proxyAddresses", Merge, primary, primary, "SMTP:a@x", true);
        check(
            "proxyAddresses",
            Merge,
            primary,
            ("SMTP:a@x", "SMTP:c@x smtp:a@x"),
            "SMTP:c@x smtp:a@x",
            false,
        );
        check(
            "proxyAddresses",
            Merge,
            primary,
            ("SMTP:a@x", "SMTP:b@x smtp:a@x smtp:d@x"),
            "SMTP:a@x smtp:d@x",
            true,
        );
    }
}
