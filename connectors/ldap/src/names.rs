//! What attribute descriptions mean to an import, and names in the extended form.

use std::collections::HashMap;

use madrigal_model::{Anchor, AttributeName, Taken};

/// Past this many different descriptions nothing more is remembered: such a server is no directory.
const REMEMBERED_NAMES: usize = 4096;

/// Which of an attribute's values are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of them.
    Whole,
    /// Those that came (`range=1-1` of the DirSync control).
    Came,
    /// Those that went (`range=0-0` of the DirSync control).
    Went,
    /// Those up to this one; more have to be asked for (`range=0-1499`).
    UpTo(u32),
}

/// What a description means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    /// It goes into the entry.
    pub wanted: Option<(AttributeName, Taken)>,
    pub part: Part,
    pub role: Role,
}

/// What an attribute is to the import itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The key.
    Anchor,
    /// Whether the object is a tombstone.
    IsDeleted,
    /// Its classes: they come only with whole objects.
    Class,
    /// The value of its RDN.
    Name,
    /// When it was changed last.
    Changed,
    None,
}

#[derive(Debug)]
pub(crate) struct Names {
    anchor: AttributeName,
    wanted: Option<Vec<AttributeName>>,
    /// Whether ranges are those of the DirSync control.
    incremental: bool,
    known: HashMap<Box<str>, Meaning>,
}

impl Names {
    /// No attributes asked for: all of them.
    pub(crate) fn new(anchor: AttributeName, attributes: &[AttributeName], incremental: bool) -> Self {
        let wanted = (!attributes.is_empty()).then(|| attributes.to_vec());
        Self { anchor, wanted, incremental, known: HashMap::new() }
    }

    pub(crate) fn wants(&self, attribute: AttributeName) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted.contains(&attribute))
    }

    /// The attribute that is the key.
    pub(crate) fn anchor(&self) -> AttributeName {
        self.anchor
    }

    pub(crate) fn meaning(&mut self, description: &str) -> Meaning {
        if let Some(meaning) = self.known.get(description) {
            return *meaning;
        }
        let meaning = self.look_up(description);
        if self.known.len() < REMEMBERED_NAMES {
            self.known.insert(description.into(), meaning);
        }
        meaning
    }

    fn look_up(&self, description: &str) -> Meaning {
        let (base, range) = split_range(description);
        let part = match range {
            None => Part::Whole,
            Some((0, Some(0))) if self.incremental => Part::Went,
            Some((1, Some(1))) if self.incremental => Part::Came,
            Some((_, Some(to))) => Part::UpTo(to),
            Some((_, None)) => Part::Whole,
        };
        let is = |name: &str| base.eq_ignore_ascii_case(name);
        let name = match &self.wanted {
            Some(_) => AttributeName::known(base.strip_suffix(";binary").unwrap_or(base)),
            None => AttributeName::intern(base).ok(),
        };
        let role = match name {
            Some(name) if name == self.anchor => Role::Anchor,
            _ if is("isDeleted") => Role::IsDeleted,
            _ if is("objectClass") => Role::Class,
            _ if is("name") => Role::Name,
            _ if is("modifyTimestamp") => Role::Changed,
            _ => Role::None,
        };
        let wanted = name.filter(|name| self.wants(*name)).map(|name| (name, Taken::of(name)));
        Meaning { wanted, part, role }
    }
}

/// A description without its range, and the range: from, and to unless it is the end.
pub(crate) fn split_range(description: &str) -> (&str, Option<(u32, Option<u32>)>) {
    let Some(at) = description.find(";range=") else { return (description, None) };
    let (base, option) = description.split_at(at);
    let range = option.strip_prefix(";range=").and_then(|range| range.split_once('-'));
    let range = range.and_then(|(from, to)| {
        let to = if to == "*" { None } else { Some(to.parse().ok()?) };
        Some((from.parse().ok()?, to))
    });
    (base, range)
}

/// A name without the extended form's `<GUID=…>;<SID=…>;`, and the GUID where it has one.
pub(crate) fn split_extended(name: &str) -> (Option<Anchor>, &str) {
    let mut rest = name;
    let mut guid = None;
    while let Some((inner, behind)) = rest.strip_prefix('<').and_then(|rest| rest.split_once(">;")) {
        if let Some(text) = inner.strip_prefix("GUID=") {
            guid = guid_of(text);
        }
        rest = behind;
    }
    (guid, rest)
}

/// A GUID as the extended form writes it: the octets in hexadecimal, or as Active Directory shows it.
fn guid_of(text: &str) -> Option<Anchor> {
    let anchor: Anchor = match text.len() {
        32 => format!("hex:{text}").parse().ok()?,
        36 => text.parse().ok()?,
        _ => return None,
    };
    (anchor.as_bytes().len() == 16).then_some(anchor)
}

/// How an object is named by its GUID in a request.
pub(crate) fn guid_name(anchor: &Anchor) -> String {
    let hex: String = anchor.as_bytes().iter().map(|octet| format!("{octet:02x}")).collect();
    format!("<GUID={hex}>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_split_off() {
        let rows = [
            ("member", ("member", None)),
            ("member;range=0-1499", ("member", Some((0, Some(1499))))),
            ("member;range=1500-*", ("member", Some((1500, None)))),
            ("member;range=x-1", ("member", None)),
            ("userCertificate;binary", ("userCertificate;binary", None)),
        ];
        for (given, expected) in rows {
            assert_eq!(split_range(given), expected, "{given}");
        }
    }

    #[test]
    fn extended_names_are_taken_apart() {
        let hex = "5e8474c1ac7d4f4a8a5e0102030405ff";
        let shown = "c174845e-7dac-4a4f-8a5e-0102030405ff";
        let rows = [
            ("CN=Anna,DC=x".to_owned(), None, "CN=Anna,DC=x"),
            (format!("<GUID={hex}>;CN=Anna,DC=x"), Some(shown), "CN=Anna,DC=x"),
            (format!("<GUID={shown}>;<SID=0105>;CN=Anna"), Some(shown), "CN=Anna"),
            ("<GUID=zz>;CN=Anna".to_owned(), None, "CN=Anna"),
            ("<Anna".to_owned(), None, "<Anna"),
        ];
        for (given, guid, rest) in rows {
            let (anchor, name) = split_extended(&given);
            assert_eq!((anchor.map(|anchor| anchor.to_string()).as_deref(), name), (guid, rest), "{given}");
        }
        let anchor: Anchor = shown.parse().unwrap();
        assert_eq!(guid_name(&anchor), format!("<GUID={hex}>"));
    }
}
