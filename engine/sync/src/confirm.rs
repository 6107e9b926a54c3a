//! What is believed of an export: nothing, before an import shows it.
//!
//! An export that is under way keeps its object from being planned again. Once an import of the target is complete,
//! what it saw counts: the same plan once more means that the export came back different, and twice in a row it is
//! held. What waits in a change file is told in `gap.rs`.

use std::rc::Rc;

use madrigal_model::{AttributeChange, ChangeKind, PendingExport, UnconfirmedState, exactly_equal};

use crate::codes::{self, Subject};
use crate::synchronize::Progress;
use crate::target::Work;
use crate::workspace::{NeighbourhoodError, Seen, Workspace};
use crate::{fights, gap, view};

/// How often an export may come back different before it is held.
const TRIES: u8 = 2;
/// After how many days what a directory refused is tried once more.
const RETRY_DAYS: u32 = 1;

/// Takes in what the last import saw of the contact and what became of an export.
pub(crate) fn observe(
    workspace: &mut Workspace<'_>,
    work: &mut Work<'_>,
    contact: Option<&Rc<Seen>>,
    progress: &Progress,
) -> Result<(), NeighbourhoodError> {
    work.state.anchor = contact.map(|seen| seen.object.key.anchor.clone());
    work.view = match contact {
        Some(seen) => Some(Rc::new(view::seen(workspace, work, seen)?)),
        None => None,
    };
    let Some(unconfirmed) = &work.state.unconfirmed else { return Ok(()) };
    if !progress.confirms(work.target.id) {
        return gap::observe(workspace, work, contact, progress);
    }
    if !workspace.topology.safeguards.confirm {
        work.view = view::assumed(work.view.take(), &unconfirmed.export, work.target.stamp);
        work.state.unconfirmed = None;
    }
    Ok(())
}

/// Whether an export is under way and no import has looked since.
pub(crate) fn waits(work: &Work<'_>, progress: &Progress) -> bool {
    let Some(unconfirmed) = &work.state.unconfirmed else { return false };
    progress.confirms(work.target.id)
        && progress.imports_complete(work.target.id) <= unconfirmed.imports_complete
}

/// Makes the plan the pending export, unless it came back different too often.
pub(crate) fn plan(
    workspace: &Workspace<'_>,
    work: &mut Work<'_>,
    planned: Option<PendingExport>,
    subject: &Subject<'_>,
) {
    let before = work.state.pending.take();
    let confirms = work.state.unconfirmed.is_some() && !work.is_assumed;
    let Some(planned) = planned else {
        if confirms {
            work.state.unconfirmed = None;
        }
        work.state.came_back_different = 0;
        return;
    };
    if confirms && let Some(unconfirmed) = work.state.unconfirmed.take() {
        let answered = matches!(unconfirmed.state, UnconfirmedState::Accepted | UnconfirmedState::Refused);
        if !answered || !is_same(&planned, &unconfirmed.export) {
            work.state.came_back_different = 0;
        } else if unconfirmed.state == UnconfirmedState::Refused
            && work.state.came_back_different + 1 >= TRIES
            && workspace.now >= unconfirmed.at.plus_days(RETRY_DAYS)
        {
            // Why a directory refuses may have passed.
            work.state.came_back_different = TRIES - 1;
        } else if work.state.came_back_different + 1 >= TRIES {
            work.problems.push(came_back_different(&planned, unconfirmed.state, subject));
            work.state.came_back_different = TRIES;
            // Kept as the memory of what was tried: another plan lets it go.
            work.state.unconfirmed = Some(unconfirmed);
            return;
        } else {
            work.state.came_back_different += 1;
        }
    } else if before.as_ref() != Some(&planned) {
        fights::note(workspace, work, &planned);
    }
    work.state.pending = Some(planned);
}

/// Whether the plan asks for nothing but what was sent already.
fn is_same(planned: &PendingExport, sent: &PendingExport) -> bool {
    let was_sent = |change: &AttributeChange| {
        sent.changes
            .iter()
            .any(|known| known.attribute == change.attribute && exactly_equal(&known.new, &change.new))
    };
    let same_kind = (planned.kind == ChangeKind::Add) == (sent.kind == ChangeKind::Add)
        && (planned.kind == ChangeKind::Delete) == (sent.kind == ChangeKind::Delete);
    // What is made elsewhere was never asked for.
    let same_place = planned.kind != ChangeKind::Add || planned.dn.same_as(&sent.dn);
    same_kind
        && same_place
        && (planned.new_dn.is_none() || planned.new_dn == sent.new_dn)
        && planned.changes.iter().all(was_sent)
}

fn came_back_different(
    planned: &PendingExport,
    state: UnconfirmedState,
    subject: &Subject<'_>,
) -> madrigal_model::Problem {
    let what = planned.changes.iter().map(|change| change.attribute.as_str()).collect::<Vec<_>>().join(", ");
    let what = if what.is_empty() { planned.kind.name().to_owned() } else { what };
    let message = match state {
        UnconfirmedState::Refused => {
            format!("{}: the directory refused the change of {what} twice; it is held.", planned.dn)
        }
        _ => format!("{}: what was written to {what} came back different twice; it is held.", planned.dn),
    };
    subject.problem(
        codes::CAME_BACK_DIFFERENT,
        planned.changes.first().map(|change| change.attribute),
        message,
        "Find out what the directory or another engine makes of the value, and correct the rule or the source: another value is tried at once.",
    )
}
