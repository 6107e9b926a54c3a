//! The stages of a timeline, one lane each, with the run that takes the change along.

use crate::schedule::{Happening, Schedule, Stage, Time, Timeline};

/// A lane of a timeline.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    pub(super) name: String,
    /// What the lane's runs are like.
    pub(super) about: String,
    /// Every run in the stretch that is drawn.
    pub(super) runs: Vec<Time>,
    /// When the change comes into the lane.
    pub(super) enters: Time,
    /// When it is ready to leave: later than `enters` where a run takes time.
    pub(super) ready: Time,
}

/// Most marks of runs in a lane; where there are more, they would be a bar.
const MOST_RUNS: i64 = 400;

/// The lanes between two times, in the order in which the change goes through them.
pub(super) fn lanes(schedule: &Schedule, timeline: &Timeline, from: Time, to: Time) -> Vec<Lane> {
    let at =
        |what: &Happening| timeline.events.iter().find(|event| event.what == *what).map(|event| event.at);
    let runs = |run: &crate::schedule::Periodic| {
        let first = run.at_or_after(from);
        let count = ((to - first).div_euclid(run.period) + 1).max(0);
        if count > MOST_RUNS { Vec::new() } else { (0..count).map(|n| first + n * run.period).collect() }
    };
    let every = |seconds: i64| format!("every {}", super::duration_words(seconds));
    let mut lanes = vec![Lane {
        name: "directory".to_owned(),
        about: "the change".to_owned(),
        runs: Vec::new(),
        enters: timeline.change,
        ready: timeline.change,
    }];
    for front in &schedule.front {
        let Some(enters) = at(&Happening::Front(front.name.clone())) else { continue };
        let (about, runs, ready) = match &front.stage {
            Stage::Run(run) => (every(run.period), runs(run), enters + run.duration),
            Stage::Delay { most, .. } => {
                (format!("up to {}", super::duration_words(*most)), Vec::new(), enters)
            }
        };
        lanes.push(Lane { name: front.name.clone(), about, runs, enters, ready });
    }
    let mut run_lane = |name: &str, what: &Happening, run: &crate::schedule::Periodic| {
        if let Some(enters) = at(what) {
            let ready = enters + run.duration;
            lanes.push(Lane {
                name: name.to_owned(),
                about: every(run.period),
                runs: runs(run),
                enters,
                ready,
            });
        }
    };
    run_lane("generation", &Happening::Generation, &schedule.generation);
    if let Some(distribution) = &schedule.distribution {
        run_lane("distribution", &Happening::Distribution, distribution);
    }
    let looks = [Happening::DownloadBefore, Happening::EmptyCheck, Happening::Download];
    lanes.push(Lane {
        name: "client".to_owned(),
        about: every(schedule.client.interval),
        runs: timeline
            .events
            .iter()
            .filter(|event| looks.contains(&event.what))
            .map(|event| event.at)
            .collect(),
        enters: timeline.arrival,
        ready: timeline.arrival,
    });
    lanes
}
