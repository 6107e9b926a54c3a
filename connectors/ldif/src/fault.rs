//! What can be wrong with a record, in words: each kind has a code, a message and a remedy.

use std::fmt;
use std::path::Path;

use madrigal_api::ConnectorError;
use madrigal_model::{AttributeName, Problem, ProblemCode, Severity, Timestamp};

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The line is neither a name with a value nor a comment nor a continuation.
    Garbage,
    /// The value is no base64.
    BadBase64,
    /// A record without a name.
    NoDn,
    /// The name is no distinguished name.
    BadDn(String),
    /// Another record of the file has this name.
    SameDn,
    /// Another record of the file has this key.
    SameAnchor(String),
    /// The record has no value of the attribute that is the key.
    NoAnchor(AttributeName),
    /// The key's value cannot be one, or there are several.
    BadAnchor(AttributeName),
    /// The text is no UTF-8.
    BadUtf8,
    /// The text has a NUL in it.
    Nul,
    /// The value is longer than the limit.
    ValueTooLarge {
        /// The limit in octets.
        limit: usize,
    },
    /// The record is longer than the limit.
    RecordTooLarge {
        /// The limit in octets.
        limit: usize,
    },
    /// The value stands in another file.
    Url,
    /// The file ends in the middle of the record.
    CutOff,
    /// The search that wrote the file ended with an error.
    CutSearch(String),
    /// The change record is not built as one.
    BadChange(&'static str),
    /// Only a part of the attribute's values is there.
    Ranged,
    /// No directory has so many attribute names.
    TooManyNames,
    /// A change record adds an object without a key.
    AddedWithoutAnchor(AttributeName),
}

impl FaultKind {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Garbage => "MDR-L005",
            Self::BadBase64 => "MDR-L006",
            Self::NoDn => "MDR-L007",
            Self::BadDn(_) => "MDR-L008",
            Self::SameDn => "MDR-L009",
            Self::SameAnchor(_) => "MDR-L010",
            Self::NoAnchor(_) => "MDR-L011",
            Self::BadAnchor(_) => "MDR-L012",
            Self::BadUtf8 => "MDR-L013",
            Self::Nul => "MDR-L014",
            Self::ValueTooLarge { .. } => "MDR-L015",
            Self::RecordTooLarge { .. } => "MDR-L016",
            Self::Url => "MDR-L017",
            Self::CutOff => "MDR-L018",
            Self::CutSearch(_) => "MDR-L019",
            Self::BadChange(_) => "MDR-L020",
            Self::Ranged => "MDR-L021",
            Self::TooManyNames => "MDR-L022",
            Self::AddedWithoutAnchor(_) => "MDR-L023",
        }
    }

    /// What to do next.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Garbage => "Correct the line, or export the file anew.",
            Self::BadBase64 => "Export the object anew: the value was damaged on its way.",
            Self::NoDn => {
                "Begin the record with `dn:`; a blank line in the middle of a record parts it in two."
            }
            Self::BadDn(_) => "Correct the name; special characters stand behind a backslash.",
            Self::SameDn | Self::SameAnchor(_) => {
                "Keep one of the records: the first one was read, this one was not."
            }
            Self::NoAnchor(_) => {
                "Export the attribute with the others, or name another one with `anchor` in the configuration."
            }
            Self::BadAnchor(_) => "Give the object one key: an objectGUID has 16 octets.",
            Self::BadUtf8 => "Write the file in UTF-8 (`ldifde -u` writes UTF-16, which is read too).",
            Self::Nul => "Correct the value in the directory: text has no NUL.",
            Self::ValueTooLarge { .. } => {
                "Leave the attribute out of the export, or shorten the value in the directory."
            }
            Self::RecordTooLarge { .. } => "Leave large attributes out of the export.",
            Self::Url => "Write the value into the file, in base64 where need be.",
            Self::CutOff => "Copy or export the file anew, whole; a whole file ends with the end of a line.",
            Self::CutSearch(_) => "Export anew with paged results or a larger size limit.",
            Self::BadChange(_) => "Correct the change record (RFC 2849), or replace the snapshot.",
            Self::Ranged => "Export all values of the attribute: ask for it in ranges and put them together.",
            Self::TooManyNames => "Look at the file: its lines do not begin with attribute names.",
            Self::AddedWithoutAnchor(_) => "The object is read with the next snapshot that shows its key.",
        }
    }

    /// Whether nobody can tell what else the file should have held.
    pub(crate) fn hides_objects(&self) -> bool {
        matches!(self, Self::CutOff | Self::CutSearch(_))
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Garbage => f.write_str("the line is no LDIF; the record was not read"),
            Self::BadBase64 => f.write_str("the value is no base64; the record was not read"),
            Self::NoDn => f.write_str("the record does not begin with a dn; it was not read"),
            Self::BadDn(reason) => write!(f, "{reason}; the record was not read"),
            Self::SameDn => f.write_str("an earlier record has this dn; this one was not read"),
            Self::SameAnchor(anchor) => {
                write!(f, "an earlier record has this key ({anchor}); this one was not read")
            }
            Self::NoAnchor(name) => write!(f, "the record has no {name}, which is the key; it was not read"),
            Self::BadAnchor(name) => {
                write!(f, "{name} has several values or one that is no key; the record was not read")
            }
            Self::BadUtf8 => f.write_str("the text is no UTF-8; the record was not read"),
            Self::Nul => f.write_str("the text has a NUL in it; the record was not read"),
            Self::ValueTooLarge { limit } => {
                write!(f, "a value is longer than {limit} octets; the record was not read")
            }
            Self::RecordTooLarge { limit } => {
                write!(f, "the record is longer than {limit} octets; it was not read")
            }
            Self::Url => f.write_str(
                "the value is the place of another file, which is never opened; the record was not read",
            ),
            Self::CutOff => {
                f.write_str("the file ends in the middle of this record; nothing is taken for deleted")
            }
            Self::CutSearch(result) => {
                write!(
                    f,
                    "the search that wrote the file did not come to its end ({result}); nothing is taken for deleted"
                )
            }
            Self::BadChange(reason) => write!(f, "{reason}; the change was not read"),
            Self::Ranged => f.write_str(
                "only a part of the attribute's values is there (option range); the record was not read",
            ),
            Self::TooManyNames => {
                f.write_str("more than 65,535 different attribute names; the record was not read")
            }
            Self::AddedWithoutAnchor(name) => {
                write!(
                    f,
                    "the change record adds an object without {name}, which is the key; it was not read"
                )
            }
        }
    }
}

/// Something wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// The number of the line.
    pub line: u64,
    /// The attribute, where one is at fault.
    pub attribute: Option<AttributeName>,
}

impl Fault {
    /// The problem to record: the object is named by file and line, and by its DN where that is known.
    #[must_use]
    pub fn problem(&self, file: &Path, dn: Option<&str>, now: Timestamp) -> Problem {
        let place = format!("{}:{}", file.display(), self.line);
        Problem {
            code: ProblemCode::new(self.kind.code()),
            severity: Severity::Problem,
            connector: None,
            object: dn.map_or(place.clone(), |dn| format!("{place} {dn}")),
            attribute: self.attribute,
            message: sentence(&self.kind.to_string()),
            remedy: self.kind.remedy().to_owned(),
            at: now,
        }
    }
}

/// Text with a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), rest.as_str()))
}

/// The file cannot be read.
pub(crate) fn unreadable(path: &Path, error: std::io::Error) -> ConnectorError {
    let remedy = match error.kind() {
        std::io::ErrorKind::NotFound => {
            "Look whether the export that should write it ran, and whether `path` is right"
        }
        std::io::ErrorKind::PermissionDenied => {
            "Give the account that Madrigal runs under the right to read it"
        }
        _ => "Nothing was taken for deleted; run again when it can be read",
    };
    ConnectorError::Unreachable {
        code: "MDR-L001",
        doing: format!("reading {}", path.display()),
        reason: error.to_string(),
        remedy: remedy.to_owned(),
        source: Some(Box::new(error)),
    }
}

/// The file cannot be written; what was there before is still there.
pub(crate) fn unwritable(path: &Path, error: std::io::Error) -> ConnectorError {
    let remedy = match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            "Make room; the file is as it was, and the next export writes everything"
        }
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            "Give the account that Madrigal runs under the right to write in the folder; the file is as it was"
        }
        _ => "The file is as it was; the next export writes everything",
    };
    ConnectorError::Unreachable {
        code: "MDR-L002",
        doing: format!("writing {}", path.display()),
        reason: error.to_string(),
        remedy: remedy.to_owned(),
        source: Some(Box::new(error)),
    }
}

/// The file was written to while it was read.
pub(crate) fn changed_meanwhile(path: &Path) -> ConnectorError {
    ConnectorError::Unreachable {
        code: "MDR-L003",
        doing: format!("reading {}", path.display()),
        reason: "it was changed while it was read".to_owned(),
        remedy: "Run again when it is whole; write it under another name and rename it, so that it is never seen half written".to_owned(),
        source: None,
    }
}
