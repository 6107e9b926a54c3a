//! What is held because a run was taken back, as a person or a program sees it.

use std::collections::BTreeMap;

use madrigal_model::Timestamp;
use madrigal_run::held;
use madrigal_state::{ConnectorStatus, Store};
use serde_json::json;

use crate::error::CommandError;
use crate::output::layout::counted;
use crate::output::{Format, style};

/// What is held of one run in one directory.
pub(crate) struct Line {
    run: u64,
    connector: String,
    changes: usize,
    at: Timestamp,
}

/// All that is held in these directories, in the order of the runs.
pub(crate) async fn of(store: &dyn Store, connectors: &[ConnectorStatus]) -> Result<Vec<Line>, CommandError> {
    let mut lines = Vec::new();
    for connector in connectors {
        for (run, held) in held(store, connector.id).await? {
            let (name, changes) = (connector.name.clone(), held.identities.len());
            lines.push(Line { run: run.0, connector: name, changes, at: held.at });
        }
    }
    lines.sort_by(|one, other| (one.run, &one.connector).cmp(&(other.run, &other.connector)));
    Ok(lines)
}

/// Prints what is held; nothing where nothing is.
pub(crate) fn print(lines: &[Line]) {
    if lines.is_empty() {
        return;
    }
    say!("\n{}", style::warn("Held, because a run was taken back:"));
    for line in lines {
        let Line { run, connector, changes, at } = line;
        let contacts = counted(*changes as u64, "contact", "contacts");
        say!("  run {run}, taken back at {at}: {contacts} in {connector}");
    }
    let next = "mend the rule or the source, or let it be written as it was with `madrigal release RUN`.";
    say!("{} {next}", style::dim("next:"));
}

pub(crate) fn as_json(lines: &[Line]) -> serde_json::Value {
    let lines = lines.iter().map(|line| {
        json!({
            "run": line.run,
            "connector": line.connector,
            "changes": line.changes,
            "at": line.at.to_string(),
        })
    });
    lines.collect()
}

/// Prints what was let go of and what is held still.
pub(crate) fn print_release(run: u64, released: &BTreeMap<String, u64>, left: &[Line], format: Format) {
    if format == Format::Json {
        say!("{}", json!({ "run": run, "released": released, "held": as_json(left) }));
        return;
    }
    if released.is_empty() {
        say!("Nothing is held of run {run}.");
    } else {
        for (connector, count) in released {
            say!("{} let go of in {connector}.", counted(*count, "contact is", "contacts are"));
        }
        say!("{} see with `madrigal preview` what the next run writes.", style::dim("next:"));
    }
    print(left);
}
