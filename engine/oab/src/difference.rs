//! The difference of two books, by recipient and property.

use std::collections::HashMap;

use serde::Serialize;

use crate::OabError;
use crate::book::{Book, Record};
use crate::property::{PropertyTag, Value};

/// A recipient, as a person would name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecipientName {
    /// legacyExchangeDN, the key.
    pub key: String,
    /// Display name.
    pub display_name: String,
    /// Mail address.
    pub smtp_address: String,
}

/// A property that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PropertyChange {
    /// Exchange's name of the property.
    pub property: String,
    /// The value in the old book.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// The value in the new book.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// A recipient whose record differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecipientChange {
    /// Who it is, by the new book.
    #[serde(flatten)]
    pub recipient: RecipientName,
    /// What differs.
    pub changes: Vec<PropertyChange>,
}

/// What differs between two books.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Difference {
    /// Only in the new book.
    pub added: Vec<RecipientName>,
    /// Only in the old book.
    pub removed: Vec<RecipientName>,
    /// In both, and not the same.
    pub changed: Vec<RecipientChange>,
    /// In both, and the same.
    pub unchanged: usize,
}

impl Difference {
    /// True when both books say the same.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// Compares two books; recipients are the same when their keys are, without regard to case.
///
/// # Errors
/// [`OabError::Malformed`] or [`OabError::Truncated`] for a record that cannot be read.
pub fn difference(old: &Book<'_>, new: &Book<'_>) -> Result<Difference, OabError> {
    let mut before = HashMap::with_capacity(old.len());
    for index in 0..old.len() {
        before.insert(key(&old.record(index)?), index);
    }
    let same_table = old.columns == new.columns;
    let mut difference = Difference::default();
    for index in 0..new.len() {
        let record = new.record(index)?;
        let Some(earlier) = before.remove(&key(&record)) else {
            difference.added.push(name(&record));
            continue;
        };
        if same_table && old.record_bytes(earlier) == new.record_bytes(index) {
            difference.unchanged += 1;
            continue;
        }
        let changes = changes(&old.record(earlier)?, &record);
        if changes.is_empty() {
            difference.unchanged += 1;
        } else {
            difference.changed.push(RecipientChange { recipient: name(&record), changes });
        }
    }
    let mut gone: Vec<_> = before.into_values().collect();
    gone.sort_unstable();
    for index in gone {
        difference.removed.push(name(&old.record(index)?));
    }
    Ok(difference)
}

/// By what a recipient is known from one book to the next, in small letters.
pub(crate) fn key(record: &Record) -> String {
    let key = record.text(PropertyTag::EMAIL_ADDRESS).or(record.text(PropertyTag::SMTP_ADDRESS));
    key.unwrap_or_default().to_lowercase()
}

fn name(record: &Record) -> RecipientName {
    let text = |tag| record.text(tag).unwrap_or_default().to_owned();
    RecipientName {
        key: text(PropertyTag::EMAIL_ADDRESS),
        display_name: text(PropertyTag::DISPLAY_NAME),
        smtp_address: text(PropertyTag::SMTP_ADDRESS),
    }
}

fn changes(old: &Record, new: &Record) -> Vec<PropertyChange> {
    let gone = old.values.iter().filter(|(tag, _)| new.get(*tag).is_none());
    let gone = gone.map(|(tag, value)| (*tag, Some(value.clone()), None));
    let differing = new.values.iter().filter(|(tag, value)| old.get(*tag) != Some(value));
    let differing = differing.map(|(tag, value)| (*tag, old.get(*tag).cloned(), Some(value.clone())));
    let all = differing.chain(gone);
    all.map(|(tag, before, after)| PropertyChange { property: tag.name(), before, after }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::tests::build;

    fn person(name: &str, title: &str) -> Record {
        let text = |text: String| Value::Text(text);
        Record {
            values: vec![
                (PropertyTag::EMAIL_ADDRESS, text(format!("/cn={name}"))),
                (PropertyTag::SMTP_ADDRESS, text(format!("{name}@abc.example"))),
                (PropertyTag(0x3A17_001F), text(title.to_owned())),
            ],
        }
    }

    #[test]
    fn by_person_and_property() {
        let old =
            build(&[person("a", "Clerk"), person("b", "Clerk"), person("c", ""), person("d", "Clerk")], 1);
        let new = build(&[person("B", "Clerk"), person("c", "Boss"), person("d", ""), person("e", "")], 2);
        let difference = difference(&Book::parse(&old).unwrap(), &Book::parse(&new).unwrap()).unwrap();
        let keys = |names: &[RecipientName]| names.iter().map(|name| name.key.clone()).collect::<Vec<_>>();
        assert_eq!(keys(&difference.added), ["/cn=e"]);
        assert_eq!(keys(&difference.removed), ["/cn=a"]);
        let lines: Vec<_> = difference
            .changed
            .iter()
            .flat_map(|changed| changed.changes.iter().map(|change| (changed.recipient.key.as_str(), change)))
            .map(|(key, change)| {
                let show = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), ToString::to_string);
                format!("{key} {}: {} -> {}", change.property, show(&change.before), show(&change.after))
            })
            .collect();
        assert_eq!(
            lines,
            [
                "/cn=B EmailAddress: /cn=b -> /cn=B",
                "/cn=B SmtpAddress: b@abc.example -> B@abc.example",
                "/cn=c Title: - -> Boss",
                "/cn=d Title: Clerk -> -",
            ]
        );
    }
}
