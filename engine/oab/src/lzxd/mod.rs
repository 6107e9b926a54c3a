//! LZX DELTA, the compression of version 4 books (MS-PATCH).
//!
//! Every block of a book is a stream of its own: fresh trees, fresh repeated offsets, a window just
//! large enough for the block and its reference data. `encode` writes types 1 and 3, `decode` reads
//! types 1, 2 and 3; nothing here knows what the bytes mean.

mod bits;
mod decode;
mod encode;
mod huffman;
mod lengths;
mod matches;
mod slots;
#[cfg(test)]
mod tests;

pub use decode::{Decoded, decode};
pub use encode::{Encoder, Level};

/// Uncompressed bytes of a chunk, the unit of framing: no match crosses its border.
pub(crate) const CHUNK: usize = 32_768;
/// Shortest match.
pub(crate) const MIN_MATCH: usize = 2;
/// Longest match without the extension of LZX DELTA.
pub(crate) const MAX_PLAIN_MATCH: usize = 257;
/// Symbols of the length tree.
pub(crate) const LENGTH_SYMBOLS: usize = 249;
/// Largest window, as a power of two.
const MAX_WINDOW_BITS: u32 = 25;
/// Smallest window, as a power of two.
const MIN_WINDOW_BITS: u32 = 17;

/// The window of a block, as a power of two: both sides compute it, it is not stored.
/// `None` when reference and target together do not fit the largest window of 32 MiB.
pub(crate) fn window_bits(reference: usize, target: usize) -> Option<u32> {
    let needed = reference.checked_next_multiple_of(CHUNK)?.checked_add(target)?;
    (MIN_WINDOW_BITS..=MAX_WINDOW_BITS).find(|&bits| 1usize << bits >= needed)
}
