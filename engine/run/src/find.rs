//! Finds an object of a connector space by whatever a person knows of it: its key, its name, an address, or a part of
//! what it is called.

use madrigal_mappings::slips;
use madrigal_model::{
    Anchor, AttributeName, ConnectorId, DistinguishedName, Entry, IndexKey, KeyOwner, ObjectKey,
    ProxyAddress, SpaceObject, ValueRef, collate,
};
use madrigal_state::{Store, StoredObject};
use madrigal_sync::addresses_of;

use crate::error::RunError;

/// How many objects are read at a time.
const PAGE: u32 = 4_000;
/// How many objects that match are kept; all are counted.
const MOST_FOUND: usize = 20;
/// How many near misses are told.
const MOST_NEAR: usize = 5;

/// What objects are called.
const NAMES: [&str; 6] = ["displayName", "cn", "name", "mailNickname", "sAMAccountName", "userPrincipalName"];
/// Where mail and calls reach them; proxy addresses of any type.
const ADDRESSES: [&str; 4] = ["mail", "proxyAddresses", "targetAddress", "msRTCSIP-PrimaryUserAddress"];

/// What was found.
#[derive(Clone, Debug)]
pub enum Search {
    /// This one.
    One(Box<SpaceObject>),
    /// Several: the first of them in the order of their names, and how many there are.
    Several(Vec<SpaceObject>, usize),
    /// Nothing; what comes nearest, the nearest first.
    Nothing(Vec<SpaceObject>),
}

/// Looks for an object: by anchor, by distinguished name, by an address that it owns, then through the whole connector
/// space by name. Case and accents do not count.
///
/// # Errors
/// The store's.
pub async fn find(store: &dyn Store, connector: ConnectorId, text: &str) -> Result<Search, RunError> {
    let text = text.trim();
    for keys in [by_anchor(connector, text), by_index(store, connector, text).await?] {
        let mut found: Vec<SpaceObject> =
            store.objects(&keys).await?.into_iter().flatten().map(|stored| stored.object).collect();
        found.retain(|object| is_meant(object, text));
        if !found.is_empty() {
            return Ok(several(found));
        }
    }
    through_all(store, connector, text).await
}

fn several(mut found: Vec<SpaceObject>) -> Search {
    if found.len() == 1
        && let Some(only) = found.pop()
    {
        return Search::One(Box::new(only));
    }
    found.sort_by_key(|object| collate(object.dn.as_str()));
    let count = found.len();
    found.truncate(MOST_FOUND);
    Search::Several(found, count)
}

fn by_anchor(connector: ConnectorId, text: &str) -> Vec<ObjectKey> {
    let anchor: Anchor = text.parse().unwrap_or_else(|never| match never {});
    vec![ObjectKey::new(connector, anchor)]
}

/// The objects that the store's index has under the text, as a name or as an address.
async fn by_index(store: &dyn Store, connector: ConnectorId, text: &str) -> Result<Vec<ObjectKey>, RunError> {
    let mut keys: Vec<IndexKey> =
        addresses(text).iter().map(|address| IndexKey::address(connector, address)).collect();
    if let Ok(dn) = DistinguishedName::parse(text) {
        keys.push(IndexKey::dn(connector, &dn));
    }
    let owners = store.owners(&keys).await?;
    let mut found: Vec<ObjectKey> = Vec::new();
    for owner in keys.iter().filter_map(|key| owners.get(key)).flatten() {
        if let KeyOwner::Object(key) = owner
            && key.connector == connector
            && !found.contains(key)
        {
            found.push(key.clone());
        }
    }
    Ok(found)
}

/// The forms in which an address that somebody writes may be owned.
fn addresses(text: &str) -> Vec<String> {
    let forms = [text.to_owned(), format!("smtp:{text}"), format!("sip:{text}"), format!("x500:{text}")];
    forms.iter().filter_map(|form| ProxyAddress::parse(form).ok()).map(|address| address.key()).collect()
}

/// Whether the object really bears the key, the name or the address: two texts can share a key of the index.
fn is_meant(object: &SpaceObject, text: &str) -> bool {
    let wanted = addresses(text);
    object.key.anchor.to_string().eq_ignore_ascii_case(text)
        || text.parse::<Anchor>().is_ok_and(|anchor| anchor == object.key.anchor)
        || DistinguishedName::parse(text).is_ok_and(|dn| dn.same_as(&object.dn))
        || addresses_of(&object.entry).iter().any(|address| wanted.contains(address))
}

/// What one look through a connector space has found.
#[derive(Default)]
struct Looked {
    exact: Vec<SpaceObject>,
    partly: Vec<SpaceObject>,
    partly_count: usize,
    near: Vec<(usize, SpaceObject)>,
}

async fn through_all(store: &dyn Store, connector: ConnectorId, text: &str) -> Result<Search, RunError> {
    let wanted = Wanted::of(text);
    let mut looked = Looked::default();
    let mut after: Option<Anchor> = None;
    loop {
        let page = store.scan_objects(connector, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.object.key.anchor.clone());
        page.into_iter().for_each(|stored| looked.take(stored, &wanted));
    }
    Ok(match (looked.exact.is_empty(), looked.partly_count) {
        (false, _) => several(looked.exact),
        (true, 0) => Search::Nothing(looked.near.into_iter().map(|(_, object)| object).collect()),
        (true, 1) => several(looked.partly),
        (true, count) => match several(looked.partly) {
            Search::Several(found, _) => Search::Several(found, count),
            other => other,
        },
    })
}

/// The text in the forms in which it is compared.
struct Wanted {
    whole: String,
    words: Vec<String>,
}

impl Wanted {
    fn of(text: &str) -> Self {
        let whole = collate(text);
        let words = words(&whole).map(str::to_owned).collect();
        Self { whole, words }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

impl Looked {
    fn take(&mut self, stored: StoredObject, wanted: &Wanted) {
        let object = stored.object;
        let names = names(&object);
        if names.contains(&wanted.whole) || address_texts(&object.entry).any(|text| text == wanted.whole) {
            self.exact.push(object);
        } else if names.iter().any(|name| has_words(name, &wanted.words)) {
            self.partly_count += 1;
            if self.partly.len() < MOST_FOUND {
                self.partly.push(object);
            }
        } else if let Some(distance) = distance(&names, &wanted.whole) {
            let place = self.near.partition_point(|(known, _)| *known <= distance);
            self.near.insert(place, (distance, object));
            self.near.truncate(MOST_NEAR);
        }
    }
}

/// What the object is called, each as it is compared.
fn names(object: &SpaceObject) -> Vec<String> {
    let texts = NAMES.iter().filter_map(|name| AttributeName::known(name)).flat_map(|attribute| {
        object.entry.get(attribute).iter().filter_map(ValueRef::as_text).map(collate).collect::<Vec<_>>()
    });
    let mut names: Vec<String> = texts.collect();
    names.extend(object.dn.rdn_value().map(|name| collate(&name)));
    names
}

/// Its addresses, each with and without the type in front.
fn address_texts(entry: &Entry) -> impl Iterator<Item = String> {
    let known = ADDRESSES.iter().filter_map(|name| AttributeName::known(name));
    known.flat_map(|attribute| entry.get(attribute).iter().filter_map(ValueRef::as_text)).flat_map(|text| {
        let bare = text.split_once(':').map(|(_, bare)| collate(bare));
        [Some(collate(text)), bare].into_iter().flatten()
    })
}

/// Whether each word begins a word of the name.
fn has_words(name: &str, wanted: &[String]) -> bool {
    !wanted.is_empty() && wanted.iter().all(|wanted| words(name).any(|word| word.starts_with(wanted)))
}

/// How many slips of the pen away the nearest of the names is; none: none is near.
fn distance(names: &[String], wanted: &str) -> Option<usize> {
    let length = wanted.chars().count();
    let most = (length / 3).clamp(1, 4);
    let near = names.iter().filter(|name| name.chars().count().abs_diff(length) <= most);
    near.map(|name| slips(wanted, name)).filter(|slips| *slips <= most).min()
}

#[cfg(test)]
mod tests {
    use madrigal_model::Value;

    use super::*;

    fn object(number: u8, dn: &str, values: &[(&str, &str)]) -> StoredObject {
        let named =
            |(name, value): &(&str, &str)| (AttributeName::intern(name).unwrap(), vec![Value::text(*value)]);
        let object = SpaceObject {
            key: ObjectKey::new(ConnectorId(1), Anchor::new(&[number])),
            dn: DistinguishedName::from_directory(dn),
            entry: Entry::from_values(values.iter().map(named)),
            link: None,
        };
        StoredObject { object, gone: false }
    }

    #[test]
    fn names_addresses_words_and_slips() {
        let people = [
            object(
                1,
                "CN=Jed Hill,OU=London",
                &[("displayName", "Jed Hill"), ("mail", "jed.hill@abc.example")],
            ),
            object(2, "CN=René Dubois,OU=Paris", &[("msRTCSIP-PrimaryUserAddress", "sip:rene@abc.example")]),
            object(3, "CN=Anna Berg,OU=Legal", &[("displayName", "Anna Berg")]),
            object(4, "CN=Anna Berg 2,OU=Finance", &[("displayName", "Anna Berg (Finance)")]),
        ];
        for (text, exact, partly, near) in [
            ("jed hill", "1", "", ""),
            ("Jed.Hill@ABC.example", "1", "", ""),
            ("rene dubois", "2", "", ""),
            ("rene@abc.example", "2", "", ""),
            ("hill", "", "1", ""),
            ("Hill, Jed", "", "1", ""),
            ("Anna Berg", "3", "4", ""),
            ("ann be", "", "3 4", ""),
            ("Jed Hil", "", "1", ""),
            ("Jed Hlil", "", "", "1"),
            ("Anna Borg", "", "", "3 4"),
            ("Nobody Atall", "", "", ""),
            ("", "", "", ""),
        ] {
            let mut looked = Looked::default();
            people.iter().for_each(|person| looked.take(person.clone(), &Wanted::of(text)));
            let numbers = |objects: &[SpaceObject]| {
                let numbers = objects.iter().map(|object| object.key.anchor.as_bytes()[0].to_string());
                numbers.collect::<Vec<_>>().join(" ")
            };
            let near_ones: Vec<SpaceObject> = looked.near.into_iter().map(|(_, object)| object).collect();
            assert_eq!(numbers(&looked.exact), exact, "{text}: exact");
            assert_eq!(numbers(&looked.partly), partly, "{text}: partly");
            assert_eq!(numbers(&near_ones), near, "{text}: near");
        }
    }
}
