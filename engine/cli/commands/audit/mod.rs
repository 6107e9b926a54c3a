//! `audit`: the audit log, checked and handed out. Reads beside a running engine.

mod export;
mod verify;

use clap::Subcommand;

use crate::error::{CommandError, ExitStatus};
use crate::output::Format;

#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Check that no line of the audit log was changed, taken out or added past the program
    Verify(verify::VerifyArguments),
    /// Write the audit log out: JSON lines (--format jsonl), or a row for each attribute (--format csv)
    Export(export::ExportArguments),
}

pub(crate) async fn execute(command: &AuditCommand, format: Format) -> Result<ExitStatus, CommandError> {
    match command {
        AuditCommand::Verify(arguments) => verify::execute(arguments, format).await,
        AuditCommand::Export(arguments) => export::execute(arguments, format).await,
    }
}
