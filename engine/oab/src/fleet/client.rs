//! Following one client after the other.

use std::ops::Range;

use super::random::Random;
use super::{FleetOutcome, FleetParameters};
use crate::schedule::{DAY, EmptyCheck, Periodic, Stage, Time};

/// Follows clients `range`.
pub(super) fn follow(parameters: &FleetParameters, range: Range<u64>, outcome: &mut FleetOutcome) {
    outcome.clients += range.end - range.start;
    let plan = Plan::new(parameters);
    let simple = parameters.schedule.client.calendar.is_none()
        && parameters.schedule.client.empty_check == EmptyCheck::Restarts
        && !parameters.always_something_new
        && parameters.failures_permille == 0
        && parameters.full_wait == 0;
    for index in range {
        let mut random = Random::of_client(parameters.seed, index);
        let server = plan.server(&mut random);
        if simple {
            plan.follow_simple(&server, &mut random, outcome);
        } else {
            plan.follow(&server, &mut random, outcome);
        }
    }
}

/// The parameters with times in seconds since the start.
struct Plan<'a> {
    parameters: &'a FleetParameters,
    start: Time,
    length: u32,
    change: u32,
    interval: u32,
    /// Start of the generation that takes the change along, without random delays.
    generation: Time,
    full_from: u64,
}

/// The server that a client fetches from.
struct Server {
    distribution: Option<Periodic>,
    /// Start of the generation with the change.
    generation: Time,
    /// When the change can be fetched, seconds since the start.
    published: u32,
}

impl<'a> Plan<'a> {
    fn new(parameters: &'a FleetParameters) -> Self {
        let start = parameters.start();
        Self {
            start,
            length: parameters.length(),
            change: (parameters.change - start) as u32,
            interval: parameters.schedule.client.interval as u32,
            generation: generation(parameters, &mut None),
            full_from: (parameters.sizes.full as f64 * parameters.full_threshold).ceil() as u64,
            parameters,
        }
    }

    fn server(&self, random: &mut Random) -> Server {
        let schedule = &self.parameters.schedule;
        let generation = if self.parameters.has_random_delays() {
            generation(self.parameters, &mut Some(random))
        } else {
            self.generation
        };
        let ready = generation + schedule.generation.duration;
        let distribution = schedule.distribution.map(|mut distribution| {
            if self.parameters.own_distribution {
                distribution.phase = Time(i64::from(random.below(distribution.period as u32)));
            }
            distribution
        });
        let published = distribution.map_or(ready, |run| run.at_or_after(ready) + run.duration);
        Server {
            distribution,
            generation,
            published: u32::try_from(published - self.start).unwrap_or(u32::MAX),
        }
    }

    /// A client that is always on, in a directory in which nothing else changes.
    #[inline]
    fn follow_simple(&self, server: &Server, random: &mut Random, outcome: &mut FleetOutcome) {
        let first = random.below(self.interval);
        let (at, before) = self.checks_until(first, server.published.min(self.length), random);
        if at < self.length {
            outcome.arrived(at - self.change);
            self.download_change(at, outcome);
        } else {
            outcome.without += 1;
        }
        let (_, after) = self.checks_until(at, self.length, random);
        outcome.checks += before + after;
        outcome.events += before + after;
    }

    /// The first check at or after `until`, and how many there are from `at` on before it.
    #[inline]
    fn checks_until(&self, mut at: u32, until: u32, random: &mut Random) -> (u32, u64) {
        let jitter = self.parameters.jitter;
        let (step, spread) = (self.interval - jitter, 2 * jitter + 1);
        let mut checks = 0;
        while at < until {
            for wait in random.pair_below(spread) {
                if at < until {
                    checks += 1;
                    at += step + wait;
                }
            }
        }
        (at, checks)
    }

    fn download_change(&self, at: u32, outcome: &mut FleetOutcome) {
        let sizes = &self.parameters.sizes;
        let full = sizes.full > 0 && sizes.change_patch >= self.full_from;
        outcome.downloaded(at, if full { sizes.full } else { sizes.change_patch }, full);
    }

    /// Any client.
    fn follow(&self, server: &Server, random: &mut Random, outcome: &mut FleetOutcome) {
        let parameters = self.parameters;
        let client = &parameters.schedule.client;
        let calendar = client.calendar.filter(|_| random.below(100) < parameters.calendar_percent);
        // Nobody comes at the very second: machines go on one after the other.
        let when_on = |at: u32, random: &mut Random| match &calendar {
            Some(calendar) => {
                let on = calendar.next_on(self.start + i64::from(at)) - self.start;
                let on = u32::try_from(on).unwrap_or(u32::MAX);
                if on > at { on.saturating_add(random.below(parameters.jitter)) } else { at }
            }
            None => at,
        };
        let first = random.below(self.interval);
        let mut at = when_on(first, random);
        // Everybody starts with the book of the start.
        let mut have = self.newest(server, 0);
        let mut last_full = None;
        let mut waits = true;
        while at < self.length {
            outcome.checks += 1;
            outcome.events += 1;
            let newest = self.newest(server, at);
            let news = newest > have;
            let mut due = match client.empty_check {
                EmptyCheck::RetriesAfter(seconds) if !news => seconds as u32,
                _ => self.interval - parameters.jitter + random.below(2 * parameters.jitter + 1),
            };
            if news && random.below(1_000) < parameters.failures_permille {
                outcome.failures += 1;
                due = parameters.retry;
            } else if news {
                let (bytes, full) = self.bytes(server, have, newest);
                let paused = last_full.is_some_and(|last| at - last < parameters.full_pause);
                if !(full && paused) {
                    let wait = if full { self.full_wait(random) } else { 0 };
                    let done = when_on(at.saturating_add(wait), random);
                    if done < self.length {
                        outcome.downloaded(done, bytes, full);
                        if waits && newest >= server.generation {
                            waits = false;
                            outcome.arrived(done - self.change);
                        }
                    }
                    last_full = if full { Some(done) } else { last_full };
                    have = newest;
                    at = at.max(done);
                }
            }
            at = when_on(at.saturating_add(due.max(1)), random);
        }
        outcome.without += u64::from(waits);
    }

    /// Start of the newest generation with something new that can be fetched.
    fn newest(&self, server: &Server, at: u32) -> Time {
        if !self.parameters.always_something_new {
            let before = self.start + -DAY;
            return if at >= server.published { server.generation } else { before };
        }
        let run = &self.parameters.schedule.generation;
        let now = self.start + i64::from(at);
        let ready = server
            .distribution
            .map_or(now, |distribution| distribution.at_or_before(now + -distribution.duration));
        run.at_or_before(ready + -run.duration)
    }

    /// What a client fetches that goes from one generation to another.
    fn bytes(&self, server: &Server, have: Time, newest: Time) -> (u64, bool) {
        let parameters = self.parameters;
        let sizes = &parameters.sizes;
        let with_change = have < server.generation && newest >= server.generation;
        let steps = if parameters.always_something_new {
            ((newest - have) / parameters.schedule.generation.period).max(1) as u64
        } else {
            1
        };
        let ordinary = steps - u64::from(with_change).min(steps);
        let patches = ordinary * sizes.patch + if with_change { sizes.change_patch } else { 0 };
        let too_old =
            newest - have > i64::from(parameters.retention_days) * DAY && parameters.always_something_new;
        let full = sizes.full > 0 && (patches >= self.full_from || too_old);
        (if full { sizes.full } else { patches }, full)
    }

    fn full_wait(&self, random: &mut Random) -> u32 {
        const HOUR: u32 = 3_600;
        match self.parameters.full_wait {
            0 => 0,
            most => HOUR + random.below(most.saturating_sub(HOUR).saturating_add(1)),
        }
    }
}

/// Start of the generation that takes the change along; delays are drawn, or in the middle.
fn generation(parameters: &FleetParameters, random: &mut Option<&mut Random>) -> Time {
    let mut at = parameters.change;
    for front in &parameters.schedule.front {
        at = match front.stage {
            Stage::Run(run) => run.after(at) + run.duration,
            Stage::Delay { least, most } => {
                let drawn = random.as_mut().map(|random| i64::from(random.below((most - least) as u32 + 1)));
                at + least + drawn.unwrap_or((most - least) / 2)
            }
        };
    }
    parameters.schedule.generation.after(at)
}
