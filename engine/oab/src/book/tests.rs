use proptest::prelude::*;

use super::build::assemble;
use super::*;
use crate::container::{Packing, pack, unpack};
use crate::lzxd::Level;
use crate::property::{PropertyList, PropertyTag, PropertyType, Value};
use crate::work::InOrder;
use crate::{Limits, sha1_hex};

pub(crate) fn header(sequence: u32) -> BookHeader {
    BookHeader {
        name: "\\Global Address List".to_owned(),
        distinguished_name: "/".to_owned(),
        sequence,
        container_guid: "2e3eaccd-85a0-4abe-84f8-603a49801bb6".to_owned(),
        root_department: None,
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// The golden record: columns, values and the file that two independent decoders read.
fn golden() -> (Vec<Column>, Record, Vec<u8>) {
    let columns = [
        (0x3003_001E, 2),
        (0x39FE_001F, 2),
        (0x3001_001F, 1),
        (0x3900_0003, 0),
        (0x0FFE_0003, 0),
        (0x800F_101F, 1),
        (0x3905_0003, 0),
        (0x6805_1003, 0),
    ];
    let columns = columns.map(|(tag, flags)| Column { tag: PropertyTag(tag), flags }).to_vec();
    let values = [
        text("/o=C/cn=jed"),
        text("jed@abc.example"),
        text("Jed Hill"),
        Value::Integer(6),
        Value::Integer(6),
        Value::Texts(vec!["SMTP:jed@abc.example".to_owned(), "SIP:jed@abc.example".to_owned()]),
        Value::Integer(0x8000_0006),
        Value::Integers(vec![0x8C9E_0102]),
    ];
    let record = Record { values: columns.iter().map(|column| column.tag).zip(values).collect() };
    let file = b"\x20\0\0\0\x81\xc7\xa3\x83\x01\0\0\0\
        \x6c\0\0\0\x04\0\0\0\x1f\0\0\x68\0\0\0\0\x1e\0\x04\x68\0\0\0\0\x03\0\x01\x68\0\0\0\0\x1e\0\x02\x68\0\0\0\0\
        \x08\0\0\0\x1e\0\x03\x30\x02\0\0\0\x1f\0\xfe\x39\x02\0\0\0\x1f\0\x01\x30\x01\0\0\0\x03\0\0\x39\0\0\0\0\
        \x03\0\xfe\x0f\0\0\0\0\x1f\x10\x0f\x80\x01\0\0\0\x03\0\x05\x39\0\0\0\0\x03\x10\x05\x68\0\0\0\0\
        \x42\0\0\0\xf0\\Global Address List\0/\0\x01\x32e3eaccd-85a0-4abe-84f8-603a49801bb6\0\
        \x61\0\0\0\xff/o=C/cn=jed\0jed@abc.example\0Jed Hill\0\x06\x06\
        \x02SMTP:jed@abc.example\0SIP:jed@abc.example\0\x84\x06\0\0\x80\x01\x84\x02\x01\x9e\x8c";
    (columns, record, file.to_vec())
}

#[test]
fn the_golden_file_byte_for_byte() {
    let (columns, record, file) = golden();
    let mut encoded = Vec::new();
    encode_record(&columns, &record, &mut encoded);
    let built = assemble(&header(1), &columns, [encoded.as_slice()].into_iter());
    assert_eq!(built, file);
    assert_eq!(built.len(), 283);

    let book = Book::parse(&file).unwrap();
    assert_eq!(book.header, header(1));
    assert_eq!(book.check_serial(), Ok(()));
    assert_eq!(book.record(0), Ok(record));

    let packed = pack(&file, Packing { level: Level::Uncompressed, ..Packing::default() }, &InOrder);
    assert_eq!(packed.len(), 334);
    assert_eq!(sha1_hex(&packed).to_lowercase(), "097a8087640f72a0ab3c544043dc580b2190c5e8");
    assert_eq!(unpack(&packed, Limits::default()).unwrap().bytes, file);
}

#[test]
fn large_values_are_cut_and_indicators_listed() {
    let mut builder = BookBuilder::new(
        &PropertyList::default(),
        SizeLimits { text_bytes: 5, binary_bytes: 3, texts_bytes: 6, binaries_bytes: 3 },
    );
    let tag = PropertyTag;
    builder.push(Record {
        values: vec![
            (PropertyTag::EMAIL_ADDRESS, text("/cn=a")),
            (PropertyTag::SMTP_ADDRESS, text("a@b.c")),
            (PropertyTag::DISPLAY_NAME, text("four\u{e9}")),
            (PropertyTag::PROXY_ADDRESSES, Value::Texts(vec!["abc".into(), "defghi".into(), "jkl".into()])),
            (tag(0x3A22_0102), Value::Binary(vec![1, 2, 3, 4])),
            (tag(0x8C6D_0102), Value::Binary(vec![1, 2, 3])),
            (tag(0x3A17_001F), text("")),
            (tag(0x8C9E_0102), Value::Binary(vec![9; 100])),
            (tag(0x8CD8_000D), text("anything")),
        ],
    });
    let built = builder.finish(&header(1));
    let record = Book::parse(&built.bytes).unwrap().record(0).unwrap();
    assert_eq!(record.text(PropertyTag::DISPLAY_NAME), Some("four"), "cut on a character's border");
    let kept = Value::Texts(vec!["abc".into(), "jkl".into()]);
    assert_eq!(record.get(PropertyTag::PROXY_ADDRESSES), Some(&kept));
    assert_eq!(record.get(tag(0x3A22_0102)), None);
    assert_eq!(record.get(tag(0x8C6D_0102)), Some(&Value::Binary(vec![1, 2, 3])));
    assert_eq!(record.get(tag(0x3A17_001F)), None);
    let listed = vec![0x3001_001F, 0x3A22_0102, 0x800F_101F, 0x8C9E_0102, 0x8CD8_000D];
    assert_eq!(record.get(PropertyTag::TRUNCATED_PROPERTIES), Some(&Value::Integers(listed)));
    assert_eq!((built.truncated, built.records), (1, 1));
}

#[test]
fn records_are_sorted_and_unique() {
    let mut builder = BookBuilder::new(&PropertyList::default(), SizeLimits::default());
    for (key, name) in [("/cn=b", "B"), ("/cn=a", "first A"), ("/cn=a", "second A"), ("/cn=c", "C")] {
        builder.push(Record {
            values: vec![(PropertyTag::EMAIL_ADDRESS, text(key)), (PropertyTag::DISPLAY_NAME, text(name))],
        });
    }
    let built = builder.finish(&header(1));
    let book = Book::parse(&built.bytes).unwrap();
    let names: Vec<_> = book
        .records()
        .map(|record| record.unwrap().text(PropertyTag::DISPLAY_NAME).unwrap().to_owned())
        .collect();
    assert_eq!(names, ["first A", "B", "C"]);
    assert_eq!(built.duplicates, ["/cn=a"]);
}

#[test]
fn only_content_makes_a_new_sequence() {
    let (columns, record, _) = golden();
    let mut encoded = Vec::new();
    encode_record(&columns, &record, &mut encoded);
    let file = |header: &BookHeader| assemble(header, &columns, [encoded.as_slice()].into_iter());
    let (first, much_later) = (file(&header(1)), file(&header(70_000)));
    let renamed = file(&BookHeader { name: "\\Other".to_owned(), ..header(1) });
    let first = Book::parse(&first).unwrap();
    assert!(first.same_content(&Book::parse(&much_later).unwrap()));
    assert!(!first.same_content(&Book::parse(&renamed).unwrap()));
}

pub(crate) fn any_value(kind: PropertyType) -> BoxedStrategy<Value> {
    let text = "[a-zA-Z\u{e4}\u{1f600} ]{1,12}";
    let ascii = "[a-zA-Z/=]{1,12}";
    let bytes = || proptest::collection::vec(any::<u8>(), 1..20);
    match kind {
        PropertyType::Integer | PropertyType::Object => any::<u32>().prop_map(Value::Integer).boxed(),
        PropertyType::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
        PropertyType::String8 => ascii.prop_map(Value::Text).boxed(),
        PropertyType::String => text.prop_map(Value::Text).boxed(),
        PropertyType::Binary => bytes().prop_map(Value::Binary).boxed(),
        PropertyType::Integers => {
            proptest::collection::vec(any::<u32>(), 1..5).prop_map(Value::Integers).boxed()
        }
        PropertyType::Strings8 => proptest::collection::vec(ascii, 1..4).prop_map(Value::Texts).boxed(),
        PropertyType::Strings => proptest::collection::vec(text, 1..4).prop_map(Value::Texts).boxed(),
        PropertyType::Binaries => proptest::collection::vec(bytes(), 1..3).prop_map(Value::Binaries).boxed(),
    }
}

/// Records with a key and random values of the default list.
pub(crate) fn any_records(most: usize) -> impl Strategy<Value = Vec<Record>> {
    let columns = BookBuilder::new(&PropertyList::default(), SizeLimits::default()).columns().to_vec();
    let optional: Vec<_> = columns
        .iter()
        .skip(2)
        .filter(|column| !column.is_table() && column.tag != PropertyTag::TRUNCATED_PROPERTIES)
        .filter(|column| ![0x8C9E_0102, 0x8CC2_0102].contains(&column.tag.0))
        .map(|column| {
            let tag = column.tag;
            let value = any_value(tag.property_type().unwrap());
            proptest::option::weighted(0.3, value).prop_map(move |value| value.map(|value| (tag, value)))
        })
        .collect();
    let record = ("[a-z]{1,6}", optional).prop_map(|(name, values)| {
        let mut record = Record {
            values: vec![
                (PropertyTag::EMAIL_ADDRESS, Value::Text(format!("/o=ABC/cn={name}"))),
                (PropertyTag::SMTP_ADDRESS, Value::Text(format!("{name}@abc.example"))),
            ],
        };
        record.values.extend(values.into_iter().flatten());
        record
    });
    proptest::collection::vec(record, 0..most)
}

pub(crate) fn build(records: &[Record], sequence: u32) -> Vec<u8> {
    let mut builder = BookBuilder::new(&PropertyList::default(), SizeLimits::default());
    records.iter().for_each(|record| builder.push(record.clone()));
    builder.finish(&header(sequence)).bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_built_is_read(records in any_records(8), sequence: u32) {
        let file = build(&records, sequence);
        let book = Book::parse(&file).unwrap();
        prop_assert_eq!(book.check_serial(), Ok(()));
        prop_assert_eq!(&book.header, &header(sequence));
        let mut expected = records;
        expected.sort_by(|a, b| a.text(PropertyTag::EMAIL_ADDRESS).cmp(&b.text(PropertyTag::EMAIL_ADDRESS)));
        expected.dedup_by(|a, b| a.text(PropertyTag::EMAIL_ADDRESS) == b.text(PropertyTag::EMAIL_ADDRESS));
        let read: Result<Vec<_>, _> = book.records().collect();
        prop_assert_eq!(read, Ok(expected));
    }

    #[test]
    fn a_hostile_book_is_an_error(records in any_records(4), damage in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..6), cut: usize) {
        let mut file = build(&records, 1);
        for (at, byte) in damage {
            let at = at % file.len();
            file[at] = byte;
        }
        file.truncate(cut % (2 * file.len()) + 1);
        if let Ok(book) = Book::parse(&file) {
            let _ = book.records().collect::<Vec<_>>();
            let _ = book.check_serial();
        }
    }

    #[test]
    fn noise_is_an_error(noise in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut file = vec![0x20, 0, 0, 0];
        file.extend(noise);
        if let Ok(book) = Book::parse(&file) {
            let _ = book.records().collect::<Vec<_>>();
        }
    }
}
