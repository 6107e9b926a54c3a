//! How long a file may be.

use std::io::Write;

use super::tree::{File, files};
use super::{Finding, check};

/// Past this a file is listed, so that somebody asks what else moved in.
const LONG_LINES: usize = 500;
/// Past this it fails.
const TOO_LONG_LINES: usize = 700;

/// Written by hand, and read.
const READ: &[&str] = &["rs", "sh", "py", "sql", "md", "toml"];

/// Files that are tables rather than text: the path's beginning and the reason.
const EXEMPT: &[(&str, &str)] = &[
    ("CHANGELOG.md", "it only grows"),
    ("docs/reference/functions.md", "made from the functions' own rows"),
    ("mappings/src/rulesets/", "a rule set is copied and read in as one file, a rule at a time"),
];

#[test]
fn files_can_be_read_in_a_sitting() {
    let read = |file: &&File| READ.contains(&file.extension()) || file.name() == "run";
    let exempt = |file: &&File| EXEMPT.iter().any(|(path, _)| file.path.starts_with(path));
    let mut long: Vec<(usize, &File)> = files()
        .iter()
        .filter(read)
        .filter(|file| !exempt(file))
        .map(|file| (file.text.lines().count(), file))
        .filter(|(lines, _)| *lines > LONG_LINES)
        .collect();
    long.sort_by_key(|(lines, file)| (usize::MAX - lines, &file.path));
    for (lines, file) in &long {
        // Past the capture of test output: the list is meant to be seen.
        let _ = writeln!(std::io::stderr(), "long: {lines:5} lines in {}", file.path);
    }
    let too_long = long.iter().filter(|(lines, _)| *lines > TOO_LONG_LINES);
    let findings = too_long.map(|(lines, file)| Finding::new(&file.path, 0, format!("{lines} lines")));
    check(
        "a file has one subject: see what else moved in, and give it a file of its own",
        findings.collect(),
    );
}
