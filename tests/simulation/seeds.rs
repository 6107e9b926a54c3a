//! Many seeds, and what they covered.
//!
//! `MADRIGAL_SEEDS=0..10000 cargo test --release -p madrigal-run --test simulation histories -- --nocapture` runs ten thousand;
//! `MADRIGAL_SEED=17` runs one, and with `MADRIGAL_TRACE=1` tells what happened and what the engine wrote.

use std::io::Write;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use madrigal_sync::Safeguards;

use super::random::{Failure, run};
use super::world::Counts;

/// Seeds of every test run.
const SEEDS: Range<u64> = 0..400;

/// Seeds that are known to break an invariant: defects that are open, each with what is known of it. One that passes must
/// be taken off the list.
const OPEN: [u64; 0] = [];

fn chosen() -> Range<u64> {
    let number = |text: &str| -> u64 { text.trim().parse().unwrap_or_else(|_| panic!("no seed: {text:?}")) };
    if let Ok(seed) = std::env::var("MADRIGAL_SEED") {
        let seed = number(&seed);
        return seed..seed + 1;
    }
    match std::env::var("MADRIGAL_SEEDS") {
        Ok(range) => {
            let (first, end) =
                range.split_once("..").unwrap_or_else(|| panic!("MADRIGAL_SEEDS is FIRST..END"));
            number(first)..number(end)
        }
        Err(_) => SEEDS,
    }
}

/// Runs the seeds on every processor; the failures in the order of their seeds, at most `enough`.
pub(super) fn run_all(seeds: Range<u64>, safeguards: Safeguards, enough: usize) -> (Counts, Vec<Failure>) {
    let next = AtomicU64::new(seeds.start);
    let found: Mutex<(Counts, Vec<Failure>)> = Mutex::default();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end || found.lock().unwrap().1.len() >= enough {
                        return;
                    }
                    let outcome =
                        std::panic::catch_unwind(|| run(seed, safeguards)).unwrap_or_else(|panic| {
                            let text = panic.downcast_ref::<String>().cloned().unwrap_or_default();
                            Err(Failure { seed, invariant: "no-panic".to_owned(), text })
                        });
                    let mut found = found.lock().unwrap();
                    match outcome {
                        Ok(counts) => {
                            for (event, count) in counts {
                                *found.0.entry(event).or_default() += count;
                            }
                        }
                        Err(failure) => found.1.push(failure),
                    }
                }
            });
        }
    });
    let (counts, mut failures) = found.into_inner().unwrap();
    failures.sort_by_key(|failure| failure.seed);
    (counts, failures)
}

#[test]
fn histories_by_chance() {
    let seeds = chosen();
    let range = seeds.clone();
    let many = seeds.end - seeds.start;
    let began = Instant::now();
    let (counts, failures) = run_all(seeds, Safeguards::ALL, 20);
    let seconds = began.elapsed().as_secs_f64();
    // Past the capture of test output: the counts are meant to be seen.
    let mut out = std::io::stderr().lock();
    for (event, count) in &counts {
        let _ = writeln!(out, "{count:>10}  {event}");
    }
    let _ = writeln!(out, "{many} seeds in {seconds:.1} s, {:.0} seeds/s", many as f64 / seconds);
    for failure in &failures {
        let _ =
            writeln!(out, "MADRIGAL_SEED={} breaks {}: {}", failure.seed, failure.invariant, failure.text);
    }
    let failed: Vec<u64> = failures.iter().map(|failure| failure.seed).collect();
    let open: Vec<u64> = OPEN.into_iter().filter(|seed| range.contains(seed)).collect();
    assert_eq!(failed, open, "the seeds that fail are those that are known to");
}
