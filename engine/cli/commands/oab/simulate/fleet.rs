//! A fleet: who has the change when, and what the downloads weigh.

use std::time::Instant;

use madrigal_oab::drawing::{
    Curve, bars_text, bytes_words, curve_svg, curve_text, duration_words, volume_svg,
};
use madrigal_oab::fleet::{FleetOutcome, FleetParameters, Site, SiteLoad, Sizes, simulate, site_loads};
use madrigal_oab::schedule::{Time, all_phases};
use serde::Serialize;

use super::super::print::{json, line, number};
use super::super::threads::Threads;
use super::super::{OabFailure, folder};
use super::arguments::{FleetArguments, SimulateArguments};
use super::duration::Seconds;
use super::pictures::{Picture, write};
use super::report::{Report, Section};
use super::schedule::{named, schedule};
use crate::output::Format;

#[derive(Serialize)]
struct Document {
    profile: &'static str,
    clients: u64,
    days: u32,
    seed: u64,
    change: Time,
    p50_minutes: Option<u64>,
    p90_minutes: Option<u64>,
    p95_minutes: Option<u64>,
    p99_minutes: Option<u64>,
    mean_minutes: Option<f64>,
    most_minutes: Option<u64>,
    without_change: u64,
    events: u64,
    checks: u64,
    full_downloads: u64,
    patch_downloads: u64,
    failures: u64,
    bytes: u64,
    bytes_per_hour: Vec<u64>,
    sites: Vec<SiteLoad>,
}

pub(super) fn execute(arguments: &SimulateArguments, format: Format) -> Result<(), OabFailure> {
    let parameters = parameters(arguments)?;
    let sites = arguments.fleet.site.iter().map(|site| self::site(site)).collect::<Result<Vec<_>, _>>()?;
    let start = Instant::now();
    let outcome = simulate(&parameters, &Threads::new(arguments.fleet.threads))?;
    let took = start.elapsed().as_secs_f64();
    let loads = site_loads(&outcome, &sites);
    let document = document(named(arguments)?.name, &parameters, &outcome, loads);
    let pictures = pictures(&parameters, &outcome)?;
    write(&arguments.pictures, &pictures)?;
    if let Some(path) = &arguments.pictures.report {
        report(&document, &pictures).write(path)?;
    }
    if format == Format::Json {
        json(&document);
    } else {
        tell(&document, &outcome, arguments.pictures.columns, took);
    }
    Ok(())
}

fn parameters(arguments: &SimulateArguments) -> Result<FleetParameters, OabFailure> {
    let options = &arguments.fleet;
    // Without a time for the change: a Monday, and the worst moment of its day.
    const MONDAY: &str = "2026-01-05T00:00";
    let given = arguments.change.as_deref().or(arguments.start.as_deref());
    let day = Time::parse(given.unwrap_or(MONDAY))?;
    let mut schedule = schedule(arguments, day)?;
    let change = if arguments.change.is_some() { day } else { schedule.generation.at_or_after(day) };
    schedule.client.first_download = change;
    let sizes = sizes(options)?;
    let seconds = |Seconds(seconds): Seconds| u32::try_from(seconds).unwrap_or(u32::MAX);
    Ok(FleetParameters {
        jitter: seconds(options.jitter),
        own_distribution: !options.one_distribution,
        calendar_percent: options.on_percent,
        failures_permille: options.failures,
        retry: seconds(options.retry_failed),
        sizes,
        always_something_new: arguments.client.always_something_new,
        full_threshold: options.full_threshold,
        retention_days: options.diff_retention,
        full_wait: seconds(options.full_wait),
        full_pause: seconds(options.full_pause),
        ..FleetParameters::new(schedule, options.fleet.unwrap_or(1), options.days, options.seed, change)
    })
}

/// The sizes that are given, else those of a published folder: the newest patch carries the change,
/// the one in the middle of the others is an ordinary one.
fn sizes(options: &FleetArguments) -> Result<Sizes, OabFailure> {
    let mut sizes = Sizes::default();
    if let Some(folder) = &options.book {
        let (_, manifest) = folder::manifest(folder)?;
        if let Some(list) = manifest.lists.first() {
            sizes.full = list.full().map_or(0, |full| full.size);
            let mut patches: Vec<u64> = list.diffs().iter().map(|diff| diff.size).collect();
            sizes.change_patch = patches.pop().unwrap_or(sizes.full);
            patches.sort_unstable();
            sizes.patch = patches.get(patches.len() / 2).copied().unwrap_or(sizes.change_patch);
        }
    }
    sizes.full = options.full_bytes.unwrap_or(sizes.full);
    sizes.patch = options.patch_bytes.unwrap_or(sizes.patch);
    sizes.change_patch = options.change_patch_bytes.or(options.patch_bytes).unwrap_or(sizes.change_patch);
    Ok(sizes)
}

fn site(text: &str) -> Result<Site, OabFailure> {
    let wrong =
        || OabFailure::options(format!("\"{text}\" is not a site like Branch:20:100 or Branch:20:100:0.08"));
    let parts: Vec<_> = text.split(':').collect();
    let (name, percent, megabits, price) = match parts.as_slice() {
        [name, percent, megabits] => (name, percent, megabits, &"0"),
        [name, percent, megabits, price] => (name, percent, megabits, price),
        _ => return Err(wrong()),
    };
    let positive = |text: &str| {
        text.parse::<f64>().ok().filter(|number| *number >= 0.0 && number.is_finite()).ok_or_else(wrong)
    };
    let site = Site {
        name: (*name).to_owned(),
        percent: positive(percent)?,
        megabits: positive(megabits)?,
        price: positive(price)?,
    };
    if site.percent > 100.0 || site.megabits <= 0.0 { Err(wrong()) } else { Ok(site) }
}

fn document(
    profile: &'static str,
    parameters: &FleetParameters,
    outcome: &FleetOutcome,
    sites: Vec<SiteLoad>,
) -> Document {
    let percentile = |percent| outcome.percentile_minutes(percent);
    Document {
        profile,
        clients: outcome.clients,
        days: parameters.days,
        seed: parameters.seed,
        change: parameters.change,
        p50_minutes: percentile(50.0),
        p90_minutes: percentile(90.0),
        p95_minutes: percentile(95.0),
        p99_minutes: percentile(99.0),
        mean_minutes: outcome.mean_minutes().map(|mean| (mean * 1_000.0).round() / 1_000.0),
        most_minutes: outcome.most_minutes(),
        without_change: outcome.without,
        events: outcome.events,
        checks: outcome.checks,
        full_downloads: outcome.full_downloads,
        patch_downloads: outcome.patch_downloads,
        failures: outcome.failures,
        bytes: outcome.total_bytes(),
        bytes_per_hour: outcome.bytes_per_hour(),
        sites,
    }
}

fn curve(outcome: &FleetOutcome) -> Curve {
    // A point for every ten minutes is finer than any screen.
    let points = outcome.cumulative().enumerate().filter(|(minute, _)| minute % 10 == 9);
    let points =
        std::iter::once((0.0, 0.0)).chain(points.map(|(minute, part)| ((minute + 1) as f64 / 60.0, part)));
    Curve { label: "this fleet".to_owned(), points: points.collect() }
}

fn words(minutes: Option<u64>) -> String {
    minutes.map_or_else(|| "not by the end".to_owned(), |minutes| duration_words(minutes as i64 * 60))
}

fn tell(document: &Document, outcome: &FleetOutcome, columns: usize, took: f64) {
    let clients = number(document.clients as usize);
    line(&format!(
        "{}: {clients} clients, {} days, change {} {}",
        document.profile,
        document.days,
        document.change.weekday(),
        document.change
    ));
    line("");
    line("who has the change, by hours since it was made");
    line(curve_text(&curve(outcome), columns).trim_end());
    line("");
    line(&format!(
        "half {}, 95 % {}, 99 % {}",
        words(document.p50_minutes),
        words(document.p95_minutes),
        words(document.p99_minutes)
    ));
    line(&format!("the last {}", words(document.most_minutes)));
    if document.without_change > 0 {
        line(&format!("without the change at the end: {}", number(document.without_change as usize)));
    }
    if document.bytes > 0 {
        line("");
        line("downloads, hour by hour");
        line(bars_text(&document.bytes_per_hour, columns).trim_end());
        line(&format!(
            "{} in all: {} whole books, {} times patches",
            bytes_words(document.bytes),
            number(document.full_downloads as usize),
            number(document.patch_downloads as usize)
        ));
    }
    for site in &document.sites {
        line(&format!(
            "{:<16} {:>10}, busiest hour {} Mbit/s ({} % of the line), full for {} h, longest wait {} min, price {}",
            site.site,
            bytes_words(site.bytes),
            site.peak_megabits,
            site.peak_percent,
            site.full_hours,
            site.longest_wait_minutes,
            site.price
        ));
    }
    line(&format!("{} events in {took:.2} s", number(document.events as usize)));
}

fn pictures(parameters: &FleetParameters, outcome: &FleetOutcome) -> Result<Vec<Picture>, OabFailure> {
    let all = all_phases(&parameters.schedule, parameters.change)?;
    let subtitle = format!(
        "{} clients, change {} {}",
        number(outcome.clients as usize),
        parameters.change.weekday(),
        parameters.change.to_string().replace('T', " ")
    );
    let curves = [curve(outcome), super::one::closed_form(&all)];
    let mut pictures =
        vec![Picture { name: "who-has-it", svg: curve_svg("Who has the change", &subtitle, &curves) }];
    if outcome.total_bytes() > 0 {
        let svg = volume_svg(
            "What clients download, hour by hour",
            parameters.start(),
            &outcome.full_bytes,
            &outcome.patch_bytes,
        );
        pictures.push(Picture { name: "downloads", svg });
    }
    Ok(pictures)
}

fn report(document: &Document, pictures: &[Picture]) -> Report {
    let mut report = Report::new("When a change reaches a fleet");
    report.figures([
        ("half of all clients", words(document.p50_minutes)),
        ("95 %", words(document.p95_minutes)),
        ("99 %", words(document.p99_minutes)),
        ("downloads", bytes_words(document.bytes)),
    ]);
    report.note(&format!(
        "{}, {} clients, {} days, seed {}, change {}",
        document.profile,
        number(document.clients as usize),
        document.days,
        document.seed,
        document.change.to_string().replace('T', " ")
    ));
    for picture in pictures {
        report.section(Section { svg: Some(picture.svg.clone()), header: Vec::new(), rows: Vec::new() });
    }
    if !document.sites.is_empty() {
        let row = |site: &SiteLoad| {
            vec![
                site.site.clone(),
                bytes_words(site.bytes),
                format!("{} Mbit/s", site.peak_megabits),
                format!("{} %", site.peak_percent),
                format!("{} h", site.full_hours),
                format!("{} min", site.longest_wait_minutes),
                site.price.to_string(),
            ]
        };
        let header =
            vec!["site", "downloads", "busiest hour", "of the line", "line full", "longest wait", "price"];
        report.section(Section { svg: None, header, rows: document.sites.iter().map(row).collect() });
    }
    report
}
