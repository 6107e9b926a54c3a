//! The plan as one page that needs nothing else: it can be sent to whoever has to agree.
//!
//! The changes stand in it as data, and its script draws those that are looked at, a few dozen at a time. Nothing of a
//! plan is ever taken for markup: in the data `<` is written as an escape, elsewhere texts are escaped, and the page's
//! own policy lets no other script run.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use madrigal_model::{AttributeName, ChangeKind, PendingExport, Problem, Severity, Value};
use madrigal_sync::strange::Strangeness;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::gather::{Directory, Gathered};
use crate::output::changes::because;
use crate::output::report::nothing_to_do;
use crate::say::is_override;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// How many problems of one code are on the page.
const PROBLEMS: usize = 50;

/// What a page says besides the changes.
pub(crate) struct About<'a> {
    /// The plan's name, or what stands for it.
    pub title: &'a str,
    /// When and by whom it was made.
    pub made: &'a str,
    /// How what is shown can be written.
    pub next: &'a str,
    pub problems: &'a [Problem],
}

/// The page.
pub(crate) fn page(gathered: &Gathered<'_>, about: &About<'_>) -> String {
    let left_out = gathered.count() - gathered.shown();
    let left_out = match left_out {
        0 => String::new(),
        _ => format!(
            "<span class=\"soft\">{left_out} more are not on this page; --at-most takes more of them.</span>"
        ),
    };
    let hash = BASE64.encode(Sha256::digest(SCRIPT.as_bytes()));
    let parts = [
        ("title", escaped(about.title)),
        ("script-hash", format!("sha256-{hash}")),
        ("style", STYLE.to_owned()),
        ("made", escaped(about.made)),
        ("verdict", verdict(gathered, about)),
        ("cards", gathered.directories.iter().map(card).collect()),
        ("total", format!("{} changes", gathered.count())),
        ("left-out", left_out),
        ("problems", problems(about.problems)),
        ("footer", format!("Madrigal {}", env!("CARGO_PKG_VERSION"))),
        ("plan", in_script(&data(gathered))),
        ("script", SCRIPT.to_owned()),
    ];
    filled(PAGE, &parts)
}

/// Puts each part where the template names it. What is put in is not looked at again.
fn filled(template: &str, parts: &[(&str, String)]) -> String {
    let mut page =
        String::with_capacity(template.len() + parts.iter().map(|(_, text)| text.len()).sum::<usize>());
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once("{{") {
        page.push_str(before);
        let (name, after) = behind.split_once("}}").unwrap_or((behind, ""));
        let part = parts.iter().find(|(known, _)| *known == name);
        page.push_str(part.map_or("", |(_, text)| text.as_str()));
        rest = after;
    }
    page.push_str(rest);
    page
}

fn verdict(gathered: &Gathered<'_>, about: &About<'_>) -> String {
    let next = about.next;
    let stops: Vec<String> = gathered
        .directories
        .iter()
        .flat_map(|directory| &directory.plan.stops)
        .map(|stop| format!("<li>{}</li>", escaped(&stop.to_string())))
        .collect();
    let (class, said, list) = if !stops.is_empty() {
        ("stop", "The guard stops this plan", format!("<ul>{}</ul>", stops.concat()))
    } else if gathered.count() == 0 {
        ("pass", nothing_to_do(!about.problems.is_empty()).trim_end_matches('.'), String::new())
    } else {
        ("pass", "The guard lets this plan through", String::new())
    };
    let next = if next.is_empty() { String::new() } else { format!("<p>{}</p>", with_commands(next)) };
    format!("<div class=\"verdict {class}\"><strong>{said}</strong>{list}{next}</div>")
}

/// A sentence in which commands stand between backticks.
fn with_commands(text: &str) -> String {
    let mut parts = text.split('`');
    let mut said = escaped(parts.next().unwrap_or_default());
    for (at, part) in parts.enumerate() {
        let (begin, end) = if at % 2 == 0 { ("<code>", "</code>") } else { ("", "") };
        said.push_str(&format!("{begin}{}{end}", escaped(part)));
    }
    said
}

/// A directory with its counts and limits.
fn card(directory: &Directory<'_>) -> String {
    let plan = directory.plan;
    let total: u64 = directory.kinds.values().map(|kind| kind.count).sum();
    let mut bar = String::new();
    let mut key = String::new();
    for (kind, changes) in &directory.kinds {
        let count = changes.count;
        bar.push_str(&format!(
            "<span class=\"k-{kind}\" style=\"flex:{count}\" title=\"{kind} {count}\"></span>"
        ));
        key.push_str(&format!("<span class=\"k-{kind}\"><i></i>{count} {kind}</span>"));
    }
    let measures = plan.measures.iter().filter_map(|measure| {
        let allowed = measure.allowed.filter(|_| measure.planned > 0)?;
        let class = if measure.planned > allowed { " class=\"over\"" } else { "" };
        let name = escaped(&format!("{}.{}", plan.name, measure.limit));
        Some(format!(
            "<tr{class}><td>limit <code>{name}</code></td><td>{} of {allowed}</td></tr>",
            measure.planned
        ))
    });
    let limits: String = measures.collect();
    let limits =
        if limits.is_empty() { String::new() } else { format!("<table class=\"limits\">{limits}</table>") };
    format!(
        "<section class=\"card\"><h3>{}</h3><div class=\"big\">{total}</div><div class=\"soft\">changes; {} contacts \
         of ours are there</div><div class=\"bar\">{bar}</div><div class=\"key\">{key}</div>{limits}</section>\n",
        escaped(&plan.name),
        plan.contacts
    )
}

fn problems(problems: &[Problem]) -> String {
    let mut by_code: Vec<(&str, Severity, Vec<&Problem>)> = Vec::new();
    for problem in problems {
        match by_code.iter_mut().find(|(code, ..)| *code == problem.code.as_str()) {
            Some((.., group)) => group.push(problem),
            None => by_code.push((problem.code.as_str(), problem.severity, vec![problem])),
        }
    }
    by_code.sort_by_key(|(code, severity, _)| (std::cmp::Reverse(*severity), *code));
    let mut text = String::new();
    for (code, severity, group) in &by_code {
        let word = if *severity == Severity::Problem { "problem" } else { "notice" };
        let word = if group.len() == 1 { word.to_owned() } else { format!("{word}s") };
        text.push_str(&format!(
            "<details class=\"problems\"><summary>{} {word} {}</summary><ul>",
            group.len(),
            escaped(code)
        ));
        for problem in group.iter().take(PROBLEMS) {
            text.push_str(&format!(
                "<li><strong>{}</strong><br>{}<br><span class=\"soft\">{}</span></li>",
                escaped(&problem.object),
                escaped(&problem.message),
                escaped(&problem.remedy)
            ));
        }
        if group.len() > PROBLEMS {
            text.push_str(&format!("<li class=\"soft\">… and {} more</li>", group.len() - PROBLEMS));
        }
        text.push_str("</ul></details>\n");
    }
    if text.is_empty() { text } else { format!("<section><h2>Problems and notices</h2>\n{text}</section>\n") }
}

/// Names that stand once and are called by their place.
#[derive(Default)]
struct Names {
    places: HashMap<String, usize>,
    names: Vec<String>,
}

impl Names {
    fn place(&mut self, name: &str) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        self.names.push(name.to_owned());
        self.places.insert(name.to_owned(), self.names.len() - 1);
        self.names.len() - 1
    }
}

#[derive(Default)]
struct Data {
    attributes: Names,
    rules: Names,
}

/// What the page's script draws from; `page.js` reads the rows in this order.
fn data(gathered: &Gathered<'_>) -> Json {
    let mut names = Data::default();
    let mut changes = Vec::new();
    for (place, directory) in gathered.directories.iter().enumerate() {
        for shown in directory.kinds.values().flat_map(|kind| kind.shown.values()) {
            changes.push(names.row(gathered, place, &shown.change, shown.strangeness.as_ref()));
        }
    }
    let mut strangest = Vec::new();
    for strange in &gathered.strangest {
        let place = gathered.directories.iter().position(|one| one.plan.connector == strange.connector);
        let place = place.unwrap_or_default();
        strangest.push(names.row(gathered, place, &strange.change, Some(&strange.strangeness)));
    }
    json!({
        "directories": gathered.directories.iter().map(|one| json!({ "name": one.plan.name })).collect::<Vec<_>>(),
        "kinds": ChangeKind::ALL.map(ChangeKind::name),
        "attributes": names.attributes.names,
        "rules": names.rules.names,
        "changes": changes,
        "strangest": strangest,
    })
}

impl Data {
    fn row(
        &mut self,
        gathered: &Gathered<'_>,
        directory: usize,
        change: &PendingExport,
        strangeness: Option<&Strangeness>,
    ) -> Json {
        let values: Vec<Json> = change
            .changes
            .iter()
            .map(|one| {
                let rule = one.source.as_ref().map(|source| self.rules.place(&source.rule));
                let rule = rule.map_or(json!(-1), |rule| json!(rule));
                let attribute: AttributeName = one.attribute;
                json!([self.attributes.place(attribute.as_str()), rule, texts(&one.old), texts(&one.new)])
            })
            .collect();
        let kind = ChangeKind::ALL.iter().position(|kind| *kind == change.kind);
        let reasons = strangeness.map(|one| one.reasons.iter().map(ToString::to_string).collect::<Vec<_>>());
        json!([
            directory,
            kind,
            change.dn.as_str(),
            change.new_dn.as_ref().map(|dn| dn.as_str()),
            change.reason.map(because),
            false,
            strangeness.map_or(0, |one| one.score),
            reasons.unwrap_or_default(),
            gathered.groups.get(&(change.connector, change.identity)).copied().unwrap_or(0),
            values,
        ])
    }
}

fn texts(values: &[Value]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

/// Text between tags or in an attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() || is_override(c) => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// JSON within a `script` element: no tag and no comment can begin in it.
fn in_script(json: &Json) -> String {
    json.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_plan_is_markup() {
        for (text, expected) in [
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("\" onload=\"x", "&quot; onload=&quot;x"),
            ("it's & more", "it&#39;s &amp; more"),
            ("a\u{0}b", "a\u{fffd}b"),
        ] {
            assert_eq!(escaped(text), expected);
        }
        for text in ["</script><script>alert(1)</script>", "<!--", "]]>", "&lt;"] {
            let data = in_script(&json!([text]));
            assert!(!data.contains(['<', '>', '&']), "{data}");
            let read: Vec<String> = serde_json::from_str(&data).unwrap();
            assert_eq!(read, [text]);
        }
    }

    #[test]
    fn what_is_put_in_is_not_looked_at_again() {
        let parts = [("a", "{{b}}".to_owned()), ("b", "never".to_owned())];
        assert_eq!(filled("<{{a}}>{{c}}.", &parts), "<{{b}}>.");
    }
}
