//! What was written for one identity, newest first.

use std::fmt::Write as _;

use madrigal_model::{AttributeChange, ChangeKind, Value};
use madrigal_run::{Answer, Written};
use serde_json::json;

use crate::commands::object::Reading;
use crate::commands::whose::Whose;
use crate::error::CommandError;
use crate::output::changes::because;
use crate::output::layout::{WIDTH, cell, cut};
use crate::output::names::Names;
use crate::output::style;

/// How wide an attribute's name may be.
const ATTRIBUTE: usize = 28;

/// For a person.
pub(crate) async fn text(
    reading: &Reading,
    whose: &Whose,
    changes: &[Written],
) -> Result<String, CommandError> {
    let mut out = format!("{}\n", style::bold(&whose.name));
    if let Some(object) = &whose.object {
        let place = reading.name(object.key.connector);
        let _ = writeln!(out, "{}", style::dim(&format!("  {place}: {}", object.dn)));
    }
    if changes.is_empty() {
        let _ = writeln!(out, "  Nothing was ever written for it.");
        return Ok(out);
    }
    for written in changes {
        let all = written.export.changes.iter();
        let values = all.flat_map(|change| change.old.iter().chain(&change.new));
        let names = Names::of_values(reading, written.connector, values).await?;
        one(&mut out, reading, &names, written);
    }
    Ok(out)
}

fn one(out: &mut String, reading: &Reading, names: &Names, written: &Written) {
    let export = &written.export;
    let kind = style::kind(export.kind, export.kind.name());
    let answer = match written.answer {
        Answer::Accepted => String::new(),
        answer => format!(", {}", style::bad(answer.name())),
    };
    let place = reading.name(written.connector);
    let _ = writeln!(out, "\n{}  {kind} in {place}{answer}", style::bold(&written.at.to_string()));
    let _ = writeln!(out, "{}", style::dim(&format!("  run {}, by {}", written.run.0, written.by)));
    let _ = writeln!(out, "{}", style::dim(&format!("  {}", export.dn)));
    if let Some(new_dn) = &export.new_dn {
        let _ = writeln!(out, "  {} {new_dn}", style::dim("now"));
    }
    if let Some(reason) = export.reason {
        let _ = writeln!(out, "  because {}", because(reason));
    }
    for change in &export.changes {
        attribute(out, names, written, change);
    }
}

fn attribute(out: &mut String, names: &Names, written: &Written, change: &AttributeChange) {
    let show = |values: &[Value]| names.values(values, written.connector);
    let value = if written.export.kind == ChangeKind::Add {
        show(&change.new)
    } else {
        format!("{} → {}", show(&change.old), show(&change.new))
    };
    let name = cell(change.attribute.as_str(), ATTRIBUTE);
    let value = cut(&value, WIDTH - ATTRIBUTE - 3);
    let _ = writeln!(out, "  {name} {}", style::good(&value));
    // Of a new contact every value is there because the contact is.
    if written.export.kind != ChangeKind::Add
        && let Some(source) = &change.source
    {
        let reads = source.reads.iter().map(|read| read.as_str()).collect::<Vec<_>>().join(", ");
        let reads = if reads.is_empty() { String::new() } else { format!(" reads {reads}") };
        let why = cut(&format!("\"{}\"{reads}", source.rule), WIDTH - ATTRIBUTE - 3);
        let _ = writeln!(out, "  {:ATTRIBUTE$} {}", "", style::dim(&why));
    }
}

/// For a program.
pub(crate) fn as_json(reading: &Reading, whose: &Whose, changes: &[Written]) -> serde_json::Value {
    let changes = changes.iter().map(|written| {
        json!({
            "line": written.line,
            "at": written.at.to_string(),
            "run": written.run.0,
            "by": written.by,
            "connector": reading.name(written.connector),
            "answer": written.answer.name(),
            "export": written.export,
        })
    });
    json!({
        "name": whose.name,
        "identity": whose.identity.map(|identity| identity.to_string()),
        "changes": changes.collect::<Vec<_>>(),
    })
}
