//! Inspection: what a file is and what is in it.

use std::collections::HashMap;

use serde::Serialize;

use crate::book::{Book, BookHeader, Column, VERSION};
use crate::container::{Framing, unpack};
use crate::patch::PatchHeader;
use crate::property::PropertyTag;
use crate::publish::Manifest;
use crate::{Limits, OabError, template};

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "file")]
pub enum Inspection {
    /// A manifest, `oab.xml`.
    Manifest(Manifest),
    /// A book, compressed or not.
    Book(Box<BookSummary>),
    /// A display template, compressed or not.
    Template {
        /// Size of the uncompressed template, bytes.
        uncompressed_bytes: usize,
        /// The framing, of a compressed one.
        #[serde(skip_serializing_if = "Option::is_none")]
        framing: Option<Framing>,
    },
    /// A differential patch.
    Patch {
        /// Its header.
        header: PatchHeader,
        /// Size of the file, bytes.
        bytes: usize,
    },
}

/// A book in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BookSummary {
    /// The header record.
    pub header: BookHeader,
    /// Records.
    pub records: usize,
    /// Size of the file, bytes.
    pub bytes: usize,
    /// Size of the uncompressed book, bytes.
    pub uncompressed_bytes: usize,
    /// `ulSerial`, eight hexadecimal digits.
    pub serial: String,
    /// False when the serial is not the checksum of the data.
    pub serial_is_right: bool,
    /// The framing, of a compressed book.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub framing: Option<Framing>,
    /// The properties in the order of the table.
    pub properties: Vec<PropertySummary>,
}

/// A property of a book in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PropertySummary {
    /// Exchange's name.
    pub name: String,
    /// The tag, eight hexadecimal digits.
    pub tag: PropertyTag,
    /// It is indexed for ambiguous name resolution.
    pub anr: bool,
    /// It is a primary key.
    pub key: bool,
    /// Records with a value.
    pub present: usize,
    /// What its values take in the uncompressed book, bytes.
    pub bytes: usize,
}

/// Says what a file is; it is told apart by its first bytes.
///
/// # Errors
/// [`OabError::Version`] for a file of no known kind, else what is wrong with it.
pub fn inspect(file: &[u8], limits: Limits) -> Result<Inspection, OabError> {
    let word = |index: usize| {
        let bytes = file.get(index * 4..)?.first_chunk::<4>()?;
        Some(u32::from_le_bytes(*bytes))
    };
    match (word(0), word(1)) {
        (Some(3), Some(1)) => {
            let unpacked = unpack(file, limits)?;
            let is_template = unpacked.bytes.first() == Some(&(template::VERSION as u8));
            inspect_content(&unpacked.bytes, file.len(), Some(unpacked.framing), is_template)
        }
        (Some(3), Some(2)) => Ok(Inspection::Patch { header: PatchHeader::parse(file)?, bytes: file.len() }),
        (Some(VERSION), _) => inspect_content(file, file.len(), None, false),
        (Some(template::VERSION), _) => inspect_content(file, file.len(), None, true),
        _ if file.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
            || file.starts_with(b"\xEF\xBB\xBF<") =>
        {
            let text = std::str::from_utf8(file)
                .map_err(|error| OabError::Manifest { problem: error.to_string() })?;
            Ok(Inspection::Manifest(Manifest::parse(text.trim_start_matches('\u{feff}'))?))
        }
        (first, second) => Err(OabError::Version {
            what: "a file of an offline address book",
            found: format!("{:#x}, {:#x}", first.unwrap_or(0), second.unwrap_or(0)),
            expected: "3.1 (compressed), 3.2 (patch), 0x20 (book), 0x7 (template) or XML",
        }),
    }
}

fn inspect_content(
    content: &[u8],
    bytes: usize,
    framing: Option<Framing>,
    is_template: bool,
) -> Result<Inspection, OabError> {
    if is_template {
        template::check(content)?;
        return Ok(Inspection::Template { uncompressed_bytes: content.len(), framing });
    }
    let book = Book::parse(content)?;
    let mut properties: Vec<_> = book.columns.iter().map(PropertySummary::empty).collect();
    let places: HashMap<_, _> =
        book.columns.iter().enumerate().map(|(index, column)| (column.tag, index)).collect();
    let mut scratch = Vec::new();
    for record in book.records() {
        for (tag, value) in &record?.values {
            if let Some(summary) = places.get(tag).and_then(|&index| properties.get_mut(index)) {
                scratch.clear();
                value.encode(tag.0 & 0xFFF == 0x01E, &mut scratch);
                summary.present += 1;
                summary.bytes += scratch.len();
            }
        }
    }
    Ok(Inspection::Book(Box::new(BookSummary {
        header: book.header.clone(),
        records: book.len(),
        bytes,
        uncompressed_bytes: content.len(),
        serial: format!("{:08x}", book.serial),
        serial_is_right: book.check_serial().is_ok(),
        framing,
        properties,
    })))
}

impl PropertySummary {
    fn empty(column: &Column) -> Self {
        Self {
            name: column.tag.name(),
            tag: column.tag,
            anr: column.flags & Column::ANR != 0,
            key: column.flags & Column::KEY != 0,
            present: 0,
            bytes: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::book::tests::{any_records, build};
    use crate::container::{Packing, pack};
    use crate::patch;
    use crate::work::InOrder;

    #[test]
    fn kinds_of_files() {
        let kind = |file: &[u8]| match inspect(file, Limits::default()) {
            Ok(Inspection::Manifest(_)) => "manifest",
            Ok(Inspection::Book(_)) => "book",
            Ok(Inspection::Template { .. }) => "template",
            Ok(Inspection::Patch { .. }) => "patch",
            Err(error) => error.code(),
        };
        let packed = |data: &[u8]| pack(data, Packing::default(), &InOrder);
        let (one, two) = (build(&[], 1), build(&[], 2));
        for (file, expected) in [
            (one.clone(), "book"),
            (packed(&one), "book"),
            (template::empty(), "template"),
            (packed(&template::empty()), "template"),
            (patch::build(&one, &two, &InOrder).unwrap(), "patch"),
            (b" <OAB><OAL id='1' dn='/' name='n'/></OAB>".to_vec(), "manifest"),
            (b"<OAB/>".to_vec(), "MDR-O008"),
            (b"".to_vec(), "MDR-O002"),
            (b"PK\x03\x04 something else".to_vec(), "MDR-O002"),
            (packed(b"\x0a\0\0\0"), "MDR-O002"),
        ] {
            assert_eq!(kind(&file), expected);
        }
    }

    proptest! {
        #[test]
        fn damaged_files_are_errors(
            records in any_records(4),
            which in 0usize..5,
            damage in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..8),
        ) {
            let book = build(&records, 1);
            let mut file = match which {
                0 => book,
                1 => pack(&book, Packing::default(), &InOrder),
                2 => pack(&template::empty(), Packing::default(), &InOrder),
                3 => patch::build(&book, &build(&[], 2), &InOrder).unwrap(),
                _ => b"<OAB><OAL id='1' dn='/' name='n'><Diff seq='1'>a</Diff></OAL></OAB>".to_vec(),
            };
            for (at, byte) in damage {
                let at = at % file.len();
                file[at] = byte;
            }
            let _ = inspect(&file, Limits { uncompressed_bytes: 1 << 20 });
            let _ = patch::apply(&file, &build(&records, 1), Limits { uncompressed_bytes: 1 << 20 });
        }
    }
}
