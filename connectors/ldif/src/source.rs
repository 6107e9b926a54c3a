//! The file as a stream of records: encodings, line numbers, and a limit to what one record may take.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter};
use xxhash_rust::xxh3::Xxh3;

/// How much is read at once.
const BLOCK_OCTETS: usize = 512 * 1024;
/// What is kept of a record that is longer than the limit: enough for its name, and often for its key.
const HEAD_OCTETS: usize = 64 * 1024;

/// How the file's octets stand for text. Records are UTF-8 from here on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, as RFC 2849 asks.
    Utf8,
    /// UTF-8 behind a byte order mark.
    Utf8Bom,
    /// UTF-16 little-endian, as `ldifde -u` writes.
    Utf16Le,
    /// UTF-16 big-endian.
    Utf16Be,
}

impl Encoding {
    /// The encoding that the file's first octets tell, and how many of them are a byte order mark.
    #[must_use]
    pub fn detect(start: &[u8]) -> (Self, usize) {
        match start {
            [0xef, 0xbb, 0xbf, ..] => (Self::Utf8Bom, 3),
            [0xff, 0xfe, ..] => (Self::Utf16Le, 2),
            [0xfe, 0xff, ..] => (Self::Utf16Be, 2),
            [1..=0x7f, 0, ..] => (Self::Utf16Le, 0),
            [0, 1..=0x7f, ..] => (Self::Utf16Be, 0),
            _ => (Self::Utf8, 0),
        }
    }

    /// Text as it stands in a file of this encoding, the byte order mark apart.
    pub(crate) fn encode(self, text: &[u8], out: &mut Vec<u8>) {
        let unit: fn(u16) -> [u8; 2] = match self {
            Self::Utf8 | Self::Utf8Bom => return out.extend_from_slice(text),
            Self::Utf16Le => u16::to_le_bytes,
            Self::Utf16Be => u16::to_be_bytes,
        };
        out.extend(String::from_utf8_lossy(text).encode_utf16().flat_map(unit));
    }
}

/// UTF-8 whatever the input's encoding. What is no UTF-16 comes out as an octet that is no UTF-8, so that the record
/// is found bad and not silently changed.
pub(crate) struct Decoder<R> {
    input: R,
    encoding: Option<Encoding>,
    /// Read and not yet given: raw for UTF-16, else what was read to detect the encoding.
    raw: Vec<u8>,
    decoded: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read> Decoder<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, encoding: None, raw: Vec::new(), decoded: Vec::new(), given: 0, ended: false }
    }

    /// The encoding; known once something was read.
    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding.unwrap_or(Encoding::Utf8)
    }

    fn detect(&mut self) -> io::Result<()> {
        let mut start = [0; 4];
        let mut length = 0;
        while let Some(free) = start.get_mut(length..).filter(|free| !free.is_empty()) {
            match read_some(&mut self.input, free)? {
                0 => break,
                read => length += read,
            }
        }
        let start = start.get(..length).unwrap_or_default();
        let (encoding, mark) = Encoding::detect(start);
        self.encoding = Some(encoding);
        let rest = start.get(mark..).unwrap_or_default();
        match encoding {
            Encoding::Utf8 | Encoding::Utf8Bom => self.decoded.extend_from_slice(rest),
            Encoding::Utf16Le | Encoding::Utf16Be => self.raw.extend_from_slice(rest),
        }
        Ok(())
    }

    fn decode_block(&mut self) -> io::Result<()> {
        let had = self.raw.len();
        self.raw.resize(had + BLOCK_OCTETS, 0);
        let read = read_some(&mut self.input, self.raw.get_mut(had..).unwrap_or_default())?;
        self.raw.truncate(had + read);
        self.ended = read == 0;
        let big = self.encoding == Some(Encoding::Utf16Be);
        let mut units: Vec<u16> = self
            .raw
            .chunks_exact(2)
            .filter_map(|pair| <[u8; 2]>::try_from(pair).ok())
            .map(|pair| if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
            .collect();
        // The first half of a pair waits for its second.
        if !self.ended && units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit)) {
            units.pop();
        }
        let mut rest = self.raw.split_off(units.len() * 2);
        std::mem::swap(&mut rest, &mut self.raw);
        self.decoded.clear();
        self.given = 0;
        for character in char::decode_utf16(units) {
            match character {
                Ok(character) => {
                    self.decoded.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes())
                }
                Err(_) => self.decoded.push(0xff),
            }
        }
        if self.ended && !self.raw.is_empty() {
            self.decoded.push(0xff);
            self.raw.clear();
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.encoding.is_none() {
            self.detect()?;
        }
        loop {
            let waiting = self.decoded.get(self.given..).unwrap_or_default();
            if !waiting.is_empty() {
                let length = waiting.len().min(out.len());
                let (now, free) = (waiting.get(..length), out.get_mut(..length));
                if let (Some(now), Some(free)) = (now, free) {
                    free.copy_from_slice(now);
                }
                self.given += length;
                return Ok(length);
            }
            if matches!(self.encoding, Some(Encoding::Utf8 | Encoding::Utf8Bom)) {
                return read_some(&mut self.input, out);
            }
            if self.ended {
                return Ok(0);
            }
            self.decode_block()?;
        }
    }
}

/// Reads past interruptions.
fn read_some(input: &mut impl Read, out: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(out) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// How much of a record there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// Its beginning: it is longer than the limit.
    TooLarge,
    /// The file ends in its middle: its last line has no end.
    CutOff,
}

/// One record as it stands in the file: lines without a blank one between them.
#[derive(Clone, Copy, Debug)]
pub struct RawRecord<'a> {
    /// Its octets, the last line's end included.
    pub octets: &'a [u8],
    /// The number of its first line, counted from 1.
    pub line: u64,
    /// Where it begins in the decoded text.
    pub offset: u64,
    /// How much of it there is.
    pub extent: Extent,
}

/// Reads records one after another.
pub struct RecordReader<R> {
    input: Decoder<R>,
    record_limit: usize,
    buffer: Vec<u8>,
    /// Where in the buffer the next record begins, and how far it was searched for its end.
    start: usize,
    searched: usize,
    filled: usize,
    ended: bool,
    /// Whether what is in the buffer has carriage returns.
    returns: bool,
    line: u64,
    offset: u64,
    hash: Xxh3,
    head: Vec<u8>,
}

/// Where a record ends in the buffer.
enum End {
    /// Behind this octet.
    At(usize),
    /// Not in what was read.
    Beyond,
}

impl<R: Read> RecordReader<R> {
    /// A reader of this input; no record longer than `record_limit` octets is kept in memory.
    #[must_use]
    pub fn new(input: R, record_limit: usize) -> Self {
        Self {
            input: Decoder::new(input),
            record_limit: record_limit.max(1),
            buffer: Vec::new(),
            start: 0,
            searched: 0,
            filled: 0,
            ended: false,
            returns: false,
            line: 1,
            offset: 0,
            hash: Xxh3::new(),
            head: Vec::new(),
        }
    }

    /// The file's encoding; known once a record was read.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.input.encoding()
    }

    /// How many octets of decoded text were passed, and their hash.
    #[must_use]
    pub fn passed(&self) -> (u64, u64) {
        (self.offset, self.hash.digest())
    }

    /// Reads past this many octets of decoded text: false where there are fewer.
    ///
    /// # Errors
    /// The input's.
    pub fn skip(&mut self, octets: u64) -> io::Result<bool> {
        while self.offset < octets {
            if self.start == self.filled && !self.fill()? {
                return Ok(false);
            }
            let wanted = usize::try_from(octets - self.offset).unwrap_or(usize::MAX);
            self.pass((self.filled - self.start).min(wanted));
        }
        Ok(true)
    }

    /// The next record; none at the end.
    ///
    /// # Errors
    /// The input's.
    pub fn next_record(&mut self) -> io::Result<Option<RawRecord<'_>>> {
        if !self.skip_blank_lines()? {
            return Ok(None);
        }
        let (line, offset) = (self.line, self.offset);
        loop {
            match self.find_end() {
                End::At(end) if end - self.start <= self.record_limit => {
                    let start = self.start;
                    self.pass(end - start);
                    let octets = self.buffer.get(start..end).unwrap_or_default();
                    let cut = octets.last() != Some(&b'\n');
                    let extent = if cut { Extent::CutOff } else { Extent::Whole };
                    return Ok(Some(RawRecord { octets, line, offset, extent }));
                }
                found if self.filled - self.start > self.record_limit => {
                    self.pass_large_record(&found)?;
                    return Ok(Some(RawRecord {
                        octets: &self.head,
                        line,
                        offset,
                        extent: Extent::TooLarge,
                    }));
                }
                End::At(_) | End::Beyond => {
                    self.fill()?;
                }
            }
        }
    }

    /// Stands before a line that is not blank; false at the end.
    fn skip_blank_lines(&mut self) -> io::Result<bool> {
        loop {
            match self.buffer.get(self.start..self.filled).unwrap_or_default() {
                [b'\n', ..] => self.pass(1),
                [b'\r', b'\n', ..] => self.pass(2),
                [] | [b'\r'] if !self.ended => {
                    self.fill()?;
                }
                [] => return Ok(false),
                _ => return Ok(true),
            }
        }
    }

    fn find_end(&mut self) -> End {
        let mut at = self.searched.max(self.start);
        if !self.returns {
            let rest = self.buffer.get(at..self.filled).unwrap_or_default();
            return match memchr::memmem::find(rest, b"\n\n") {
                Some(found) => End::At(at + found + 1),
                None if self.ended => End::At(self.filled),
                None => {
                    // The last octet may be the first of two.
                    self.searched = self.filled.saturating_sub(1).max(at);
                    End::Beyond
                }
            };
        }
        while let Some(found) = memchr(b'\n', self.buffer.get(at..self.filled).unwrap_or_default()) {
            let next = at + found + 1;
            match self.buffer.get(next..self.filled).unwrap_or_default() {
                [b'\n', ..] | [b'\r', b'\n', ..] => return End::At(next),
                [] | [b'\r'] if !self.ended => {
                    self.searched = next - 1;
                    return End::Beyond;
                }
                _ => at = next,
            }
        }
        self.searched = self.filled;
        if self.ended { End::At(self.filled) } else { End::Beyond }
    }

    /// Keeps the head of a record that is too large and passes the rest.
    fn pass_large_record(&mut self, found: &End) -> io::Result<()> {
        self.head.clear();
        let end = if let End::At(end) = found { *end } else { self.filled };
        let head = self.buffer.get(self.start..end).unwrap_or_default();
        let head = head.get(..HEAD_OCTETS).unwrap_or(head);
        // Whole lines only: half a value would be taken for a value.
        let lines = memchr::memrchr(b'\n', head).map_or(0, |end| end + 1);
        self.head.extend_from_slice(head.get(..lines).unwrap_or_default());
        loop {
            match self.find_end() {
                End::At(end) => {
                    self.pass(end - self.start);
                    return Ok(());
                }
                End::Beyond => {
                    self.pass(self.searched - self.start);
                    self.fill()?;
                }
            }
        }
    }

    fn pass(&mut self, octets: usize) {
        let passed = self.buffer.get(self.start..self.start + octets).unwrap_or_default();
        self.line += memchr_iter(b'\n', passed).count() as u64;
        self.hash.update(passed);
        self.offset += octets as u64;
        self.start += octets;
    }

    /// Reads more; false at the end of the input.
    fn fill(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.filled, 0);
            self.filled -= self.start;
            self.searched = self.searched.saturating_sub(self.start);
            self.start = 0;
        }
        if self.buffer.len() < self.filled + BLOCK_OCTETS {
            self.buffer.resize(self.filled + BLOCK_OCTETS, 0);
        }
        let read = self.input.read(self.buffer.get_mut(self.filled..).unwrap_or_default())?;
        let new = self.buffer.get(self.filled..self.filled + read).unwrap_or_default();
        self.returns |= memchr(b'\r', new).is_some();
        self.filled += read;
        self.ended = read == 0;
        Ok(read > 0)
    }
}
