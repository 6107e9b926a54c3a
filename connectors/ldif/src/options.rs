//! What the connector is configured with.

use std::path::PathBuf;

use madrigal_model::AttributeName;

use crate::{LdifExporter, LdifImporter};

/// How exports reach the directory behind the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Apply {
    /// The new snapshot replaces the file.
    Snapshot,
    /// A change file in this folder, for `ldapmodify` and `ldifde`, is carried to the directory by somebody else.
    File(PathBuf),
}

/// What a file may make this program keep in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest value, in octets; an object with a longer one is not read.
    pub value_octets: usize,
    /// The longest record, in octets as it stands in the file (base64 takes a third more than its value).
    pub record_octets: usize,
}

impl Limits {
    /// The default of [`Limits::value_octets`]: 4 MiB, forty times what Active Directory keeps in a photo.
    pub const VALUE_OCTETS: usize = 4 * 1024 * 1024;
    /// The default of [`Limits::record_octets`]: 64 MiB, a group of some 600,000 members.
    pub const RECORD_OCTETS: usize = 64 * 1024 * 1024;
}

impl Default for Limits {
    fn default() -> Self {
        Self { value_octets: Self::VALUE_OCTETS, record_octets: Self::RECORD_OCTETS }
    }
}

/// A directory that is known by LDIF files.
#[derive(Clone, Debug)]
pub struct LdifConnector {
    /// The connector's configured name: change files are named after it.
    pub name: String,
    /// The snapshot.
    pub path: PathBuf,
    /// A file to which change records are appended; they count on top of the snapshot.
    pub changes: Option<PathBuf>,
    /// The attribute whose value is an object's immutable key.
    pub anchor: AttributeName,
    /// How exports are applied.
    pub apply: Apply,
    /// What a file may make this program keep in memory.
    pub limits: Limits,
}

impl LdifConnector {
    /// A reader of the files.
    #[must_use]
    pub fn importer(&self) -> LdifImporter {
        LdifImporter::new(self.clone())
    }

    /// A writer of snapshots or change files.
    #[must_use]
    pub fn exporter(&self) -> LdifExporter {
        LdifExporter::new(self.clone())
    }
}
