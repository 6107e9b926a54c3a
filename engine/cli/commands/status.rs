//! `status`: how far each connector has come and what stands in the way. Reads beside a running engine.

use madrigal_state::Store;

use crate::commands::ConfigArguments;
use crate::error::{CommandError, ExitStatus};
use crate::output::{Format, held, problems, table};
use crate::session;

pub(crate) async fn execute(arguments: &ConfigArguments, format: Format) -> Result<ExitStatus, CommandError> {
    let (config, store) = session::open_for_reading(&arguments.config).await?;
    let connectors = store.connectors().await?;
    let waiting = store.dirty_count(session::now()).await?;
    let standing = store.problems().await?;
    let held = held::of(&store, &connectors).await?;
    let known = connectors.iter().filter(|connector| config.connector.contains_key(&connector.name));
    let known: Vec<_> = known.collect();
    if format == Format::Json {
        let list: Vec<_> = known
            .iter()
            .map(|connector| {
                serde_json::json!({
                    "name": connector.name,
                    "objects": connector.objects,
                    "contacts": connector.provisioned,
                    "imports": connector.imports_complete,
                    "full_imports": connector.full_imports_complete,
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
    let rows = known.iter().map(|connector| {
        vec![
            connector.name.clone(),
            connector.objects.to_string(),
            connector.provisioned.to_string(),
            connector.last_import.map_or_else(|| "never".to_owned(), |time| time.to_string()),
            format!("{} ({} full)", connector.imports_complete, connector.full_imports_complete),
        ]
    });
    table::print(&["directory", "objects", "our contacts", "last read", "imports"], rows);
    say!("{waiting} objects wait for a sync.");
    problems::print(&standing, false);
    held::print(&held);
    Ok(ExitStatus::Done)
}
