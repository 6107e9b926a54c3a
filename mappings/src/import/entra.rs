//! The synchronization rules that Entra Connect exports (one XML file a rule) to a rule file.

use std::collections::BTreeSet;

use roxmltree::{Document, Node};

use super::entra_rule::EntraRule;
use super::report::{Imported, Taken};
use super::toml_text;
use crate::syntax::{Expression, ExpressionKind, parse};

/// Exported rules (name and text of each file) to one rule file, in the order of their precedence.
#[must_use]
pub fn import_entra(files: &[(String, String)]) -> Imported {
    let mut imported = Imported::default();
    let mut rules = Vec::new();
    if files.is_empty() {
        let because = "there is no XML file in it: Entra Connect exports a file for each rule";
        imported.note(Taken::Unreadable, "the export", "the folder", because);
    }
    for (file, text) in files {
        match Document::parse(text) {
            Ok(document) if document.root_element().has_tag_name("synchronizationRule") => {
                rules.push(EntraRule::read(document.root_element(), file, &mut imported));
            }
            Ok(_) => {
                imported.note(Taken::NoCounterpart, file, "the file", "it holds no synchronizationRule");
            }
            Err(error) => {
                imported.note(Taken::Unreadable, file, "the file", format!("it is no XML: {error}"))
            }
        }
    }
    rules.sort_by(|a, b| (a.precedence, &a.name).cmp(&(b.precedence, &b.name)));
    unique_names(&mut rules);
    let mut texts = Vec::new();
    let mut made = BTreeSet::new();
    let mut read = BTreeSet::new();
    for rule in &rules {
        let Some(text) = rule.to_toml(&mut imported) else { continue };
        texts.push(text);
        if rule.inbound {
            made.extend(rule.mappings.iter().map(|mapping| mapping.destination.to_ascii_lowercase()));
            read.extend(rule.matches());
        } else {
            read.extend(rule.reads());
        }
    }
    let supplied: Vec<&str> =
        read.iter().filter(|name| !made.contains(&name.to_ascii_lowercase())).map(String::as_str).collect();
    imported.toml = String::from("description = \"Rules of Entra Connect\"\n");
    if !supplied.is_empty() {
        imported.toml.push_str("# Read by rules out or matched by joins, and made by no rule in: Entra Connect itself, or a rule that was not exported, sets them.\n");
        imported.toml.push_str(&format!("supplied = {}\n", toml_text::list(supplied)));
    }
    for text in texts {
        imported.toml.push('\n');
        imported.toml.push_str(&text);
    }
    imported
}

/// Two connectors may have rules of one name.
fn unique_names(rules: &mut [EntraRule]) {
    let mut known = BTreeSet::new();
    for rule in rules {
        let mut name = rule.name.clone();
        let mut number = 2;
        while !known.insert(name.clone()) {
            name = format!("{} ({number})", rule.name);
            number += 1;
        }
        rule.name = name;
    }
}

/// The text of the first element of this name below.
pub(super) fn child<'a>(node: Node<'a, '_>, name: &str) -> &'a str {
    node.children().find(|child| child.has_tag_name(name)).and_then(|child| child.text()).unwrap_or("").trim()
}

/// The attributes that an expression names.
pub(super) fn attributes_of(expression: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let Ok(tree) = parse(expression) else { return names };
    let mut pending: Vec<&Expression> = vec![&tree];
    while let Some(part) = pending.pop() {
        match &part.kind {
            ExpressionKind::Attribute(name) if !name.eq_ignore_ascii_case("dn") => {
                names.insert(name.clone());
            }
            ExpressionKind::Call { arguments, .. } => pending.extend(arguments),
            ExpressionKind::Binary { left, right, .. } => pending.extend([&**left, &**right]),
            ExpressionKind::Group(inner) | ExpressionKind::Negate(inner) => pending.push(inner),
            _ => {}
        }
    }
    names
}
