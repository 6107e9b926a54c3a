//! What must be known of every record of the file: its name and key, by hash, and where it stands.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use madrigal_api::ConnectorError;
use madrigal_model::{Anchor, DistinguishedName};
use xxhash_rust::xxh3::xxh3_64;

use crate::LdifConnector;
use crate::fault::{Fault, unreadable};
use crate::record::{Content, Parsed, RecordParser, Unread};
use crate::source::{Decoder, Encoding, RecordReader};
use crate::writer::LineEnd;

/// A record's number: in the file's order, then those that were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Slot(pub(crate) u32);

/// A name or a key, by hash.
pub(crate) type Hash = u64;

/// Where a record stands in the decoded text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// Where the next record begins, or the text ends.
    pub(crate) next: u64,
}

/// The file's text.
pub(crate) enum Text {
    /// UTF-8: read from the file when it is needed, behind so many octets of a byte order mark.
    File { file: File, mark: u64 },
    /// UTF-16, decoded: what stands where cannot be told without reading it all.
    Memory(Vec<u8>),
}

pub(crate) struct Index {
    pub(crate) places: Vec<Place>,
    pub(crate) by_name: HashMap<Hash, Slot>,
    pub(crate) by_anchor: HashMap<Hash, Slot>,
    /// How many records lie below a name.
    pub(crate) children: HashMap<Hash, u32>,
    /// The name that each record lies below.
    pub(crate) parents: Vec<Hash>,
    pub(crate) encoding: Encoding,
    pub(crate) line_end: LineEnd,
    /// The length of the decoded text.
    pub(crate) octets: u64,
    /// Whether the last record is followed by a blank line.
    pub(crate) ends_blank: bool,
    pub(crate) text: Text,
}

impl Index {
    pub(crate) fn of(connector: &LdifConnector, mut file: File) -> Result<Self, ConnectorError> {
        let failed = |error| unreadable(&connector.path, error);
        // No attribute is packed: `objectClass` stands for "as few as possible".
        let class: Vec<_> = madrigal_model::AttributeName::known("objectClass").into_iter().collect();
        let mut parser = RecordParser::new(connector.anchor, &class, connector.limits);
        let mut reader = RecordReader::new(&file, connector.limits.record_octets);
        let mut index = Self {
            places: Vec::new(),
            by_name: HashMap::new(),
            by_anchor: HashMap::new(),
            children: HashMap::new(),
            parents: Vec::new(),
            encoding: Encoding::Utf8,
            line_end: LineEnd::Lf,
            octets: 0,
            ends_blank: true,
            text: Text::Memory(Vec::new()),
        };
        // The record before, whose `next` is where this one begins.
        let mut open: Option<usize> = None;
        let mut last_end = 0;
        while let Some(raw) = reader.next_record().map_err(failed)? {
            if raw.offset == 0 || index.places.is_empty() {
                let first_line_ends = memchr::memchr(b'\n', raw.octets).and_then(|end| end.checked_sub(1));
                let is_windows = first_line_ends.and_then(|at| raw.octets.get(at)) == Some(&b'\r');
                index.line_end = if is_windows { LineEnd::CrLf } else { LineEnd::Lf };
            }
            let (start, line) = (raw.offset, raw.line);
            let parsed = parser.parse(&raw);
            if let Some(place) = open.take().and_then(|at| index.places.get_mut(at)) {
                place.next = start;
            }
            last_end = reader.passed().0;
            let known = match parsed {
                Ok(Parsed::Content(Content { dn, anchor, .. })) => (Some(dn), Some(anchor)),
                Ok(Parsed::Nothing) => continue,
                Ok(Parsed::Change(_)) => {
                    return Err(not_rewritable(connector, line, "it holds change records"));
                }
                Err(unread) => {
                    let Unread { faults, dn, anchor } = *unread;
                    if let Some(Fault { line, .. }) = faults.iter().find(|fault| fault.kind.hides_objects()) {
                        return Err(not_rewritable(connector, *line, "it is not whole"));
                    }
                    (dn, anchor)
                }
            };
            open = index.add(Place { start, end: last_end, next: last_end }, known);
        }
        let (octets, _) = reader.passed();
        index.octets = octets;
        index.encoding = reader.encoding();
        index.ends_blank = octets > last_end || octets == 0;
        if let Some(place) = open.and_then(|at| index.places.get_mut(at)) {
            place.next = octets;
        }
        index.text = match index.encoding {
            Encoding::Utf8 => Text::File { file, mark: 0 },
            Encoding::Utf8Bom => Text::File { file, mark: 3 },
            Encoding::Utf16Le | Encoding::Utf16Be => {
                let mut text = Vec::new();
                file.seek(SeekFrom::Start(0)).map_err(failed)?;
                Decoder::new(&file).read_to_end(&mut text).map_err(failed)?;
                Text::Memory(text)
            }
        };
        Ok(index)
    }

    /// Enters a record under its name and key, where each is known and free: the first one of a name has it.
    fn add(
        &mut self,
        place: Place,
        (dn, anchor): (Option<DistinguishedName>, Option<Anchor>),
    ) -> Option<usize> {
        let slot = Slot(u32::try_from(self.places.len()).ok()?);
        let dn = dn?;
        self.by_name.entry(name_hash(&dn)).or_insert(slot);
        if let Some(anchor) = anchor {
            self.by_anchor.entry(anchor_hash(&anchor)).or_insert(slot);
        }
        let parent = parent_hash(&dn);
        *self.children.entry(parent).or_default() += 1;
        self.parents.push(parent);
        self.places.push(place);
        Some(self.places.len() - 1)
    }

    /// A stretch of the decoded text.
    pub(crate) fn read(&mut self, start: u64, end: u64) -> io::Result<Vec<u8>> {
        let length = usize::try_from(end.saturating_sub(start)).map_err(io::Error::other)?;
        match &mut self.text {
            Text::File { file, mark } => {
                let mut octets = vec![0; length];
                file.seek(SeekFrom::Start(start + *mark))?;
                file.read_exact(&mut octets)?;
                Ok(octets)
            }
            Text::Memory(text) => {
                let start = usize::try_from(start).map_err(io::Error::other)?;
                let octets = text.get(start..start + length);
                octets.map(<[u8]>::to_vec).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            }
        }
    }
}

pub(crate) fn name_hash(dn: &DistinguishedName) -> Hash {
    xxh3_64(dn.normalized().as_bytes())
}

pub(crate) fn parent_hash(dn: &DistinguishedName) -> Hash {
    name_hash(&dn.parent().unwrap_or_default())
}

pub(crate) fn anchor_hash(anchor: &Anchor) -> Hash {
    xxh3_64(anchor.as_bytes())
}

fn not_rewritable(connector: &LdifConnector, line: u64, reason: &str) -> ConnectorError {
    ConnectorError::Configuration {
        code: "MDR-L004",
        doing: format!("writing the new snapshot {}", connector.path.display()),
        reason: format!("{reason} (line {line})"),
        remedy: "Put a whole snapshot there, or let exports go to a change file with apply = \"file\""
            .to_owned(),
    }
}
