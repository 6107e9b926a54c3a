//! The plan as it is shown: to a person at a terminal, on a page, in the columns of programs.

mod csexport;
mod gather;
mod html;
mod names;
mod text;
mod undoing;

use std::collections::HashMap;
use std::path::Path;

use madrigal_model::{ConnectorId, IdentityId, PendingExport};
use madrigal_run::{Engine, Plan, SeenPlan, Undo};
use serde_json::Value;

use crate::error::CommandError;
use crate::output::changes::as_json;
use crate::output::report::{self, Outcome};
use crate::output::{Format, csv, ldif, problems, style};
use gather::{Gathered, References, Wish, each, gather};

/// How many changes of one kind are shown before the rest is folded.
const SHOWN: usize = 10;

/// What a preview is about, and how it is wanted.
pub(crate) struct Shown<'a> {
    pub plan: &'a Plan,
    pub outcome: &'a Outcome,
    /// The name under which the plan can be exported.
    pub id: Option<&'a str>,
    /// When and by whom it was made.
    pub made: String,
    /// Every change and attribute.
    pub all: bool,
    /// Only changes of this connector.
    pub only: Option<&'a str>,
    /// The run that was seen before, with its plan: only what is new counts.
    pub against: Option<(u64, &'a SeenPlan)>,
    /// What takes a run back, and what is left then.
    pub undo: Option<&'a Undo>,
    /// These changes instead of those that the rules plan.
    pub instead: Option<&'a SeenPlan>,
    /// In how many groups contacts stand that are to be deleted.
    pub groups: HashMap<(ConnectorId, IdentityId), u64>,
    /// The most changes that a page holds.
    pub at_most: usize,
    /// A file for the page.
    pub html: Option<&'a Path>,
    /// Which changes count; what was seen already may be left out.
    pub counts: &'a (dyn Fn(&PendingExport) -> bool + Sync),
}

/// Prints the plan, and writes the page where one is wished for.
pub(crate) async fn print(engine: &Engine, shown: &Shown<'_>, format: Format) -> Result<(), CommandError> {
    if let Some(path) = shown.html {
        let page = page(engine, shown).await?;
        std::fs::write(path, page).map_err(|source| CommandError::File {
            doing: format!("writing the page {}", path.display()),
            source,
        })?;
    }
    match format {
        Format::Text => text(engine, shown).await,
        Format::Html => {
            say_part!("{}", page(engine, shown).await?);
            Ok(())
        }
        Format::Json | Format::Csv | Format::Ldif | Format::Csexport => streamed(engine, shown, format).await,
    }
}

fn wish<'a>(shown: &'a Shown<'_>, of_a_kind: usize, in_all: usize) -> Wish<'a> {
    Wish {
        only: shown.only,
        of_a_kind,
        in_all,
        instead: shown.instead,
        groups: &shown.groups,
        counts: shown.counts,
    }
}

async fn page(engine: &Engine, shown: &Shown<'_>) -> Result<String, CommandError> {
    let gathered = gather(engine, shown.plan, &wish(shown, shown.at_most, shown.at_most)).await?;
    let problems = engine.store().problems().await?;
    let title = shown.id.map_or_else(|| "What would be written".to_owned(), |id| format!("Plan {id}"));
    let next = next(shown, &gathered).unwrap_or_default();
    let about = html::About { title: &title, made: &shown.made, next: &next, problems: &problems };
    Ok(html::page(&gathered, &about))
}

async fn text(engine: &Engine, shown: &Shown<'_>) -> Result<(), CommandError> {
    let of_a_kind = if shown.all { usize::MAX } else { SHOWN };
    let gathered = gather(engine, shown.plan, &wish(shown, of_a_kind, usize::MAX)).await?;
    if let Some((run, before)) = shown.against {
        let said = format!(
            "Since run {run}, which planned {} changes: {} are new or other; {} are planned in all.",
            before.len(),
            gathered.count(),
            shown.plan.total()
        );
        say!("{}", style::bold(&said));
    }
    text::print(&gathered, shown.all);
    if let Some(undo) = shown.undo {
        undoing::print(&gathered, undo, shown.all);
    }
    // What stands in the way of the rules' own plan says nothing of another one.
    if shown.instead.is_none() {
        problems::print(&engine.store().problems().await?, shown.all);
    }
    say!();
    report::counts(&shown.outcome.report);
    report::readers(shown.outcome);
    text::limits(&gathered);
    let stops = shown.plan.stops();
    if stops.is_empty() && shown.plan.total() == 0 {
        let nothing = match shown.undo {
            Some(undo) if !undo.left.is_empty() => "Nothing more can be taken back now.",
            Some(_) => "Nothing is left to be taken back.",
            None => report::nothing_to_do(!shown.outcome.report.problems.is_empty()),
        };
        say!("{} {nothing}", style::good("✓"));
        return Ok(());
    }
    for stop in &stops {
        say!("{} {stop}", style::bad("The guard stops this:"));
    }
    if stops.is_empty() {
        say!("{} The guard would let this through.", style::good("✓"));
    }
    if let Some(next) = next(shown, &gathered) {
        say!("{} {next}", style::dim("next:"));
    }
    Ok(())
}

/// How what is shown can be written.
fn next(shown: &Shown<'_>, gathered: &Gathered<'_>) -> Option<String> {
    if gathered.count() == 0 {
        return None;
    }
    let stops = shown.plan.stops();
    let accept: Vec<String> = stops.iter().map(|stop| format!(" --accept-limit {}", stop.limit)).collect();
    let accept = accept.concat();
    Some(match (shown.id, stops.is_empty()) {
        (Some(id), true) => format!("Write exactly this with `madrigal export --plan {id}`."),
        (Some(id), false) => {
            format!("If every change is meant: `madrigal export --plan {id}{accept} --by WHO --reason TEXT`")
        }
        (None, true) => "This is of another day: what today asks for is shown without --now.".to_owned(),
        (None, false) => {
            format!("This is of another day; if every change is meant then: `madrigal run{accept}`")
        }
    })
}

/// Formats for programs: a change at a time, whatever the plan's size.
async fn streamed(engine: &Engine, shown: &Shown<'_>, format: Format) -> Result<(), CommandError> {
    match format {
        Format::Csv => csv::head(),
        Format::Csexport => csexport::head(),
        Format::Json => say_part!("{}", json_head(shown)),
        _ => {}
    }
    let mut between = "";
    let wish = wish(shown, 0, 0);
    let of_interest = |name: &str| shown.only.is_none_or(|only| only == name);
    let references = if format == Format::Json { References::AsKeys } else { References::AsNames };
    for connector in shown.plan.connectors.iter().filter(|connector| of_interest(&connector.name)) {
        let name = &connector.name;
        each(engine, connector.connector, &wish, references, |change| match format {
            Format::Csv => csv::change(name, change),
            Format::Csexport => csexport::change(name, change),
            Format::Ldif => ldif::change(change),
            _ => {
                say_part!("{between}{}", as_json(name, change));
                between = ",";
            }
        })
        .await?;
    }
    if format == Format::Json {
        say!("]}}");
    }
    Ok(())
}

/// The object up to its list of changes, which is written as it is read.
fn json_head(shown: &Shown<'_>) -> String {
    let mut object = report::json(shown.outcome, Some(shown.plan));
    if let Some(object) = object.as_object_mut() {
        object.extend(shown.id.map(|id| ("plan".to_owned(), Value::from(id))));
        if let Some(undo) = shown.undo {
            object.insert("brought-back".to_owned(), Value::from(undo.brought_back()));
            object.insert("made-anew".to_owned(), Value::from(undo.made_anew()));
            object.insert("left".to_owned(), undoing::as_json(shown.plan, undo));
        }
    }
    let mut head = object.to_string();
    head.pop();
    if !head.ends_with('{') {
        head.push(',');
    }
    head.push_str("\"changes\":[");
    head
}
