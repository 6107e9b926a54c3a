//! `export`: writes what is planned, or exactly the plan that somebody saw.

use clap::Args;
use madrigal_run::RunError;
use madrigal_state::RunId;

use crate::commands::WorkArguments;
use crate::commands::run::{Profile, one_run};
use crate::config::Config;
use crate::error::{CommandError, ExitStatus};
use crate::finish;
use crate::output::{Format, Progress, report};
use crate::plans::{self, PlanRefused};
use crate::session;

#[derive(Args)]
pub(crate) struct ExportArguments {
    /// The connectors to write to; none: all that somebody shares to
    pub connectors: Vec<String>,
    #[command(flatten)]
    pub work: WorkArguments,
    /// Write exactly the plan that a preview showed, by the name that it printed, or nothing
    #[arg(long, value_name = "PLAN", conflicts_with = "connectors")]
    pub plan: Option<String>,
}

pub(crate) async fn execute(arguments: &ExportArguments, format: Format) -> Result<ExitStatus, CommandError> {
    if let Some(id) = &arguments.plan {
        return exactly(id, &arguments.work, format).await;
    }
    let mut session = session::open(&arguments.work.config.config, &arguments.work.accepted_limits).await?;
    let connectors = if arguments.connectors.is_empty() {
        session.engine.topology().connectors.iter().map(|connector| connector.name.clone()).collect()
    } else {
        arguments.connectors.clone()
    };
    let status = one_run(&mut session, &Profile::Export { connectors }, &arguments.work, format).await;
    session.close().await?;
    status
}

/// Writes the plan of this name, if it is what is planned now; else nothing is written and it is said what changed.
async fn exactly(id: &str, work: &WorkArguments, format: Format) -> Result<ExitStatus, CommandError> {
    if !work.accepted_limits.is_empty() && (work.answers.is_none() || work.reason.is_none()) {
        return Err(PlanRefused::Unanswered.into());
    }
    let config = Config::read(&work.config.config)?;
    let (head, seen) = plans::read(&config, id)?;
    let config = match &head.adopts {
        Some(adoption) => config.adopting(&adoption.connector, adoption.by_address),
        None => config,
    };
    let mut session = session::open_config(config, &work.accepted_limits).await?;
    let now = work.now();
    let profile = format!("export --plan {id}");
    let run = session.engine.begin_run(&profile, &work.by(), now).await?;
    let progress = Progress::start(&profile, format);
    let result = match plans::require_bound(id, &head.bound, &session.bound) {
        Ok(()) => match (head.undoes, &head.adopts) {
            (Some(undone), _) => session.engine.export_undo(RunId(undone), &seen, now).await,
            (None, Some(adoption)) => {
                let target = session.engine.connector_named(&adoption.connector)?;
                session.engine.export_adoptions(target, &seen, now).await
            }
            (None, None) => session.engine.export_seen(&seen, now).await,
        },
        Err(refused) => {
            progress.end();
            return refuse(session, refused, work).await;
        }
    };
    progress.end();
    let result = match result {
        Ok(Ok(mut report)) => {
            let finished = finish::after_run(&mut session, run, &mut report, now).await;
            finished.map(|finished| Ok((report, finished)))
        }
        other => other.map(|done| done.map(|report| (report, Vec::new()))),
    };
    let (report, finished, stopped) = match result {
        Ok(Ok((report, finished))) => (report, finished, None),
        Ok(Err(differences)) => {
            let id = id.to_owned();
            return refuse(session, PlanRefused::Directories { id, differences }, work).await;
        }
        Err(error @ (RunError::Stopped(_) | RunError::SourceShrunk(_))) => {
            (session.engine.stopped_report().await?, Vec::new(), Some(error))
        }
        Err(error) => return Err(session.failed(error, work.now()).await),
    };
    let outcome = report::Outcome { run, report, stopped, readers: Vec::new(), finished };
    session.engine.end_run(&report::json(&outcome, None).to_string(), work.now()).await?;
    report::print(&session.engine, &outcome, format).await?;
    session.close().await?;
    Ok(report::exit_status(&outcome.report))
}

/// Ends the run without having written anything.
async fn refuse(
    session: session::Session,
    refused: PlanRefused,
    work: &WorkArguments,
) -> Result<ExitStatus, CommandError> {
    let outcome = format!("{{\"status\":\"refused\",\"code\":{:?}}}", refused.code());
    session.engine.end_run(&outcome, work.now()).await?;
    session.close().await?;
    Err(refused.into())
}
