//! A generation: the next sequence of a book, or none when nothing differs.

use jiff::ToSpan;
use jiff::civil::DateTime;

use super::{Entry, EntryKind, History, ListManifest, Manifest};
use crate::book::{Book, BookBuilder, BookHeader, BuiltBook};
use crate::container::{Packing, pack, unpack};
use crate::work::Spread;
use crate::{Limits, OabError, patch, template};

/// Which list a book is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The list's name.
    pub name: String,
    /// X500 name of the list; `/` is the global address list.
    pub distinguished_name: String,
    /// Container GUID, 36 characters. Clients keep books by it: it must be unique in an
    /// organisation and never change for a list.
    pub container_guid: String,
}

/// How a generation is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How files are packed.
    pub packing: Packing,
    /// How long patches are kept, days (`DiffRetentionPeriod`).
    pub diff_retention_days: u32,
    /// Windows language identifiers of the templates, four hexadecimal digits each.
    pub languages: Vec<String>,
    /// What may be read of the previous generation.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            packing: Packing::default(),
            diff_retention_days: 30,
            languages: vec!["0409".to_owned()],
            limits: Limits::default(),
        }
    }
}

/// The generation that is published now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous {
    /// Its part of the manifest.
    pub list: ListManifest,
    /// Its uncompressed book.
    pub book: Vec<u8>,
    /// When its sequences were generated.
    pub history: History,
}

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedFile {
    /// Name, beside the manifest.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// What a generation publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    /// The manifest; write it last, so that it never names a file that is not there yet.
    pub manifest: Manifest,
    /// The history of generations.
    pub history: History,
    /// The sequence that is current now.
    pub sequence: u32,
    /// False when nothing differs from the previous generation and its files stay.
    pub changed: bool,
    /// New files.
    pub files: Vec<PublishedFile>,
    /// Files of the previous generation that stay.
    pub retained: Vec<String>,
    /// Files of the previous generation that the new manifest does not name.
    pub obsolete: Vec<String>,
    /// The book.
    pub book: BuiltBook,
    /// Size of the new patch, bytes; `None` without a previous generation, or when the patch would
    /// be no smaller than the whole book and is left out.
    pub patch_bytes: Option<usize>,
}

/// Makes the generation that follows `previous` from the recipients in `builder`.
///
/// # Errors
/// [`OabError::Sequence`] when the previous generation is of another list or its sequence is the
/// last one; any other [`OabError`] when its book cannot be read. Every new file is read back and
/// compared before it is returned.
pub fn generate(
    builder: BookBuilder,
    identity: &Identity,
    previous: Option<&Previous>,
    now: DateTime,
    options: &Options,
    spread: &impl Spread,
) -> Result<Generation, OabError> {
    let before = previous.map(|previous| Book::parse(&previous.book)).transpose()?;
    let sequence = next_sequence(identity, before.as_ref())?;
    let book = builder.finish(&BookHeader {
        name: identity.name.clone(),
        distinguished_name: identity.distinguished_name.clone(),
        sequence,
        container_guid: identity.container_guid.clone(),
        root_department: None,
    });
    match (previous, before) {
        (Some(previous), Some(before)) if before.same_content(&Book::parse(&book.bytes)?) => {
            Ok(unchanged(previous, before.header.sequence, book))
        }
        _ => changed(book, sequence, identity, previous, now, options, spread),
    }
}

fn next_sequence(identity: &Identity, before: Option<&Book<'_>>) -> Result<u32, OabError> {
    let Some(before) = before else { return Ok(1) };
    let found = &before.header.container_guid;
    if !found.eq_ignore_ascii_case(&identity.container_guid) {
        let problem =
            format!("the previous book is of list {found}, this one of {}", identity.container_guid);
        return Err(OabError::Sequence { sequence: u64::from(before.header.sequence) + 1, problem });
    }
    before.header.sequence.checked_add(1).ok_or_else(|| OabError::Sequence {
        sequence: u64::from(before.header.sequence) + 1,
        problem: "a sequence has 32 bits; start a list with a new GUID".to_owned(),
    })
}

fn unchanged(previous: &Previous, sequence: u32, book: BuiltBook) -> Generation {
    Generation {
        manifest: Manifest { lists: vec![previous.list.clone()] },
        history: previous.history.clone(),
        sequence,
        changed: false,
        files: Vec::new(),
        retained: previous.list.entries.iter().map(|entry| entry.name.clone()).collect(),
        obsolete: Vec::new(),
        book,
        patch_bytes: None,
    }
}

fn changed(
    book: BuiltBook,
    sequence: u32,
    identity: &Identity,
    previous: Option<&Previous>,
    now: DateTime,
    options: &Options,
    spread: &impl Spread,
) -> Result<Generation, OabError> {
    let guid = &identity.container_guid;
    let mut entries = Vec::new();
    let mut files = Vec::new();
    let mut publish = |kind, bytes: Vec<u8>, uncompressed, name: String| {
        entries.push(Entry::describe(kind, sequence, &bytes, uncompressed, name.clone()));
        files.push(PublishedFile { name, bytes });
    };

    let full = pack(&book.bytes, options.packing, spread);
    let full_bytes = full.len();
    let same = unpack(&full, options.limits)?.bytes == book.bytes;
    proved(same, sequence, "the packed book does not unpack to itself")?;
    publish(EntryKind::Full, full, book.bytes.len(), format!("{guid}-data-{sequence}.lzx"));
    let template = template::empty();
    let packed_template = pack(&template, options.packing, spread);
    for (platform, prefix) in [("windows", "lng"), ("mac", "mac")] {
        for language in &options.languages {
            let kind = EntryKind::Template { language: language.clone(), platform: platform.to_owned() };
            let name = format!("{guid}-{prefix}{language}-{sequence}.lzx");
            publish(kind, packed_template.clone(), template.len(), name);
        }
    }

    let mut history = previous.map(|previous| previous.history.clone()).unwrap_or_default();
    history.note(sequence, now);
    let mut patch_bytes = None;
    let mut retained = Vec::new();
    if let Some(previous) = previous {
        let patch = patch::build(&previous.book, &book.bytes, spread)?;
        let same = patch::apply(&patch, &previous.book, options.limits)?.bytes == book.bytes;
        proved(same, sequence, "the patch does not lead to the new book")?;
        // Patches are of use only as an unbroken row up to the current sequence.
        if patch.len() < full_bytes {
            patch_bytes = Some(patch.len());
            publish(EntryKind::Diff, patch, book.bytes.len(), format!("{guid}-binpatch-{sequence}.lzx"));
            retained = retained_diffs(&previous.list, &mut history, now, options.diff_retention_days);
            entries.extend(retained.iter().cloned());
        }
    }
    let mut kept: Vec<u32> = retained.iter().map(|entry| entry.sequence).collect();
    kept.push(sequence);
    history.keep(&kept);
    let list = ListManifest {
        id: guid.clone(),
        distinguished_name: identity.distinguished_name.clone(),
        name: identity.name.clone(),
        entries,
    };
    let named = |name: &String| list.entries.iter().any(|entry| entry.name == *name);
    let old_names =
        previous.into_iter().flat_map(|previous| &previous.list.entries).map(|entry| entry.name.clone());
    let (retained, obsolete) = old_names.partition(named);
    Ok(Generation {
        manifest: Manifest { lists: vec![list] },
        history,
        sequence,
        changed: true,
        files,
        retained,
        obsolete,
        book,
        patch_bytes,
    })
}

/// Nothing is published that our own decoder does not read back.
fn proved(same: bool, sequence: u32, problem: &str) -> Result<(), OabError> {
    if same {
        return Ok(());
    }
    Err(OabError::Sequence { sequence: u64::from(sequence), problem: format!("{problem}; report it") })
}

/// The patches of the previous manifest that are young enough, newest first. One whose age is not
/// known counts as new.
fn retained_diffs(list: &ListManifest, history: &mut History, now: DateTime, days: u32) -> Vec<Entry> {
    let oldest = now.saturating_sub(i64::from(days).days());
    let mut kept = Vec::new();
    for entry in list.diffs().into_iter().rev() {
        history.note(entry.sequence, now);
        if history.generated(entry.sequence).is_some_and(|generated| generated < oldest) {
            break;
        }
        kept.push(entry.clone());
    }
    kept
}
