//! `preview`: shows exactly what would be written, and why.
//!
//! It is a cycle without its export. With another time than the clock's it works on a copy of the store, so that what
//! was only asked about is not remembered.

use clap::Args;
use madrigal_run::CycleOptions;

use crate::commands::WorkArguments;
use crate::commands::oab::readers;
use crate::config::Config;
use crate::error::{CommandError, ExitStatus};
use crate::output::{Format, Progress, changes, report};
use crate::session::{self, Session};

#[derive(Args)]
pub(crate) struct PreviewArguments {
    #[command(flatten)]
    pub work: WorkArguments,
    /// Show every change and every attribute
    #[arg(long)]
    pub all: bool,
    /// Show only changes of this connector
    #[arg(long, value_name = "CONNECTOR")]
    pub only: Option<String>,
}

pub(crate) async fn execute(
    arguments: &PreviewArguments,
    format: Format,
) -> Result<ExitStatus, CommandError> {
    match arguments.work.now {
        None => {
            let session =
                session::open(&arguments.work.config.config, &arguments.work.accepted_limits).await?;
            show(session, arguments, format).await
        }
        Some(_) => {
            let config = Config::read(&arguments.work.config.config)?;
            let path = config.path(&config.store.path);
            let copy = path.with_extension(format!("preview-{}", std::process::id()));
            let shown = show_copy(config, &path, &copy, arguments, format).await;
            remove(&copy);
            shown
        }
    }
}

async fn show_copy(
    config: Config,
    path: &std::path::Path,
    copy: &std::path::Path,
    arguments: &PreviewArguments,
    format: Format,
) -> Result<ExitStatus, CommandError> {
    session::copy_store(path, copy)?;
    let session = session::open_at(config, copy, &arguments.work.accepted_limits).await?;
    show(session, arguments, format).await
}

fn remove(copy: &std::path::Path) {
    for ending in ["", "-wal", "-shm", ".lock"] {
        let mut path = copy.to_owned();
        path.as_mut_os_string().push(ending);
        // What is not there needs no removing.
        let _ = std::fs::remove_file(path);
    }
}

async fn show(
    mut session: Session,
    arguments: &PreviewArguments,
    format: Format,
) -> Result<ExitStatus, CommandError> {
    let now = arguments.work.now();
    let progress = Progress::start("preview", format);
    let engine = &mut session.engine;
    let run = engine.begin_run("preview", &session::who(), now).await?;
    let options = CycleOptions { full_import: false, full_sync: false, export: false };
    let result = engine.cycle(options, now).await;
    progress.end();
    let report = match result {
        Ok(report) => report,
        Err(error) => {
            engine.end_run(&format!("{{\"status\":\"failed\",\"code\":{:?}}}", error.code()), now).await?;
            session.close().await?;
            return Err(error.into());
        }
    };
    let plan = engine.plan().await?;
    let readers = readers::of_plan(engine, &session.config, &plan, now).await?;
    let outcome = report::Outcome { run, report, stopped: None, readers };
    changes::print(engine, &plan, &outcome, arguments, format).await?;
    engine.end_run(&report::json(&outcome, Some(&plan)).to_string(), now).await?;
    let status =
        if plan.stops().is_empty() { report::exit_status(&outcome.report) } else { ExitStatus::Stopped };
    session.close().await?;
    Ok(status)
}
