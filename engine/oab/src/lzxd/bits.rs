//! The bit stream: 16-bit little-endian words, bits taken from the most significant end.

/// Writes bits into words.
#[derive(Debug, Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    hold: u64,
    held: u32,
}

impl BitWriter {
    /// Appends the low `count` bits (at most 32) of `value`.
    pub(crate) fn put(&mut self, value: u32, count: u32) {
        self.hold = (self.hold << count) | u64::from(value);
        self.held += count;
        while self.held >= 16 {
            self.held -= 16;
            let word = (self.hold >> self.held) as u16;
            self.bytes.extend_from_slice(&word.to_le_bytes());
        }
    }

    /// Fills the current word with zero bits.
    pub(crate) fn align(&mut self) {
        if self.held > 0 {
            self.put(0, 16 - self.held);
        }
    }

    /// Appends whole bytes; the stream must be aligned.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        assert!(self.held == 0, "raw bytes start at a word's border");
        self.bytes.extend_from_slice(bytes);
    }

    /// Bytes written so far.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Replaces the word that was written at `at`.
    pub(crate) fn set_word(&mut self, at: usize, word: u16) {
        for (place, byte) in self.bytes.iter_mut().skip(at).zip(word.to_le_bytes()) {
            *place = byte;
        }
    }

    /// The finished stream.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Reads bits out of words. Past the end it reads zeros; `overrun` says so.
#[derive(Debug)]
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    next: usize,
    hold: u64,
    held: u32,
}

impl<'a> BitReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, next: 0, hold: 0, held: 0 }
    }

    fn refill(&mut self) {
        while self.held <= 32 {
            let low = self.bytes.get(self.next).copied().unwrap_or(0);
            let high = self.bytes.get(self.next + 1).copied().unwrap_or(0);
            self.hold = (self.hold << 16) | (u64::from(high) << 8) | u64::from(low);
            self.held += 16;
            self.next += 2;
        }
    }

    /// The next `count` bits (at most 17) without taking them.
    pub(crate) fn peek(&mut self, count: u32) -> u32 {
        if self.held < count {
            self.refill();
        }
        ((self.hold >> (self.held - count)) as u32) & ((1u32 << count) - 1)
    }

    /// Drops `count` bits that were peeked.
    pub(crate) fn skip(&mut self, count: u32) {
        self.held -= count.min(self.held);
    }

    /// Takes `count` bits (at most 17).
    pub(crate) fn take(&mut self, count: u32) -> u32 {
        let value = self.peek(count);
        self.skip(count);
        value
    }

    /// Takes 24 bits, the length of a block.
    pub(crate) fn take24(&mut self) -> u32 {
        (self.take(8) << 16) | self.take(16)
    }

    fn bits_taken(&self) -> usize {
        (self.next * 8).saturating_sub(self.held as usize)
    }

    /// Bytes taken so far, the last one perhaps only in part.
    pub(crate) fn byte_position(&self) -> usize {
        self.bits_taken().div_ceil(8)
    }

    /// Goes to the next word's border; stays where it is when it stands on one.
    pub(crate) fn align(&mut self) {
        self.held -= self.held % 16;
    }

    /// Skips 1 to 16 bits to a word's border, as before an uncompressed block.
    pub(crate) fn align_past(&mut self) {
        let position = (self.bits_taken() / 16 + 1) * 2;
        self.go_to(position);
    }

    /// Continues at the byte `position`.
    pub(crate) fn go_to(&mut self, position: usize) {
        self.next = position;
        self.hold = 0;
        self.held = 0;
    }

    /// Takes whole bytes; the stream must be aligned.
    pub(crate) fn raw(&mut self, count: usize) -> Option<&'a [u8]> {
        let at = self.byte_position();
        let bytes = self.bytes.get(at..at.checked_add(count)?)?;
        self.go_to(at + count);
        Some(bytes)
    }

    /// True when more bits were taken than there are.
    pub(crate) fn overrun(&self) -> bool {
        self.bits_taken() > self.bytes.len() * 8
    }
}
