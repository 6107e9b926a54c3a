//! An export as a new snapshot: the file is read once for its names and keys, the operations are checked and carried
//! out on the records that they touch, and a new file takes the old one's place. Everything that is not touched is
//! copied octet for octet.

mod edited;
mod index;
mod operations;
mod references;

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use madrigal_api::{ConnectorError, Operation, Receipt, ReceiptOutcome};
use madrigal_model::Timestamp;

use crate::LdifConnector;
use crate::atomic;
use crate::export::name;
use crate::fault::{changed_meanwhile, unreadable, unwritable};
use crate::mark::Stamp;
use crate::source::Encoding;

use index::{Index, Text};
use operations::Snapshot;

/// Carries out the operations and replaces the file.
pub(crate) fn apply(
    connector: &LdifConnector,
    operations: Vec<Operation>,
    now: Timestamp,
) -> Result<Vec<Receipt>, ConnectorError> {
    let path = connector.path.as_path();
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    let stamp = Stamp::of(&file.metadata().map_err(|error| unreadable(path, error))?);
    let index = Index::of(connector, file)?;
    let mut snapshot = Snapshot::new(connector, index);
    let mut receipts = Vec::with_capacity(operations.len());
    for operation in operations {
        let done = snapshot.carry_out(&operation).map_err(|error| unreadable(path, error))?;
        let outcome = match done {
            Ok(anchor) => ReceiptOutcome::Accepted(Some(anchor)),
            Err(refusal) => refusal.outcome(name(&operation.kind).as_str(), now),
        };
        receipts.push(Receipt::new(operation.identity, outcome));
    }
    if snapshot.is_touched() {
        snapshot.follow_references().map_err(|error| unreadable(path, error))?;
        replace(path, stamp, &mut snapshot)?;
    }
    Ok(receipts)
}

fn replace(path: &Path, stamp: Stamp, snapshot: &mut Snapshot<'_>) -> Result<(), ConnectorError> {
    let mut changed = false;
    // A symbolic link is followed: what it points to is what others read.
    let path = &std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let previous = atomic::beside(path, ".previous");
    let replaced = atomic::replace(path, Some(&previous), |out| {
        write(out, snapshot)?;
        changed = Stamp::of(&std::fs::metadata(path)?) != stamp;
        if changed { Err(io::Error::other("it was changed meanwhile")) } else { Ok(()) }
    });
    match replaced {
        Err(_) if changed => Err(changed_meanwhile(path)),
        replaced => replaced.map_err(|error| unwritable(path, error)),
    }
}

fn write(out: &mut BufWriter<File>, snapshot: &mut Snapshot<'_>) -> io::Result<()> {
    let encoding = snapshot.index().encoding;
    let mut at = 0;
    match encoding {
        Encoding::Utf8 => {}
        Encoding::Utf8Bom => out.write_all(b"\xef\xbb\xbf")?,
        Encoding::Utf16Le | Encoding::Utf16Be => out.write_all(&encoded(encoding, "\u{feff}".as_bytes()))?,
    }
    for (place, slot) in snapshot.replaced() {
        copy(out, snapshot.index(), at, place.start)?;
        // A record that goes takes its blank line along.
        at = place.next;
        if let Some(text) = snapshot.text(slot) {
            out.write_all(&encoded(encoding, text))?;
            at = place.end;
        }
    }
    let end = snapshot.index().octets;
    copy(out, snapshot.index(), at, end)?;
    let blank = encoded(encoding, snapshot.index().line_end.as_bytes());
    let mut separated = snapshot.index().ends_blank;
    for slot in snapshot.appended() {
        if !std::mem::replace(&mut separated, true) {
            out.write_all(&blank)?;
        }
        out.write_all(&encoded(encoding, snapshot.text(slot).unwrap_or_default()))?;
        out.write_all(&blank)?;
    }
    Ok(())
}

/// Copies a stretch of the old file.
fn copy(out: &mut BufWriter<File>, index: &mut Index, start: u64, end: u64) -> io::Result<()> {
    let octets = end.saturating_sub(start);
    let encoding = index.encoding;
    match &mut index.text {
        Text::File { file, mark } => {
            file.seek(SeekFrom::Start(start + *mark))?;
            let copied = io::copy(&mut file.take(octets), out)?;
            if copied == octets { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
        }
        Text::Memory(_) => {
            let text = index.read(start, end)?;
            out.write_all(&encoded(encoding, &text))
        }
    }
}

fn encoded(encoding: Encoding, text: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(text.len());
    encoding.encode(text, &mut octets);
    octets
}
