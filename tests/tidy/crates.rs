//! What the crates may know of each other and of the world.

use toml::{Table, Value};

use super::tree::{File, exists, files};
use super::{Finding, check};

/// Which crates a crate may depend on, as ARCHITECTURE.md draws it. A crate that is not here does not exist.
const EDGES: &[(&str, &[&str])] = &[
    ("engine/model", &[]),
    ("mappings", &["model"]),
    ("engine/sync", &["model", "mappings"]),
    ("engine/oab", &["model"]),
    ("engine/scenario", &["model", "mappings", "sync", "oab"]),
    ("connectors/api", &["model"]),
    ("connectors/ldap", &["model", "api"]),
    ("connectors/cloud", &["model", "api"]),
    ("connectors/ldif", &["model", "api"]),
    ("connectors/memory", &["model", "api"]),
    ("connectors/emulator", &["model"]),
    ("state", &["model"]),
    ("engine/run", &["model", "mappings", "sync", "api", "state"]),
    // The binary: the one place that names concrete connectors. `memory` is for tests.
    (
        "",
        &[
            "model", "mappings", "sync", "scenario", "oab", "api", "ldap", "cloud", "ldif", "emulator",
            "state", "run",
        ],
    ),
];

/// Crates without I/O, async, clock or randomness.
pub(crate) const PURE: [&str; 5] =
    ["engine/model", "engine/sync", "engine/scenario", "engine/oab", "mappings"];

/// Crates of others that only one of ours may name.
const KEPT_IN: &[(&str, &str)] = &[
    ("sqlx", "state"),
    ("rusqlite", "state"),
    ("ldap3", "connectors/ldap"),
    ("cross-krb5", "connectors/ldap"),
    ("graph-rs-sdk", "connectors/cloud"),
    ("reqwest", "connectors/cloud"),
    ("ureq", "connectors/cloud"),
    ("isahc", "connectors/cloud"),
    ("petgraph", "engine/scenario"),
];

/// What a pure crate's dependencies cannot be.
const IMPURE: &[&str] = &[
    "tokio",
    "async-trait",
    "futures",
    "async-std",
    "smol",
    "rand",
    "getrandom",
    "fastrand",
    "chrono",
    "time",
    "uuid",
    "tempfile",
    "walkdir",
    "rayon",
    "tracing-subscriber",
    "sqlx",
    "ldap3",
    "reqwest",
];

/// What a pure crate's clippy.toml bans.
const BANNED_IN_PURE: &[&str] = &[
    "std::fs::File",
    "std::net::TcpStream",
    "std::time::SystemTime",
    "std::time::Instant",
    "std::thread::JoinHandle",
    "std::fs::read",
    "std::fs::write",
    "std::fs::read_to_string",
    "std::env::var",
    "std::time::SystemTime::now",
    "std::time::Instant::now",
    "std::thread::spawn",
    "std::process::exit",
];

/// Names that say nothing, so that everything would move in.
const EMPTY_NAMES: &[&str] = &["util", "utils", "common", "helpers", "misc", "shared", "core"];

struct Manifest {
    file: &'static File,
    table: Table,
}

impl Manifest {
    fn folder(&self) -> &'static str {
        self.file.folder()
    }

    fn name(&self) -> &str {
        self.table
            .get("package")
            .and_then(|package| package.get("name"))
            .and_then(Value::as_str)
            .unwrap_or("")
    }

    /// The names in `[dependencies]` and `[build-dependencies]`, those of one platform included.
    fn dependencies(&self) -> Vec<&str> {
        let platforms = self.table.get("target").and_then(Value::as_table);
        let tables = std::iter::once(&self.table)
            .chain(platforms.into_iter().flat_map(|targets| targets.values().filter_map(Value::as_table)));
        let sections =
            tables.flat_map(|table| ["dependencies", "build-dependencies"].map(|name| table.get(name)));
        sections.flatten().filter_map(Value::as_table).flat_map(Table::keys).map(String::as_str).collect()
    }

    fn line_of(&self, name: &str) -> usize {
        let names =
            |line: &str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', ' ', '=']));
        self.file.text.lines().position(names).map_or(0, |line| line + 1)
    }

    fn finding(&self, name: &str, what: String) -> Finding {
        Finding::new(&self.file.path, self.line_of(name), what)
    }
}

/// Every crate of the workspace; fuzz targets are workspaces of their own.
fn manifests() -> Vec<Manifest> {
    let files = files().iter().filter(|file| file.name() == "Cargo.toml" && !file.path.contains("fuzz/"));
    files.map(|file| Manifest { file, table: file.text.parse().expect("a manifest is TOML") }).collect()
}

#[test]
fn crates_depend_on_each_other_as_the_map_says() {
    let mut findings = Vec::new();
    for manifest in manifests() {
        let Some((_, allowed)) = EDGES.iter().find(|(folder, _)| *folder == manifest.folder()) else {
            findings.push(manifest.finding("name", "this crate is not on the map".to_owned()));
            continue;
        };
        for dependency in manifest.dependencies() {
            let Some(of_ours) = dependency.strip_prefix("madrigal-") else { continue };
            if !allowed.contains(&of_ours) {
                let what = format!("{} may not depend on {dependency}", manifest.name());
                findings.push(manifest.finding(dependency, what));
            }
        }
    }
    check(
        "ARCHITECTURE.md has the map; move the type to where both may see it, or change the map first",
        findings,
    );
}

#[test]
fn one_crate_names_each_dependency_that_is_kept_in() {
    let mut findings = Vec::new();
    for manifest in manifests() {
        for (dependency, home) in KEPT_IN {
            if manifest.folder() != *home && manifest.dependencies().contains(dependency) {
                findings.push(manifest.finding(dependency, format!("only {home} may name {dependency}")));
            }
        }
    }
    check("ask for what you need through the crate that owns the dependency", findings);
}

#[test]
fn pure_crates_depend_on_nothing_that_is_not() {
    let pure = manifests().into_iter().filter(|manifest| PURE.contains(&manifest.folder()));
    let findings = pure.flat_map(|manifest| {
        let impure = manifest.dependencies().into_iter().filter(|name| IMPURE.contains(name));
        let findings =
            impure.map(|name| manifest.finding(name, format!("a pure crate cannot depend on {name}")));
        findings.collect::<Vec<_>>()
    });
    check("the shell (engine/run) does this and hands the result in", findings.collect());
}

#[test]
fn pure_crates_carry_the_lints_that_keep_them_so() {
    let mut findings = Vec::new();
    for folder in PURE.into_iter().filter(|folder| exists(folder)) {
        let path = format!("{folder}/clippy.toml");
        let text = files().iter().find(|file| file.path == path).map_or("", |file| &file.text);
        let missing = BANNED_IN_PURE.iter().filter(|banned| !text.contains(&format!("\"{banned}\"")));
        findings.extend(missing.map(|banned| Finding::new(&path, 0, format!("does not ban {banned}"))));
    }
    check("copy engine/model/clippy.toml; the crate is pure", findings);
}

#[test]
fn crates_are_named_by_what_they_are() {
    let mut findings = Vec::new();
    for manifest in manifests().into_iter().filter(|manifest| !manifest.folder().is_empty()) {
        let noun = manifest.folder().rsplit('/').next().unwrap_or_default();
        if manifest.name() != format!("madrigal-{noun}") {
            findings
                .push(manifest.finding("name", format!("the crate in {noun}/ is called madrigal-{noun}")));
        }
        if EMPTY_NAMES.contains(&noun) {
            findings.push(manifest.finding("name", format!("'{noun}' names nothing")));
        }
    }
    check("a crate is called by its folder, and the folder by the field's word for what is in it", findings);
}

#[test]
fn crates_take_the_lints_of_the_workspace() {
    let lints = |manifest: &Manifest| {
        let lints = manifest.table.get("lints").and_then(|lints| lints.get("workspace"));
        lints.and_then(Value::as_bool) == Some(true)
    };
    let without = manifests().into_iter().filter(|manifest| !lints(manifest));
    let findings =
        without.map(|manifest| manifest.finding("name", "takes no lints of the workspace".to_owned()));
    check("add [lints] workspace = true", findings.collect());
}

#[test]
fn crates_say_at_their_head_what_they_are() {
    let roots = files().iter().filter(|file| {
        let root = file.path.ends_with("src/lib.rs") || file.path.ends_with("/main.rs");
        root && !file.path.contains("fuzz/")
    });
    let silent = roots.filter(|file| !file.text.starts_with("//! "));
    let findings = silent.map(|file| Finding::new(&file.path, 1, "has no module head"));
    check("begin with //!: what the crate is, and what it never does", findings.collect());
}
