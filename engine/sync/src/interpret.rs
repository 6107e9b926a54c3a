//! What the import rules make of one object: its standing, its neutral attributes, what it can be joined by.

use std::sync::Arc;

use madrigal_mappings::{
    Condition, Environment, Flow, GroupMembership, LinkType, NoGroups, Outcome, Parameters, Program, Rule,
};
use madrigal_model::{
    AttributeName, DistinguishedName, Entry, SpaceObject, Timestamp, Value, ValueRef, Values,
};

use crate::names;
use crate::stamp::Stamp;
use crate::topology::{Connector, Topology};

/// What an object is to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A recipient that its directory publishes.
    Recipient,
    /// A contact of ours.
    Ours(Stamp),
    /// A cloud object that is synchronised from a directory of ours: never a source, never in the way.
    Twin,
    /// A contact that somebody else made.
    OtherContact,
    /// Anything else: it may join (an account without a mailbox), it is published nowhere.
    NotRecipient,
}

/// A condition that was not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotMet {
    /// The rule.
    pub rule: Arc<str>,
    /// Why, in words.
    pub because: String,
    /// What would change it.
    pub remedy: String,
}

/// What one rule gives one neutral attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// The neutral attribute.
    pub attribute: AttributeName,
    /// The rule's precedence: the lower wins.
    pub precedence: u32,
    /// What it gives.
    pub given: Given,
    /// The attributes of the directory that the flow read.
    pub reads: Arc<[AttributeName]>,
}

/// What a flow gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// These values.
    Values(Vec<Value>),
    /// No value, and nobody behind it is asked.
    AuthoritativeNull,
    /// The flow failed: nobody knows the value, so nothing that depends on it may change.
    Unknown,
}

/// Values by which an object looks for somebody, in the order of the join groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seek {
    /// The join group's name.
    pub group: String,
    /// The neutral attribute on the other side.
    pub kind: String,
    /// The values, at least one.
    pub values: Vec<String>,
}

/// A flow or a condition that failed: the rule, the flow's attribute, what happened.
pub(crate) type EvaluationFailed = (Arc<str>, Option<AttributeName>, String);

/// What the import rules make of one object.
#[derive(Clone, Debug)]
pub struct Interpreted {
    /// What it is to us.
    pub standing: Standing,
    /// The metaverse object type that it projects.
    pub metaverse_type: String,
    /// Its neutral attributes, in no order.
    pub contributions: Vec<Contribution>,
    /// What it looks for.
    pub seeks: Vec<Seek>,
    /// What it can be found by: neutral attribute and value.
    pub publishes: Vec<(String, String)>,
    /// Why it is no recipient: for each provisioning rule the first condition that was not met.
    pub not_met: Vec<NotMet>,
    /// Flows and conditions that failed.
    pub failures: Vec<EvaluationFailed>,
}

impl Interpreted {
    /// Whether it is to others what `other` is: the same in standing, sought by the same and seeking the same.
    #[must_use]
    pub fn is_to_others_as(&self, other: &Self) -> bool {
        (&self.standing, &self.metaverse_type, &self.seeks, &self.publishes)
            == (&other.standing, &other.metaverse_type, &other.seeks, &other.publishes)
    }

    /// Whether the directory publishes it.
    #[must_use]
    pub fn is_recipient(&self) -> bool {
        self.standing == Standing::Recipient
    }

    /// Whether it speaks of itself: a recipient or an account, not a contact of ours or of somebody else.
    #[must_use]
    pub fn is_source(&self) -> bool {
        matches!(self.standing, Standing::Recipient | Standing::NotRecipient)
    }

    /// Whether it has the mailbox.
    #[must_use]
    pub fn has_mailbox(&self) -> bool {
        self.first_text(*names::HAS_MAILBOX) == Some("TRUE")
    }

    /// The first value of a neutral attribute, as text, by this object's rules alone.
    #[must_use]
    pub fn first_text(&self, attribute: AttributeName) -> Option<&str> {
        let of_attribute =
            self.contributions.iter().filter(|contribution| contribution.attribute == attribute);
        of_attribute.min_by_key(|contribution| contribution.precedence).and_then(|contribution| {
            match &contribution.given {
                Given::Values(values) => values.first().and_then(Value::as_text),
                Given::AuthoritativeNull | Given::Unknown => None,
            }
        })
    }
}

/// The object type that rules name in `from`, told from the object's classes.
#[must_use]
pub fn object_type(entry: &Entry) -> &'static str {
    let mut found = "";
    for class in entry.get(*names::OBJECT_CLASS).iter().filter_map(ValueRef::as_text) {
        let rank = match class.to_ascii_lowercase().as_str() {
            "msexchdynamicdistributionlist" => "dynamic-group",
            "group" | "groupofnames" => "group",
            "contact" => "contact",
            "user" | "inetorgperson" => "user",
            _ => continue,
        };
        found = rank;
        if rank == "dynamic-group" {
            break;
        }
    }
    found
}

/// Applies the connector's import rules to an object as it was last observed; `groups` are those that hold it.
#[must_use]
pub fn interpret(
    topology: &Topology,
    connector: &Connector,
    object: &SpaceObject,
    groups: &dyn GroupMembership,
    now: Timestamp,
) -> Interpreted {
    interpret_flows(topology, connector, object, groups, now, |_| true)
}

/// The same without what only a contact needs: the object's standing, and what it finds and is found by. Where rules ask
/// for a membership, everything that the object finds or is found by in whatever groups it may be: whoever asks looks.
#[must_use]
pub fn interpret_keys(
    topology: &Topology,
    connector: &Connector,
    object: &SpaceObject,
    now: Timestamp,
) -> Interpreted {
    let is_wanted = |attribute: AttributeName| {
        attribute == *names::SYNCHRONIZED || topology.join_kinds.iter().any(|(kind, _)| *kind == attribute)
    };
    let mut interpreted = interpret_flows(topology, connector, object, &NoGroups, now, is_wanted);
    if topology.asks_groups(connector.id) {
        let in_all = interpret_flows(topology, connector, object, &EveryGroup, now, is_wanted);
        for seek in in_all.seeks {
            if !interpreted.seeks.contains(&seek) {
                interpreted.seeks.push(seek);
            }
        }
        for key in in_all.publishes {
            if !interpreted.publishes.contains(&key) {
                interpreted.publishes.push(key);
            }
        }
        if in_all.standing != interpreted.standing {
            interpreted.standing = Standing::NotRecipient;
        }
    }
    interpreted
}

fn interpret_flows(
    topology: &Topology,
    connector: &Connector,
    object: &SpaceObject,
    groups: &dyn GroupMembership,
    now: Timestamp,
    is_wanted: impl Fn(AttributeName) -> bool,
) -> Interpreted {
    let rules = &connector.rules;
    let object_type = object_type(&object.entry);
    let mut slots = Vec::new();
    rules.import_slots.fill(&object.entry, &mut slots);
    let evaluation =
        Evaluation { slots: &slots, environment: environment(connector, &object.dn, groups, now) };
    let mut interpreted = Interpreted {
        standing: Standing::NotRecipient,
        metaverse_type: String::new(),
        contributions: Vec::new(),
        seeks: Vec::new(),
        publishes: Vec::new(),
        not_met: Vec::new(),
        failures: Vec::new(),
    };
    if let Some(stamp) = stamp_of(topology, connector, object, object_type) {
        interpreted.standing = Standing::Ours(stamp);
        return interpreted;
    }
    let applying: Vec<&Rule> =
        rules.import.iter().filter(|rule| applies(rule, connector, object_type)).collect();
    let mut taking: Vec<&Rule> = Vec::new();
    // A rule that was written for several types stands once for each, and says the same each time.
    for same in applying.chunk_by(|one, other| Arc::ptr_eq(&one.name, &other.name)) {
        let Some(rule) = same.first() else { continue };
        seek(rule, &evaluation, &mut interpreted);
        match in_scope(rule, &evaluation) {
            Ok(None) => taking.extend(same),
            Ok(Some(condition)) if rule.link == LinkType::Provision && !condition.selects => {
                interpreted.not_met.push(NotMet {
                    rule: rule.name.clone(),
                    because: condition.because.clone(),
                    remedy: condition.remedy.clone(),
                })
            }
            Ok(Some(_)) => {}
            Err(failure) => interpreted.failures.push((rule.name.clone(), None, failure)),
        }
    }
    let provisioning = taking.iter().find(|rule| rule.link == LinkType::Provision);
    let provisioned = provisioning.is_some();
    if let Some(rule) = provisioning.or(taking.first()) {
        interpreted.metaverse_type.clone_from(&rule.to);
    }
    for rule in taking.iter().filter(|rule| rule.to == interpreted.metaverse_type) {
        flow(rule, &evaluation, &is_wanted, &mut interpreted.contributions, &mut interpreted.failures);
    }
    interpreted.standing = standing(topology, connector, object, object_type, provisioned, &mut interpreted);
    publish(topology, &mut interpreted);
    interpreted
}

pub(crate) fn environment<'a>(
    connector: &'a Connector,
    dn: &'a DistinguishedName,
    groups: &'a dyn GroupMembership,
    now: Timestamp,
) -> Environment<'a> {
    Environment { now, parameters: &connector.parameters, dn: Some(dn), seed: 0, number: None, groups }
}

/// An object that is in whatever group is asked for.
struct EveryGroup;

impl GroupMembership for EveryGroup {
    fn is_member(&self, _: &DistinguishedName) -> bool {
        true
    }
}

/// One object's values with what else its expressions may ask for.
pub(crate) struct Evaluation<'a> {
    pub slots: &'a [Values<'a>],
    pub environment: Environment<'a>,
}

impl<'a> Evaluation<'a> {
    pub(crate) fn of(
        slots: &'a [Values<'a>],
        parameters: &'a Parameters,
        dn: Option<&'a DistinguishedName>,
        seed: u128,
        now: Timestamp,
    ) -> Self {
        Self {
            slots,
            environment: Environment { now, parameters, dn, seed, number: None, groups: &NoGroups },
        }
    }

    pub(crate) fn value(&self, program: &Program) -> Result<Outcome, String> {
        program.evaluate(self.slots, &self.environment).map_err(|error| error.to_string())
    }

    pub(crate) fn numbered(&self, program: &Program, number: u32) -> Result<Outcome, String> {
        let environment = Environment { number: Some(number), ..self.environment };
        program.evaluate(self.slots, &environment).map_err(|error| error.to_string())
    }
}

/// The first condition of the rule's scope that is not met; none: the object is in scope.
pub(crate) fn in_scope<'r>(
    rule: &'r Rule,
    evaluation: &Evaluation<'_>,
) -> Result<Option<&'r Condition>, String> {
    for condition in &rule.scope {
        let met = condition.require.is_true(evaluation.slots, &evaluation.environment);
        if !met.map_err(|error| error.to_string())? {
            return Ok(Some(condition));
        }
    }
    Ok(None)
}

pub(crate) fn applies(rule: &Rule, connector: &Connector, object_type: &str) -> bool {
    (rule.connectors.is_empty() || rule.connectors.contains(&connector.kind))
        && rule.from.iter().any(|from| from == object_type)
}

fn seek(rule: &Rule, evaluation: &Evaluation<'_>, interpreted: &mut Interpreted) {
    for group in &rule.joins {
        match evaluation.value(&group.own) {
            Ok(Outcome::Values(values)) => {
                let values: Vec<String> = values.iter().map(key_text).collect();
                if !values.is_empty() {
                    let (group, kind) = (group.name.clone(), group.theirs.clone());
                    interpreted.seeks.push(Seek { group, kind, values });
                }
            }
            Ok(_) => {}
            Err(failure) => interpreted.failures.push((rule.name.clone(), None, failure)),
        }
    }
}

fn flow(
    rule: &Rule,
    evaluation: &Evaluation<'_>,
    is_wanted: &impl Fn(AttributeName) -> bool,
    contributions: &mut Vec<Contribution>,
    failures: &mut Vec<EvaluationFailed>,
) {
    for flow in rule.flows.iter().filter(|flow| is_wanted(flow.attribute)) {
        let given = match evaluation.value(&flow.program) {
            Ok(Outcome::Values(values)) if !values.is_empty() => Given::Values(values),
            Ok(Outcome::Values(_) | Outcome::Null | Outcome::Ignore) => continue,
            Ok(Outcome::AuthoritativeNull) => Given::AuthoritativeNull,
            Err(failure) => {
                failures.push((rule.name.clone(), Some(flow.attribute), failure));
                Given::Unknown
            }
        };
        contributions.push(contribution(rule, flow, given));
    }
}

fn contribution(rule: &Rule, flow: &Flow, given: Given) -> Contribution {
    Contribution {
        attribute: flow.attribute,
        precedence: rule.precedence,
        given,
        reads: flow.program.shared_reads(),
    }
}

/// The stamp of a contact of ours. What the rules would make of it is of no use to anybody.
fn stamp_of(
    topology: &Topology,
    connector: &Connector,
    object: &SpaceObject,
    object_type: &str,
) -> Option<Stamp> {
    let text = object.entry.text(connector.stamp).filter(|_| object_type == "contact")?;
    text.parse::<Stamp>().ok().filter(|stamp| topology.connector_named(&stamp.source_connector).is_some())
}

fn standing(
    topology: &Topology,
    connector: &Connector,
    object: &SpaceObject,
    object_type: &str,
    provisioned: bool,
    interpreted: &mut Interpreted,
) -> Standing {
    let is_cloud = topology.connectors.iter().any(|other| other.cloud == Some(connector.id));
    if is_cloud && interpreted.first_text(*names::SYNCHRONIZED) == Some("TRUE") {
        return Standing::Twin;
    }
    let ours_to_keep = connector.container.as_ref().is_some_and(|container| object.dn.is_within(container));
    if object_type == "contact" {
        let published = connector.source_contacts.iter().any(|container| object.dn.is_within(container));
        if !published || ours_to_keep {
            if provisioned {
                interpreted.not_met.push(NotMet {
                    rule: "source-contacts".into(),
                    because: "the contact lies in no container whose contacts are published".to_owned(),
                    remedy: "add its container to source-contacts of the connector, if the contact is its directory's own".to_owned(),
                });
            }
            return Standing::OtherContact;
        }
        return if provisioned { Standing::Recipient } else { Standing::OtherContact };
    }
    if provisioned && ours_to_keep {
        interpreted.not_met.push(NotMet {
            rule: "container".into(),
            because: "it lies in the container that is kept for contacts of others".to_owned(),
            remedy: "move it out of that container".to_owned(),
        });
        return Standing::NotRecipient;
    }
    if provisioned { Standing::Recipient } else { Standing::NotRecipient }
}

fn publish(topology: &Topology, interpreted: &mut Interpreted) {
    if !interpreted.is_source() {
        return;
    }
    for contribution in &interpreted.contributions {
        if let Given::Values(values) = &contribution.given
            && let Some((_, kind)) =
                topology.join_kinds.iter().find(|(attribute, _)| *attribute == contribution.attribute)
        {
            for value in values {
                let published = (kind.clone(), key_text(value));
                if !interpreted.publishes.contains(&published) {
                    interpreted.publishes.push(published);
                }
            }
        }
    }
}

/// A value as joins compare it: text as it is, octets in hex.
pub(crate) fn key_text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::Bytes(bytes) => {
            let mut text = String::with_capacity(bytes.len() * 2);
            for octet in bytes.iter() {
                for half in [octet >> 4, octet & 15] {
                    text.extend(char::from_digit(half.into(), 16));
                }
            }
            text
        }
        other => other.to_string(),
    }
}
