//! Who belongs to an identity, and which of them speaks.

use std::rc::Rc;

use madrigal_model::{ConnectorId, Identity, LinkKind, ObjectKey};

use crate::topology::Topology;
use crate::workspace::{NeighbourhoodError, Seen, Workspace};

/// The objects of an identity that are there.
pub(crate) struct Members {
    /// Recipients and accounts: what the person is in each directory.
    pub sources: Vec<Rc<Seen>>,
    /// Our contacts.
    pub contacts: Vec<Rc<Seen>>,
    /// Other people's contacts of the same person.
    pub duplicates: Vec<Rc<Seen>>,
}

impl Members {
    pub(crate) fn of(workspace: &mut Workspace<'_>, identity: &Identity) -> Result<Self, NeighbourhoodError> {
        let mut members = Self { sources: Vec::new(), contacts: Vec::new(), duplicates: Vec::new() };
        for key in &identity.links {
            let Some(seen) = workspace.live_object(key)? else { continue };
            match workspace.link(key)?.filter(|link| link.identity == identity.id).map(|link| link.kind) {
                Some(LinkKind::Projected | LinkKind::Joined) => members.sources.push(seen),
                Some(LinkKind::Provisioned) => members.contacts.push(seen),
                Some(LinkKind::Duplicate) => members.duplicates.push(seen),
                None => {}
            }
        }
        let topology = workspace.topology;
        members.sources.sort_by_key(|seen| topology.order(seen.object.key.connector));
        Ok(members)
    }

    /// The recipients among the sources, in the order of the configuration.
    pub(crate) fn recipients(&self) -> impl Iterator<Item = &Rc<Seen>> {
        self.sources.iter().filter(|seen| seen.interpreted.is_recipient())
    }

    /// The person's own object in a directory that makes a contact there superfluous: a recipient, whether or not it is
    /// published (a hidden mailbox, a mail user who points elsewhere), or the account that a mailbox elsewhere belongs to.
    pub(crate) fn recipient_in(&self, connector: ConnectorId) -> Option<&Rc<Seen>> {
        self.sources.iter().find(|seen| {
            seen.object.key.connector == connector
                && (seen.interpreted.is_recipient()
                    || !seen.addresses().is_empty()
                    || self.is_master_account(seen))
        })
    }

    /// Whether the mailbox of another member names the object as its account.
    fn is_master_account(&self, account: &Rc<Seen>) -> bool {
        let publishes = |seen: &Rc<Seen>, kind: &str, value: &str| {
            seen.interpreted.publishes.iter().any(|(k, v)| k == kind && v.eq_ignore_ascii_case(value))
        };
        let sids = account.interpreted.publishes.iter().filter(|(kind, _)| kind == "objectSid");
        sids.into_iter()
            .any(|(_, sid)| self.sources.iter().any(|other| publishes(other, "masterAccountSid", sid)))
    }

    /// Our contact in a directory.
    pub(crate) fn contact_in(&self, connector: ConnectorId) -> Option<&Rc<Seen>> {
        self.contacts.iter().find(|seen| seen.object.key.connector == connector)
    }

    /// Which recipient speaks: one that has the mailbox before one that has not, the one that spoke before any other,
    /// then the first of the configuration.
    pub(crate) fn authority(&self, before: Option<&ObjectKey>) -> Option<&Rc<Seen>> {
        choose(self.recipients(), before)
    }

    /// Who speaks to one target: the authority where its connector shares to the target, else the best of those whose
    /// connector does.
    pub(crate) fn speaker(
        &self,
        topology: &Topology,
        authority: Option<&ObjectKey>,
        target: ConnectorId,
    ) -> Option<&Rc<Seen>> {
        let sharing =
            self.recipients().filter(|seen| topology.share(seen.object.key.connector, target).is_some());
        let (mut first, rest): (Vec<_>, Vec<_>) =
            sharing.partition(|seen| Some(&seen.object.key) == authority);
        first.pop().or_else(|| choose(rest.into_iter(), None))
    }
}

fn choose<'m>(
    recipients: impl Iterator<Item = &'m Rc<Seen>>,
    before: Option<&ObjectKey>,
) -> Option<&'m Rc<Seen>> {
    // The first of equals is kept: the order of the configuration decides ties.
    let weight = |seen: &Rc<Seen>| (!seen.interpreted.has_mailbox(), Some(&seen.object.key) != before);
    recipients.reduce(|best, other| if weight(other) < weight(best) { other } else { best })
}
