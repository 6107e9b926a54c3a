//! Rule files to a rule set: read, extended, compiled, checked. All that is wrong is told at once.

use super::RuleSet;
use super::checks;
use super::compile::Compiler;
use super::document;
use super::raw::{RawRule, Text};
use crate::codes;
use crate::diagnostic::{Diagnostic, Finding};
use crate::nearest::nearest;

/// What is known outside the rules. Where nothing is, less is checked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// The attributes that the source directories hold.
    pub source_attributes: Option<&'a [&'a str]>,
    /// The attributes that the target directories can hold.
    pub target_attributes: Option<&'a [&'a str]>,
    /// The names of the configuration's own parameters.
    pub parameters: Option<&'a [String]>,
}

const BUILT_IN: &[(&str, &str)] = &[("galsync", include_str!("../rulesets/galsync.toml"))];

/// A built-in rule set's text.
#[must_use]
pub fn builtin(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The built-in rule sets' names.
pub fn builtin_names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

/// One file of a load.
pub(crate) struct SourceFile {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// What a load has found and read so far.
#[derive(Default)]
pub(crate) struct Loaded {
    pub(crate) files: Vec<SourceFile>,
    pub(crate) rules: Vec<RawRule>,
    /// Neutral attributes that come from elsewhere.
    pub(crate) supplied: Vec<String>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Loaded {
    pub(crate) fn report(&mut self, file: usize, finding: Finding) {
        if let Some(source) = self.files.get(file) {
            self.diagnostics.push(finding.in_file(&source.name, &source.text));
        }
    }

    /// A finding at a text of a rule file.
    pub(crate) fn report_at(&mut self, text: &Text, finding: Finding) {
        self.report(text.file, Finding { span: text.span, ..finding });
    }

    /// A finding within an expression: its place is that in the file.
    pub(crate) fn report_within(&mut self, text: &Text, finding: Finding) {
        let Some(source) = self.files.get(text.file) else { return };
        let token = text.span.of(&source.text);
        let span = if token.starts_with(['"', '\'']) {
            super::place::span_in_file(token, text.span.start, finding.span)
        } else {
            text.span
        };
        self.report(text.file, Finding { span, ..finding });
    }
}

/// Loads a rule set from its files (name and text of each). A file may say `extends = "galsync"`: the built-in's rules
/// come first, then the file's; a rule of the same name replaces, `disabled = true` takes it away.
///
/// Gives all diagnostics at once, and no rule set where one of them is an error. A file whose name is that of a built-in
/// rule set is nothing special; without any file, the built-in of the rule set's own name is loaded.
#[must_use]
pub fn load(
    name: &str,
    sources: &[(String, String)],
    surroundings: &Surroundings<'_>,
) -> (Option<RuleSet>, Vec<Diagnostic>) {
    let mut loaded = Loaded::default();
    if sources.is_empty() {
        match builtin(name) {
            Some(text) => add_file(&mut loaded, format!("{name} (built in)"), text.to_owned()),
            None => {
                let finding = unknown_rule_set(name);
                return (None, vec![finding.in_file("(no file)", name)]);
            }
        }
    }
    for (file, text) in sources {
        add_file(&mut loaded, file.clone(), text.clone());
    }
    loaded.rules.retain(|rule| !rule.disabled);
    let rules = std::mem::take(&mut loaded.rules);
    let mut compiler = Compiler::new(&mut loaded, surroundings);
    let rule_set = compiler.compile(name, &rules);
    checks::check(&rule_set, &rules, surroundings, &mut loaded);
    let mut diagnostics = loaded.diagnostics;
    diagnostics.sort_by(|a, b| (&a.file, a.span, a.code).cmp(&(&b.file, b.span, b.code)));
    diagnostics.dedup();
    let usable = !diagnostics.iter().any(Diagnostic::is_error);
    (usable.then_some(rule_set), diagnostics)
}

fn unknown_rule_set(name: &str) -> Finding {
    let help = match nearest(name, builtin_names()) {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!("built in: {}", builtin_names().collect::<Vec<_>>().join(", ")),
    };
    let message = format!("there is no built-in rule set {name:?}");
    Finding::error(codes::UNKNOWN_RULE_SET, crate::syntax::Span::default(), message, help)
}

/// Reads one file into what was read before it.
fn add_file(loaded: &mut Loaded, name: String, text: String) {
    let number = loaded.files.len();
    let document = document::read(&text, number);
    loaded.files.push(SourceFile { name, text });
    for finding in document.findings {
        loaded.report(number, finding);
    }
    if let Some(base) = &document.extends {
        match builtin(&base.value) {
            Some(_) if loaded.files.iter().any(|file| file.name == format!("{} (built in)", base.value)) => {}
            Some(text) => add_file(loaded, format!("{} (built in)", base.value), text.to_owned()),
            None => loaded.report_at(base, unknown_rule_set(&base.value)),
        }
    }
    loaded.supplied.extend(document.supplied.into_iter().map(|name| name.value));
    for rule in document.rules {
        add_rule(loaded, rule);
    }
}

/// Puts a rule in its predecessor's place, or behind all others.
fn add_rule(loaded: &mut Loaded, rule: RawRule) {
    let same = |known: &RawRule| known.name.value == rule.name.value && !rule.name.value.is_empty();
    let Some(at) = loaded.rules.iter().position(same) else {
        if rule.disabled {
            let names: Vec<String> = loaded.rules.iter().map(|known| known.name.value.clone()).collect();
            let near = nearest(&rule.name.value, names.iter().map(String::as_str));
            let help = near.map_or(String::new(), |near| format!("did you mean {near:?}?"));
            let message = format!("there is no rule {:?} to take away", rule.name.value);
            loaded.report_at(&rule.name, Finding::warning(codes::WRONG_VALUE, rule.name.span, message, help));
        }
        loaded.rules.push(rule);
        return;
    };
    let known_file = loaded.rules.get(at).map(|known| known.name.file);
    if known_file == Some(rule.name.file) {
        let message = format!("there are two rules named {:?}", rule.name.value);
        let finding =
            Finding::error(codes::DUPLICATE_RULE, rule.name.span, message, "give each a name of its own");
        loaded.report_at(&rule.name, finding);
    }
    if let Some(place) = loaded.rules.get_mut(at) {
        *place = rule;
    }
}
