//! One identity in one target: what should be there, what is there, and the one change that is planned.

use std::rc::Rc;

use madrigal_model::{
    Anchor, ChangeKind, ConnectorId, DistinguishedName, ExportState, Hidden, HideReason, Identity, Problem,
    Timestamp,
};

use crate::adopt::may_adopt;
use crate::codes::{self, Subject};
use crate::contact::plan_contact;
use crate::contribute::{Crossing, metaverse_object};
use crate::desired::{self, DesiredAttribute, Wanted, wanted};
use crate::holds::{self, Whole};
use crate::interpret::Standing;
use crate::members::Members;
use crate::names;
use crate::stamp::Stamp;
use crate::synchronize::Progress;
use crate::topology::{Connector, Topology};
use crate::trail::Verdict;
use crate::view::View;
use crate::withdraw::withdraw;
use crate::workspace::{NeighbourhoodError, Seen, Workspace};
use crate::{confirm, gap};

/// What came of settling one target.
pub(crate) struct Settled {
    /// The state from now on; none: nothing of ours is there or on its way.
    pub state: Option<ExportState>,
    /// When it must be looked at again.
    pub due: Option<Timestamp>,
    /// Addresses that the contact would own and that somebody else has: it waits for them.
    pub wanted_addresses: Vec<String>,
}

impl Settled {
    pub(crate) fn nothing() -> Self {
        Self { state: None, due: None, wanted_addresses: Vec::new() }
    }

    pub(crate) fn as_it_is(state: ExportState) -> Self {
        Self { state: Some(state), due: None, wanted_addresses: Vec::new() }
    }
}

/// One target of one identity, while it is worked on.
pub(crate) struct Work<'w> {
    pub topology: &'w Topology,
    pub identity: &'w Identity,
    pub target: &'w Connector,
    pub state: ExportState,
    /// The contact as it is, or as an export that nobody can confirm yet will have left it.
    pub view: Option<Rc<View>>,
    /// Whether the state was made anew from a contact that carries our stamp.
    pub recovered: bool,
    /// What would be written if the shares' lists withheld nothing, where the state was made anew.
    pub withheld: Vec<DesiredAttribute>,
    pub speaker: Option<Rc<Seen>>,
    /// Whether the view is what an export will have left, and not what an import saw.
    pub is_assumed: bool,
    /// Whether nothing may be planned on top of a change that waits, nor beside it.
    pub is_blocked: bool,
    pub problems: Vec<Problem>,
}

impl Work<'_> {
    /// The state as it came out: the end of the work.
    pub(crate) fn take_state(&mut self) -> ExportState {
        std::mem::replace(&mut self.state, ExportState::new(self.target.id))
    }
}

pub(crate) fn settle_target(
    workspace: &mut Workspace<'_>,
    identity: &Identity,
    members: &Members,
    target: ConnectorId,
    state: Option<ExportState>,
    progress: &Progress,
) -> Result<Settled, NeighbourhoodError> {
    let topology = workspace.topology;
    let Some(target) = topology.connector(target) else {
        return Ok(state.map_or_else(Settled::nothing, Settled::as_it_is));
    };
    let contact = members.contact_in(target.id);
    let speaker = members.speaker(topology, identity.authority.as_ref(), target.id).cloned();
    let duplicate = members.duplicates.iter().find(|seen| seen.object.key.connector == target.id);
    let is_new = state.is_none();
    // Nothing is ever written without a baseline: one that is missing, or tells only how the contact was hidden since, was
    // lost with the store. And a contact that comes into sight may be one that we made and lost sight of.
    let recovered = contact.is_some()
        && state.as_ref().is_none_or(|state| {
            let is_own = |name| name == target.stamp || name == *names::HIDE;
            state.anchor.is_none() || state.baseline.iter().all(|(name, _)| is_own(name))
        });
    let mut adopting = match duplicate.filter(|_| contact.is_none() && speaker.is_some()) {
        Some(duplicate) => {
            let waits = !progress.confirms(target.id) && gap::is_being_adopted(state.as_ref(), duplicate);
            waits || may_adopt(workspace, target, duplicate)?
        }
        None => false,
    };
    let was_taken_back =
        |state: &ExportState| state.holds.iter().any(|hold| hold.change.kind == ChangeKind::Adopt);
    adopting &= !state.as_ref().is_some_and(was_taken_back);
    let mut work = Work {
        topology,
        identity,
        target,
        state: state.unwrap_or_else(|| ExportState::new(target.id)),
        view: None,
        recovered,
        withheld: Vec::new(),
        speaker,
        is_assumed: false,
        is_blocked: false,
        problems: Vec::new(),
    };
    confirm::observe(workspace, &mut work, contact.or(duplicate.filter(|_| adopting)), progress)?;
    // Of one that is being adopted it is known what will be ours.
    work.recovered |= adopting && !work.is_assumed;
    if is_new && let Some(Standing::Ours(stamp)) = contact.map(|seen| &seen.interpreted.standing) {
        work.state.hidden = stamp.hidden;
    }
    let settled = if confirm::waits(&work, progress) || work.is_blocked {
        decided(workspace, &work, Verdict::UnderWay);
        work.state.pending = None;
        Ok(Settled::as_it_is(work.take_state()))
    } else if let Some(own) = members.recipient_in(target.id) {
        decided(workspace, &work, Verdict::OwnObject(own.object.dn.clone()));
        withdraw(workspace, &mut work, HideReason::Superseded, progress)
    } else {
        settle_speaker(workspace, &mut work, members, duplicate, adopting, progress)
    };
    let problems = std::mem::take(&mut work.problems);
    workspace.identity_problems.entry(identity.id).or_default().extend(problems);
    settled
}

fn settle_speaker(
    workspace: &mut Workspace<'_>,
    work: &mut Work<'_>,
    members: &Members,
    duplicate: Option<&Rc<Seen>>,
    adopting: bool,
    progress: &Progress,
) -> Result<Settled, NeighbourhoodError> {
    let Some(speaker) = work.speaker.clone() else {
        decided(workspace, work, Verdict::NoSpeaker);
        let reason = if members.sources.is_empty() { HideReason::Left } else { HideReason::OutOfScope };
        return withdraw(workspace, work, reason, progress);
    };
    let Some(share) = workspace.topology.share(speaker.object.key.connector, work.target.id) else {
        return withdraw(workspace, work, HideReason::OutOfScope, progress);
    };
    let (identity, at) = (work.identity, work.target.id);
    let object = metaverse_object(workspace, identity, members, &speaker, at, Crossing::Allowed)?;
    let seed = desired::seed(identity.id, &work.target.name);
    let subject = subject(work, &speaker, workspace.now);
    let metaverse_type = &speaker.interpreted.metaverse_type;
    if work.recovered {
        // A list that became stricter while we did not know what is ours: what it withholds went there by our hand.
        work.withheld = workspace.off_the_record(|workspace| -> Result<_, NeighbourhoodError> {
            let whole = metaverse_object(workspace, identity, members, &speaker, at, Crossing::Withheld)?;
            let all = wanted(workspace, share, work.target, &whole, metaverse_type, seed, &subject)?;
            Ok(if let Wanted::Contact(all) = all { all.attributes } else { Vec::new() })
        })?;
    }
    match wanted(workspace, share, work.target, &object, metaverse_type, seed, &subject)? {
        Wanted::OutOfScope => {
            decided(workspace, work, Verdict::NoRule);
            withdraw(workspace, work, HideReason::OutOfScope, progress)
        }
        Wanted::Unknown(problems) => {
            decided(workspace, work, Verdict::Unknown);
            work.problems.extend(problems);
            work.state.pending = None;
            Ok(Settled::as_it_is(work.take_state()))
        }
        Wanted::Contact(wanted) => {
            if let Some(duplicate) = duplicate.filter(|_| !adopting) {
                if work.view.is_none() {
                    decided(workspace, work, Verdict::KnownContact(duplicate.object.dn.clone()));
                    let is_held = holds::holds(work, Whole::Adoption, &subject);
                    let state = ExportState {
                        holds: std::mem::take(&mut work.state.holds),
                        ..ExportState::new(work.target.id)
                    };
                    if is_held {
                        return Ok(Settled::as_it_is(state));
                    }
                    report_duplicate(work, duplicate, &subject);
                    return Ok(Settled::nothing());
                }
                report_duplicate(work, duplicate, &subject);
            }
            decided(workspace, work, Verdict::Contact);
            plan_contact(workspace, work, share, wanted, &object.entry, seed, &subject, adopting)
        }
    }
}

fn decided(workspace: &mut Workspace<'_>, work: &Work<'_>, verdict: Verdict) {
    workspace.note(work.target.id, |trail| trail.verdict = Some(verdict));
}

pub(crate) fn subject<'s>(work: &Work<'_>, speaker: &'s Seen, now: Timestamp) -> Subject<'s> {
    Subject { connector: Some(work.target.id), object: speaker.object.dn.as_str(), now }
}

/// Whether the object lies in the container that is ours.
pub(crate) fn is_managed(target: &Connector, dn: &DistinguishedName) -> bool {
    target.container.as_ref().is_some_and(|container| dn.is_within(container))
}

fn report_duplicate(work: &mut Work<'_>, duplicate: &Seen, subject: &Subject<'_>) {
    let dn = &duplicate.object.dn;
    let managed = is_managed(work.target, dn);
    let remedy = if managed {
        "Adopt it, or delete it."
    } else {
        "Move it into the managed container and adopt it if it should be kept in step, or delete it."
    };
    let problem = if work.view.is_some() {
        subject.notice(
            codes::DUPLICATE_CONTACT,
            None,
            format!("{dn} stands for the same person as our contact."),
            remedy,
        )
    } else {
        subject.problem(
            codes::FOREIGN_CONTACT,
            None,
            format!("{dn} stands for this person already, and it is not ours: no second contact is made."),
            remedy,
        )
    };
    work.problems.push(problem);
}

/// The stamp's text for the contact as it should be.
pub(crate) fn stamp(work: &Work<'_>, hidden: Option<Hidden>) -> String {
    let source = work.speaker.as_ref().map(|speaker| speaker.object.key.clone());
    let named = source.and_then(|key| {
        work.topology.connector(key.connector).map(|connector| (connector.name.clone(), key.anchor))
    });
    let stamped = work.view.as_ref().and_then(|view| view.stamp.clone());
    let (source_connector, source_anchor) = named
        .or_else(|| stamped.map(|stamp| (stamp.source_connector, stamp.source_anchor)))
        .unwrap_or_else(|| (work.target.name.clone(), Anchor::new(b"unknown")));
    Stamp { identity: work.identity.id, source_connector, source_anchor, hidden }.to_string()
}

/// Why a linked contact is not taken for ours: it bears no stamp, or one that names another.
pub(crate) fn stamp_missing(work: &Work<'_>, subject: &Subject<'_>, view: &View) -> Problem {
    let stamp = view.entry.text(work.target.stamp).and_then(|text| text.parse::<Stamp>().ok());
    let (says, remedy) = match stamp {
        None => (
            "does not carry our stamp any more".to_owned(),
            "Adopt it if it should be kept in step again, or delete it by hand.",
        ),
        Some(stamp) if work.topology.connector_named(&stamp.source_connector).is_none() => (
            format!("carries the stamp of a connector \"{}\", which there is not", stamp.source_connector),
            "Give the connector that name again: contacts know by it whose they are.",
        ),
        Some(stamp) => (
            format!("carries the stamp of another object ({})", stamp.source()),
            "Put back the stamp that it had, or delete it by hand: the person then gets a new one.",
        ),
    };
    subject.problem(
        codes::STAMP_MISSING,
        None,
        format!("{} {says}: it is neither changed nor deleted.", view.dn),
        remedy,
    )
}
