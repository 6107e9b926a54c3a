//! What a person sees of wrong expressions and wrong rule files: `tests/wrong/` holds them, the snapshots what is shown.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first thing that is not as it says"
)]

use madrigal_mappings::{Surroundings, compile_expression, load};

/// One wrong expression a line.
const EXPRESSIONS: &str = include_str!("wrong/expressions.txt");
/// Wrong rule files, one behind the other, each behind a line `#### name`.
const RULES: &str = include_str!("wrong/rules.txt");

#[test]
fn wrong_expressions() {
    let mut shown = String::new();
    for line in EXPRESSIONS.lines().filter(|line| !line.is_empty()) {
        let diagnostics = match compile_expression(line, "expression") {
            Ok(standalone) => standalone.warnings,
            Err(diagnostics) => diagnostics,
        };
        assert!(!diagnostics.is_empty(), "nothing is found wrong with {line}");
        for diagnostic in diagnostics {
            shown.push_str(&format!("{diagnostic}\n\n"));
        }
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn wrong_rule_files() {
    let mut shown = String::new();
    for file in RULES.split("#### ").filter(|file| !file.trim().is_empty()) {
        let (name, text) = file.split_once('\n').unwrap();
        let sources = [(format!("{name}.toml"), text.trim_end().to_owned())];
        let known =
            ["cn", "mail", "mailNickname", "targetAddress", "displayName", "proxyAddresses", "description"];
        // A file that extends a built-in rule set writes more attributes than the few that this target has.
        let target_attributes = (!text.contains("extends")).then_some(&known[..]);
        let surroundings = Surroundings { target_attributes, ..Surroundings::default() };
        let (_, diagnostics) = load(name, &sources, &surroundings);
        assert!(!diagnostics.is_empty(), "nothing is found wrong with {name}");
        for diagnostic in diagnostics {
            shown.push_str(&format!("{diagnostic}\n\n"));
        }
    }
    insta::assert_snapshot!(shown);
}
