//! `release`: lets go of what is held because a run was taken back. Nothing is written to a directory: the next run plans
//! it again, where the rules still ask for it.

use clap::Args;
use madrigal_state::RunId;

use crate::commands::WorkArguments;
use crate::error::{CommandError, ExitStatus};
use crate::output::{Format, held};
use crate::session;

#[derive(Args)]
pub(crate) struct ReleaseArguments {
    /// The run that was taken back, by its number in the history
    pub run: u64,
    #[command(flatten)]
    pub work: WorkArguments,
    /// Let go of it in this directory only
    #[arg(long, value_name = "CONNECTOR")]
    pub only: Option<String>,
}

pub(crate) async fn execute(
    arguments: &ReleaseArguments,
    format: Format,
) -> Result<ExitStatus, CommandError> {
    let work = &arguments.work;
    let mut session = session::open(&work.config.config, &work.accepted_limits).await?;
    if let Err(error) = session.require_run(arguments.run).await {
        session.close().await?;
        return Err(error);
    }
    let now = work.now();
    session.engine.begin_run(&format!("release {}", arguments.run), &work.by(), now).await?;
    let released = session.engine.release(RunId(arguments.run), arguments.only.as_deref()).await;
    let outcome = serde_json::json!({ "status": "done", "released": released.as_ref().ok() });
    session.engine.end_run(&outcome.to_string(), work.now()).await?;
    let store = session.engine.store().clone();
    let left = held::of(&*store, &store.connectors().await?).await?;
    drop(store);
    session.close().await?;
    held::print_release(arguments.run, &released?, &left, format);
    Ok(ExitStatus::Done)
}
