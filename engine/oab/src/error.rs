//! What can be wrong with an offline address book, each with a stable code.

/// Something in a book, a patch, a manifest or a schedule that cannot be used.
///
/// The message starts with what was being done; `code` leads to a page under
/// `docs/reference/errors/`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OabError {
    /// The bytes end before the structure does.
    #[error("reading {what}: the data end at byte {at}, {needed} more bytes belong there")]
    Truncated {
        /// The structure that was being read.
        what: &'static str,
        /// Offset at which the read was tried.
        at: usize,
        /// How many bytes are missing.
        needed: usize,
    },
    /// The version words are none of a version 4 book.
    #[error("reading {what}: version {found} is not the expected {expected}")]
    Version {
        /// The structure that was being read.
        what: &'static str,
        /// What the file says.
        found: String,
        /// What a version 4 file says.
        expected: &'static str,
    },
    /// A field's content contradicts the format.
    #[error("reading {what} at byte {at}: {problem}")]
    Malformed {
        /// The structure that was being read.
        what: &'static str,
        /// Offset of the field.
        at: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// A checksum differs from the data that it covers.
    #[error("checking {what}: the file says {stated}, the data give {computed}")]
    Checksum {
        /// The structure that was being checked.
        what: &'static str,
        /// The checksum in the file.
        stated: String,
        /// The checksum of the data.
        computed: String,
    },
    /// A compressed stream that no LZX DELTA decoder can read.
    #[error("decompressing an LZX DELTA stream, byte {at} of {length}: {problem}")]
    Stream {
        /// Offset in the stream.
        at: usize,
        /// Length of the stream, bytes.
        length: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// The data would take more memory than the caller allows.
    #[error("reading {what}: {size} bytes are more than the limit of {limit}")]
    TooLarge {
        /// The structure that was being read.
        what: &'static str,
        /// Its stated or reached size, bytes.
        size: u64,
        /// The limit, bytes.
        limit: u64,
    },
    /// A patch was made for another book than the one at hand.
    #[error("applying a patch: it was made for a book of {expected}, this one has {found}")]
    WrongBase {
        /// Size and checksum that the patch names.
        expected: String,
        /// Size and checksum of the book at hand.
        found: String,
    },
    /// `oab.xml` cannot be used.
    #[error("reading the manifest oab.xml: {problem}")]
    Manifest {
        /// What is wrong.
        problem: String,
    },
    /// A property list names a property, type or kind that a book cannot hold.
    #[error("reading the property list, entry {entry}: {problem}")]
    PropertyList {
        /// The entry's name or number.
        entry: String,
        /// What is wrong.
        problem: String,
    },
    /// A schedule that has no meaning: a period of zero, a calendar without an hour.
    #[error("reading the schedule, {field}: {problem}")]
    Schedule {
        /// The field.
        field: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// A new generation cannot follow the previous one.
    #[error("building sequence {sequence}: {problem}")]
    Sequence {
        /// The sequence that was to be built.
        sequence: u64,
        /// What is wrong.
        problem: String,
    },
}

impl OabError {
    /// The stable code, which names the page under `docs/reference/errors/`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "MDR-O001",
            Self::Version { .. } => "MDR-O002",
            Self::Malformed { .. } => "MDR-O003",
            Self::Checksum { .. } => "MDR-O004",
            Self::Stream { .. } => "MDR-O005",
            Self::TooLarge { .. } => "MDR-O006",
            Self::WrongBase { .. } => "MDR-O007",
            Self::Manifest { .. } => "MDR-O008",
            Self::PropertyList { .. } => "MDR-O009",
            Self::Schedule { .. } => "MDR-O010",
            Self::Sequence { .. } => "MDR-O011",
        }
    }
}
