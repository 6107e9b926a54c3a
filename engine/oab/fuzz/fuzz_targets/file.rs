//! Any file of a book, packed or not: an error or what it holds, never a panic and no more memory than was allowed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use madrigal_oab::Limits;
use madrigal_oab::book::Book;
use madrigal_oab::container::unpack;
use madrigal_oab::inspection::inspect;

const LIMITS: Limits = Limits { uncompressed_bytes: 1 << 20 };

fn read(bytes: &[u8]) {
    let Ok(book) = Book::parse(bytes) else { return };
    let _ = book.check_serial();
    for record in book.records() {
        let _ = record;
    }
}

fuzz_target!(|file: &[u8]| {
    read(file);
    if let Ok(unpacked) = unpack(file, LIMITS) {
        assert!(unpacked.bytes.len() as u64 <= LIMITS.uncompressed_bytes);
        read(&unpacked.bytes);
    }
    let _ = inspect(file, LIMITS);
});
