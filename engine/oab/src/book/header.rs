//! The header record: which list a book is of, and which state of it.

use serde::Serialize;

use super::{Column, Record};
use crate::property::{PropertyTag, Value};

/// The header record of a book (MS-OXOAB 2.9.2.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BookHeader {
    /// The list's name, as clients show it: `\Global Address List`.
    pub name: String,
    /// X500 name of the list; `/` is the global address list.
    pub distinguished_name: String,
    /// Number of this state; it grows by one whenever the records differ.
    pub sequence: u32,
    /// GUID of the list in 36 characters; it never changes.
    pub container_guid: String,
    /// Root of the hierarchical address book, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_department: Option<String>,
}

impl BookHeader {
    pub(super) fn columns(&self) -> Vec<Column> {
        let mut tags = vec![
            PropertyTag::BOOK_NAME,
            PropertyTag::BOOK_DN,
            PropertyTag::BOOK_SEQUENCE,
            PropertyTag::BOOK_GUID,
        ];
        if self.root_department.is_some() {
            tags.push(PropertyTag::ROOT_DEPARTMENT);
        }
        tags.into_iter().map(|tag| Column { tag, flags: 0 }).collect()
    }

    pub(super) fn record(&self) -> Record {
        let text = |text: &String| Value::Text(text.clone());
        let mut values = vec![
            (PropertyTag::BOOK_NAME, text(&self.name)),
            (PropertyTag::BOOK_DN, text(&self.distinguished_name)),
            (PropertyTag::BOOK_SEQUENCE, Value::Integer(self.sequence)),
            (PropertyTag::BOOK_GUID, text(&self.container_guid)),
        ];
        if let Some(department) = &self.root_department {
            values.push((PropertyTag::ROOT_DEPARTMENT, text(department)));
        }
        Record { values }
    }

    /// What a header record says; `None` when one of the four properties is missing.
    pub(super) fn from_record(record: &Record) -> Option<Self> {
        let text = |tag| record.text(tag).map(str::to_owned);
        Some(Self {
            name: text(PropertyTag::BOOK_NAME)?,
            distinguished_name: text(PropertyTag::BOOK_DN)?,
            sequence: match record.get(PropertyTag::BOOK_SEQUENCE)? {
                Value::Integer(sequence) => *sequence,
                _ => return None,
            },
            container_guid: text(PropertyTag::BOOK_GUID)?,
            root_department: text(PropertyTag::ROOT_DEPARTMENT),
        })
    }
}
