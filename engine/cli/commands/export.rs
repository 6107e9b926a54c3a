//! `export`: writes what is planned.

use clap::Args;

use crate::commands::WorkArguments;
use crate::commands::run::{Profile, one_run};
use crate::error::{CommandError, ExitStatus};
use crate::output::Format;
use crate::session;

#[derive(Args)]
pub(crate) struct ExportArguments {
    /// The connectors to write to; none: all that somebody shares to
    pub connectors: Vec<String>,
    #[command(flatten)]
    pub work: WorkArguments,
}

pub(crate) async fn execute(arguments: &ExportArguments, format: Format) -> Result<ExitStatus, CommandError> {
    let mut session = session::open(&arguments.work.config.config, &arguments.work.accepted_limits).await?;
    let connectors = if arguments.connectors.is_empty() {
        session.engine.topology().targets().map(|target| target.name.clone()).collect()
    } else {
        arguments.connectors.clone()
    };
    let status = one_run(&mut session, &Profile::Export { connectors }, &arguments.work, format).await;
    session.close().await?;
    status
}
