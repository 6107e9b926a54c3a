//! Making a patch.

use super::plan::{Piece, anchors, pieces};
use crate::OabError;
use crate::book::{Book, HEADER_BYTES};
use crate::checksum::oab_crc;
use crate::container::put_words;
use crate::lzxd::{Encoder, Level};
use crate::work::Spread;

/// Blocks that one job compresses.
const PIECES_A_JOB: usize = 4;

/// Makes the patch that turns the uncompressed book `old` into `new`.
///
/// # Errors
/// Any [`OabError`] of [`Book::parse`] when one of them is no book.
pub fn build(old: &[u8], new: &[u8], spread: &impl Spread) -> Result<Vec<u8>, OabError> {
    let pieces = pieces(&anchors(&Book::parse(old)?, &Book::parse(new)?), old.len(), new.len());
    let mut at = (0, 0);
    let placed: Vec<_> = pieces
        .iter()
        .map(|piece| {
            let start = at;
            at = (at.0 + piece.source, at.1 + piece.target);
            (start, *piece)
        })
        .collect();
    let jobs: Vec<_> = placed.chunks(PIECES_A_JOB).collect();
    let blocks = spread.run(jobs.len(), |job| {
        let mut encoder = Encoder::default();
        let pieces = jobs.get(job).copied().unwrap_or_default();
        pieces.iter().map(|&(start, piece)| block(&mut encoder, old, new, start, piece)).collect::<Vec<_>>()
    });
    let blocks: Vec<Vec<u8>> = blocks.into_iter().flatten().collect();

    let sides = pieces.iter().flat_map(|piece| [piece.source, piece.target]);
    let largest = blocks.iter().map(Vec::len).chain(sides).max().unwrap_or(0);
    let serial = |book: &[u8]| oab_crc(book.get(HEADER_BYTES..).unwrap_or_default());
    let mut file = Vec::new();
    put_words(&mut file, [3, 2, largest.next_multiple_of(0x8000) as u32, old.len() as u32]);
    put_words(&mut file, [new.len() as u32, serial(old), serial(new)]);
    for block in blocks {
        file.extend_from_slice(&block);
    }
    Ok(file)
}

fn block(encoder: &mut Encoder, old: &[u8], new: &[u8], start: (usize, usize), piece: Piece) -> Vec<u8> {
    let source = old.get(start.0..start.0 + piece.source).unwrap_or_default();
    let target = new.get(start.1..start.1 + piece.target).unwrap_or_default();
    let stream = encoder.encode(Level::Matching, source, target);
    assert!(stream.is_some(), "a piece fits the largest window");
    let stream = stream.unwrap_or_default();
    let mut block = Vec::with_capacity(16 + stream.len());
    put_words(&mut block, [stream.len() as u32, target.len() as u32, source.len() as u32, oab_crc(target)]);
    block.extend_from_slice(&stream);
    block
}
