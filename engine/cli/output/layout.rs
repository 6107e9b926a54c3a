//! Lines that fit a terminal of 80 columns.

/// How wide a line may be.
pub(crate) const WIDTH: usize = 80;

/// The text in lines that begin with the indent and fit the width; a word that is longer stands alone.
pub(crate) fn wrapped(text: &str, indent: usize) -> Vec<String> {
    let room = WIDTH.saturating_sub(indent).max(20);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines.into_iter().map(|line| format!("{:indent$}{line}", "")).collect()
}

/// The text in at most so many characters, without line ends.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().count() <= most {
        return text;
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// The text cut and filled up to so many characters.
pub(crate) fn cell(text: &str, width: usize) -> String {
    let text = cut(text, width);
    let missing = width.saturating_sub(text.chars().count());
    format!("{text}{:missing$}", "")
}

/// `1 change`, `2 changes`.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit() {
        let long = "word ".repeat(40);
        assert!(wrapped(&long, 6).iter().all(|line| line.starts_with("      word") && line.len() <= WIDTH));
        assert_eq!(wrapped("", 4), Vec::<String>::new());
        let word = "x".repeat(100);
        assert_eq!(wrapped(&word, 2), [format!("  {word}")]);
        for (text, expected) in [("abc", "abc  "), ("abcdef", "abcd…"), ("a\nb", "a b  ")] {
            assert_eq!(cell(text, 5), expected, "{text:?}");
        }
    }
}
