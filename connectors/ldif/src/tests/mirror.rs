//! What is written is read again; what anybody wrote is read without a panic, to its end.

use madrigal_model::{DistinguishedName, Entry, Value};
use proptest::prelude::*;

use super::name;
use crate::{Content, Encoding, Limits, LineEnd, Parsed, RecordParser, RecordReader, Writer};

const LIMITS: Limits = Limits { value_octets: 10_000, record_octets: 100_000 };

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{1,20}", "[ :<a\n\r]{1,4}", "\\PC{1,30}", "[a-z]{60,300}"]
}

fn read(file: &[u8]) -> Vec<Parsed> {
    let mut reader = RecordReader::new(file, LIMITS.record_octets);
    let mut parser = RecordParser::new(name("employeeID"), &[], LIMITS);
    let mut parsed = Vec::new();
    while let Some(raw) = reader.next_record().unwrap() {
        parsed.push(parser.parse(&raw).unwrap());
    }
    parsed
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        people in prop::collection::vec((text(), text(), prop::collection::vec(any::<u8>(), 1..200)), 1..4),
        windows in any::<bool>(),
        encoding in prop::sample::select(vec![Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be]),
    ) {
        let contents: Vec<Content> = people
            .into_iter()
            .enumerate()
            .map(|(at, (cn, title, photo))| {
                let key = at.to_string();
                let entry = Entry::from_values([
                    (name("employeeID"), vec![Value::text(key.as_str())]),
                    (name("title"), vec![Value::text(title)]),
                    (name("thumbnailPhoto"), vec![Value::bytes(photo)]),
                ]);
                let dn = DistinguishedName::from_directory("DC=abc").child("CN", &cn);
                Content { dn, anchor: key.parse().unwrap(), entry }
            })
            .collect();
        let line_end = if windows { LineEnd::CrLf } else { LineEnd::Lf };
        let mut writer = Writer::new(Vec::new(), line_end);
        for content in &contents {
            writer.entry(&content.dn, &content.entry).unwrap();
        }
        let written = writer.into_inner();
        prop_assert!(written.split(|octet| *octet == b'\n').all(|line| line.len() <= 77));
        let mut file = Vec::new();
        encoding.encode(&written, &mut file);
        prop_assert_eq!(read(&file), contents.into_iter().map(Parsed::Content).collect::<Vec<_>>());
    }

    #[test]
    fn any_octets_are_read_to_their_end(
        parts in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..20),
                prop::sample::select(vec![
                    "dn: CN=a,DC=b\n", "dn:: ", "\n", "\r\n", " ", "-\n", "#", "changetype: modify\n", "add: mail\n",
                    "changetype: modrdn\n", "newrdn: CN=x\n", "deleteoldrdn: 1\n", "employeeID: 1\n", "mail:: YQ==\n",
                    "mail:< x\n", "mail;range=0-1: x\n", "version: 1\n", "search: 2\nresult: 4\n", "\u{feff}", ":",
                ]).prop_map(|text| text.as_bytes().to_vec()),
            ],
            0..40,
        ),
        record_octets in 1usize..60,
    ) {
        let file = parts.concat();
        let mut reader = RecordReader::new(file.as_slice(), record_octets);
        let mut parser = RecordParser::new(name("employeeID"), &[], Limits { value_octets: 20, record_octets });
        let mut records = 0;
        while let Some(raw) = reader.next_record().unwrap() {
            if let Err(unread) = parser.parse(&raw) {
                prop_assert!(!unread.faults.is_empty());
            }
            records += 1;
            prop_assert!(records <= file.len());
        }
    }

    /// However the octets arrive, the records are the same.
    #[test]
    fn records_do_not_depend_on_how_they_arrive(
        lines in prop::collection::vec(
            prop::sample::select(vec!["a: b\n", "\n", "\r\n", "a: b\r\n", " c\n", "a"]),
            0..30,
        ),
        step in 1usize..7,
    ) {
        let file = lines.concat();
        let records = |input: &mut dyn std::io::Read| {
            let mut reader = RecordReader::new(input, 1000);
            let mut records = Vec::new();
            while let Some(raw) = reader.next_record().unwrap() {
                records.push((raw.octets.to_vec(), raw.line, raw.offset));
            }
            (records, reader.passed())
        };
        prop_assert_eq!(records(&mut Slowly(file.as_bytes(), step)), records(&mut file.as_bytes()));
    }
}

/// Gives a few octets at a time.
struct Slowly<'a>(&'a [u8], usize);

impl std::io::Read for Slowly<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let length = self.1.min(self.0.len()).min(out.len());
        out[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}
