//! The compressed file (MS-OXOAB 2.11): a header and blocks, each a stream of its own with a checksum.

use serde::Serialize;

use crate::bytes::Cursor;
use crate::checksum::oab_crc;
use crate::lzxd::{self, Encoder, Level};
use crate::work::Spread;
use crate::{Limits, OabError};

const WHAT: &str = "a compressed file";
/// Blocks that one job compresses, so that its tables are used more than once.
const BLOCKS_A_JOB: usize = 32;
/// The largest block that any window holds.
const LARGEST_BLOCK: u32 = 1 << 25;

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packing {
    /// How hard the encoder tries.
    pub level: Level,
    /// Uncompressed bytes of a block. One chunk of 32 KiB is what every known client reads;
    /// larger blocks compress better.
    pub block_bytes: usize,
    /// Writes blocks without any compression stream (`ulFlags` 0). The specification allows them,
    /// Outlook does not read them: for tests of other readers only.
    pub stored: bool,
}

impl Default for Packing {
    fn default() -> Self {
        Self { level: Level::Matching, block_bytes: lzxd::CHUNK, stored: false }
    }
}

/// What unpacking a file showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacked {
    /// The data.
    pub bytes: Vec<u8>,
    /// The file's framing.
    pub framing: Framing,
}

/// The framing of a compressed file or a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Framing {
    /// Largest block that the header announces, bytes.
    pub block_max: u32,
    /// Blocks.
    pub blocks: u32,
    /// Blocks without compression (`ulFlags` 0), which Outlook cannot read.
    pub stored_blocks: u32,
    /// Chunks whose stated size is wrong, which Outlook cannot read.
    pub wrong_chunk_sizes: usize,
}

/// Packs `data` into a compressed file.
pub fn pack(data: &[u8], packing: Packing, spread: &impl Spread) -> Vec<u8> {
    let block_bytes = packing.block_bytes.clamp(1, LARGEST_BLOCK as usize / 2);
    let job_bytes = block_bytes.saturating_mul(BLOCKS_A_JOB);
    let packed = spread.run(data.len().div_ceil(job_bytes), |job| {
        let start = job * job_bytes;
        let part = data.get(start..data.len().min(start + job_bytes)).unwrap_or_default();
        let mut encoder = Encoder::default();
        let mut blocks = Vec::with_capacity(part.len() / 3);
        for block in part.chunks(block_bytes) {
            let stream = if packing.stored { None } else { encoder.encode(packing.level, b"", block) };
            let flags = u32::from(stream.is_some());
            let body = stream.as_deref().unwrap_or(block);
            put_words(&mut blocks, [flags, body.len() as u32, block.len() as u32, oab_crc(block)]);
            blocks.extend_from_slice(body);
        }
        blocks
    });
    let mut file = Vec::with_capacity(16 + packed.iter().map(Vec::len).sum::<usize>());
    // The client sets this much aside for a block, compressed or not.
    let block_max = block_bytes.min(data.len().max(1)) + 64;
    put_words(&mut file, [3, 1, block_max.next_multiple_of(lzxd::CHUNK) as u32, data.len() as u32]);
    for blocks in packed {
        file.extend_from_slice(&blocks);
    }
    file
}

/// Unpacks a compressed file and checks every block's size and checksum.
///
/// # Errors
/// Any [`OabError`] about its structure, and [`OabError::TooLarge`] when the data exceed `limits`.
pub fn unpack(file: &[u8], limits: Limits) -> Result<Unpacked, OabError> {
    let mut cursor = Cursor::new(file, WHAT);
    let (high, low) = (cursor.u32()?, cursor.u32()?);
    if (high, low) != (3, 1) {
        return Err(OabError::Version { what: WHAT, found: format!("{high}.{low}"), expected: "3.1" });
    }
    let mut framing = Framing { block_max: cursor.u32()?, ..Framing::default() };
    let target = cursor.u32()?;
    limits.check(WHAT, u64::from(target))?;
    let mut bytes = Vec::new();
    while bytes.len() < target as usize || cursor.left() > 0 {
        let flags = cursor.u32()?;
        let compressed = cursor.u32()?;
        let uncompressed = cursor.u32()?;
        let stated = cursor.u32()?;
        if uncompressed > framing.block_max || uncompressed > LARGEST_BLOCK {
            return Err(
                cursor.malformed(format!("a block of {uncompressed} bytes is over the announced maximum"))
            );
        }
        if bytes.len() as u64 + u64::from(uncompressed) > u64::from(target) || uncompressed == 0 {
            return Err(cursor.malformed("the blocks do not add up to the stated size"));
        }
        let body = cursor.take(compressed as usize)?;
        let start = bytes.len();
        match flags {
            0 if compressed == uncompressed => {
                framing.stored_blocks += 1;
                bytes.extend_from_slice(body);
            }
            0 => return Err(cursor.malformed("a stored block has two different sizes")),
            1 => {
                let decoded = lzxd::decode(body, b"", uncompressed as usize)?;
                framing.wrong_chunk_sizes += decoded.wrong_chunk_sizes;
                bytes.extend_from_slice(&decoded.bytes);
            }
            _ => return Err(cursor.malformed(format!("a block of the unknown kind {flags}"))),
        }
        framing.blocks += 1;
        check_crc("a block of a compressed file", stated, bytes.get(start..).unwrap_or_default())?;
    }
    Ok(Unpacked { bytes, framing })
}

/// Compares the checksum in a file with that of the data.
pub(crate) fn check_crc(what: &'static str, stated: u32, data: &[u8]) -> Result<(), OabError> {
    let computed = oab_crc(data);
    if computed == stated {
        return Ok(());
    }
    Err(OabError::Checksum { what, stated: format!("{stated:08x}"), computed: format!("{computed:08x}") })
}

/// Appends little-endian words.
pub(crate) fn put_words<const N: usize>(out: &mut Vec<u8>, words: [u32; N]) {
    for word in words {
        out.extend_from_slice(&word.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::InOrder;

    fn check(data: &[u8], packing: Packing) {
        let file = pack(data, packing, &InOrder);
        let unpacked = unpack(&file, Limits::default()).unwrap();
        assert!(unpacked.bytes == data, "{packing:?}, {} bytes", data.len());
        assert_eq!(unpacked.framing.wrong_chunk_sizes, 0);
    }

    #[test]
    fn files_come_back() {
        let data: Vec<u8> = (0..300_000u32).map(|n| (n % 251 * (n / 1000)) as u8).collect();
        for level in [Level::Uncompressed, Level::Matching] {
            for block_bytes in [1, 1_000, 0x8000, 0x1_0001, 0x4_0000] {
                for length in [0, 1, 5, 0x8000, 0x8001] {
                    check(&data[..length], Packing { level, block_bytes, stored: false });
                }
            }
            check(&data, Packing { level, block_bytes: 0x4_0000, stored: false });
        }
        check(&data, Packing { stored: true, ..Packing::default() });
    }

    #[test]
    fn damage_is_found_wherever_it_is() {
        let data: Vec<u8> = (0..2_000u32).map(|n| (n % 97) as u8).collect();
        let file = pack(&data, Packing { level: Level::Uncompressed, ..Packing::default() }, &InOrder);
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 0x41;
            // Bytes that no decoder looks at: the announced maximum, the size of the chunk, padding.
            let harmless = unpack(&damaged, Limits::default()).is_ok_and(|unpacked| unpacked.bytes == data);
            assert!(harmless || unpack(&damaged, Limits::default()).is_err(), "byte {at}");
        }
        for length in 0..file.len() {
            assert!(unpack(&file[..length], Limits::default()).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn a_stated_size_is_not_believed() {
        let mut bomb = Vec::new();
        put_words(&mut bomb, [3, 1, u32::MAX, u32::MAX]);
        assert_eq!(unpack(&bomb, Limits::default()).map_err(|e| e.code()), Err("MDR-O006"));
        let mut bomb = Vec::new();
        put_words(&mut bomb, [3, 1, u32::MAX, 1 << 29, 1, 0, 1 << 29, 0]);
        assert_eq!(unpack(&bomb, Limits::default()).map_err(|e| e.code()), Err("MDR-O003"));
    }
}
