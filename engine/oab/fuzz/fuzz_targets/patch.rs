//! A patch from anywhere, applied to any book; and two books, whose patch must lead from one to the other.

#![no_main]

use libfuzzer_sys::fuzz_target;
use madrigal_oab::work::InOrder;
use madrigal_oab::{Limits, patch};

const LIMITS: Limits = Limits { uncompressed_bytes: 1 << 20 };

fuzz_target!(|input: (&[u8], &[u8])| {
    let (one, other) = input;
    if let Ok(new) = patch::apply(one, other, LIMITS) {
        assert!(new.bytes.len() as u64 <= LIMITS.uncompressed_bytes);
    }
    if let Ok(made) = patch::build(one, other, &InOrder) {
        let applied = patch::apply(&made, one, LIMITS).expect("our own patch applies");
        assert!(applied.bytes == other, "our own patch leads to the other book");
    }
});
