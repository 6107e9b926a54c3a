//! Reading a book: the table and the places of the records at once, the records when they are asked for.

use std::ops::Range;

use super::record::decode_record;
use super::{BookHeader, Column, HEADER_BYTES, Record, VERSION};
use crate::OabError;
use crate::bytes::Cursor;
use crate::checksum::oab_crc;
use crate::property::{PropertyTag, PropertyType};

const WHAT: &str = "an address book";

/// A book in memory, made by us or by others.
#[derive(Debug, Clone)]
pub struct Book<'a> {
    bytes: &'a [u8],
    /// The header record.
    pub header: BookHeader,
    /// The property table.
    pub columns: Vec<Column>,
    /// `ulSerial` as the file states it: the checksum of everything after the first 12 bytes.
    pub serial: u32,
    header_columns: Vec<Column>,
    records: Vec<Range<usize>>,
}

impl<'a> Book<'a> {
    /// Reads the structure of an uncompressed book; values are read by [`Book::record`].
    ///
    /// # Errors
    /// [`OabError::Version`] for a file that is no version 4 book, [`OabError::Truncated`] and
    /// [`OabError::Malformed`] for one that is broken. The serial is compared by
    /// [`Book::check_serial`], not here.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, OabError> {
        let mut cursor = Cursor::new(bytes, WHAT);
        let version = cursor.u32()?;
        if version != VERSION {
            return Err(OabError::Version { what: WHAT, found: format!("0x{version:X}"), expected: "0x20" });
        }
        let serial = cursor.u32()?;
        let total = cursor.u32()?;
        let (header_columns, columns) = tables(&mut cursor)?;
        let header_bytes = record_bytes(&mut cursor, &header_columns)?;
        let header = decode_record(&header_columns, bytes.get(header_bytes).unwrap_or_default())?;
        let header = BookHeader::from_record(&header)
            .ok_or_else(|| cursor.malformed("the header record lacks name, DN, sequence or GUID"))?;
        let mut records = Vec::new();
        while cursor.left() > 0 {
            records.push(record_bytes(&mut cursor, &columns)?);
        }
        if records.len() != total as usize {
            let problem = format!("{total} records are announced, {} are there", records.len());
            return Err(cursor.malformed(problem));
        }
        Ok(Self { bytes, header, columns, serial, header_columns, records })
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// True for a book without records.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The values of record `index`.
    ///
    /// # Errors
    /// [`OabError::Malformed`] or [`OabError::Truncated`] when they do not follow the table, or when
    /// there is no such record.
    pub fn record(&self, index: usize) -> Result<Record, OabError> {
        decode_record(&self.columns, self.record_bytes(index))
    }

    /// All records in their order.
    pub fn records(&self) -> impl Iterator<Item = Result<Record, OabError>> {
        (0..self.len()).map(|index| self.record(index))
    }

    /// The bytes of record `index`; empty when there is none.
    pub(crate) fn record_bytes(&self, index: usize) -> &'a [u8] {
        self.records.get(index).and_then(|range| self.bytes.get(range.clone())).unwrap_or_default()
    }

    /// Where the records start in the file.
    pub(crate) fn starts(&self) -> impl Iterator<Item = usize> {
        self.records.iter().map(|range| range.start)
    }

    /// Compares `ulSerial` with the data.
    ///
    /// # Errors
    /// [`OabError::Checksum`] when they differ.
    pub fn check_serial(&self) -> Result<(), OabError> {
        let computed = oab_crc(self.bytes.get(HEADER_BYTES..).unwrap_or_default());
        if computed == self.serial {
            return Ok(());
        }
        let (stated, computed) = (format!("{:08x}", self.serial), format!("{computed:08x}"));
        Err(OabError::Checksum { what: "the book's serial", stated, computed })
    }

    /// True when two books differ in nothing but the sequence: then there is no new sequence
    /// (MS-OXOAB 2.12.4).
    pub fn same_content(&self, other: &Book<'_>) -> bool {
        let header = BookHeader { sequence: self.header.sequence, ..other.header.clone() };
        self.header == header
            && self.header_columns == other.header_columns
            && self.columns == other.columns
            && self.record_area() == other.record_area()
    }

    fn record_area(&self) -> &'a [u8] {
        let start = self.records.first().map_or(self.bytes.len(), |range| range.start);
        self.bytes.get(start..).unwrap_or_default()
    }
}

/// `OAB_META_DATA`: the tables of the header record and of the others.
fn tables(cursor: &mut Cursor<'_>) -> Result<(Vec<Column>, Vec<Column>), OabError> {
    let start = cursor.position();
    let size = cursor.u32()? as usize;
    let header_columns = table(cursor)?;
    let columns = table(cursor)?;
    if cursor.position() - start != size {
        return Err(cursor.malformed("the property tables have another size than stated"));
    }
    Ok((header_columns, columns))
}

fn table(cursor: &mut Cursor<'_>) -> Result<Vec<Column>, OabError> {
    let count = cursor.u32()? as usize;
    if count > cursor.left() / 8 {
        return Err(cursor.malformed(format!("a table of {count} properties does not fit the file")));
    }
    (0..count)
        .map(|_| {
            let column = Column { tag: PropertyTag(cursor.u32()?), flags: cursor.u32()? };
            match column.tag.property_type() {
                Ok(_) => Ok(column),
                Err(error) => Err(cursor.malformed(error.to_string())),
            }
        })
        .collect()
}

fn record_bytes(cursor: &mut Cursor<'_>, columns: &[Column]) -> Result<Range<usize>, OabError> {
    let start = cursor.position();
    let size = cursor.u32()? as usize;
    let smallest = 4 + columns.len().div_ceil(8);
    if size < smallest {
        return Err(cursor.malformed(format!("a record of {size} bytes is too small for its table")));
    }
    cursor.take(size - 4)?;
    Ok(start..start + size)
}

impl Column {
    /// True for a table (`PtypObject`), of which a book holds no value.
    pub fn is_table(&self) -> bool {
        self.tag.property_type() == Ok(PropertyType::Object)
    }
}
