//! The exact latencies of a schedule whose phases are given: worst with a witness, best, mean,
//! percentiles.
//!
//! Between two runs of the first periodic stage every change arrives at the same time, so the
//! latency falls by a second every second and jumps up at the runs. The worst is at a run; the whole
//! distribution is a set of stretches, each of even density. A client's checks repeat themselves
//! after some time, and one round of them is looked at in full.

use std::collections::HashMap;

use serde::Serialize;

use super::chain::Delays;
use super::client::{Check, checks};
use super::timeline::{Timeline, timeline};
use super::{Schedule, Stage, Time, WEEK, minutes};
use crate::OabError;

/// The latencies of a schedule with given phases.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exact {
    /// The worst change there is, with its timeline.
    #[serde(flatten)]
    pub worst: Timeline,
    /// The shortest latency, not attained where it is a limit; minutes in JSON.
    #[serde(rename = "best_minutes", serialize_with = "minutes")]
    pub best: i64,
    /// The mean over all times of the change, seconds; minutes in JSON.
    #[serde(rename = "mean_minutes", serialize_with = "rounded_minutes")]
    pub mean: f64,
    /// Percent of the times of the change and the latency that they stay within.
    #[serde(serialize_with = "percentile_minutes")]
    pub percentiles: Vec<(u8, i64)>,
    /// After so many seconds everything repeats itself; minutes in JSON.
    #[serde(rename = "period_minutes", serialize_with = "minutes")]
    pub period: i64,
}

/// The percentiles that are given.
const PERCENTILES: [u8; 5] = [50, 75, 90, 95, 99];
/// Most checks of a client, and most runs, that are looked at.
const MOST_STEPS: usize = 4_000_000;

/// Works out the latencies for changes at any time from the client's first download on.
/// The worst case is given as near before `near` as there is one.
///
/// # Errors
/// [`OabError::Schedule`] when the schedule has no meaning, or repeats itself only after more than
/// four million steps.
pub fn exact(schedule: &Schedule, near: Time) -> Result<Exact, OabError> {
    schedule.check()?;
    let rounds = Rounds::of(schedule)?;
    let mut worst = (i64::MIN, near);
    let mut best = i64::MAX;
    let mut stretches = Vec::new();
    for (steady, from, to) in segments(schedule, &rounds)? {
        let most = rounds.arrival(schedule.published(from, Delays::Most)) - from;
        if most > worst.0 {
            worst = (most, from);
        }
        let last = to + -1;
        best = best.min(rounds.arrival(schedule.published(last, Delays::Least)) - last - 1);
        if steady {
            let arrival = rounds.arrival(schedule.published(from, Delays::Middle));
            stretches.push((arrival - to, arrival - from));
        }
    }
    Ok(Exact {
        worst: witness(schedule, worst, rounds.period, near),
        best: best.max(0),
        mean: mean(&stretches),
        percentiles: PERCENTILES.iter().map(|&percent| (percent, percentile(&stretches, percent))).collect(),
        period: rounds.period,
    })
}

/// The checks of a client until they repeat themselves, and one round more than the latest arrival needs.
struct Rounds {
    checks: Vec<Time>,
    /// Where the first full round starts.
    start: Time,
    period: i64,
}

impl Rounds {
    fn of(schedule: &Schedule) -> Result<Self, OabError> {
        let week = schedule.client.calendar.map(|_| WEEK);
        let servers = schedule.runs().map(|run| run.period).chain(week).try_fold(1, least_common_multiple);
        let servers = servers.ok_or_else(too_long)?;
        let mut seen: HashMap<Check, Time> = HashMap::new();
        let mut times = Vec::new();
        let mut end = None;
        for check in checks(schedule).take(MOST_STEPS) {
            times.push(check.at);
            if let Some((_, _, until)) = end {
                if check.at > until {
                    break;
                }
                continue;
            }
            let state = Check { at: Time(check.at.0.rem_euclid(servers)), ..check };
            if let Some(start) = seen.insert(state, check.at) {
                let period = check.at - start;
                let longest = schedule.runs().map(|run| run.period + run.duration).sum::<i64>()
                    + schedule.front.iter().map(|front| front.stage.longest()).sum::<i64>()
                    + schedule.client.longest_way().0;
                end = Some((start, period, check.at + longest));
            }
        }
        match end {
            Some((start, period, until)) if times.last().is_some_and(|&last| last > until) => {
                Ok(Self { checks: times, start, period })
            }
            _ => Err(too_long()),
        }
    }

    /// The first check at or after `published`.
    fn arrival(&self, published: Time) -> Time {
        let index = self.checks.partition_point(|&check| check < published);
        self.checks.get(index).or(self.checks.last()).copied().unwrap_or(published)
    }
}

/// Stretches of time whose changes all arrive at the same time: from the first download to the end
/// of the first full round, with a mark on those of the round.
fn segments(schedule: &Schedule, rounds: &Rounds) -> Result<Vec<(bool, Time, Time)>, OabError> {
    // Delays in front of the first run move its start.
    let mut lead = 0;
    let mut first = schedule.generation;
    for front in &schedule.front {
        match front.stage {
            Stage::Delay { least, most } => lead += least.midpoint(most),
            Stage::Run(run) => {
                first = run;
                break;
            }
        }
    }
    let (begin, end) = (schedule.client.first_download, rounds.start + rounds.period);
    if (end - begin) / first.period > MOST_STEPS as i64 {
        return Err(too_long());
    }
    let mut segments = Vec::new();
    let mut from = begin;
    while from < end {
        let to = (first.after(from + lead) + -lead).min(end);
        let steady = from.max(rounds.start);
        if from < rounds.start {
            segments.push((false, from, to.min(rounds.start)));
        }
        if steady < to {
            segments.push((true, steady, to));
        }
        from = to;
    }
    Ok(segments)
}

/// The worst case's timeline, moved by whole periods to the last one before `near`, where it is as bad.
fn witness(schedule: &Schedule, worst: (i64, Time), period: i64, near: Time) -> Timeline {
    let (latency, change) = worst;
    let moved = near + -(near - change).rem_euclid(period);
    let moved = [moved, moved + period].map(|change| timeline(schedule, change));
    let found = moved.into_iter().find(|timeline| timeline.latency == latency);
    found.unwrap_or_else(|| timeline(schedule, change))
}

fn mean(stretches: &[(i64, i64)]) -> f64 {
    let width: i64 = stretches.iter().map(|(low, high)| high - low).sum();
    let sum: f64 = stretches.iter().map(|&(low, high)| (high - low) as f64 * (low + high) as f64 / 2.0).sum();
    if width == 0 { 0.0 } else { sum / width as f64 }
}

/// The smallest number of seconds within which at least `percent` of all changes arrive.
fn percentile(stretches: &[(i64, i64)], percent: u8) -> i64 {
    let within = |limit: i64| {
        stretches.iter().map(|&(low, high)| i128::from(limit.clamp(low, high) - low)).sum::<i128>()
    };
    let all = within(i64::MAX);
    let (mut low, mut high) = (0, stretches.iter().map(|stretch| stretch.1).max().unwrap_or(0));
    while low < high {
        let middle = low.midpoint(high);
        if within(middle) * 100 >= all * i128::from(percent) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

fn too_long() -> OabError {
    OabError::Schedule {
        field: "the periods",
        problem: "they fall together too seldom for an exact answer; use rounder ones, or simulate a fleet"
            .to_owned(),
    }
}

fn least_common_multiple(a: i64, b: i64) -> Option<i64> {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    a.checked_mul(b / x)
}

fn rounded_minutes<S: serde::Serializer>(seconds: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((seconds / 60.0 * 1000.0).round() / 1000.0)
}

fn percentile_minutes<S: serde::Serializer>(rows: &[(u8, i64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer
        .collect_map(rows.iter().map(|(percent, seconds)| (format!("p{percent}_minutes"), seconds / 60)))
}
