//! People and what befalls them: the truth that the oracle starts from. Who is the same person is known here because
//! this module made the objects, not because anybody joined them.

use std::collections::{BTreeMap, BTreeSet};

use madrigal_api::{Modification, ModificationKind};
use madrigal_model::{Anchor, AttributeSchema, DistinguishedName, Entry, Syntax, Value, ValueRef};

use super::bench::{Bench, STAMP, Site, attribute};

/// One object of a directory, by the directory's place.
pub(super) type Place = (usize, Anchor);

/// What kind of recipient an object is made as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Mailbox,
    MailUser,
    Room,
    Group,
    Partner,
    /// An account without a mailbox.
    Account,
    CloudUser,
}

/// Everything that happens, counted by name.
pub(super) type Counts = BTreeMap<&'static str, u64>;

/// Directories with people whose history is known.
pub(super) struct World {
    pub(super) bench: Bench,
    /// Whose object each is, for ever.
    pub(super) person_of: BTreeMap<Place, usize>,
    pub(super) people: usize,
    /// By what each object is known as its person's: whoever brings it back from the dead fills that in again.
    pub(super) evidence: BTreeMap<Place, Vec<(&'static str, Vec<String>)>>,
    /// Contacts that somebody made by hand, and whose.
    pub(super) handmade: BTreeMap<Place, usize>,
    /// Values that somebody put on contacts of ours.
    pub(super) foreign: BTreeSet<(Place, &'static str, String)>,
    /// Contacts of ours whose stamp somebody took away, and whose they are.
    pub(super) unstamped: BTreeMap<Place, usize>,
    /// Contacts of which something may be left that nobody remembers: the store was lost.
    pub(super) vague: BTreeSet<Place>,
    /// Contacts of directories that kept values to themselves, until all is read anew: what the engine sees of them may be
    /// wrong.
    pub(super) misread: BTreeSet<Place>,
    /// People of whom an object was gone, or a contact hidden, when the store was lost: what tied the others together, and what their contacts
    /// hold of it, was known to the store alone.
    pub(super) torn: BTreeSet<usize>,
    /// Somebody was deleted and brought back before an import saw it.
    pub(super) delete_was_missed: bool,
    /// A directory showed less than it had, and said that this is all.
    pub(super) lied: bool,
    /// Shares say other things than when contacts were written: what nobody remembers may stay.
    pub(super) rules_changed: bool,
    pub(super) counts: Counts,
    /// `MADRIGAL_TRACE` is set: the history is told as it goes.
    pub(super) told: bool,
    serial: u64,
}

const NAMES: [&str; 12] = [
    "Anna Berg",
    "Bert Cole",
    "Carla Diaz",
    "Dana Eck",
    "Émile Noé",
    "Emile Noe",
    "Fred Gray",
    "Anna Berg",
    "Jörg Groß",
    "Ines O'Hara",
    "Ken, Lee",
    "Mia Nord",
];

impl World {
    pub(super) fn new(bench: Bench) -> Self {
        Self {
            bench,
            person_of: BTreeMap::new(),
            people: 0,
            evidence: BTreeMap::new(),
            handmade: BTreeMap::new(),
            foreign: BTreeSet::new(),
            unstamped: BTreeMap::new(),
            vague: BTreeSet::new(),
            misread: BTreeSet::new(),
            torn: BTreeSet::new(),
            delete_was_missed: false,
            lied: false,
            rules_changed: false,
            counts: Counts::new(),
            told: std::env::var_os("MADRIGAL_TRACE").is_some(),
            serial: 0,
        }
    }

    pub(super) fn count(&mut self, event: &'static str) {
        if self.told {
            eprintln!("{}  {event}", self.bench.now);
        }
        *self.counts.entry(event).or_default() += 1;
    }

    pub(super) fn site(&self, at: usize) -> &Site {
        &self.bench.sites[at]
    }

    pub(super) fn next(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// A new person with one object.
    pub(super) fn hire(&mut self, at: usize, kind: Kind, name_at: u64) -> Place {
        let person = self.people;
        self.people += 1;
        let serial = self.next();
        let account = format!("p{serial}");
        self.make(at, kind, person, name_at, &account, &[])
    }

    /// Another object of a person; `more` replaces attributes.
    pub(super) fn make(
        &mut self,
        at: usize,
        kind: Kind,
        person: usize,
        name_at: u64,
        account: &str,
        more: &[(&str, Vec<String>)],
    ) -> Place {
        let serial = self.next();
        let site = self.site(at).clone();
        let name = NAMES[name_at as usize % NAMES.len()];
        let mail = format!("{account}@{}", site.domain);
        let one = |text: &str| vec![text.to_owned()];
        let mut attributes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut set = |name: &str, values: Vec<String>| {
            attributes.insert(name.to_owned(), values);
        };
        let classes = match kind {
            Kind::Group => vec!["top".to_owned(), "group".to_owned()],
            Kind::Partner => vec!["top".to_owned(), "person".to_owned(), "contact".to_owned()],
            _ => vec!["top".to_owned(), "person".to_owned(), "user".to_owned()],
        };
        set("objectClass", classes);
        set("displayName", one(name));
        set("info", one(&format!("ORIGIN-{}-", site.name)));
        set("mobile", one(&format!("SECRET-{}-{serial}", site.name)));
        if kind != Kind::Account {
            set("mail", one(&mail));
            set("mailNickname", one(account));
            set("proxyAddresses", one(&format!("SMTP:{mail}")));
        }
        if !matches!(kind, Kind::Account | Kind::CloudUser) {
            set(
                "legacyExchangeDN",
                one(&format!("/o={}/ou=First/cn=Recipients/cn={account}-{serial}", site.name)),
            );
        }
        match kind {
            Kind::Mailbox | Kind::Room => {
                set("sAMAccountName", one(account));
                set("homeMDB", one("CN=DB,CN=Configuration,DC=elsewhere"));
                set("msExchHomeServerName", one("/o=x/cn=server"));
                set("msExchMailboxGuid", one(&format!("box-{person}")));
                set("objectSid", one(&sid(&site.name, serial)));
                if kind == Kind::Room {
                    set("msExchRecipientTypeDetails", one("16"));
                }
            }
            Kind::MailUser => {
                set("sAMAccountName", one(account));
                set("targetAddress", one(&format!("SMTP:{account}@outside.example")));
                set("objectSid", one(&sid(&site.name, serial)));
            }
            Kind::Group => set("groupType", one("2")),
            Kind::Partner => set("targetAddress", one(&format!("SMTP:{account}@partner.example"))),
            Kind::Account => {
                set("sAMAccountName", one(account));
                set("objectSid", one(&sid(&site.name, serial)));
            }
            Kind::CloudUser => {}
        }
        for (name, values) in more {
            set(name, values.clone());
        }
        let container = if kind == Kind::Partner { "Partners" } else { "People" };
        let parent = self.ou(at, container);
        let attributes: Vec<_> = attributes
            .iter()
            .filter(|(_, values)| !values.is_empty())
            .map(|(name, values)| {
                (attribute(name), values.iter().map(|value| stored(name, value)).collect::<Vec<_>>())
            })
            .collect();
        let parent = DistinguishedName::from_directory(&parent);
        let mut tries = 0;
        let anchor = loop {
            let cn = if tries == 0 { name.to_owned() } else { format!("{name} {serial}-{tries}") };
            let dn = parent.child("CN", &cn);
            match site.directory.create_object(&dn, attributes.clone()) {
                Ok(anchor) => break anchor,
                Err(refusal) if tries > 3 => panic!("{dn}: {refusal}"),
                Err(_) => tries += 1,
            }
        };
        let place = (at, anchor);
        self.person_of.insert(place.clone(), person);
        let mut evidence = Vec::new();
        for name in [
            "legacyExchangeDN",
            "msExchMailboxGuid",
            "sIDHistory",
            "msExchMasterAccountSid",
            "proxyAddresses",
        ] {
            let mut values = self.values(&place, name);
            values.retain(|value| name != "proxyAddresses" || value.starts_with("X500:"));
            if !values.is_empty() {
                evidence.push((name, values));
            }
        }
        self.evidence.insert(place.clone(), evidence);
        place
    }

    /// A container's name now: it may have been renamed.
    pub(super) fn ou(&self, at: usize, name: &str) -> String {
        let site = self.site(at);
        let renamed = site.below(&format!("{name} renamed"));
        if site.directory.find(&renamed).is_some() { renamed } else { site.below(name) }
    }

    pub(super) fn get(&self, place: &Place) -> Option<(DistinguishedName, Entry)> {
        self.site(place.0).directory.get(&place.1)
    }

    pub(super) fn set(&self, place: &Place, name: &str, values: &[&str]) -> bool {
        let values = values.iter().map(|value| stored(name, value)).collect();
        let replace = Modification { attribute: attribute(name), kind: ModificationKind::Replace, values };
        self.site(place.0).directory.modify(&place.1, &[replace]).is_ok()
    }

    pub(super) fn values(&self, place: &Place, name: &str) -> Vec<String> {
        self.get(place).map(|(_, entry)| texts(&entry, name)).unwrap_or_default()
    }

    pub(super) fn has(&self, place: &Place, name: &str) -> bool {
        !self.values(place, name).is_empty()
    }

    /// Objects of people that are there, in a fixed order.
    pub(super) fn living(&self) -> Vec<Place> {
        self.person_of.keys().filter(|place| self.get(place).is_some()).cloned().collect()
    }

    pub(super) fn objects_of(&self, person: usize) -> Vec<Place> {
        let own = self.person_of.iter().filter(|(_, owner)| **owner == person);
        own.map(|(place, _)| place.clone()).collect()
    }

    /// Contacts that carry our stamp, wherever they lie, with the person that the stamp names.
    pub(super) fn stamped(&self) -> Vec<(Place, usize, Entry, DistinguishedName)> {
        let mut found = Vec::new();
        for (at, site) in self.bench.sites.iter().enumerate() {
            for (anchor, dn, entry) in site.directory.objects() {
                if let Some(person) = self.person_in_stamp(&entry) {
                    found.push(((at, anchor), person, entry, dn));
                }
            }
        }
        found
    }

    /// The person whose object a stamp names as its source.
    pub(super) fn person_in_stamp(&self, entry: &Entry) -> Option<usize> {
        let place = self.source_in_stamp(entry)?;
        self.person_of.get(&place).copied()
    }

    pub(super) fn source_in_stamp(&self, entry: &Entry) -> Option<Place> {
        let text = entry.text(attribute(STAMP))?.strip_prefix("madrigal/1 ")?;
        let (_, from) = text.split_once(" from=")?;
        let from = from.split(" hidden=").next()?;
        let (name, anchor) = from.split_once('/')?;
        let at = self.bench.sites.iter().position(|site| site.name == name)?;
        Some((at, anchor.parse().ok()?))
    }
}

/// A security identifier whose octets are all letters, so that it can be carried as text.
pub(super) fn sid(directory: &str, number: u64) -> String {
    format!("\u{1}\u{2}\0\0\0\0\0\u{5}{directory:4.4}{number:04}")
}

/// A value as the directory keeps it: text, or octets where the schema says so.
fn stored(name: &str, value: &str) -> Value {
    match AttributeSchema::of(attribute(name)).syntax {
        Syntax::Octets => Value::bytes(value.as_bytes()),
        _ => Value::text(value),
    }
}

/// An attribute's values as text.
pub(super) fn texts(entry: &Entry, name: &str) -> Vec<String> {
    entry
        .get(attribute(name))
        .iter()
        .map(|value| match value {
            ValueRef::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            other => other.as_text().map(str::to_owned).unwrap_or_default(),
        })
        .collect()
}
