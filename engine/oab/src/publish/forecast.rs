//! What changes of single recipients will make clients fetch, before they are made.

use std::collections::HashMap;

use super::Previous;
use crate::book::{Book, BookBuilder, BookHeader, Record, SizeLimits};
use crate::container::{Packing, pack};
use crate::difference::key;
use crate::property::{PropertyList, PropertyTag};
use crate::work::Spread;
use crate::{OabError, patch};

/// A recipient before and after a change; none where it is not in the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What the book says of it.
    pub before: Option<Record>,
    /// What the book will say of it.
    pub after: Option<Record>,
}

/// What clients will have to fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forecast {
    /// Size of the patch that the changes alone will make, bytes.
    pub patch_bytes: u64,
    /// Size of the whole book, bytes, compressed: of the next one where that could decide what clients fetch, else of the
    /// one that is published now.
    pub full_bytes: u64,
}

impl Forecast {
    /// Whether Outlook takes the whole book and not the patch: from half of the book's size on (MS-OXWOAB, version 4).
    pub fn fetches_full(&self) -> bool {
        self.patch_bytes * 2 >= self.full_bytes
    }
}

/// Makes the patch that the changes will lead to. It is the real one, as far as the published book is still what the
/// directory says of everybody else.
///
/// # Errors
/// [`OabError`] where the published book cannot be read.
pub fn forecast(
    previous: &Previous,
    list: &PropertyList,
    edits: Vec<Edit>,
    spread: &impl Spread,
) -> Result<Forecast, OabError> {
    let book = Book::parse(&previous.book)?;
    let mut builder = BookBuilder::new(list, SizeLimits::default());
    let mut edits_by_key: HashMap<String, Edit> = HashMap::with_capacity(edits.len());
    for edit in edits {
        if let Some(known) = edit.before.as_ref().or(edit.after.as_ref()) {
            edits_by_key.insert(key(known), edit);
        }
    }
    for record in book.records() {
        let record = record?;
        match edits_by_key.remove(&key(&record)) {
            None => builder.push(record),
            Some(Edit { after: None, .. }) => {}
            Some(Edit { before, after: Some(after) }) => {
                builder.push(edited(record, before.as_ref(), &after))
            }
        }
    }
    // In a fixed order, though the builder sorts: equal keys must fall alike.
    let mut new: Vec<(String, Record)> =
        edits_by_key.into_iter().filter_map(|(key, edit)| Some((key, edit.after?))).collect();
    new.sort_by(|one, other| one.0.cmp(&other.0));
    new.into_iter().for_each(|(_, record)| builder.push(record));
    let header = BookHeader { sequence: book.header.sequence.saturating_add(1), ..book.header.clone() };
    let next = builder.finish(&header).bytes;
    let patch_bytes = patch::build(&previous.book, &next, spread)?.len() as u64;
    let published = previous.list.full().map_or(0, |full| full.size);
    let may_matter = patch_bytes * 4 >= published || next.len() * 2 < previous.book.len();
    let full_bytes =
        if may_matter { pack(&next, Packing::default(), spread).len() as u64 } else { published };
    Ok(Forecast { patch_bytes, full_bytes })
}

/// The published record with what the change makes different in it: it may hold more than the caller knows.
fn edited(mut record: Record, before: Option<&Record>, after: &Record) -> Record {
    let old = |tag: PropertyTag| before.and_then(|before| before.get(tag));
    let gone = before.into_iter().flat_map(|before| &before.values);
    let gone: Vec<PropertyTag> = gone.map(|(tag, _)| *tag).filter(|tag| after.get(*tag).is_none()).collect();
    record.values.retain(|(tag, _)| !gone.contains(tag));
    for (tag, value) in after.values.iter().filter(|(tag, value)| old(*tag) != Some(value)) {
        match record.values.iter_mut().find(|(present, _)| present == tag) {
            Some((_, present)) => *present = value.clone(),
            None => record.values.push((*tag, value.clone())),
        }
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::property::Value;
    use crate::publish::{Identity, Options, generate};
    use crate::work::InOrder;

    const GUID: &str = "11111111-2222-3333-4444-555555555555";

    fn person(number: usize, title: &str) -> Record {
        let text = |text: String| Value::Text(text);
        let mut values = vec![
            (PropertyTag::EMAIL_ADDRESS, text(format!("/o=ABC/cn=Recipients/cn=p{number}"))),
            (PropertyTag::SMTP_ADDRESS, text(format!("p{number}@abc.example"))),
            (PropertyTag::DISPLAY_NAME, text(format!("Person {number} {}", number * 7919 % 1000))),
        ];
        if !title.is_empty() {
            values.push((PropertyTag(0x3A17_001F), text(title.to_owned())));
        }
        Record { values }
    }

    fn published(people: &[Record], previous: Option<&Previous>) -> (Previous, Option<usize>) {
        let mut builder = BookBuilder::new(&PropertyList::default(), SizeLimits::default());
        people.iter().cloned().for_each(|record| builder.push(record));
        let identity = Identity {
            name: "All".to_owned(),
            distinguished_name: "/".to_owned(),
            container_guid: GUID.to_owned(),
        };
        let now = jiff::civil::date(2026, 11, 23).at(5, 0, 0, 0);
        let made = generate(builder, &identity, previous, now, &Options::default(), &InOrder).unwrap();
        let list = made.manifest.lists.into_iter().next().unwrap();
        (Previous { list, book: made.book.bytes, history: made.history }, made.patch_bytes)
    }

    #[test]
    fn a_forecast_is_the_patch_that_the_next_generation_makes() {
        let people: Vec<Record> = (0..300).map(|number| person(number, "Clerk")).collect();
        let (before, _) = published(&people, None);
        let edit = |before: Option<Record>, after: Option<Record>| Edit { before, after };
        let whole: Vec<Edit> = (0..300)
            .map(|n| edit(Some(person(n, "Clerk")), Some(person(n, &format!("Head of {}", n * 7717 % 977)))))
            .collect();
        for (what, edits, full) in [
            ("one title", vec![edit(Some(person(7, "Clerk")), Some(person(7, "Head of sales")))], false),
            ("a title removed", vec![edit(Some(person(7, "Clerk")), Some(person(7, "")))], false),
            ("somebody new", vec![edit(None, Some(person(400, "Clerk")))], false),
            ("somebody left", vec![edit(Some(person(9, "Clerk")), None)], false),
            (
                "not in the book before",
                vec![edit(Some(person(500, "Clerk")), Some(person(500, "Boss")))],
                false,
            ),
            ("every title", whole, true),
        ] {
            let mut after = people.clone();
            for edit in &edits {
                if let Some(known) = &edit.before {
                    after.retain(|record| key(record) != key(known));
                }
                after.extend(edit.after.clone());
            }
            let (_, patch) = published(&after, Some(&before));
            let told = forecast(&before, &PropertyList::default(), edits, &InOrder).unwrap();
            // A patch that is no smaller than the book is not published.
            if let Some(patch) = patch {
                assert_eq!(told.patch_bytes, patch as u64, "{what}");
            }
            assert_eq!(told.fetches_full(), full, "{what}: {told:?}");
        }
    }

    #[test]
    fn what_the_caller_does_not_know_stays() {
        let mut known = person(1, "Clerk");
        known.values.push((PropertyTag(0x3A1C_001F), Value::Text("+1 555 0100".to_owned())));
        let after = edited(known.clone(), Some(&person(1, "Clerk")), &person(1, "Boss"));
        assert_eq!(after.text(PropertyTag(0x3A1C_001F)), Some("+1 555 0100"));
        assert_eq!(after.text(PropertyTag(0x3A17_001F)), Some("Boss"));
    }
}
