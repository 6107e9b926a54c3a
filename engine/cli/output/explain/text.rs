//! An explanation for a person: who this is in every directory, whether each address list has it and why, and what the
//! contact holds.

use madrigal_sync::{AttributeExplained, Explanation, FlowTrace, Member, TargetExplained, Traced, Verdict};

use super::attribute;
use super::words::{self, Answer, Arrivals};
use crate::commands::object::{Reading, display_name, kind_of};
use crate::output::layout::{WIDTH, cell, cut, wrapped};
use crate::output::names::Names;
use crate::output::style;

/// How wide a directory's name may be in the table of directories.
const DIRECTORY: usize = 12;
/// How wide what an object is may be.
const WHAT: usize = 17;
/// How wide an attribute's name may be.
const ATTRIBUTE: usize = 28;
/// How wide a value may be.
const VALUE: usize = 30;

/// The whole explanation.
pub(crate) fn text(
    reading: &Reading,
    names: &Names,
    arrivals: &Arrivals,
    explanation: &Explanation,
    one_attribute: bool,
) -> String {
    let mut out = String::new();
    head(&mut out, reading, explanation);
    directories(&mut out, reading, explanation);
    for target in &explanation.targets {
        let asked = &explanation.object.object;
        if target.connector == asked.key.connector && matches!(target.verdict, Verdict::OwnObject(_)) {
            continue;
        }
        address_list(&mut out, reading, arrivals, explanation, target);
        let is_there = target.contact.is_some()
            || target
                .state
                .as_ref()
                .is_some_and(|state| state.pending.is_some() || state.unconfirmed.is_some());
        if one_attribute {
            for explained in &target.attributes {
                attribute::way(&mut out, reading, names, target, explained);
            }
        } else if is_there {
            attributes(&mut out, names, target);
        }
    }
    problems(&mut out, &explanation.problems);
    out
}

fn line(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}

fn head(out: &mut String, reading: &Reading, explanation: &Explanation) {
    let object = &explanation.object.object;
    line(out, &style::bold(&display_name(object)));
    let what = format!(
        "{} in {}, {}{}",
        kind_of(object),
        reading.name(object.key.connector),
        words::standing(&explanation.object),
        if explanation.gone { ", gone since the last sync" } else { "" }
    );
    line(out, &format!("  {what}"));
    line(out, &style::dim(&format!("  {}", object.dn)));
    line(out, &style::dim(&format!("  key       {}", object.key.anchor)));
    if let Some(identity) = explanation.identity {
        line(out, &style::dim(&format!("  identity  {identity}")));
    }
}

fn directories(out: &mut String, reading: &Reading, explanation: &Explanation) {
    if explanation.members.is_empty() {
        return;
    }
    line(out, "");
    line(out, &style::bold("In every directory"));
    let width = explanation
        .members
        .iter()
        .map(|member| reading.name(member.object.key.connector).chars().count())
        .max()
        .unwrap_or(0)
        .min(DIRECTORY);
    for member in &explanation.members {
        directory(out, reading, member, width);
    }
}

fn directory(out: &mut String, reading: &Reading, member: &Member, width: usize) {
    let name = cell(reading.name(member.object.key.connector), width);
    let what = cell(words::standing(member), WHAT);
    let indent = 2 + width + 2 + WHAT + 2;
    let dn = cut(member.object.dn.as_str(), WIDTH.saturating_sub(indent).max(20));
    line(out, &format!("  {}  {what}  {dn}", style::bold(&name)));
    let speaks = if member.speaks { "; speaks for it" } else { "" };
    line(out, &style::dim(&format!("{:indent$}{}{speaks}", "", words::joined(member))));
}

fn address_list(
    out: &mut String,
    reading: &Reading,
    arrivals: &Arrivals,
    explanation: &Explanation,
    target: &TargetExplained,
) {
    let answer = Answer::of(target);
    let word = match answer {
        Answer::Yes => style::good(answer.word()),
        Answer::Own | Answer::NotYet => style::warn(answer.word()),
        Answer::No => style::bad(answer.word()),
    };
    line(out, "");
    let question = format!("In the address list of {}?", reading.name(target.connector));
    line(out, &format!("{} {word}", style::bold(&question)));
    for sentence in words::reasons(explanation, target, reading, arrivals) {
        wrapped(&sentence, 2).iter().for_each(|text| line(out, text));
    }
    if let Some(unmet) = words::first_unmet(explanation, target, reading) {
        labelled(out, "rule", &format!("\"{}\"", unmet.rule));
        if let Some(condition) = &unmet.condition {
            steps(out, "condition", condition);
        }
        if !unmet.remedy.is_empty() {
            labelled(out, "remedy", &words::capital(&format!("{}.", unmet.remedy)));
        }
    }
    for named in target.names.iter().filter(|named| !named.passed_over.is_empty()) {
        labelled(out, "name", &words::name(named));
    }
    problems(out, &target.problems);
}

/// A line with a word in front; without a word, the line goes on with the one before.
pub(super) fn labelled(out: &mut String, label: &str, text: &str) {
    const LABEL: usize = 13;
    for (number, wrapped) in wrapped(text, LABEL).into_iter().enumerate() {
        let label = if number == 0 { cell(&format!("  {label}"), LABEL) } else { " ".repeat(LABEL) };
        line(out, &format!("{}{}", style::dim(&label), wrapped.trim_start()));
    }
}

/// An expression with every step of its evaluation.
pub(super) fn steps(out: &mut String, label: &str, traced: &Traced) {
    labelled(out, label, &traced.source);
    const INDENT: usize = 15;
    let whole = one_line(&traced.source);
    for (part, value) in &traced.steps {
        let part = one_line(part);
        // Constants say nothing, and the whole stands above.
        if part == *value {
            continue;
        }
        let part = if part == whole { "all of it".to_owned() } else { part };
        let width = (WIDTH - INDENT) / 2;
        let left = cell(&part, width);
        let right = cut(value, WIDTH - INDENT - width - 3);
        line(out, &format!("{:INDENT$}{}", "", style::dim(&format!("{left} → {right}"))));
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn problems(out: &mut String, problems: &[madrigal_model::Problem]) {
    for problem in problems {
        let message = format!("{} {}", problem.code.as_str(), problem.message);
        for text in wrapped(&message, 2) {
            line(out, &style::warn(&text));
        }
        for text in wrapped(&problem.remedy, 4) {
            line(out, &style::dim(&text));
        }
    }
}

/// The contact's attributes, one a line: what is there, what is planned, where it comes from.
fn attributes(out: &mut String, names: &Names, target: &TargetExplained) {
    line(out, "");
    let holds = |explained: &&AttributeExplained| {
        !explained.observed.is_empty() || explained.planned.is_some() || explained.desired.is_none()
    };
    let shown: Vec<&AttributeExplained> = target.attributes.iter().filter(holds).collect();
    for explained in &shown {
        let (sign, value) = value_of(names, target, explained);
        let name = cell(explained.attribute.as_str(), ATTRIBUTE);
        let from = origin(explained);
        let from = if from.eq_ignore_ascii_case(explained.attribute.as_str()) {
            String::new()
        } else {
            format!(" {}", style::dim(&cut(&format!("← {from}"), WIDTH - 4 - ATTRIBUTE - 1 - VALUE - 1)))
        };
        // Nothing stands behind a value that comes from the attribute of its name.
        let value =
            if from.is_empty() { cut(&value, WIDTH - 4 - ATTRIBUTE - 1) } else { cell(&value, VALUE) };
        let value = match sign {
            ' ' => value,
            '-' | '?' => style::bad(&value),
            _ => style::good(&value),
        };
        line(out, &format!("  {sign} {name} {value}{from}"));
    }
    let signs = "  + comes, ~ changes, - goes with the next export, ? not known and left as it is";
    if target.state.as_ref().is_some_and(|state| state.pending.is_some()) {
        line(out, &style::dim(signs));
    }
    let empty = target.attributes.len() - shown.len();
    if empty > 0 {
        line(
            out,
            &style::dim(&format!("    and {empty} attributes that rules write and nobody has a value for")),
        );
    }
    let changed = shown.iter().find(|explained| explained.planned.is_some());
    let example = changed.map_or("displayName", |explained| explained.attribute.as_str());
    line(out, &style::dim(&format!("    one attribute's whole way: --attribute {example}")));
}

fn value_of(names: &Names, target: &TargetExplained, explained: &AttributeExplained) -> (char, String) {
    let show = |values: &[madrigal_model::Value]| names.values(values, target.connector);
    match &explained.planned {
        Some(planned) if explained.observed.is_empty() => ('+', show(planned)),
        Some(planned) if planned.is_empty() => ('-', show(&explained.observed)),
        Some(planned) => ('~', show(planned)),
        None if explained.desired.is_none() => ('?', show(&explained.observed)),
        None => (' ', show(&explained.observed)),
    }
}

/// Whether the evaluation came to the attribute: behind the first value of a choice nothing is read.
pub(super) fn was_read(flow: &FlowTrace, attribute: &str) -> bool {
    flow.expression.steps.iter().any(|(part, _)| {
        let named = part.strip_prefix('[').and_then(|part| part.strip_suffix(']'));
        named.is_some_and(|named| named.trim().eq_ignore_ascii_case(attribute))
    })
}

/// Where a value comes from, in few words: the attributes of the source, or who writes it.
fn origin(explained: &AttributeExplained) -> String {
    let mut reads: Vec<&str> = Vec::new();
    for source in explained.sources.iter().filter_map(|neutral| neutral.source.as_ref()) {
        for (read, values) in &source.values {
            let is_new = !values.is_empty() && !reads.contains(&read.as_str());
            if is_new && was_read(&source.flow, read.as_str()) {
                reads.push(read.as_str());
            }
        }
    }
    if !reads.is_empty() {
        return reads.join(", ");
    }
    match explained.rule.as_deref() {
        Some("madrigal") => "the engine".to_owned(),
        Some(_) => "the rule".to_owned(),
        None => "no rule any more".to_owned(),
    }
}
