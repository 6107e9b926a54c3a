//! A rule set in words: which objects, joined how, which attribute from what.

use crate::rules::{Direction, FlowMode, LinkType, NameRule, Rule, RuleSet};

/// The description of a rule set, in Markdown.
#[must_use]
pub fn describe(rules: &RuleSet) -> String {
    let mut page = format!("# The rules {}\n", rules.name);
    let parts = [
        ("From a directory", &rules.import),
        ("To a contact", &rules.export),
        ("Back to the source, where that is declared", &rules.write_back),
    ];
    for (title, rules) in parts {
        if rules.is_empty() {
            continue;
        }
        page.push_str(&format!("\n## {title}\n"));
        for rule in rules {
            page.push_str(&rule_in_words(rule));
        }
    }
    page
}

fn rule_in_words(rule: &Rule) -> String {
    let mut text = format!("\n### {}: {} to {}\n\n", rule.name, listed(&rule.from), rule.to);
    if !rule.description.is_empty() {
        text.push_str(&format!("{}\n\n", rule.description));
    }
    text.push_str(&format!("Precedence {}. {}", rule.precedence, link_in_words(rule)));
    if !rule.connectors.is_empty() {
        text.push_str(&format!(" For connectors of the kind {}.", listed(&rule.connectors)));
    }
    text.push('\n');
    if !rule.scope.is_empty() {
        text.push_str("\nOnly where all of this holds:\n\n");
        for condition in &rule.scope {
            text.push_str(&format!("- `{}`", flat(condition.require.source())));
            if !condition.because.starts_with("the condition ") {
                text.push_str(&format!(" (else: {})", condition.because));
            }
            text.push('\n');
        }
    }
    if !rule.joins.is_empty() {
        text.push_str(
            "\nIt is the same person, room or group as one that is known already, by the first of:\n\n",
        );
        for join in &rule.joins {
            text.push_str(&format!(
                "1. {}: `{}` is among the other's `{}`\n",
                join.name,
                flat(join.own.source()),
                join.theirs
            ));
        }
    }
    if let Some(name) = &rule.name_rule {
        text.push_str(&format!(
            "\nIt is named by the first of these that nobody has: {}.\n",
            candidates(name)
        ));
    }
    for name in &rule.uniques {
        text.push_str(&format!(
            "\nIts `{}`, which nobody else in the target may have, is the first free of: {}.\n",
            name.attribute,
            candidates(name)
        ));
    }
    if !rule.flows.is_empty() {
        text.push_str("\n| attribute | from | how |\n|---|---|---|\n");
        for flow in &rule.flows {
            let source = flat(flow.program.source()).replace('|', "\\|");
            text.push_str(&format!("| `{}` | `{source}` | {} |\n", flow.attribute, mode_in_words(flow.mode)));
        }
    }
    text
}

fn link_in_words(rule: &Rule) -> &'static str {
    match (rule.link, rule.direction) {
        (LinkType::Provision, Direction::Import) => "An object that it takes is a recipient to publish.",
        (LinkType::Provision, _) => "It makes a contact.",
        (LinkType::Join, _) => "It adds to what other rules take.",
        (LinkType::StickyJoin, _) => "It adds to what other rules take, and keeps it alive.",
    }
}

fn mode_in_words(mode: FlowMode) -> &'static str {
    match mode {
        FlowMode::Set => "enforced",
        FlowMode::Merge => "our values come and go, others stay",
        FlowMode::Accumulate => "added, never removed",
        FlowMode::Initial => "at creation only",
    }
}

fn candidates(name: &NameRule) -> String {
    let shown: Vec<String> =
        name.candidates.iter().map(|program| format!("`{}`", flat(program.source()))).collect();
    format!("{} (at most {} characters)", shown.join(", "), name.max_length)
}

fn listed(words: &[String]) -> String {
    words.join(", ")
}

/// An expression on one line.
fn flat(source: &str) -> String {
    source.split_whitespace().collect::<Vec<_>>().join(" ")
}
