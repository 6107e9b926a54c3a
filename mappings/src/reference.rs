//! The reference page of the functions, from what each says of itself and from its rows.

use std::collections::BTreeMap;

use crate::functions::{ALL, Call, Function, Kind, Parameter, Purity, Row};

/// The page, in Markdown.
#[must_use]
pub fn functions_page() -> String {
    let mut groups: BTreeMap<_, Vec<&Function>> = BTreeMap::new();
    for function in ALL {
        groups.entry(function.group).or_default().push(function);
    }
    let mut page = String::from(INTRODUCTION);
    for (group, functions) in &groups {
        let links: Vec<String> = functions
            .iter()
            .map(|function| format!("[`{}`](#{})", function.name, function.name.to_lowercase()))
            .collect();
        page.push_str(&format!("\n- **{}**: {}", group.title(), links.join(" ")));
    }
    page.push('\n');
    for (group, mut functions) in groups {
        page.push_str(&format!("\n## {}\n", group.title()));
        functions.sort_by_key(|function| function.name.to_lowercase());
        for function in functions {
            page.push_str(&section(function));
        }
    }
    page
}

const INTRODUCTION: &str = "# Functions\n\n\
    <!-- Made from the functions' own rows by `cargo run -p madrigal-mappings --example functions_page`. -->\n\n\
    Names count with their case. A function of single values is applied to each value of a list; without a value it \
    gives none, unless its remarks say otherwise. Each example is a test: a value in `{ }` is a list, `0x…` octets, \
    `<…>` a reference, `MDR-…` an error.\n";

fn section(function: &Function) -> String {
    let mut section =
        format!("\n### {}\n\n`{}`\n\n{}", function.name, function.signature(), function.summary);
    if !function.remarks.is_empty() {
        section.push(' ');
        section.push_str(function.remarks);
    }
    section.push('\n');
    if !function.parameters.is_empty() {
        let mut parameters: Vec<String> = Vec::new();
        for parameter in function.parameters {
            let shown = format!("`{}` {}", parameter.name, kind(parameter));
            if !parameters.contains(&shown) {
                parameters.push(shown);
            }
        }
        section.push_str(&format!("\nTakes {}.", parameters.join(", ")));
    }
    section.push_str(&format!(
        "{}{}\n",
        if function.parameters.is_empty() { "\n" } else { " " },
        gives(function)
    ));
    section.push_str("\n| with | expression | gives |\n|---|---|---|\n");
    for row in function.rows {
        section.push_str(&example(row));
    }
    section
}

fn kind(parameter: &Parameter) -> String {
    match parameter.kind {
        Kind::Value(kind) => kind.in_words().to_owned(),
        Kind::TextOrBytes => "text or octets".to_owned(),
        Kind::TextOrReference => "text or a reference".to_owned(),
        Kind::List(_) => "a list".to_owned(),
        Kind::Option(words) => words.join(" or "),
        Kind::AttributeName => "an attribute's name in quotes".to_owned(),
        Kind::EachVariable => "a name for each value".to_owned(),
        Kind::WholeVariable => "a name for the part".to_owned(),
        Kind::Condition => "a condition".to_owned(),
        Kind::Branch => "an expression".to_owned(),
    }
}

fn gives(function: &Function) -> String {
    let what = match function.call {
        Call::Whole(_, crate::types::Count::Many) => "a list".to_owned(),
        _ => function.result.in_words().to_owned(),
    };
    let purity = match function.purity {
        Purity::Pure => "",
        Purity::Clock => " It hangs on the time of the run.",
        Purity::Drawn => " It is drawn once for each person and target.",
    };
    format!("Gives {what}.{purity}")
}

fn example(row: &Row) -> String {
    let input: Vec<String> = row
        .input
        .iter()
        .map(|(name, values)| {
            let name = if name.starts_with('%') { (*name).to_owned() } else { format!("[{name}]") };
            let shown = values.join(" · ");
            let short: String = shown.chars().take(60).collect();
            let rest = if short.len() < shown.len() { "…" } else { "" };
            format!("`{name} = {short}{rest}`")
        })
        .collect();
    let cell = |text: &str| text.replace('|', "\\|").replace('\r', "␍").replace('\n', "␊");
    format!("| {} | `{}` | `{}` |\n", cell(&input.join("<br>")), cell(row.expression), cell(row.gives))
}
