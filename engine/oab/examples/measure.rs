//! Measures what the crate does: `measure [PEOPLE [FILE]]` (100,000 without it; the uncompressed book
//! goes into the file, for other compressors), then a fleet of a million clients.
//!
//! Times are wall-clock on two threads, `cpu` that of all threads since the start; `peak` is the
//! process's largest resident size.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "an example is a shell around the pure crate"
)]

use std::time::{Duration, Instant};

use madrigal_oab::Limits;
use madrigal_oab::book::{BookBuilder, BookHeader, SizeLimits};
use madrigal_oab::container::{Packing, pack, unpack};
use madrigal_oab::directory::{Outcome, RecipientMapping};
use madrigal_oab::fleet::{FleetParameters, simulate};
use madrigal_oab::lzxd::Level;
use madrigal_oab::patch;
use madrigal_oab::property::PropertyList;
use madrigal_oab::schedule::{Time, profile};
use madrigal_oab::work::Spread;

#[path = "shared/people.rs"]
mod people;

struct TwoThreads;

impl Spread for TwoThreads {
    fn run<T: Send, J: Fn(usize) -> T + Sync>(&self, jobs: usize, job: J) -> Vec<T> {
        let next = std::sync::atomic::AtomicUsize::new(0);
        let take = || {
            let mut done = Vec::new();
            loop {
                let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if index >= jobs {
                    return done;
                }
                done.push((index, job(index)));
            }
        };
        let mut all = std::thread::scope(|scope| {
            let other = scope.spawn(take);
            let mut own = take();
            own.extend(other.join().unwrap_or_default());
            own
        });
        all.sort_by_key(|(index, _)| *index);
        all.into_iter().map(|(_, result)| result).collect()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count: u32 = std::env::args().nth(1).map_or(Ok(100_000), |count| count.parse())?;
    let mapping = RecipientMapping::new(&PropertyList::default());
    // People are made up in batches, outside of the time that is measured.
    let list = |changed: &dyn Fn(u32) -> bool| {
        let mut builder = BookBuilder::new(&PropertyList::default(), SizeLimits::default());
        let mut took = Duration::ZERO;
        for first in (0..count).step_by(10_000) {
            let batch: Vec<_> =
                (first..count.min(first + 10_000)).map(|n| people::person(n, changed(n))).collect();
            let start = Instant::now();
            for entry in &batch {
                if let Outcome::Listed { record, .. } = mapping.map(entry) {
                    builder.push(record);
                }
            }
            took += start.elapsed();
        }
        (builder, took)
    };
    let header = |sequence| BookHeader {
        name: "\\Global Address List".to_owned(),
        distinguished_name: "/".to_owned(),
        sequence,
        container_guid: "2e3eaccd-85a0-4abe-84f8-603a49801bb6".to_owned(),
        root_department: None,
    };
    let (builder, mapped) = list(&|_| false);
    let build = Instant::now();
    let book = builder.finish(&header(1)).bytes;
    let records = mapped + build.elapsed();
    line(&format!("records of {count} people: {} bytes", book.len()), records);
    let start = Instant::now();
    let full = pack(&book, Packing::default(), &TwoThreads);
    report(&format!("packed, 32 KiB blocks: {} bytes ({})", full.len(), part(full.len(), book.len())), start);
    line("build with compression, both", records + start.elapsed());
    for (name, packing) in [
        ("level 0", Packing { level: Level::Uncompressed, ..Packing::default() }),
        ("level 1, 256 KiB blocks", Packing { block_bytes: 0x4_0000, ..Packing::default() }),
    ] {
        let start = Instant::now();
        let packed = pack(&book, packing, &TwoThreads);
        report(
            &format!("packed, {name}: {} bytes ({})", packed.len(), part(packed.len(), book.len())),
            start,
        );
    }
    let start = Instant::now();
    let unpacked = unpack(&full, Limits::default())?;
    report(
        &format!("unpacked on one thread, {}", if unpacked.bytes == book { "same" } else { "DIFFERENT" }),
        start,
    );
    drop(unpacked);

    let changed = list(&|n| n % 100 == 7).0.finish(&header(2)).bytes;
    let start = Instant::now();
    let patch = patch::build(&book, &changed, &TwoThreads)?;
    report(
        &format!("patch of 1 %: {} bytes ({} of full)", patch.len(), part(patch.len(), full.len())),
        start,
    );
    let start = Instant::now();
    let applied = patch::apply(&patch, &book, Limits::default())?;
    report(&format!("applied, {}", if applied.bytes == changed { "same" } else { "DIFFERENT" }), start);
    if let Some(path) = std::env::args().nth(2) {
        std::fs::write(path, &book)?;
    }

    let change = Time::parse("2026-11-23T05:00")?;
    let schedule = profile("exchange-2010").ok_or("no profile")?.schedule(change);
    let fleet = FleetParameters::new(schedule, 1_000_000, 30, 1, change);
    for _ in 0..3 {
        let start = Instant::now();
        let outcome = simulate(&fleet, &TwoThreads)?;
        let p = |percent| outcome.percentile_minutes(percent).unwrap_or(0);
        report(&format!("fleet: {} events, p50 {} min, p99 {} min", outcome.events, p(50.0), p(99.0)), start);
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("peak: {}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("?"));
    Ok(())
}

fn report(what: &str, since: Instant) {
    line(what, since.elapsed());
}

fn line(what: &str, took: Duration) {
    println!("{:9.3} s  (cpu {:7.2} s)  {what}", took.as_secs_f64(), processor_seconds());
}

fn part(small: usize, large: usize) -> String {
    format!("{:.2} %", 100.0 * small as f64 / large.max(1) as f64)
}

/// Processor time of the process so far: on a busy machine the only time that says something.
fn processor_seconds() -> f64 {
    const TICKS_A_SECOND: f64 = 100.0;
    let status = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = status.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    let ticks: f64 = fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / TICKS_A_SECOND
}
