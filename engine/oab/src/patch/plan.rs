//! Which part of the old file each block of a patch reads, and which part of the new one it makes.

use std::collections::HashMap;

use crate::book::Book;
use crate::property::PropertyTag;

/// Aim for both sides of a block, bytes: large enough that its trees cost little.
const BLOCK_BYTES: usize = 0x4_0000;
/// Most of the old file that one block reads, bytes; only a deletion of this size comes near.
const MOST_SOURCE: usize = 0x80_0000;

/// Lengths of the two sides of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) source: usize,
    pub(super) target: usize,
}

/// A place in both files from which the same record goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Anchor {
    pub(super) source: usize,
    pub(super) target: usize,
}

/// The records that both books have, in an order that holds for both.
pub(super) fn anchors(old: &Book<'_>, new: &Book<'_>) -> Vec<Anchor> {
    let places: HashMap<&[u8], usize> =
        new.starts().enumerate().filter_map(|(index, start)| Some((key(new, index)?, start))).collect();
    let mut last = 0;
    let mut anchors = Vec::new();
    for (index, source) in old.starts().enumerate() {
        let target = key(old, index).and_then(|key| places.get(key)).copied();
        if let Some(target) = target.filter(|&target| target > last) {
            last = target;
            anchors.push(Anchor { source, target });
        }
    }
    anchors
}

/// The bytes of a record's first value, its key; `None` when the table does not start with the key.
fn key<'a>(book: &Book<'a>, index: usize) -> Option<&'a [u8]> {
    if book.columns.first()?.tag != PropertyTag::EMAIL_ADDRESS {
        return None;
    }
    let values = book.record_bytes(index).get(4 + book.columns.len().div_ceil(8)..)?;
    let end = values.iter().position(|&byte| byte == 0)?;
    values.get(..end)
}

/// Cuts both files into pieces at anchors. Every byte of the new file is in a piece, every piece
/// makes at least one byte.
pub(super) fn pieces(anchors: &[Anchor], source: usize, target: usize) -> Vec<Piece> {
    let end = Anchor { source, target };
    let mut pieces = Vec::new();
    let mut at = Anchor { source: 0, target: 0 };
    let mut ahead = anchors.iter().copied().filter(|anchor| anchor.target < target).chain([end]).peekable();
    while at.target < target {
        let mut cut = None;
        while let Some(anchor) = ahead.next_if(|anchor| {
            anchor.source.saturating_sub(at.source) <= BLOCK_BYTES && anchor.target - at.target <= BLOCK_BYTES
        }) {
            cut = Some(anchor);
        }
        let cut = cut.filter(|cut| cut.target > at.target).unwrap_or_else(|| {
            // The next common record is far: go a part of the way, in both files.
            let next = ahead.peek().copied().unwrap_or(end);
            let source = next.source.saturating_sub(at.source).min(MOST_SOURCE);
            let whole_source = source == next.source.saturating_sub(at.source);
            let target = (next.target - at.target).min(if whole_source { BLOCK_BYTES } else { 1 });
            Anchor { source: at.source + source, target: at.target + target.max(1) }
        });
        pieces.push(Piece { source: cut.source - at.source, target: cut.target - at.target });
        at = cut;
        while ahead.next_if(|anchor| anchor.target <= at.target && *anchor != end).is_some() {}
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(anchors: &[(usize, usize)], source: usize, target: usize) {
        let anchors: Vec<_> = anchors.iter().map(|&(source, target)| Anchor { source, target }).collect();
        let pieces = pieces(&anchors, source, target);
        assert_eq!(pieces.iter().map(|piece| piece.target).sum::<usize>(), target, "{anchors:?}");
        assert!(pieces.iter().map(|piece| piece.source).sum::<usize>() <= source, "{anchors:?}");
        for piece in pieces {
            assert!((1..=BLOCK_BYTES).contains(&piece.target), "{piece:?}");
            assert!(piece.source <= MOST_SOURCE, "{piece:?}");
        }
    }

    #[test]
    fn pieces_cover_the_new_file() {
        let big = 30_000_000;
        check(&[], 100, 100);
        check(&[(10, 10), (50, 60)], 100, 120);
        check(&[(10, 10)], big, 120);
        check(&[(10, 10)], 100, big);
        check(&[(10, 10), (big - 10, 20)], big, 40);
        check(&[(10, 10), (20, big - 10)], 40, big);
        check(&[(10, 10), (11, 10)], 100, 100);
        check(&(1..200_000).map(|n| (n * 600, n * 601)).collect::<Vec<_>>(), 120_000_000, 120_200_000);
    }
}
