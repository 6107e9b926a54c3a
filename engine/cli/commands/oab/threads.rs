//! Work on all cores.

use std::sync::atomic::{AtomicUsize, Ordering};

use madrigal_oab::work::Spread;

/// Spreads jobs over threads; the results come in the order of the jobs, whatever their number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Threads(usize);

impl Threads {
    /// So many threads; `None`: one for each core.
    pub(super) fn new(count: Option<usize>) -> Self {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self(count.unwrap_or_else(cores).clamp(1, 256))
    }
}

impl Spread for Threads {
    fn run<T: Send, J: Fn(usize) -> T + Sync>(&self, jobs: usize, job: J) -> Vec<T> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= jobs {
                    return done;
                }
                done.push((index, job(index)));
            }
        };
        let mut results = std::thread::scope(|scope| {
            let others: Vec<_> = (1..self.0.min(jobs)).map(|_| scope.spawn(work)).collect();
            let mut results = work();
            for other in others {
                match other.join() {
                    Ok(done) => results.extend(done),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            results
        });
        results.sort_unstable_by_key(|(index, _)| *index);
        results.into_iter().map(|(_, result)| result).collect()
    }
}
