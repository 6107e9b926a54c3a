//! `undo`: shows what would take a run back. The plan is kept under a name and exported like any other.

use std::collections::HashMap;

use clap::Args;
use madrigal_state::RunId;

use crate::commands::{ViewArguments, WorkArguments};
use crate::error::{CommandError, ExitStatus};
use crate::output::{Format, Progress, preview, report};
use crate::plans::{self, Changes, Kept};
use crate::session;

#[derive(Args)]
pub(crate) struct UndoArguments {
    /// The run to take back, by its number in the history
    pub run: u64,
    #[command(flatten)]
    pub work: WorkArguments,
    #[command(flatten)]
    pub view: ViewArguments,
}

pub(crate) async fn execute(arguments: &UndoArguments, format: Format) -> Result<ExitStatus, CommandError> {
    let work = &arguments.work;
    let mut session = session::open(&work.config.config, &work.accepted_limits).await?;
    if let Err(error) = session.require_run(arguments.run).await {
        session.close().await?;
        return Err(error);
    }
    let (now, by) = (work.now(), work.by());
    let profile = format!("undo {}", arguments.run);
    let run = session.engine.begin_run(&profile, &by, now).await?;
    let progress = Progress::start(&profile, format);
    let result = session.engine.undo(RunId(arguments.run), now).await;
    progress.end();
    let (report, undo) = match result {
        Ok(found) => found,
        Err(error) => return Err(session.failed(error, work.now()).await),
    };
    let kept = Kept {
        bound: &session.bound,
        run,
        by: &by,
        at: now,
        undoes: Some(RunId(arguments.run)),
        adopts: None,
    };
    let id = plans::keep(&session.config, Changes::These(&undo.seen), kept).await?;
    let outcome = report::Outcome { run, report, stopped: None, readers: Vec::new(), finished: Vec::new() };
    let shown = preview::Shown {
        plan: &undo.plan,
        outcome: &outcome,
        id: Some(&id),
        made: format!("Takes run {} back; made at {now} by {by}, run {}", arguments.run, run.0),
        all: arguments.view.all,
        only: None,
        against: None,
        undo: Some(&undo),
        instead: Some(&undo.seen),
        groups: HashMap::new(),
        at_most: arguments.view.at_most,
        html: arguments.view.html.as_deref(),
        counts: &|_| true,
    };
    preview::print(&session.engine, &shown, format).await?;
    session.engine.end_run(&report::json(&outcome, Some(&undo.plan)).to_string(), work.now()).await?;
    session.close().await?;
    Ok(if undo.plan.stops().is_empty() { report::exit_status(&outcome.report) } else { ExitStatus::Stopped })
}
