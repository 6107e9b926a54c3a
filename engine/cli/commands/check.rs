//! `check`: configuration, rules and connections; nothing is written, not even the store.

use std::collections::BTreeMap;

use madrigal_api::{ImportMode, ImportRequest};
use madrigal_model::ConnectorId;

use crate::assemble;
use crate::commands::ConfigArguments;
use crate::config::{Config, ConnectorType};
use crate::error::{CommandError, ExitStatus};
use crate::output::{Format, style};
use crate::session;

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
    for mut connector in assemble::engine_connectors(&config, &ids, &topology)? {
        let request = ImportRequest {
            mode: ImportMode::Full,
            attributes: Vec::new(),
            page_size: 100,
            now: session::now(),
        };
        match connector.importer.page(&request, None).await {
            Ok(page) => {
                let seen = page.observations.len();
                let more = if page.more { " and more" } else { "" };
                findings.push((
                    seen > 0 && page.problems.is_empty(),
                    format!("{}: {seen}{more} objects can be read", connector.name),
                ));
                findings.extend(
                    page.problems.iter().map(|problem| (false, format!("{}: {problem}", connector.name))),
                );
            }
            Err(error) => findings.push((false, format!("{}: {error}", connector.name))),
        }
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
