//! One record: presence bits, then the values in the order of the table (`OAB_V4_REC`).

use crate::OabError;
use crate::bytes::Cursor;
use crate::property::{PropertyTag, PropertyType, Value};

/// A column of a book's property table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The property.
    pub tag: PropertyTag,
    /// `ANR` and `KEY` (MS-OXOAB 2.9.4).
    pub flags: u32,
}

impl Column {
    /// The property is indexed for ambiguous name resolution.
    pub const ANR: u32 = 1;
    /// The property is a primary key and stands in every record.
    pub const KEY: u32 = 2;
}

/// A record's values, in the order of the book's table; what is absent is not there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// Property and value.
    pub values: Vec<(PropertyTag, Value)>,
}

impl Record {
    /// The value of a property.
    pub fn get(&self, tag: PropertyTag) -> Option<&Value> {
        self.values.iter().find(|(present, _)| *present == tag).map(|(_, value)| value)
    }

    /// The value of a text property.
    pub fn text(&self, tag: PropertyTag) -> Option<&str> {
        match self.get(tag) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }
}

/// Appends a record. Empty values are left out; a value of a property without a column, too.
pub(crate) fn encode_record(columns: &[Column], record: &Record, out: &mut Vec<u8>) {
    let start = out.len();
    // Values usually come in the order of the table; then no column has to be searched for.
    let mut ordered = record.values.iter().peekable();
    write_values(columns, out, |tag| ordered.next_if(|(next, _)| *next == tag).map(|(_, value)| value));
    if ordered.peek().is_some() {
        out.truncate(start);
        write_values(columns, out, |tag| record.get(tag));
    }
    let size = (out.len() - start) as u32;
    for (place, byte) in out.iter_mut().skip(start).zip(size.to_le_bytes()) {
        *place = byte;
    }
}

/// Appends room for the size, the presence bits and the values that `find` gives.
fn write_values<'a>(
    columns: &[Column],
    out: &mut Vec<u8>,
    mut find: impl FnMut(PropertyTag) -> Option<&'a Value>,
) {
    let bits_start = out.len() + 4;
    out.resize(bits_start + columns.len().div_ceil(8), 0);
    for (index, column) in columns.iter().enumerate() {
        let Some(value) = find(column.tag).filter(|value| !value.is_empty()) else { continue };
        if let Some(bits) = out.get_mut(bits_start + index / 8) {
            *bits |= 0x80 >> (index % 8);
        }
        value.encode(column.tag.0 & 0xFFF == 0x01E, out);
    }
}

/// Reads a record of exactly `bytes`, its size included.
pub(crate) fn decode_record(columns: &[Column], bytes: &[u8]) -> Result<Record, OabError> {
    let mut cursor = Cursor::new(bytes, "a record");
    cursor.u32()?;
    let bits = cursor.take(columns.len().div_ceil(8))?;
    let present = |index: usize| bits.get(index / 8).is_some_and(|byte| byte & (0x80 >> (index % 8)) != 0);
    let mut values = Vec::with_capacity(bits.iter().map(|byte| byte.count_ones() as usize).sum());
    for (_, column) in columns.iter().enumerate().filter(|(index, _)| present(*index)) {
        let kind = column.tag.property_type().unwrap_or(PropertyType::Object);
        values.push((column.tag, Value::decode(kind, &mut cursor)?));
    }
    if cursor.left() > 0 {
        return Err(cursor.malformed(format!("{} bytes belong to no property", cursor.left())));
    }
    Ok(Record { values })
}
