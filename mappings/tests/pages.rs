//! The pages that are made from this crate are what it would make now, and what they show works.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first thing that is not as it says")]

use madrigal_mappings::{Surroundings, functions_page, limits, load, run_test_file};

const FUNCTIONS: &str = include_str!("../../docs/reference/functions.md");
const RULES: &str = include_str!("../../docs/reference/rules.md");

#[test]
fn the_page_of_the_functions_is_up_to_date() {
    assert!(
        functions_page() == FUNCTIONS,
        "make it again: cargo run -p madrigal-mappings --example functions_page > docs/reference/functions.md"
    );
}

/// The TOML blocks of the page of the rules.
fn examples() -> Vec<&'static str> {
    RULES.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn the_examples_of_the_page_of_the_rules_are_right() {
    let examples = examples();
    let [file, _, tests] = examples.as_slice() else { panic!("three examples: {}", examples.len()) };
    let sources = [("example.toml".to_owned(), (*file).to_owned())];
    let (rules, diagnostics) = load("example", &sources, &Surroundings::default());
    let shown: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    assert!(rules.is_some(), "{}", shown.join("\n"));
    let (galsync, _) = load("galsync", &[], &Surroundings::default());
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    for result in run_test_file(tests, galsync.as_ref(), now).unwrap() {
        assert!(result.differences.is_empty(), "{}: {:?}", result.name, result.differences);
    }
}

#[test]
fn the_page_of_the_rules_names_the_limits() {
    let limits = [
        ("MAX_EXPRESSION_OCTETS", limits::MAX_EXPRESSION_OCTETS as u64),
        ("MAX_NESTING", limits::MAX_NESTING as u64),
        ("MAX_VALUE_OCTETS", limits::MAX_VALUE_OCTETS as u64),
        ("MAX_VALUES", limits::MAX_VALUES as u64),
        ("MAX_WORK", limits::MAX_WORK),
    ];
    for (name, value) in limits {
        let row = RULES.lines().find(|line| line.starts_with(&format!("| `{name}` |"))).unwrap();
        let digits: String = row.split('|').nth(2).unwrap().chars().filter(char::is_ascii_digit).collect();
        assert_eq!(digits, value.to_string(), "{name}");
    }
}
