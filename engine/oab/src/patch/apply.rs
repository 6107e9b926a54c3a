//! Reading and applying a patch.

use serde::Serialize;

use super::WHAT;
use crate::book::HEADER_BYTES;
use crate::bytes::Cursor;
use crate::checksum::oab_crc;
use crate::container::{Framing, Unpacked, check_crc};
use crate::{Limits, OabError, lzxd};

/// The header of a patch (`PATCH_HDR`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PatchHeader {
    /// Largest block on either side, bytes.
    pub block_max: u32,
    /// Size of the old uncompressed book, bytes.
    pub source_size: u32,
    /// Size of the new uncompressed book, bytes.
    pub target_size: u32,
    /// Serial of the old book.
    pub source_crc: u32,
    /// Serial of the new book.
    pub target_crc: u32,
}

impl PatchHeader {
    /// Reads the header of a patch.
    ///
    /// # Errors
    /// [`OabError::Version`] for another kind of file, [`OabError::Truncated`] for a short one.
    pub fn parse(file: &[u8]) -> Result<Self, OabError> {
        Self::read(&mut Cursor::new(file, WHAT))
    }

    fn read(cursor: &mut Cursor<'_>) -> Result<Self, OabError> {
        let (high, low) = (cursor.u32()?, cursor.u32()?);
        if (high, low) != (3, 2) {
            return Err(OabError::Version { what: WHAT, found: format!("{high}.{low}"), expected: "3.2" });
        }
        Ok(Self {
            block_max: cursor.u32()?,
            source_size: cursor.u32()?,
            target_size: cursor.u32()?,
            source_crc: cursor.u32()?,
            target_crc: cursor.u32()?,
        })
    }
}

/// Turns the uncompressed book `old` into the one that the patch leads to.
///
/// # Errors
/// [`OabError::WrongBase`] when the patch was made for another book, [`OabError::Checksum`] when the
/// result is not what it promises, and any other [`OabError`] about its structure.
pub fn apply(file: &[u8], old: &[u8], limits: Limits) -> Result<Unpacked, OabError> {
    let mut cursor = Cursor::new(file, WHAT);
    let header = PatchHeader::read(&mut cursor)?;
    limits.check(WHAT, u64::from(header.target_size))?;
    check_base(&header, old)?;
    let mut framing = Framing { block_max: header.block_max, ..Framing::default() };
    let mut bytes = Vec::new();
    let mut source_at = 0;
    while cursor.left() > 0 {
        let patch = cursor.u32()? as usize;
        let target = cursor.u32()? as usize;
        let source = cursor.u32()? as usize;
        let stated = cursor.u32()?;
        if [patch, target, source].iter().any(|&size| size > header.block_max as usize) {
            return Err(cursor.malformed("a block is over the announced maximum"));
        }
        if target == 0 || bytes.len() + target > header.target_size as usize {
            return Err(cursor.malformed("the blocks do not add up to the stated size"));
        }
        let reference = old.get(source_at..source_at + source);
        let reference = reference.ok_or_else(|| cursor.malformed("the blocks read past the old book"))?;
        source_at += source;
        let decoded = lzxd::decode(cursor.take(patch)?, reference, target)?;
        check_crc("a block of a patch", stated, &decoded.bytes)?;
        bytes.extend_from_slice(&decoded.bytes);
        framing.blocks += 1;
        framing.wrong_chunk_sizes += decoded.wrong_chunk_sizes;
    }
    if bytes.len() != header.target_size as usize {
        return Err(cursor.malformed("the blocks do not add up to the stated size"));
    }
    check_crc("the book after a patch", header.target_crc, bytes.get(HEADER_BYTES..).unwrap_or_default())?;
    Ok(Unpacked { bytes, framing })
}

fn check_base(header: &PatchHeader, old: &[u8]) -> Result<(), OabError> {
    let serial = oab_crc(old.get(HEADER_BYTES..).unwrap_or_default());
    if (header.source_size as usize, header.source_crc) == (old.len(), serial) {
        return Ok(());
    }
    Err(OabError::WrongBase {
        expected: format!("{} bytes with serial {:08x}", header.source_size, header.source_crc),
        found: format!("{} bytes with serial {serial:08x}", old.len()),
    })
}
