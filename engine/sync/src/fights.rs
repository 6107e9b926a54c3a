//! Values that flip between us and somebody else.

use madrigal_model::{ChangeKind, DistinguishedName, Drift, PendingExport, Timestamp};

use crate::codes::{self, Subject};
use crate::names;
use crate::target::Work;
use crate::workspace::Workspace;

/// How many times a value must flip to be called a fight.
const FLIPS: u32 = 2;
/// For how many days after the last flip it is told.
const FIGHT_TOLD_DAYS: u32 = 7;

/// A value of ours that was confirmed and is not there any more was changed by somebody else.
pub(crate) fn note(workspace: &Workspace<'_>, work: &mut Work<'_>, planned: &PendingExport) {
    if planned.kind != ChangeKind::Modify {
        return;
    }
    for change in &planned.changes {
        let ours = work.state.baseline.get(change.attribute);
        let was_ours = !change.new.is_empty()
            && change.attribute != *names::PROXY_ADDRESSES
            && change.new.iter().all(|value| ours.iter().any(|known| known == value.as_ref()));
        if !was_ours {
            continue;
        }
        let drifts = &mut work.state.drifts;
        let drift = match drifts.iter_mut().position(|drift| drift.attribute == change.attribute) {
            Some(at) => drifts.get_mut(at),
            None => {
                drifts.push(Drift {
                    attribute: change.attribute,
                    theirs: Vec::new(),
                    at: workspace.now,
                    times: 0,
                });
                drifts.last_mut()
            }
        };
        let Some(drift) = drift else { continue };
        drift.times = drift.times.saturating_add(1);
        drift.theirs.clone_from(&change.old);
        drift.at = workspace.now;
    }
}

/// Tells of values that others wrote over again and again, lately; and when that will be long enough ago to be silent.
pub(crate) fn tell(
    workspace: &Workspace<'_>,
    work: &mut Work<'_>,
    dn: &DistinguishedName,
    subject: &Subject<'_>,
) -> Option<Timestamp> {
    let is_told =
        |drift: &&Drift| drift.times >= FLIPS && workspace.now < drift.at.plus_days(FIGHT_TOLD_DAYS);
    let mut due: Option<Timestamp> = None;
    for drift in work.state.drifts.iter().filter(is_told) {
        due = due.into_iter().chain([drift.at.plus_days(FIGHT_TOLD_DAYS)]).min();
        let show = |values: &mut dyn Iterator<Item = String>| values.collect::<Vec<_>>().join(", ");
        let ours = show(
            &mut work.state.baseline.get(drift.attribute).iter().map(|value| value.to_value().to_string()),
        );
        let theirs = show(&mut drift.theirs.iter().map(ToString::to_string));
        work.problems.push(subject.notice(
            codes::FIGHT,
            Some(drift.attribute),
            format!(
                "{dn}: {} flips between \"{ours}\" (ours) and \"{theirs}\" (somebody else's, last seen at {}), {} times by now.",
                drift.attribute, drift.at, drift.times
            ),
            "Find the other program that writes this attribute, and let one of the two leave it.",
        ));
    }
    due
}
