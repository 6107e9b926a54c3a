//! The display template (MS-OXOAB 2.2): what a client's details dialogues look like.
//!
//! Outlook downloads no book whose manifest lists no template; an empty one is enough for it.

use crate::OabError;
use crate::bytes::Cursor;
use crate::container::put_words;

const WHAT: &str = "a display template";
/// `ulVersion` of a display template.
pub(crate) const VERSION: u32 = 7;
/// Header, seven entries of eight words, the table of names, the count of one-off templates.
const EMPTY_BYTES: usize = 12 + 7 * 32 + 16 + 4;

/// A template without a dialogue: 256 bytes, valid for both platforms and any language.
pub fn empty() -> Vec<u8> {
    let mut file = Vec::with_capacity(EMPTY_BYTES);
    put_words(&mut file, [VERSION, 0, 0]);
    file.resize(EMPTY_BYTES, 0);
    file
}

/// Checks that every part a template points to lies within it.
///
/// # Errors
/// [`OabError::Version`], [`OabError::Truncated`] or [`OabError::Malformed`].
pub fn check(file: &[u8]) -> Result<(), OabError> {
    let mut cursor = Cursor::new(file, WHAT);
    let version = cursor.u32()?;
    if version != VERSION {
        return Err(OabError::Version { what: WHAT, found: format!("0x{version:X}"), expected: "0x7" });
    }
    cursor.take(8)?;
    let within = |cursor: &Cursor<'_>, offset: u32, size: u32| {
        let end = u64::from(offset) + u64::from(size);
        let fits = offset == 0 || end <= file.len() as u64;
        fits.then_some(()).ok_or_else(|| cursor.malformed("a part lies outside the file"))
    };
    let entry = |cursor: &mut Cursor<'_>| {
        for _ in 0..4 {
            let (offset, size) = (cursor.u32()?, cursor.u32()?);
            within(cursor, offset, size)?;
        }
        Ok::<(), OabError>(())
    };
    for _ in 0..7 {
        entry(&mut cursor)?;
    }
    cursor.take(4)?;
    for _ in 0..3 {
        let offset = cursor.u32()?;
        within(&cursor, offset, 0)?;
    }
    for _ in 0..cursor.u32()? {
        entry(&mut cursor)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates() {
        let empty = empty();
        assert_eq!(empty.len(), 256);
        assert_eq!(check(&empty), Ok(()));
        assert!(check(&empty[..255]).is_err());
        let mut outside = empty.clone();
        outside[12] = 200;
        outside[16] = 200;
        assert_eq!(check(&outside).map_err(|e| e.code()), Err("MDR-O003"));
        let mut many = empty;
        many[252..].copy_from_slice(&[0xFF; 4]);
        assert_eq!(check(&many).map_err(|e| e.code()), Err("MDR-O001"));
    }
}
