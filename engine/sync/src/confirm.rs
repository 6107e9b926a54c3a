//! What is believed of an export: nothing, before an import shows it.
//!
//! An export that is under way keeps its object from being planned again. Once an import of the target is complete,
//! what it saw counts: the same plan once more means that the export came back different, and twice in a row it is
//! held. A change file that somebody carries elsewhere is taken for done until a snapshot shows what came of it.

use std::rc::Rc;

use madrigal_model::{
    Anchor, AttributeChange, ChangeKind, ConnectorId, DistinguishedName, Drift, Entry, ExportState, Identity,
    IdentityId, IndexKey, KeyOwner, LinkKind, ObjectKey, PendingExport, Reference, UnconfirmedState, Value,
    ValueRef, exactly_equal,
};

use crate::codes::{self, Subject};
use crate::interpret::Standing;
use crate::names;
use crate::stamp::Stamp;
use crate::synchronize::Progress;
use crate::target::Work;
use crate::workspace::{NeighbourhoodError, Seen, Workspace};

/// How often an export may come back different before it is held.
const TRIES: u8 = 2;
/// After how many days what a directory refused is tried once more.
const RETRY_DAYS: u32 = 1;
/// How many times a value must flip to be called a fight.
const FLIPS: u32 = 2;

/// The contact as it is, or as an unconfirmed export will have left it.
#[derive(Clone)]
pub(crate) struct View {
    pub anchor: Option<Anchor>,
    pub dn: DistinguishedName,
    pub entry: Entry,
    pub stamp: Option<Stamp>,
    /// Whether it carries our stamp for this identity.
    pub stamped: bool,
}

/// Takes in what the last import saw of the contact and what became of an export.
pub(crate) fn observe(
    workspace: &mut Workspace<'_>,
    work: &mut Work<'_>,
    contact: Option<&Rc<Seen>>,
    progress: &Progress,
) -> Result<(), NeighbourhoodError> {
    work.state.anchor = contact.map(|seen| seen.object.key.anchor.clone());
    work.view = match contact {
        Some(seen) => Some(Rc::new(view(workspace, work, seen)?)),
        None => None,
    };
    let Some(unconfirmed) = &work.state.unconfirmed else {
        return Ok(());
    };
    if !progress.confirms(work.target.id) {
        let expired = workspace.now >= unconfirmed.at.plus_seconds(progress.confirm_within_seconds);
        let export = with_contacts(workspace, work.target.id, unconfirmed.export.clone())?;
        if expired
            || is_shown(&export, work.view.as_deref())
            || goes_nowhere(workspace, work.target.id, contact, &export)?
        {
            work.state.unconfirmed = None;
        } else {
            work.view = assumed(work.view.take(), &export);
            work.is_assumed = true;
        }
    } else if !workspace.topology.safeguards.confirm {
        work.view = assumed(work.view.take(), &unconfirmed.export);
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
        note_drift(workspace, work, &planned, subject);
    }
    work.state.pending = Some(planned);
}

fn view(workspace: &mut Workspace<'_>, work: &Work<'_>, seen: &Rc<Seen>) -> Result<View, NeighbourhoodError> {
    let stamp = match &seen.interpreted.standing {
        Standing::Ours(stamp) => Some(stamp.clone()),
        _ => None,
    };
    let stamped = stamp.as_ref().is_some_and(|stamp| {
        stamp.identity == work.identity.id || links_source(workspace, work.identity, stamp)
    });
    Ok(View {
        anchor: Some(seen.object.key.anchor.clone()),
        dn: seen.object.dn.clone(),
        entry: resolved(workspace, seen, &work.state.baseline)?,
        stamp,
        stamped,
    })
}

/// A contact whose stamp names one of the identity's objects is the identity's, whatever id it was made under.
fn links_source(workspace: &Workspace<'_>, identity: &Identity, stamp: &Stamp) -> bool {
    let connector = workspace.topology.connector_named(&stamp.source_connector).map(|connector| connector.id);
    identity.links.iter().any(|key| Some(key.connector) == connector && key.anchor == stamp.source_anchor)
}

/// The entry with references by name turned into references by anchor, where the name is known by now. A value of ours
/// that points to an object which is gone went with it: the directory drops it and shows no change of the contact.
fn resolved(
    workspace: &mut Workspace<'_>,
    seen: &Rc<Seen>,
    baseline: &Entry,
) -> Result<Entry, NeighbourhoodError> {
    let entry = &seen.object.entry;
    let connector = seen.object.key.connector;
    let mut builder = None;
    for (attribute, values) in entry.iter() {
        let is_reference = |value| matches!(value, ValueRef::Unresolved(_) | ValueRef::Object(_));
        if !values.iter().any(is_reference) {
            continue;
        }
        let mut new = Vec::with_capacity(values.len());
        for value in values.iter() {
            match value {
                ValueRef::Unresolved(dn) => {
                    let dn = DistinguishedName::from_directory(dn);
                    let found = match workspace.at_name(connector, &dn)? {
                        Some(anchor) => Some(Reference::Object(anchor)),
                        None => planned_at(workspace, connector, &dn)?.map(Reference::Identity),
                    };
                    let named = || Reference::Unresolved(dn.as_str().into());
                    new.push(Value::Reference(found.unwrap_or_else(named)));
                }
                ValueRef::Object(anchor) if baseline.get(attribute).iter().any(|ours| ours == value) => {
                    let key = ObjectKey::new(connector, Anchor::new(anchor));
                    if workspace.live_object(&key)?.is_some() {
                        new.push(value.to_value());
                    }
                }
                other => new.push(other.to_value()),
            }
        }
        builder.get_or_insert_with(|| entry.edit()).set(attribute, new);
    }
    Ok(builder.map_or_else(|| entry.clone(), madrigal_model::EntryBuilder::build))
}

/// Whose contact is about to be made under the name: what was left pointing there will point to it.
fn planned_at(
    workspace: &mut Workspace<'_>,
    target: ConnectorId,
    dn: &DistinguishedName,
) -> Result<Option<IdentityId>, NeighbourhoodError> {
    let Some((container, rdn)) = dn.parent().zip(dn.rdn_value()) else { return Ok(None) };
    for owner in workspace.owners(IndexKey::reserved(IndexKey::name(target, &container, &rdn)))? {
        let KeyOwner::Export(identity, _) = owner else { continue };
        let exports =
            workspace.identity(identity)?.map(|identity| identity.exports.as_slice()).unwrap_or_default();
        let is_made = |state: &ExportState| {
            let sent = state.unconfirmed.as_ref().map(|unconfirmed| &unconfirmed.export);
            state.connector == target
                && state
                    .pending
                    .iter()
                    .chain(sent)
                    .any(|export| export.kind == ChangeKind::Add && export.dn.same_as(dn))
        };
        if exports.iter().any(is_made) {
            return Ok(Some(identity));
        }
    }
    Ok(None)
}

/// The export with references to contacts that were not there when it was sent turned into references to those that
/// are there now: so an import shows them.
pub(crate) fn with_contacts(
    workspace: &mut Workspace<'_>,
    target: ConnectorId,
    mut export: PendingExport,
) -> Result<PendingExport, NeighbourhoodError> {
    for value in export.changes.iter_mut().flat_map(|change| &mut change.new) {
        let Value::Reference(Reference::Identity(identity)) = value else { continue };
        let Some(identity) = workspace.identity(*identity)? else { continue };
        let state = identity.exports.iter().find(|state| state.connector == target);
        if let Some(anchor) = state.and_then(|state| state.anchor.clone()) {
            *value = Value::Reference(Reference::Object(anchor));
        }
    }
    Ok(export)
}

fn is_shown(export: &PendingExport, view: Option<&View>) -> bool {
    let Some(view) = view else { return export.kind == ChangeKind::Delete };
    let dn = export.new_dn.as_ref().unwrap_or(&export.dn);
    export.kind != ChangeKind::Delete
        && view.dn.same_as(dn)
        && export.changes.iter().all(|change| {
            let there: Vec<Value> = view.entry.get(change.attribute).iter().map(ValueRef::to_value).collect();
            exactly_equal(&there, &change.new)
        })
}

/// Whether an export that waits to be carried cannot do what it was written for: the contact that it would change is gone,
/// or somebody else's object has the name that it would leave. A change record tells objects by their names alone, so that
/// nothing may be planned on top of it.
fn goes_nowhere(
    workspace: &mut Workspace<'_>,
    target: ConnectorId,
    contact: Option<&Rc<Seen>>,
    export: &PendingExport,
) -> Result<bool, NeighbourhoodError> {
    if contact.is_none() && !matches!(export.kind, ChangeKind::Add | ChangeKind::Delete) {
        return Ok(true);
    }
    let dn = export.new_dn.as_ref().unwrap_or(&export.dn);
    let Some(anchor) = workspace.at_name(target, dn)? else { return Ok(false) };
    let there = ObjectKey::new(target, anchor);
    if contact.is_some_and(|contact| contact.object.key == there) {
        return Ok(false);
    }
    // A contact of ours may be on its way to another name, and this one may not have had its turn.
    let is_linked = workspace.link(&there)?.is_some_and(|link| link.kind == LinkKind::Provisioned);
    let is_stamped = |seen: &Rc<Seen>| matches!(seen.interpreted.standing, Standing::Ours(_));
    Ok(!is_linked && !workspace.live_object(&there)?.as_ref().is_some_and(is_stamped))
}

/// The contact as the export will have left it.
fn assumed(view: Option<Rc<View>>, export: &PendingExport) -> Option<Rc<View>> {
    if export.kind == ChangeKind::Delete {
        return None;
    }
    // What is made anew takes nothing from a contact that goes first.
    let same = view.filter(|view| export.kind != ChangeKind::Add || view.dn.same_as(&export.dn));
    let before = same.map_or_else(
        || View { anchor: None, dn: export.dn.clone(), entry: Entry::default(), stamp: None, stamped: true },
        Rc::unwrap_or_clone,
    );
    let mut builder = before.entry.edit();
    for change in &export.changes {
        builder.set(change.attribute, change.new.clone());
    }
    let dn = export.new_dn.clone().unwrap_or_else(|| before.dn.clone());
    Some(Rc::new(View { dn, entry: builder.build(), ..before }))
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

/// A value of ours that was confirmed and is not there any more was changed by somebody else.
fn note_drift(
    workspace: &Workspace<'_>,
    work: &mut Work<'_>,
    planned: &PendingExport,
    subject: &Subject<'_>,
) {
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
        let last = drift.at;
        drift.times = drift.times.saturating_add(1);
        drift.theirs.clone_from(&change.old);
        drift.at = workspace.now;
        if drift.times >= FLIPS {
            let show =
                |values: &[Value]| values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            work.problems.push(subject.notice(
                codes::FIGHT,
                Some(change.attribute),
                format!(
                    "{}: {} flips between \"{}\" (ours, last at {last}) and \"{}\" (somebody else's, seen at {}), {} times by now.",
                    planned.dn, change.attribute, show(&change.new), show(&change.old), workspace.now, drift.times
                ),
                "Find the other program that writes this attribute, and let one of the two leave it.",
            ));
        }
    }
}
