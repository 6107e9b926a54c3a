//! What waits in change files that somebody carries over an air gap: it is taken for done until a snapshot shows what came
//! of it.

use std::rc::Rc;

use madrigal_model::{
    AttributeSchema, ChangeKind, ConnectorId, DistinguishedName, ExportState, IdentityId, LinkKind,
    ObjectKey, PendingExport, Value, ValueRef, exactly_equal,
};

use crate::codes::{self, Subject};
use crate::interpret::Standing;
use crate::synchronize::Progress;
use crate::target::Work;
use crate::view::{self, View};
use crate::workspace::{NeighbourhoodError, Seen, Workspace};

/// Takes in what a snapshot shows of a change that waits.
pub(crate) fn observe(
    workspace: &mut Workspace<'_>,
    work: &mut Work<'_>,
    contact: Option<&Rc<Seen>>,
    progress: &Progress,
) -> Result<(), NeighbourhoodError> {
    let Some(unconfirmed) = &work.state.unconfirmed else { return Ok(()) };
    let is_news = progress.imports_complete(work.target.id) > unconfirmed.imports_complete;
    let expired = workspace.now >= unconfirmed.since.plus_seconds(progress.confirm_within_seconds);
    let export = view::with_contacts(workspace, work.target.id, unconfirmed.export.clone())?;
    let run = unconfirmed.sent_by();
    if is_news
        && (expired
            || is_shown(&export, work.view.as_deref())
            || is_lost(workspace, work.target.id, contact, &export)?)
    {
        work.state.unconfirmed = None;
    } else if is_news && let Some(dn) = blocked(workspace, work.target.id, contact, &export)? {
        work.is_blocked = true;
        let subject = Subject { connector: Some(work.target.id), object: dn.as_str(), now: workspace.now };
        work.problems.push(subject.problem(
            codes::NAME_TAKEN_MEANWHILE,
            None,
            format!("another object has the name that a change which waits in the file of run {run} would leave: nothing more is planned for the contact."),
            "Do not carry that file. The change is planned anew when it is older than `confirm-within-days`.",
        ));
    } else {
        work.view = view::assumed(work.view.take(), &export, work.target.stamp);
        work.is_assumed = true;
    }
    Ok(())
}

/// Whether somebody carries the change that makes this contact ours.
pub(crate) fn is_being_adopted(state: Option<&ExportState>, duplicate: &Seen) -> bool {
    let waits = state.and_then(|state| state.unconfirmed.as_ref()).map(|unconfirmed| &unconfirmed.export);
    waits.is_some_and(|export| {
        export.kind == ChangeKind::Adopt && export.anchor.as_ref() == Some(&duplicate.object.key.anchor)
    })
}

/// Whether the contact is as the change will have left it. What others have added to attributes of many values may be there
/// as well.
fn is_shown(export: &PendingExport, view: Option<&View>) -> bool {
    let Some(view) = view else { return export.kind == ChangeKind::Delete };
    let dn = export.new_dn.as_ref().unwrap_or(&export.dn);
    export.kind != ChangeKind::Delete
        && view.dn.same_as(dn)
        && export.changes.iter().all(|change| {
            let there: Vec<Value> = view.entry.get(change.attribute).iter().map(ValueRef::to_value).collect();
            if AttributeSchema::of(change.attribute).single_valued {
                return exactly_equal(&there, &change.new);
            }
            change.new.iter().all(|value| there.contains(value))
                && change.old.iter().all(|value| change.new.contains(value) || !there.contains(value))
        })
}

/// The object that a change of one is about.
fn changed(target: ConnectorId, export: &PendingExport) -> Option<ObjectKey> {
    let anchor = export.anchor.clone().filter(|_| export.kind != ChangeKind::Add)?;
    Some(ObjectKey::new(target, anchor))
}

/// Whether the object that a change which waits is about is gone.
fn is_lost(
    workspace: &mut Workspace<'_>,
    target: ConnectorId,
    contact: Option<&Rc<Seen>>,
    export: &PendingExport,
) -> Result<bool, NeighbourhoodError> {
    if matches!(export.kind, ChangeKind::Add | ChangeKind::Delete) {
        return Ok(false);
    }
    Ok(match changed(target, export) {
        Some(changed) => workspace.live_object(&changed)?.is_none(),
        None => contact.is_none(),
    })
}

/// The name that a change which waits would leave, where another object has it. A change record tells objects by their
/// names alone, so that nothing may be planned on top of it. Nor beside it: whether the file was carried is not known, and
/// what is seen of the object may not be all.
fn blocked(
    workspace: &mut Workspace<'_>,
    target: ConnectorId,
    contact: Option<&Rc<Seen>>,
    export: &PendingExport,
) -> Result<Option<DistinguishedName>, NeighbourhoodError> {
    let dn = export.new_dn.as_ref().unwrap_or(&export.dn);
    let Some(anchor) = workspace.at_name(target, dn)? else { return Ok(None) };
    let there = ObjectKey::new(target, anchor);
    let is_own = contact.is_some_and(|contact| contact.object.key == there);
    if is_own || changed(target, export).as_ref() == Some(&there) {
        return Ok(None);
    }
    let linked = workspace.link(&there)?.filter(|link| link.kind == LinkKind::Provisioned);
    let holder = match (linked, workspace.live_object(&there)?) {
        (Some(link), _) => Some(link.identity),
        (None, Some(seen)) => match &seen.interpreted.standing {
            Standing::Ours(stamp) => Some(stamp.identity),
            _ => None,
        },
        (None, None) => None,
    };
    let is_free = match holder {
        Some(holder) => holder == export.identity || leaves(workspace, target, holder, dn)?,
        None => false,
    };
    Ok((!is_free).then(|| dn.clone()))
}

/// Whether a change that waits takes this identity's contact away from the name: the name is free before ours is carried.
fn leaves(
    workspace: &mut Workspace<'_>,
    target: ConnectorId,
    holder: IdentityId,
    dn: &DistinguishedName,
) -> Result<bool, NeighbourhoodError> {
    let Some(holder) = workspace.identity(holder)? else { return Ok(false) };
    let state = holder.exports.iter().find(|state| state.connector == target);
    let Some(waits) = state.and_then(|state| state.unconfirmed.as_ref()) else { return Ok(false) };
    Ok(waits.export.kind == ChangeKind::Delete
        || waits.export.new_dn.as_ref().is_some_and(|new| !new.same_as(dn)))
}
