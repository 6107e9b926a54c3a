//! The metaverse object as one target may see it: contributions of those connectors that share to it, resolved by
//! precedence, references turned into the target's objects.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use madrigal_mappings::{Flow, FlowMode};
use madrigal_model::{
    AttributeName, ConnectorId, DistinguishedName, Entry, EntryBuilder, Identity, LinkKind, ObjectKey,
    Reference, Value,
};

use crate::interpret::{Contribution, Given};
use crate::members::Members;
use crate::names;
use crate::topology::Share;
use crate::trail::Chosen;
use crate::workspace::{NeighbourhoodError, Seen, Workspace};

/// The neutral attributes that a share with an allow-list carries in any case: without them there is no contact.
const STRUCTURAL: [&str; 12] = [
    "cn",
    "displayName",
    "mail",
    "mailNickname",
    "routingAddress",
    "recipientKind",
    "hasMailbox",
    "proxyAddresses",
    "originatingForest",
    "sourceDisplayType",
    "legacyDN",
    "x500Addresses",
];

/// For each neutral attribute, in order, what its flow read.
#[derive(Default)]
pub(crate) struct Lineage(Vec<(AttributeName, Arc<[AttributeName]>)>);

impl Lineage {
    /// The attributes of the source directory that this neutral attribute was made of.
    pub(crate) fn of(&self, attribute: AttributeName) -> &[AttributeName] {
        let found = self.0.binary_search_by_key(&attribute, |(name, _)| *name);
        found.ok().and_then(|at| self.0.get(at)).map_or(&[], |(_, reads)| reads)
    }
}

/// A metaverse object for one target.
pub(crate) struct MetaverseObject {
    /// Its neutral attributes.
    pub entry: Entry,
    /// Attributes whose value nobody knows because a flow failed.
    pub unknown: BTreeSet<AttributeName>,
    /// Where each value comes from: the attributes of the source directory that its flow read.
    pub lineage: Lineage,
}

/// Whether the share lets the contribution cross.
pub(crate) fn may_cross(share: &Share, contribution: &Contribution) -> bool {
    crosses(share, contribution.attribute, contribution.reads.iter())
}

/// Whether the share lets a neutral attribute cross that is made of these attributes of the source.
fn crosses<'a>(
    share: &Share,
    attribute: AttributeName,
    mut reads: impl Iterator<Item = &'a AttributeName> + Clone,
) -> bool {
    let never = |attribute: &AttributeName| share.never.contains(attribute);
    if never(&attribute) || reads.clone().any(never) {
        return false;
    }
    share.only.is_empty()
        || share.only.contains(&attribute)
        || STRUCTURAL.iter().any(|name| attribute.as_str().eq_ignore_ascii_case(name))
        || reads.all(|read| share.only.contains(read))
}

/// Whether the share's lists keep back what its rules write to this attribute of a contact, for objects of any type.
pub(crate) fn is_kept_back(share: &Share, attribute: AttributeName) -> bool {
    let is_ours =
        |flow: &&Flow| flow.attribute == attribute && matches!(flow.mode, FlowMode::Set | FlowMode::Merge);
    let flows = share.rules.export.iter().flat_map(|rule| &rule.flows).filter(is_ours);
    let mut reads = flows.flat_map(|flow| flow.program.reads());
    reads.any(|neutral| !crosses(share, *neutral, share.rules.sources_of(&[], *neutral).iter()))
}

/// A contribution with its rank (precedence, then the speaker, then the configuration's order) and whose it is.
type Candidate<'m> = ((u32, bool, usize), &'m Contribution, &'m Rc<Seen>);

/// What is taken into a metaverse object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crossing {
    /// What the shares let cross.
    Allowed,
    /// What their lists withhold as well: to know again what crossed before they did.
    Withheld,
}

/// Resolves the contributions for a target.
pub(crate) fn metaverse_object(
    workspace: &mut Workspace<'_>,
    identity: &Identity,
    members: &Members,
    speaker: &Rc<Seen>,
    target: ConnectorId,
    crossing: Crossing,
) -> Result<MetaverseObject, NeighbourhoodError> {
    let topology = workspace.topology;
    let mut best: BTreeMap<AttributeName, Candidate<'_>> = BTreeMap::new();
    for seen in &members.sources {
        let connector = seen.object.key.connector;
        let Some(share) = topology.share(connector, target) else { continue };
        let (is_speaker, order) = (Rc::ptr_eq(seen, speaker), topology.order(connector));
        for contribution in &seen.interpreted.contributions {
            if crossing == Crossing::Allowed && !may_cross(share, contribution) {
                workspace.note(target, |trail| trail.withheld.push((contribution.attribute, connector)));
                continue;
            }
            let rank = (contribution.precedence, !is_speaker, order);
            let known = best.get(&contribution.attribute);
            if known.is_none_or(|(known, ..)| rank < *known) {
                best.insert(contribution.attribute, (rank, contribution, seen));
            }
        }
    }
    let mut object =
        MetaverseObject { entry: Entry::default(), unknown: BTreeSet::new(), lineage: Lineage::default() };
    let mut builder = EntryBuilder::default();
    for (attribute, (_, contribution, seen)) in best {
        workspace.note(target, |trail| {
            let chosen = Chosen { object: seen.object.key.clone(), precedence: contribution.precedence };
            trail.chosen.insert(attribute, chosen);
        });
        object.lineage.0.push((attribute, contribution.reads.clone()));
        match &contribution.given {
            Given::Unknown => {
                object.unknown.insert(attribute);
            }
            Given::AuthoritativeNull => {}
            Given::Values(values) => {
                for value in values {
                    match value {
                        Value::Reference(reference) => {
                            let translated =
                                translate(workspace, seen.object.key.connector, reference, target)?;
                            translated.into_iter().for_each(|value| builder.add(attribute, value));
                        }
                        other => builder.add(attribute, other.clone()),
                    }
                }
            }
        }
    }
    // A contact of ours that is there answers to its own name already.
    let own: Vec<&str> =
        members.contacts.iter().flat_map(|seen| seen.object.entry.text(*names::LEGACY_DN)).collect();
    let known = identity.legacy_dns.iter().filter(|dn| !own.iter().any(|own| own.eq_ignore_ascii_case(dn)));
    for dn in known {
        builder.add(*names::KNOWN_LEGACY_DNS, Value::text(dn.clone()));
    }
    object.entry = builder.build();
    workspace.note(target, |trail| trail.neutral = object.entry.clone());
    Ok(object)
}

/// What a reference of the source's directory points to in the target: the person's own object there if there is one,
/// else our contact, else nothing yet.
fn translate(
    workspace: &mut Workspace<'_>,
    source: ConnectorId,
    reference: &Reference,
    target: ConnectorId,
) -> Result<Option<Value>, NeighbourhoodError> {
    let anchor = match reference {
        Reference::Object(anchor) => Some(anchor.clone()),
        // Whom it names was read later than the reference.
        Reference::Unresolved(dn) => workspace.at_name(source, &DistinguishedName::from_directory(dn))?,
        Reference::Identity(_) => None,
    };
    let Some(anchor) = anchor else { return Ok(None) };
    let key = ObjectKey::new(source, anchor);
    let Some(link) = workspace.link(&key)? else { return Ok(None) };
    let Some(identity) = workspace.identity(link.identity)? else { return Ok(None) };
    let there = identity.links.iter().filter(|linked| linked.connector == target);
    for linked in there.cloned().collect::<Vec<_>>() {
        let kind = workspace.link(&linked)?.map(|link| link.kind);
        if matches!(kind, Some(LinkKind::Projected | LinkKind::Joined))
            && workspace.live_object(&linked)?.is_some_and(|seen| seen.interpreted.is_recipient())
        {
            return Ok(Some(Value::Reference(Reference::Object(linked.anchor))));
        }
    }
    let Some(identity) = workspace.identity(link.identity)? else { return Ok(None) };
    let Some(state) = identity.exports.iter().find(|state| state.connector == target) else {
        return Ok(None);
    };
    if state.hidden.is_some() {
        return Ok(None);
    }
    Ok(match &state.anchor {
        Some(anchor) => Some(Value::Reference(Reference::Object(anchor.clone()))),
        None => (state.pending.is_some() || state.unconfirmed.is_some())
            .then_some(Value::Reference(Reference::Identity(identity.id))),
    })
}
