//! What happened to a fleet, in counts.

use super::FleetParameters;
use crate::schedule::{DAY, HOUR};

const MINUTE: u32 = 60;

/// Counts over all clients; two outcomes of the same fleet can be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetOutcome {
    /// Clients that were followed.
    pub clients: u64,
    /// Clients that have the change, by full minutes since it was made.
    pub latencies: Vec<u64>,
    /// Clients that do not have the change at the end.
    pub without: u64,
    /// Checks, downloads and runs.
    pub events: u64,
    /// Checks of clients.
    pub checks: u64,
    /// Downloads of the whole book.
    pub full_downloads: u64,
    /// Downloads of one or more patches.
    pub patch_downloads: u64,
    /// Downloads that failed and were tried again.
    pub failures: u64,
    /// Bytes of whole books in each hour from the start.
    pub full_bytes: Vec<u64>,
    /// Bytes of patches in each hour from the start.
    pub patch_bytes: Vec<u64>,
}

impl FleetOutcome {
    pub(super) fn empty(parameters: &FleetParameters) -> Self {
        let hours = parameters.days as usize * 24 + 1;
        Self {
            clients: 0,
            latencies: vec![0; hours * 60],
            without: 0,
            events: 0,
            checks: 0,
            full_downloads: 0,
            patch_downloads: 0,
            failures: 0,
            full_bytes: vec![0; hours],
            patch_bytes: vec![0; hours],
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        let add =
            |to: &mut Vec<u64>, from: &Vec<u64>| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        add(&mut self.latencies, &other.latencies);
        add(&mut self.full_bytes, &other.full_bytes);
        add(&mut self.patch_bytes, &other.patch_bytes);
        self.clients += other.clients;
        self.without += other.without;
        self.events += other.events;
        self.checks += other.checks;
        self.full_downloads += other.full_downloads;
        self.patch_downloads += other.patch_downloads;
        self.failures += other.failures;
    }

    /// Generations and distributions are events too.
    pub(super) fn count_server_runs(&mut self, parameters: &FleetParameters) {
        let length = i64::from(parameters.days) * DAY;
        self.events += parameters.schedule.runs().map(|run| (length / run.period) as u64).sum::<u64>();
    }

    /// Notes that a client has the change after so many seconds.
    #[inline]
    pub(super) fn arrived(&mut self, seconds: u32) {
        match self.latencies.get_mut((seconds / MINUTE) as usize) {
            Some(count) => *count += 1,
            None => self.without += 1,
        }
    }

    /// Notes a download at so many seconds after the start.
    #[inline]
    pub(super) fn downloaded(&mut self, at: u32, bytes: u64, full: bool) {
        let hours = if full { &mut self.full_bytes } else { &mut self.patch_bytes };
        if let Some(hour) = hours.get_mut((at / HOUR as u32) as usize) {
            *hour += bytes;
        }
        if full {
            self.full_downloads += 1;
        } else {
            self.patch_downloads += 1;
        }
    }

    /// Minutes within which so many percent of all clients have the change; `None` when they do not
    /// have it by the end.
    pub fn percentile_minutes(&self, percent: f64) -> Option<u64> {
        let needed = (self.clients as f64 * percent / 100.0).ceil() as u64;
        let mut sum = 0;
        // A client that is counted at a minute had the change before that minute was over.
        let place = self.latencies.iter().position(|count| {
            sum += count;
            sum >= needed && sum > 0
        });
        place.map(|minute| minute as u64)
    }

    /// The mean over the clients that have the change, minutes.
    pub fn mean_minutes(&self) -> Option<f64> {
        let sum: f64 =
            self.latencies.iter().enumerate().map(|(minute, &count)| minute as f64 * count as f64).sum();
        let have: u64 = self.latencies.iter().sum();
        (have > 0).then(|| sum / have as f64 + 0.5)
    }

    /// The longest latency of a client that has the change, minutes.
    pub fn most_minutes(&self) -> Option<u64> {
        self.latencies.iter().rposition(|&count| count > 0).map(|minute| minute as u64)
    }

    /// The part of all clients that have the change at the end of each minute, from the change on.
    pub fn cumulative(&self) -> impl Iterator<Item = f64> {
        let all = self.clients.max(1) as f64;
        self.latencies.iter().scan(0, move |sum, count| {
            *sum += count;
            Some(*sum as f64 / all)
        })
    }

    /// Bytes of everything.
    pub fn total_bytes(&self) -> u64 {
        self.full_bytes.iter().chain(&self.patch_bytes).sum()
    }

    /// Bytes in each hour from the start.
    pub fn bytes_per_hour(&self) -> Vec<u64> {
        self.full_bytes.iter().zip(&self.patch_bytes).map(|(full, patch)| full + patch).collect()
    }
}
