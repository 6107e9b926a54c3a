//! What the names at the beginning of lines mean to this import, remembered: a file of a million records has some
//! forty different ones, nearly always in the same order.

use std::collections::HashMap;

use madrigal_model::{AttributeName, Taken};
use xxhash_rust::xxh3::xxh3_64;

use crate::fault::FaultKind;
use crate::lines::is_attribute_description;

/// Past this many different spellings nothing more is remembered: such a file is no directory's.
const REMEMBERED_NAMES: usize = 4096;

/// An attribute that is asked for, or is the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) name: AttributeName,
    pub(crate) taken: Taken,
    /// It goes into the entry.
    pub(crate) wanted: bool,
    /// It is the key.
    pub(crate) anchor: bool,
    /// Only a range of its values is there.
    pub(crate) ranged: bool,
}

/// What a name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Dn,
    ChangeType,
    Control,
    Version,
    Asked(Asked),
    /// An attribute that nobody asked for.
    Other,
    TooManyNames,
    /// No name of anything.
    Garbage,
}

#[derive(Debug)]
struct Known {
    spelled: Box<[u8]>,
    meaning: Meaning,
    /// The name that came after this one the last time.
    next: usize,
}

#[derive(Debug)]
pub(crate) struct NameTable {
    anchor: AttributeName,
    /// The attributes that go into entries; none: all.
    wanted: Option<Vec<AttributeName>>,
    known: Vec<Known>,
    by_hash: HashMap<u64, usize>,
    last: usize,
}

impl NameTable {
    pub(crate) fn new(anchor: AttributeName, attributes: &[AttributeName]) -> Self {
        let wanted = (!attributes.is_empty()).then(|| attributes.to_vec());
        Self { anchor, wanted, known: Vec::new(), by_hash: HashMap::new(), last: 0 }
    }

    pub(crate) fn anchor(&self) -> AttributeName {
        self.anchor
    }

    /// Whether this attribute goes into entries.
    pub(crate) fn wants(&self, attribute: AttributeName) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted.contains(&attribute))
    }

    /// What the name means, in whatever case it is written.
    pub(crate) fn meaning(&mut self, name: &[u8]) -> Meaning {
        let guess = self.known.get(self.last).map_or(0, |known| known.next);
        if let Some(known) = self.known.get(guess)
            && *known.spelled == *name
        {
            self.last = guess;
            return known.meaning;
        }
        let hash = xxh3_64(name);
        let at = match self.by_hash.get(&hash) {
            Some(at) if self.known.get(*at).is_some_and(|known| *known.spelled == *name) => *at,
            _ => {
                let meaning = self.look_up(name);
                if self.known.len() >= REMEMBERED_NAMES {
                    return meaning;
                }
                self.known.push(Known { spelled: name.into(), meaning, next: 0 });
                self.by_hash.insert(hash, self.known.len() - 1);
                self.known.len() - 1
            }
        };
        if let Some(last) = self.known.get_mut(self.last) {
            last.next = at;
        }
        self.last = at;
        self.known.get(at).map_or(Meaning::Other, |known| known.meaning)
    }

    fn look_up(&self, name: &[u8]) -> Meaning {
        let is = |keyword: &str| name.eq_ignore_ascii_case(keyword.as_bytes());
        match name {
            _ if is("dn") => return Meaning::Dn,
            _ if is("changetype") => return Meaning::ChangeType,
            _ if is("control") => return Meaning::Control,
            _ if is("version") => return Meaning::Version,
            _ if !is_attribute_description(name) => return Meaning::Garbage,
            _ => {}
        }
        let text = String::from_utf8_lossy(name);
        match self.attribute(&text) {
            Ok(Some(asked)) => Meaning::Asked(asked),
            Ok(None) => Meaning::Other,
            Err(_) => Meaning::TooManyNames,
        }
    }

    /// The attribute of a description with options (`userCertificate;binary`, `member;range=0-1499`), where it is
    /// asked for or is the key.
    pub(crate) fn attribute(&self, description: &str) -> Result<Option<Asked>, FaultKind> {
        let (base, ranged) = without_range(description);
        let name = match (&self.wanted, AttributeName::known(base.strip_suffix(";binary").unwrap_or(&base))) {
            (_, Some(name)) => name,
            (Some(_), None) => return Ok(None),
            (None, None) => AttributeName::intern(&base).map_err(|_| FaultKind::TooManyNames)?,
        };
        let (wanted, anchor) = (self.wants(name), name == self.anchor);
        let taken = Taken::of(name);
        Ok((wanted || anchor).then_some(Asked { name, taken, wanted, anchor, ranged }))
    }
}

/// The description without the option `range=…`, and whether it had one.
fn without_range(description: &str) -> (String, bool) {
    let is_range = |option: &str| option.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("range="));
    let mut ranged = false;
    let kept: Vec<&str> = description
        .split(';')
        .filter(|option| {
            let range = is_range(option);
            ranged |= range;
            !range
        })
        .collect();
    (kept.join(";"), ranged)
}
