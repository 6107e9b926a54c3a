//! The two checksums of the format: the book's CRC and the manifest's SHA-1.

use sha1::{Digest, Sha1};

/// CRC-32 (polynomial 0xEDB88320) seeded with 0xFFFFFFFF and **without** the final inversion,
/// as MS-OXOAB 2.1 defines it; zlib's CRC-32 is its complement.
pub fn oab_crc(data: &[u8]) -> u32 {
    !crc32fast::hash(data)
}

/// SHA-1 in 40 upper-case hexadecimal digits, as `oab.xml` states it (MS-OXWOAB 4).
pub fn sha1_hex(data: &[u8]) -> String {
    Sha1::digest(data).iter().map(|byte| format!("{byte:02X}")).collect()
}

/// SHA-1, the twenty bytes.
pub(crate) fn sha1_bytes(data: &[u8]) -> [u8; 20] {
    Sha1::digest(data).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_is_the_complement_of_the_usual_one() {
        assert_eq!(oab_crc(b"123456789"), 0xCBF4_3926 ^ 0xFFFF_FFFF);
        assert_eq!(oab_crc(b""), 0xFFFF_FFFF);
    }

    #[test]
    fn sha1_of_abc() {
        assert_eq!(sha1_hex(b"abc"), "A9993E364706816ABA3E25717850C26C9CD0D89D");
    }
}
