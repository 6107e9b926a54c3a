//! Parts of text that stay borrowed where the text is.

use std::borrow::Cow;

use crate::scalar::Scalar;

/// The part of the text between two octets; empty where they are not boundaries of characters.
pub(crate) fn sub<'a>(text: &Cow<'a, str>, start: usize, end: usize) -> Scalar<'a> {
    Scalar::Text(match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(start..end).unwrap_or_default()),
        Cow::Owned(text) => Cow::Owned(text.get(start..end).unwrap_or_default().to_owned()),
    })
}

/// The octet before which so many characters stand; the text's end where it has fewer.
pub(crate) fn first_characters(text: &str, count: usize) -> usize {
    if text.is_ascii() {
        return count.min(text.len());
    }
    text.char_indices().nth(count).map_or(text.len(), |(octet, _)| octet)
}

/// The number of characters before an octet.
pub(crate) fn characters_before(text: &str, octet: usize) -> usize {
    text.get(..octet).map_or(0, |before| before.chars().count())
}

/// The text, or each of its characters as its small letter: as many characters as before.
pub(crate) fn folded_where(text: &str, fold: bool) -> Cow<'_, str> {
    if fold {
        Cow::Owned(text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}
