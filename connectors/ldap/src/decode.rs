//! From an entry as the server sent it to what was observed of its object.

use madrigal_api::ImportRequest;
use madrigal_model::{
    Anchor, AttributeName, AttributePatch, DistinguishedName, Entry, EntryPacker, Problem, ProblemCode,
    Severity, Taken, Timestamp, Value, ValueRef,
};

use crate::message::{RawAttribute, RawEntry};
use crate::names::{Meaning, Names, Part, Role, split_extended};

/// How many attributes an entry is expected to have.
const ATTRIBUTES: usize = 32;

/// How entries are to be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// An entry that holds its classes is the whole object.
    Whole,
    /// Entries hold only what changed.
    Changes,
}

/// What an entry says of its object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// This is all of it.
    Whole(Entry),
    /// This changed.
    Changed(Vec<AttributePatch>),
    /// It came back from the dead: what it kept as a tombstone is not said.
    Undeleted,
    /// It is gone.
    Deleted,
}

/// An attribute of which only the first values are here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub attribute: AttributeName,
    /// The place of the first value that is not here.
    pub next: u32,
}

/// An entry, understood.
#[derive(Clone, Debug)]
pub(crate) struct Decoded {
    pub anchor: Anchor,
    pub dn: DistinguishedName,
    pub said: Said,
    pub cut: Vec<Cut>,
    /// When the object was changed last, where the server says it.
    pub changed: Option<String>,
}

/// An entry that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bad {
    pub dn: String,
    pub anchor: Option<Anchor>,
    pub attribute: Option<AttributeName>,
    pub reason: String,
}

impl Bad {
    pub(crate) fn problem(&self, now: Timestamp) -> Problem {
        let (code, remedy) = match self.anchor {
            Some(_) => {
                ("MDR-D021", "Correct the value in the directory; until then the object stays as it was.")
            }
            None => (
                "MDR-D022",
                "Let the account read the key of every object; until then this one stays as it was.",
            ),
        };
        Problem {
            code: ProblemCode::new(code),
            severity: Severity::Problem,
            connector: None,
            object: self.dn.clone(),
            attribute: self.attribute,
            message: format!("{}; the object was not read.", self.reason),
            remedy: remedy.to_owned(),
            at: now,
        }
    }
}

/// Understands entries.
#[derive(Debug)]
pub(crate) struct Decoder {
    names: Names,
    packer: EntryPacker,
    name: Option<AttributeName>,
    own_name: Option<AttributeName>,
}

/// What an entry says of itself before its attributes are taken, and those that are taken with what they mean.
#[derive(Default)]
struct Head<'a> {
    attributes: Vec<(RawAttribute<'a>, Meaning)>,
    anchor: Option<Anchor>,
    /// The attribute is there; whether it says TRUE.
    is_deleted: Option<bool>,
    has_class: bool,
    has_cn: bool,
    changed: Option<String>,
}

impl Decoder {
    pub(crate) fn new(anchor: AttributeName, request: &ImportRequest, incremental: bool) -> Self {
        let names = Names::new(anchor, &request.attributes, incremental);
        let known = |name| AttributeName::known(name).filter(|name| request.attributes.contains(name));
        Self {
            names,
            packer: EntryPacker::default(),
            name: known("cn"),
            own_name: known("distinguishedName"),
        }
    }

    /// One that takes what is read of people and groups, for fuzzing.
    pub(crate) fn of_a_person(reading: Reading) -> Option<Self> {
        let names = ["cn", "distinguishedName", "mail", "member", "manager", "objectSid", "proxyAddresses"];
        let attributes = names.into_iter().filter_map(|name| AttributeName::intern(name).ok()).collect();
        let request = ImportRequest {
            mode: madrigal_api::ImportMode::Full,
            attributes,
            page_size: 1,
            now: Timestamp::default(),
        };
        let anchor = AttributeName::intern("objectGUID").ok()?;
        Some(Self::new(anchor, &request, reading == Reading::Changes))
    }

    /// Understands one entry.
    pub(crate) fn decode(&mut self, raw: &RawEntry<'_>, reading: Reading) -> Result<Decoded, Bad> {
        let dn = String::from_utf8_lossy(raw.dn);
        let dn = split_extended(&dn).1;
        let bad = |anchor, attribute, reason: &str| Bad {
            dn: dn.to_owned(),
            anchor,
            attribute,
            reason: reason.to_owned(),
        };
        let head = self.head(raw).map_err(|error| bad(None, None, &error.to_string()))?;
        let Some(anchor) = head.anchor.clone() else {
            let name = self.names.anchor();
            return Err(bad(None, Some(name), &format!("{name}, its key, cannot be read")));
        };
        let mut decoded = Decoded {
            anchor: anchor.clone(),
            dn: DistinguishedName::from_directory(dn),
            said: Said::Deleted,
            cut: Vec::new(),
            changed: head.changed.clone(),
        };
        decoded.said = match (head.is_deleted, reading) {
            (Some(true), _) => return Ok(decoded),
            (Some(false), Reading::Changes) => Said::Undeleted,
            (_, Reading::Whole) if head.has_class => {
                self.packer.clear();
                let mut cut = Vec::new();
                self.whole(&head, dn, &mut cut)
                    .map_err(|(attribute, reason)| bad(Some(anchor), attribute, reason))?;
                decoded.cut = cut;
                Said::Whole(self.packer.take())
            }
            _ => {
                let patches = self.patches(&head, dn);
                Said::Changed(patches.map_err(|(attribute, reason)| bad(Some(anchor), attribute, reason))?)
            }
        };
        Ok(decoded)
    }

    /// One value of an attribute; none where it cannot be understood.
    pub(crate) fn value(&mut self, attribute: AttributeName, value: &[u8]) -> Option<Value> {
        let (_, taken) = self.names.meaning(attribute.as_str()).wanted?;
        understood(value, taken).ok().map(ValueRef::to_value)
    }

    fn head<'a>(&mut self, raw: &RawEntry<'a>) -> Result<Head<'a>, crate::ber::BerError> {
        let mut head = Head { attributes: Vec::with_capacity(ATTRIBUTES), ..Head::default() };
        for attribute in raw.attributes() {
            let attribute = attribute?;
            let meaning = self.names.meaning(attribute.name);
            let first = || attribute.values().next().transpose();
            match meaning.role {
                Role::Anchor => head.anchor = first()?.and_then(anchor_of),
                Role::IsDeleted => head.is_deleted = Some(first()? == Some(b"TRUE")),
                Role::Class => head.has_class = true,
                Role::Changed => {
                    head.changed = first()?.and_then(|time| String::from_utf8(time.to_vec()).ok());
                }
                Role::Name | Role::None => {}
            }
            head.has_cn |= meaning.wanted.is_some_and(|(name, _)| Some(name) == self.name);
            if meaning.wanted.is_some() || meaning.role == Role::Name {
                head.attributes.push((attribute, meaning));
            }
        }
        Ok(head)
    }

    /// Packs every attribute that is wanted.
    fn whole(
        &mut self,
        head: &Head<'_>,
        dn: &str,
        cut: &mut Vec<Cut>,
    ) -> Result<(), (Option<AttributeName>, &'static str)> {
        for (attribute, meaning) in &head.attributes {
            if meaning.role == Role::Name && !head.has_cn {
                self.pack_name(attribute, dn);
            }
            let Some((name, taken)) = meaning.wanted else { continue };
            if meaning.part == Part::Went {
                continue;
            }
            if let Part::UpTo(last) = meaning.part {
                cut.push(Cut { attribute: name, next: last.saturating_add(1) });
            }
            for value in attribute.values() {
                let value = value.map_err(broken)?;
                self.packer.add(name, understood(value, taken).map_err(|reason| (Some(name), reason))?);
            }
        }
        if let Some(own_name) = self.own_name {
            self.packer.add(own_name, ValueRef::Unresolved(dn));
        }
        Ok(())
    }

    /// DirSync tells `name` and never `cn`; for whoever is named by it both are the same.
    fn pack_name(&mut self, attribute: &RawAttribute<'_>, dn: &str) {
        let Some(cn) = self.name.filter(|_| is_named_by_cn(dn)) else { return };
        let value = attribute.values().next().and_then(Result::ok);
        if let Some(Ok(text)) = value.map(std::str::from_utf8) {
            self.packer.add(cn, ValueRef::Text(text));
        }
    }

    fn patches(
        &mut self,
        head: &Head<'_>,
        dn: &str,
    ) -> Result<Vec<AttributePatch>, (Option<AttributeName>, &'static str)> {
        let (mut patches, mut went, mut came) = (Vec::new(), Vec::new(), Vec::new());
        for (attribute, meaning) in &head.attributes {
            if let Some(cn) =
                self.name.filter(|_| meaning.role == Role::Name && !head.has_cn && is_named_by_cn(dn))
                && let Some(Ok(name)) = attribute.values().next()
                && let Ok(name) = std::str::from_utf8(name)
            {
                patches.push(AttributePatch::Replace(cn, vec![Value::text(name)]));
            }
            let Some((name, taken)) = meaning.wanted else { continue };
            let mut values = Vec::new();
            // What a name stood for may be known by its key or by its name: both forms are taken away.
            let mut both = Vec::new();
            for value in attribute.values() {
                let value = value.map_err(broken)?;
                let understood = understood(value, taken).map_err(|reason| (Some(name), reason))?;
                if meaning.part != Part::Whole {
                    both.push(understood.to_value());
                    let text = std::str::from_utf8(value).unwrap_or_default();
                    both.extend(
                        split_extended(text)
                            .0
                            .map(|anchor| Value::Reference(madrigal_model::Reference::Object(anchor))),
                    );
                }
                values.push(understood.to_value());
            }
            match meaning.part {
                Part::Whole | Part::UpTo(_) => patches.push(AttributePatch::Replace(name, values)),
                Part::Went if both.is_empty() => {}
                Part::Went => went.push(AttributePatch::Remove(name, both)),
                Part::Came if values.is_empty() => {}
                Part::Came => {
                    // Said twice, a value is still there once.
                    went.push(AttributePatch::Remove(name, both));
                    came.push(AttributePatch::Add(name, values));
                }
            }
        }
        patches.extend(went);
        patches.extend(came);
        if let Some(own_name) = self.own_name {
            let value = ValueRef::Unresolved(dn).to_value();
            patches.push(AttributePatch::Replace(own_name, vec![value]));
        }
        Ok(patches)
    }
}

fn broken(_: crate::ber::BerError) -> (Option<AttributeName>, &'static str) {
    (None, "the server sent an entry that is none")
}

fn understood(value: &[u8], taken: Taken) -> Result<ValueRef<'_>, &'static str> {
    let text = || std::str::from_utf8(value).map_err(|_| "a text is no UTF-8");
    match taken {
        Taken::Octets => Ok(ValueRef::Bytes(value)),
        Taken::Text => text().map(ValueRef::Text),
        Taken::Reference => text().map(|text| ValueRef::Unresolved(split_extended(text).1)),
        Taken::Either => Ok(text().map_or(ValueRef::Bytes(value), ValueRef::Text)),
    }
}

/// A key: the octets of a GUID, or a GUID as text (`entryUUID`), or whatever text it is.
fn anchor_of(value: &[u8]) -> Option<Anchor> {
    match value {
        [] => None,
        octets if octets.len() == 16 => Some(Anchor::new(octets)),
        text => match std::str::from_utf8(text) {
            Ok(text) => text.parse().ok(),
            Err(_) => Some(Anchor::new(text)),
        },
    }
}

fn is_named_by_cn(dn: &str) -> bool {
    dn.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("cn="))
}
