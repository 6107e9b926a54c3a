//! What a run has done.

use madrigal_model::ChangeKind;
use madrigal_run::{Engine, Plan, Report, RunError, RunStatus};
use madrigal_state::RunId;
use madrigal_sync::codes;
use serde_json::{Value, json};

use crate::commands::Readers;
use crate::error::{CommandError, ExitStatus};
use crate::finish::Finished;
use crate::output::layout::counted;
use crate::output::{Format, problems, style, table};

/// A run with what came of it.
pub(crate) struct Outcome {
    pub run: RunId,
    pub report: Report,
    /// The limit that stopped it.
    pub stopped: Option<RunError>,
    /// When readers of offline address books see what is planned.
    pub readers: Vec<Readers>,
    /// Contacts that were handed to Exchange.
    pub finished: Vec<Finished>,
}

pub(crate) fn exit_status(report: &Report) -> ExitStatus {
    match report.status {
        RunStatus::Done => ExitStatus::Done,
        RunStatus::Problems => ExitStatus::SomeObjectsHaveProblems,
        RunStatus::Stopped => ExitStatus::Stopped,
    }
}

/// What the history keeps of a run that failed.
pub(crate) fn failed(error: &RunError) -> String {
    format!("{{\"status\":\"failed\",\"code\":{:?}}}", error.code())
}

/// The object that scripts read: `planned`, `exported` and `problems`, in total and for each connector.
pub(crate) fn json(outcome: &Outcome, plan: Option<&Plan>) -> Value {
    let mut object = json!({ "run": outcome.run.0 });
    if let (Some(object), Ok(Value::Object(report))) =
        (object.as_object_mut(), serde_json::to_value(&outcome.report))
    {
        object.extend(report);
        let mut stops: Vec<String> = Vec::new();
        match &outcome.stopped {
            Some(RunError::Stopped(found)) => stops.extend(found.iter().map(ToString::to_string)),
            Some(error) => stops.push(error.to_string()),
            None => {}
        }
        stops.extend(plan.into_iter().flat_map(Plan::stops).map(|stop| stop.to_string()));
        if !stops.is_empty() {
            object.insert("stopped".to_owned(), json!(stops));
        }
        if !outcome.readers.is_empty() {
            let readers = outcome.readers.iter().map(|readers| (readers.connector.clone(), readers.json()));
            object.insert("readers".to_owned(), readers.collect());
        }
        if !outcome.finished.is_empty() {
            let finished = outcome.finished.iter().map(|one| (one.connector.clone(), one.json()));
            object.insert("update-recipient".to_owned(), finished.collect());
        }
        if let Some(error) = &outcome.stopped {
            object.insert("code".to_owned(), json!(error.code()));
        }
    }
    object
}

/// Prints the report.
pub(crate) async fn print(engine: &Engine, outcome: &Outcome, format: Format) -> Result<(), CommandError> {
    if format != Format::Text {
        say!("{}", json(outcome, None));
        return Ok(());
    }
    counts(&outcome.report);
    for name in engine.staged() {
        let said = format!("{name} rests (mode = \"staging\"): what is planned there is not written.");
        say!("{}", style::warn(&said));
    }
    outcome.finished.iter().for_each(Finished::print);
    let standing = engine.store().problems().await?;
    problems::print(&standing, false);
    say!();
    match &outcome.stopped {
        Some(error) => {
            say!("{} {error}.", style::bad(&format!("Stopped, {}:", error.code())));
            let remedy = CommandError::from_stop(error);
            say!("{} {remedy}", style::dim("next:"));
        }
        None => say!("{}", summary(outcome, engine.carried().await?)),
    }
    Ok(())
}

/// One line that says it all; `carried` changes wait until an import shows what came of them.
fn summary(outcome: &Outcome, carried: u64) -> String {
    let report = &outcome.report;
    let (planned, exported) = (report.planned.total(), report.exported.total());
    let problems: u64 = report.problems.values().sum();
    let text = match (planned, exported) {
        (0, 0) if report.problems.contains_key(codes::HELD_BACK.as_str()) => {
            "Nothing to do; what was taken back is held.".to_owned()
        }
        (0, 0) if carried > 0 => "Nothing to do.".to_owned(),
        (0, 0) => nothing_to_do(problems > 0).to_owned(),
        (planned, 0) => format!("{} planned, nothing written.", counted(planned, "change", "changes")),
        (planned, exported) if planned != exported => {
            format!("{exported} of {} written.", counted(planned, "planned change", "planned changes"))
        }
        (_, exported) if carried > 0 => format!("{} written.", counted(exported, "change", "changes")),
        (_, exported) => format!("{} written and seen.", counted(exported, "change", "changes")),
    };
    let text = match carried {
        0 => text,
        1 => format!("{text} 1 change waits until an import shows it."),
        carried => format!("{text} {carried} changes wait until an import shows them."),
    };
    let rest = match problems {
        0 => String::new(),
        problems => {
            let stand = counted(problems, "problem or notice stands", "problems and notices stand");
            format!(" {stand} above.")
        }
    };
    let sign = if report.status == RunStatus::Done { style::good("✓") } else { style::warn("!") };
    format!("{sign} Run {}: {text}{rest}", outcome.run.0)
}

/// That nothing is planned: where something stands in the way, nobody can say that all is in step.
pub(crate) fn nothing_to_do(in_the_way: bool) -> &'static str {
    if in_the_way { "Nothing to do." } else { "Nothing to do: every address list is in step." }
}

/// What was read, planned and written, a line a directory.
pub(crate) fn counts(report: &Report) {
    let kinds: Vec<ChangeKind> = ChangeKind::ALL
        .into_iter()
        .filter(|kind| report.planned.of(*kind) + report.exported.of(*kind) > 0)
        .collect();
    let mut head = vec!["directory", "read", "changed", "gone"];
    head.extend(kinds.iter().map(|kind| kind.name()));
    let rows = report.connectors.iter().map(|(name, connector)| {
        let imported = &connector.imported;
        let mut row = vec![
            name.clone(),
            imported.read.to_string(),
            imported.changed.to_string(),
            imported.gone.to_string(),
        ];
        row.extend(kinds.iter().map(|kind| {
            let (planned, written) = (connector.planned.of(*kind), connector.exported.of(*kind));
            if planned == written { planned.to_string() } else { format!("{written} of {planned}") }
        }));
        row
    });
    table::print(&head, rows);
}

/// When the readers of offline address books see what is planned, a directory after the other.
pub(crate) fn readers(outcome: &Outcome) {
    if outcome.readers.is_empty() {
        return;
    }
    say!("\n{}", style::bold("When readers see it, if it is written now"));
    outcome.readers.iter().for_each(Readers::print);
    say!();
}
