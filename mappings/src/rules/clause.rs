//! Entra Connect's scope clauses, written as expressions.
//!
//! An absent attribute satisfies the negative operators (`NOTEQUAL`, `NOTSTARTSWITH`, …) and no positive one: so
//! `cloudFiltered NOTEQUAL True` takes everybody whose `cloudFiltered` was never set, which is what Entra Connect's own
//! rules rely on.

use madrigal_model::{AttributeName, AttributeSchema};

use crate::nearest::nearest;
use crate::types::Type;

const OPERATORS: &[&str] = &[
    "EQUAL",
    "NOTEQUAL",
    "LESSTHAN",
    "LESSTHAN_OR_EQUAL",
    "GREATERTHAN",
    "GREATERTHAN_OR_EQUAL",
    "CONTAINS",
    "NOTCONTAINS",
    "STARTSWITH",
    "NOTSTARTSWITH",
    "ENDSWITH",
    "NOTENDSWITH",
    "ISNULL",
    "ISNOTNULL",
    "ISIN",
    "ISNOTIN",
    "ISBITSET",
    "ISNOTBITSET",
    "ISBITNOTSET",
    "ISMEMBEROF",
    "ISNOTMEMBEROF",
];

/// The expression of a clause.
///
/// # Errors
/// What is wrong with it, and what to do.
pub(crate) fn expression(attribute: &str, operator: &str, value: &str) -> Result<String, (String, String)> {
    if attribute.is_empty() && !operator.ends_with("MEMBEROF") {
        return Err(("the clause names no attribute".into(), "attribute = \"mail\"".into()));
    }
    let field = format!("[{attribute}]");
    let text = quoted(value);
    let unless_absent = |negative: String| format!("(IsNull({field}) || {negative})");
    Ok(match operator {
        "EQUAL" => format!("{field} = {}", literal(attribute, value)),
        "NOTEQUAL" => unless_absent(format!("{field} <> {}", literal(attribute, value))),
        "LESSTHAN" => format!("{} < {}", field, literal(attribute, value)),
        "LESSTHAN_OR_EQUAL" => format!("{} <= {}", field, literal(attribute, value)),
        "GREATERTHAN" => format!("{} > {}", field, literal(attribute, value)),
        "GREATERTHAN_OR_EQUAL" => format!("{} >= {}", field, literal(attribute, value)),
        "CONTAINS" => format!("InStr({field}, {text}) > 0"),
        "NOTCONTAINS" => unless_absent(format!("InStr({field}, {text}) = 0")),
        "STARTSWITH" => format!("Left({field}, {}) = {text}", length(value)),
        "NOTSTARTSWITH" => unless_absent(format!("Left({field}, {}) <> {text}", length(value))),
        "ENDSWITH" => format!("Right({field}, {}) = {text}", length(value)),
        "NOTENDSWITH" => unless_absent(format!("Right({field}, {}) <> {text}", length(value))),
        "ISNULL" => format!("IsNull({field})"),
        "ISNOTNULL" => format!("IsNull({field}) = False"),
        "ISIN" => format!("({})", one_of(attribute, value, "=", "||")),
        "ISNOTIN" => unless_absent(format!("({})", one_of(attribute, value, "<>", "&&"))),
        "ISBITSET" => format!("IsBitSet({field}, {})", literal(attribute, value)),
        "ISNOTBITSET" | "ISBITNOTSET" => {
            unless_absent(format!("IsBitSet({field}, {}) = False", literal(attribute, value)))
        }
        "ISMEMBEROF" => format!("IsMemberOf({text})"),
        "ISNOTMEMBEROF" => format!("IsMemberOf({text}) = False"),
        _ => {
            let help = match nearest(operator, OPERATORS.iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("it is one of {}", OPERATORS.join(", ")),
            };
            return Err((format!("there is no operator {operator:?}"), help));
        }
    })
}

/// Groups of clauses: all of a group's clauses, of any one group.
pub(crate) fn any_of(groups: &[Vec<String>]) -> String {
    let groups: Vec<String> =
        groups.iter().filter(|group| !group.is_empty()).map(|group| chained(group, "&&")).collect();
    match groups.as_slice() {
        [] => "True".to_owned(),
        [only] => only.clone(),
        several => {
            let several: Vec<String> = several.iter().map(|group| format!("({group})")).collect();
            chained(&several, "||")
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A number or a boolean where the value is one and the attribute is not known to hold text; else text.
fn literal(attribute: &str, value: &str) -> String {
    let holds_text = AttributeName::known(attribute)
        .filter(|name| AttributeSchema::is_known(*name))
        .is_some_and(|name| Type::of_syntax(AttributeSchema::of(name).syntax) == Type::Text);
    if holds_text {
        return quoted(value);
    }
    if value.eq_ignore_ascii_case("true") {
        return "True".to_owned();
    }
    if value.eq_ignore_ascii_case("false") {
        return "False".to_owned();
    }
    match value.trim().parse::<i64>() {
        Ok(number) => number.to_string(),
        Err(_) => quoted(value),
    }
}

fn length(value: &str) -> usize {
    value.chars().count()
}

fn one_of(attribute: &str, list: &str, operator: &str, between: &str) -> String {
    let clauses: Vec<String> = list
        .split([';', ','])
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| format!("[{attribute}] {operator} {}", literal(attribute, item)))
        .collect();
    if clauses.is_empty() {
        // Nothing is in an empty list, and everything is outside it.
        return if between == "||" { "False" } else { "True" }.to_owned();
    }
    chained(&clauses, between)
}

/// Parts with an operator between them; many are put in parentheses by halves, so that their number is no depth.
fn chained(parts: &[String], operator: &str) -> String {
    const SHALLOW: usize = 16;
    if parts.len() <= SHALLOW {
        return parts.join(&format!(" {operator} "));
    }
    let (one, other) = parts.split_at(parts.len() / 2);
    format!("({}) {operator} ({})", chained(one, operator), chained(other, operator))
}
