//! Problem codes and their pages.

use std::collections::BTreeMap;

use super::tree::{File, files, sources};
use super::{Finding, check};

const PAGES: &str = "docs/reference/errors/";

/// The codes in a text, each with its offset: `MDR-`, a letter for the part of the program, three digits.
fn codes(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices("MDR-").filter_map(|(at, _)| {
        let code = text.get(at..at + 8)?;
        let (letter, digits) = code.get(4..)?.split_at_checked(1)?;
        let shaped =
            letter.chars().all(|c| c.is_ascii_uppercase()) && digits.chars().all(|c| c.is_ascii_digit());
        let longer = text.as_bytes().get(at + 8).is_some_and(u8::is_ascii_alphanumeric);
        (shaped && !longer).then_some((at, code))
    })
}

/// Every code that a source gives, with the first place that does.
fn codes_in_sources() -> BTreeMap<&'static str, (&'static str, usize)> {
    let mut places = BTreeMap::new();
    for source in sources() {
        for (at, code) in codes(&source.uncommented).filter(|(at, _)| !source.is_test(*at)) {
            places.entry(code).or_insert_with(|| (source.path.as_str(), source.line(at)));
        }
    }
    places
}

/// Every page of a code.
fn pages() -> BTreeMap<&'static str, &'static File> {
    let pages = files().iter().filter(|file| file.path.starts_with(PAGES) && file.name() != "README.md");
    pages.map(|file| (file.name().trim_end_matches(".md"), file)).collect()
}

#[test]
fn every_code_has_a_page() {
    let pages = pages();
    let without = codes_in_sources().into_iter().filter(|(code, _)| !pages.contains_key(code));
    let findings =
        without.map(|(code, (path, line))| Finding::new(path, line, format!("{code} has no page")));
    check(
        "write docs/reference/errors/CODE.md: what it means, an example message, what to do",
        findings.collect(),
    );
}

#[test]
fn every_page_has_a_code() {
    let codes = codes_in_sources();
    let without = pages().into_iter().filter(|(code, _)| !codes.contains_key(code));
    let findings = without.map(|(code, page)| Finding::new(&page.path, 0, format!("nothing gives {code}")));
    check("delete the page; a code is never given to another problem", findings.collect());
}

#[test]
fn pages_of_codes_are_built_alike() {
    let mut findings = Vec::new();
    for (code, page) in pages() {
        if !page.text.starts_with(&format!("# {code}: ")) {
            findings.push(Finding::new(&page.path, 1, format!("does not begin with '# {code}: …'")));
        }
        if !page.text.contains("\n## What to do\n") {
            findings.push(Finding::new(&page.path, 0, "has no '## What to do'"));
        }
    }
    check("a page says what the code means, shows a message, and says what to do", findings);
}

#[test]
fn the_index_of_codes_lists_every_page() {
    let Some(index) = files().iter().find(|file| file.path == format!("{PAGES}README.md")) else { return };
    let unlisted = pages().into_keys().filter(|code| !index.text.contains(&format!("[{code}]({code}.md)")));
    let findings = unlisted.map(|code| Finding::new(&index.path, 0, format!("does not list {code}")));
    check("add a row to the table", findings.collect());
}
