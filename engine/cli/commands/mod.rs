//! What the command line offers, one file a command.

mod adopt;
mod audit;
mod check;
mod explain;
mod export;
mod history;
mod import;
mod init;
mod oab;
pub(crate) mod object;
pub(crate) mod preview;
mod release;
mod rules;
mod run;
mod serve;
mod show;
mod status;
mod sync;
mod undo;
pub(crate) mod whose;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use madrigal_model::Timestamp;

pub(crate) use oab::OabFailure;
pub(crate) use oab::readers::{Readers, check as check_readers};

use crate::error::{CommandError, ExitStatus};
use crate::output::Format;
use crate::{say, session};

/// Many voices, one address list: keeps the address lists of several companies in step.
#[derive(Parser)]
#[command(name = "madrigal", version, arg_required_else_help = true, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    /// How to print: for a person, or for a program
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// What to log, as in `info` or `madrigal_run=debug`; goes to standard error
    #[arg(long, global = true, default_value = "warn", env = "MADRIGAL_LOG")]
    pub log: String,
}

/// Options of every command that reads the configuration.
#[derive(Args, Clone)]
pub(crate) struct ConfigArguments {
    /// The configuration
    #[arg(short, long, default_value = "madrigal.toml", value_name = "FILE")]
    pub config: PathBuf,
}

/// Options of every command that shows a plan.
#[derive(Args)]
pub(crate) struct ViewArguments {
    /// Show every change and every attribute
    #[arg(long)]
    pub all: bool,
    /// Write the plan as one page, too
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// The most changes that a page holds
    #[arg(long, value_name = "CHANGES", default_value_t = 20_000)]
    pub at_most: usize,
}

/// Options of every command that works on the store.
#[derive(Args, Clone)]
pub(crate) struct WorkArguments {
    #[command(flatten)]
    pub config: ConfigArguments,
    /// The time to go by instead of the clock, as in 2026-12-24T18:00
    #[arg(long, value_name = "TIME")]
    pub now: Option<Timestamp>,
    /// Let a plan go past this limit, named as the stop named it (xyz.deletes)
    #[arg(long = "accept-limit", value_name = "LIMIT")]
    pub accepted_limits: Vec<String>,
    /// Who answers for what goes past a limit; kept with the run
    #[arg(long = "by", value_name = "WHO", requires = "accepted_limits")]
    pub answers: Option<String>,
    /// Why it is let through; kept with the run
    #[arg(long, value_name = "TEXT", requires = "accepted_limits")]
    pub reason: Option<String>,
}

impl WorkArguments {
    pub(crate) fn now(&self) -> Timestamp {
        self.now.unwrap_or_else(session::now)
    }

    /// Who runs the command and, where limits were accepted, who answers for that and why: it stands with the run in the
    /// history, and so with each line of the audit log, before anything is written.
    pub(crate) fn by(&self) -> String {
        let who = session::who();
        if self.accepted_limits.is_empty() {
            return who;
        }
        let limits = self.accepted_limits.join(", ");
        let answers = self.answers.as_deref().unwrap_or(&who);
        let reason = self.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("{who} ({limits} accepted by {answers}{reason})")
    }
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Write a first configuration
    Init(init::InitArguments),
    /// Check configuration, rules and connections; nothing is written
    Check(ConfigArguments),
    /// Run the whole cycle, or one run profile (abc/full-import, abc/delta-import, abc/export, full-sync, delta-sync)
    Run(run::RunArguments),
    /// Read the connectors
    Import(import::ImportArguments),
    /// Draw the consequences of what was read; nothing is written to a directory
    Sync(sync::SyncArguments),
    /// Show exactly what would be written, and why; nothing is written to a directory
    Preview(preview::PreviewArguments),
    /// Write what is planned
    Export(export::ExportArguments),
    /// Say why somebody is, or is not, in the other address lists, and where each value comes from
    Explain(explain::ExplainArguments),
    /// Show what another engine's contacts would become if we took them over; nothing is written to a directory
    Adopt(adopt::AdoptArguments),
    /// Show what would take a run back; nothing is written to a directory
    Undo(undo::UndoArguments),
    /// Let go of what is held since a run was taken back; nothing is written to a directory
    Release(release::ReleaseArguments),
    /// Show how far each connector has come and what stands in the way
    Status(ConfigArguments),
    /// Show the latest runs, or everything that was written for one person, room or group
    History(history::HistoryArguments),
    /// Show an entry as it is now, or as it was at a time
    Show(show::ShowArguments),
    /// Check the audit log, or write it out
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Build, look into, check, compare and serve offline address books; say when a change reaches a client
    #[command(subcommand)]
    Oab(oab::OabCommand),
    /// Check, evaluate, test, describe and take over rules
    #[command(subcommand)]
    Rules(rules::RulesCommand),
    /// Run a cycle at every interval until it is told to stop
    Serve(serve::ServeArguments),
}

impl Arguments {
    /// Whether 2 means that something is planned.
    pub(crate) fn asks_detailed(&self) -> bool {
        matches!(&self.command, Command::Preview(preview) if preview.detailed_exitcode)
    }
}

/// Carries the command out.
pub(crate) async fn execute(arguments: Arguments) -> Result<ExitStatus, CommandError> {
    let format = arguments.format;
    if format == Format::Text {
        say::to_people();
    }
    match arguments.command {
        Command::Init(arguments) => init::execute(&arguments),
        Command::Check(arguments) => check::execute(&arguments, format).await,
        Command::Run(arguments) => run::execute(&arguments, format).await,
        Command::Import(arguments) => import::execute(&arguments, format).await,
        Command::Sync(arguments) => sync::execute(&arguments, format).await,
        Command::Preview(arguments) => preview::execute(&arguments, format).await,
        Command::Export(arguments) => export::execute(&arguments, format).await,
        Command::Explain(arguments) => explain::execute(&arguments, format).await,
        Command::Adopt(arguments) => adopt::execute(&arguments, format).await,
        Command::Release(arguments) => release::execute(&arguments, format).await,
        Command::Undo(arguments) => undo::execute(&arguments, format).await,
        Command::Status(arguments) => status::execute(&arguments, format).await,
        Command::History(arguments) => history::execute(&arguments, format).await,
        Command::Show(arguments) => show::execute(&arguments, format).await,
        Command::Audit(command) => audit::execute(&command, format).await,
        Command::Oab(command) => Ok(oab::execute(command, format).await?),
        Command::Rules(command) => rules::execute(&command, format).await,
        Command::Serve(arguments) => serve::execute(&arguments, format).await,
    }
}
