//! Little-endian reading that never runs past the end.

use crate::OabError;

/// A read position in a structure; every read is checked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    data: &'a [u8],
    at: usize,
    what: &'static str,
}

impl<'a> Cursor<'a> {
    /// Starts at the first byte of `data`; `what` names the structure in errors.
    pub(crate) fn new(data: &'a [u8], what: &'static str) -> Self {
        Self { data, at: 0, what }
    }

    /// Offset of the next byte.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> usize {
        self.data.len().saturating_sub(self.at)
    }

    /// The next `count` bytes.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], OabError> {
        let end = self.at.checked_add(count);
        match end.and_then(|end| self.data.get(self.at..end)) {
            Some(bytes) => {
                self.at += count;
                Ok(bytes)
            }
            None => Err(OabError::Truncated {
                what: self.what,
                at: self.at,
                needed: count - self.left().min(count),
            }),
        }
    }

    /// The next byte.
    pub(crate) fn u8(&mut self) -> Result<u8, OabError> {
        Ok(self.take(1)?.first().copied().unwrap_or(0))
    }

    /// The next unsigned 32-bit integer.
    pub(crate) fn u32(&mut self) -> Result<u32, OabError> {
        let bytes = self.take(4)?;
        Ok(bytes.iter().rev().fold(0, |sum, &byte| (sum << 8) | u32::from(byte)))
    }

    /// The bytes up to the next zero byte, which is skipped.
    pub(crate) fn zero_terminated(&mut self) -> Result<&'a [u8], OabError> {
        let rest = self.data.get(self.at..).unwrap_or_default();
        match rest.iter().position(|&byte| byte == 0) {
            Some(length) => {
                let text = self.take(length)?;
                self.at += 1;
                Ok(text)
            }
            None => Err(OabError::Truncated { what: self.what, at: self.data.len(), needed: 1 }),
        }
    }

    /// An error at the current position.
    pub(crate) fn malformed(&self, problem: impl Into<String>) -> OabError {
        OabError::Malformed { what: self.what, at: self.at, problem: problem.into() }
    }
}
