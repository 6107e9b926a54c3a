//! From options to a schedule.

use madrigal_oab::schedule::{
    Calendar, EmptyCheck, FrontStage, PROFILES, Periodic, Profile, Schedule, Stage, Time, profile,
};

use super::super::OabFailure;
use super::super::print::{json, line};
use super::arguments::{ClientArguments, SimulateArguments, StageArguments};
use super::duration::{Delay, Seconds, TimeOfDay};
use crate::output::Format;

/// The profile of the options.
pub(super) fn named(arguments: &SimulateArguments) -> Result<&'static Profile, OabFailure> {
    profile(&arguments.profile).ok_or_else(|| {
        let names: Vec<_> = PROFILES.iter().map(|profile| profile.name).collect();
        let problem =
            format!("there is no profile \"{}\"; there are {}", arguments.profile, names.join(", "));
        OabFailure::options(problem)
    })
}

/// The schedule of the options, for a change at a given time.
pub(super) fn schedule(arguments: &SimulateArguments, change: Time) -> Result<Schedule, OabFailure> {
    let first_download = match &arguments.start {
        Some(text) => Time::parse(text)?,
        None => Profile::usual_first_download(change),
    };
    let mut schedule = named(arguments)?.schedule(first_download);
    front(&arguments.stages, &mut schedule);
    runs(&arguments.stages, &mut schedule);
    client(&arguments.client, &mut schedule)?;
    schedule.check()?;
    Ok(schedule)
}

/// Midnight of some day: phases repeat themselves.
const MIDNIGHT: Time = Time(0);

fn front(stages: &StageArguments, schedule: &mut Schedule) {
    let mut push = |name: &str, stage| schedule.front.push(FrontStage { name: name.to_owned(), stage });
    let run = |Seconds(period): Seconds, TimeOfDay(at): TimeOfDay, Seconds(duration): Seconds| {
        Stage::Run(Periodic { period, phase: MIDNIGHT + at, duration })
    };
    let delay = |Delay { least, most }: Delay| Stage::Delay { least, most };
    if let Some(every) = stages.sync_every {
        push("sync-run", run(every, stages.sync_at, stages.sync_takes));
    }
    if let Some(replication) = stages.replication {
        push("replication", delay(replication));
    }
    if let Some(every) = stages.entra_every {
        push("entra-connect", run(every, stages.entra_at, stages.entra_takes));
    }
    if let Some(forward) = stages.forward_sync {
        push("forward-sync", delay(forward));
    }
}

fn runs(stages: &StageArguments, schedule: &mut Schedule) {
    let set = |run: &mut Periodic, every: Option<Seconds>, at: Option<TimeOfDay>, takes: Seconds| {
        if let Some(Seconds(period)) = every {
            run.period = period;
        }
        if let Some(TimeOfDay(at)) = at {
            run.phase = MIDNIGHT + at;
        }
        run.duration = takes.0;
    };
    set(&mut schedule.generation, stages.generation_every, stages.generation_at, stages.generation_takes);
    if stages.distribution_every == Some(Seconds(0)) {
        schedule.distribution = None;
    } else if schedule.distribution.is_some() || stages.distribution_every.is_some() {
        let none = Periodic { period: 1, phase: MIDNIGHT, duration: 0 };
        let run = schedule.distribution.get_or_insert(none);
        set(run, stages.distribution_every, stages.distribution_at, stages.distribution_takes);
    }
}

fn client(options: &ClientArguments, schedule: &mut Schedule) -> Result<(), OabFailure> {
    let client = &mut schedule.client;
    if let Some(Seconds(interval)) = options.client_every {
        client.interval = interval;
    }
    if let Some(Seconds(retry)) = options.retry_empty {
        client.empty_check = EmptyCheck::RetriesAfter(retry);
    }
    client.always_something_new = options.always_something_new;
    if let Some(hours) = &options.on {
        client.calendar = Some(calendar(hours, &options.on_days)?);
    }
    Ok(())
}

fn calendar(hours: &str, days: &str) -> Result<Calendar, OabFailure> {
    let wrong = || OabFailure::options(format!("\"{hours}\" are not hours like 8-18"));
    let (from, to) = hours.split_once('-').ok_or_else(wrong)?;
    let hour = |text: &str| text.trim().trim_end_matches(":00").parse::<u8>().map_err(|_| wrong());
    Ok(Calendar::new(hour(from)?, hour(to)?, weekdays(days)?)?)
}

fn weekdays(text: &str) -> Result<[bool; 7], OabFailure> {
    const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let wrong = || OabFailure::options(format!("\"{text}\" are not days like mon-fri or mon,wed,fri"));
    let index = |name: &str| {
        let name = name.trim().to_ascii_lowercase();
        NAMES.iter().position(|known| name.starts_with(known)).ok_or_else(wrong)
    };
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (index(first)?, index(last)?);
        // A span may go over the end of the week: sat-mon.
        let length = (last + 7 - first) % 7;
        for (day, on) in days.iter_mut().enumerate() {
            *on |= (day + 7 - first) % 7 <= length;
        }
    }
    Ok(days)
}

/// Names the profiles.
pub(super) fn tell_profiles(format: Format) {
    if format == Format::Json {
        let rows: Vec<_> = PROFILES
            .iter()
            .map(|profile| serde_json::json!({ "name": profile.name, "aliases": profile.aliases, "about": profile.about }))
            .collect();
        json(&serde_json::json!({ "profiles": rows }));
        return;
    }
    for profile in PROFILES {
        line(&format!("{:<20} {}", profile.name, profile.about));
        if !profile.aliases.is_empty() {
            line(&format!("{:<20} also: {}", "", profile.aliases.join(", ")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_week() {
        let shown = |text: &str| {
            weekdays(text)
                .map(|days| days.map(|on| if on { 'x' } else { '.' }).iter().collect::<String>())
                .ok()
        };
        for (text, expected) in [
            ("mon-fri", Some("xxxxx..")),
            ("mon,wed,Friday", Some("x.x.x..")),
            ("sat-mon", Some("x....xx")),
            ("sun", Some("......x")),
            ("someday", None),
        ] {
            assert_eq!(shown(text).as_deref(), expected, "{text}");
        }
        assert!(calendar("8-18", "mon-fri").is_ok());
        assert!(calendar("18-8", "mon-fri").is_err());
        assert!(calendar("8", "mon-fri").is_err());
    }
}
