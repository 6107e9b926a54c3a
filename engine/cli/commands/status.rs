//! `status`: how far each connector has come and what stands in the way. Reads beside a running engine.

use madrigal_model::ConnectorId;
use madrigal_state::{Store, StoreError};

use crate::commands::ConfigArguments;
use crate::commands::history::Ended;
use crate::config::Apply;
use crate::error::{CommandError, ExitStatus};
use crate::output::layout::counted;
use crate::output::{Format, held, problems, table};
use crate::session;

pub(crate) async fn execute(arguments: &ConfigArguments, format: Format) -> Result<ExitStatus, CommandError> {
    let (config, store) = session::open_for_reading(&arguments.config).await?;
    let connectors = store.connectors().await?;
    let waiting = store.dirty_count(session::now()).await?;
    let standing = store.problems().await?;
    let held = held::of(&store, &connectors).await?;
    let known = connectors.iter().filter(|connector| config.connector.contains_key(&connector.name));
    let mut rows = Vec::new();
    for connector in known {
        let planned = planned(&store, connector.id).await?;
        let unseen = store.unconfirmed(connector.id).await?.len() as u64;
        rows.push((connector, planned, unseen));
    }
    let last = store.runs(1).await?.into_iter().next();
    if format == Format::Json {
        let list: Vec<_> = rows
            .iter()
            .map(|(connector, planned, unseen)| {
                serde_json::json!({
                    "name": connector.name,
                    "objects": connector.objects,
                    "contacts": connector.provisioned,
                    "imports": connector.imports_complete,
                    "full_imports": connector.full_imports_complete,
                    "planned": planned,
                    "unconfirmed": unseen,
                    "last_import": connector.last_import.map(|time| time.to_string()),
                })
            })
            .collect();
        let by_code = problems::by_code(&standing);
        say!(
            "{}",
            serde_json::json!({
                "connectors": list,
                "waiting": waiting,
                "problems": by_code,
                "held": held::as_json(&held),
            })
        );
        return Ok(ExitStatus::Done);
    }
    let lines = rows.iter().map(|(connector, ..)| {
        vec![
            connector.name.clone(),
            connector.objects.to_string(),
            connector.provisioned.to_string(),
            connector.last_import.map_or_else(|| "never".to_owned(), |time| time.to_string()),
            format!("{} ({} full)", connector.imports_complete, connector.full_imports_complete),
        ]
    });
    table::print(&["directory", "objects", "our contacts", "last read", "imports"], lines);
    for (connector, planned, unseen) in &rows {
        let configured = config.connector.get(&connector.name);
        let is_carried = configured.is_some_and(|configured| configured.apply == Apply::File);
        let unseen_is = if is_carried {
            "written and not seen yet"
        } else {
            "sent and not confirmed: refused, or cut off"
        };
        for (many, what) in [(planned, "planned and not written"), (unseen, unseen_is)] {
            if *many > 0 {
                say!("{}: {} {what}.", connector.name, counted(*many, "change is", "changes are"));
            }
        }
    }
    say!("{} for a sync.", counted(waiting, "object waits", "objects wait"));
    if let Some(last) = last {
        let Ended { status, planned, written } = Ended::of(&last);
        let counts = planned.map(|planned| format!(": {planned} planned, {} written", written.unwrap_or(0)));
        let counts = counts.unwrap_or_default();
        say!("The last run, {} ({}) of {}, ended as {status}{counts}.", last.id.0, last.profile, last.began);
    }
    problems::print(&standing, false);
    held::print(&held);
    Ok(ExitStatus::Done)
}

/// How many changes are planned for the directory and not sent yet.
async fn planned(store: &dyn Store, connector: ConnectorId) -> Result<u64, StoreError> {
    let (mut planned, mut after) = (0, None);
    loop {
        let page = store.pending(connector, after, 5_000).await?;
        let Some(last) = page.last() else { return Ok(planned) };
        after = Some(last.export.identity);
        planned += page.iter().filter(|record| record.unconfirmed.is_none()).count() as u64;
    }
}
