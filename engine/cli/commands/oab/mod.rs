//! `madrigal oab …`: offline address books as files, and when each user sees a change.
//!
//! The room `madrigal-oab` is pure; here is everything around it: files, threads, the clock, HTTP.

mod build;
mod diff;
mod failure;
mod folder;
mod identity;
mod inspect;
mod people;
mod print;
mod properties;
pub(crate) mod readers;
mod serve;
mod simulate;
mod threads;
mod verify;

pub(crate) use failure::OabFailure;

use crate::error::ExitStatus;
use crate::output::Format;

/// Offline address books: build, look into, check, compare, serve; and when a change reaches a client.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum OabCommand {
    /// Builds the next sequence of a book from an address list
    Build(Box<build::BuildArguments>),
    /// Says what a file of a book is and what is in it
    Inspect(inspect::InspectArguments),
    /// Checks every size, hash, checksum, record and patch of a published folder
    Verify(verify::VerifyArguments),
    /// Compares two books by person and property
    Diff(diff::DiffArguments),
    /// Serves a published folder over HTTP, as clients fetch it
    Serve(serve::ServeArguments),
    /// Works out when a change reaches a client, or a fleet of them
    Simulate(Box<simulate::SimulateArguments>),
}

/// Carries the command out.
pub(crate) async fn execute(command: OabCommand, format: Format) -> Result<ExitStatus, OabFailure> {
    match command {
        OabCommand::Build(arguments) => build::execute(&arguments, format),
        OabCommand::Inspect(arguments) => inspect::execute(&arguments, format),
        OabCommand::Verify(arguments) => verify::execute(&arguments, format),
        OabCommand::Diff(arguments) => diff::execute(&arguments, format),
        OabCommand::Serve(arguments) => serve::execute(&arguments, format).await,
        OabCommand::Simulate(arguments) => simulate::execute(&arguments, format),
    }
}

fn status(sound: bool) -> ExitStatus {
    if sound { ExitStatus::Done } else { ExitStatus::SomeObjectsHaveProblems }
}
