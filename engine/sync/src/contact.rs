//! The contact as it should be, and the change that makes it so: its name, its unique values, its attributes.

use madrigal_mappings::FlowMode;
use madrigal_model::{
    ChangeKind, ConnectorId, DistinguishedName, Entry, FlowSource, PendingExport, Problem, Reference, Value,
    ValueRef,
};

use crate::codes::{self, Subject};
use crate::desired::{Desired, DesiredAttribute};
use crate::holds::{self, Whole};
use crate::interpret::Evaluation;
use crate::names;
use crate::naming::{Named, Naming, Within, decide};
use crate::plan::{
    attribute_changes, baseline_enforced, baseline_hidden, baseline_recovered, baseline_settled, first_values,
};
use crate::target::{Settled, Work, is_managed, stamp, stamp_missing};
use crate::topology::Share;
use crate::uniqueness::{claimed, hold_taken_addresses, report_taken, taken};
use crate::view::View;
use crate::workspace::{NeighbourhoodError, Workspace};
use crate::{confirm, fights, view};

/// Plans the change that makes a contact what is wanted of it.
#[allow(clippy::too_many_arguments, reason = "one step of one function, split for reading")]
pub(crate) fn plan_contact(
    workspace: &mut Workspace<'_>,
    work: &mut Work<'_>,
    share: &Share,
    mut wanted: Desired<'_>,
    object: &Entry,
    seed: u128,
    subject: &Subject<'_>,
    adopting: bool,
) -> Result<Settled, NeighbourhoodError> {
    work.problems.append(&mut wanted.problems);
    if let Some(view) = &work.view
        && !view.stamped
        && !adopting
        && workspace.topology.safeguards.stamp
    {
        let problem = stamp_missing(work, subject, view);
        work.problems.push(problem);
        work.state.pending = None;
        return Ok(Settled::as_it_is(work.take_state()));
    }
    let Some(name) = name_and_uniques(workspace, work, share, &mut wanted, object, seed, subject)? else {
        return Ok(held(work));
    };
    if let Some(problem) = missing_value(work, &mut wanted, subject) {
        work.problems.push(problem);
        if work.view.is_none() {
            return Ok(held(work));
        }
    }
    let container = home(work, share);
    let mut attributes = wanted.attributes;
    own_attributes(work, &mut attributes);
    if work.is_assumed {
        without_own_name(&mut attributes);
    }
    workspace.note(work.target.id, |trail| {
        trail.desired.clone_from(&attributes);
        trail.observed = work.view.as_ref().map(|view| view.entry.clone());
    });
    let Some(view) = work.view.clone() else {
        return plan_add(workspace, work, &container.child("CN", &name), attributes, subject);
    };
    work.state.baseline = with_anchors(workspace, &work.state.baseline, work.target.id)?;
    if work.recovered {
        let known = baseline_recovered(&work.state.baseline, &view.entry, &work.withheld);
        work.state.baseline = baseline_recovered(&known, &view.entry, &attributes);
        work.recovered = false;
    }
    if view.stamp.as_ref().is_some_and(|stamp| stamp.hidden.is_some()) {
        work.state.baseline = baseline_hidden(&work.state.baseline, &view.entry);
    }
    if work.state.unconfirmed.is_none() {
        let settled = baseline_settled(&work.state.baseline, &view.entry, &attributes);
        work.state.baseline = baseline_enforced(settled, &view.entry, &attributes);
    }
    let mut changes = attribute_changes(&attributes, &view.entry, &work.state.baseline);
    let mut new_dn = new_dn(work, &view, &container, &name, subject);
    if adopting {
        work.state.holds.clear();
    } else {
        for hold in &mut work.state.holds {
            hold.change = view::with_contacts(workspace, work.target.id, hold.change.clone())?;
        }
        holds::take_out(work, &attributes, &mut changes, &mut new_dn, subject);
    }
    let wanted_addresses = hold_taken_addresses(workspace, work, &view, &attributes, &mut changes, subject)?;
    let unhides = changes.iter().any(|change| change.attribute == *names::HIDE && change.new.is_empty());
    let kind = if adopting {
        ChangeKind::Adopt
    } else if unhides {
        ChangeKind::Unhide
    } else if let Some(new_dn) = &new_dn {
        let same_parent = new_dn.parent().zip(view.dn.parent()).is_some_and(|(new, old)| new.same_as(&old));
        if same_parent { ChangeKind::Rename } else { ChangeKind::Move }
    } else {
        ChangeKind::Modify
    };
    work.state.hidden = None;
    work.state.dn = view.dn.clone();
    let planned = (!changes.is_empty() || new_dn.is_some()).then(|| PendingExport {
        kind,
        identity: work.identity.id,
        connector: work.target.id,
        anchor: view.anchor.clone(),
        dn: view.dn.clone(),
        new_dn,
        changes,
        reason: None,
        speaker: work.speaker.as_ref().map(|speaker| speaker.object.key.clone()),
    });
    confirm::plan(workspace, work, planned, subject);
    let due = fights::tell(workspace, work, &view.dn, subject);
    Ok(Settled { state: Some(work.take_state()), due, wanted_addresses })
}

/// A value that pointed to an object which was only planned is ours under that object's own key as well.
pub(crate) fn with_anchors(
    workspace: &mut Workspace<'_>,
    baseline: &Entry,
    target: ConnectorId,
) -> Result<Entry, NeighbourhoodError> {
    let mut planned = Vec::new();
    for (attribute, values) in baseline.iter() {
        for value in values.iter() {
            if let ValueRef::Identity(identity) = value {
                planned.push((attribute, identity));
            }
        }
    }
    if planned.is_empty() {
        return Ok(baseline.clone());
    }
    let mut builder = baseline.edit();
    for (attribute, identity) in planned {
        let state = workspace.identity(identity)?.and_then(|identity| {
            identity
                .exports
                .iter()
                .find(|state| state.connector == target)
                .and_then(|state| state.anchor.clone())
        });
        let value = state.map(|anchor| Value::Reference(Reference::Object(anchor)));
        if let Some(value) = value.filter(|value| !builder.values(attribute).contains(value)) {
            builder.add(attribute, value);
        }
    }
    Ok(builder.build())
}

fn held(work: &mut Work<'_>) -> Settled {
    work.state.pending = None;
    if work.view.is_none() && work.state.unconfirmed.is_none() && work.state.decisions.is_empty() {
        return Settled::nothing();
    }
    Settled::as_it_is(work.take_state())
}

fn plan_add(
    workspace: &mut Workspace<'_>,
    work: &mut Work<'_>,
    dn: &DistinguishedName,
    mut attributes: Vec<DesiredAttribute>,
    subject: &Subject<'_>,
) -> Result<Settled, NeighbourhoodError> {
    without_own_name(&mut attributes);
    let changes = first_values(&attributes);
    let entry = Entry::from_values(changes.iter().map(|change| (change.attribute, change.new.clone())));
    let addresses = claimed(&entry, &Entry::default());
    work.state.dn = dn.clone();
    work.state.hidden = None;
    if holds::holds(work, Whole::Add, subject) {
        confirm::plan(workspace, work, None, subject);
        return Ok(Settled::as_it_is(work.state.clone()));
    }
    // What we wrote on a contact that is not seen any more stays ours: it may only have been out of sight.
    if let Some((address, owner)) = taken(workspace, work.identity.id, work.target.id, &addresses)? {
        report_taken(workspace, work, &address, &owner, subject);
        work.state.pending = None;
        return Ok(Settled { state: Some(work.take_state()), due: None, wanted_addresses: addresses });
    }
    let planned = PendingExport {
        kind: ChangeKind::Add,
        identity: work.identity.id,
        connector: work.target.id,
        anchor: None,
        dn: dn.clone(),
        new_dn: None,
        changes,
        reason: None,
        speaker: work.speaker.as_ref().map(|speaker| speaker.object.key.clone()),
    };
    confirm::plan(workspace, work, Some(planned), subject);
    Ok(Settled::as_it_is(work.take_state()))
}

/// A contact that is made again as it was is not reached by its old name as well: the old name is its own.
fn without_own_name(attributes: &mut [DesiredAttribute]) {
    let own = attributes.iter().find(|attribute| attribute.attribute == *names::LEGACY_DN);
    let own = own.and_then(|own| own.values.first()).and_then(Value::as_text);
    let Some(own) = own.map(|own| format!("X500:{own}")) else { return };
    let is_own = |value: &Value| value.as_text().is_some_and(|text| text.eq_ignore_ascii_case(&own));
    for attribute in attributes.iter_mut().filter(|one| one.attribute == *names::PROXY_ADDRESSES) {
        attribute.values.retain(|value| !is_own(value));
    }
}

/// Decides the name and the other unique values; none where that failed and was recorded.
fn name_and_uniques(
    workspace: &mut Workspace<'_>,
    work: &mut Work<'_>,
    share: &Share,
    wanted: &mut Desired<'_>,
    object: &Entry,
    seed: u128,
    subject: &Subject<'_>,
) -> Result<Option<String>, NeighbourhoodError> {
    let mut slots = Vec::new();
    share.rules.export_slots.fill(object, &mut slots);
    let evaluation = Evaluation::of(&slots, &share.parameters, None, seed, workspace.now);
    let container = home(work, share);
    let view = work.view.clone();
    let observed_name = view.as_ref().and_then(|view| view.dn.rdn_value());
    let is_there = view.as_ref().is_some_and(|view| {
        !work.is_assumed && view.dn.parent().is_some_and(|parent| parent.same_as(&container))
    });
    let mut naming = Naming {
        identity: work.identity.id,
        target: work.target.id,
        within: Within::Container { container: &container, is_there },
        observed: observed_name.as_deref(),
    };
    let mut name = None;
    if let Some(rule) = &wanted.rule.name_rule {
        match decide(workspace, rule, &evaluation, &mut work.state, &naming)? {
            Named::As(value) => name = Some(value),
            other => work.problems.push(unnamed(other, "cn", subject)),
        }
    }
    for rule in &wanted.rule.uniques {
        if work.target.lacks.contains(&rule.attribute) {
            continue;
        }
        naming.within = Within::Nicknames;
        naming.observed = view.as_ref().and_then(|view| view.entry.text(rule.attribute));
        let (values, known) = match decide(workspace, rule, &evaluation, &mut work.state, &naming)? {
            Named::As(value) => (vec![Value::text(value)], true),
            other => {
                work.problems.push(unnamed(other, rule.attribute.as_str(), subject));
                (Vec::new(), false)
            }
        };
        let source = FlowSource { rule: wanted.rule.name.clone(), reads: Box::new([]) };
        wanted.attributes.retain(|attribute| attribute.attribute != rule.attribute);
        wanted.attributes.push(DesiredAttribute {
            attribute: rule.attribute,
            mode: FlowMode::Set,
            values,
            known,
            source,
        });
    }
    Ok(name)
}

fn unnamed(named: Named, what: &str, subject: &Subject<'_>) -> Problem {
    let remedy = "Give the source object a value, or add a candidate to the rule.";
    match named {
        Named::AllTaken(first) => subject.problem(
            codes::NO_FREE_NAME,
            None,
            format!("no free {what} was found; the first candidate was \"{first}\"."),
            remedy,
        ),
        Named::Failed(failure) => subject.problem(
            codes::EVALUATION_FAILED,
            None,
            format!("a candidate for {what} failed: {failure}."),
            remedy,
        ),
        Named::NoCandidate | Named::As(_) => subject.problem(
            codes::REQUIRED_VALUE_MISSING,
            None,
            format!("there is no value for {what}."),
            remedy,
        ),
    }
}

/// What a contact cannot do without is never cleared and never left out.
fn missing_value(work: &Work<'_>, wanted: &mut Desired<'_>, subject: &Subject<'_>) -> Option<Problem> {
    let mut missing = None;
    for required in *names::INDISPENSABLE {
        let Some(attribute) = wanted.attributes.iter_mut().find(|attribute| attribute.attribute == required)
        else {
            continue;
        };
        if !attribute.known || attribute.values.is_empty() {
            attribute.known = false;
            missing.get_or_insert(required);
        }
    }
    let missing = missing?;
    let kept =
        if work.view.is_some() { "the contact keeps the one that it has" } else { "no contact is made" };
    Some(subject.problem(
        codes::REQUIRED_VALUE_MISSING,
        Some(missing),
        format!("the rules give no {missing}, and a contact cannot be without: {kept}."),
        "See with `explain` which source value is missing; for targetAddress, an address in one of the connector's mail-domains.",
    ))
}

/// The attributes that the engine itself writes: stamp and visibility.
fn own_attributes(work: &Work<'_>, attributes: &mut Vec<DesiredAttribute>) {
    let mut own = |attribute, values| {
        let source = FlowSource { rule: "madrigal".into(), reads: Box::new([]) };
        attributes.retain(|known: &DesiredAttribute| known.attribute != attribute);
        attributes.push(DesiredAttribute { attribute, mode: FlowMode::Set, values, known: true, source });
    };
    own(work.target.stamp, vec![Value::text(stamp(work, None))]);
    if !work.target.lacks.contains(&*names::HIDE) {
        own(*names::HIDE, Vec::new());
    }
}

/// The container that the contact belongs in: one that somebody moved out of ours stays where it is.
fn home(work: &Work<'_>, share: &Share) -> DistinguishedName {
    match &work.view {
        Some(view) if !is_managed(work.target, &view.dn) => view.dn.parent().unwrap_or_default(),
        _ => share.container.as_ref().or(work.target.container.as_ref()).cloned().unwrap_or_default(),
    }
}

/// The name that the object should have where it has another one.
fn new_dn(
    work: &mut Work<'_>,
    view: &View,
    container: &DistinguishedName,
    name: &str,
    subject: &Subject<'_>,
) -> Option<DistinguishedName> {
    if !is_managed(work.target, &view.dn) {
        work.problems.push(subject.notice(
            codes::OUTSIDE_CONTAINER,
            None,
            format!(
                "our contact {} lies outside the managed container: it is kept in step there and never deleted.",
                view.dn
            ),
            "Move it back into the managed container, or correct `container` in the configuration.",
        ));
    }
    let is_home = view.dn.parent().unwrap_or_default().same_as(container);
    (!is_home || view.dn.rdn_value().as_deref() != Some(name)).then(|| container.child("CN", name))
}
