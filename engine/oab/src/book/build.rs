//! Building a book: records are encoded as they come, sorted at the end.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{BookHeader, Column, HEADER_BYTES, Record, SizeLimits, VERSION, encode_record};
use crate::checksum::oab_crc;
use crate::container::put_words;
use crate::property::{Kind, PropertyList, PropertyTag, Value};

/// Takes recipients in any order and makes one book of them.
///
/// Records are kept in their encoded form, about 600 bytes each.
#[derive(Debug)]
pub struct BookBuilder {
    columns: Vec<Column>,
    indicators: BTreeSet<PropertyTag>,
    limits: SizeLimits,
    arena: Vec<u8>,
    records: Vec<(String, Range<usize>)>,
    truncated: usize,
}

/// A finished book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltBook {
    /// The uncompressed file.
    pub bytes: Vec<u8>,
    /// Records in it.
    pub records: usize,
    /// Keys (legacyExchangeDN, lower case) that came more than once; only the first is in the book.
    pub duplicates: Vec<String>,
    /// Records of which a value was cut or left out because of its size.
    pub truncated: usize,
}

impl BookBuilder {
    /// Starts a book with the properties of `list` and the two keys in front.
    pub fn new(list: &PropertyList, limits: SizeLimits) -> Self {
        let key = |tag| Column { tag, flags: Column::KEY };
        let mut columns = vec![key(PropertyTag::EMAIL_ADDRESS), key(PropertyTag::SMTP_ADDRESS)];
        columns.extend(list.properties().iter().map(|property| Column {
            tag: property.tag,
            flags: if property.kind == Kind::Anr { Column::ANR } else { 0 },
        }));
        columns.push(Column { tag: PropertyTag::TRUNCATED_PROPERTIES, flags: 0 });
        let indicators = list.properties().iter().filter(|property| property.kind == Kind::Indicator);
        let indicators = indicators.map(|property| property.tag).collect();
        Self { columns, indicators, limits, arena: Vec::new(), records: Vec::new(), truncated: 0 }
    }

    /// The property table of the book.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Adds a recipient. A value of an indicator stands for its existence only; values over the
    /// limits are cut or left out; the tags of both are listed in the record.
    pub fn push(&mut self, mut record: Record) {
        let mut listed = Vec::new();
        let before = self.truncated;
        record.values.retain_mut(|(tag, value)| {
            if value.is_empty() {
                return false;
            }
            if self.indicators.contains(tag) {
                listed.push(tag.0);
                return false;
            }
            if self.limits.apply(value) {
                self.truncated = before + 1;
                listed.push(tag.0);
            }
            true
        });
        listed.sort_unstable();
        if !listed.is_empty() {
            record.values.push((PropertyTag::TRUNCATED_PROPERTIES, Value::Integers(listed)));
        }
        let start = self.arena.len();
        encode_record(&self.columns, &record, &mut self.arena);
        let key = record.text(PropertyTag::EMAIL_ADDRESS).unwrap_or_default().to_ascii_lowercase();
        self.records.push((key, start..self.arena.len()));
    }

    /// Sorts the records by their key, so that equal lists give equal bytes and small patches.
    pub fn finish(mut self, header: &BookHeader) -> BuiltBook {
        self.records.sort_by(|left, right| left.0.cmp(&right.0));
        let mut duplicates = Vec::new();
        self.records.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                duplicates.push(std::mem::take(&mut later.0));
            }
            same
        });
        let records = self.records.iter().map(|(_, range)| self.arena.get(range.clone()).unwrap_or_default());
        let bytes = assemble(header, &self.columns, records);
        BuiltBook { bytes, records: self.records.len(), duplicates, truncated: self.truncated }
    }
}

/// Puts a file together from encoded records.
pub(super) fn assemble<'a>(
    header: &BookHeader,
    columns: &[Column],
    records: impl ExactSizeIterator<Item = &'a [u8]> + Clone,
) -> Vec<u8> {
    let header_columns = header.columns();
    let size: usize = records.clone().map(<[u8]>::len).sum();
    let mut file = Vec::with_capacity(size + 8 * columns.len() + 1_024);
    put_words(&mut file, [VERSION, 0, records.len() as u32]);
    let tables = 4 + 2 * 4 + 8 * (header_columns.len() + columns.len());
    put_words(&mut file, [tables as u32]);
    for table in [header_columns.as_slice(), columns] {
        put_words(&mut file, [table.len() as u32]);
        for column in table {
            put_words(&mut file, [column.tag.0, column.flags]);
        }
    }
    encode_record(&header_columns, &header.record(), &mut file);
    for record in records {
        file.extend_from_slice(record);
    }
    let serial = oab_crc(file.get(HEADER_BYTES..).unwrap_or_default());
    for (place, byte) in file.iter_mut().skip(4).zip(serial.to_le_bytes()) {
        *place = byte;
    }
    file
}
