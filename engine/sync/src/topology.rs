//! The configured connectors and shares, as the pure core needs them: numbers instead of names, rules compiled.

use std::collections::BTreeSet;
use std::sync::Arc;

use madrigal_mappings::{Parameters, RuleSet};
use madrigal_model::{AttributeName, ConnectorId, DistinguishedName};

/// Who takes part and who publishes what to whom.
#[derive(Clone)]
pub struct Topology {
    /// The connectors, in the order of the configuration.
    pub connectors: Vec<Connector>,
    /// The shares, in the order of the configuration.
    pub shares: Vec<Share>,
    /// Days between hiding and deleting a contact whose person left.
    pub grace_days: u32,
    /// Connectors in whose container contacts become ours that an address alone speaks for.
    pub adopt_by_address: BTreeSet<ConnectorId>,
    /// Test switches; all on in every other use.
    pub safeguards: Safeguards,
    /// The neutral attributes that some join group matches with.
    pub(crate) join_kinds: Vec<(AttributeName, String)>,
    /// The connectors whose import rules ask who is a member of a group.
    asking: BTreeSet<ConnectorId>,
}

/// One configured directory.
#[derive(Clone)]
pub struct Connector {
    /// Its number.
    pub id: ConnectorId,
    /// Its configured name.
    pub name: String,
    /// Which import rules are for it: `active-directory`, `ldif`, `microsoft-365`.
    pub kind: String,
    /// The rules that turn its attributes into neutral ones.
    pub rules: Arc<RuleSet>,
    /// What its import rules may ask for: `%MailDomains%` and the like.
    pub parameters: Parameters,
    /// Its mail domains.
    pub mail_domains: Vec<String>,
    /// Where contacts of others are kept; none: nothing is written there.
    pub container: Option<DistinguishedName>,
    /// Containers whose contacts are the directory's own to publish.
    pub source_contacts: Vec<DistinguishedName>,
    /// Its mirror in the cloud: objects there that are synchronised from here are twins.
    pub cloud: Option<ConnectorId>,
    /// The attribute that carries our stamp.
    pub stamp: AttributeName,
    /// Whether other engines' contacts in the managed container become ours.
    pub adopt: bool,
    /// What the target is known to lack: attributes that are not written there.
    pub lacks: BTreeSet<AttributeName>,
}

/// The people, rooms and groups of one connector are published to others.
#[derive(Clone)]
pub struct Share {
    /// Whose.
    pub from: ConnectorId,
    /// To whom.
    pub to: Vec<ConnectorId>,
    /// The rules that make the contacts.
    pub rules: Arc<RuleSet>,
    /// What the export rules may ask for.
    pub parameters: Parameters,
    /// Attributes of the source that never cross, in whatever form.
    pub never: BTreeSet<AttributeName>,
    /// The only attributes of the source that cross; empty: all.
    pub only: BTreeSet<AttributeName>,
    /// A container below the target's own.
    pub container: Option<DistinguishedName>,
}

/// What keeps a bad day from becoming a disaster. Each can be switched off alone, to show that the tests would see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Safeguards {
    /// Nothing is deleted or overwritten without our stamp.
    pub stamp: bool,
    /// No address of another recipient is taken.
    pub unique_addresses: bool,
    /// An object that changes wakes those that refer to it.
    pub reverse_references: bool,
    /// An export is believed only when an import has confirmed it.
    pub confirm: bool,
    /// The baseline is written before the call.
    pub baseline_first: bool,
    /// The watermark moves only with the page.
    pub watermark_with_page: bool,
    /// Too many changes stop the run.
    pub guard: bool,
}

impl Safeguards {
    /// All on.
    pub const ALL: Self = Self {
        stamp: true,
        unique_addresses: true,
        reverse_references: true,
        confirm: true,
        baseline_first: true,
        watermark_with_page: true,
        guard: true,
    };
}

impl Topology {
    /// Connectors and shares in the order of the configuration, with all safeguards on.
    #[must_use]
    pub fn new(connectors: Vec<Connector>, shares: Vec<Share>, grace_days: u32) -> Self {
        let rules = connectors.iter().flat_map(|connector| &connector.rules.import);
        let groups = rules.flat_map(|rule| &rule.joins);
        let kinds: BTreeSet<(AttributeName, String)> = groups
            .filter_map(|group| Some((AttributeName::known(&group.theirs)?, group.theirs.clone())))
            .collect();
        let join_kinds = kinds.into_iter().collect();
        let asks = |connector: &&Connector| connector.rules.asks_groups();
        let asking = connectors.iter().filter(asks).map(|connector| connector.id).collect();
        let (adopt_by_address, safeguards) = (BTreeSet::new(), Safeguards::ALL);
        Self { connectors, shares, grace_days, adopt_by_address, safeguards, join_kinds, asking }
    }

    /// The connector with this number.
    #[must_use]
    pub fn connector(&self, id: ConnectorId) -> Option<&Connector> {
        self.connectors.iter().find(|connector| connector.id == id)
    }

    /// The connector with this name.
    #[must_use]
    pub fn connector_named(&self, name: &str) -> Option<&Connector> {
        self.connectors.iter().find(|connector| connector.name == name)
    }

    /// Whether some import rule of the connector asks who is a member of a group.
    #[must_use]
    pub fn asks_groups(&self, connector: ConnectorId) -> bool {
        self.asking.contains(&connector)
    }

    /// The connector's place in the configuration: ties go to the first.
    #[must_use]
    pub fn order(&self, id: ConnectorId) -> usize {
        self.connectors.iter().position(|connector| connector.id == id).unwrap_or(usize::MAX)
    }

    /// The first share from one connector to another.
    #[must_use]
    pub fn share(&self, from: ConnectorId, to: ConnectorId) -> Option<&Share> {
        self.shares.iter().find(|share| share.from == from && share.to.contains(&to))
    }

    /// The connectors that somebody shares to.
    pub fn targets(&self) -> impl Iterator<Item = &Connector> {
        self.connectors.iter().filter(|connector| {
            connector.container.is_some() && self.shares.iter().any(|share| share.to.contains(&connector.id))
        })
    }
}
