use super::*;
use crate::schedule::{Calendar, EmptyCheck, FrontStage, Stage, Time, all_phases, profile};
use crate::work::InOrder;

fn time(text: &str) -> Time {
    Time::parse(text).unwrap()
}

fn fleet(name: &str, change: &str, clients: u64, days: u32) -> FleetParameters {
    let change = time(change);
    FleetParameters::new(profile(name).unwrap().schedule(change), clients, days, 1, change)
}

/// Jobs in the reverse order, as threads might finish them.
struct Backwards;

impl Spread for Backwards {
    fn run<T: Send, J: Fn(usize) -> T + Sync>(&self, jobs: usize, job: J) -> Vec<T> {
        let mut results: Vec<T> = (0..jobs).rev().map(job).collect();
        results.reverse();
        results
    }
}

#[test]
fn the_order_of_jobs_does_not_matter() {
    let fleet = fleet("exchange-2010", "2026-11-23T05:00", 100_000, 7);
    assert_eq!(simulate(&fleet, &InOrder), simulate(&fleet, &Backwards));
    let other = FleetParameters { seed: 2, ..fleet.clone() };
    assert_ne!(simulate(&fleet, &InOrder), simulate(&other, &InOrder));
}

#[test]
fn the_worst_moment_for_a_large_fleet() {
    // 24 hours to the next generation, up to 8 of distribution, up to 24 of the client: half have it
    // within 40, and the corner of 8 by 24 hours in which the sum is over 48 is a sixth of all.
    let outcome = simulate(&fleet("exchange-2010", "2026-11-23T05:00", 200_000, 30), &InOrder).unwrap();
    let hours = |percent| outcome.percentile_minutes(percent).unwrap() as f64 / 60.0;
    assert!((hours(50.0) - 40.0).abs() < 0.2, "{}", hours(50.0));
    assert!((hours(99.0) - 54.1).abs() < 0.2, "{}", hours(99.0));
    let late = 1.0 - outcome.cumulative().nth(48 * 60).unwrap();
    assert!((late - 1.0 / 6.0).abs() < 0.01, "{late}");
    assert!((29.0..=31.0).contains(&(outcome.events as f64 / 200_000.0)));
    assert!(outcome.most_minutes().unwrap() < 57 * 60, "24 + 8 + 24 hours and one of jitter");
    assert_eq!(outcome.without, 0);
}

#[test]
fn without_jitter_it_is_the_closed_form() {
    for name in ["exchange-2010", "exchange-online", "exchange-online-48"] {
        let mut fleet = fleet(name, "2026-11-25T12:34", 100_000, 9);
        fleet.jitter = 0;
        // The generation's phase is fixed here: what is left to chance are distribution and client.
        let generation = fleet.schedule.generation;
        let wait = (generation.after(fleet.change) - fleet.change) as f64;
        let mut rest = fleet.schedule.clone();
        rest.generation.period = 1;
        let closed = all_phases(&rest, fleet.change).unwrap();
        let outcome = simulate(&fleet, &InOrder).unwrap();
        for percent in [5.0, 50.0, 95.0] {
            let expected = (wait + closed.percentile(percent / 100.0)) / 60.0;
            let found = outcome.percentile_minutes(percent).unwrap() as f64;
            assert!((found - expected).abs() < 15.0, "{name} p{percent}: {found} for {expected}");
        }
    }
}

/// The general way gives what the fast way gives.
#[test]
fn both_ways_agree() {
    let fast = fleet("exchange-2010", "2026-11-23T05:00", 50_000, 6);
    let slow = FleetParameters { full_wait: 1, ..fast.clone() };
    let (fast, slow) = (simulate(&fast, &InOrder).unwrap(), simulate(&slow, &InOrder).unwrap());
    for percent in [1.0, 25.0, 50.0, 75.0, 99.0] {
        let of = |outcome: &FleetOutcome| outcome.percentile_minutes(percent).unwrap() as f64;
        assert!((of(&fast) - of(&slow)).abs() < 20.0, "p{percent}: {} {}", of(&fast), of(&slow));
    }
}

#[test]
fn a_mass_change_makes_everybody_fetch_the_whole_book() {
    let sizes = |change_patch| Sizes { full: 1_000, patch: 10, change_patch };
    let with = |change_patch, full_threshold| {
        let mut fleet = fleet("exchange-online", "2026-11-23T05:00", 2_000, 4);
        fleet.sizes = sizes(change_patch);
        fleet.always_something_new = true;
        fleet.full_threshold = full_threshold;
        simulate(&fleet, &InOrder).unwrap()
    };
    let small = with(20, 0.5);
    assert_eq!((small.full_downloads, small.without), (0, 0));
    assert!(small.patch_downloads > 4_000);
    let mass = with(500, 0.5);
    assert_eq!(mass.full_downloads, 2_000, "each once");
    assert_eq!(mass.full_bytes.iter().sum::<u64>(), 2_000_000);
    assert_eq!(with(400, 1.0).full_downloads, 0);
    assert_eq!(with(140, 0.125).full_downloads, 2_000);
    assert_eq!(mass.total_bytes(), mass.bytes_per_hour().iter().sum::<u64>());
}

#[test]
fn machines_that_are_off_get_it_later() {
    let mut office = fleet("exchange-online", "2026-11-27T12:00", 20_000, 7);
    let always = simulate(&office, &InOrder).unwrap();
    office.schedule.client.calendar = Some(Calendar::office());
    let office = simulate(&office, &InOrder).unwrap();
    assert!(always.percentile_minutes(95.0).unwrap() < 32 * 60);
    let p95 = office.percentile_minutes(95.0).unwrap();
    assert!(p95 > 67 * 60, "Friday noon to Monday morning, and later: {p95}");
    assert_eq!(office.without, 0);
}

#[test]
fn everything_else_that_may_happen() {
    let mut fleet = fleet("exchange-2010", "2026-11-23T14:00", 5_000, 10);
    fleet.failures_permille = 200;
    fleet.schedule.client.empty_check = EmptyCheck::RetriesAfter(3_600);
    fleet.full_pause = 13 * 3_600;
    fleet.sizes = Sizes { full: 100, patch: 1, change_patch: 60 };
    fleet
        .schedule
        .front
        .push(FrontStage { name: "replication".to_owned(), stage: Stage::Delay { least: 0, most: 900 } });
    let outcome = simulate(&fleet, &InOrder).unwrap();
    assert!((800..1_800).contains(&outcome.failures), "{}", outcome.failures);
    assert_eq!((outcome.without, outcome.full_downloads), (0, 5_000));
    for change in [
        |fleet: &mut FleetParameters| fleet.days = 0,
        |fleet: &mut FleetParameters| fleet.clients = 0,
        |fleet: &mut FleetParameters| fleet.jitter = 90_000,
        |fleet: &mut FleetParameters| fleet.failures_permille = 1_000,
        |fleet: &mut FleetParameters| fleet.retry = 0,
    ] {
        let mut wrong = fleet.clone();
        change(&mut wrong);
        assert_eq!(simulate(&wrong, &InOrder).map_err(|error| error.code()).err(), Some("MDR-O010"));
    }
}

#[test]
fn lines_fill_up() {
    let mut outcome = simulate(&fleet("exchange-online", "2026-11-23T05:00", 10, 1), &InOrder).unwrap();
    outcome.full_bytes = vec![450_000_000 * 3, 0, 0, 0];
    outcome.patch_bytes = vec![0; 4];
    let site = |megabits| Site { name: "Branch".to_owned(), percent: 50.0, megabits, price: 0.1 };
    let loads = site_loads(&outcome, &[site(1.0), site(100.0)]);
    assert_eq!((loads[0].full_hours, loads[0].peak_percent), (1, 150.0));
    assert_eq!((loads[0].bytes, loads[0].price, loads[0].longest_wait_minutes), (675_000_000, 0.068, 30.0));
    assert_eq!((loads[1].full_hours, loads[1].longest_wait_minutes), (0, 0.0));
}
