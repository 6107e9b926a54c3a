//! The latencies over all phases: what holds whatever the clocks of server and client say.
//!
//! With phases that are independent and even, every periodic stage waits between nothing and its
//! period, so the latency is a sum of even distributions and a constant. Its limit is the sum of the
//! periods; its distribution function is the volume of a cut box.

use serde::Serialize;

use super::timeline::{Timeline, timeline};
use super::{EmptyCheck, Periodic, Schedule, Stage, Time, minutes};
use crate::OabError;

/// The least upper bound of the latency over all phases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Supremum {
    /// The bound; minutes in JSON.
    #[serde(rename = "supremum_minutes", serialize_with = "minutes")]
    pub latency: i64,
    /// Phases under which the latency comes within a minute of the bound, and the timeline there.
    pub witness: Timeline,
    /// The schedule of the witness.
    #[serde(skip)]
    pub schedule: Schedule,
}

/// The distribution of the latency over all phases.
#[derive(Debug, Clone, PartialEq)]
pub struct AllPhases {
    /// The bound with its witness.
    pub supremum: Supremum,
    constant: f64,
    widths: Vec<f64>,
}

/// Works out the bound and the distribution over all phases. Clients with a calendar have a bound
/// and no distribution in closed form; theirs is that of a client that is always on.
///
/// # Errors
/// [`OabError::Schedule`] when the schedule has no meaning or more than sixteen stages.
pub fn all_phases(schedule: &Schedule, near: Time) -> Result<AllPhases, OabError> {
    schedule.check()?;
    if schedule.front.len() > 13 {
        let problem = "more than thirteen stages in front of the generation".to_owned();
        return Err(OabError::Schedule { field: "the stages", problem });
    }
    let mut constant: i64 = schedule.runs().map(|run| run.duration).sum();
    let mut widths: Vec<i64> = schedule.runs().map(|run| run.period).collect();
    for front in &schedule.front {
        if let Stage::Delay { least, most } = front.stage {
            constant += least;
            widths.push(most - least);
        }
    }
    let (longest_wait, start) = schedule.client.longest_way();
    widths.push(schedule.client.interval);
    let latency = constant + widths.iter().sum::<i64>() - schedule.client.interval + longest_wait;
    let (shifted, change) = worst_phases(schedule, start, near);
    let supremum = Supremum { latency, witness: timeline(&shifted, change), schedule: shifted };
    let widths = widths.into_iter().filter(|&width| width > 0).map(|width| width as f64).collect();
    Ok(AllPhases { supremum, constant: constant as f64, widths })
}

impl AllPhases {
    /// The shortest latency, a limit; seconds.
    pub fn infimum(&self) -> f64 {
        self.constant
    }

    /// The mean latency, seconds.
    pub fn mean(&self) -> f64 {
        self.constant + self.widths.iter().sum::<f64>() / 2.0
    }

    /// The part of all cases whose latency is at most `seconds`.
    ///
    /// Inclusion and exclusion over the corners of the box that is cut.
    pub fn cumulative(&self, seconds: f64) -> f64 {
        let n = self.widths.len() as i32;
        let mut volume = 0.0;
        let mut scale = 1.0;
        for (index, width) in self.widths.iter().enumerate() {
            scale *= width * (index + 1) as f64;
        }
        for corner in 0u32..1 << self.widths.len() {
            let chosen = self.widths.iter().enumerate().filter(|(index, _)| corner >> index & 1 == 1);
            let rest = seconds - self.constant - chosen.map(|(_, width)| width).sum::<f64>();
            if rest > 0.0 {
                let sign = if corner.count_ones() % 2 == 0 { 1.0 } else { -1.0 };
                volume += sign * rest.powi(n);
            }
        }
        (volume / scale).clamp(0.0, 1.0)
    }

    /// The latency within which `part` (0 to 1) of all cases lie, seconds.
    pub fn percentile(&self, part: f64) -> f64 {
        let (mut low, mut high) = (self.constant, self.constant + self.widths.iter().sum::<f64>());
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if self.cumulative(middle) < part {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }
}

/// Phases under which every stage has just been missed: the reading runs at the very second of their
/// start, distribution and client by a second.
fn worst_phases(schedule: &Schedule, calendar_check: Option<Time>, near: Time) -> (Schedule, Time) {
    let mut shifted = schedule.clone();
    shifted.client.empty_check = EmptyCheck::Restarts;
    let mut at = near;
    // A run that reads at the very second in which the change comes misses it.
    let miss_reading = |run: &mut Periodic, at: Time| {
        run.phase = at;
        at + run.period + run.duration
    };
    for front in &mut shifted.front {
        at = match &mut front.stage {
            Stage::Run(run) => miss_reading(run, at),
            Stage::Delay { most, .. } => at + *most,
        };
    }
    at = miss_reading(&mut shifted.generation, at);
    if let Some(distribution) = &mut shifted.distribution {
        distribution.phase = at + -1;
        at = distribution.phase + distribution.period + distribution.duration;
    }
    // The client has looked a second ago.
    let missed = at + -1;
    let Some(check) = calendar_check else {
        let rounds = (missed - near) / shifted.client.interval + 1;
        shifted.client.first_download = missed + -rounds * shifted.client.interval;
        return (shifted, near);
    };
    // A machine with working hours has a worst hour of the week: move everything to it.
    let weeks = (missed - check).div_euclid(super::WEEK);
    let check = check + weeks * super::WEEK;
    let by = check - missed;
    for front in &mut shifted.front {
        if let Stage::Run(run) = &mut front.stage {
            run.phase = run.phase + by;
        }
    }
    shifted.generation.phase = shifted.generation.phase + by;
    if let Some(distribution) = &mut shifted.distribution {
        distribution.phase = distribution.phase + by;
    }
    shifted.client.first_download = check;
    (shifted, near + by)
}
