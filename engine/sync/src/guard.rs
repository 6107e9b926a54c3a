//! The guard: counts what is planned for each target and stops what is too much to be meant.
//!
//! A hide counts as a delete when it is planned, for a wrong scope hides everybody today and would delete them after the
//! grace period. A first load is not stopped by the limit on adds.

use std::collections::BTreeMap;
use std::fmt;

use madrigal_model::{Approval, AttributeName, ChangeCounts, ChangeKind, ConnectorId, PendingExport};

/// A limit on one kind of change: by number, by percent of our contacts in the target, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// At most so many; none: any number.
    pub count: Option<u64>,
    /// At most so many of a hundred; none: any share.
    pub percent: Option<u64>,
}

/// The limits of one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// New contacts, once a target has some.
    pub adds: Limit,
    /// Changes of contacts that stay.
    pub updates: Limit,
    /// Deletes and hides.
    pub deletes: Limit,
    /// Contacts of others that become ours.
    pub adopts: Limit,
    /// Contacts that lose their last value of one attribute, for each attribute.
    pub clears: Limit,
    /// Percents count only when more than so many changes are planned: in a small directory one person is a large
    /// share.
    pub percent_from: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            adds: Limit { count: None, percent: None },
            updates: Limit { count: None, percent: None },
            deletes: Limit { count: Some(500), percent: Some(10) },
            adopts: Limit { count: Some(500), percent: None },
            clears: Limit { count: None, percent: Some(20) },
            percent_from: 10,
        }
    }
}

/// What is planned for one target, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// By kind of change.
    pub counts: ChangeCounts,
    /// By attribute: how many contacts lose their last value of it.
    pub clears: BTreeMap<AttributeName, u64>,
}

impl Tally {
    /// Counts one planned export.
    pub fn count(&mut self, export: &PendingExport) {
        self.counts.count(export.kind);
        if matches!(export.kind, ChangeKind::Add | ChangeKind::Delete | ChangeKind::Unhide) {
            return;
        }
        for change in export.changes.iter().filter(|change| change.new.is_empty() && !change.old.is_empty()) {
            *self.clears.entry(change.attribute).or_default() += 1;
        }
    }
}

/// A limit that a plan goes past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The target.
    pub connector: ConnectorId,
    /// The limit's name, as the configuration and `--accept-limit` name it.
    pub limit: String,
    /// How many changes are planned.
    pub planned: u64,
    /// How many contacts we have there.
    pub of: u64,
    /// How many would be let through.
    pub allowed: u64,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, planned, of, allowed, .. } = self;
        write!(f, "limit \"{limit}\": {planned} of {of} contacts, at most {allowed} are let through")
    }
}

/// What one limit says of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// The limit's name within the target: `deletes`, `clears.title`.
    pub limit: String,
    /// How many changes are planned that it counts.
    pub planned: u64,
    /// How many it would let through; none: any number.
    pub allowed: Option<u64>,
}

/// What every limit says of what is planned for a target; `contacts` is how many of ours are there.
#[must_use]
pub fn measures(tally: &Tally, contacts: u64, limits: &Limits) -> Vec<Measure> {
    let of = |kind| tally.counts.of(kind);
    let adds = if contacts == 0 { 0 } else { of(ChangeKind::Add) };
    let updates =
        [ChangeKind::Modify, ChangeKind::Rename, ChangeKind::Move, ChangeKind::Unhide].map(of).iter().sum();
    let deletes = of(ChangeKind::Delete) + of(ChangeKind::Hide);
    let counted = [
        ("adds", adds, limits.adds),
        ("updates", updates, limits.updates),
        ("deletes", deletes, limits.deletes),
        ("adopts", of(ChangeKind::Adopt), limits.adopts),
    ];
    let counted = counted.into_iter().map(|(name, planned, limit)| (name.to_owned(), planned, limit));
    let clears =
        tally.clears.iter().map(|(attribute, count)| (format!("clears.{attribute}"), *count, limits.clears));
    let measure = |(limit, planned, most)| {
        let allowed = allowed(most, contacts, limits.percent_from);
        Measure { limit, planned, allowed }
    };
    counted.chain(clears).map(measure).collect()
}

/// The limits that what is planned for a target goes past; `contacts` is how many of ours are there.
#[must_use]
pub fn stops(connector: ConnectorId, tally: &Tally, contacts: u64, limits: &Limits) -> Vec<Stop> {
    let passed = measures(tally, contacts, limits).into_iter().filter_map(|measure| {
        let Measure { limit, planned, allowed } = measure;
        let allowed = allowed.filter(|allowed| planned > *allowed)?;
        Some(Stop { connector, limit, planned, of: contacts, allowed })
    });
    passed.collect()
}

/// How many changes a limit lets through; none: any number.
#[must_use]
pub fn allowed(limit: Limit, of: u64, percent_from: u64) -> Option<u64> {
    let by_percent = limit.percent.map(|percent| (of.saturating_mul(percent) / 100).max(percent_from));
    match (limit.count, by_percent) {
        (Some(count), Some(by_percent)) => Some(count.min(by_percent)),
        (count, by_percent) => count.or(by_percent),
    }
}

/// Lets a plan through that goes past no limit.
///
/// # Errors
/// The limits that it goes past; `accepted` names those that somebody answered for.
pub fn approve(stops: Vec<Stop>, accepted: &[String]) -> Result<Approval, Vec<Stop>> {
    let refused: Vec<Stop> = stops.into_iter().filter(|stop| !accepted.contains(&stop.limit)).collect();
    if refused.is_empty() { Ok(Approval::granted_by_the_guard()) } else { Err(refused) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(planned: &[(ChangeKind, u64)], contacts: u64, expected: &[&str]) {
        let mut tally = Tally::default();
        for (kind, count) in planned {
            (0..*count).for_each(|_| tally.counts.count(*kind));
        }
        let limits = Limits { adds: Limit { count: None, percent: Some(50) }, ..Limits::default() };
        let stopped: Vec<String> =
            stops(ConnectorId(1), &tally, contacts, &limits).into_iter().map(|stop| stop.limit).collect();
        assert_eq!(stopped, expected, "{planned:?} of {contacts}");
    }

    #[test]
    fn what_is_too_much() {
        use ChangeKind::{Add, Adopt, Delete, Hide, Modify};
        check(&[(Add, 1_000_000)], 0, &[]);
        check(&[(Add, 60)], 100, &["adds"]);
        check(&[(Hide, 11)], 100, &["deletes"]);
        check(&[(Hide, 10)], 100, &[]);
        check(&[(Hide, 6), (Delete, 5)], 100, &["deletes"]);
        check(&[(Delete, 2)], 2, &[]);
        check(&[(Delete, 501)], 100_000, &["deletes"]);
        check(&[(Modify, 100)], 100, &[]);
        check(&[(Adopt, 501)], 0, &["adopts"]);
        check(&[(Adopt, 500)], 100, &[]);
    }

    #[test]
    fn blanking_one_attribute_on_many() {
        let phone = AttributeName::intern("telephoneNumber").unwrap();
        let mut tally = Tally::default();
        tally.clears.insert(phone, 30);
        let stopped = stops(ConnectorId(1), &tally, 100, &Limits::default());
        assert_eq!(stopped.first().map(|stop| stop.limit.as_str()), Some("clears.telephoneNumber"));
        assert!(stops(ConnectorId(1), &tally, 200, &Limits::default()).is_empty());
        assert!(approve(stopped, &["clears.telephoneNumber".to_owned()]).is_ok());
    }
}
