//! How independent pieces of work are spread: in order here, over threads in the shell.

/// Runs jobs that do not depend on each other.
pub trait Spread {
    /// Runs `job` for each index below `jobs`; the results come in the order of the indexes.
    fn run<T: Send, J: Fn(usize) -> T + Sync>(&self, jobs: usize, job: J) -> Vec<T>;
}

/// One job after the other, on the caller's thread.
#[derive(Debug, Clone, Copy, Default)]
pub struct InOrder;

impl Spread for InOrder {
    fn run<T: Send, J: Fn(usize) -> T + Sync>(&self, jobs: usize, job: J) -> Vec<T> {
        (0..jobs).map(job).collect()
    }
}
