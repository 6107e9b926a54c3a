//! `sync`: draws the consequences of what was read.

use clap::Args;

use crate::commands::WorkArguments;
use crate::commands::run::{Profile, one_run};
use crate::error::{CommandError, ExitStatus};
use crate::output::Format;
use crate::session;

#[derive(Args)]
pub(crate) struct SyncArguments {
    #[command(flatten)]
    pub work: WorkArguments,
    /// Look at every object, whether or not it changed
    #[arg(long)]
    pub full: bool,
}

pub(crate) async fn execute(arguments: &SyncArguments, format: Format) -> Result<ExitStatus, CommandError> {
    let mut session = session::open(&arguments.work.config.config, &arguments.work.accepted_limits).await?;
    let profile = Profile::Sync { full: arguments.full };
    let status = one_run(&mut session, &profile, &arguments.work, format).await;
    session.close().await?;
    status
}
