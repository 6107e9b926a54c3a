//! What is said of taking a run back, besides the changes themselves.

use madrigal_run::{Plan, Undo};
use serde_json::{Value, json};

use super::gather::Gathered;
use crate::output::layout::counted;
use crate::output::style;

/// How many of the objects that are left are shown.
const SHOWN: usize = 10;

/// Prints what is left and what follows.
pub(super) fn print(gathered: &Gathered<'_>, undo: &Undo, all: bool) {
    if !undo.left.is_empty() {
        let many = undo.left.len() as u64;
        let said = counted(many, "object is left as it is", "objects are left as they are");
        say!("\n{}", style::warn(&said));
        let shown = if all { undo.left.len() } else { SHOWN };
        for left in undo.left.iter().take(shown) {
            let place = style::dim(&format!("in {}", gathered.name(left.connector)));
            say!("  {} {place}\n    {}", style::bold(left.dn.as_str()), left.why);
        }
        if undo.left.len() > shown {
            let more = format!("… and {} more (--all shows them)", undo.left.len() - shown);
            say!("  {}", style::dim(&more));
        }
    }
    match undo.brought_back() {
        0 => {}
        count => {
            let said = format!(
                "Of the contacts that were deleted, {count} will be brought back: the object that it was, with its \
                 objectGUID and its values."
            );
            say!("\n{}", style::warn(&said));
        }
    }
    match undo.made_anew() {
        0 => {}
        count => {
            let said = format!(
                "Of the contacts that were deleted, {count} will be made anew: with the same values, stamp and legacyExchangeDN, so \
                 that replies to old mail arrive; but with another objectGUID, and in none of the groups that they were \
                 in."
            );
            say!("\n{}", style::warn(&said));
        }
    }
    if !undo.seen.is_empty() {
        let said = "Once it is written, what the run did is held: no later run does it again until the source or the rule \
                    asks for something else, or `madrigal release` lets it.";
        say!("\n{}", style::dim(said));
    }
}

/// The objects that are left, for programs.
pub(super) fn as_json(plan: &Plan, undo: &Undo) -> Value {
    let name = |connector| {
        let known = plan.connectors.iter().find(|plan| plan.connector == connector);
        known.map(|plan| plan.name.clone())
    };
    let left = undo.left.iter().map(|left| {
        json!({ "connector": name(left.connector), "dn": left.dn.as_str(), "why": left.why.to_string() })
    });
    Value::Array(left.collect())
}
