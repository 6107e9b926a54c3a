//! Writes files for independent decoders to judge: `judge_files DIR`.
//!
//! `DIR/fleet.json` holds percentiles of a fleet that another simulator is to find too.
//! `DIR/full/NAME.lzx` must unpack to `NAME.raw`; `DIR/patch/NAME.patch` must turn `NAME.old` into
//! `NAME.new`; `DIR/book/NAME/udetails.oab` must hold what `expected.json` says.

#![allow(clippy::disallowed_methods, reason = "an example is a shell around the pure crate")]

use std::fs;
use std::path::{Path, PathBuf};

use madrigal_oab::book::{Book, BookBuilder, BookHeader, Record, SizeLimits};
use madrigal_oab::container::{Packing, pack};
use madrigal_oab::directory::{Outcome, RecipientMapping};
use madrigal_oab::fleet::{FleetParameters, simulate};
use madrigal_oab::lzxd::{Encoder, Level};
use madrigal_oab::property::{PropertyList, PropertyTag, PropertyType, Value};
use madrigal_oab::schedule::{Time, profile};
use madrigal_oab::work::InOrder;
use madrigal_oab::{oab_crc, patch, template};

#[path = "shared/people.rs"]
mod people;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let target = PathBuf::from(std::env::args().nth(1).ok_or("usage: judge_files DIR")?);
    for folder in ["full", "patch", "book"] {
        fs::create_dir_all(target.join(folder))?;
    }
    let data = edge_data();
    for (name, data) in &data {
        for (kind, packing) in packings() {
            write_full(&target, &format!("{name}-{kind}"), data, packing)?;
        }
    }
    write_full(&target, "template", &template::empty(), Packing::default())?;
    write_edge_patches(&target, &data)?;
    write_books(&target)?;
    write_fleet(&target)
}

/// The fleet of the seed's schedule that waits for a change made at the worst moment.
fn write_fleet(target: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let change = Time::parse("2026-11-23T05:00")?;
    let schedule = profile("exchange-2010").ok_or("there is no such profile")?.schedule(change);
    let outcome = simulate(&FleetParameters::new(schedule, 200_000, 30, 1, change), &InOrder)?;
    let row =
        |percent: u32| (format!("p{percent}_minutes"), outcome.percentile_minutes(percent.into()).into());
    let document: serde_json::Map<String, serde_json::Value> = [50, 95, 99].map(row).into_iter().collect();
    fs::write(target.join("fleet.json"), serde_json::to_vec(&document)?)?;
    Ok(())
}

fn packings() -> Vec<(&'static str, Packing)> {
    let packing = |level, block_bytes| Packing { level, block_bytes, stored: false };
    vec![
        ("level0-32k", packing(Level::Uncompressed, 0x8000)),
        ("level0-256k", packing(Level::Uncompressed, 0x4_0000)),
        ("level1-32k", packing(Level::Matching, 0x8000)),
        ("level1-256k", packing(Level::Matching, 0x4_0000)),
        ("level1-odd", packing(Level::Matching, 100_001)),
        ("level1-1m", packing(Level::Matching, 0x10_0000)),
        ("stored", Packing { stored: true, ..Packing::default() }),
    ]
}

/// Runs around every border, odd sizes, noise, few symbols, text.
fn edge_data() -> Vec<(String, Vec<u8>)> {
    let mut data = Vec::new();
    for border in [2, 256, 257, 512, 513, 1_280, 1_281, 5_376, 5_377, 32_768, 131_072, 262_144] {
        for length in [border, border + 1] {
            data.push((format!("run-{length}"), vec![b'a'; length]));
        }
    }
    for length in [1, 3, 255, 32_767, 32_769, 65_535, 131_071, 131_073, 262_143, 262_145, 1_048_577] {
        data.push((format!("noise-{length}"), people::noise(length as u64, length)));
        let words = people::noise(7, length).iter().map(|byte| b'a' + byte % 5).collect();
        data.push((format!("five-symbols-{length}"), words));
        let period: Vec<u8> = (0..length).map(|n| (n % 65_521 % 251) as u8).collect();
        data.push((format!("period-{length}"), period));
    }
    data.push(("one-byte".to_owned(), vec![0xE8]));
    data.push((
        "calls".to_owned(),
        (0..100_000u32).map(|n| if n % 5 == 0 { 0xE8 } else { n as u8 }).collect(),
    ));
    data
}

fn write_full(target: &Path, name: &str, data: &[u8], packing: Packing) -> std::io::Result<()> {
    fs::write(target.join(format!("full/{name}.raw")), data)?;
    fs::write(target.join(format!("full/{name}.lzx")), pack(data, packing, &InOrder))
}

/// Patches of a single block over any bytes, so that reference data meet every size.
fn write_edge_patches(target: &Path, data: &[(String, Vec<u8>)]) -> Result<(), Box<dyn std::error::Error>> {
    let mut encoder = Encoder::default();
    for (name, old) in data {
        for (kind, edit) in [("same", 0), ("shifted", 1), ("edited", 2), ("doubled", 3)] {
            let mut new = old.clone();
            match edit {
                1 => new.insert(new.len() / 2, b'!'),
                2 => new.iter_mut().step_by(10_007).for_each(|byte| *byte ^= 0x55),
                3 => new.extend_from_slice(old),
                _ => {}
            }
            let stream = encoder.encode(Level::Matching, old, &new).ok_or("over the window")?;
            let most = stream.len().max(old.len()).max(new.len()) as u32;
            let mut file = Vec::new();
            for word in [3, 2, most, old.len() as u32, new.len() as u32, 0, 0] {
                file.extend_from_slice(&u32::to_le_bytes(word));
            }
            for word in [stream.len() as u32, new.len() as u32, old.len() as u32, oab_crc(&new)] {
                file.extend_from_slice(&word.to_le_bytes());
            }
            file.extend_from_slice(&stream);
            write_patch(target, &format!("{name}-{kind}"), &file, old, &new)?;
        }
    }
    Ok(())
}

fn write_patch(target: &Path, name: &str, patch: &[u8], old: &[u8], new: &[u8]) -> std::io::Result<()> {
    fs::write(target.join(format!("patch/{name}.patch")), patch)?;
    fs::write(target.join(format!("patch/{name}.old")), old)?;
    fs::write(target.join(format!("patch/{name}.new")), new)
}

fn write_books(target: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let nobody = book(&[], 1);
    let everybody = book(&records(0..1_500, |_| false), 2);
    let one_percent = book(&records(3..1_505, |n| n % 100 == 7), 3);
    let everything = book(&[every_type("first"), every_type("second")], 4);
    let one = book(&records(0..1, |_| false), 5);
    let books = [
        ("none", &nobody),
        ("many", &everybody),
        ("changed", &one_percent),
        ("types", &everything),
        ("one", &one),
    ];
    for (name, bytes) in books {
        let folder = target.join("book").join(name);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("udetails.oab"), bytes)?;
        fs::write(folder.join("expected.json"), expected(bytes)?)?;
        for (kind, packing) in packings() {
            write_full(target, &format!("book-{name}-{kind}"), bytes, packing)?;
        }
    }
    for (from, old) in books {
        for (to, new) in books {
            let patch = patch::build(old, new, &InOrder)?;
            write_patch(target, &format!("book-{from}-{to}"), &patch, old, new)?;
        }
    }
    Ok(())
}

/// What went into a book, taken from its records with our own names of types out of the way.
fn expected(bytes: &[u8]) -> Result<String, Box<dyn std::error::Error>> {
    let book = Book::parse(bytes)?;
    let mut records = Vec::new();
    for record in book.records() {
        let values = record?
            .values
            .into_iter()
            .map(|(tag, value)| Ok((tag.to_string(), serde_json::to_value(value)?)));
        records.push(values.collect::<Result<serde_json::Map<_, _>, serde_json::Error>>()?);
    }
    Ok(serde_json::to_string(&records)?)
}

fn book(records: &[Record], sequence: u32) -> Vec<u8> {
    let mut builder = BookBuilder::new(&PropertyList::default(), SizeLimits::default());
    records.iter().for_each(|record| builder.push(record.clone()));
    let header = BookHeader {
        name: "\\Global Address List".to_owned(),
        distinguished_name: "/".to_owned(),
        sequence,
        container_guid: "2e3eaccd-85a0-4abe-84f8-603a49801bb6".to_owned(),
        root_department: None,
    };
    builder.finish(&header).bytes
}

fn records(range: std::ops::Range<u32>, changed: impl Fn(u32) -> bool) -> Vec<Record> {
    let mapping = RecipientMapping::new(&PropertyList::default());
    let listed = |n| match mapping.map(&people::person(n, changed(n))) {
        Outcome::Listed { record, .. } => Some(record),
        _ => None,
    };
    range.filter_map(listed).collect()
}

/// A record with a value for every column that can hold one.
fn every_type(name: &str) -> Record {
    let text = |tag: PropertyTag| format!("{name} {} \u{e4}\u{20ac}\u{1f3b5}", tag.name());
    let columns = BookBuilder::new(&PropertyList::default(), SizeLimits::default()).columns().to_vec();
    let value = |tag: PropertyTag| match tag.property_type() {
        Ok(PropertyType::Integer) => Value::Integer((tag.0 >> 16) * 31),
        Ok(PropertyType::Boolean) => Value::Boolean(true),
        Ok(PropertyType::String8) => Value::Text(format!("/o={name}/cn={}", tag.name())),
        Ok(PropertyType::String) => Value::Text(text(tag)),
        Ok(PropertyType::Binary) => Value::Binary(people::noise(u64::from(tag.0), 300)),
        Ok(PropertyType::Strings8 | PropertyType::Strings) => Value::Texts(vec![text(tag), name.to_owned()]),
        Ok(PropertyType::Binaries) => Value::Binaries(vec![people::noise(1, 2_000), vec![0]]),
        _ => Value::Boolean(true),
    };
    let listed = columns.iter().filter(|column| column.tag != PropertyTag::TRUNCATED_PROPERTIES);
    Record { values: listed.map(|column| (column.tag, value(column.tag))).collect() }
}
