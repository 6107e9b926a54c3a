//! The built-in rule sets, and rule files put together.

use super::*;

#[test]
fn built_in_rule_sets_load_without_a_word() {
    for name in builtin_names() {
        let (rule_set, diagnostics) = load(name, &[], &Surroundings::default());
        let shown: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        assert!(diagnostics.is_empty(), "{name}\n{}", shown.join("\n\n"));
        assert!(rule_set.is_some());
    }
}
