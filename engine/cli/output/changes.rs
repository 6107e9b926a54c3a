//! What would be written: by directory and kind of change, old and new side by side.

use std::collections::BTreeMap;

use madrigal_model::{ChangeKind, HideReason, PendingExport};
use madrigal_run::{Engine, Plan};
use serde_json::{Value, json};

use crate::commands::preview::PreviewArguments;
use crate::error::CommandError;
use crate::output::report::{self, Outcome};
use crate::output::{Format, csv, ldif, problems, style};

/// How many changes of one kind are shown before the rest is folded.
const SHOWN: usize = 10;
/// How many attributes of a new contact are shown.
const SHOWN_ATTRIBUTES: usize = 6;
/// What is shown first of a new contact.
const TELLING: [&str; 6] =
    ["displayName", "targetAddress", "mail", "msRTCSIP-PrimaryUserAddress", "title", "department"];

/// Prints the plan.
pub(crate) async fn print(
    engine: &Engine,
    plan: &Plan,
    outcome: &Outcome,
    arguments: &PreviewArguments,
    format: Format,
) -> Result<(), CommandError> {
    let mut all_changes = Vec::new();
    if format == Format::Csv {
        csv::head();
    }
    for connector in &plan.connectors {
        if arguments.only.as_ref().is_some_and(|only| *only != connector.name) {
            continue;
        }
        let mut by_kind: BTreeMap<ChangeKind, Vec<PendingExport>> = BTreeMap::new();
        let mut after = None;
        loop {
            let page = engine.pending(connector.connector, after, 5_000).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.export.identity);
            for record in page {
                match format {
                    Format::Csv => csv::change(&connector.name, &record.export),
                    Format::Ldif => ldif::change(&record.export),
                    Format::Json => all_changes.push(as_json(&connector.name, &record.export)),
                    Format::Text => by_kind.entry(record.export.kind).or_default().push(record.export),
                }
            }
        }
        if format == Format::Text && !by_kind.is_empty() {
            directory(&connector.name, connector.contacts, by_kind, arguments.all);
        }
    }
    match format {
        Format::Json => {
            let mut object = report::json(outcome, Some(plan));
            if let Some(object) = object.as_object_mut() {
                object.insert("changes".to_owned(), Value::Array(all_changes));
            }
            anstream::println!("{object}");
        }
        Format::Text => verdict(engine, plan, outcome, arguments.all).await?,
        Format::Csv | Format::Ldif => {}
    }
    Ok(())
}

async fn verdict(engine: &Engine, plan: &Plan, outcome: &Outcome, all: bool) -> Result<(), CommandError> {
    problems::print(&engine.store().problems().await?, all);
    anstream::println!();
    report::counts(&outcome.report);
    report::readers(outcome);
    let stops = plan.stops();
    if stops.is_empty() && plan.total() == 0 {
        anstream::println!("{} Nothing to do: every address list is in step.", style::good("✓"));
    } else if stops.is_empty() {
        anstream::println!(
            "{} The guard would let this through. Write it with `madrigal run`.",
            style::good("✓")
        );
    } else {
        for stop in &stops {
            anstream::println!("{} {stop}", style::bad("The guard stops this:"));
        }
        anstream::println!(
            "{} if every change is meant: {}",
            style::dim("next:"),
            stops.iter().map(|stop| format!("--accept-limit {}", stop.limit)).collect::<Vec<_>>().join(" ")
        );
    }
    Ok(())
}

fn directory(name: &str, contacts: u64, by_kind: BTreeMap<ChangeKind, Vec<PendingExport>>, all: bool) {
    anstream::println!(
        "\n{} {}",
        style::bold(&format!("In {name}")),
        style::dim(&format!("({contacts} contacts of ours there)"))
    );
    for (kind, mut changes) in by_kind {
        changes.sort_by(|one, other| one.dn.as_str().cmp(other.dn.as_str()));
        anstream::println!("\n  {}", style::kind(kind, &format!("{} {kind}", changes.len())));
        let shown = if all { changes.len() } else { SHOWN };
        for change in changes.iter().take(shown) {
            one(change, all);
        }
        if changes.len() > shown {
            anstream::println!(
                "    {}",
                style::dim(&format!("… and {} more (--all shows them)", changes.len() - shown))
            );
        }
    }
}

fn one(change: &PendingExport, all: bool) {
    let why = change.reason.map(|reason| format!("  {}", style::dim(because(reason)))).unwrap_or_default();
    anstream::println!("    {}{why}", style::bold(change.dn.as_str()));
    if let Some(new_dn) = &change.new_dn {
        anstream::println!("      {} {new_dn}", style::dim("now"));
    }
    let mut attributes: Vec<_> = change.changes.iter().collect();
    let is_new = change.kind == ChangeKind::Add;
    if is_new && !all {
        let rank = |name: &str| TELLING.iter().position(|telling| *telling == name).unwrap_or(TELLING.len());
        attributes.sort_by_key(|attribute| rank(attribute.attribute.as_str()));
    }
    let shown = if is_new && !all { SHOWN_ATTRIBUTES } else { attributes.len() };
    for attribute in attributes.iter().take(shown) {
        let (old, new) = (joined(&attribute.old), joined(&attribute.new));
        let name = attribute.attribute.as_str();
        if is_new {
            anstream::println!("      {name:<28} {}", style::good(&new));
        } else {
            anstream::println!(
                "      {name:<28} {} {} {}",
                style::bad(&old),
                style::dim("→"),
                style::good(&new)
            );
        }
    }
    if attributes.len() > shown {
        anstream::println!(
            "      {}",
            style::dim(&format!("… and {} more attributes", attributes.len() - shown))
        );
    }
}

/// Why, in words.
pub(crate) fn because(reason: HideReason) -> &'static str {
    match reason {
        HideReason::Left => "the person left",
        HideReason::OutOfScope => "no rule takes the person any more",
        HideReason::Superseded => "the person has an own recipient here now",
        HideReason::AddressTaken => "another recipient owns the address now",
    }
}

/// Values side by side, long ones cut for the eye.
pub(crate) fn joined(values: &[madrigal_model::Value]) -> String {
    if values.is_empty() {
        return "(none)".to_owned();
    }
    let text = values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().count() > 120 { text.chars().take(119).chain(['…']).collect() } else { text }
}

fn as_json(connector: &str, change: &PendingExport) -> Value {
    let attributes: Vec<Value> = change
        .changes
        .iter()
        .map(|attribute| {
            json!({
                "attribute": attribute.attribute,
                "old": attribute.old,
                "new": attribute.new,
                "rule": attribute.source.as_ref().map(|source| &*source.rule),
                "reads": attribute.source.as_ref().map(|source| &source.reads),
            })
        })
        .collect();
    json!({
        "connector": connector,
        "kind": change.kind.name(),
        "dn": change.dn.as_str(),
        "new_dn": change.new_dn.as_ref().map(|dn| dn.as_str()),
        "identity": change.identity.to_string(),
        "reason": change.reason,
        "attributes": attributes,
    })
}
