//! One record: an object of a snapshot packed as it is read, or a change record.

use madrigal_model::{Anchor, AttributeName, DistinguishedName, Entry, EntryPacker, Syntax, Taken, ValueRef};

use crate::change::{self, ChangeRecord};
use crate::fault::{Fault, FaultKind};
use crate::lines::{Line, LineKind, LineValue, Lines, Scratch};
use crate::names::{Asked, Meaning, NameTable};
use crate::options::Limits;
use crate::source::{Extent, RawRecord};

/// One object of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Its name.
    pub dn: DistinguishedName,
    /// Its key.
    pub anchor: Anchor,
    /// The attributes that were asked for.
    pub entry: Entry,
}

/// What a record is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// An object, as it stands in a snapshot or in an add.
    Content(Content),
    /// A change of an object.
    Change(ChangeRecord),
    /// Nothing about an object: a comment, a version, a referral, the result of the search that wrote the file.
    Nothing,
}

/// A record that was not read, with what can be told of its object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// What is wrong, each with its line; at least one.
    pub faults: Vec<Fault>,
    /// The object's name, where it could be read.
    pub dn: Option<DistinguishedName>,
    /// The object's key, where it could be read.
    pub anchor: Option<Anchor>,
}

/// How many faults of one record are told.
const FAULTS_TOLD: usize = 8;

/// Reads records one after another; what it needs for that it keeps.
pub struct RecordParser {
    pub(crate) names: NameTable,
    pub(crate) limits: Limits,
    packer: EntryPacker,
    pub(crate) scratch: Scratch,
}

impl RecordParser {
    /// A parser for objects whose key is `anchor`, and of which these attributes are asked for; none: all.
    #[must_use]
    pub fn new(anchor: AttributeName, attributes: &[AttributeName], limits: Limits) -> Self {
        let names = NameTable::new(anchor, attributes);
        Self { names, limits, packer: EntryPacker::default(), scratch: Scratch::default() }
    }

    /// Reads one record.
    ///
    /// # Errors
    /// [`Unread`] where something is wrong with it.
    pub fn parse(&mut self, raw: &RawRecord<'_>) -> Result<Parsed, Box<Unread>> {
        self.packer.clear();
        let mut reading = Reading { unread: Unread::default(), line: raw.line, seen_anchor: false };
        match raw.extent {
            Extent::Whole => {}
            Extent::CutOff => reading.fault(FaultKind::CutOff, 0, None),
            Extent::TooLarge => {
                let limit = self.limits.record_octets;
                reading.fault(FaultKind::RecordTooLarge { limit }, 0, None);
            }
        }
        let mut lines = Lines::of(raw.octets);
        let Some(first) = self.name_line(&mut lines, &mut reading) else {
            return if reading.unread.faults.is_empty() {
                Ok(Parsed::Nothing)
            } else {
                Err(Box::new(reading.unread))
            };
        };
        self.read_dn(&first, &mut reading);
        let mut is_change = None;
        for line in lines.by_ref() {
            match &line.kind {
                LineKind::Pair(name, value) => match self.names.meaning(name) {
                    Meaning::Other | Meaning::Version => {}
                    Meaning::Asked(asked) => self.take_value(asked, value, &line, &mut reading),
                    Meaning::Control => {}
                    Meaning::ChangeType => {
                        let kind = value.keyword();
                        if kind != b"add" {
                            is_change = Some(kind);
                            break;
                        }
                    }
                    Meaning::Dn | Meaning::Garbage => {
                        reading.fault(FaultKind::Garbage, line.number, None);
                    }
                    Meaning::TooManyNames => reading.fault(FaultKind::TooManyNames, line.number, None),
                },
                LineKind::Dash | LineKind::Garbage => reading.fault(FaultKind::Garbage, line.number, None),
            }
        }
        if let Some(kind) = is_change {
            return self.finish_change(&kind, lines, reading);
        }
        self.finish_content(reading)
    }

    /// The line with the name; none where the record is about no object, or has a fault instead.
    fn name_line<'a>(&mut self, lines: &mut Lines<'a>, reading: &mut Reading) -> Option<Line<'a>> {
        loop {
            let line = lines.next()?;
            let LineKind::Pair(name, value) = &line.kind else {
                reading.fault(FaultKind::Garbage, line.number, None);
                continue;
            };
            match self.names.meaning(name) {
                Meaning::Dn => return Some(line),
                Meaning::Version => {}
                Meaning::Garbage => reading.fault(FaultKind::Garbage, line.number, None),
                _ if name.eq_ignore_ascii_case(b"ref") || name.eq_ignore_ascii_case(b"search") => {
                    self.read_result(lines, reading);
                    return None;
                }
                _ if name.eq_ignore_ascii_case(b"result") => {
                    check_result(value, line.number, reading);
                    return None;
                }
                _ => {
                    reading.fault(FaultKind::NoDn, line.number, None);
                    // The rest may still tell whose object it is.
                    self.look_for_anchor(line, lines, reading);
                    return None;
                }
            }
        }
    }

    fn read_result(&mut self, lines: &mut Lines<'_>, reading: &mut Reading) {
        for line in lines {
            if let LineKind::Pair(name, value) = &line.kind
                && name.eq_ignore_ascii_case(b"result")
            {
                check_result(value, line.number, reading);
            }
        }
    }

    fn look_for_anchor<'a>(&mut self, first: Line<'a>, lines: &mut Lines<'a>, reading: &mut Reading) {
        for line in std::iter::once(first).chain(lines) {
            if let LineKind::Pair(name, value) = &line.kind
                && let Meaning::Asked(asked) = self.names.meaning(name)
                && asked.anchor
            {
                self.take_value(asked, value, &line, reading);
            }
        }
    }

    fn read_dn(&mut self, line: &Line<'_>, reading: &mut Reading) {
        let LineKind::Pair(_, value) = &line.kind else { return };
        let mut scratch = std::mem::take(&mut self.scratch);
        match value.decode(self.limits.value_octets, &mut scratch).and_then(read_name) {
            Ok(dn) => reading.unread.dn = Some(dn),
            Err(kind) => reading.fault(kind, line.number, None),
        }
        self.scratch = scratch;
    }

    fn take_value(&mut self, asked: Asked, value: &LineValue<'_>, line: &Line<'_>, reading: &mut Reading) {
        let mut scratch = std::mem::take(&mut self.scratch);
        let taken = value.decode(self.limits.value_octets, &mut scratch).and_then(|octets| {
            if asked.ranged {
                return Err(FaultKind::Ranged);
            }
            let value = typed(asked.taken, octets)?;
            if asked.anchor {
                reading.take_anchor(asked.name, octets)?;
            }
            if asked.wanted {
                self.packer.add(asked.name, value);
            }
            Ok(())
        });
        if let Err(kind) = taken {
            reading.fault(kind, line.number, Some(asked.name));
        }
        self.scratch = scratch;
    }

    fn finish_content(&mut self, mut reading: Reading) -> Result<Parsed, Box<Unread>> {
        if reading.unread.anchor.is_none() && reading.unread.faults.is_empty() {
            let anchor = self.names.anchor();
            reading.fault(FaultKind::NoAnchor(anchor), 0, Some(anchor));
        }
        match reading.unread {
            Unread { faults, dn: Some(dn), anchor: Some(anchor) } if faults.is_empty() => {
                Ok(Parsed::Content(Content { dn, anchor, entry: self.packer.take() }))
            }
            unread => Err(Box::new(unread)),
        }
    }

    fn finish_change(
        &mut self,
        kind: &[u8],
        lines: Lines<'_>,
        mut reading: Reading,
    ) -> Result<Parsed, Box<Unread>> {
        let Some(dn) = reading.unread.dn.clone() else { return Err(Box::new(reading.unread)) };
        let read = change::parse(self, kind, &dn, lines);
        match read {
            Ok(change) if reading.unread.faults.is_empty() => Ok(Parsed::Change(ChangeRecord { dn, change })),
            Ok(_) => Err(Box::new(reading.unread)),
            Err((kind, number, attribute)) => {
                reading.fault(kind, number, attribute);
                Err(Box::new(reading.unread))
            }
        }
    }
}

/// What is known of a record while it is read.
struct Reading {
    unread: Unread,
    line: u64,
    seen_anchor: bool,
}

impl Reading {
    fn fault(&mut self, kind: FaultKind, number: u64, attribute: Option<AttributeName>) {
        if self.unread.faults.len() < FAULTS_TOLD {
            self.unread.faults.push(Fault { kind, line: self.line + number, attribute });
        }
    }

    fn take_anchor(&mut self, name: AttributeName, octets: &[u8]) -> Result<(), FaultKind> {
        if std::mem::replace(&mut self.seen_anchor, true) {
            self.unread.anchor = None;
            return Err(FaultKind::BadAnchor(name));
        }
        let anchor = read_anchor(name, octets).ok_or(FaultKind::BadAnchor(name))?;
        self.unread.anchor = Some(anchor);
        Ok(())
    }
}

/// The result of the search that wrote the file: anything but success means that objects are missing.
fn check_result(value: &LineValue<'_>, number: u64, reading: &mut Reading) {
    let result = value.keyword();
    if result.first() != Some(&b'0') {
        let result = String::from_utf8_lossy(&result).into_owned();
        reading.fault(FaultKind::CutSearch(result), number, None);
    }
}

/// A name from octets.
pub(crate) fn read_name(octets: &[u8]) -> Result<DistinguishedName, FaultKind> {
    let text = std::str::from_utf8(octets).map_err(|_| FaultKind::BadUtf8)?;
    if text.contains('\0') {
        return Err(FaultKind::Nul);
    }
    if is_plain_name(octets) {
        return Ok(DistinguishedName::from_directory(text));
    }
    match DistinguishedName::parse(text) {
        Ok(dn) if dn.as_str().is_empty() => Err(FaultKind::BadDn("the name is empty".to_owned())),
        Ok(dn) => Ok(dn),
        Err(error) => Err(FaultKind::BadDn(error.to_string())),
    }
}

/// Whether a name is of the plain kind that nearly all are, and needs no parser: steps of letters and digits, `=` and
/// a value without blanks at its ends or special characters.
fn is_plain_name(octets: &[u8]) -> bool {
    !octets.iter().any(|octet| matches!(octet, b'\\' | b'"' | b'+' | b'#' | b';' | b'<' | b'>'))
        && octets.split(|octet| *octet == b',').all(|step| {
            let type_length = step.iter().take_while(|octet| octet.is_ascii_alphanumeric()).count();
            match step.get(type_length..) {
                Some([b'=', first, rest @ ..]) => {
                    type_length > 0 && *first != b' ' && rest.last().unwrap_or(first) != &b' '
                }
                _ => false,
            }
        })
}

/// A key from octets: the 16 of an objectGUID, or its text; of another attribute the text.
pub(crate) fn read_anchor(name: AttributeName, octets: &[u8]) -> Option<Anchor> {
    let is_guid = name.as_str().eq_ignore_ascii_case("objectGUID");
    if madrigal_model::AttributeSchema::of(name).syntax == Syntax::Octets {
        let guid_text = || std::str::from_utf8(octets).ok()?.trim_matches(['{', '}']).parse().ok();
        return match octets.len() {
            0 => None,
            36 | 38 if is_guid => guid_text(),
            16 => Some(Anchor::new(octets)),
            _ if is_guid => None,
            _ => Some(Anchor::new(octets)),
        };
    }
    let text = std::str::from_utf8(octets).ok().filter(|text| !text.is_empty())?;
    text.parse().ok()
}

/// A value as the schema takes it.
pub(crate) fn typed(taken: Taken, octets: &[u8]) -> Result<ValueRef<'_>, FaultKind> {
    let text = || match std::str::from_utf8(octets) {
        Ok(text) if octets.contains(&0) => Err((FaultKind::Nul, text)),
        Ok(text) => Ok(text),
        Err(_) => Err((FaultKind::BadUtf8, "")),
    };
    match taken {
        Taken::Octets => Ok(ValueRef::Bytes(octets)),
        Taken::Text => text().map(ValueRef::Text).map_err(|(kind, _)| kind),
        Taken::Reference => text().map(ValueRef::Unresolved).map_err(|(kind, _)| kind),
        Taken::Either => Ok(text().map_or(ValueRef::Bytes(octets), ValueRef::Text)),
    }
}
