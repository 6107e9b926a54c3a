//! `rules docs`: rules in words, and the reference of the functions.

use std::path::PathBuf;

use clap::Args;
use madrigal_mappings::{describe, functions_page};

use super::{load_rules, show};
use crate::error::{CommandError, ExitStatus};
use crate::output::Format;

#[derive(Args)]
pub(crate) struct DocsArguments {
    /// Rule files that belong together, or the name of a built-in rule set
    #[arg(value_name = "FILE", default_value = "galsync", conflicts_with = "functions")]
    pub files: Vec<PathBuf>,
    /// Print the reference of the functions instead
    #[arg(long)]
    pub functions: bool,
}

pub(crate) fn execute(arguments: &DocsArguments) -> Result<ExitStatus, CommandError> {
    if arguments.functions {
        say_part!("{}", functions_page());
        return Ok(ExitStatus::Done);
    }
    match load_rules(&arguments.files)? {
        (Some(rules), _) => {
            say_part!("{}", describe(&rules));
            Ok(ExitStatus::Done)
        }
        (None, diagnostics) => Ok(show(&diagnostics, "the rules", Format::Text)),
    }
}
