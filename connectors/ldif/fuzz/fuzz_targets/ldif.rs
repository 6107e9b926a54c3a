//! Any octets are read to their end without a panic, and what was read is written and read again as it was.

#![no_main]

use libfuzzer_sys::fuzz_target;
use madrigal_ldif::{Content, Limits, LineEnd, Parsed, RecordParser, RecordReader, Writer};
use madrigal_model::AttributeName;

const LIMITS: Limits = Limits { value_octets: 4096, record_octets: 16 * 1024 };

fn objects(file: &[u8], key: AttributeName) -> Vec<Content> {
    let mut reader = RecordReader::new(file, LIMITS.record_octets);
    let mut parser = RecordParser::new(key, &[], LIMITS);
    let mut objects = Vec::new();
    while let Ok(Some(raw)) = reader.next_record() {
        if let Ok(Parsed::Content(content)) = parser.parse(&raw) {
            objects.push(content);
        }
    }
    objects
}

fuzz_target!(|file: &[u8]| {
    let Ok(key) = AttributeName::intern("employeeID") else { return };
    let read = objects(file, key);
    let mut writer = Writer::new(Vec::new(), LineEnd::Lf);
    for content in &read {
        let _ = writer.entry(&content.dn, &content.entry);
    }
    assert_eq!(objects(&writer.into_inner(), key), read);
});
