//! The encoder: uncompressed blocks, or one verbatim block with matches for each stream.

use super::bits::BitWriter;
use super::huffman::{canonical_codes, code_lengths};
use super::lengths::write_lengths;
use super::matches::{Match, MatchFinder, common_prefix};
use super::slots::{slot_of, slots_of_window};
use super::{CHUNK, LENGTH_SYMBOLS, MAX_PLAIN_MATCH, MIN_MATCH, window_bits};

/// How hard the encoder tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// Level 0: uncompressed (type 3) blocks, 18 bytes more than the data for each 32 KiB.
    Uncompressed,
    /// Level 1: verbatim (type 1) blocks with matches.
    #[default]
    Matching,
}

/// Longest match that is written without the extension of LZX DELTA, which some decoders lack.
const PORTABLE_MATCH: usize = MAX_PLAIN_MATCH - 1;
/// A match of this length is taken at once, without a look at the next position.
const GOOD_MATCH: usize = 48;
/// No length symbol.
const NO_LENGTH: u16 = u16::MAX;

/// An LZX DELTA encoder. It keeps its tables between streams; the streams do not depend on each other.
#[derive(Debug, Default)]
pub struct Encoder {
    finder: MatchFinder,
    window: Vec<u8>,
    tokens: Vec<Token>,
}

/// A literal or a match, ready to be written.
#[derive(Debug, Clone, Copy)]
struct Token {
    main: u16,
    length: u16,
    footer: u32,
    footer_bits: u8,
    extension_bits: u8,
    extension: u32,
}

impl Encoder {
    /// Compresses `target` into a stream whose matches may reach into `reference`.
    ///
    /// With reference data, matches may be as long as a chunk; without, they stay below 257 bytes, so
    /// that decoders of plain LZX can read them too. Data that do not shrink become uncompressed
    /// blocks. `None` when both together are larger than the largest window (32 MiB).
    pub fn encode(&mut self, level: Level, reference: &[u8], target: &[u8]) -> Option<Vec<u8>> {
        let bits = window_bits(reference.len(), target.len())?;
        if level == Level::Uncompressed {
            return Some(uncompressed(target));
        }
        self.window.clear();
        self.window.extend_from_slice(reference);
        self.window.extend_from_slice(target);
        self.tokenize(reference.len());
        let stream = self.write(target.len(), 256 + 8 * slots_of_window(bits));
        let stored = uncompressed_size(target.len());
        Some(if stream.len() < stored { stream } else { uncompressed(target) })
    }

    fn tokenize(&mut self, reference: usize) {
        let window = self.window.as_slice();
        self.tokens.clear();
        self.finder.start(window, reference);
        let longest = if reference == 0 { PORTABLE_MATCH } else { CHUNK };
        let mut recent = Recent::default();
        let mut at = reference;
        while at < window.len() {
            let in_chunk = CHUNK - (at - reference) % CHUNK;
            let limit = longest.min(in_chunk).min(window.len() - at);
            let found = recent.choose(window, at, limit, &self.finder);
            self.finder.insert_to(window, at + 1);
            let Some(found) = found else {
                self.tokens.push(Token::literal(window.get(at).copied().unwrap_or(0)));
                at += 1;
                continue;
            };
            // A literal now is worth it when the next position has a clearly longer match.
            if found.length < GOOD_MATCH && limit > found.length + 1 {
                let next = recent.choose(window, at + 1, limit - 1, &self.finder);
                if next.is_some_and(|next| recent.worth(next) > recent.worth(found) + 1) {
                    self.tokens.push(Token::literal(window.get(at).copied().unwrap_or(0)));
                    at += 1;
                    continue;
                }
            }
            self.tokens.push(recent.code(found));
            self.finder.insert_to(window, at + found.length);
            at += found.length;
        }
    }

    fn write(&self, target: usize, main_symbols: usize) -> Vec<u8> {
        let mut main = vec![0; main_symbols];
        let mut length = vec![0; LENGTH_SYMBOLS];
        for token in &self.tokens {
            count(&mut main, token.main);
            count(&mut length, token.length);
        }
        let main = Code::new(&main);
        let length = Code::new(&length);
        let mut chunks = ChunkWriter::default();
        chunks.open();
        chunks.bits.put(0, 1); // no translation of x86 calls
        chunks.bits.put(1, 3); // verbatim
        chunks.bits.put((target >> 16) as u32, 8);
        chunks.bits.put((target & 0xFFFF) as u32, 16);
        let (literals, matches) = main.lengths.split_at(256.min(main.lengths.len()));
        write_lengths(&mut chunks.bits, literals);
        write_lengths(&mut chunks.bits, matches);
        write_lengths(&mut chunks.bits, &length.lengths);
        for token in &self.tokens {
            chunks.room_for(token.span());
            main.put(&mut chunks.bits, token.main);
            length.put(&mut chunks.bits, token.length);
            chunks.bits.put(token.footer, u32::from(token.footer_bits));
            chunks.bits.put(token.extension, u32::from(token.extension_bits));
        }
        chunks.close();
        chunks.bits.into_bytes()
    }
}

fn count(frequencies: &mut [u32], symbol: u16) {
    if let Some(frequency) = frequencies.get_mut(usize::from(symbol)) {
        *frequency += 1;
    }
}

/// The three offsets that were used last; a match at one of them needs no offset bits.
#[derive(Debug, Clone, Copy)]
struct Recent([usize; 3]);

impl Default for Recent {
    fn default() -> Self {
        Self([1; 3])
    }
}

impl Recent {
    /// The best match at `at`: a recent offset unless another one is clearly longer.
    fn choose(&self, window: &[u8], at: usize, limit: usize, finder: &MatchFinder) -> Option<Match> {
        let here = window.get(at..at + limit)?;
        let mut best = Match::default();
        for &offset in &self.0 {
            let length = at
                .checked_sub(offset)
                .and_then(|place| window.get(place..))
                .map_or(0, |earlier| common_prefix(earlier, here));
            if length > best.length {
                best = Match { length, offset };
            }
        }
        if best.length >= GOOD_MATCH.min(limit).max(MIN_MATCH) {
            return Some(best);
        }
        // A new offset costs up to two bytes; one to a far place only pays for a longer match.
        let floor = (best.length + 1).max(MIN_MATCH);
        if let Some(found) = finder.longest(window, at, limit, floor)
            && self.worth(found) > self.worth(best)
        {
            best = found;
        }
        (best.length >= MIN_MATCH && self.worth(best) > 1).then_some(best)
    }

    /// What a match saves, in bytes, roughly: its length less what its offset costs.
    fn worth(&self, found: Match) -> usize {
        let cost = match found.offset {
            _ if self.0.contains(&found.offset) => 0,
            0..0x40 => 0,
            0x40..0x1000 => 1,
            _ => 2,
        };
        found.length.saturating_sub(cost)
    }

    /// The token of a match; its offset becomes the most recent one.
    fn code(&mut self, found: Match) -> Token {
        let [first, second, third] = self.0;
        let (slot, footer_bits, footer) = if found.offset == first {
            (0, 0, 0)
        } else if found.offset == second {
            self.0 = [second, first, third];
            (1, 0, 0)
        } else if found.offset == third {
            self.0 = [third, second, first];
            (2, 0, 0)
        } else {
            self.0 = [found.offset, first, second];
            slot_of(found.offset as u32 + 2)
        };
        let over = found.length - MIN_MATCH;
        let length = if over < 7 { NO_LENGTH } else { (over - 7).min(LENGTH_SYMBOLS - 1) as u16 };
        let (extension, extension_bits) = extension(found.length);
        Token {
            main: (256 + slot * 8 + over.min(7)) as u16,
            length,
            footer,
            footer_bits: footer_bits as u8,
            extension_bits,
            extension,
        }
    }
}

/// The bits after a match of 257 bytes and more: prefix and rest in one number, and their count.
fn extension(length: usize) -> (u32, u8) {
    match length.checked_sub(MAX_PLAIN_MATCH) {
        None => (0, 0),
        Some(extra @ 0..0x100) => (extra as u32, 9),
        Some(extra @ 0x100..0x500) => ((0b10 << 10) | (extra as u32 - 0x100), 12),
        Some(extra @ 0x500..0x1500) => ((0b110 << 12) | (extra as u32 - 0x500), 15),
        Some(extra) => ((0b111 << 15) | extra as u32, 18),
    }
}

impl Token {
    fn literal(byte: u8) -> Self {
        Self {
            main: u16::from(byte),
            length: NO_LENGTH,
            footer: 0,
            footer_bits: 0,
            extension_bits: 0,
            extension: 0,
        }
    }

    /// How many bytes the token stands for.
    fn span(&self) -> usize {
        let Some(header) = self.main.checked_sub(256) else { return 1 };
        let plain = MIN_MATCH
            + usize::from(header % 8)
            + if self.length == NO_LENGTH { 0 } else { usize::from(self.length) };
        let extra = match self.extension_bits {
            0 => 0,
            9 => self.extension & 0xFF,
            12 => (self.extension & 0x3FF) + 0x100,
            15 => (self.extension & 0xFFF) + 0x500,
            _ => self.extension & 0x7FFF,
        };
        plain + extra as usize
    }
}

/// A prefix code ready for writing.
struct Code {
    lengths: Vec<u8>,
    codes: Vec<u32>,
}

impl Code {
    fn new(frequencies: &[u32]) -> Self {
        let lengths = code_lengths(frequencies, super::huffman::MAX_CODE_BITS);
        let codes = canonical_codes(&lengths);
        Self { lengths, codes }
    }

    fn put(&self, bits: &mut BitWriter, symbol: u16) {
        let symbol = usize::from(symbol);
        if let (Some(&code), Some(&length)) = (self.codes.get(symbol), self.lengths.get(symbol)) {
            bits.put(code, u32::from(length));
        }
    }
}

/// Frames a stream into chunks of 32 KiB of output, each with its compressed size in front.
#[derive(Debug, Default)]
struct ChunkWriter {
    bits: BitWriter,
    start: usize,
    filled: usize,
}

impl ChunkWriter {
    fn open(&mut self) {
        self.start = self.bits.len();
        self.filled = 0;
        self.bits.raw(&[0, 0]);
    }

    fn close(&mut self) {
        self.bits.align();
        let size = self.bits.len() - self.start - 2;
        self.bits.set_word(self.start, size as u16);
    }

    /// Starts the next chunk when this one is full, and counts `span` bytes into it.
    fn room_for(&mut self, span: usize) {
        if self.filled == CHUNK {
            self.close();
            self.open();
        }
        self.filled += span;
        assert!(self.filled <= CHUNK, "no match crosses a chunk's border");
    }
}

/// Size of a stream of uncompressed blocks.
fn uncompressed_size(target: usize) -> usize {
    target + 18 * target.div_ceil(CHUNK) + target % 2
}

fn uncompressed(target: &[u8]) -> Vec<u8> {
    let mut chunks = ChunkWriter::default();
    for (index, chunk) in target.chunks(CHUNK).enumerate() {
        chunks.open();
        if index == 0 {
            chunks.bits.put(0, 1);
        }
        chunks.bits.put(3, 3);
        chunks.bits.put((chunk.len() >> 16) as u32, 8);
        chunks.bits.put((chunk.len() & 0xFFFF) as u32, 16);
        chunks.bits.align();
        chunks.bits.raw(&[1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
        chunks.bits.raw(chunk);
        if chunk.len() % 2 == 1 {
            chunks.bits.raw(&[0]);
        }
        chunks.close();
    }
    chunks.bits.into_bytes()
}
