//! A contact that should not be there any more: hidden now, deleted after the grace period, or deleted at once.

use madrigal_model::{
    AttributeChange, ChangeKind, Hidden, HideReason, PendingExport, Timestamp, Value, ValueRef, exactly_equal,
};

use crate::codes::{self, Subject};
use crate::confirm;
use crate::contact::with_anchors;
use crate::contribute::is_kept_back;
use crate::holds::{self, Whole};
use crate::keys::addresses_of;
use crate::names;
use crate::plan::attribute_changes;
use crate::synchronize::Progress;
use crate::target::{Settled, Work, is_managed, stamp, stamp_missing};
use crate::uniqueness::{Owner, taken, wanted_by_another};
use crate::view::View;
use crate::workspace::{NeighbourhoodError, Workspace};

/// A hiding that was written more days than this after it was planned gets the date of its writing.
const LATE_DAYS: u32 = 1;

/// Plans what takes the contact away.
pub(crate) fn withdraw(
    workspace: &mut Workspace<'_>,
    work: &mut Work<'_>,
    reason: HideReason,
    progress: &Progress,
) -> Result<Settled, NeighbourhoodError> {
    let Some(view) = work.view.clone() else {
        work.state.pending = None;
        // Where imports show what came of an export, nothing is there and nothing is on its way.
        let keep = work.state.unconfirmed.is_some() && work.is_assumed;
        return Ok(if keep { Settled::as_it_is(work.take_state()) } else { Settled::nothing() });
    };
    let now = workspace.now;
    let name = view.dn.to_string();
    let subject = Subject { connector: Some(work.target.id), object: &name, now };
    if !view.stamped && workspace.topology.safeguards.stamp {
        let problem = stamp_missing(work, &subject, &view);
        work.problems.push(problem);
        work.state.pending = None;
        return Ok(Settled::as_it_is(work.take_state()));
    }
    // A name that two may not have at once is given another number, and waits for nobody.
    let owned: Vec<String> =
        addresses_of(&view.entry).into_iter().filter(|address| !address.starts_with("nickname:")).collect();
    let hidden = hidden(workspace, work, reason, &owned, progress.latest.max(now))?;
    work.state.dn = view.dn.clone();
    if holds::holds(work, Whole::Withdrawal(hidden.reason), &subject) {
        // Where it is let go of, the grace period begins.
        work.state.hidden = seen_hidden(work);
        confirm::plan(workspace, work, None, &subject);
        return Ok(Settled::as_it_is(work.take_state()));
    }
    work.state.hidden = Some(hidden);
    let due = hidden.since.plus_days(workspace.topology.grace_days);
    let is_due = hidden.reason.deletes_at_once() || now >= due && seen_hidden(work).is_some();
    let managed = is_managed(work.target, &view.dn);
    if is_due && !managed {
        work.problems.push(subject.problem(
            codes::OUTSIDE_CONTAINER,
            None,
            "the contact should go, but it lies outside the managed container: it stays, hidden.",
            "Delete it by hand, move it back, or correct `container` in the configuration.",
        ));
    }
    work.state.baseline = with_anchors(workspace, &work.state.baseline, work.target.id)?;
    let planned = if is_due && managed { Some(delete(work, hidden.reason)) } else { hide(work, hidden) };
    confirm::plan(workspace, work, planned, &subject);
    let due = (!is_due).then_some(due);
    // It is found by the addresses that it makes room for: whoever claims one may think better of it.
    let wanted_addresses = if hidden.reason == HideReason::AddressTaken { owned } else { Vec::new() };
    Ok(Settled { state: Some(work.take_state()), due, wanted_addresses })
}

/// Since when and why it is hidden. The grace period is one in which the contact was hidden: it begins when that was
/// written, not when it was planned, so what counts is what the directory shows. A reason that deletes at once overrides
/// one that waits.
fn hidden(
    workspace: &mut Workspace<'_>,
    work: &Work<'_>,
    reason: HideReason,
    owned: &[String],
    latest: Timestamp,
) -> Result<Hidden, NeighbourhoodError> {
    let known = work.state.hidden;
    let seen = seen_hidden(work);
    let mut reason = match known {
        Some(hidden) if !reason.deletes_at_once() && !hidden.reason.deletes_at_once() => hidden.reason,
        _ => reason,
    };
    if !reason.deletes_at_once() {
        let mail: Vec<String> =
            owned.iter().filter(|address| address.starts_with("smtp:")).cloned().collect();
        let owner = taken(workspace, work.identity.id, work.target.id, &mail)?;
        // Who is only planned or waits may be taken out of the plan yet, by the same change: it is hidden first, and
        // looked at once more when that is seen; unless a person keeps it from being hidden.
        let claimed = matches!(owner, Some((_, Owner::Planned(_))))
            || wanted_by_another(workspace, work.identity.id, work.target.id, owned)?;
        if matches!(owner, Some((_, Owner::Recipient(_))))
            || claimed && (seen.is_some() || !work.state.holds.is_empty())
        {
            reason = HideReason::AddressTaken;
        }
    }
    Ok(Hidden { since: since(work, known, seen, latest), reason })
}

/// What the directory itself says of when the contact was hidden.
fn seen_hidden(work: &Work<'_>) -> Option<Hidden> {
    work.view.as_ref().and_then(|view| view.stamp.as_ref()).and_then(|stamp| stamp.hidden)
}

/// When the hiding began; `latest` is the latest time that is known, for a clock may have gone back.
fn since(work: &Work<'_>, known: Option<Hidden>, seen: Option<Hidden>, latest: Timestamp) -> Timestamp {
    let sent = work.state.unconfirmed.as_ref();
    match (seen, known) {
        (Some(seen), known) => {
            let known = known.map_or(seen.since, |known| known.since.max(seen.since));
            // Made again as it was, or written long after it was planned: the date in the stamp is put right.
            let late = sent.filter(|sent| match sent.export.kind {
                ChangeKind::Add => true,
                _ => hides(work, &sent.export) && sent.at > known.plus_days(LATE_DAYS),
            });
            late.map_or(known, |sent| sent.at)
        }
        // Under way: what was sent stays as it is until it is seen.
        (None, Some(known)) if sent.is_some_and(|sent| hides(work, &sent.export)) => known.since,
        (None, _) => latest,
    }
}

fn hides(work: &Work<'_>, export: &PendingExport) -> bool {
    let marks = |change: &AttributeChange| [work.target.stamp, *names::HIDE].contains(&change.attribute);
    export.reason.is_some() && export.kind != ChangeKind::Delete && export.changes.iter().any(marks)
}

fn delete(work: &Work<'_>, reason: HideReason) -> PendingExport {
    pending(work, ChangeKind::Delete, Vec::new(), Some(reason))
}

fn hide(work: &Work<'_>, hidden: Hidden) -> Option<PendingExport> {
    let view = work.view.as_ref()?;
    let mut changes = Vec::new();
    let wanted =
        [(*names::HIDE, Value::text("TRUE")), (work.target.stamp, Value::text(stamp(work, Some(hidden))))];
    for (attribute, value) in wanted {
        let old: Vec<Value> = view.entry.get(attribute).iter().map(ValueRef::to_value).collect();
        let new = vec![value];
        if !exactly_equal(&old, &new) && !work.target.lacks.contains(&attribute) {
            changes.push(AttributeChange { attribute, old, new, source: None });
        }
    }
    changes.extend(kept_back(work, view));
    // Where contacts cannot be hidden, the stamp alone says that the contact is on its way out: that is no less of a loss.
    let begins = view.stamp.as_ref().is_none_or(|stamp| stamp.hidden.is_none());
    let hides = changes.iter().any(|change| change.attribute == *names::HIDE)
        || begins && work.target.lacks.contains(&*names::HIDE);
    let kind = if hides { ChangeKind::Hide } else { ChangeKind::Modify };
    (!changes.is_empty()).then(|| pending(work, kind, changes, Some(hidden.reason)))
}

/// What the lists of the contact's share keep back by now, and we wrote: whoever can read the directory can read a hidden
/// contact too. What no contact can be without stays.
fn kept_back(work: &Work<'_>, view: &View) -> Vec<AttributeChange> {
    let from = view.stamp.as_ref().and_then(|stamp| work.topology.connector_named(&stamp.source_connector));
    let share = from.and_then(|from| work.topology.share(from.id, work.target.id));
    let Some(share) = share.filter(|share| !share.never.is_empty() || !share.only.is_empty()) else {
        return Vec::new();
    };
    let stays = |attribute| {
        attribute == work.target.stamp
            || names::INDISPENSABLE.contains(&attribute)
            || !is_kept_back(share, attribute)
    };
    let goes = work.state.baseline.changed(|attribute, _| stays(attribute).then(Vec::new));
    attribute_changes(&[], &view.entry, &goes)
}

fn pending(
    work: &Work<'_>,
    kind: ChangeKind,
    changes: Vec<AttributeChange>,
    reason: Option<HideReason>,
) -> PendingExport {
    let view = work.view.as_ref();
    PendingExport {
        kind,
        identity: work.identity.id,
        connector: work.target.id,
        anchor: view.and_then(|view| view.anchor.clone()),
        dn: work.state.dn.clone(),
        new_dn: None,
        changes,
        reason,
        speaker: work.speaker.as_ref().map(|speaker| speaker.object.key.clone()),
    }
}
