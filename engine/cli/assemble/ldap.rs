//! A connector of a directory server, from its part of the configuration.

use std::time::Duration;

use madrigal_ldap::{
    Bind, Chosen, Domain, Finish, ImportMethod, Kind, LdapConnector, Pace, PasswordSource, ServerUrl,
};

use madrigal_model::AttributeName;
use madrigal_run::RunError;
use madrigal_sync::Topology;

use crate::config::{self, Config, Connector, ConnectorType, OneOrMore, Password};
use crate::error::CommandError;

use super::{attribute, parse_dn, value};

/// The connector with everything checked that can be checked without the server.
pub(crate) fn connector(
    config: &Config,
    name: &str,
    connector: &Connector,
) -> Result<LdapConnector, CommandError> {
    let place = format!("[connector.{name}]");
    let kind = match connector.kind {
        ConnectorType::Ldap => Kind::Other,
        ConnectorType::ActiveDirectory | ConnectorType::Ldif => Kind::ActiveDirectory,
    };
    if connector.path.is_some() || connector.changes.is_some() {
        let remedy = "Take `path` and `changes` out, or write type = \"ldif\".";
        return Err(value(&place, "a server has no file".to_owned(), remedy));
    }
    let urls = urls(&connector.url, &format!("{place} url"))?;
    if urls.is_empty() {
        return Err(value(&place, "`url` is missing".to_owned(), "Name the server: url = \"ldaps://…\"."));
    }
    let domains = connector
        .domains
        .iter()
        .map(|domain| {
            let place = format!("{place} domains");
            let (dn, url) = match domain {
                config::Domain::Name(dn) => (dn, Vec::new()),
                config::Domain::At { dn, url } => (dn, self::urls(url, &place)?),
            };
            Ok(Domain { dn: parse_dn(dn, &place)?, urls: url })
        })
        .collect::<Result<Vec<_>, CommandError>>()?;
    let bind = connector.bind.as_ref().map(|bind| self::bind(config, connector, bind, &place)).transpose()?;
    let import = match (connector.import, kind) {
        (config::Import::Auto, _) => ImportMethod::Auto,
        (config::Import::Dirsync, Kind::ActiveDirectory) => ImportMethod::DirSync,
        (config::Import::Dirsync, Kind::Other) => {
            let remedy = "Take `import` out, or write type = \"active-directory\".";
            let reason = "only Active Directory has the DirSync control".to_owned();
            return Err(value(&format!("{place} import"), reason, remedy));
        }
        (config::Import::Changes, _) => ImportMethod::Changes,
    };
    if kind == Kind::ActiveDirectory
        && connector.anchor.as_deref().is_some_and(|name| !name.eq_ignore_ascii_case("objectGUID"))
    {
        let reason = "of a deleted object Active Directory keeps no other key than objectGUID".to_owned();
        return Err(value(&format!("{place} anchor"), reason, "Take `anchor` out."));
    }
    let anchor = connector.anchor.as_deref().unwrap_or(match kind {
        Kind::ActiveDirectory => "objectGUID",
        Kind::Other => "entryUUID",
    });
    let container = connector.container.as_deref();
    Ok(LdapConnector {
        name: name.to_owned(),
        kind,
        urls,
        domains,
        bind,
        ca_file: connector.ca_file.as_deref().map(|path| config.path(path)),
        insecure: connector.insecure,
        import,
        anchor: attribute(anchor, &format!("{place} anchor"))?,
        container: container.map(|dn| parse_dn(dn, &format!("{place} container"))).transpose()?,
        lacking: Vec::new(),
        pace: pace(connector, &place)?,
        chosen: Chosen::default(),
    })
}

/// Who the connector is to its servers.
fn bind(
    config: &Config,
    connector: &Connector,
    bind: &config::Bind,
    place: &str,
) -> Result<Bind, CommandError> {
    let wrong = |reason: &str, remedy: &str| Err(value(&format!("{place} bind"), reason.to_owned(), remedy));
    match (&bind.dn, &bind.password, bind.kerberos) {
        (Some(dn), Some(password), false) if bind.kerberos_host.is_none() => Ok(Bind::Password {
            dn: dn.clone(),
            password: match password {
                Password::Env(name) => PasswordSource::Environment(name.clone()),
                Password::File(path) => PasswordSource::File(config.path(path)),
                Password::Credential(name) => PasswordSource::Credential(name.clone()),
            },
        }),
        (None, None, true) if connector.insecure => {
            wrong("Kerberos is used over TLS alone", "Take `insecure` out, or bind with a password.")
        }
        (None, None, true) if !cfg!(feature = "gssapi") => {
            let remedy = "Build it with the feature gssapi, or bind with a password.";
            wrong("this program was built without Kerberos", remedy)
        }
        (None, None, true) => Ok(Bind::Kerberos { host: bind.kerberos_host.clone() }),
        (None, None, false) => {
            wrong("it does not say who we are", "Write `dn` and `password`, or kerberos = true.")
        }
        (_, _, true) => {
            let remedy = "Take `dn` and `password` out: the ticket says who we are; or take `kerberos` out.";
            wrong("there is a password beside Kerberos", remedy)
        }
        (Some(_), Some(_), false) => {
            wrong("`kerberos-host` is for Kerberos alone", "Take it out, or write kerberos = true.")
        }
        (_, _, false) => wrong("`dn` and `password` belong together", "Write both."),
    }
}

/// Learns which of the attributes that rules write a target's schema lacks, and leaves them out from then on. What
/// was learned, in a text that tells whether it is what was learned before.
pub(crate) async fn learn_lacking(config: &Config, topology: &mut Topology) -> Result<String, CommandError> {
    let mut learned = String::new();
    for (name, connector) in &config.connector {
        let written = written(topology, name);
        if connector.kind == ConnectorType::Ldif || written.is_empty() {
            continue;
        }
        let Some(target) = topology.connectors.iter_mut().find(|known| known.name == *name) else { continue };
        match self::connector(config, name, connector)?.lacking(&written).await {
            Ok(lacking) => {
                let names: Vec<&str> = lacking.iter().map(|name| name.as_str()).collect();
                learned.push_str(&format!("\n{name} lacks {}", names.join(" ")));
                target.lacks.extend(lacking);
            }
            // The import will say more of it.
            Err(error) => {
                let (code, remedy) = (error.code(), error.remedy());
                tracing::warn!(connector = name, code, %error, remedy, "its schema cannot be read");
                learned.push_str(&format!("\n{name} lacks what is not known"));
            }
        }
    }
    Ok(learned)
}

/// Learns which address lists contacts belong to where the stamp of Exchange is written and no list is named, and the
/// version of the stamp; what was learned, as [`learn_lacking`] gives it. A target whose lists cannot be read ends the
/// command: without them every contact would be taken out of its lists.
pub(crate) async fn learn_address_lists(
    config: &Config,
    topology: &mut Topology,
) -> Result<String, CommandError> {
    let mut learned = String::new();
    for (name, connector) in &config.connector {
        let is_target = config.share.iter().any(|share| share.to.contains(name));
        let writes =
            connector.finish == Some(config::Finish::Attributes) && connector.address_lists.is_empty();
        if connector.kind == ConnectorType::Ldif || !is_target || !writes {
            continue;
        }
        let exchange = self::connector(config, name, connector)?.exchange().await;
        let exchange = exchange.map_err(|source| {
            CommandError::Run(RunError::Connector { connector: name.clone(), source: Box::new(source) })
        })?;
        let exchange = exchange.filter(|found| !found.contact_lists.is_empty()).ok_or_else(|| {
            let reason = "its directory shows no address list that every contact belongs to".to_owned();
            let remedy = "Name the lists with `address-lists`, let the account read the configuration partition, or take `finish` out.";
            value(&format!("[connector.{name}] finish"), reason, remedy)
        })?;
        let lists: Vec<&str> = exchange.contact_lists.iter().map(|list| list.as_str()).collect();
        learned.push_str(&format!("\n{name} lists contacts in {}", lists.join(" and ")));
        let Some(target) = topology.connectors.iter().find(|known| known.name == *name).map(|known| known.id)
        else {
            continue;
        };
        for share in topology.shares.iter_mut().filter(|share| share.to.contains(&target)) {
            share.parameters.set("AddressLists", lists.iter().copied());
            if let (None, Some(version)) = (&connector.exchange_version, &exchange.contact_version) {
                learned.push_str(&format!(" {version}"));
                share.parameters.set("ExchangeVersion", [version.as_str()]);
            }
        }
    }
    Ok(learned)
}

/// How contacts get into the address lists of the connector's Exchange.
pub(crate) fn finish(connector: &Connector) -> Option<Finish> {
    connector.finish.map(|finish| match finish {
        config::Finish::Attributes => Finish::Attributes,
        config::Finish::UpdateRecipient => Finish::UpdateRecipient,
    })
}

/// The attributes that rules write into a directory, in the order of their names.
pub(crate) fn written(topology: &Topology, name: &str) -> Vec<AttributeName> {
    let Some(target) = topology.connectors.iter().find(|known| known.name == name) else { return Vec::new() };
    let shares = topology.shares.iter().filter(|share| share.to.contains(&target.id));
    let rules: Vec<_> = shares.flat_map(|share| share.rules.export.iter()).collect();
    let flows = rules.iter().flat_map(|rule| rule.flows.iter()).map(|flow| flow.attribute);
    let uniques = rules.iter().flat_map(|rule| rule.uniques.iter()).map(|unique| unique.attribute);
    // Contacts of people who leave are hidden first.
    let hidden = AttributeName::intern("msExchHideFromAddressLists").ok().filter(|_| !rules.is_empty());
    let mut written: Vec<AttributeName> =
        flows.chain(uniques).chain(hidden).filter(|attribute| !target.lacks.contains(attribute)).collect();
    written.sort_unstable_by_key(|attribute| attribute.as_str());
    written.dedup();
    written
}

fn urls(texts: &OneOrMore, place: &str) -> Result<Vec<ServerUrl>, CommandError> {
    let parsed = texts.texts().iter().map(|text| {
        text.parse().map_err(|error: madrigal_ldap::UrlError| {
            value(place, error.to_string(), "Write it as in ldaps://dc1.abc.example.")
        })
    });
    parsed.collect()
}

fn pace(connector: &Connector, place: &str) -> Result<Pace, CommandError> {
    let default = Pace::default();
    let zero = [
        ("timeout-seconds", connector.timeout_seconds == Some(0)),
        ("in-flight", connector.in_flight == Some(0)),
        ("connections", connector.connections == Some(0)),
        ("operations-per-second", connector.operations_per_second == Some(0)),
        ("largest-message", connector.largest_message == Some(0)),
    ];
    if let Some((key, _)) = zero.iter().find(|(_, zero)| *zero) {
        let remedy = "Write a larger number, or take it out for the default.";
        return Err(value(&format!("{place} {key}"), "with 0 nothing would come to pass".to_owned(), remedy));
    }
    Ok(Pace {
        timeout: connector.timeout_seconds.map_or(default.timeout, Duration::from_secs),
        in_flight: connector.in_flight.unwrap_or(default.in_flight),
        connections: connector.connections.unwrap_or(default.connections),
        operations_per_second: connector.operations_per_second,
        largest_message: connector.largest_message.unwrap_or(default.largest_message),
    })
}
