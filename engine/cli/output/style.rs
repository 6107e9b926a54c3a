//! Colours, for terminals that want them; `anstream` takes them away everywhere else. Programs get none.

use anstyle::{AnsiColor, Style};
use madrigal_model::ChangeKind;

use crate::say;

fn paint(style: Style, text: &str) -> String {
    if say::is_for_people() { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

pub(crate) fn good(text: &str) -> String {
    paint(AnsiColor::Green.on_default(), text)
}

pub(crate) fn warn(text: &str) -> String {
    paint(AnsiColor::Yellow.on_default(), text)
}

pub(crate) fn bad(text: &str) -> String {
    paint(AnsiColor::Red.on_default().bold(), text)
}

pub(crate) fn dim(text: &str) -> String {
    paint(Style::new().dimmed(), text)
}

pub(crate) fn bold(text: &str) -> String {
    paint(Style::new().bold(), text)
}

/// A kind of change in its colour: what comes is green, what goes is red.
pub(crate) fn kind(kind: ChangeKind, text: &str) -> String {
    match kind {
        ChangeKind::Add | ChangeKind::Unhide => good(text),
        ChangeKind::Delete | ChangeKind::Hide => bad(text),
        ChangeKind::Modify | ChangeKind::Rename | ChangeKind::Move | ChangeKind::Adopt => warn(text),
    }
}
