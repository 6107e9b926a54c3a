//! The lines of sites: how full a mass of downloads makes them, and what it costs.

use serde::Serialize;

use super::FleetOutcome;

/// A site with a part of the fleet behind one line.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// Its name.
    pub name: String,
    /// Part of the fleet, percent.
    pub percent: f64,
    /// Speed of its line, megabits in a second.
    pub megabits: f64,
    /// Price of a gigabyte.
    pub price: f64,
}

/// What the downloads do to a site's line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SiteLoad {
    /// The site.
    pub site: String,
    /// Bytes over the whole time.
    pub bytes: u64,
    /// The bill.
    pub price: f64,
    /// What clients ask for in the busiest hour, megabits in a second.
    pub peak_megabits: f64,
    /// That in percent of the line.
    pub peak_percent: f64,
    /// Hours in which the line is full from beginning to end.
    pub full_hours: u32,
    /// The longest time that bytes wait for the line, minutes.
    pub longest_wait_minutes: f64,
}

/// Spreads a fleet's downloads over its sites. What does not fit an hour waits for the next.
pub fn site_loads(outcome: &FleetOutcome, sites: &[Site]) -> Vec<SiteLoad> {
    sites.iter().map(|site| load(outcome, site)).collect()
}

fn load(outcome: &FleetOutcome, site: &Site) -> SiteLoad {
    const BYTES_A_MEGABIT: f64 = 125_000.0;
    let an_hour = (site.megabits * BYTES_A_MEGABIT * 3_600.0).max(1.0);
    let mut waiting = 0.0;
    let (mut sum, mut peak, mut longest, mut full_hours) = (0.0, 0.0f64, 0.0f64, 0);
    for bytes in outcome.bytes_per_hour() {
        let bytes = bytes as f64 * site.percent / 100.0;
        sum += bytes;
        peak = peak.max(bytes);
        let wanted = waiting + bytes;
        full_hours += u32::from(wanted >= an_hour);
        waiting = f64::max(0.0, wanted - an_hour);
        longest = longest.max(waiting / an_hour * 60.0);
    }
    let round = |value: f64| (value * 1_000.0).round() / 1_000.0;
    SiteLoad {
        site: site.name.clone(),
        bytes: sum as u64,
        price: round(sum / 1e9 * site.price),
        peak_megabits: round(peak / BYTES_A_MEGABIT / 3_600.0),
        peak_percent: round(peak / an_hour * 100.0),
        full_hours,
        longest_wait_minutes: round(longest),
    }
}
