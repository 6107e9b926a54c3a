use std::collections::BTreeMap;

use jiff::civil::{DateTime, date};

use super::*;
use crate::Limits;
use crate::book::{BookBuilder, Record, SizeLimits};
use crate::container::{Packing, unpack};
use crate::lzxd::Level;
use crate::property::{PropertyList, PropertyTag, Value};
use crate::work::InOrder;

type Files = BTreeMap<String, Vec<u8>>;

/// A folder in memory that is generated into again and again.
#[derive(Default)]
struct Folder {
    files: Files,
}

impl Folder {
    fn manifest(&self) -> Manifest {
        Manifest::parse(std::str::from_utf8(&self.files[MANIFEST]).unwrap()).unwrap()
    }

    fn book(&self) -> Vec<u8> {
        let manifest = self.manifest();
        unpack(&self.files[&manifest.lists[0].full().unwrap().name], Limits::default()).unwrap().bytes
    }

    fn generate(&mut self, people: &[&str], now: DateTime) -> Generation {
        let mut builder = BookBuilder::new(&PropertyList::default(), SizeLimits::default());
        for person in people {
            let (name, phone) = person.split_once(' ').unwrap_or((person, "1"));
            let text = |text: String| Value::Text(text);
            builder.push(Record {
                values: vec![
                    (PropertyTag::EMAIL_ADDRESS, text(format!("/o=ABC/cn={name}"))),
                    (PropertyTag::SMTP_ADDRESS, text(format!("{name}@abc.example"))),
                    (PropertyTag(0x3A08_001F), text(phone.repeat(40))),
                ],
            });
        }
        let identity = Identity {
            name: "\\Global Address List & <more>".to_owned(),
            distinguished_name: "/".to_owned(),
            container_guid: "2e3eaccd-85a0-4abe-84f8-603a49801bb6".to_owned(),
        };
        let previous = self.files.contains_key(MANIFEST).then(|| Previous {
            list: self.manifest().lists[0].clone(),
            book: self.book(),
            history: History::parse(std::str::from_utf8(&self.files[HISTORY]).unwrap()).unwrap(),
        });
        let options = Options {
            packing: Packing { level: Level::Uncompressed, ..Packing::default() },
            ..Options::default()
        };
        let generation = generate(builder, &identity, previous.as_ref(), now, &options, &InOrder).unwrap();
        for file in &generation.files {
            self.files.insert(file.name.clone(), file.bytes.clone());
        }
        for name in &generation.obsolete {
            self.files.remove(name);
        }
        self.files.insert(MANIFEST.to_owned(), generation.manifest.to_xml().into_bytes());
        self.files.insert(HISTORY.to_owned(), generation.history.to_text().into_bytes());
        generation
    }

    fn verify(&self, older: Option<&[u8]>) -> Verification {
        verify(&self.manifest(), |name| self.files.get(name).cloned(), older, Limits::default())
    }

    fn names(&self) -> Vec<String> {
        self.files.keys().map(|name| name.replace("2e3eaccd-85a0-4abe-84f8-603a49801bb6", "G")).collect()
    }
}

#[test]
fn sequences_follow_each_other() {
    let mut folder = Folder::default();
    let first = folder.generate(&["anna", "ben"], date(2026, 11, 1).at(5, 0, 0, 0));
    assert_eq!((first.sequence, first.changed, first.patch_bytes), (1, true, None));
    let book = folder.book();

    let same = folder.generate(&["ben", "anna"], date(2026, 11, 2).at(5, 0, 0, 0));
    assert_eq!((same.sequence, same.changed, same.files.len()), (1, false, 0));

    let second = folder.generate(&["anna 2", "ben", "carla"], date(2026, 11, 3).at(5, 0, 0, 0));
    assert_eq!((second.sequence, second.changed), (2, true));
    let third = folder.generate(&["anna 2", "carla"], date(2026, 12, 3).at(5, 0, 0, 0));
    assert_eq!(third.sequence, 3);
    assert_eq!(
        folder.names(),
        [
            "G-binpatch-2.lzx",
            "G-binpatch-3.lzx",
            "G-data-3.lzx",
            "G-lng0409-3.lzx",
            "G-mac0409-3.lzx",
            "generations.txt",
            "oab.xml"
        ],
        "a patch of 30 days' age is still there"
    );
    let verification = folder.verify(Some(&book));
    assert_eq!(verification.findings, []);
    assert_eq!((verification.applied_patches, verification.records), (2, 2));
    assert_eq!(folder.manifest().lists[0].diff_bytes_since(0), None);
    assert!(folder.manifest().lists[0].diff_bytes_since(1).is_some());

    let fourth = folder.generate(&["anna 2"], date(2026, 12, 3).at(5, 1, 0, 0));
    assert_eq!(fourth.sequence, 4);
    assert!(!folder.names().contains(&"G-binpatch-2.lzx".to_owned()), "retired after 30 days");
    assert_eq!(folder.verify(None).findings, []);
}

#[test]
fn another_list_does_not_follow() {
    let mut folder = Folder::default();
    folder.generate(&["anna"], date(2026, 11, 1).at(5, 0, 0, 0));
    let previous = Previous {
        list: folder.manifest().lists[0].clone(),
        book: folder.book(),
        history: History::default(),
    };
    let identity = Identity {
        name: "\\Other".to_owned(),
        distinguished_name: "/".to_owned(),
        container_guid: "00000000-0000-0000-0000-000000000000".to_owned(),
    };
    let builder = BookBuilder::new(&PropertyList::default(), SizeLimits::default());
    let now = date(2026, 11, 1).at(5, 0, 0, 0);
    let result = generate(builder, &identity, Some(&previous), now, &Options::default(), &InOrder);
    assert_eq!(result.map_err(|error| error.code()).err(), Some("MDR-O011"));
}

#[test]
fn verification_finds_what_is_wrong() {
    let mut folder = Folder::default();
    for (people, day) in [(["a", "b"], 1), (["a", "c"], 2), (["a", "d"], 3)] {
        folder.generate(&people, date(2026, 11, day).at(5, 0, 0, 0));
    }
    let findings = |change: &dyn Fn(&mut Files)| {
        let mut changed = Folder { files: folder.files.clone() };
        change(&mut changed.files);
        changed.verify(None).findings.into_iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    let key = |part: &str| folder.files.keys().find(|name| name.contains(part)).unwrap().clone();
    let edit = |part: &str, at: usize| {
        let name = key(part);
        move |files: &mut Files| {
            let file = files.get_mut(&name).unwrap();
            let at = at.min(file.len() - 1);
            file[at] ^= 0xFF;
        }
    };
    let xml = |from: &'static str, to: &'static str| {
        move |files: &mut Files| {
            let text = String::from_utf8(files[MANIFEST].clone()).unwrap();
            files.insert(MANIFEST.to_owned(), text.replacen(from, to, 1).into_bytes());
        }
    };
    assert_eq!(findings(&|_| {}), Vec::<&str>::new());
    assert_eq!(findings(&|files| drop(files.remove(&key("data")))), ["MDR-O012"]);
    assert_eq!(findings(&edit("data", 200)), ["MDR-O012", "MDR-O004"]);
    assert_eq!(findings(&edit("lng", 60))[0], "MDR-O012");
    assert_eq!(findings(&edit("binpatch-3", 20)), ["MDR-O012", "MDR-O012"], "hash and chain");
    assert_eq!(
        findings(&edit("binpatch-3", 0)),
        ["MDR-O012", "MDR-O002", "MDR-O012"],
        "hash, version, chain"
    );
    assert_eq!(findings(&xml("ver='32'", "ver='31'")), ["MDR-O012"]);
    assert_eq!(findings(&xml("Full seq='3'", "Full seq='4'")), ["MDR-O012", "MDR-O012"]);
    assert_eq!(findings(&xml("dn='/'", "dn='/x'")), ["MDR-O012"]);
}

#[test]
fn manifests() {
    for (xml, problem) in [
        ("<OAB", "reading the manifest"),
        ("<A/>", "not <OAB>"),
        ("<OAB/>", "no <OAL>"),
        ("<OAB><OAL id='1' dn='/'/></OAB>", "no attribute name"),
        ("<OAB><OAL id='1' dn='/' name='n'><Full seq='x'>a</Full></OAL></OAB>", "is no number"),
        ("<OAB><OAL id='1' dn='/' name='n'><Full seq='1'>../a</Full></OAL></OAB>", "beside it"),
    ] {
        let error = Manifest::parse(xml).unwrap_err();
        assert_eq!(error.code(), "MDR-O008");
        assert!(error.to_string().contains(problem), "{xml}: {error}");
    }
    let theirs = "<?xml version=\"1.0\"?>\n<OAB><OAL id=\"g\" dn=\"/\" name=\"\\Global Address List\">\
        <Full seq=\"4\" ver=\"32\" size=\"574\" uncompressedsize=\"1872\" SHA=\"00\">\n  g-data-4.lzx\n</Full></OAL></OAB>";
    let manifest = Manifest::parse(theirs).unwrap();
    assert_eq!(manifest.lists[0].full().unwrap().name, "g-data-4.lzx");
    assert_eq!(Manifest::parse(&manifest.to_xml()), Ok(manifest));
}
