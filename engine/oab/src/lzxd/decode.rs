//! The decoder: total, so that a hostile stream is an error and never a panic or a runaway allocation.

use super::bits::BitReader;
use super::huffman::DecodingTable;
use super::lengths::read_lengths;
use super::slots::{MAX_MAIN_SYMBOLS, slot_layout, slots_of_window};
use super::{CHUNK, LENGTH_SYMBOLS, MAX_PLAIN_MATCH, MIN_MATCH, window_bits};
use crate::OabError;

/// A decoded stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The data.
    pub bytes: Vec<u8>,
    /// Chunks whose stated size is not the number of bytes they take. Lenient decoders skip the
    /// number, Outlook's relies on it.
    pub wrong_chunk_sizes: usize,
}

/// Decodes a stream of `target` bytes whose matches may reach into `reference`.
///
/// # Errors
/// [`OabError::Stream`] when the stream is not valid, [`OabError::TooLarge`] when reference and
/// target do not fit the largest window. Memory grows with what was decoded, not with what is stated.
pub fn decode(stream: &[u8], reference: &[u8], target: usize) -> Result<Decoded, OabError> {
    let Some(bits) = window_bits(reference.len(), target) else {
        let size = (reference.len() as u64).saturating_add(target as u64);
        return Err(OabError::TooLarge { what: "an LZX DELTA stream", size, limit: 1 << 25 });
    };
    let mut decoder = Decoder {
        reader: BitReader::new(stream),
        out: reference.to_vec(),
        recent: [1; 3],
        block: Block::none(),
        main_lengths: vec![0; (256 + 8 * slots_of_window(bits)).min(MAX_MAIN_SYMBOLS)],
        length_lengths: vec![0; LENGTH_SYMBOLS],
    };
    decoder.run(reference.len(), target).map_err(|problem| OabError::Stream {
        at: decoder.reader.byte_position().min(stream.len()),
        length: stream.len(),
        problem,
    })
}

type Step<T> = Result<T, &'static str>;

struct Decoder<'a> {
    reader: BitReader<'a>,
    /// Reference data and what was decoded so far.
    out: Vec<u8>,
    recent: [usize; 3],
    block: Block,
    main_lengths: Vec<u8>,
    length_lengths: Vec<u8>,
}

struct Block {
    kind: Kind,
    remaining: usize,
    odd: bool,
}

enum Kind {
    Coded { main: DecodingTable, length: DecodingTable, aligned: Option<DecodingTable> },
    Uncompressed,
}

impl Block {
    fn none() -> Self {
        Self { kind: Kind::Uncompressed, remaining: 0, odd: false }
    }
}

impl Decoder<'_> {
    fn run(&mut self, reference: usize, target: usize) -> Step<Decoded> {
        let end = reference + target;
        let mut translation = None;
        let mut translated = Vec::new();
        let mut wrong_chunk_sizes = 0;
        while self.out.len() < end {
            let start = self.out.len();
            let stated = self.reader.take(16) as usize;
            let data_start = self.reader.byte_position();
            if start == reference && self.reader.take(1) == 1 {
                let high = self.reader.take(16);
                translation = Some((high << 16) | self.reader.take(16));
            }
            let frame_end = end.min(start + CHUNK);
            self.out.reserve(frame_end - start);
            while self.out.len() < frame_end {
                self.fill(frame_end)?;
                if self.reader.overrun() {
                    return Err("the stream ends before the data do");
                }
            }
            self.reader.align();
            wrong_chunk_sizes += usize::from(self.reader.byte_position() - data_start != stated);
            if let Some(size) = translation {
                let frame = self.out.get(start..).unwrap_or_default();
                translated.extend(translate_calls(frame, start - reference, size));
            }
        }
        let bytes = if translation.is_some() { translated } else { self.out.split_off(reference) };
        Ok(Decoded { bytes, wrong_chunk_sizes })
    }

    /// Decodes a part of the current block, at most to `frame_end`; reads a header first if needed.
    fn fill(&mut self, frame_end: usize) -> Step<()> {
        if self.block.remaining == 0 {
            self.block = self.header()?;
        }
        let start = self.out.len();
        let run_end = frame_end.min(start + self.block.remaining);
        match &self.block.kind {
            Kind::Uncompressed => {
                let raw = self.reader.raw(run_end - start).ok_or("an uncompressed block is cut short")?;
                self.out.extend_from_slice(raw);
                let done = self.block.remaining == run_end - start;
                if done && self.block.odd {
                    // The pad byte may be missing at the very end of a stream.
                    let position = self.reader.byte_position();
                    self.reader.go_to(position + 1);
                    if self.reader.overrun() {
                        self.reader.go_to(position);
                    }
                }
            }
            Kind::Coded { main, length, aligned } => {
                while self.out.len() < run_end {
                    let symbol = main.symbol(&mut self.reader).ok_or("the main tree is empty")?;
                    let Some(header) = symbol.checked_sub(256) else {
                        self.out.push(symbol as u8);
                        continue;
                    };
                    let mut span = header % 8 + MIN_MATCH;
                    if header % 8 == 7 {
                        span += length.symbol(&mut self.reader).ok_or("the length tree is empty")?;
                    }
                    let offset = offset(&mut self.reader, &mut self.recent, header / 8, aligned.as_ref())?;
                    if span == MAX_PLAIN_MATCH {
                        span += extension(&mut self.reader);
                    }
                    if span > run_end - self.out.len() {
                        return Err("a match goes past its chunk or block");
                    }
                    copy(&mut self.out, offset, span)?;
                }
            }
        }
        self.block.remaining -= self.out.len() - start;
        Ok(())
    }

    fn header(&mut self) -> Step<Block> {
        let kind = self.reader.take(3);
        let length = self.reader.take24() as usize;
        if self.reader.overrun() {
            return Err("the stream ends before the data do");
        }
        if length == 0 {
            return Err("a block of no bytes");
        }
        let kind = match kind {
            1 => self.trees(None)?,
            2 => {
                let mut lengths = [0u8; 8];
                for length in &mut lengths {
                    *length = self.reader.take(3) as u8;
                }
                let aligned = DecodingTable::new(&lengths).ok_or("the aligned tree is not complete")?;
                self.trees(Some(aligned))?
            }
            3 => {
                self.reader.align_past();
                for recent in &mut self.recent {
                    let bytes = self.reader.raw(4).ok_or("an uncompressed block is cut short")?;
                    *recent = bytes.iter().rev().fold(0, |sum, &byte| (sum << 8) | usize::from(byte));
                }
                Kind::Uncompressed
            }
            _ => return Err("a block of an unknown type"),
        };
        Ok(Block { kind, remaining: length, odd: length % 2 == 1 })
    }

    fn trees(&mut self, aligned: Option<DecodingTable>) -> Step<Kind> {
        let (literals, matches) = self.main_lengths.split_at_mut(256);
        read_lengths(&mut self.reader, literals)?;
        read_lengths(&mut self.reader, matches)?;
        read_lengths(&mut self.reader, &mut self.length_lengths)?;
        let main = DecodingTable::new(&self.main_lengths).ok_or("the main tree is not complete")?;
        let length = DecodingTable::new(&self.length_lengths).ok_or("the length tree is not complete")?;
        Ok(Kind::Coded { main, length, aligned })
    }
}

/// Reads the rest of an offset and makes it the most recent one.
fn offset(
    reader: &mut BitReader<'_>,
    recent: &mut [usize; 3],
    slot: usize,
    aligned: Option<&DecodingTable>,
) -> Step<usize> {
    let [first, second, third] = *recent;
    *recent = match slot {
        0 => return Ok(first),
        1 => [second, first, third],
        2 => [third, second, first],
        _ => {
            let (bits, base) = slot_layout(slot).ok_or("an offset past the window")?;
            let footer = match aligned {
                Some(tree) if bits >= 3 => {
                    let high = reader.take(bits - 3) << 3;
                    high | tree.symbol(reader).ok_or("the aligned tree is empty")? as u32
                }
                _ => reader.take(bits),
            };
            [(base + footer - 2) as usize, first, second]
        }
    };
    Ok(recent.first().copied().unwrap_or(0))
}

/// The extra length of a match that is coded as 257 bytes long (LZX DELTA).
fn extension(reader: &mut BitReader<'_>) -> usize {
    let extra = if reader.take(1) == 0 {
        reader.take(8)
    } else if reader.take(1) == 0 {
        reader.take(10) + 0x100
    } else if reader.take(1) == 0 {
        reader.take(12) + 0x500
    } else {
        reader.take(15)
    };
    extra as usize
}

fn copy(out: &mut Vec<u8>, offset: usize, span: usize) -> Step<()> {
    let from = out.len().checked_sub(offset).ok_or("a match reaches before the data")?;
    if offset == 0 {
        return Err("a match at distance zero");
    }
    let mut left = span;
    while left > 0 {
        // Each round copies what is there; overlapping matches double it.
        let step = left.min(out.len() - from);
        out.extend_from_within(from..from + step);
        left -= step;
    }
    Ok(())
}

/// Undoes the translation of x86 calls (0xE8) in one chunk; other files than books may carry it.
fn translate_calls(frame: &[u8], position: usize, size: u32) -> Vec<u8> {
    let mut bytes = frame.to_vec();
    if frame.len() <= 10 || position >= CHUNK * 32_768 {
        return bytes;
    }
    let size = i64::from(size as i32);
    let mut at = 0;
    while at + 10 < frame.len() {
        if bytes.get(at) != Some(&0xE8) {
            at += 1;
            continue;
        }
        let Some(place) = bytes.get_mut(at + 1..).and_then(<[u8]>::first_chunk_mut::<4>) else { break };
        let absolute = i64::from(i32::from_le_bytes(*place));
        let current = (position + at) as i64;
        if absolute >= -current && absolute < size {
            let relative = if absolute >= 0 { absolute - current } else { absolute + size };
            *place = (relative as i32).to_le_bytes();
        }
        at += 5;
    }
    bytes
}
