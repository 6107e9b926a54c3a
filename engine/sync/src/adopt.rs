//! When somebody else's contact may become ours.

use madrigal_model::{Link, LinkKind};

use crate::target::is_managed;
use crate::topology::{Connector, Topology};
use crate::workspace::{NeighbourhoodError, Seen, Workspace};

/// What proves that a contact was made for a person: a `legacyExchangeDN` or a mailbox's own key. A name or an address
/// says that somebody may be meant, and no more.
const PROOFS: [&str; 3] = ["legacyDN", "x500Addresses", "mailboxGuid"];

/// Whether the contact becomes ours: where the connector adopts, in the container that is ours, and on proof, or on an
/// address alone where the operator said so.
pub(crate) fn may_adopt(
    workspace: &mut Workspace<'_>,
    target: &Connector,
    contact: &Seen,
) -> Result<bool, NeighbourhoodError> {
    if !target.adopt || !is_managed(target, &contact.object.dn) {
        return Ok(false);
    }
    let link = workspace.link(&contact.object.key)?;
    let by_address = workspace.topology.adopt_by_address.contains(&target.id);
    Ok(link.is_some_and(|link| by_address || is_proved(workspace.topology, target, &link)))
}

/// Whether more than a name or an address says for whom somebody else's contact was made.
#[must_use]
pub fn is_proved(topology: &Topology, target: &Connector, link: &Link) -> bool {
    let rules = topology.connector(target.id).map(|target| &target.rules);
    let groups = rules.into_iter().flat_map(|rules| &rules.import).flat_map(|rule| &rule.joins);
    let mut of_this_name = groups.filter(|group| *group.name == *link.because).peekable();
    link.kind == LinkKind::Duplicate
        && of_this_name.peek().is_some()
        && of_this_name.all(|group| PROOFS.contains(&group.theirs.as_str()))
}
