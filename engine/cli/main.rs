//! The `madrigal` command: many voices, one address list.

#[macro_use]
mod say;

mod assemble;
mod commands;
mod config;
mod error;
mod finish;
mod output;
mod plans;
mod session;

use std::process::ExitCode;

use clap::Parser;

use crate::commands::Arguments;
use crate::error::{CommandError, ExitStatus};

/// Reads release an entry on another thread than the one that made it: this allocator halves what that costs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return wrong_use(&error),
    };
    let detailed = arguments.asks_detailed();
    output::start_logging(&arguments.log);
    let format = arguments.format;
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain!("madrigal: the runtime cannot be started: {error}");
            return ExitCode::from(2);
        }
    };
    let ended = runtime.block_on(commands::execute(arguments)).and_then(|status| match say::failure() {
        None => Ok(status),
        Some(source) => Err(CommandError::File { doing: "printing".to_owned(), source }),
    });
    match ended {
        Ok(status) => status.into(),
        Err(error) => {
            output::failure(&error, format);
            if detailed { error.status().detailed() } else { error.status() }.into()
        }
    }
}

/// Prints what is wrong with the arguments, or the help that was asked for.
fn wrong_use(error: &clap::Error) -> ExitCode {
    // Where it cannot be printed, there is nobody to tell.
    let _ = error.print();
    let detailed = std::env::args().any(|argument| argument == "--detailed-exitcode");
    match error.exit_code() {
        0 => ExitCode::SUCCESS,
        // Two means with this option that something is planned.
        _ if detailed => ExitStatus::Failed.into(),
        _ => ExitStatus::WrongUse.into(),
    }
}
