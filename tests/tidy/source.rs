//! A Rust source with its comments, literals and test code told apart.

use std::ops::Range;

use super::tree::File;

/// A Rust source. The three texts have the same length, so an offset in one is a place in all.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
    /// Without comments and without what literals hold.
    pub(crate) code: String,
    /// Without comments.
    pub(crate) uncommented: String,
    /// Items that are compiled for tests only.
    test_items: Vec<Range<usize>>,
    /// The whole file is test code.
    test_file: bool,
}

impl Source {
    pub(crate) fn read_all<'a>(files: impl Iterator<Item = &'a File>) -> Vec<Self> {
        let mut sources: Vec<Self> = files.map(Self::read).collect();
        let test_modules: Vec<String> = sources.iter().flat_map(Source::test_modules).collect();
        for source in &mut sources {
            source.test_file |= test_modules.iter().any(|module| {
                source.path == format!("{module}.rs") || source.path.starts_with(&format!("{module}/"))
            });
        }
        sources
    }

    fn read(file: &File) -> Self {
        let parts = tell_apart(&file.text);
        let keep = |wanted: &[Part]| {
            let octets = file
                .text
                .bytes()
                .zip(&parts)
                .map(|(octet, part)| if octet == b'\n' || wanted.contains(part) { octet } else { b' ' });
            String::from_utf8(octets.collect()).expect("what is blanked out is whole characters")
        };
        let code = keep(&[Part::Code]);
        let uncommented = keep(&[Part::Code, Part::Literal]);
        let test_file = ["tests", "benches", "fuzz", "fuzz_targets", "examples"]
            .iter()
            .any(|folder| file.path.split('/').any(|part| part == *folder));
        Self {
            test_items: test_items(&code),
            path: file.path.clone(),
            text: file.text.clone(),
            code,
            uncommented,
            test_file,
        }
    }

    /// Whether the place is in code that is compiled for tests only.
    pub(crate) fn is_test(&self, offset: usize) -> bool {
        self.test_file || self.test_items.iter().any(|item| item.contains(&offset))
    }

    pub(crate) fn line(&self, offset: usize) -> usize {
        self.text.as_bytes()[..offset].iter().filter(|octet| **octet == b'\n').count() + 1
    }

    /// Where the words stand in the code, as words of their own.
    pub(crate) fn find(&self, words: &str) -> Vec<usize> {
        find(&self.code, words)
    }

    /// The modules (paths without `.rs`) that this file declares for tests only.
    fn test_modules(&self) -> Vec<String> {
        let (folder, name) = self.path.rsplit_once('/').unwrap_or(("", &self.path));
        let stem = name.trim_end_matches(".rs");
        let below = match stem {
            "lib" | "main" | "mod" => folder.to_owned(),
            _ => format!("{folder}/{stem}"),
        };
        let declared = self.test_items.iter().filter_map(|item| {
            let item = self.code[item.clone()].strip_suffix(';')?;
            let (_, name) = item.rsplit_once("mod ")?;
            Some(format!("{below}/{}", name.trim()))
        });
        declared.collect()
    }
}

/// Where the words stand, as words of their own: `all` is not found in `call`.
pub(crate) fn find(text: &str, words: &str) -> Vec<usize> {
    let in_name = |octet: Option<&u8>| octet.is_some_and(|o| o.is_ascii_alphanumeric() || *o == b'_');
    let (octets, sought) = (text.as_bytes(), words.as_bytes());
    let own = |at: &usize| {
        let before = at.checked_sub(1).and_then(|before| octets.get(before));
        let goes_on_before = in_name(before) && in_name(sought.first());
        let goes_on_after = in_name(sought.last()) && in_name(octets.get(at + sought.len()));
        !(goes_on_before || goes_on_after)
    };
    text.match_indices(words).map(|(at, _)| at).filter(own).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Code,
    Comment,
    Literal,
}

/// What each octet belongs to. The quotes of a literal are code, so that `.expect("` can be found.
fn tell_apart(text: &str) -> Vec<Part> {
    let octets = text.as_bytes();
    let mut parts = vec![Part::Code; octets.len()];
    let mut at = 0;
    while at < octets.len() {
        let rest = &text[at..];
        let after_name = at > 0 && (octets[at - 1].is_ascii_alphanumeric() || octets[at - 1] == b'_');
        let (part, length) = if rest.starts_with("//") {
            (Part::Comment, rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            (Part::Comment, block_comment(rest))
        } else if let Some((opening, length)) = (!after_name).then(|| raw_string(rest)).flatten() {
            at += opening;
            (Part::Literal, length)
        } else if let Some(content) = rest.strip_prefix('"') {
            at += 1;
            (Part::Literal, quoted(content, '"'))
        } else if let Some(length) = character(rest) {
            at += 1;
            (Part::Literal, length)
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        parts[at..at + length].fill(part);
        at += length + usize::from(part == Part::Literal);
    }
    parts
}

/// The length of a block comment; they nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(found) = text[at..].find(['/', '*']) {
        at += found;
        match text.get(at..at + 2) {
            Some("/*") => depth += 1,
            Some("*/") => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// The lengths of a raw string's opening and content, where one begins here.
fn raw_string(text: &str) -> Option<(usize, usize)> {
    let prefix = ["r", "br", "cr"].into_iter().find(|prefix| {
        let after = text.strip_prefix(prefix).map(|after| after.trim_start_matches('#'));
        after.is_some_and(|after| after.starts_with('"'))
    })?;
    let hashes = text[prefix.len()..].find('"')?;
    let opening = prefix.len() + hashes + 1;
    let closing = format!("\"{}", "#".repeat(hashes));
    let content = &text[opening..];
    Some((opening, content.find(&closing).unwrap_or(content.len())))
}

/// The length of what stands before the closing quote.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at,
            _ => {}
        }
    }
    text.len()
}

/// The length of a character literal's content, where one begins here; a lifetime is none.
fn character(text: &str) -> Option<usize> {
    let content = text.strip_prefix('\'')?;
    let mut chars = content.chars();
    let first = chars.next()?;
    (first == '\\' || chars.next() == Some('\'')).then(|| quoted(content, '\''))
}

/// The items behind `#[cfg(test)]`, from the attribute to the closing brace or semicolon.
fn test_items(code: &str) -> Vec<Range<usize>> {
    let begins = ["#[cfg(test)]", "#[cfg(all(test", "#[cfg(any(test"];
    let starts = begins.iter().flat_map(|begin| code.match_indices(begin).map(|(at, _)| at));
    starts.map(|start| start..item_end(code, start)).collect()
}

fn item_end(code: &str, start: usize) -> usize {
    let mut braces = 0_usize;
    let mut others = 0_usize;
    for (at, c) in code[start..].char_indices() {
        match c {
            '(' | '[' => others += 1,
            ')' | ']' => others = others.saturating_sub(1),
            '{' => braces += 1,
            '}' if braces <= 1 => return start + at + 1,
            '}' => braces -= 1,
            ';' if braces == 0 && others == 0 => return start + at + 1,
            _ => {}
        }
    }
    code.len()
}

#[test]
fn comments_literals_and_test_code_are_told_apart() {
    #[track_caller]
    fn check(text: &str, code: &str) {
        let file = File { path: "x.rs".to_owned(), text: text.to_owned() };
        assert_eq!(Source::read(&file).code, code);
    }
    check("a // b\nc", "a     \nc");
    check("a /* b /* c */ d */ e", "a                   e");
    check(r#"f("a\"b", 'c', '\'')"#, r#"f("    ", ' ', '  ')"#);
    check("r#\"a\"b\"# + x", "r#\"   \"# + x");
    check("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)");
    check("\"// no\" // yes", "\"     \"       ");

    let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b(x: [u8; 2]) {}\n}\nfn c() {}";
    let source = Source::read(&File { path: "x.rs".to_owned(), text: text.to_owned() });
    let is_test = |name| source.is_test(source.code.find(name).unwrap());
    assert_eq!([is_test("fn a"), is_test("fn b"), is_test("fn c")], [false, true, false]);
}
