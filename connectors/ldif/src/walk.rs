//! Reading the files from where a watermark stands to their end, in pages.

use std::collections::HashSet;
use std::fs::File;
use std::hash::{BuildHasherDefault, Hasher};
use std::io;
use std::path::Path;

use madrigal_api::{ConnectorError, ImportMode, ImportPage, ImportRequest};
use madrigal_model::{DistinguishedName, Observation, ObservedChange, ObservedObject, Problem, Watermark};
use tokio::sync::mpsc;
use xxhash_rust::xxh3::xxh3_64;

use crate::LdifConnector;
use crate::change::{Change, ChangeRecord};
use crate::fault::{Fault, FaultKind, changed_meanwhile, unreadable};
use crate::mark::{ChangesRead, Mark, Stamp, refused};
use crate::record::{Content, Parsed, RecordParser, Unread};
use crate::source::{Extent, RecordReader};

type Sender = mpsc::Sender<Result<ImportPage, ConnectorError>>;

/// Why a walk ends early.
enum Stop {
    Failed(ConnectorError),
    /// Nobody takes its pages any more.
    Abandoned,
}

impl From<ConnectorError> for Stop {
    fn from(error: ConnectorError) -> Self {
        Self::Failed(error)
    }
}

/// Reads from the watermark to the end and sends the pages.
pub(crate) fn run(
    connector: &LdifConnector,
    request: &ImportRequest,
    from: Option<&Watermark>,
    pages: &Sender,
) {
    let flags = format!("anchor={} changes={}", connector.anchor, connector.changes.is_some());
    let read_with = request.read_with(&flags);
    let parser = RecordParser::new(connector.anchor, &request.attributes, connector.limits);
    let mut walk =
        Walk { connector, request, pages, read_with, parser, page: Page::default(), unreadable: 0 };
    if let Err(Stop::Failed(error)) = walk.run(from) {
        // Where the receiver is gone nobody wants to know.
        let _ = pages.blocking_send(Err(error));
    }
}

/// The error for a thread that ended without its last page.
pub(crate) fn thread_ended(path: &Path) -> ConnectorError {
    unreadable(path, io::Error::other("the thread that reads it ended"))
}

#[derive(Default)]
struct Page {
    observations: Vec<Observation>,
    problems: Vec<Problem>,
    unreadable: u64,
}

struct Walk<'a> {
    connector: &'a LdifConnector,
    request: &'a ImportRequest,
    pages: &'a Sender,
    read_with: u64,
    parser: RecordParser,
    page: Page,
    /// How many records of the whole walk hid which object they are about.
    unreadable: u64,
}

impl Walk<'_> {
    fn run(&mut self, from: Option<&Watermark>) -> Result<(), Stop> {
        let mark = from.map(|from| Mark::from_watermark(from, self.read_with)).transpose()?;
        let (stamp, hash, read, full) = match mark {
            None => {
                let (stamp, hash) = self.snapshot(None)?;
                (stamp, hash, ChangesRead::default(), true)
            }
            Some(Mark::Snapshot { stamp, records, unreadable }) => {
                self.unreadable = unreadable;
                let (stamp, hash) = self.snapshot(Some((stamp, records)))?;
                (stamp, hash, ChangesRead::default(), true)
            }
            Some(Mark::Changes { stamp, hash, read, full }) => {
                self.unreadable = full.unwrap_or(0);
                (self.same_snapshot(stamp, hash)?, hash, read, full.is_some())
            }
        };
        let mark = |read, full| Mark::Changes { stamp, hash, read, full };
        let read = self.changes(read, |read, unreadable| mark(read, full.then_some(unreadable)))?;
        let complete = full && self.unreadable == 0 && self.request.mode == ImportMode::Full;
        self.send(mark(read, None), false, complete)
    }

    /// Reads the snapshot, from its beginning or from behind so many records of the same file.
    fn snapshot(&mut self, resumed: Option<(Stamp, u64)>) -> Result<(Stamp, u64), Stop> {
        let path = self.connector.path.as_path();
        let (file, stamp) = open(path).map_err(|error| unreadable(path, error))?;
        let behind = match resumed {
            Some((old, _)) if old != stamp => {
                return Err(refused("the snapshot was replaced while it was read").into());
            }
            Some((_, records)) => records,
            None => 0,
        };
        let mut reader = RecordReader::new(&file, self.connector.limits.record_octets);
        let mut seen = Seen::default();
        let mut records = 0;
        while let Some(raw) = reader.next_record().map_err(|error| unreadable(path, error))? {
            records += 1;
            let read = self.parser.parse(&raw);
            let line = raw.line;
            let read = read.and_then(|parsed| seen.once(parsed, line));
            if records <= behind {
                continue;
            }
            match read {
                Ok(Parsed::Content(content)) => self.page.observations.push(present(content)),
                Ok(Parsed::Change(change)) => self.page.observations.push(changed(change)),
                Ok(Parsed::Nothing) => {}
                Err(unread) => self.unread(path, *unread),
            }
            if self.page_is_full() {
                self.send(Mark::Snapshot { stamp, records, unreadable: self.unreadable }, true, false)?;
            }
        }
        if Stamp::of(&file.metadata().map_err(|error| unreadable(path, error))?) != stamp {
            return Err(changed_meanwhile(path).into());
        }
        Ok((stamp, reader.passed().1))
    }

    /// Whether the snapshot is still the one that was read; the stamp that it has now.
    fn same_snapshot(&mut self, stamp: Stamp, hash: u64) -> Result<Stamp, Stop> {
        let path = self.connector.path.as_path();
        let (file, now) = open(path).map_err(|error| unreadable(path, error))?;
        if now == stamp {
            return Ok(now);
        }
        let replaced = || Stop::from(refused(format!("{} is another snapshot now", path.display())));
        if now.octets != stamp.octets {
            return Err(replaced());
        }
        // Written again with the same content, or copied.
        let mut reader = RecordReader::new(&file, self.connector.limits.record_octets);
        reader.skip(u64::MAX).map_err(|error| unreadable(path, error))?;
        if reader.passed().1 == hash { Ok(now) } else { Err(replaced()) }
    }

    /// Reads the change records behind those that were read; gives how far they are read now.
    fn changes(
        &mut self,
        from: ChangesRead,
        mark: impl Fn(ChangesRead, u64) -> Mark,
    ) -> Result<ChangesRead, Stop> {
        let Some(path) = self.connector.changes.as_deref() else { return Ok(from) };
        let file = match open(path) {
            Ok((file, _)) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound && from.octets == 0 => return Ok(from),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(refused(format!("{} is gone", path.display())).into());
            }
            Err(error) => return Err(unreadable(path, error).into()),
        };
        let mut reader = RecordReader::new(&file, self.connector.limits.record_octets);
        let whole = reader.skip(from.octets).map_err(|error| unreadable(path, error))?;
        if !whole || (from.octets > 0 && reader.passed().1 != from.hash) {
            return Err(refused(format!("{} was cut or rewritten", path.display())).into());
        }
        let mut read = from;
        while let Some(raw) = reader.next_record().map_err(|error| unreadable(path, error))? {
            // The last record may still be being written: it is left for the next time.
            if raw.extent == Extent::CutOff {
                break;
            }
            match self.parser.parse(&raw) {
                Ok(Parsed::Content(content)) => self.page.observations.push(present(content)),
                Ok(Parsed::Change(change)) => self.page.observations.push(changed(change)),
                Ok(Parsed::Nothing) => {}
                Err(unread) => self.change_unread(path, *unread),
            }
            let (octets, hash) = reader.passed();
            read = ChangesRead { octets, hash };
            if self.page_is_full() {
                self.send(mark(read, self.unreadable), true, false)?;
            }
        }
        Ok(read)
    }

    /// Records a record of the snapshot that was not read. Its object, where it is known, is there nevertheless.
    fn unread(&mut self, path: &Path, unread: Unread) {
        let hides = unread.faults.iter().any(|fault| fault.kind.hides_objects());
        // The record before it with the same key has shown the object.
        let shown = unread.faults.iter().any(|fault| matches!(fault.kind, FaultKind::SameAnchor(_)));
        let same_dn = unread.faults.iter().any(|fault| fault.kind == FaultKind::SameDn);
        self.problems(path, &unread);
        match unread.anchor {
            Some(anchor) if !shown => {
                let dn = unread.dn.filter(|_| !same_dn);
                let change = ObservedChange::Patch { dn, attributes: Vec::new() };
                self.page.observations.push(Observation { object: ObservedObject::Anchor(anchor), change });
                self.page.unreadable += u64::from(hides);
                self.unreadable += u64::from(hides);
            }
            Some(_) => {}
            None => match unread.dn.filter(|_| !hides && !same_dn) {
                // It is there, under its name.
                Some(dn) => {
                    let change = ObservedChange::Patch { dn: None, attributes: Vec::new() };
                    self.page.observations.push(Observation { object: ObservedObject::Name(dn), change });
                }
                None => {
                    self.page.unreadable += 1;
                    self.unreadable += 1;
                }
            },
        }
    }

    /// Records a change record that was not read. It hides no object: what it would have added was never known.
    fn change_unread(&mut self, path: &Path, mut unread: Unread) {
        for fault in &mut unread.faults {
            if let FaultKind::NoAnchor(anchor) = fault.kind {
                fault.kind = FaultKind::AddedWithoutAnchor(anchor);
            }
        }
        self.problems(path, &unread);
    }

    fn problems(&mut self, path: &Path, unread: &Unread) {
        let dn = unread.dn.as_ref().map(DistinguishedName::as_str);
        let problems = unread.faults.iter().map(|fault| fault.problem(path, dn, self.request.now));
        self.page.problems.extend(problems);
    }

    fn page_is_full(&self) -> bool {
        let page_size = self.request.page_size.max(1);
        self.page.observations.len() >= page_size || self.page.problems.len() >= page_size
    }

    fn send(&mut self, mark: Mark, more: bool, complete: bool) -> Result<(), Stop> {
        let Page { observations, problems, unreadable } = std::mem::take(&mut self.page);
        if more {
            self.page.observations.reserve(observations.len());
        }
        let watermark = mark.to_watermark(self.read_with);
        let page =
            ImportPage { observations, problems, unreadable, watermark, more, complete, behind: false };
        self.pages.blocking_send(Ok(page)).map_err(|_| Stop::Abandoned)
    }
}

fn open(path: &Path) -> io::Result<(File, Stamp)> {
    // Before it is opened: a pipe is waited for, for ever.
    #[cfg(unix)]
    if std::os::unix::fs::FileTypeExt::is_fifo(&std::fs::metadata(path)?.file_type()) {
        let reason = "it is a pipe, and a directory is read more than once: name a file";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    let stamp = Stamp::of(&metadata);
    Ok((file, stamp))
}

fn present(content: Content) -> Observation {
    let Content { dn, anchor, entry } = content;
    Observation { object: ObservedObject::Anchor(anchor), change: ObservedChange::Present { dn, entry } }
}

fn changed(record: ChangeRecord) -> Observation {
    let change = match record.change {
        Change::Delete => ObservedChange::Deleted,
        Change::Modify(attributes) => ObservedChange::Patch { dn: None, attributes },
        Change::Rename { new_dn, naming } => ObservedChange::Patch { dn: Some(new_dn), attributes: naming },
    };
    Observation { object: ObservedObject::Name(record.dn), change }
}

/// Hashes that are hashes already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, octets: &[u8]) {
        self.0 = xxh3_64(octets);
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

type Hashes = HashSet<u64, BuildHasherDefault<AsItIs>>;

/// The names and keys that the snapshot has shown, by hash: 64 bits tell a million objects apart but for one chance in
/// thirty million.
#[derive(Default)]
struct Seen {
    names: Hashes,
    anchors: Hashes,
}

impl Seen {
    /// The record, unless an earlier one had its name or its key.
    fn once(&mut self, parsed: Parsed, line: u64) -> Result<Parsed, Box<Unread>> {
        let Parsed::Content(content) = &parsed else { return Ok(parsed) };
        let fault = |kind| Fault { kind, line, attribute: None };
        let mut faults = Vec::new();
        if !self.anchors.insert(xxh3_64(content.anchor.as_bytes())) {
            faults.push(fault(FaultKind::SameAnchor(content.anchor.to_string())));
        }
        if !self.names.insert(name_hash(&content.dn)) {
            faults.push(fault(FaultKind::SameDn));
        }
        if faults.is_empty() {
            return Ok(parsed);
        }
        Err(Box::new(Unread { faults, dn: Some(content.dn.clone()), anchor: Some(content.anchor.clone()) }))
    }
}

/// The hash of a name without regard to case. A file writes one name in one way, so only escapes are read; that `Å` and
/// `å` are one is left to the directory that the file came from.
fn name_hash(dn: &DistinguishedName) -> u64 {
    if dn.as_str().contains('\\') {
        xxh3_64(dn.normalized().to_ascii_lowercase().as_bytes())
    } else {
        xxh3_64(dn.as_str().to_ascii_lowercase().as_bytes())
    }
}
