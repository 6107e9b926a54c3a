//! Keys of the configuration and the page that lists them.

use super::tree::files;
use super::{Finding, check};

const CODE: &str = "engine/cli/config.rs";
const PAGE: &str = "docs/reference/configuration.md";

/// The keys that the configuration's structs read, each with its line. A field that is not read from the file
/// (`serde(skip)`) is no key; one under another name has it in `rename`.
fn keys(text: &str) -> Vec<(usize, String)> {
    let mut keys = Vec::new();
    let (mut skipped, mut renamed) = (false, None);
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with("#[serde(skip") {
            skipped = true;
        } else if let Some((_, rest)) = line.split_once("rename = \"") {
            renamed = rest.split('"').next().map(str::to_owned);
        } else if let Some((name, _)) = line.strip_prefix("pub ").and_then(|field| field.split_once(": ")) {
            if !skipped {
                keys.push((number + 1, renamed.take().unwrap_or_else(|| name.replace('_', "-"))));
            }
            (skipped, renamed) = (false, None);
        }
    }
    keys
}

#[test]
fn every_key_of_the_configuration_is_in_the_reference() {
    let text = |path: &str| files().iter().find(|file| file.path == path).map_or("", |file| &file.text);
    let page = text(PAGE);
    let listed = |key: &str| {
        [format!("`{key}`"), format!("`[{key}"), format!("`[[{key}]]`")]
            .iter()
            .any(|form| page.contains(form))
    };
    let unlisted = keys(text(CODE)).into_iter().filter(|(_, key)| !listed(key));
    let findings =
        unlisted.map(|(line, key)| Finding::new(CODE, line, format!("{PAGE} does not list '{key}'")));
    check("add a row: the key, its default with its unit, what it means", findings.collect());
}
