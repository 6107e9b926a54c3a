//! The plan as CSV: one line a change and attribute. A value that a spreadsheet would take for a formula gets a quotation
//! mark in front.

use madrigal_model::{PendingExport, Value};

pub(crate) fn head() {
    say!("connector,change,dn,new dn,reason,attribute,old,new,rule");
}

pub(crate) fn change(connector: &str, change: &PendingExport) {
    let reason = change.reason.map(super::changes::because).unwrap_or_default();
    let new_dn = change.new_dn.as_ref().map(|dn| dn.as_str()).unwrap_or_default();
    // A change is written at once: line by line, a terminal's questions take longer than the plan.
    let mut text = String::new();
    let mut line = |attribute: &str, old: &str, new: &str, rule: &str| {
        let cells =
            [connector, change.kind.name(), change.dn.as_str(), new_dn, reason, attribute, old, new, rule];
        text.push_str(&row(&cells));
    };
    if change.changes.is_empty() {
        line("", "", "", "");
    }
    for attribute in &change.changes {
        let rule = attribute.source.as_ref().map(|source| &*source.rule).unwrap_or_default();
        line(attribute.attribute.as_str(), &values(&attribute.old), &values(&attribute.new), rule);
    }
    say_part!("{text}");
}

/// One row of cells.
pub(crate) fn row(cells: &[&str]) -> String {
    let mut row = cells.iter().map(|text| cell(text)).collect::<Vec<_>>().join(",");
    row.push('\n');
    row
}

/// Values in one cell.
pub(crate) fn values(values: &[Value]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A cell as it is written.
pub(super) fn cell(text: &str) -> String {
    let dangerous = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if dangerous { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells() {
        for (text, expected) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=1+1", "'=1+1"),
            ("+46 8 123", "'+46 8 123"),
            ("@x", "'@x"),
        ] {
            assert_eq!(cell(text), expected, "{text}");
        }
    }
}
