//! One client: the timeline, the worst case, the bound over all phases.

use madrigal_oab::drawing::{Curve, duration_words, timeline_svg, timeline_text};
use madrigal_oab::schedule::{
    AllPhases, Event, Exact, Schedule, Supremum, Time, Timeline, all_phases, exact, timeline,
};
use serde::Serialize;

use super::super::OabFailure;
use super::super::print::{json, line};
use super::arguments::SimulateArguments;
use super::pictures::{Picture, write};
use super::report::{Report, Section};
use super::schedule::{named, schedule};
use crate::output::Format;

/// What is known of one client.
struct Answer {
    schedule: Schedule,
    timeline: Timeline,
    /// Not there when the periods fall together too seldom.
    exact: Option<Exact>,
    all: AllPhases,
}

#[derive(Serialize)]
struct Document<'a> {
    profile: &'static str,
    start: Time,
    #[serde(flatten)]
    timeline: &'a Timeline,
    worst_case: Option<&'a Exact>,
    #[serde(flatten)]
    supremum: SupremumRow<'a>,
    all_phases: Distribution,
}

#[derive(Serialize)]
struct SupremumRow<'a> {
    #[serde(serialize_with = "madrigal_oab::schedule::minutes")]
    supremum_minutes: i64,
    supremum: &'a Supremum,
}

/// Phases drawn evenly and independently; minutes.
#[derive(Serialize)]
struct Distribution {
    least_minutes: f64,
    mean_minutes: f64,
    p50_minutes: f64,
    p95_minutes: f64,
    p99_minutes: f64,
}

pub(super) fn execute(arguments: &SimulateArguments, format: Format) -> Result<(), OabFailure> {
    let change = match &arguments.change {
        Some(text) => Time::parse(text)?,
        None => now()?,
    };
    let schedule = schedule(arguments, change)?;
    let answer = Answer {
        timeline: timeline(&schedule, change),
        exact: exact(&schedule, change).ok(),
        all: all_phases(&schedule, change)?,
        schedule,
    };
    let pictures = pictures(&answer);
    write(&arguments.pictures, &pictures)?;
    if let Some(path) = &arguments.pictures.report {
        report(arguments, &answer, &pictures).write(path)?;
    }
    if format == Format::Json {
        json(&document(arguments, &answer)?);
    } else {
        tell(arguments, &answer)?;
    }
    Ok(())
}

fn now() -> Result<Time, OabFailure> {
    let now = jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now());
    Ok(Time::parse(&now.strftime("%Y-%m-%dT%H:%M").to_string())?)
}

fn document<'a>(arguments: &SimulateArguments, answer: &'a Answer) -> Result<Document<'a>, OabFailure> {
    let minutes = |seconds: f64| (seconds / 60.0 * 1_000.0).round() / 1_000.0;
    let all = &answer.all;
    Ok(Document {
        profile: named(arguments)?.name,
        start: answer.schedule.client.first_download,
        timeline: &answer.timeline,
        worst_case: answer.exact.as_ref(),
        supremum: SupremumRow { supremum_minutes: all.supremum.latency, supremum: &all.supremum },
        all_phases: Distribution {
            least_minutes: minutes(all.infimum()),
            mean_minutes: minutes(all.mean()),
            p50_minutes: minutes(all.percentile(0.5)),
            p95_minutes: minutes(all.percentile(0.95)),
            p99_minutes: minutes(all.percentile(0.99)),
        },
    })
}

fn tell(arguments: &SimulateArguments, answer: &Answer) -> Result<(), OabFailure> {
    let columns = arguments.pictures.columns;
    line(&format!("{}: {}", named(arguments)?.name, named(arguments)?.about));
    line("");
    line(timeline_text(&answer.schedule, &answer.timeline, columns).trim_end());
    line("");
    answer.timeline.events.iter().for_each(|event| line(&sentence(event)));
    line(&format!("{:<16}  {} after the change", "", duration_words(answer.timeline.latency)));
    line("");
    match &answer.exact {
        Some(exact) => {
            let worst = &exact.worst;
            line(&format!(
                "worst with these phases   {:<14} a change {} {} arrives {} {}",
                duration_words(worst.latency),
                worst.change.weekday(),
                worst.change.clock(),
                worst.arrival.weekday(),
                worst.arrival.clock()
            ));
            let percentile = |wanted| {
                exact.percentiles.iter().find(|(percent, _)| *percent == wanted).map_or(0, |row| row.1)
            };
            line(&format!(
                "best, mean, half, 95 %    {}, {}, {}, {}",
                duration_words(exact.best),
                duration_words(round_minute(exact.mean)),
                duration_words(percentile(50)),
                duration_words(percentile(95))
            ));
        }
        None => line("worst with these phases   not known: the periods fall together too seldom"),
    }
    let all = &answer.all;
    line(&format!(
        "bound over all phases     {:<14} mean {}, 95 % within {}",
        duration_words(all.supremum.latency),
        duration_words(round_minute(all.mean())),
        duration_words(round_minute(all.percentile(0.95)))
    ));
    Ok(())
}

fn round_minute(seconds: f64) -> i64 {
    (seconds / 60.0).round() as i64 * 60
}

fn sentence(event: &Event) -> String {
    format!("{:<9} {:<8}  {}", event.at.weekday(), event.at.clock(), event.words)
}

fn pictures(answer: &Answer) -> Vec<Picture> {
    let mut pictures = vec![Picture {
        name: "timeline",
        svg: timeline_svg(&answer.schedule, &answer.timeline, "From the change to the client"),
    }];
    if let Some(exact) = &answer.exact {
        let svg = timeline_svg(&answer.schedule, &exact.worst, "The worst case with these phases");
        pictures.push(Picture { name: "worst-case", svg });
    }
    let supremum = &answer.all.supremum;
    let svg = timeline_svg(&supremum.schedule, &supremum.witness, "Next to the bound over all phases");
    pictures.push(Picture { name: "supremum", svg });
    let curve = closed_form(&answer.all);
    let subtitle = "phases of servers and client drawn evenly and independently, exact";
    let svg = madrigal_oab::drawing::curve_svg("Who has the change, over all phases", subtitle, &[curve]);
    pictures.push(Picture { name: "all-phases", svg });
    pictures
}

/// The distribution over all phases as a curve.
pub(super) fn closed_form(all: &AllPhases) -> Curve {
    const POINTS: i64 = 480;
    let most = all.supremum.latency as f64;
    let points = (0..=POINTS).map(|n| most * n as f64 / POINTS as f64);
    let points = points.map(|seconds| (seconds / 3_600.0, all.cumulative(seconds))).collect();
    Curve { label: "exact, over all phases".to_owned(), points }
}

fn report(arguments: &SimulateArguments, answer: &Answer, pictures: &[Picture]) -> Report {
    let mut report = Report::new("When a change reaches a client");
    let worst = answer.exact.as_ref().map(|exact| exact.worst.latency);
    report.figures([
        ("this change", duration_words(answer.timeline.latency)),
        ("worst, these phases", worst.map_or_else(|| "not known".to_owned(), duration_words)),
        ("bound, all phases", duration_words(answer.all.supremum.latency)),
        ("mean, all phases", duration_words(round_minute(answer.all.mean()))),
    ]);
    report.note(
        &named(arguments).map(|profile| format!("{}: {}", profile.name, profile.about)).unwrap_or_default(),
    );
    let rows = |timeline: &Timeline| {
        let row = |event: &Event| {
            vec![event.at.weekday().to_owned(), event.at.to_string().replace('T', " "), event.words.clone()]
        };
        timeline.events.iter().map(row).collect::<Vec<_>>()
    };
    let timelines = [
        Some(&answer.timeline),
        answer.exact.as_ref().map(|exact| &exact.worst),
        Some(&answer.all.supremum.witness),
    ];
    // The pictures come in the order of the timelines; the last one, a curve, has none.
    let mut timelines = timelines.into_iter().flatten();
    for picture in pictures {
        let rows = timelines.next().map(rows).unwrap_or_default();
        report.section(Section {
            svg: Some(picture.svg.clone()),
            header: vec!["day", "time", "what happens"],
            rows,
        });
    }
    report
}
