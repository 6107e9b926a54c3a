//! `check`: configuration, rules and connections; nothing is written, not even the store.

mod container;

use std::collections::BTreeMap;

use madrigal_api::{ImportMode, ImportRequest};
use madrigal_model::{ConnectorId, DistinguishedName, ObservedChange, Watermark};
use madrigal_run::EngineConnector;
use madrigal_sync::{Connector, Topology};

use crate::assemble;
use crate::commands::ConfigArguments;
use crate::config::{Config, ConnectorType};
use crate::error::{CommandError, ExitStatus};
use crate::output::{Format, style};
use crate::session;

use container::Container;

/// Objects of a page of a file that is read to its end.
const WHOLE_PAGE: usize = 5_000;
/// So many problems of a directory are told.
const PROBLEMS_TOLD: usize = 20;

pub(crate) async fn execute(arguments: &ConfigArguments, format: Format) -> Result<ExitStatus, CommandError> {
    let config = Config::read(&arguments.config)?;
    let ids: BTreeMap<String, ConnectorId> =
        config.connector.keys().zip(1..).map(|(name, number)| (name.clone(), ConnectorId(number))).collect();
    let topology = assemble::topology(&config, &ids)?;
    let mut findings: Vec<(bool, String)> = Vec::new();
    for name in config.connector.keys() {
        let is_used = config.share.iter().any(|share| share.from == *name || share.to.contains(name));
        if !is_used {
            findings.push((false, format!("{name}: no share names it")));
        }
    }
    for connector in &topology.connectors {
        let shares = topology.shares.iter().any(|share| share.from == connector.id);
        if shares && connector.mail_domains.is_empty() {
            findings.push((
                false,
                format!(
                    "{}: mail-domains is empty, so mail can be routed to nobody's mailbox there",
                    connector.name
                ),
            ));
        }
    }
    for (name, connector) in &config.connector {
        if connector.kind == ConnectorType::Ldif {
            continue;
        }
        let ldap = assemble::ldap::connector(&config, name, connector)?;
        let written = assemble::ldap::written(&topology, name);
        match ldap.check(&written, assemble::ldap::finish(connector), session::now()).await {
            Ok(told) => {
                findings.extend(told.into_iter().map(|one| (one.fine, format!("{name}: {}", one.text))));
            }
            // The import below says the same.
            Err(error) => tracing::debug!(connector = name, %error, "cannot be checked"),
        }
    }
    for connector in assemble::engine_connectors(&config, &ids, &topology)? {
        let is_file =
            config.connector.get(&connector.name).is_some_and(|one| one.kind == ConnectorType::Ldif);
        let target = topology.targets().find(|target| target.id == connector.id);
        let containers = target.filter(|_| is_file).map(|target| containers(&topology, target));
        findings.extend(read(connector, is_file, containers.unwrap_or_default()).await);
    }
    let fine = findings.iter().all(|(fine, _)| *fine);
    if format == Format::Json {
        let list: Vec<_> =
            findings.iter().map(|(fine, text)| serde_json::json!({ "ok": fine, "finding": text })).collect();
        say!("{}", serde_json::json!({ "ok": fine, "findings": list }));
    } else {
        say!("{} the configuration and its rules are right", style::good("✓"));
        for (fine, text) in &findings {
            let sign = if *fine { style::good("✓") } else { style::warn("!") };
            say!("{sign} {text}");
        }
    }
    Ok(if fine { ExitStatus::Done } else { ExitStatus::SomeObjectsHaveProblems })
}

/// The containers that contacts are made in.
fn containers(topology: &Topology, target: &Connector) -> Vec<Container> {
    let shares = topology.shares.iter().filter(|share| share.to.contains(&target.id));
    let mut dns: Vec<&DistinguishedName> =
        shares.filter_map(|share| share.container.as_ref()).chain(&target.container).collect();
    dns.sort_unstable();
    dns.dedup();
    dns.into_iter().map(Container::new).collect()
}

/// What a directory shows: a file is read to its end, of others it is enough that they answer.
async fn read(
    mut connector: EngineConnector,
    whole: bool,
    mut containers: Vec<Container>,
) -> Vec<(bool, String)> {
    let name = &connector.name;
    let request = ImportRequest {
        mode: ImportMode::Full,
        attributes: Vec::new(),
        page_size: if whole { WHOLE_PAGE } else { 100 },
        now: session::now(),
    };
    let (mut seen, mut problems, mut more) = (0_u64, Vec::new(), true);
    let mut from: Option<Watermark> = None;
    while more {
        let page = match connector.importer.page(&request, from.as_ref()).await {
            Ok(page) => page,
            Err(error) => {
                return vec![(false, format!("{name}: {} {error}. {}", error.code(), error.remedy()))];
            }
        };
        seen += page.observations.len() as u64;
        for observation in &page.observations {
            if let ObservedChange::Present { dn, entry } = &observation.change {
                containers.iter_mut().for_each(|container| container.see(dn, entry));
            }
        }
        problems.extend(page.problems);
        more = page.more;
        from = Some(page.watermark);
        if !whole {
            break;
        }
    }
    let and_more = if more { " and more" } else { "" };
    let mut findings =
        vec![(seen > 0 && problems.is_empty(), format!("{name}: {seen}{and_more} objects can be read"))];
    findings.extend(problems.iter().take(PROBLEMS_TOLD).map(|problem| (false, format!("{name}: {problem}"))));
    if let Some(rest) = problems.len().checked_sub(PROBLEMS_TOLD).filter(|rest| *rest > 0) {
        findings.push((false, format!("{name}: and {rest} more that cannot be read")));
    }
    let told = containers.iter().map(Container::finding);
    findings.extend(told.map(|(fine, text)| (fine, format!("{name}: {text}"))));
    findings
}
