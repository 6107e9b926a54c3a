//! When the readers of an offline address book will see what is planned for it, and what they will fetch.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::tz::TimeZone;
use madrigal_model::{
    AttributeName, ChangeKind, ConnectorId, Entry, EntryBuilder, ObjectKey, PendingExport, Timestamp, Value,
    ValueRef,
};
use madrigal_oab::book::Record;
use madrigal_oab::directory::{DirectoryEntry, Outcome, RecipientMapping};
use madrigal_oab::drawing::bytes_words;
use madrigal_oab::property::PropertyList;
use madrigal_oab::publish::{Edit, Forecast, forecast};
use madrigal_oab::schedule::{Profile, Schedule, Time, profile, readers_see_it};
use madrigal_run::{Engine, Plan};
use serde_json::{Value as Json, json};

use super::simulate::duration::{Seconds, TimeOfDay};
use super::threads::Threads;
use super::{OabFailure, folder, properties};
use crate::config::{AddressBook, Config};
use crate::error::CommandError;
use crate::output::names::referred;
use crate::output::style;

/// From when on the first reader of a directory has a change that is written now, and by when the last has it.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    from: Time,
    until: Time,
    zone: String,
    profile: String,
}

/// What the readers of one directory's book see of a plan.
#[derive(Clone, Debug)]
pub(crate) struct Readers {
    /// The directory.
    pub connector: String,
    window: Window,
    planned: u64,
    /// How many of the changes are in the book at all.
    in_book: u64,
    /// What clients will fetch; none where it is not known where the book is published.
    fetched: Option<Fetched>,
}

/// What clients will fetch.
#[derive(Clone, Debug)]
enum Fetched {
    Patch(Forecast),
    /// No book is published in the folder.
    FirstBook(String),
    /// The published book cannot be read.
    Unreadable(String),
}

/// How many pending changes are looked at at once.
const PAGE: u32 = 2_000;

/// What every directory's readers will see of the plan, if it is written now; directories without a schedule and those
/// for which nothing is planned are left out.
///
/// # Errors
/// [`OabFailure::Options`] for a schedule that cannot be; the store's.
pub(crate) async fn of_plan(
    engine: &Engine,
    config: &Config,
    plan: &Plan,
    now: Timestamp,
) -> Result<Vec<Readers>, CommandError> {
    let mut all = Vec::new();
    for connector in plan.connectors.iter().filter(|connector| connector.tally.counts.total() > 0) {
        let settings = config.connector.get(&connector.name).and_then(|c| c.offline_address_book.as_ref());
        let Some(settings) = settings else { continue };
        let window = window(&connector.name, settings, now)?;
        let list = properties::read(settings.properties.as_ref().map(|path| config.path(path)).as_deref())?;
        let edits = edits(engine, connector.connector, &list).await?;
        let in_book = edits.len() as u64;
        let fetched = settings.folder.as_ref().filter(|_| in_book > 0).map(|folder| {
            fetched(&config.path(folder), &list, edits)
                .unwrap_or_else(|error| Fetched::Unreadable(format!("{}: {error}", error.code())))
        });
        let planned = connector.tally.counts.total();
        all.push(Readers { connector: connector.name.clone(), window, planned, in_book, fetched });
    }
    Ok(all)
}

fn fetched(published: &Path, list: &PropertyList, edits: Vec<Edit>) -> Result<Fetched, OabFailure> {
    Ok(match folder::previous(published, madrigal_oab::Limits::default())? {
        Some(previous) => Fetched::Patch(forecast(&previous, list, edits, &Threads::new(None))?),
        None => {
            let folder = published.file_name().unwrap_or(published.as_os_str());
            Fetched::FirstBook(folder.to_string_lossy().into_owned())
        }
    })
}

/// Whether every schedule of the configuration can be.
///
/// # Errors
/// [`OabFailure::Options`] for the first that cannot.
pub(crate) fn check(config: &Config) -> Result<(), OabFailure> {
    for (name, connector) in &config.connector {
        if let Some(settings) = &connector.offline_address_book {
            window(name, settings, Timestamp::from_millis(0))?;
        }
    }
    Ok(())
}

/// The window of a directory for a change that is written at `now`.
///
/// # Errors
/// [`OabFailure::Options`] for a schedule that cannot be.
pub(crate) fn window(connector: &str, settings: &AddressBook, now: Timestamp) -> Result<Window, OabFailure> {
    let place = |problem: String| {
        OabFailure::options(format!("connector.{connector}.offline-address-book: {problem}"))
    };
    let (zone, name) = zone(settings).map_err(place)?;
    let written = jiff::Timestamp::from_millisecond(now.as_millis()).unwrap_or_default();
    let written = zone.to_datetime(written).round(jiff::Unit::Second).unwrap_or_default();
    let written = Time::parse(&written.to_string())?;
    let (from, until) = readers_see_it(&schedule(settings, written).map_err(place)?, written);
    Ok(Window { from, until, zone: name, profile: settings.profile.clone() })
}

fn zone(settings: &AddressBook) -> Result<(TimeZone, String), String> {
    match &settings.time_zone {
        Some(name) => TimeZone::get(name)
            .map(|zone| (zone, name.clone()))
            .map_err(|_| format!("there is no time zone \"{name}\"; names are like Europe/Berlin")),
        None => {
            let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
            let name = zone.iana_name().unwrap_or("UTC").to_owned();
            Ok((zone, name))
        }
    }
}

fn schedule(settings: &AddressBook, change: Time) -> Result<Schedule, String> {
    let known = profile(&settings.profile).ok_or_else(|| {
        format!(
            "there is no profile \"{}\"; `madrigal oab simulate --list-profiles` names them",
            settings.profile
        )
    })?;
    let mut schedule = known.schedule(Profile::usual_first_download(change));
    if let Some(every) = &settings.generation_every {
        schedule.generation.period = every.parse::<Seconds>()?.0;
    }
    if let Some(at) = &settings.generation_at {
        schedule.generation.phase = Time(at.parse::<TimeOfDay>()?.0);
    }
    if let Some(every) = &settings.client_every {
        schedule.client.interval = every.parse::<Seconds>()?.0;
    }
    schedule.check().map_err(|error| error.to_string())?;
    Ok(schedule)
}

/// Every pending change that alters what the book says, as the records before and after it.
async fn edits(
    engine: &Engine,
    connector: ConnectorId,
    list: &PropertyList,
) -> Result<Vec<Edit>, CommandError> {
    let mapping = RecipientMapping::new(list);
    let guid = AttributeName::intern("objectGUID").map_err(|error| OabFailure::options(error.to_string()))?;
    let (mut edits, mut after) = (Vec::new(), None);
    loop {
        let page = engine.pending(connector, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(edits) };
        after = Some(last.export.identity);
        let key = |anchor: &madrigal_model::Anchor| ObjectKey::new(connector, anchor.clone());
        let mut keys: Vec<ObjectKey> =
            page.iter().filter_map(|record| record.export.anchor.as_ref().map(key)).collect();
        let changes = page.iter().flat_map(|record| &record.export.changes);
        keys.extend(changes.flat_map(|change| &change.new).filter_map(|value| referred(value, connector)));
        keys.sort_unstable();
        keys.dedup();
        let stored = engine.store().objects(&keys).await?;
        let known: BTreeMap<ObjectKey, _> =
            keys.into_iter().zip(stored).filter_map(|(key, stored)| Some((key, stored?.object))).collect();
        let name = |anchor: &[u8]| {
            let key = ObjectKey::new(connector, madrigal_model::Anchor::new(anchor));
            known.get(&key).map(|object| object.dn.to_string())
        };
        for record in &page {
            let export = &record.export;
            let object = export.anchor.as_ref().and_then(|anchor| known.get(&key(anchor)));
            let before = object.and_then(|object| listed(&mapping, object.dn.as_str(), &object.entry, &name));
            let after = (export.kind != ChangeKind::Delete)
                .then(|| changed(object.map(|object| &object.entry), export, guid))
                .and_then(|entry| {
                    let dn = export.new_dn.as_ref().unwrap_or(&export.dn);
                    listed(&mapping, dn.as_str(), &entry, &name)
                });
            if before != after {
                edits.push(Edit { before, after });
            }
        }
    }
}

/// The entry as the change will leave it.
fn changed(entry: Option<&Entry>, export: &PendingExport, guid: AttributeName) -> Entry {
    let mut builder = EntryBuilder::default();
    let is_changed = |name| export.changes.iter().any(|change| change.attribute == name);
    for (attribute, values) in entry.into_iter().flat_map(Entry::iter).filter(|(name, _)| !is_changed(*name))
    {
        values.iter().for_each(|value| builder.add(attribute, value.to_value()));
    }
    for change in &export.changes {
        change.new.iter().for_each(|value| builder.add(change.attribute, value.clone()));
    }
    if entry.is_none() {
        // What the server will give it: a GUID is as large as any other, and packs as badly.
        builder.add(guid, Value::Bytes(export.identity.to_bytes().into()));
    }
    builder.build()
}

/// The record of an entry, if it is in the book.
fn listed(
    mapping: &RecipientMapping,
    dn: &str,
    entry: &Entry,
    name: &impl Fn(&[u8]) -> Option<String>,
) -> Option<Record> {
    let mut listed = DirectoryEntry::new(dn);
    for (attribute, values) in entry.iter() {
        for value in values.iter() {
            match value {
                ValueRef::Object(anchor) => {
                    if let Some(dn) = name(anchor) {
                        listed.add(attribute.as_str(), dn);
                    }
                }
                other => {
                    if let Some(octets) = other.as_octets() {
                        listed.add(attribute.as_str(), octets);
                    }
                }
            }
        }
    }
    match mapping.map(&listed) {
        Outcome::Listed { record, .. } => Some(record),
        Outcome::Hidden | Outcome::NoRecipient => None,
    }
}

impl Window {
    /// In words: `between Tue 09:00 and Wed 09:00`.
    pub(crate) fn words(&self) -> String {
        let day = |time: Time| {
            format!("{} {} {}", time.weekday().get(..3).unwrap_or_default(), time.date(), time.clock())
        };
        format!("between {} and {} ({})", day(self.from), day(self.until), self.zone)
    }

    /// For scripts.
    pub(crate) fn json(&self) -> Json {
        let time = |time: Time| format!("{}T{}", time.date(), time.clock());
        json!({ "from": time(self.from), "until": time(self.until), "time-zone": self.zone, "profile": self.profile })
    }
}

impl Readers {
    /// For scripts: when, how many of the changes, and what clients fetch.
    pub(crate) fn json(&self) -> Json {
        let mut object = self.window.json();
        if let Some(object) = object.as_object_mut() {
            object.insert("planned".to_owned(), json!(self.planned));
            object.insert("in-book".to_owned(), json!(self.in_book));
            match &self.fetched {
                Some(Fetched::Patch(forecast)) => {
                    object.insert("patch-bytes".to_owned(), json!(forecast.patch_bytes));
                    object.insert("full-bytes".to_owned(), json!(forecast.full_bytes));
                    object.insert("fetches-full".to_owned(), json!(forecast.fetches_full()));
                }
                Some(Fetched::FirstBook(_)) => {
                    object.insert("fetches-full".to_owned(), json!(true));
                }
                Some(Fetched::Unreadable(problem)) => {
                    object.insert("problem".to_owned(), json!(problem));
                }
                None => {}
            }
        }
        object
    }

    /// For people: a line or two.
    pub(crate) fn print(&self) {
        let name = style::bold(&self.connector);
        if self.in_book == 0 {
            say!("  {name}: nothing of it is in the offline address book.");
            return;
        }
        let what = match (self.in_book, self.planned) {
            (in_book, planned) if in_book == planned => "it".to_owned(),
            (in_book, planned) => format!("{in_book} of the {planned} changes"),
        };
        say!("  {name}: every cached-mode Outlook has {what} {}", self.window.words());
        match &self.fetched {
            Some(Fetched::Patch(forecast)) => {
                let percent = forecast.patch_bytes as f64 * 100.0 / forecast.full_bytes.max(1) as f64;
                let (patch, full) = (bytes_words(forecast.patch_bytes), bytes_words(forecast.full_bytes));
                if forecast.fetches_full() {
                    let warning = format!(
                        "Every client will fetch the whole book, {full}: the patch would be {patch}, over half of it."
                    );
                    say!("    {}", style::warn(&warning));
                } else {
                    say!(
                        "    {}",
                        style::dim(&format!(
                            "each client fetches a patch of {patch}, {percent:.1} % of the book"
                        ))
                    );
                }
            }
            Some(Fetched::FirstBook(folder)) => {
                let told = format!("no book is published in {folder} yet: every client fetches it whole");
                say!("    {}", style::dim(&told));
            }
            Some(Fetched::Unreadable(problem)) => {
                say!("    {}", style::warn(&format!("The published book cannot be looked at: {problem}")));
            }
            None => {}
        }
    }
}
