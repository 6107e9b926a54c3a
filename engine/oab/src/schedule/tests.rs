use proptest::prelude::*;

use super::time::MINUTE;
use super::*;

fn time(text: &str) -> Time {
    Time::parse(text).unwrap()
}

fn named(name: &str, first_download: &str) -> Schedule {
    profile(name).unwrap().schedule(time(first_download))
}

const CHANGE: &str = "2026-11-23T14:00";
const FIRST: &str = "2026-11-23T09:00";

fn rows(timeline: &Timeline) -> Vec<(String, String)> {
    let row = |event: &Event| {
        (format!("{} {}", event.at.weekday(), event.at.clock()), event.what.word().to_owned())
    };
    timeline.events.iter().map(row).collect()
}

#[test]
fn the_published_example_event_for_event() {
    let timeline = timeline(&named("exchange-2010", FIRST), time(CHANGE));
    let expected = [
        ("Monday 09:00", "download"),
        ("Monday 14:00", "change"),
        ("Tuesday 05:00", "generation"),
        ("Tuesday 09:00", "check"),
        ("Tuesday 11:00", "distribution"),
        ("Wednesday 09:00", "download"),
    ];
    assert_eq!(rows(&timeline), expected.map(|(at, what)| (at.to_owned(), what.to_owned())));
    assert_eq!(timeline.latency, 43 * HOUR);
}

#[test]
fn when_all_readers_see_it() {
    let (first, last) = readers_see_it(&named("exchange-2010", FIRST), time(CHANGE));
    assert_eq!((first, last), (time("2026-11-24T11:00"), time("2026-11-25T11:00")));
}

#[test]
fn the_worst_case_of_the_published_phases() {
    let exact = exact(&named("exchange-2010", FIRST), time(CHANGE)).unwrap();
    assert_eq!(exact.worst.latency, 52 * HOUR);
    assert_eq!(exact.worst.change, time("2026-11-23T05:00"));
    assert_eq!(timeline(&named("exchange-2010", FIRST), exact.worst.change).latency, 52 * HOUR);
    assert_eq!(exact.worst.arrival, time("2026-11-25T09:00"));
    assert_eq!((exact.best, exact.mean), (28 * HOUR, (40 * HOUR) as f64));
    assert_eq!(exact.percentiles.first(), Some(&(50, 40 * HOUR)));
    assert_eq!(exact.period, DAY);
}

#[test]
fn bounds_over_all_phases() {
    for (name, hours, mean) in [
        ("exchange-2010", 56, 28.0),
        ("lync-online-2015", 56, 28.0),
        ("exchange-2013+", 32, 16.0),
        ("exchange-online", 32, 16.0),
        ("exchange-online-48", 56, 28.0),
    ] {
        let schedule = named(name, FIRST);
        let all = all_phases(&schedule, time(CHANGE)).unwrap();
        assert_eq!(all.supremum.latency, hours * HOUR, "{name}");
        assert!((all.mean() / HOUR as f64 - mean).abs() < 1e-9, "{name}");
        let missing = all.supremum.latency - all.supremum.witness.latency;
        assert!((0..MINUTE).contains(&missing), "{name}: {missing} s short");
        let worst = exact(&all.supremum.schedule, time(CHANGE)).unwrap().worst.latency;
        assert_eq!(worst, all.supremum.witness.latency, "{name}: the witness is the worst of its own phases");
    }
}

#[test]
fn ties() {
    let schedule = named("exchange-2010", FIRST);
    for (change, arrival) in [
        ("2026-11-23T04:59:59", "2026-11-24T09:00"),
        ("2026-11-23T05:00", "2026-11-25T09:00"),
        ("2026-11-23T05:00:01", "2026-11-25T09:00"),
    ] {
        assert_eq!(timeline(&schedule, time(change)).arrival, time(arrival), "{change}");
    }
    // A check at the very second of the distribution finds the book.
    let at_eleven = named("exchange-2010", "2026-11-23T11:00");
    assert_eq!(timeline(&at_eleven, time(CHANGE)).arrival, time("2026-11-24T11:00"));
}

#[test]
fn a_check_in_vain_may_be_repeated_soon() {
    let mut schedule = named("exchange-2010", FIRST);
    schedule.client.empty_check = EmptyCheck::RetriesAfter(HOUR);
    let timeline = timeline(&schedule, time(CHANGE));
    assert_eq!(timeline.arrival, time("2026-11-24T11:00"));
    assert_eq!(rows(&timeline).iter().filter(|row| row.1 == "check").count(), 2);
    schedule.client.always_something_new = true;
    // Every morning's book keeps the client on its day: it finds the one of the day before.
    assert_eq!(super::timeline(&schedule, time("2026-11-30T14:00")).arrival, time("2026-12-02T09:00"));
}

#[test]
fn a_machine_that_is_off_at_the_weekend() {
    let mut schedule = named("exchange-online", "2026-11-23T17:30");
    schedule.client.calendar = Some(Calendar::office());
    let timeline = timeline(&schedule, time("2026-11-27T17:45"));
    assert_eq!(timeline.arrival, time("2026-11-30T08:00"));
    let all = all_phases(&schedule, time(CHANGE)).unwrap();
    // From Friday at eight, when it comes on, to Monday at eight; and 8 hours of generation.
    assert_eq!(all.supremum.latency, (72 + 8) * HOUR);
    let missing = all.supremum.latency - all.supremum.witness.latency;
    assert!((0..MINUTE).contains(&missing), "{missing} s short");
}

#[test]
fn stages_in_front_are_hops_too() {
    let mut schedule = named("exchange-2010", FIRST);
    let run = |period, phase: &str, duration| Stage::Run(Periodic { period, phase: time(phase), duration });
    schedule.front = vec![
        FrontStage { name: "sync-run".to_owned(), stage: run(DAY, "2026-11-23T03:00", 10 * MINUTE) },
        FrontStage { name: "replication".to_owned(), stage: Stage::Delay { least: 15, most: 15 * MINUTE } },
        FrontStage {
            name: "entra-connect".to_owned(),
            stage: run(30 * MINUTE, "2026-11-23T00:00", 5 * MINUTE),
        },
    ];
    let expected = [
        ("Monday 09:00", "download"),
        ("Monday 14:00", "change"),
        ("Tuesday 03:00", "sync-run"),
        ("Tuesday 03:25", "replication"),
        ("Tuesday 03:30", "entra-connect"),
        ("Tuesday 05:00", "generation"),
        ("Tuesday 09:00", "check"),
        ("Tuesday 11:00", "distribution"),
        ("Wednesday 09:00", "download"),
    ];
    let timeline = timeline(&schedule, time(CHANGE));
    assert_eq!(rows(&timeline), expected.map(|(at, what)| (at.to_owned(), what.to_owned())));
    let all = all_phases(&schedule, time(CHANGE)).unwrap();
    assert_eq!(all.supremum.latency, 56 * HOUR + DAY + 10 * MINUTE + 15 * MINUTE + 30 * MINUTE + 5 * MINUTE);
    assert!(all.supremum.latency - all.supremum.witness.latency < MINUTE);
}

#[test]
fn schedules_without_meaning_are_refused() {
    let edit = |change: &dyn Fn(&mut Schedule)| {
        let mut schedule = named("exchange-2010", FIRST);
        change(&mut schedule);
        exact(&schedule, time(CHANGE)).map_err(|error| error.code()).err()
    };
    assert_eq!(edit(&|_| ()), None);
    assert_eq!(edit(&|schedule| schedule.generation.period = 0), Some("MDR-O010"));
    assert_eq!(edit(&|schedule| schedule.generation.duration = -1), Some("MDR-O010"));
    assert_eq!(edit(&|schedule| schedule.client.interval = 0), Some("MDR-O010"));
    assert_eq!(edit(&|schedule| schedule.client.empty_check = EmptyCheck::RetriesAfter(0)), Some("MDR-O010"));
    let coprime = |schedule: &mut Schedule| {
        schedule.generation.period = 86_399;
        schedule.client.interval = 86_381;
        schedule.distribution = Some(Periodic { period: 28_807, phase: Time(0), duration: 0 });
    };
    assert_eq!(edit(&coprime), Some("MDR-O010"));
    assert!(Calendar::new(9, 9, [true; 7]).is_err());
    assert!(Calendar::new(9, 17, [false; 7]).is_err());
}

/// Any small schedule, in seconds, so that all of its times can be tried one by one.
fn any_schedule() -> impl Strategy<Value = Schedule> {
    let periodic = || {
        (2i64..40, 0i64..100, 0i64..8).prop_map(|(period, phase, duration)| Periodic {
            period,
            phase: Time(phase),
            duration,
        })
    };
    let stage = prop_oneof![
        periodic().prop_map(Stage::Run),
        (0i64..9).prop_map(|delay| Stage::Delay { least: delay, most: delay }),
    ];
    let front = proptest::collection::vec(
        stage.prop_map(|stage| FrontStage { name: "front".to_owned(), stage }),
        0..3,
    );
    let empty_check = prop_oneof![Just(EmptyCheck::Restarts), (1i64..20).prop_map(EmptyCheck::RetriesAfter)];
    let client = (2i64..50, 1_000i64..1_100, empty_check, any::<bool>());
    (front, periodic(), proptest::option::of(periodic()), client).prop_map(
        |(front, generation, distribution, client)| {
            let (interval, first, empty_check, always_something_new) = client;
            let client = ClientPolicy {
                interval,
                first_download: Time(first),
                empty_check,
                calendar: None,
                always_something_new,
            };
            Schedule { front, generation, distribution, client }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Every second of the transient and of one full period, one by one.
    #[test]
    fn exact_agrees_with_trying_everything(schedule in any_schedule()) {
        let Ok(exact) = exact(&schedule, Time(1_000)) else { return Ok(()) };
        if exact.period > 20_000 {
            return Ok(());
        }
        let first = schedule.client.first_download;
        let all: Vec<i64> = (0..exact.period + 300).map(|second| timeline(&schedule, first + second).latency).collect();
        // Times are whole seconds here, so a latency stands for the second before it too.
        let (worst, best) = (all.iter().copied().max().unwrap(), all.iter().copied().min().unwrap() - 1);
        prop_assert!(exact.worst.latency >= worst && exact.best <= best);
        prop_assert_eq!(timeline(&schedule, exact.worst.change).latency, exact.worst.latency);
        // A client that comes back soon may take longer than is tried here until it repeats itself.
        if schedule.client.empty_check == EmptyCheck::Restarts {
            prop_assert_eq!((exact.worst.latency, exact.best), (worst, best));
        }
        if schedule.client.empty_check == EmptyCheck::Restarts {
            let round: Vec<i64> = (0..exact.period)
                .map(|second| timeline(&schedule, first + 5 * exact.period + second).latency)
                .collect();
            let mean = round.iter().sum::<i64>() as f64 / round.len() as f64 - 0.5;
            prop_assert!((exact.mean - mean).abs() < 1e-6, "{} {}", exact.mean, mean);
            for (percent, latency) in &exact.percentiles {
                let within = |limit: i64| round.iter().filter(|&&l| l <= limit).count() * 100;
                prop_assert!(within(*latency) >= round.len() * usize::from(*percent));
                prop_assert!(within(*latency - 1) < round.len() * usize::from(*percent));
            }
        }
        if schedule.client.empty_check == EmptyCheck::Restarts {
            let bound = all_phases(&schedule, Time(1_000)).unwrap().supremum;
            prop_assert!(exact.worst.latency <= bound.latency);
            prop_assert!(bound.latency - bound.witness.latency < MINUTE);
        }
    }

    /// The distribution over all phases against phases drawn evenly.
    #[test]
    fn distribution_over_all_phases_agrees_with_drawing_phases(schedule in any_schedule()) {
        let mut schedule = schedule;
        schedule.client.empty_check = EmptyCheck::Restarts;
        let widen = |run: &mut Periodic| run.period *= 1_000;
        widen(&mut schedule.generation);
        schedule.distribution.iter_mut().for_each(widen);
        schedule.client.interval *= 1_000;
        for front in &mut schedule.front {
            if let Stage::Run(run) = &mut front.stage {
                widen(run);
            }
        }
        let all = all_phases(&schedule, Time(1_000)).unwrap();
        let mut state = 1u64;
        let mut draw = |below: i64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as i64 % below
        };
        let mut latencies: Vec<i64> = (0..4_000)
            .map(|_| {
                let mut shifted = schedule.clone();
                let mut shift = |run: &mut Periodic| run.phase = Time(draw(run.period));
                shift(&mut shifted.generation);
                shifted.distribution.iter_mut().for_each(&mut shift);
                for front in &mut shifted.front {
                    if let Stage::Run(run) = &mut front.stage {
                        shift(run);
                    }
                }
                shifted.client.first_download = Time(draw(schedule.client.interval));
                timeline(&shifted, Time(1_000_000)).latency
            })
            .collect();
        latencies.sort_unstable();
        for part in [0.1, 0.5, 0.9] {
            let limit = all.percentile(part);
            let within = latencies.partition_point(|&latency| latency as f64 <= limit) as f64 / 4_000.0;
            prop_assert!((within - part).abs() < 0.045, "{} of {}", within, part);
        }
        prop_assert!(latencies.last().copied().unwrap() <= all.supremum.latency);
    }
}
