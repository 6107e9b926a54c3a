//! What stands in Rust sources, and where.

use super::crates::PURE;
use super::source::{Source, find};
use super::tree::{files, sources};
use super::{Finding, check};

/// What no code says: the words, whether tests may, and what to do instead.
const UNFINISHED: &[(&str, bool, &str)] = &[
    ("todo!", false, "finish it"),
    ("unimplemented!", false, "finish it"),
    ("dbg!", false, "log with tracing, or take it out"),
    ("#[ignore", false, "a test that does not run holds nothing: mend it or delete it"),
    (".unwrap()", true, "return the error, or prove it and assert by name"),
    (".unwrap_unchecked(", false, "return the error"),
    (".expect(\"", true, "return the error, or prove it and assert by name"),
];

/// Where one of these stands all the same: the path, the words, the reason.
const EXCEPTIONS: &[(&str, &str, &str)] = &[(
    "state/tests/faults.rs",
    "#[ignore",
    "the child process of a test that kills it; it never ends by itself",
)];

/// What no pure crate says outside its tests.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::io::stdin",
    "std::io::stdout",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "thread_rng",
    "RandomState",
    "async",
    "tokio",
    "sqlx",
    "ldap3",
    "reqwest",
    "println!",
    "eprintln!",
];

/// Words that only one place says: the words, the beginning of its paths, why.
const SAID_ONCE: &[(&str, &[&str], &str)] = &[
    ("sqlx", &["state/"], "only the store speaks SQL"),
    ("ldap3", &["connectors/ldap/"], "only that connector speaks LDAP"),
    ("graph_rs_sdk", &["connectors/cloud/"], "only that connector speaks Graph"),
    ("reqwest", &["connectors/cloud/"], "only that connector speaks HTTP to the cloud"),
    ("anstream", &["engine/cli/say.rs"], "only there a reader may go away before the end"),
    ("println!", &["engine/cli/say.rs"], "only there a reader may go away before the end"),
    (
        "granted_by_the_guard",
        &["engine/sync/src/guard", "engine/model/src/approval.rs"],
        "only the guard gives its word",
    ),
];

/// Where a connector keeps what every connector has: what it holds, the file (or folder) in `src`.
const CONNECTOR_FILES: &[(&str, &str)] = &[("impl Importer for", "import"), ("impl Exporter for", "export")];

fn library() -> impl Iterator<Item = &'static Source> {
    sources().iter().filter(|source| source.path.contains("src/") || source.path.starts_with("engine/cli/"))
}

/// Each place outside tests where a source says the words.
fn said(source: &'static Source, words: &str) -> impl Iterator<Item = usize> {
    source.find(words).into_iter().filter(|at| !source.is_test(*at))
}

#[test]
fn nothing_is_left_unfinished() {
    let mut findings = Vec::new();
    for source in sources() {
        for (words, tests_may, remedy) in UNFINISHED {
            if EXCEPTIONS.iter().any(|(path, excepted, _)| *path == source.path && excepted == words) {
                continue;
            }
            let places = source.find(words).into_iter().filter(|at| !(*tests_may && source.is_test(*at)));
            findings.extend(
                places.map(|at| Finding::new(&source.path, source.line(at), format!("{words}: {remedy}"))),
            );
        }
    }
    check("an error is returned with what was being done; a panic ends everybody's run", findings);
}

#[test]
fn pure_crates_touch_nothing_outside() {
    let pure =
        library().filter(|source| PURE.iter().any(|folder| source.path.starts_with(&format!("{folder}/"))));
    let findings = pure.flat_map(|source| {
        IMPURE.iter().flat_map(move |words| {
            let places = said(source, words);
            places.map(move |at| Finding::new(&source.path, source.line(at), format!("says {words}")))
        })
    });
    check("the crate is pure: take it as a parameter, or return what to do as data", findings.collect());
}

#[test]
fn what_is_said_once_is_said_in_its_place() {
    let mut findings = Vec::new();
    for source in library() {
        for (words, places, why) in SAID_ONCE {
            if !places.iter().any(|place| source.path.starts_with(place)) {
                let found = said(source, words);
                findings.extend(
                    found.map(|at| Finding::new(&source.path, source.line(at), format!("{words}: {why}"))),
                );
            }
        }
    }
    check("go through the crate that owns it", findings);
}

#[test]
fn connectors_keep_the_same_things_in_the_same_files() {
    let mut findings = Vec::new();
    for source in library().filter(|source| source.path.starts_with("connectors/")) {
        let place = source.path.split_once("/src/").map_or("", |(_, place)| place);
        for (words, file) in CONNECTOR_FILES {
            let at_home = place == format!("{file}.rs") || place.starts_with(&format!("{file}/"));
            if let Some(at) = said(source, words).next().filter(|_| !at_home) {
                let what = format!("'{words}' belongs into src/{file}.rs");
                findings.push(Finding::new(&source.path, source.line(at), what));
            }
        }
    }
    check("who knows one connector finds the way in all", findings);
}

#[test]
fn every_allowed_lint_has_its_reason() {
    let mut findings = Vec::new();
    for source in sources() {
        for opening in ["[allow(", "[expect("] {
            for at in find(&source.code, opening) {
                let attribute = source.code[at..].split(']').next().unwrap_or_default();
                if !attribute.contains("reason") {
                    let what = "a lint is allowed without a reason";
                    findings.push(Finding::new(&source.path, source.line(at), what));
                }
            }
        }
    }
    check("add reason = \"…\" to the attribute, or do without it", findings);
}

#[test]
fn no_file_names_a_place_on_somebodys_machine() {
    // Put together here, so that this file does not name them either.
    let places = [("ho", "me"), ("ro", "ot"), ("t", "mp"), ("Us", "ers")].map(|(a, b)| format!("/{a}{b}/"));
    let mut findings = Vec::new();
    for file in files().iter().filter(|file| file.extension() != "sh") {
        for (number, line) in file.text.lines().enumerate() {
            for place in places.iter().filter(|place| names_place(line, place)) {
                findings.push(Finding::new(&file.path, number + 1, format!("names {place}")));
            }
        }
    }
    check(
        "say it from the root of the tree, from a setting, or with a temporary folder that was asked for",
        findings,
    );
}

/// Whether an absolute path begins with the place here: something longer that holds it is none.
fn names_place(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-~}/".contains(c))
    })
}
