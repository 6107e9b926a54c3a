//! `import`: reads connectors.

use clap::Args;
use madrigal_api::ImportMode;

use crate::commands::WorkArguments;
use crate::commands::run::{Profile, one_run};
use crate::error::{CommandError, ExitStatus};
use crate::output::Format;
use crate::session;

#[derive(Args)]
pub(crate) struct ImportArguments {
    /// The connectors to read; none: all
    pub connectors: Vec<String>,
    #[command(flatten)]
    pub work: WorkArguments,
    /// Read everything, whatever was read before
    #[arg(long)]
    pub full: bool,
}

pub(crate) async fn execute(arguments: &ImportArguments, format: Format) -> Result<ExitStatus, CommandError> {
    let mut session = session::open(&arguments.work.config.config, &arguments.work.accepted_limits).await?;
    let connectors = if arguments.connectors.is_empty() {
        session.config.connector.keys().cloned().collect()
    } else {
        arguments.connectors.clone()
    };
    let mode = if arguments.full { ImportMode::Full } else { ImportMode::Delta };
    let profile = Profile::Import { connectors, mode };
    let status = one_run(&mut session, &profile, &arguments.work, format).await;
    session.close().await?;
    status
}
