use proptest::prelude::*;

use super::*;

fn encode(level: Level, reference: &[u8], target: &[u8]) -> Vec<u8> {
    Encoder::default().encode(level, reference, target).unwrap()
}

fn check(name: &str, reference: &[u8], target: &[u8]) {
    for level in [Level::Uncompressed, Level::Matching] {
        let stream = encode(level, reference, target);
        let decoded = decode(&stream, reference, target.len());
        let expected = Decoded { bytes: target.to_vec(), wrong_chunk_sizes: 0 };
        assert_eq!(decoded, Ok(expected), "{name}, {level:?}");
    }
}

/// Bytes without a pattern, the same for the same seed.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn the_vector_of_the_specification() {
    // MS-PATCH section 3.
    let expected = b"\x14\x00\x00\x30\x30\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00abc\x00";
    assert_eq!(encode(Level::Uncompressed, b"", b"abc"), expected);
    assert_eq!(decode(expected, b"", 3).unwrap().bytes, b"abc");
}

#[test]
fn runs_around_every_border() {
    for border in [2, 256, 257, 258, 512, 513, 1_280, 1_281, 5_376, 5_377, 32_768, 131_072, 262_144] {
        for length in border - 1..=border + 1 {
            check(&format!("run of {length}"), b"", &vec![b'a'; length]);
            check(&format!("run of {length} over reference"), b"aaaaaaaa", &vec![b'a'; length]);
        }
    }
}

#[test]
fn sizes_around_chunks_and_windows() {
    let data = noise(1, 300_000);
    let words: Vec<u8> = data.iter().map(|byte| byte % 7 + b'a').collect();
    for length in [0, 1, 2, 3, 32_767, 32_768, 32_769, 65_536, 131_071, 131_072, 131_073, 262_143, 262_145] {
        check(&format!("noise {length}"), b"", &data[..length]);
        check(&format!("words {length}"), b"", &words[..length]);
        check(&format!("words {length}, reference"), &words[..length], &words[7..length.max(7)]);
        check(&format!("noise {length}, reference"), &data[..length], &data[1..length.max(1)]);
    }
}

#[test]
fn long_repeats_of_reference_data_cost_next_to_nothing() {
    let old = noise(2, 200_000);
    let mut new = old.clone();
    new[100_000] ^= 1;
    new.splice(150_000..150_000, *b"inserted");
    let stream = encode(Level::Matching, &old, &new);
    check("edited noise", &old, &new);
    assert!(stream.len() < 250, "{} bytes", stream.len());
}

#[test]
fn data_that_do_not_shrink_grow_by_eighteen_bytes_a_chunk() {
    let data = noise(3, 65_537);
    assert_eq!(encode(Level::Matching, b"", &data).len(), data.len() + 3 * 18 + 1);
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(
        seed: u64,
        reference in 0usize..70_000,
        target in 0usize..70_000,
        symbols in 1u8..=255,
        edits in proptest::collection::vec((0usize..70_000, any::<u8>()), 0..20),
    ) {
        let data: Vec<u8> = noise(seed, reference.max(target)).iter().map(|byte| byte % symbols).collect();
        let mut edited = data[..target].to_vec();
        for (at, byte) in edits {
            if let Some(place) = edited.get_mut(at) {
                *place = byte;
            }
        }
        check("random", &data[..reference], &edited);
    }

    #[test]
    fn a_hostile_stream_is_an_error(
        mut stream in proptest::collection::vec(any::<u8>(), 0..400),
        target in 0usize..100_000,
        kind in 0u8..8,
    ) {
        if let Some(high) = stream.get_mut(3) {
            *high = kind << 4 | *high & 0xF;
        }
        if let Ok(decoded) = decode(&stream, b"reference", target) {
            prop_assert_eq!(decoded.bytes.len(), target);
        }
    }

    #[test]
    fn a_damaged_stream_is_no_panic(at in 0usize..2_000, byte: u8, seed: u64) {
        let data: Vec<u8> = noise(seed, 5_000).iter().map(|byte| byte % 5).collect();
        let mut stream = encode(Level::Matching, b"", &data);
        if let Some(place) = stream.get_mut(at) {
            *place = byte;
        }
        let _ = decode(&stream, b"", data.len());
    }
}
