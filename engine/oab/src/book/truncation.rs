//! Values that are too large for a book: text is cut, bytes are left out, lists lose their last values.

use crate::property::Value;

/// Largest values, bytes (`MaxStringPropertySize` and its siblings of `Set-OfflineAddressBook`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeLimits {
    /// Largest text.
    pub text_bytes: usize,
    /// Largest byte string.
    pub binary_bytes: usize,
    /// Largest list of texts, all together.
    pub texts_bytes: usize,
    /// Largest list of byte strings, all together.
    pub binaries_bytes: usize,
}

impl Default for SizeLimits {
    fn default() -> Self {
        Self { text_bytes: 3_400, binary_bytes: 65_536, texts_bytes: 65_536, binaries_bytes: 65_536 }
    }
}

impl SizeLimits {
    /// The value as the book holds it, and whether something was lost (MS-OXOAB 2.9.2.2.1).
    pub(super) fn apply(&self, value: &mut Value) -> bool {
        match value {
            Value::Integer(_) | Value::Boolean(_) | Value::Integers(_) => false,
            Value::Text(text) => {
                let keep = text.floor_char_boundary(self.text_bytes);
                let cut = keep < text.len();
                text.truncate(keep);
                cut
            }
            Value::Binary(bytes) => {
                let drop = bytes.len() > self.binary_bytes;
                if drop {
                    bytes.clear();
                }
                drop
            }
            Value::Texts(values) => drop_last(values, self.texts_bytes, String::len),
            Value::Binaries(values) => drop_last(values, self.binaries_bytes, Vec::len),
        }
    }
}

fn drop_last<T>(values: &mut Vec<T>, limit: usize, size: impl Fn(&T) -> usize) -> bool {
    let mut sum = 0;
    let before = values.len();
    values.retain(|value| {
        let fits = sum + size(value) <= limit;
        sum += if fits { size(value) } else { 0 };
        fits
    });
    values.len() < before
}
