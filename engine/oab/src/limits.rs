//! How much memory a file from somewhere else may take.

use crate::OabError;

/// Limits on what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest uncompressed file, bytes. A book of a million people is about 620 MB.
    pub uncompressed_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { uncompressed_bytes: 2 << 30 }
    }
}

impl Limits {
    pub(crate) fn check(self, what: &'static str, size: u64) -> Result<(), OabError> {
        if size > self.uncompressed_bytes {
            return Err(OabError::TooLarge { what, size, limit: self.uncompressed_bytes });
        }
        Ok(())
    }
}
