//! The `madrigal` command: many voices, one address list.

mod assemble;
mod commands;
mod config;
mod error;
mod output;
mod session;

use std::process::ExitCode;

use clap::Parser;

use crate::commands::Arguments;

/// Reads release an entry on another thread than the one that made it: this allocator halves what that costs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    output::start_logging(&arguments.log);
    let format = arguments.format;
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            anstream::eprintln!("madrigal: the runtime cannot be started: {error}");
            return ExitCode::from(2);
        }
    };
    match runtime.block_on(commands::execute(arguments)) {
        Ok(status) => status.into(),
        Err(error) => {
            output::failure(&error, format);
            error.status().into()
        }
    }
}
