//! Printing: lines for people, one document for scripts.

use serde::Serialize;

/// Prints a value as one JSON object on one line.
pub(super) fn json(value: &impl Serialize) {
    let text = serde_json::to_string(value).unwrap_or_default();
    line(&text);
}

/// Prints a line.
pub(super) fn line(text: &str) {
    say!("{text}");
}

/// A number with its thousands apart: `12,345`.
pub(super) fn number(value: usize) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of things: `1 record`, `2 records`.
pub(super) fn count(value: usize, singular: &str, plural: &str) -> String {
    format!("{} {}", number(value), if value == 1 { singular } else { plural })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (value, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(number(value), text);
        }
    }
}
