//! How one change is said: why it is made, its values, the object that programs read.

use madrigal_model::{HideReason, PendingExport};
use serde_json::{Value, json};

/// Why, in words.
pub(crate) fn because(reason: HideReason) -> &'static str {
    match reason {
        HideReason::Left => "the person left",
        HideReason::OutOfScope => "no rule takes the person any more",
        HideReason::Superseded => "the person has an own recipient here now",
        HideReason::AddressTaken => "another recipient owns the address now",
    }
}

/// Values side by side, long ones cut for the eye.
pub(crate) fn joined(values: &[madrigal_model::Value]) -> String {
    if values.is_empty() {
        return "(none)".to_owned();
    }
    let text = values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().count() > 120 { text.chars().take(119).chain(['…']).collect() } else { text }
}

/// The change as one object for programs.
pub(crate) fn as_json(connector: &str, change: &PendingExport) -> Value {
    let attributes: Vec<Value> = change
        .changes
        .iter()
        .map(|attribute| {
            json!({
                "attribute": attribute.attribute,
                "old": attribute.old,
                "new": attribute.new,
                "rule": attribute.source.as_ref().map(|source| &*source.rule),
                "reads": attribute.source.as_ref().map(|source| &source.reads),
            })
        })
        .collect();
    json!({
        "connector": connector,
        "kind": change.kind.name(),
        "dn": change.dn.as_str(),
        "new_dn": change.new_dn.as_ref().map(|dn| dn.as_str()),
        "identity": change.identity.to_string(),
        "reason": change.reason,
        "attributes": attributes,
    })
}
