//! One entry, now or at a time, with how each value is known.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use madrigal_model::{ConnectorId, Timestamp};
use madrigal_run::{Known, Then, ValueThen};
use serde_json::{Value, json};

use crate::commands::object::Reading;
use crate::error::CommandError;
use crate::output::changes::because;
use crate::output::layout::{WIDTH, cell, cut, wrapped};
use crate::output::names::Names;
use crate::output::style;

/// How wide an attribute's name may be.
const ATTRIBUTE: usize = 28;
/// How wide it may be how a value is known.
const KNOWN: usize = 15;

/// What is shown.
pub(crate) struct Shown {
    pub name: String,
    pub connector: String,
    pub id: Option<ConnectorId>,
    /// None: now.
    pub as_of: Option<Timestamp>,
    /// When the directory was last read.
    pub last_import: Option<Timestamp>,
    /// Whether it is a contact of ours: of others nothing earlier is kept.
    pub is_contact: bool,
    pub then: Then,
}

/// For a person.
pub(crate) async fn text(reading: &Reading, shown: &Shown) -> Result<String, CommandError> {
    let mut out = format!("{}\n", style::bold(&shown.name));
    let when = match (shown.as_of, shown.last_import) {
        (Some(time), _) => format!("as of {time}"),
        (None, Some(read)) => format!("as the import of {read} saw it"),
        (None, None) => "now".to_owned(),
    };
    let _ = writeln!(out, "{}", style::dim(&format!("  in {}, {when}", shown.connector)));
    let (dn, values) = match &shown.then {
        Then::There { dn, values } => (dn, values),
        other => {
            let _ = writeln!(out, "  {}", not_there(other));
            return Ok(out);
        }
    };
    let _ = writeln!(out, "{}\n", style::dim(&format!("  {dn}")));
    let names = match shown.id {
        Some(id) => Names::of_values(reading, id, values.iter().flat_map(|value| &value.values)).await?,
        None => Names::default(),
    };
    for value in values {
        one(&mut out, &names, shown, value);
    }
    if shown.as_of.is_some() {
        out.push('\n');
    }
    let named = if shown.as_of.is_some() { runs(values) } else { Vec::new() };
    for line in named.iter().chain(&caveats(shown, values)).flat_map(|caveat| wrapped(caveat, 2)) {
        let _ = writeln!(out, "{}", style::dim(&line));
    }
    Ok(out)
}

fn one(out: &mut String, names: &Names, shown: &Shown, value: &ValueThen) {
    let id = shown.id.unwrap_or(ConnectorId(0));
    let texts: Vec<String> = value.values.iter().map(|value| names.value(value, id)).collect();
    let name = cell(value.attribute.as_str(), ATTRIBUTE);
    let known = if shown.as_of.is_some() { known_text(&value.known) } else { String::new() };
    let room = WIDTH - ATTRIBUTE - 3;
    let (first, rest) =
        texts.split_first().map_or(("(none)", &[][..]), |(first, rest)| (first.as_str(), rest));
    let first = if known.is_empty() {
        cut(first, room)
    } else {
        format!("{} {}", cell(first, room - KNOWN - 1), style::dim(&known))
    };
    let _ = writeln!(out, "  {name} {first}");
    for text in rest {
        let _ = writeln!(out, "  {:ATTRIBUTE$} {}", "", cut(text, room - KNOWN - 1));
    }
    if let Known::WrittenThenOther { later, .. } = &value.known
        && shown.as_of.is_some()
    {
        let later = cut(&format!("others made it {}", names.values(later, id)), room);
        let _ = writeln!(out, "  {:ATTRIBUTE$} {}", "", style::warn(&later));
    }
}

/// How a value is known, in few words.
fn known_text(known: &Known) -> String {
    match known {
        Known::Written { run, .. } | Known::WrittenThenOther { run, .. } => format!("run {}", run.0),
        Known::FoundLater { run, .. } => format!("found by run {}", run.0),
        Known::SeenNow => "seen now".to_owned(),
    }
}

/// The runs that are named, each with its time.
fn runs(values: &[ValueThen]) -> Vec<String> {
    let mut runs: BTreeMap<u64, Timestamp> = BTreeMap::new();
    for value in values {
        match &value.known {
            Known::Written { run, at }
            | Known::WrittenThenOther { run, at, .. }
            | Known::FoundLater { run, at } => {
                runs.insert(run.0, *at);
            }
            Known::SeenNow => {}
        }
    }
    runs.into_iter().map(|(run, at)| format!("Run {run}: {at}.")).collect()
}

fn not_there(then: &Then) -> String {
    match then {
        Then::NotYet { run, at } => format!("It was not there yet: run {} made it at {at}.", run.0),
        Then::Deleted { run, at, reason } => {
            let why = reason.map(|reason| format!(", because {}", because(reason))).unwrap_or_default();
            format!("It was not there any more: run {} deleted it at {at}{why}.", run.0)
        }
        Then::Unknown | Then::There { .. } => {
            "Neither the audit log nor a directory knows anything of it.".to_owned()
        }
    }
}

/// What cannot be known, in words.
fn caveats(shown: &Shown, values: &[ValueThen]) -> Vec<String> {
    let Some(time) = shown.as_of else { return Vec::new() };
    let mut caveats = Vec::new();
    let is = |wanted: fn(&Known) -> bool| values.iter().any(|value| wanted(&value.known));
    if !shown.is_contact {
        let read = shown.last_import.map(|read| format!(" at {read}")).unwrap_or_default();
        if shown.last_import.is_none_or(|read| time < read) {
            caveats.push(format!(
                "It is not ours, so no earlier state of it is kept: this is what the last import{read} saw. What it held at {time} cannot be known from here."
            ));
        }
        return caveats;
    }
    if is(|known| matches!(known, Known::SeenNow)) {
        caveats.push(
            "What is only seen now was never written by us: whether it was there then cannot be known."
                .to_owned(),
        );
    }
    if is(|known| matches!(known, Known::WrittenThenOther { .. })) {
        caveats.push(
            "Where others changed a value that we had written, it is not known when: it was the one or the other.".to_owned(),
        );
    }
    if is(|known| matches!(known, Known::FoundLater { .. })) {
        caveats.push("What a later run found was there before that run; since when is not known.".to_owned());
    }
    caveats
}

/// For a program.
pub(crate) fn as_json(shown: &Shown) -> Value {
    let mut object = json!({
        "name": shown.name,
        "connector": shown.connector,
        "as_of": shown.as_of.map(|time| time.to_string()),
        "last_import": shown.last_import.map(|time| time.to_string()),
    });
    let state = match &shown.then {
        Then::There { dn, values } => {
            let all = values.iter().map(value_json).collect::<Vec<_>>();
            json!({ "state": "there", "dn": dn.as_str(), "attributes": all, "not_known": caveats(shown, values) })
        }
        Then::NotYet { run, at } => json!({ "state": "not-yet", "made_by": run.0, "at": at.to_string() }),
        Then::Deleted { run, at, reason } => {
            json!({ "state": "deleted", "deleted_by": run.0, "at": at.to_string(), "reason": reason })
        }
        Then::Unknown => json!({ "state": "unknown" }),
    };
    if let (Some(object), Value::Object(state)) = (object.as_object_mut(), state) {
        object.extend(state);
    }
    object
}

fn value_json(value: &ValueThen) -> Value {
    let known = match &value.known {
        Known::Written { run, at } => json!({ "how": "written", "run": run.0, "at": at.to_string() }),
        Known::WrittenThenOther { run, at, later } => {
            json!({ "how": "written-then-other", "run": run.0, "at": at.to_string(), "later": later })
        }
        Known::FoundLater { run, at } => json!({ "how": "found-later", "run": run.0, "at": at.to_string() }),
        Known::SeenNow => json!({ "how": "seen-now" }),
    };
    json!({ "attribute": value.attribute, "values": value.values, "known": known })
}
