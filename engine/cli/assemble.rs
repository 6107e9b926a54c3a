//! From the configuration to connectors, rules and shares: every name looked up, every value checked.

pub(crate) mod ldap;
mod slips;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use madrigal_api::{Exporter, Importer};
use madrigal_ldif::LdifConnector;
use madrigal_mappings::{Parameters, RuleSet, Severity, Surroundings, nearest};
use madrigal_model::{AttributeName, ConnectorId, DistinguishedName};
use madrigal_run::EngineConnector;
use madrigal_sync::guard;
use madrigal_sync::{Share, Topology};

use crate::config::{self, Apply, Config, Connector, ConnectorType, Limit, Limits};
use crate::error::CommandError;

/// How many percent of a source may be gone from one import to the next, where nothing is said.
const SOURCE_PERCENT: u64 = 20;

/// Rule sets by name, each loaded once.
#[derive(Default)]
struct RuleSets {
    loaded: BTreeMap<String, Arc<RuleSet>>,
}

impl RuleSets {
    fn get(&mut self, config: &Config, name: &str) -> Result<Arc<RuleSet>, CommandError> {
        if let Some(known) = self.loaded.get(name) {
            return Ok(known.clone());
        }
        let sources = if madrigal_mappings::builtin(name).is_some() {
            Vec::new()
        } else {
            vec![(name.to_owned(), read_rules(config, name)?)]
        };
        let (rules, diagnostics) = madrigal_mappings::load(name, &sources, &Surroundings::default());
        let errors: Vec<String> = diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == Severity::Error)
            .map(ToString::to_string)
            .collect();
        let rules = rules.filter(|_| errors.is_empty());
        let Some(rules) = rules else {
            return Err(CommandError::Rules { name: name.to_owned(), details: errors.join("\n") });
        };
        let rules = Arc::new(rules);
        self.loaded.insert(name.to_owned(), rules.clone());
        Ok(rules)
    }
}

/// The text of a rule file, named as the configuration names it.
pub(crate) fn read_rules(config: &Config, name: &str) -> Result<String, CommandError> {
    let path = config.path(name.as_ref());
    std::fs::read_to_string(&path).map_err(|source| {
        if source.kind() == std::io::ErrorKind::NotFound {
            let known: Vec<&str> = madrigal_mappings::builtin_names().collect();
            let reason = format!("no such rules are built in, and there is no file {}", path.display());
            return value(&format!("rules = {name:?}"), reason, &format!("Built in: {}.", known.join(", ")));
        }
        CommandError::File { doing: format!("reading the rules {}", path.display()), source }
    })
}

/// Who takes part, by the numbers that the store gave.
pub(crate) fn topology(
    config: &Config,
    ids: &BTreeMap<String, ConnectorId>,
) -> Result<Topology, CommandError> {
    crate::commands::check_readers(config)?;
    crate::finish::check(config)?;
    let mut rule_sets = RuleSets::default();
    let mut connectors = Vec::new();
    for (name, connector) in &config.connector {
        let place = format!("[connector.{name}]");
        let cloud = match &connector.cloud {
            Some(cloud) => Some(id_of(ids, cloud, &format!("{place} cloud"))?),
            None => None,
        };
        let container = connector
            .container
            .as_deref()
            .map(|dn| parse_dn(dn, &format!("{place} container")))
            .transpose()?;
        let source_contacts = connector
            .source_contacts
            .iter()
            .map(|dn| parse_dn(dn, &format!("{place} source-contacts")))
            .collect::<Result<Vec<_>, _>>()?;
        connectors.push(madrigal_sync::Connector {
            id: id_of(ids, name, &place)?,
            name: name.clone(),
            kind: connector.directory.clone(),
            rules: rule_sets.get(config, &connector.rules)?,
            parameters: import_parameters(config, name, connector),
            mail_domains: connector.mail_domains.clone(),
            container,
            source_contacts,
            cloud,
            stamp: attribute(&connector.stamp, &format!("{place} stamp"))?,
            adopt: connector.adopt.is_on(),
            lacks: attributes(&connector.lacks, &format!("{place} lacks"))?,
        });
    }
    let mut shares = Vec::new();
    for share in &config.share {
        let place = format!("[[share]] from = {:?}", share.from);
        let from = id_of(ids, &share.from, &place)?;
        for to in &share.to {
            let target = id_of(ids, to, &format!("{place} to"))?;
            let configured = config.connector.get(to);
            if target == from {
                return Err(value(&place, format!("{to} shares with itself"), "Take it out of `to`."));
            }
            if configured.is_some_and(|configured| configured.container.is_none()) {
                return Err(value(
                    &place,
                    format!("{to} has no container, so no contact can be kept there"),
                    &format!("Say where: container = \"OU=…\" in [connector.{to}]."),
                ));
            }
            let container = share
                .container
                .as_deref()
                .map(|dn| parse_dn(dn, &format!("{place} container")))
                .transpose()?;
            let rules = rule_sets.get(config, &share.rules)?;
            let source = connectors.iter().find(|connector| connector.id == from);
            let known = known_attributes(
                source.map(|source| source.rules.as_ref()).into_iter().chain([rules.as_ref()]),
            );
            for (key, names) in [("never", &share.never), ("only", &share.only)] {
                names.iter().try_for_each(|name| known_or_new(name, &known, &format!("{place} {key}")))?;
            }
            shares.push(Share {
                from,
                to: vec![target],
                rules,
                parameters: configured
                    .map(|configured| export_parameters(share, configured))
                    .unwrap_or_default(),
                never: attributes(&share.never, &format!("{place} never"))?,
                only: attributes(&share.only, &format!("{place} only"))?,
                container,
            });
        }
    }
    let mut topology = Topology::new(connectors, shares, config.engine.grace_days);
    for (name, connector) in &config.connector {
        if connector.adopt.is_by_address() {
            topology.adopt_by_address.insert(id_of(ids, name, "adopt")?);
        }
    }
    slips::refuse(config, &topology)?;
    Ok(topology)
}

/// The means to reach each connector.
pub(crate) fn engine_connectors(
    config: &Config,
    ids: &BTreeMap<String, ConnectorId>,
    topology: &Topology,
) -> Result<Vec<EngineConnector>, CommandError> {
    let mut connectors = Vec::new();
    for (name, connector) in &config.connector {
        let place = format!("[connector.{name}]");
        let (importer, exporter): (Box<dyn Importer>, Box<dyn Exporter>) = match connector.kind {
            ConnectorType::Ldif => {
                let ldif = ldif(config, name, connector)?;
                (Box::new(ldif.importer()), Box::new(ldif.exporter()))
            }
            ConnectorType::ActiveDirectory | ConnectorType::Ldap => {
                let mut ldap = ldap::connector(config, name, connector)?;
                ldap.lacking = learned(topology, name, connector);
                (Box::new(ldap.importer()), Box::new(ldap.exporter()))
            }
        };
        let source = connector.limits.source.or(config.limits.source).and_then(|limit| limit.percent);
        connectors.push(EngineConnector {
            id: id_of(ids, name, &place)?,
            name: name.clone(),
            importer,
            // Also where nobody shares to any more: the contacts that are there are hidden, and deleted, as others are.
            exporter: Some(exporter),
            limits: limits(&config.limits, &connector.limits),
            source_percent: source.unwrap_or(SOURCE_PERCENT),
        });
    }
    Ok(connectors)
}

/// What is left out of a directory without its configuration saying so.
fn learned(topology: &Topology, name: &str, connector: &Connector) -> Vec<AttributeName> {
    let known = topology.connectors.iter().find(|known| known.name == name);
    let lacks = known.into_iter().flat_map(|known| known.lacks.iter().copied());
    let configured = |attribute: &AttributeName| {
        connector.lacks.iter().any(|name| name.eq_ignore_ascii_case(attribute.as_str()))
    };
    lacks.filter(|attribute| !configured(attribute)).collect()
}

fn ldif(config: &Config, name: &str, connector: &Connector) -> Result<LdifConnector, CommandError> {
    let place = format!("[connector.{name}]");
    if !connector.url.texts().is_empty() {
        let remedy = "Take `url` out, or write type = \"active-directory\".";
        return Err(value(&place, "files have no url".to_owned(), remedy));
    }
    let path = connector.path.as_deref().ok_or_else(|| {
        value(&place, "`path` is missing".to_owned(), "Name the snapshot: path = \"….ldif\".")
    })?;
    let apply = match connector.apply {
        Apply::Snapshot => madrigal_ldif::Apply::Snapshot,
        Apply::File => {
            let folder = connector.changes_folder.clone().unwrap_or_else(|| "changes".into());
            madrigal_ldif::Apply::File(config.path(&folder))
        }
    };
    let anchor = connector.anchor.as_deref().unwrap_or("objectGUID");
    Ok(LdifConnector {
        name: name.to_owned(),
        path: config.path(path),
        changes: connector.changes.as_deref().map(|path| config.path(path)),
        anchor: attribute(anchor, &format!("{place} anchor"))?,
        apply,
        limits: madrigal_ldif::Limits::default(),
    })
}

fn limits(all: &Limits, own: &Limits) -> guard::Limits {
    let default = guard::Limits::default();
    let limit = |own: Option<Limit>, all: Option<Limit>, default| {
        own.or(all).map_or(default, |limit| guard::Limit { count: limit.count, percent: limit.percent })
    };
    guard::Limits {
        adds: limit(own.adds, all.adds, default.adds),
        updates: limit(own.updates, all.updates, default.updates),
        deletes: limit(own.deletes, all.deletes, default.deletes),
        adopts: limit(own.adopts, all.adopts, default.adopts),
        clears: limit(own.clears, all.clears, default.clears),
        percent_from: own.percent_from.or(all.percent_from).unwrap_or(default.percent_from),
    }
}

fn import_parameters(config: &Config, name: &str, connector: &Connector) -> Parameters {
    let mut parameters = own_parameters(connector);
    let others = config.connector.iter().filter(|(other, _)| *other != name);
    let other_domains: Vec<String> =
        others.flat_map(|(_, other)| other.mail_domains.iter().cloned()).collect();
    parameters.set("MailDomains", connector.mail_domains.clone());
    parameters.set("OtherMailDomains", other_domains);
    parameters.set("MailRouting", [boolean(connector.mail_routing)]);
    parameters.set("Exchange", [boolean(connector.exchange)]);
    parameters.set("SourceContacts", connector.source_contacts.clone());
    parameters.set("Container", connector.container.clone());
    parameters.set("Connector.Name", [name]);
    let domain =
        connector.container.as_deref().map(DistinguishedName::from_directory).and_then(|dn| dn.domain());
    if let Some(domain) = domain {
        parameters.set("Forest.FQDN", [domain.as_str()]);
        parameters.set("Domain.FQDN", [domain.as_str()]);
        parameters.set("Forest.LDAP", [ldap_name(&domain)]);
        parameters.set("Domain.LDAP", [ldap_name(&domain)]);
    }
    parameters
}

fn export_parameters(share: &crate::config::Share, target: &Connector) -> Parameters {
    let mut parameters = own_parameters(target);
    parameters.set("DisplayNameSuffix", [share.display_name_suffix.as_str()]);
    parameters.set("AdministrativeGroup", target.administrative_group.clone());
    parameters.set("CrossForestDelegation", [boolean(target.cross_forest_delegation)]);
    parameters.set("Finish", target.finish.map(config::Finish::as_str));
    parameters.set("AddressLists", target.address_lists.clone());
    parameters.set("ExchangeVersion", target.exchange_version.clone());
    parameters
}

fn own_parameters(connector: &Connector) -> Parameters {
    let mut parameters = Parameters::new();
    for (name, value) in &connector.parameters {
        let values: Vec<String> = match value {
            toml::Value::Array(values) => values.iter().map(plain).collect(),
            other => vec![plain(other)],
        };
        parameters.set(name, values);
    }
    parameters
}

fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Boolean(flag) => boolean(*flag).to_owned(),
        other => other.to_string(),
    }
}

fn boolean(flag: bool) -> &'static str {
    if flag { "TRUE" } else { "FALSE" }
}

fn ldap_name(domain: &str) -> String {
    domain.split('.').map(|part| format!("DC={part}")).collect::<Vec<_>>().join(",")
}

fn id_of(ids: &BTreeMap<String, ConnectorId>, name: &str, place: &str) -> Result<ConnectorId, CommandError> {
    ids.get(name).copied().ok_or_else(|| {
        let known: Vec<&str> = ids.keys().map(String::as_str).collect();
        value(
            place,
            format!("there is no connector {name:?}"),
            &format!("The configuration has {}.", known.join(", ")),
        )
    })
}

fn parse_dn(text: &str, place: &str) -> Result<DistinguishedName, CommandError> {
    DistinguishedName::parse(text)
        .map_err(|error| value(place, error.to_string(), "Write it as in OU=Address List,DC=abc,DC=example."))
}

fn attribute(name: &str, place: &str) -> Result<AttributeName, CommandError> {
    let is_name =
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | ';' | '.'));
    AttributeName::intern(name).ok().filter(|_| is_name).ok_or_else(|| {
        value(place, format!("{name:?} is no attribute's name"), "Write it as the schema does.")
    })
}

fn attributes(names: &[String], place: &str) -> Result<BTreeSet<AttributeName>, CommandError> {
    names.iter().map(|name| attribute(name, place)).collect()
}

/// Every attribute that the rules read or write.
fn known_attributes<'r>(rules: impl IntoIterator<Item = &'r RuleSet>) -> BTreeSet<&'static str> {
    let rules = rules.into_iter().flat_map(|rules| rules.import.iter().chain(&rules.export));
    let names = rules.flat_map(|rule| {
        rule.programs().flat_map(|program| program.reads().iter().copied()).chain(rule.writes())
    });
    names.map(|name| name.as_str()).collect()
}

/// Refuses a name that no rule knows and that looks like one that a rule knows: what is kept back by it would cross.
fn known_or_new(name: &str, known: &BTreeSet<&str>, place: &str) -> Result<(), CommandError> {
    if known.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    match nearest(name, known.iter().copied()) {
        None => Ok(()),
        Some(near) => {
            Err(value(place, format!("no rule reads or writes {name:?}"), &format!("Did you mean {near:?}?")))
        }
    }
}

fn value(place: &str, reason: String, remedy: &str) -> CommandError {
    CommandError::Value { place: place.to_owned(), reason, remedy: remedy.to_owned() }
}
