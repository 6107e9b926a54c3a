//! Verification of a published folder: every size, hash, checksum, record and step of the patches.

use serde::Serialize;

use super::{Entry, EntryKind, ListManifest, Manifest};
use crate::book::Book;
use crate::checksum::sha1_hex;
use crate::container::{Framing, unpack};
use crate::patch::{self, PatchHeader};
use crate::property::PropertyTag;
use crate::{Limits, OabError, template};

/// Something that is wrong with a published folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Code of the error page.
    pub code: &'static str,
    /// The file, or `oab.xml`.
    pub file: String,
    /// What is wrong.
    pub problem: String,
}

/// The result of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Verification {
    /// Files that were looked at.
    pub files: usize,
    /// Records that were read.
    pub records: usize,
    /// Patches that were applied to a book, not only compared with their neighbours.
    pub applied_patches: usize,
    /// What is wrong; nothing when the folder is sound.
    pub findings: Vec<Finding>,
}

/// Code of findings that are about the folder as a whole and not one file's format.
const CODE: &str = "MDR-O012";

/// Verifies a manifest and the files that it names.
///
/// `read` gives a file's content, `None` when it is not there. With `older`, an uncompressed book of
/// an earlier sequence, the patches since then are applied to it and must give the current book.
pub fn verify(
    manifest: &Manifest,
    read: impl Fn(&str) -> Option<Vec<u8>>,
    older: Option<&[u8]>,
    limits: Limits,
) -> Verification {
    let mut verification = Verification::default();
    for list in &manifest.lists {
        let mut verifier =
            Verifier { read: &read, limits, list, book: None, patches: Vec::new(), out: &mut verification };
        list.entries.iter().for_each(|entry| verifier.file(entry));
        verifier.list(older);
    }
    verification
}

struct Verifier<'a, R> {
    read: &'a R,
    limits: Limits,
    list: &'a ListManifest,
    book: Option<Vec<u8>>,
    patches: Vec<(&'a Entry, PatchHeader, Vec<u8>)>,
    out: &'a mut Verification,
}

impl<'a, R: Fn(&str) -> Option<Vec<u8>>> Verifier<'a, R> {
    fn find(&mut self, code: &'static str, file: &str, problem: impl Into<String>) {
        self.out.findings.push(Finding { code, file: file.to_owned(), problem: problem.into() });
    }

    fn error(&mut self, file: &str, error: &OabError) {
        self.find(error.code(), file, error.to_string());
    }

    /// Size, SHA-1, version and content of one file.
    fn file(&mut self, entry: &'a Entry) {
        self.out.files += 1;
        let Some(bytes) = (self.read)(&entry.name) else {
            return self.find(CODE, &entry.name, "the manifest names it, but it is not there");
        };
        if bytes.len() as u64 != entry.size {
            let problem = format!("it has {} bytes, the manifest says {}", bytes.len(), entry.size);
            self.find(CODE, &entry.name, problem);
        }
        let sha1 = sha1_hex(&bytes);
        if !sha1.eq_ignore_ascii_case(&entry.sha1) {
            self.find(CODE, &entry.name, format!("its SHA-1 is {sha1}, the manifest says {}", entry.sha1));
        }
        let result = match entry.kind {
            EntryKind::Full => self.full(entry, &bytes),
            EntryKind::Template { .. } => self.template(entry, &bytes),
            EntryKind::Diff => self.diff(entry, bytes),
        };
        if let Err(error) = result {
            self.error(&entry.name, &error);
        }
    }

    fn sizes(&mut self, entry: &Entry, version: u32, uncompressed: u64, framing: Framing) {
        if entry.version != version {
            self.find(
                CODE,
                &entry.name,
                format!("the manifest says version {}, not {version}", entry.version),
            );
        }
        if entry.uncompressed_size != uncompressed {
            let stated = entry.uncompressed_size;
            self.find(
                CODE,
                &entry.name,
                format!("it holds {uncompressed} bytes, the manifest says {stated}"),
            );
        }
        if framing.stored_blocks > 0 {
            let problem = format!(
                "{} blocks are stored without a stream; Outlook does not read them",
                framing.stored_blocks
            );
            self.find(CODE, &entry.name, problem);
        }
        if framing.wrong_chunk_sizes > 0 {
            let problem = format!(
                "{} chunks state a wrong size; Outlook does not read them",
                framing.wrong_chunk_sizes
            );
            self.find(CODE, &entry.name, problem);
        }
    }

    fn template(&mut self, entry: &Entry, bytes: &[u8]) -> Result<(), OabError> {
        let unpacked = unpack(bytes, self.limits)?;
        self.sizes(entry, template::VERSION, unpacked.bytes.len() as u64, unpacked.framing);
        template::check(&unpacked.bytes)
    }

    fn diff(&mut self, entry: &'a Entry, bytes: Vec<u8>) -> Result<(), OabError> {
        let header = PatchHeader::parse(&bytes)?;
        self.sizes(entry, crate::book::VERSION, u64::from(header.target_size), Framing::default());
        self.patches.push((entry, header, bytes));
        Ok(())
    }

    fn full(&mut self, entry: &Entry, bytes: &[u8]) -> Result<(), OabError> {
        let unpacked = unpack(bytes, self.limits)?;
        self.sizes(entry, crate::book::VERSION, unpacked.bytes.len() as u64, unpacked.framing);
        let book = Book::parse(&unpacked.bytes)?;
        if let Err(error) = book.check_serial() {
            self.error(&entry.name, &error);
        }
        let list = self.list;
        for (what, found, expected) in [
            ("sequence", book.header.sequence.to_string(), entry.sequence.to_string()),
            ("GUID", book.header.container_guid.to_lowercase(), list.id.to_lowercase()),
            ("distinguished name", book.header.distinguished_name.clone(), list.distinguished_name.clone()),
            ("name", book.header.name.clone(), list.name.clone()),
        ] {
            if found != expected {
                self.find(
                    CODE,
                    &entry.name,
                    format!("its {what} is \"{found}\", the manifest says \"{expected}\""),
                );
            }
        }
        self.records(&entry.name, &book);
        self.book = Some(unpacked.bytes);
        Ok(())
    }

    /// Every record can be read and has its keys.
    fn records(&mut self, file: &str, book: &Book<'_>) {
        let keys = [PropertyTag::EMAIL_ADDRESS, PropertyTag::SMTP_ADDRESS];
        if !book.columns.iter().map(|column| column.tag).take(2).eq(keys) {
            self.find(CODE, file, "the table does not start with EmailAddress and SmtpAddress");
        }
        let mut keys_seen = std::collections::HashSet::new();
        for (index, record) in book.records().enumerate() {
            self.out.records += 1;
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    self.find(error.code(), file, format!("record {index}: {error}"));
                    continue;
                }
            };
            for key in keys {
                if record.get(key).is_none() {
                    self.find(CODE, file, format!("record {index} has no {}", key.name()));
                }
            }
            let key = record.text(PropertyTag::EMAIL_ADDRESS).unwrap_or_default().to_ascii_lowercase();
            if !key.is_empty() && !keys_seen.insert(key) {
                self.find(CODE, file, format!("record {index} has the same EmailAddress as an earlier one"));
            }
        }
    }

    /// What holds between the files of a list.
    fn list(&mut self, older: Option<&[u8]>) {
        let list = self.list;
        let Some(full) = list.full() else {
            return self.find(CODE, super::MANIFEST, format!("list {} has no full file", list.id));
        };
        if !list.entries.iter().any(|entry| matches!(entry.kind, EntryKind::Template { .. })) {
            self.find(CODE, super::MANIFEST, "there is no template; Outlook then downloads nothing");
        }
        self.patches.sort_by_key(|(entry, ..)| entry.sequence);
        let steps: Vec<_> = self
            .patches
            .iter()
            .map(|(entry, header, _)| (entry.name.clone(), entry.sequence, *header))
            .collect();
        for pair in steps.windows(2) {
            let [(_, first, before), (name, second, after)] = pair else { continue };
            if *second != first.saturating_add(1) {
                self.find(CODE, name, format!("the patches jump from sequence {first} to {second}"));
            } else if (before.target_size, before.target_crc) != (after.source_size, after.source_crc) {
                self.find(CODE, name, format!("it does not start where the patch to sequence {first} ends"));
            }
        }
        if let Some((name, sequence, header)) = steps.last() {
            if *sequence != full.sequence {
                let problem =
                    format!("the patches end at sequence {sequence}, the book is {}", full.sequence);
                self.find(CODE, name, problem);
            } else if let Some(Ok(book)) = self.book.as_deref().map(Book::parse)
                && header.target_crc != book.serial
            {
                self.find(CODE, name, "the last patch leads to another book than the full file");
            }
        }
        if let Some(older) = older
            && let Err(finding) = self.walk(older)
        {
            self.out.findings.push(finding);
        }
    }

    /// Goes from an older book to the current one, patch by patch.
    fn walk(&mut self, older: &[u8]) -> Result<(), Finding> {
        let failed = |file: &str, error: &OabError| Finding {
            code: error.code(),
            file: file.to_owned(),
            problem: error.to_string(),
        };
        let mut book = older.to_vec();
        let start = Book::parse(older).map_err(|error| failed("the older book", &error))?.header.sequence;
        for (entry, _, bytes) in self.patches.iter().filter(|(entry, ..)| entry.sequence > start) {
            let applied =
                patch::apply(bytes, &book, self.limits).map_err(|error| failed(&entry.name, &error))?;
            book = applied.bytes;
            self.out.applied_patches += 1;
        }
        if self.book.as_ref().is_some_and(|current| *current != book) {
            let problem = format!("the patches do not lead from sequence {start} to the current book");
            return Err(Finding { code: CODE, file: super::MANIFEST.to_owned(), problem });
        }
        Ok(())
    }
}
