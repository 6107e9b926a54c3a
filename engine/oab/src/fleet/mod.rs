//! A fleet: many clients, each with its own clock, over many days.
//!
//! Clients do not influence each other, so each is followed by itself, from random numbers of its own
//! that depend on nothing but the seed and its index: the same on one thread or many, and no memory
//! grows with their number. Results are counts, which can be added in any order.

mod client;
mod outcome;
mod parameters;
mod random;
mod site;
#[cfg(test)]
mod tests;

pub use outcome::FleetOutcome;
pub use parameters::{FleetParameters, Sizes};
pub use site::{Site, SiteLoad, site_loads};

use crate::OabError;
use crate::work::Spread;

/// Clients of one job.
const CLIENTS_A_JOB: u64 = 16_384;

/// Follows every client and adds up what happened.
///
/// # Errors
/// [`OabError::Schedule`] when the parameters have no meaning or are out of range.
pub fn simulate(parameters: &FleetParameters, spread: &impl Spread) -> Result<FleetOutcome, OabError> {
    parameters.check()?;
    let jobs = parameters.clients.div_ceil(CLIENTS_A_JOB) as usize;
    // A few jobs share an outcome, so that adding up costs little.
    let bundles = jobs.clamp(1, 16);
    let parts = spread.run(bundles, |bundle| {
        let mut outcome = FleetOutcome::empty(parameters);
        for job in (bundle..jobs).step_by(bundles) {
            let first = job as u64 * CLIENTS_A_JOB;
            let last = parameters.clients.min(first + CLIENTS_A_JOB);
            client::follow(parameters, first..last, &mut outcome);
        }
        outcome
    });
    let mut total = FleetOutcome::empty(parameters);
    parts.iter().for_each(|part| total.add(part));
    total.count_server_runs(parameters);
    Ok(total)
}
