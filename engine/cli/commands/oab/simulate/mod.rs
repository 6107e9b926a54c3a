//! `oab simulate`: when a change reaches a client, or a fleet of them.

mod arguments;
pub(super) mod duration;
mod fleet;
mod one;
mod pictures;
mod report;
mod schedule;

pub(crate) use arguments::SimulateArguments;

use super::OabFailure;
use crate::error::ExitStatus;
use crate::output::Format;

pub(super) fn execute(arguments: &SimulateArguments, format: Format) -> Result<ExitStatus, OabFailure> {
    if arguments.list_profiles {
        schedule::tell_profiles(format);
    } else if arguments.fleet.fleet.is_some() {
        fleet::execute(arguments, format)?;
    } else {
        one::execute(arguments, format)?;
    }
    Ok(ExitStatus::Done)
}
