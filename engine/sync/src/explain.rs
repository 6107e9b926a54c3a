//! Why an object is, or is not, in the other directories' address lists, and where each value comes from.
//!
//! No second algorithm: the object goes through the sync's own functions, which leave a trail on the way
//! ([`crate::trail`]). Nothing of what they decide is kept.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use madrigal_mappings::{FlowMode, LinkType};
use madrigal_model::{
    AttributeName, ConnectorId, Entry, ExportState, Identity, IdentityId, LinkKind, ObjectKey, Problem,
    SpaceObject, Timestamp, Value, ValueRef,
};

use crate::desired::DesiredAttribute;
use crate::interpret::{Evaluation, Standing, applies, environment, in_scope, object_type};
use crate::members::Members;
use crate::resolve::resolve;
use crate::settle::settle;
use crate::synchronize::Progress;
use crate::topology::Topology;
use crate::trail::{Chosen, FlowTrace, NameTrace, TargetTrail, Traced, Trail, Unmet, Verdict};
use crate::workspace::{Neighbourhood, NeighbourhoodError, Seen, Workspace};

/// An object's place in every directory.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The object that was asked about.
    pub object: Member,
    /// Whether it is gone from its directory and no sync has drawn the consequences yet.
    pub gone: bool,
    /// Whom it belongs to; none: it is nobody's, and publishes nothing.
    pub identity: Option<IdentityId>,
    /// Everything that is linked to the identity, the object itself included, in the order of the configuration.
    pub members: Vec<Member>,
    /// Each directory that somebody shares to, in the order of the configuration.
    pub targets: Vec<TargetExplained>,
    /// What stands in the way of the object itself.
    pub problems: Vec<Problem>,
}

/// One object with what it is to us.
#[derive(Clone, Debug)]
pub struct Member {
    /// As it was last observed.
    pub object: SpaceObject,
    /// How it belongs to the identity, and why: the join group, the stamp.
    pub link: Option<(LinkKind, Box<str>)>,
    /// What it is to us.
    pub standing: Standing,
    /// The metaverse object type that it projects.
    pub metaverse_type: String,
    /// Whether it speaks for the identity where several do.
    pub speaks: bool,
    /// Why it is no recipient: for each provisioning rule for its kind the first condition that was not met.
    pub unmet: Vec<Unmet>,
}

/// What a directory should hold for the identity, and what it holds.
#[derive(Clone, Debug)]
pub struct TargetExplained {
    /// The directory.
    pub connector: ConnectorId,
    /// What its turn came to.
    pub verdict: Verdict,
    /// Whether some object of the identity lies in a directory that shares to this one.
    pub shared: bool,
    /// The object that speaks to this directory.
    pub speaker: Option<ObjectKey>,
    /// Our contact there, as an import last saw it.
    pub contact: Option<SpaceObject>,
    /// What we wrote, plan and decided there, as a sync would leave it now.
    pub state: Option<ExportState>,
    /// Export rules that did not take the identity, each with the first condition that was not met.
    pub unmet: Vec<Unmet>,
    /// The contact's name and its other unique values, each with the candidates that were passed over.
    pub names: Vec<NameTrace>,
    /// Every attribute that a rule writes or that we wrote, in the order of their names.
    pub attributes: Vec<AttributeExplained>,
    /// What stands in the way there.
    pub problems: Vec<Problem>,
}

/// One attribute of a contact: from the source's values to what is planned.
#[derive(Clone, Debug)]
pub struct AttributeExplained {
    /// The attribute.
    pub attribute: AttributeName,
    /// How the winning flow writes it; none: no rule writes it any more.
    pub mode: Option<FlowMode>,
    /// The rule that won; `madrigal` for what the engine itself writes.
    pub rule: Option<Arc<str>>,
    /// The flows that write it, the first of the precedence first.
    pub flows: Vec<FlowTrace>,
    /// The neutral attributes that the flows read.
    pub sources: Vec<NeutralExplained>,
    /// What the rules want; none: nobody knows it, and the attribute stays as it is.
    pub desired: Option<Vec<Value>>,
    /// What the last import saw.
    pub observed: Vec<Value>,
    /// What we put there.
    pub baseline: Vec<Value>,
    /// What it will hold once what is planned is written; none: nothing is planned for it.
    pub planned: Option<Vec<Value>>,
}

/// One neutral attribute, as the directory may see it.
#[derive(Clone, Debug)]
pub struct NeutralExplained {
    /// The attribute.
    pub attribute: AttributeName,
    /// Its values, references as the directory's own objects.
    pub values: Vec<Value>,
    /// Where they come from; none: no object gives any.
    pub source: Option<SourceExplained>,
    /// The directories whose value the share does not let across.
    pub withheld: Vec<ConnectorId>,
}

/// What gave a neutral attribute its value.
#[derive(Clone, Debug)]
pub struct SourceExplained {
    /// The object.
    pub object: ObjectKey,
    /// The import flow.
    pub flow: FlowTrace,
    /// What the object holds of the attributes that the flow reads.
    pub values: Vec<(AttributeName, Vec<Value>)>,
}

/// Explains an object; none where there is no such object. Pure: nothing is decided that a sync would not decide.
///
/// # Errors
/// What the neighbourhood fails with.
pub fn explain(
    topology: &Topology,
    neighbourhood: &mut dyn Neighbourhood,
    key: &ObjectKey,
    progress: &Progress,
    now: Timestamp,
) -> Result<Option<Explanation>, NeighbourhoodError> {
    let mut workspace = Workspace::new(topology, neighbourhood, now);
    workspace.trail = Some(Trail::default());
    let Some(seen) = workspace.object(key)? else { return Ok(None) };
    let before = workspace.link(key)?;
    resolve(&mut workspace, key)?;
    let link = workspace.link(key)?.or_else(|| before.filter(|_| seen.gone));
    let problems = workspace.object_problems.remove(key).unwrap_or_default();
    let (identity, members) = match &link {
        None => (None, Vec::new()),
        Some(link) => {
            settle(&mut workspace, link.identity, progress)?;
            let identity = workspace.identity(link.identity)?.cloned();
            let mut keys = identity.as_ref().map(|identity| identity.links.clone()).unwrap_or_default();
            keys.sort_by_key(|key| topology.order(key.connector));
            let mut members = Vec::new();
            for key in &keys {
                if let Some(seen) = workspace.live_object(key)? {
                    members.push(member(&mut workspace, &seen, identity.as_ref())?);
                }
            }
            (identity, members)
        }
    };
    let mut targets = Vec::new();
    for target in topology.targets() {
        // Whom nobody publishes is in its own directory what it is.
        if identity.is_none() && target.id == key.connector {
            continue;
        }
        targets.push(target_explained(&mut workspace, target.id, key, identity.as_ref())?);
    }
    Ok(Some(Explanation {
        object: member(&mut workspace, &seen, identity.as_ref())?,
        gone: seen.gone,
        identity: identity.map(|identity| identity.id),
        members,
        targets,
        problems,
    }))
}

fn member(
    workspace: &mut Workspace<'_>,
    seen: &Rc<Seen>,
    identity: Option<&Identity>,
) -> Result<Member, NeighbourhoodError> {
    let key = &seen.object.key;
    let link = workspace.link(key)?.map(|link| (link.kind, link.because));
    Ok(Member {
        object: seen.object.clone(),
        link,
        standing: seen.interpreted.standing.clone(),
        metaverse_type: seen.interpreted.metaverse_type.clone(),
        speaks: identity.is_some_and(|identity| identity.authority.as_ref() == Some(key)),
        unmet: unmet(workspace, seen),
    })
}

/// What kept the object from being a recipient, each condition evaluated once more for its steps.
fn unmet(workspace: &Workspace<'_>, seen: &Seen) -> Vec<Unmet> {
    let not_met = seen.interpreted.not_met.iter();
    not_met
        .map(|not_met| Unmet {
            rule: not_met.rule.clone(),
            because: not_met.because.clone(),
            remedy: not_met.remedy.clone(),
            condition: with_values(workspace, &seen.object, |rules, evaluation| {
                let rule = rules
                    .iter()
                    .find(|rule| rule.name == not_met.rule && rule.link == LinkType::Provision)?;
                let condition = in_scope(rule, evaluation).ok()??;
                Some(Traced::of(&condition.require, evaluation))
            }),
        })
        .collect()
}

/// Runs a function on the import rules for the object and on its values.
fn with_values<T>(
    workspace: &Workspace<'_>,
    object: &SpaceObject,
    run: impl FnOnce(&[&madrigal_mappings::Rule], &Evaluation<'_>) -> Option<T>,
) -> Option<T> {
    let connector = workspace.topology.connector(object.key.connector)?;
    let object_type = object_type(&object.entry);
    let rules = connector.rules.import.iter().filter(|rule| applies(rule, connector, object_type));
    let mut slots = Vec::new();
    connector.rules.import_slots.fill(&object.entry, &mut slots);
    let groups = workspace.groups.of(&object.key);
    let environment = environment(connector, &object.dn, &groups, workspace.now);
    run(&rules.collect::<Vec<_>>(), &Evaluation { slots: &slots, environment })
}

fn target_explained(
    workspace: &mut Workspace<'_>,
    target: ConnectorId,
    asked: &ObjectKey,
    identity: Option<&Identity>,
) -> Result<TargetExplained, NeighbourhoodError> {
    let topology = workspace.topology;
    let trail = workspace.trail.as_mut().and_then(|trail| trail.targets.remove(&target)).unwrap_or_default();
    let shares = |key: &ObjectKey| topology.share(key.connector, target).is_some();
    let (mut speaker, mut contact, mut shared) = (None, None, shares(asked));
    if let Some(identity) = identity {
        let members = Members::of(workspace, identity)?;
        speaker = members.speaker(topology, identity.authority.as_ref(), target).cloned();
        contact = members.contact_in(target).map(|seen| seen.object.clone());
        shared = members.sources.iter().any(|seen| shares(&seen.object.key));
    }
    let state = identity
        .and_then(|identity| identity.exports.iter().find(|state| state.connector == target))
        .cloned();
    let attributes = attributes(workspace, &trail, contact.as_ref(), state.as_ref())?;
    let problems = identity.and_then(|identity| workspace.identity_problems.get(&identity.id));
    let problems: Vec<Problem> =
        problems.into_iter().flatten().filter(|problem| problem.connector == Some(target)).cloned().collect();
    let is_planned =
        state.as_ref().is_some_and(|state| state.pending.is_some() || state.unconfirmed.is_some());
    let verdict = match trail.verdict.unwrap_or(Verdict::NoSpeaker) {
        Verdict::Contact if contact.is_none() && !is_planned => Verdict::Held,
        verdict => verdict,
    };
    Ok(TargetExplained {
        connector: target,
        verdict,
        shared,
        speaker: speaker.map(|seen| seen.object.key.clone()),
        contact,
        state,
        unmet: trail.unmet,
        names: trail.names,
        attributes,
        problems,
    })
}

fn attributes(
    workspace: &mut Workspace<'_>,
    trail: &TargetTrail,
    contact: Option<&SpaceObject>,
    state: Option<&ExportState>,
) -> Result<Vec<AttributeExplained>, NeighbourhoodError> {
    let empty = Entry::default();
    let observed = trail.observed.as_ref().or(contact.map(|contact| &contact.entry)).unwrap_or(&empty);
    let baseline = state.map_or(&empty, |state| &state.baseline);
    let pending = state.and_then(|state| state.pending.as_ref());
    let changes = pending.map(|pending| &pending.changes[..]).unwrap_or_default();
    let mut names: BTreeSet<AttributeName> = trail.desired.iter().map(|desired| desired.attribute).collect();
    names.extend(trail.flows.iter().map(|flow| flow.attribute));
    names.extend(baseline.iter().map(|(attribute, _)| attribute));
    names.extend(changes.iter().map(|change| change.attribute));
    let mut names: Vec<AttributeName> = names.into_iter().collect();
    names.sort_by_key(|name| name.as_str().to_ascii_lowercase());
    let mut explained = Vec::with_capacity(names.len());
    for attribute in names {
        let desired = trail.desired.iter().find(|desired| desired.attribute == attribute);
        let flows: Vec<FlowTrace> =
            trail.flows.iter().filter(|flow| flow.attribute == attribute).cloned().collect();
        let reads: BTreeSet<AttributeName> = flows.iter().flat_map(|flow| flow.reads.clone()).collect();
        let mut sources = Vec::with_capacity(reads.len());
        for read in reads {
            sources.push(neutral(workspace, trail, read)?);
        }
        let change = changes.iter().find(|change| change.attribute == attribute);
        explained.push(AttributeExplained {
            attribute,
            mode: desired.map(|desired| desired.mode),
            rule: desired.map(|desired| desired.source.rule.clone()),
            flows,
            sources,
            desired: desired.map_or(Some(Vec::new()), wanted_values),
            observed: values(observed, attribute),
            baseline: values(baseline, attribute),
            planned: change.map(|change| change.new.clone()),
        });
    }
    Ok(explained)
}

fn wanted_values(desired: &DesiredAttribute) -> Option<Vec<Value>> {
    desired.known.then(|| desired.values.clone())
}

fn neutral(
    workspace: &mut Workspace<'_>,
    trail: &TargetTrail,
    attribute: AttributeName,
) -> Result<NeutralExplained, NeighbourhoodError> {
    let withheld = trail.withheld.iter().filter(|(withheld, _)| *withheld == attribute);
    let source = match trail.chosen.get(&attribute) {
        None => None,
        Some(chosen) => match workspace.object(&chosen.object)? {
            Some(seen) => source(workspace, &seen, chosen, attribute),
            None => None,
        },
    };
    Ok(NeutralExplained {
        attribute,
        values: values(&trail.neutral, attribute),
        source,
        withheld: withheld.map(|(_, connector)| *connector).collect(),
    })
}

/// The import flow that gave the value, evaluated once more for its steps.
fn source(
    workspace: &Workspace<'_>,
    seen: &Seen,
    chosen: &Chosen,
    attribute: AttributeName,
) -> Option<SourceExplained> {
    let object = &seen.object;
    with_values(workspace, object, |rules, evaluation| {
        let flows = rules
            .iter()
            .filter(|rule| rule.precedence == chosen.precedence && rule.to == seen.interpreted.metaverse_type)
            .filter(|rule| matches!(in_scope(rule, evaluation), Ok(None)))
            .flat_map(|rule| rule.flows.iter().map(move |flow| (rule, flow)));
        let (rule, flow) = flows.into_iter().find(|(_, flow)| flow.attribute == attribute)?;
        let flow = FlowTrace::of(rule, flow, evaluation);
        let values = flow.reads.iter().map(|read| (*read, values(&object.entry, *read))).collect();
        Some(SourceExplained { object: object.key.clone(), flow, values })
    })
}

fn values(entry: &Entry, attribute: AttributeName) -> Vec<Value> {
    entry.get(attribute).iter().map(ValueRef::to_value).collect()
}
