//! Recipients out of an LDIF file.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use madrigal_ldif::{Limits, Parsed, RawRecord, RecordParser, RecordReader};
use madrigal_model::AttributeName;
use madrigal_oab::directory::DirectoryEntry;
use serde::Serialize;

use super::OabFailure;

/// A record that was not read.
#[derive(Debug, Clone, Serialize)]
pub(super) struct UnreadRecord {
    /// Line of the file at which the record starts, from 1.
    pub(super) line: u64,
    /// What is wrong.
    pub(super) problem: String,
}

/// An address list needs no key: every record gets one, its number, under a name that no directory has.
const NUMBER: &str = "madrigalRecordNumber";

/// Reads every entry of an LDIF snapshot and hands it on; what cannot be read is listed.
pub(super) fn read_ldif(
    path: &Path,
    attributes: &[String],
    mut each: impl FnMut(DirectoryEntry),
) -> Result<Vec<UnreadRecord>, OabFailure> {
    let unreadable = |source| OabFailure::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let mut records = RecordReader::new(BufReader::with_capacity(1 << 18, file), Limits::RECORD_OCTETS);
    let mut parser = parser(attributes)?;
    let mut numbered = Vec::new();
    let mut unread = Vec::new();
    let mut number = 0u64;
    while let Some(raw) = records.next_record().map_err(unreadable)? {
        number += 1;
        numbered.clear();
        numbered.extend_from_slice(raw.octets);
        if !numbered.ends_with(b"\n") {
            numbered.push(b'\n');
        }
        // A record about no object, as the line with the version, gets no number.
        let names_object = raw.octets.split(|octet| *octet == b'\n').any(is_name);
        if names_object {
            numbered.extend_from_slice(format!("{NUMBER}: {number}\n").as_bytes());
        }
        // The last record of a file that ends without a line end is whole all the same.
        let extent = match raw.extent {
            madrigal_ldif::Extent::CutOff => madrigal_ldif::Extent::Whole,
            other => other,
        };
        let (line, refuse) = (raw.line, |problem: String| UnreadRecord { line: raw.line, problem });
        match parser.parse(&RawRecord { octets: &numbered, line, offset: raw.offset, extent }) {
            Ok(Parsed::Content(content)) => each(entry(&content)),
            Ok(Parsed::Change(_)) => unread.push(refuse("it is a change record, not an entry".to_owned())),
            Ok(Parsed::Nothing) => {}
            Err(record) => {
                let faults = record.faults.iter().map(|fault| match fault.line {
                    0 => fault.kind.to_string(),
                    line => format!("line {line}: {}", fault.kind),
                });
                unread.push(refuse(faults.collect::<Vec<_>>().join("; ")));
            }
        }
    }
    Ok(unread)
}

/// A line with an object's name: `dn: …` or `dn:: …`.
fn is_name(line: &[u8]) -> bool {
    line.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(b"dn:"))
}

fn parser(attributes: &[String]) -> Result<RecordParser, OabFailure> {
    let intern = |name: &str| {
        AttributeName::intern(name)
            .map_err(|_| OabFailure::options("there are too many attribute names".to_owned()))
    };
    let asked = attributes.iter().map(|name| intern(name)).collect::<Result<Vec<_>, _>>()?;
    Ok(RecordParser::new(intern(NUMBER)?, &asked, Limits::default()))
}

fn entry(content: &madrigal_ldif::Content) -> DirectoryEntry {
    let mut entry = DirectoryEntry::new(content.dn.as_str());
    for (attribute, values) in content.entry.iter() {
        for value in values.iter() {
            if let Some(octets) = value.as_octets() {
                entry.add(attribute.as_str(), octets);
            }
        }
    }
    entry
}
