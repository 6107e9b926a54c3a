//! What an expression may ask for besides the object's attributes: all of it is handed in.

use std::collections::BTreeMap;

use madrigal_model::{DistinguishedName, Timestamp, Value};

/// What is handed to an evaluation.
#[derive(Clone, Copy)]
pub struct Environment<'a> {
    /// The run's time: `Now()`.
    pub now: Timestamp,
    /// `%Name%`.
    pub parameters: &'a Parameters,
    /// The object's name: `[dn]`.
    pub dn: Option<&'a DistinguishedName>,
    /// What `Guid` and `RandomNum` draw from: derived from identity and target, so that a preview equals the export.
    pub seed: u128,
    /// `%Number%` in candidates for names.
    pub number: Option<u32>,
    /// `IsMemberOf`.
    pub groups: &'a dyn GroupMembership,
}

/// Who is a member of what.
pub trait GroupMembership {
    /// Whether the object that is evaluated is a member of the group, directly or through other groups.
    fn is_member(&self, group: &DistinguishedName) -> bool;
}

/// No group has any member.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoGroups;

impl GroupMembership for NoGroups {
    fn is_member(&self, _group: &DistinguishedName) -> bool {
        false
    }
}

/// An object that is a member of these groups and of no other.
#[derive(Clone, Debug, Default)]
pub struct MemberOf(pub Vec<DistinguishedName>);

impl GroupMembership for MemberOf {
    fn is_member(&self, group: &DistinguishedName) -> bool {
        self.0.iter().any(|own| own.same_as(group))
    }
}

/// Named values that the configuration and the engine supply. Names are equal without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    values: BTreeMap<String, Vec<Value>>,
}

impl Parameters {
    /// Parameters without any value.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a parameter its values and no other.
    pub fn set<V: Into<Value>>(&mut self, name: &str, values: impl IntoIterator<Item = V>) {
        self.values.insert(name.to_ascii_lowercase(), values.into_iter().map(Into::into).collect());
    }

    /// The same, to be chained.
    #[must_use]
    pub fn with<V: Into<Value>>(mut self, name: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.set(name, values);
        self
    }

    /// The parameter's values; none where it has none.
    #[must_use]
    pub fn get(&self, name: &str) -> &[Value] {
        self.folded(&name.to_ascii_lowercase())
    }

    /// The same, by a name in small letters.
    pub(crate) fn folded(&self, name: &str) -> &[Value] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }
}

/// The parameters that the engine supplies, with what they hold. Every other name comes from the configuration.
pub const ENGINE_PARAMETERS: &[(&str, &str)] = &[
    ("MailDomains", "the source directory's mail domains, in order"),
    ("OtherMailDomains", "the mail domains of all other connectors"),
    ("Exchange", "FALSE where the source directory has no Exchange; everything else counts as TRUE"),
    ("Container", "the container of the source directory in which our contacts lie"),
    ("SourceContacts", "the containers whose contacts are the source's own to publish"),
    ("MailRouting", "TRUE where the source directory routes mail for its own mail users and contacts"),
    ("AdministrativeGroup", "the target's administrative group, for new legacyExchangeDNs"),
    ("CrossForestDelegation", "TRUE where the target uses delegation across forests"),
    ("Finish", "how the target gets a contact into its address lists: attributes or update-recipient"),
    ("DisplayNameSuffix", "what the share appends to display names"),
    ("AddressLists", "the DNs of the target's address lists that a contact belongs to"),
    ("ExchangeVersion", "the msExchVersion of the target's contacts"),
    ("Number", "in candidates for names: 1, 2, 3 …"),
    ("Connector.ID", "the connector's identifier"),
    ("Connector.Name", "the connector's name in the configuration"),
    ("Domain.FQDN", "the domain of the object, abc.example"),
    ("Domain.Netbios", "the domain's short name, ABC"),
    ("Domain.LDAP", "the domain's DN, DC=abc,DC=example"),
    ("Forest.FQDN", "the forest's root domain"),
    ("Forest.Netbios", "the forest root's short name"),
    ("Forest.LDAP", "the forest root's DN"),
];
