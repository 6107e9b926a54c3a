//! What is believed of an export: nothing, before an import shows it.
//!
//! An export that is under way keeps its object from being planned again. Once an import of the target is complete,
//! what it saw counts: the same plan once more means that the export came back different, and twice in a row it is
//! held. A change file that somebody carries elsewhere is taken for done until a snapshot shows what came of it.

use std::rc::Rc;

use madrigal_model::{
    Anchor, AttributeChange, AttributeName, ChangeKind, ConnectorId, DistinguishedName, Drift, Entry,
    ExportState, Identity, IdentityId, IndexKey, KeyOwner, LinkKind, ObjectKey, PendingExport, Reference,
    Timestamp, UnconfirmedState, Value, ValueRef, exactly_equal,
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
/// For how many days after the last flip it is told.
const FIGHT_TOLD_DAYS: u32 = 7;

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
        let is_news = progress.imports_complete(work.target.id) > unconfirmed.imports_complete;
        let expired = workspace.now >= unconfirmed.since.plus_seconds(progress.confirm_within_seconds);
        let export = with_contacts(workspace, work.target.id, unconfirmed.export.clone())?;
        let run = unconfirmed.sent_by();
        if is_news
            && (expired
                || is_shown(&export, work.view.as_deref())
                || is_lost(workspace, work.target.id, contact, &export)?)
        {
            work.state.unconfirmed = None;
        } else if is_news && let Some(dn) = blocked(workspace, work.target.id, contact, &export)? {
            work.is_blocked = true;
            let subject =
                Subject { connector: Some(work.target.id), object: dn.as_str(), now: workspace.now };
            work.problems.push(subject.problem(
                codes::NAME_TAKEN_MEANWHILE,
                None,
                format!("another object has the name that a change which waits in the file of run {run} would leave: nothing more is planned for the contact."),
                "Do not carry that file. The change is planned anew when it is older than `confirm-within-days`.",
            ));
        } else {
            work.view = assumed(work.view.take(), &export, work.target.stamp);
            work.is_assumed = true;
        }
    } else if !workspace.topology.safeguards.confirm {
        work.view = assumed(work.view.take(), &unconfirmed.export, work.target.stamp);
        work.state.unconfirmed = None;
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
        note_drift(workspace, work, &planned);
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

/// The contact as the export will have left it.
fn assumed(
    view: Option<Rc<View>>,
    export: &PendingExport,
    stamp_attribute: AttributeName,
) -> Option<Rc<View>> {
    if export.kind == ChangeKind::Delete || view.is_none() && export.kind != ChangeKind::Add {
        return None;
    }
    let new =
        |stamped| View { anchor: None, dn: export.dn.clone(), entry: Entry::default(), stamp: None, stamped };
    let before = match view {
        None => new(true),
        // What is made anew takes nothing from the contact that goes first. Where that one is not ours any more, neither
        // can be told what its name will stand for.
        Some(view) if export.kind == ChangeKind::Add && view.anchor == export.anchor => new(view.stamped),
        Some(view) => Rc::unwrap_or_clone(view),
    };
    let mut builder = before.entry.edit();
    for change in &export.changes {
        builder.set(change.attribute, change.new.clone());
    }
    let dn = export.new_dn.clone().unwrap_or_else(|| before.dn.clone());
    let entry = builder.build();
    let is_stamped = export.changes.iter().any(|change| change.attribute == stamp_attribute);
    let written = || entry.text(stamp_attribute).and_then(|text| text.parse().ok());
    let stamp = if is_stamped { written() } else { before.stamp.clone() };
    Some(Rc::new(View { dn, entry, stamp, ..before }))
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
fn note_drift(workspace: &Workspace<'_>, work: &mut Work<'_>, planned: &PendingExport) {
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
pub(crate) fn tell_fights(
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
