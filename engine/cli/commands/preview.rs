//! `preview`: shows exactly what would be written, and why.
//!
//! It is a cycle without its export. The plan is kept under a name, so that exactly what was seen can be exported. With
//! another time than the clock's it works on a copy of the store, so that what was only asked about is not remembered.

use clap::Args;
use madrigal_model::PendingExport;
use madrigal_run::{RunError, SeenPlan};

use crate::commands::oab::readers;
use crate::commands::{ViewArguments, WorkArguments};
use crate::config::Config;
use crate::error::{CommandError, ExitStatus};
use crate::output::{Format, Progress, preview, report};
use crate::plans::{self, Changes, Kept};
use crate::session::{self, Session};

#[derive(Args)]
pub(crate) struct PreviewArguments {
    #[command(flatten)]
    pub work: WorkArguments,
    #[command(flatten)]
    pub view: ViewArguments,
    /// Show only changes of this connector
    #[arg(long, value_name = "CONNECTOR")]
    pub only: Option<String>,
    /// Show only what is new, or other, since the preview of this run
    #[arg(long, value_name = "RUN")]
    pub against: Option<u64>,
    /// End with 0 where nothing is planned, 2 where something is, 1 where the command failed
    #[arg(long)]
    pub detailed_exitcode: bool,
}

pub(crate) async fn execute(
    arguments: &PreviewArguments,
    format: Format,
) -> Result<ExitStatus, CommandError> {
    if let Some(only) = &arguments.only
        && !Config::read(&arguments.work.config.config)?.connector.contains_key(only)
    {
        return Err(RunError::UnknownConnector(only.clone()).into());
    }
    match arguments.work.now {
        None => {
            let session =
                session::open(&arguments.work.config.config, &arguments.work.accepted_limits).await?;
            show(session, arguments, format).await
        }
        Some(_) => {
            let config = Config::read(&arguments.work.config.config)?;
            let limits = &arguments.work.accepted_limits;
            let (session, _copy) = session::open_copy(config, "preview", limits).await?;
            show(session, arguments, format).await
        }
    }
}

async fn show(
    mut session: Session,
    arguments: &PreviewArguments,
    format: Format,
) -> Result<ExitStatus, CommandError> {
    let now = arguments.work.now();
    let before = match arguments.against {
        Some(run) => Some(plans::of_run(&session.config, run)?),
        None => None,
    };
    let progress = Progress::start("preview", format);
    let by = arguments.work.by();
    let engine = &mut session.engine;
    let run = engine.begin_run("preview", &by, now).await?;
    let result = engine.preview(now).await;
    let (report, plan) = match result {
        Ok(seen) => seen,
        Err(error) => {
            progress.end();
            return Err(session.failed(error, arguments.work.now()).await);
        }
    };
    // What is seen of another day cannot be written today.
    let id = match arguments.work.now {
        None => {
            let kept = Kept { bound: &session.bound, run, by: &by, at: now, undoes: None, adopts: None };
            Some(plans::keep(&session.config, Changes::Planned(engine), kept).await?)
        }
        Some(_) => None,
    };
    let groups = engine.groups_of_deletes(&plan).await?;
    progress.end();
    let readers = readers::of_plan(engine, &session.config, &plan, now).await?;
    let outcome = report::Outcome { run, report, stopped: None, readers, finished: Vec::new() };
    let shown = preview::Shown {
        plan: &plan,
        outcome: &outcome,
        id: id.as_deref(),
        made: format!("Made at {now} by {by}, run {}", run.0),
        all: arguments.view.all,
        only: arguments.only.as_deref(),
        against: arguments.against.zip(before.as_ref()),
        at_most: arguments.view.at_most,
        html: arguments.view.html.as_deref(),
        undo: None,
        instead: None,
        groups,
        counts: &|change| before.as_ref().is_none_or(|before| is_new(before, change)),
    };
    preview::print(engine, &shown, format).await?;
    let mut recorded = report::json(&outcome, Some(&plan));
    if let (Some(recorded), Some(id)) = (recorded.as_object_mut(), id) {
        recorded.insert("plan".to_owned(), id.into());
    }
    engine.end_run(&recorded.to_string(), arguments.work.now()).await?;
    let status = match (plan.stops().is_empty(), arguments.detailed_exitcode) {
        (false, _) => ExitStatus::Stopped,
        (true, true) if plan.total() > 0 => ExitStatus::ChangesPlanned,
        (true, true) => ExitStatus::Done,
        (true, false) => report::exit_status(&outcome.report),
    };
    session.close().await?;
    Ok(status)
}

/// Whether the change was not seen, or was another one.
fn is_new(before: &SeenPlan, change: &PendingExport) -> bool {
    before.get(&(change.connector, change.identity)).is_none_or(|seen| seen.change != *change)
}
