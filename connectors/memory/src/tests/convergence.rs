//! A reader that applies every page ends with what is there, whatever was edited and whatever went wrong.

use std::collections::BTreeMap;

use madrigal_api::{ConnectorError, ImportMode};
use madrigal_model::{
    Anchor, AttributeName, AttributePatch, EntryBuilder, Observation, ObservedChange, ObservedObject,
    Watermark,
};

use super::{page, request};
use crate::faults::mix;
use crate::{FaultPlan, FaultRates, MemoryDirectory, MemoryOptions};

const ASKED: [&str; 4] = ["objectClass", "title", "cn", "otherTelephone"];

/// What the reader knows: each object's own step of its name (containers may have moved unseen) and attributes.
#[derive(Default)]
struct Reader {
    known: BTreeMap<Anchor, (String, EntryBuilder)>,
    seen: Vec<Anchor>,
    mark: Option<Watermark>,
}

impl Reader {
    fn apply(&mut self, observation: Observation) {
        let ObservedObject::Anchor(anchor) = observation.object else { panic!("no key") };
        self.seen.push(anchor.clone());
        match observation.change {
            ObservedChange::Deleted => drop(self.known.remove(&anchor)),
            ObservedChange::Present { dn, entry } => {
                self.known.insert(anchor, (dn.rdn_text().to_owned(), entry.edit()));
            }
            ObservedChange::Patch { dn, attributes } => {
                let known = self.known.get_mut(&anchor).expect("a patch of an object that is known");
                known.0 = dn.unwrap().rdn_text().to_owned();
                for patch in attributes {
                    match patch {
                        AttributePatch::Replace(name, values) => known.1.set(name, values),
                        AttributePatch::Add(..) | AttributePatch::Remove(..) => {
                            panic!("no links are asked for")
                        }
                    }
                }
            }
        }
    }

    fn import(&mut self, directory: &MemoryDirectory, mut mode: ImportMode, page_size: usize) {
        let mut importer = directory.importer();
        if mode == ImportMode::Full {
            self.mark = None;
        }
        self.seen.clear();
        // A full import that was cut proves nothing about what it did not show, even when a later page is the last.
        let mut whole = true;
        for _ in 0..400 {
            match page(&mut importer, &request(mode, &ASKED, page_size), self.mark.as_ref()) {
                Ok(page) => {
                    page.observations.into_iter().for_each(|observation| self.apply(observation));
                    self.mark = Some(page.watermark);
                    whole &= page.more || page.complete;
                    if page.complete && whole {
                        let seen = std::mem::take(&mut self.seen);
                        self.known.retain(|anchor, _| seen.contains(anchor));
                    }
                    if !page.more {
                        return;
                    }
                }
                Err(ConnectorError::WatermarkRefused { .. }) => {
                    (mode, self.mark) = (ImportMode::Full, None);
                    self.seen.clear();
                    whole = true;
                }
                Err(_) => {}
            }
        }
        panic!("the import does not end");
    }
}

fn edit(directory: &MemoryDirectory, random: u64) {
    let objects = directory.objects();
    let pick = |salt: u64| objects[(mix(random, salt) % objects.len() as u64) as usize].clone();
    let (anchor, _, _) = pick(1);
    let (_, container, _) = pick(2);
    let number = mix(random, 3) % 12;
    // Refusals are part of life.
    let _ = match mix(random, 4) % 10 {
        0 | 1 => directory
            .create(&format!("OU=U{number},{container}"), &[("objectClass", &["organizationalUnit"])])
            .map(drop),
        2..=4 => directory.set(&anchor, "title", &[&format!("T{number}")]),
        5 => directory.set(&anchor, "otherTelephone", if number < 6 { &["1", "2"] } else { &[] }),
        6 => directory.rename(&anchor, &format!("OU=R{number}")),
        7 => directory.move_below(&anchor, container.as_str()),
        // The root stays, or nothing could be made any more.
        8 if objects.len() > 1 => directory.delete(&anchor),
        _ => match directory.tombstones().first() {
            Some(gone) => directory.undelete(gone, &format!("OU=B{number},{container}")),
            None => Ok(()),
        },
    };
}

fn check(seed: u64) {
    let options =
        MemoryOptions { incremental_links: seed.is_multiple_of(2), ..MemoryOptions::new("abc", "DC=abc") };
    let directory = MemoryDirectory::with(options);
    directory.set_faults(FaultPlan::random(seed, FaultRates::healing(40)));
    let mut reader = Reader::default();
    for step in 0..60 {
        let random = mix(seed, step);
        if random.is_multiple_of(5) {
            let mode = if random.is_multiple_of(3) { ImportMode::Full } else { ImportMode::Delta };
            reader.import(&directory, mode, 1 + (random % 7) as usize);
        } else {
            edit(&directory, random);
        }
    }
    directory.set_faults(FaultPlan::none());
    directory.resume_replication();
    reader.import(&directory, ImportMode::Delta, 3);
    let asked = ASKED.map(|name| AttributeName::intern(name).unwrap());
    let there: BTreeMap<Anchor, (String, String)> = directory
        .objects()
        .into_iter()
        .map(|(anchor, dn, entry)| {
            let entry = entry.only(|name| asked.contains(&name));
            (anchor, (dn.rdn_text().to_owned(), format!("{entry:?}")))
        })
        .collect();
    let known: BTreeMap<_, _> = reader
        .known
        .into_iter()
        .map(|(anchor, (rdn, entry))| (anchor, (rdn, format!("{:?}", entry.build()))))
        .collect();
    assert_eq!(known, there, "seed {seed}");
}

#[test]
fn a_reader_ends_with_what_is_there() {
    (0..500).for_each(check);
}
