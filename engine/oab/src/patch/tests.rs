use proptest::prelude::*;

use super::*;
use crate::Limits;
use crate::book::Record;
use crate::book::tests::{any_records, build as book};
use crate::property::{PropertyTag, Value};
use crate::work::InOrder;

fn check(old: &[u8], new: &[u8]) -> usize {
    let patch = build(old, new, &InOrder).unwrap();
    let applied = apply(&patch, old, Limits::default()).unwrap();
    assert!(applied.bytes == new, "{} to {} bytes", old.len(), new.len());
    assert_eq!(applied.framing.wrong_chunk_sizes, 0);
    patch.len()
}

fn people(range: std::ops::Range<u32>, changed: impl Fn(u32) -> bool) -> Vec<Record> {
    range
        .map(|n| {
            let name = format!("{:08x}", n.wrapping_mul(0x9E37_79B1));
            let phone = if changed(n) { n + 1 } else { n };
            let text = |text: String| Value::Text(text);
            Record {
                values: vec![
                    (PropertyTag::EMAIL_ADDRESS, text(format!("/o=ABC/ou=Exchange/cn=Recipients/cn={name}"))),
                    (PropertyTag::SMTP_ADDRESS, text(format!("{name}@abc.example"))),
                    (PropertyTag::DISPLAY_NAME, text(format!("Person {name}"))),
                    (PropertyTag(0x3A08_001F), text(format!("+49 30 {phone}"))),
                ],
            }
        })
        .collect()
}

#[test]
fn patches_lead_to_the_new_book() {
    let nobody = book(&[], 1);
    let all = book(&people(0..9_000, |_| false), 1);
    let changed = book(&people(0..9_000, |n| n % 100 == 3), 2);
    check(&nobody, &book(&[], 2));
    check(&nobody, &all);
    check(&all, &nobody);
    check(&all, &book(&people(2_000..9_500, |_| false), 2));
    check(&all, &book(&people(8_990..9_000, |_| false), 2));
    let one_percent = check(&all, &changed);
    assert!(one_percent < all.len() / 200, "{one_percent} bytes for a book of {}", all.len());
}

#[test]
fn a_patch_knows_its_base() {
    let (one, two) = (book(&people(0..50, |_| false), 1), book(&people(0..51, |_| false), 2));
    let patch = build(&one, &two, &InOrder).unwrap();
    let code =
        |result: Result<crate::container::Unpacked, crate::OabError>| result.map_err(|e| e.code()).err();
    assert_eq!(code(apply(&patch, &two, Limits::default())), Some("MDR-O007"));
    for (at, expected) in
        [(0, "MDR-O002"), (8, "MDR-O003"), (12, "MDR-O007"), (16, "MDR-O003"), (20, "MDR-O007")]
    {
        let mut damaged = patch.clone();
        damaged[at] ^= 0xFF;
        if at == 8 {
            damaged[at..at + 4].copy_from_slice(&[0; 4]);
        }
        assert_eq!(code(apply(&damaged, &one, Limits::default())), Some(expected), "byte {at}");
    }
    for at in 24..patch.len() {
        let mut damaged = patch.clone();
        damaged[at] ^= 0x10;
        let harmless = apply(&damaged, &one, Limits::default()).is_ok_and(|unpacked| unpacked.bytes == two);
        assert!(harmless || apply(&damaged, &one, Limits::default()).is_err(), "byte {at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_book_from_any_other(old in any_records(12), new in any_records(12), shared in any_records(12)) {
        let side = |own: &[Record]| [own, &shared].concat();
        check(&book(&side(&old), 1), &book(&side(&new), 2));
    }
}
