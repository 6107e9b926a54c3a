//! `audit export`: the audit log for other programs: a JSON object for each line, or with `--format csv` a row for each
//! line and attribute, in which no value is taken for a formula.

use std::io::Write as _;

use clap::Args;
use madrigal_model::Value;
use madrigal_state::{AuditRecord, Store};
use serde_json::json;

use crate::commands::ConfigArguments;
use crate::error::{CommandError, ExitStatus};
use crate::output::changes::because;
use crate::output::{Format, csv};
use crate::say;
use crate::session;

/// How many lines are read at a time.
const PAGE: u32 = 4_000;

#[derive(Args)]
pub(crate) struct ExportArguments {
    #[command(flatten)]
    pub config: ConfigArguments,
    /// Begin at this line
    #[arg(long, default_value_t = 1, value_name = "LINE")]
    pub from: u64,
}

pub(crate) async fn execute(arguments: &ExportArguments, format: Format) -> Result<ExitStatus, CommandError> {
    let (_, store) = session::open_for_reading(&arguments.config.config).await?;
    let connectors = store.connectors().await?;
    let name = |record: &AuditRecord| {
        let known = connectors.iter().find(|status| status.id == record.connector);
        known.map_or_else(|| format!("connector {}", record.connector.0), |status| status.name.clone())
    };
    if format == Format::Csv {
        let head =
            "line,at,run,by,event,connector,change,dn,new dn,identity,reason,attribute,old,new,rule,link";
        say!("{head}");
    }
    let mut from = arguments.from;
    loop {
        let page = store.audit(from, PAGE).await?;
        let Some(last) = page.last() else { break };
        from = last.number + 1;
        let page = page.iter().map(|record| match format {
            Format::Csv => rows(&name(record), record),
            _ => format!("{}\n", as_json(&name(record), record)),
        });
        if !say::write_with(|| std::io::stdout().write_all(page.collect::<String>().as_bytes())) {
            break;
        }
    }
    store.close().await;
    Ok(ExitStatus::Done)
}

fn as_json(connector: &str, record: &AuditRecord) -> serde_json::Value {
    json!({
        "line": record.number,
        "at": record.at.to_string(),
        "run": record.run.0,
        "by": record.by,
        "event": record.event,
        "connector": connector,
        "identity": record.identity.to_string(),
        "export": record.export,
        "link": record.link.map(|link| link.to_string()),
    })
}

fn rows(connector: &str, record: &AuditRecord) -> String {
    let export = &record.export;
    let link = record.link.map(|link| link.to_string()).unwrap_or_default();
    let row = |attribute: &str, old: &[Value], new: &[Value], rule: &str| {
        csv::row(&[
            &record.number.to_string(),
            &record.at.to_string(),
            &record.run.0.to_string(),
            &record.by,
            &record.event,
            connector,
            export.kind.name(),
            export.dn.as_str(),
            export.new_dn.as_ref().map(|dn| dn.as_str()).unwrap_or_default(),
            &record.identity.to_string(),
            export.reason.map(because).unwrap_or_default(),
            attribute,
            &csv::values(old),
            &csv::values(new),
            rule,
            &link,
        ])
    };
    if export.changes.is_empty() {
        return row("", &[], &[], "");
    }
    let changes = export.changes.iter().map(|change| {
        let rule = change.source.as_ref().map(|source| &*source.rule).unwrap_or_default();
        row(change.attribute.as_str(), &change.old, &change.new, rule)
    });
    changes.collect()
}
