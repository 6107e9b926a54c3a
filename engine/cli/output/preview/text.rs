//! The plan for a person at a terminal: the strangest first, then by directory and kind of change.

use madrigal_model::{ChangeKind, PendingExport};
use madrigal_sync::guard::Measure;

use super::gather::{Directory, Gathered, Kind};
use crate::output::changes::{because, joined};
use crate::output::style;

/// How many attributes of a new contact are shown.
const SHOWN_ATTRIBUTES: usize = 6;
/// What is shown first of a new contact.
const TELLING: [&str; 6] =
    ["displayName", "targetAddress", "mail", "msRTCSIP-PrimaryUserAddress", "title", "department"];

/// Prints the strangest changes and every directory's.
pub(crate) fn print(gathered: &Gathered<'_>, all: bool) {
    strangest(gathered);
    for directory in gathered.directories.iter().filter(|directory| !directory.kinds.is_empty()) {
        say!(
            "\n{} {}",
            style::bold(&format!("In {}", directory.plan.name)),
            style::dim(&format!("({} contacts of ours there)", directory.plan.contacts))
        );
        for (kind, changes) in &directory.kinds {
            of_a_kind(gathered, directory, *kind, changes, all);
        }
    }
}

fn strangest(gathered: &Gathered<'_>) {
    if gathered.strangest.is_empty() {
        return;
    }
    say!("\n{}", style::bold("Look at these first"));
    for strange in &gathered.strangest {
        let (change, reasons) = (&strange.change, &strange.strangeness.reasons);
        let place = gathered.name(strange.connector);
        let kind = style::kind(change.kind, change.kind.name());
        say!("  {kind} {} {}", style::bold(change.dn.as_str()), style::dim(&format!("in {place}")));
        let said = reasons.iter().map(ToString::to_string).chain(in_groups(gathered, change, place));
        say!("    {}", said.collect::<Vec<_>>().join("; "));
    }
}

fn in_groups(gathered: &Gathered<'_>, change: &PendingExport, place: &str) -> Option<String> {
    match gathered.groups.get(&(change.connector, change.identity)).copied() {
        None | Some(0) => None,
        Some(1) => Some(format!("it is in 1 group of {place}")),
        Some(count) => Some(format!("it is in {count} groups of {place}")),
    }
}

fn of_a_kind(
    gathered: &Gathered<'_>,
    directory: &Directory<'_>,
    kind: ChangeKind,
    changes: &Kind,
    all: bool,
) {
    say!("\n  {}", style::kind(kind, &format!("{} {kind}", changes.count)));
    for shown in changes.shown.values() {
        one(&shown.change, all);
        if let Some(groups) = in_groups(gathered, &shown.change, &directory.plan.name) {
            say!("      {}", style::warn(&groups));
        }
    }
    let folded = changes.count - changes.shown.len() as u64;
    if folded > 0 {
        let how = format!("… and {folded} more (--all shows them)");
        say!("    {}", style::dim(&how));
    }
}

/// One change with its values.
pub(crate) fn one(change: &PendingExport, all: bool) {
    let why = change.reason.map(|reason| format!("  {}", style::dim(because(reason)))).unwrap_or_default();
    say!("    {}{why}", style::bold(change.dn.as_str()));
    if let Some(new_dn) = &change.new_dn {
        say!("      {} {new_dn}", style::dim("now"));
    }
    let mut attributes: Vec<_> = change.changes.iter().collect();
    let is_new = change.kind == ChangeKind::Add;
    if is_new && !all {
        let rank = |name: &str| TELLING.iter().position(|telling| *telling == name).unwrap_or(TELLING.len());
        attributes.sort_by_key(|attribute| rank(attribute.attribute.as_str()));
    }
    let shown = if is_new && !all { SHOWN_ATTRIBUTES } else { attributes.len() };
    for attribute in attributes.iter().take(shown) {
        let (old, new) = (joined(&attribute.old), joined(&attribute.new));
        let name = attribute.attribute.as_str();
        if is_new {
            say!("      {name:<28} {}", style::good(&new));
        } else {
            let (old, new) = (style::bad(&old), style::good(&new));
            say!("      {name:<28} {old} {} {new}", style::dim("→"));
        }
    }
    if attributes.len() > shown {
        let more = format!("… and {} more attributes", attributes.len() - shown);
        say!("      {}", style::dim(&more));
    }
}

/// What each limit says of the plan, where it counts something.
pub(crate) fn limits(gathered: &Gathered<'_>) {
    for directory in &gathered.directories {
        for measure in directory.plan.measures.iter().filter(|measure| measure.planned > 0) {
            let Measure { limit, planned, allowed: Some(allowed) } = measure else { continue };
            let line = format!(
                "{}.{limit}: {planned} planned, {allowed} let through at {} contacts",
                directory.plan.name, directory.plan.contacts
            );
            let line = if planned > allowed { style::bad(&line) } else { style::dim(&line) };
            say!("  {line}");
        }
    }
}
