//! Schedules as products come with them.

use super::{ClientPolicy, DAY, EmptyCheck, HOUR, Periodic, Schedule, Time};

/// A named schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// What it describes.
    pub about: &'static str,
    generation_hours: i64,
    generation_at: i64,
    distribution_hours: Option<(i64, i64)>,
    client_hours: i64,
}

/// Every profile.
pub const PROFILES: &[Profile] = &[
    Profile {
        name: "exchange-2010",
        aliases: &["lync-online-2015", "exchange-2007"],
        about: "generation at 05:00, distribution every 480 minutes (03:00, 11:00, 19:00), client every 24 hours",
        generation_hours: 24,
        generation_at: 5,
        distribution_hours: Some((8, 3)),
        client_hours: 24,
    },
    Profile {
        name: "exchange-2013+",
        aliases: &["exchange-2013", "exchange-2016", "exchange-2019", "exchange-se"],
        about: "generation every 8 hours, fetched from where it is made, client every 24 hours",
        generation_hours: 8,
        generation_at: 0,
        distribution_hours: None,
        client_hours: 24,
    },
    Profile {
        name: "exchange-online",
        aliases: &["exchange-online-24"],
        about: "generation every 8 hours inside the service, client every 24 hours",
        generation_hours: 8,
        generation_at: 0,
        distribution_hours: None,
        client_hours: 24,
    },
    Profile {
        name: "exchange-online-48",
        aliases: &[],
        about: "the same with the client's interval of 48 hours that newer texts give",
        generation_hours: 8,
        generation_at: 0,
        distribution_hours: None,
        client_hours: 48,
    },
];

/// The profile of a name or an alias.
pub fn profile(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| {
        profile.name.eq_ignore_ascii_case(name)
            || profile.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
    })
}

impl Profile {
    /// The schedule, with a client whose first download is given.
    pub fn schedule(&self, first_download: Time) -> Schedule {
        let midnight = Time(0);
        let run =
            |hours: i64, at: i64| Periodic { period: hours * HOUR, phase: midnight + at * HOUR, duration: 0 };
        Schedule {
            front: Vec::new(),
            generation: run(self.generation_hours, self.generation_at),
            distribution: self.distribution_hours.map(|(hours, at)| run(hours, at)),
            client: ClientPolicy {
                interval: self.client_hours * HOUR,
                first_download,
                empty_check: EmptyCheck::Restarts,
                calendar: None,
                always_something_new: false,
            },
        }
    }

    /// The usual first download before a change: nine o'clock on the same day or the day before.
    pub fn usual_first_download(change: Time) -> Time {
        let nine = change.midnight() + 9 * HOUR;
        if nine <= change { nine } else { nine + -DAY }
    }
}
