//! Round steps for axes.

use crate::schedule::{DAY, HOUR, Time};

/// A stretch of time with the places of its marks.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeAxis {
    pub(super) from: Time,
    pub(super) to: Time,
    /// Seconds from mark to mark.
    pub(super) step: i64,
}

impl TimeAxis {
    /// From one time to another with at most `marks` marks, and room on both sides.
    pub(super) fn new(from: Time, to: Time, marks: i64) -> Self {
        const STEPS: [i64; 12] =
            [60, 300, 900, HOUR / 2, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY];
        let span = (to - from).max(600);
        let room = span / 24;
        let (from, to) = (from + -room, to + room);
        let whole = to - from;
        let step = STEPS.into_iter().find(|step| whole / step <= marks);
        let step = step.unwrap_or_else(|| (whole / marks.max(1) / DAY + 1) * DAY);
        Self { from, to, step }
    }

    /// The part of the stretch before a time, 0 to 1.
    pub(super) fn part(&self, time: Time) -> f64 {
        (time - self.from) as f64 / (self.to - self.from).max(1) as f64
    }

    /// The marks within the stretch.
    pub(super) fn marks(&self) -> impl Iterator<Item = Time> {
        let step = self.step;
        let first = self.from + (-self.from.0).rem_euclid(step);
        (0..).map(move |n| first + n * step).take_while(|mark| *mark <= self.to)
    }

    /// The midnights within the stretch.
    pub(super) fn midnights(&self) -> impl Iterator<Item = Time> {
        let first = (self.from + (DAY - 1)).midnight();
        (0..).map(move |n| first + n * DAY).take_while(|midnight| *midnight <= self.to)
    }

    /// The nights, from six in the evening to six in the morning, cut to the stretch.
    pub(super) fn nights(&self) -> impl Iterator<Item = (Time, Time)> {
        let evening = self.from.midnight() + -6 * HOUR;
        let nights = (0..).map(move |n| evening + n * DAY).map(|evening| (evening, evening + 12 * HOUR));
        let nights = nights.take_while(|(evening, _)| *evening < self.to);
        nights.map(|(evening, morning)| (evening.max(self.from), morning.min(self.to))).filter(|(a, b)| a < b)
    }
}

/// A round step that divides `most` into at most `marks` parts.
pub(super) fn round_step(most: f64, marks: f64) -> f64 {
    let least = (most / marks).max(f64::MIN_POSITIVE);
    let magnitude = 10f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    steps
        .into_iter()
        .map(|step| step * magnitude)
        .find(|step| *step >= least * 0.999)
        .unwrap_or(10.0 * magnitude)
}
