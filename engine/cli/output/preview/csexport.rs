//! The plan in the columns that people know from `CSExportAnalyzer`: one line a change and attribute, `OMODT` for how the
//! object is modified and `AMODT` for how the attribute is.

use madrigal_model::{AttributeChange, ChangeKind, PendingExport};

use crate::output::csv::{cell, values};

pub(crate) fn head() {
    say!("DN,OMODT,ATTRIBUTE,AMODT,OLDVALUE,NEWVALUE,CONNECTOR");
}

pub(crate) fn change(connector: &str, change: &PendingExport) {
    let mut text = String::new();
    for row in rows(connector, change) {
        text.push_str(&row.map(|text| cell(&text)).join(","));
        text.push('\n');
    }
    say_part!("{text}");
}

/// The lines of one change.
fn rows(connector: &str, change: &PendingExport) -> Vec<[String; 7]> {
    let (dn, object) = (change.dn.as_str(), object_type(change.kind));
    let row = |attribute: &str, how: &str, old: String, new: String| {
        let texts = [dn, object, attribute, how].map(str::to_owned);
        let [dn, object, attribute, how] = texts;
        [dn, object, attribute, how, old, new, connector.to_owned()]
    };
    let mut rows = Vec::new();
    if let Some(new_dn) = &change.new_dn {
        rows.push(row("DN", "update", dn.to_owned(), new_dn.as_str().to_owned()));
    }
    let attributes = change.changes.iter();
    rows.extend(
        attributes
            .map(|one| row(one.attribute.as_str(), attribute_type(one), values(&one.old), values(&one.new))),
    );
    if rows.is_empty() {
        rows.push(row("", "", String::new(), String::new()));
    }
    rows
}

/// A hidden contact is an updated one to whoever counts in these columns.
fn object_type(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Add => "add",
        ChangeKind::Delete => "delete",
        ChangeKind::Modify
        | ChangeKind::Rename
        | ChangeKind::Move
        | ChangeKind::Hide
        | ChangeKind::Unhide
        | ChangeKind::Adopt => "update",
    }
}

fn attribute_type(change: &AttributeChange) -> &'static str {
    match (change.old.is_empty(), change.new.is_empty()) {
        (true, _) => "add",
        (false, true) => "delete",
        (false, false) => "update",
    }
}

#[cfg(test)]
mod tests {
    use madrigal_model::{AttributeName, ConnectorId, DistinguishedName, IdentityId, Value};

    use super::*;

    fn check(kind: ChangeKind, new_dn: Option<&str>, values: &[(&str, &str, &str)], expected: &[&str]) {
        let list = |text: &str| text.split_whitespace().map(Value::text).collect();
        let changes = values.iter().map(|(name, old, new)| AttributeChange {
            attribute: AttributeName::intern(name).unwrap(),
            old: list(old),
            new: list(new),
            source: None,
        });
        let change = PendingExport {
            kind,
            identity: IdentityId::projected_by("abc", b"anna"),
            connector: ConnectorId(1),
            anchor: None,
            dn: DistinguishedName::from_directory("CN=Anna"),
            new_dn: new_dn.map(DistinguishedName::from_directory),
            changes: changes.collect(),
            reason: None,
            speaker: None,
        };
        let lines: Vec<String> = rows("xyz", &change).into_iter().map(|row| row.join("|")).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn lines() {
        check(ChangeKind::Delete, None, &[], &["CN=Anna|delete|||||xyz"]);
        check(ChangeKind::Add, None, &[("mail", "", "a@x")], &["CN=Anna|add|mail|add||a@x|xyz"]);
        check(
            ChangeKind::Rename,
            Some("CN=Anna B"),
            &[("title", "Boss", ""), ("mail", "a@x", "b@x")],
            &[
                "CN=Anna|update|DN|update|CN=Anna|CN=Anna B|xyz",
                "CN=Anna|update|title|delete|Boss||xyz",
                "CN=Anna|update|mail|update|a@x|b@x|xyz",
            ],
        );
        check(
            ChangeKind::Hide,
            None,
            &[("msExchHideFromAddressLists", "", "TRUE")],
            &["CN=Anna|update|msExchHideFromAddressLists|add||TRUE|xyz"],
        );
    }
}
