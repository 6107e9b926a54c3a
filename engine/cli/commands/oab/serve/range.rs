//! Byte ranges of a request (RFC 9110, 14).

use std::ops::Range;

/// What a `Range` header asks of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// The whole file: no header, one that is not understood, or more than one range.
    Whole,
    /// A part.
    Part(Range<u64>),
    /// A part that is not there.
    Nothing,
}

/// Reads a `Range` header for a file of `length` bytes.
pub(super) fn asked(header: Option<&str>, length: u64) -> Asked {
    let Some(ranges) = header.and_then(|header| header.trim().strip_prefix("bytes=")) else {
        return Asked::Whole;
    };
    let Some((first, last)) = ranges.split_once('-').filter(|_| !ranges.contains(',')) else {
        return Asked::Whole;
    };
    match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) if first > last => Asked::Whole,
        (Ok(first), _) if first >= length => Asked::Nothing,
        (Ok(first), Ok(last)) => Asked::Part(first..last.saturating_add(1).min(length)),
        (Ok(first), Err(_)) if last.trim().is_empty() => Asked::Part(first..length),
        (Err(_), Ok(0)) if first.trim().is_empty() => Asked::Nothing,
        (Err(_), Ok(_)) if length == 0 => Asked::Nothing,
        (Err(_), Ok(suffix)) if first.trim().is_empty() => Asked::Part(length.saturating_sub(suffix)..length),
        _ => Asked::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (header, expected) in [
            ("bytes=0-9", Asked::Part(0..10)),
            ("bytes=10-", Asked::Part(10..100)),
            ("bytes=-10", Asked::Part(90..100)),
            ("bytes=-1000", Asked::Part(0..100)),
            ("bytes=90-1000", Asked::Part(90..100)),
            ("bytes=100-", Asked::Nothing),
            ("bytes=-0", Asked::Nothing),
            ("bytes=9-0", Asked::Whole),
            ("bytes=0-1,5-6", Asked::Whole),
            ("bytes=a-b", Asked::Whole),
            ("lines=0-9", Asked::Whole),
        ] {
            assert_eq!(asked(Some(header), 100), expected, "{header}");
        }
        assert_eq!(asked(None, 100), Asked::Whole);
        assert_eq!(asked(Some("bytes=-5"), 0), Asked::Nothing);
    }
}
