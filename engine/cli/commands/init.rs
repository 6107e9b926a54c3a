//! `init`: writes a first configuration.

use std::path::PathBuf;

use clap::Args;

use crate::error::{CommandError, ExitStatus};

#[derive(Args)]
pub(crate) struct InitArguments {
    /// Where to write it
    #[arg(short, long, default_value = "madrigal.toml", value_name = "FILE")]
    pub config: PathBuf,
}

const TEMPLATE: &str = include_str!("../init.toml");

pub(crate) fn execute(arguments: &InitArguments) -> Result<ExitStatus, CommandError> {
    use std::io::Write as _;
    let path = &arguments.config;
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    let written = file.and_then(|mut file| file.write_all(TEMPLATE.as_bytes()));
    written.map_err(|source| CommandError::File { doing: format!("writing {}", path.display()), source })?;
    say!("{} is written. Fill in your directories, then: madrigal check -c {0}", path.display());
    Ok(ExitStatus::Done)
}
