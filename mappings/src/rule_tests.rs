//! Rows of input and expected output that users keep beside their rules, as TOML.
//!
//! ```toml
//! rules = "galsync"                      # a built-in rule set; or the rule files named beside the test file
//!
//! [[test]]
//! name = "a primary address"
//! expression = '"SMTP:" & [mail]'
//! input = { mail = "anna@abc.example" }
//! gives = '"SMTP:anna@abc.example"'      # as an expression would write it
//!
//! [[test]]
//! name = "a person without an address is not taken"
//! object = "user"                        # a whole object through the rules
//! dn = "CN=Anna,DC=abc,DC=example"
//! input = { cn = "Anna" }
//! parameters = { MailDomains = ["abc.example"] }
//! not-taken = "no legacyExchangeDN"      # or: contact = { targetAddress = "SMTP:anna@abc.example" }
//! ```

use madrigal_model::{AttributeName, DistinguishedName, Entry, EntryBuilder, Timestamp, Value};
use toml::{Table, Value as Toml};

use crate::environment::{MemberOf, Parameters};
use crate::nearest::nearest;
use crate::rows::{run_row, value_of_row};
use crate::rules::RuleSet;
use crate::walk::{WalkObject, walk};

/// One row's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestResult {
    /// The row's name.
    pub name: String,
    /// What differs, a line each; empty where it is as expected.
    pub differences: Vec<String>,
}

/// The rule set that a test file names.
///
/// # Errors
/// What is wrong with the file.
pub fn rules_of_test_file(text: &str) -> Result<Option<String>, String> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    Ok(table.get("rules").and_then(Toml::as_str).map(str::to_owned))
}

/// Runs a test file's rows; rows over whole objects need rules.
///
/// # Errors
/// What is wrong with the file.
pub fn run_test_file(text: &str, rules: Option<&RuleSet>, now: Timestamp) -> Result<Vec<TestResult>, String> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    let Some(Toml::Array(tests)) = table.get("test") else {
        return Err("the file has no [[test]]".to_owned());
    };
    let mut results = Vec::new();
    for (number, test) in tests.iter().enumerate() {
        let test = test.as_table().ok_or("a test is a table: write [[test]]")?;
        let name = test
            .get("name")
            .and_then(Toml::as_str)
            .map_or_else(|| format!("test {}", number + 1), str::to_owned);
        keys_are_right(test).map_err(|error| format!("{name}: {error}"))?;
        let differences = if test.contains_key("expression") {
            expression_row(test)
        } else {
            match rules {
                Some(rules) => object_row(test, rules, now),
                None => Err("a test of a whole object needs rules: rules = \"galsync\"".to_owned()),
            }
        };
        results
            .push(TestResult { differences: differences.map_err(|error| format!("{name}: {error}"))?, name });
    }
    Ok(results)
}

/// Keys that hold text, and those that hold a table.
const TEXTS: &[&str] = &["name", "expression", "gives", "object", "connector", "dn", "taken-as", "not-taken"];
const TABLES: &[&str] = &["input", "parameters", "contact", "neutral"];

fn keys_are_right(test: &Table) -> Result<(), String> {
    for (key, value) in test {
        let wanted = match key.as_str() {
            text if TEXTS.contains(&text) && !value.is_str() => "text",
            table if TABLES.contains(&table) && !value.is_table() => "a table: { attribute = value }",
            known if TEXTS.contains(&known) || TABLES.contains(&known) || known == "member-of" => continue,
            other => {
                let known = [TEXTS, TABLES, &["member-of"]].concat();
                let help = match nearest(other, known.iter().copied()) {
                    Some(near) => format!("did you mean {near:?}?"),
                    None => format!("it has {}", known.join(", ")),
                };
                return Err(format!("a test has no key {other:?}; {help}"));
            }
        };
        return Err(format!("{key} is {wanted}"));
    }
    Ok(())
}

fn text<'t>(test: &'t Table, key: &str) -> Option<&'t str> {
    test.get(key).and_then(Toml::as_str)
}

/// One value or a list, as text.
fn texts(value: &Toml) -> Vec<String> {
    match value {
        Toml::Array(items) => items.iter().flat_map(texts).collect(),
        Toml::String(text) => vec![text.clone()],
        Toml::Boolean(boolean) => vec![if *boolean { "TRUE" } else { "FALSE" }.to_owned()],
        other => vec![other.to_string()],
    }
}

fn pairs(test: &Table, key: &str) -> Vec<(String, Vec<String>)> {
    let table = test.get(key).and_then(Toml::as_table);
    table.map_or_else(Vec::new, |table| {
        table.iter().map(|(name, value)| (name.clone(), texts(value))).collect()
    })
}

fn expression_row(test: &Table) -> Result<Vec<String>, String> {
    let expression = text(test, "expression").ok_or("expression is text")?;
    let expected =
        text(test, "gives").ok_or("gives is missing: the value, as an expression would write it")?;
    let mut input = pairs(test, "input");
    input.extend(pairs(test, "parameters").into_iter().map(|(name, values)| (format!("%{name}%"), values)));
    input.extend(text(test, "dn").map(|dn| ("dn".to_owned(), vec![dn.to_owned()])));
    let values: Vec<Vec<&str>> =
        input.iter().map(|(_, values)| values.iter().map(String::as_str).collect()).collect();
    let row: Vec<(&str, &[&str])> =
        input.iter().zip(&values).map(|((name, _), values)| (name.as_str(), values.as_slice())).collect();
    let given = run_row(&row, expression);
    Ok(if given == expected { Vec::new() } else { vec![format!("expected {expected}, given {given}")] })
}

fn entry(test: &Table) -> Result<Entry, String> {
    let mut entry = EntryBuilder::default();
    for (name, values) in pairs(test, "input") {
        let name = AttributeName::intern(&name).map_err(|error| error.to_string())?;
        values.iter().for_each(|value| entry.add(name, value_of_row(value)));
    }
    Ok(entry.build())
}

fn object_row(test: &Table, rules: &RuleSet, now: Timestamp) -> Result<Vec<String>, String> {
    let object_type =
        text(test, "object").ok_or("a test has an expression, or an object: user, contact, group")?;
    let mut parameters = Parameters::new();
    for (name, values) in pairs(test, "parameters") {
        parameters.set(&name, values);
    }
    let dn = text(test, "dn").map(DistinguishedName::from_directory);
    let entry = entry(test)?;
    let connector = text(test, "connector").unwrap_or("active-directory");
    let groups = test.get("member-of").map_or_else(Vec::new, texts);
    let groups = MemberOf(groups.iter().map(|dn| DistinguishedName::from_directory(dn)).collect());
    let object = WalkObject { connector, object_type, dn: dn.as_ref(), entry: &entry, groups: &groups };
    let walked = walk(rules, &object, (&parameters, &parameters), now);
    let mut differences: Vec<String> =
        walked.failed.iter().map(|(attribute, error)| format!("{attribute} failed: {error}")).collect();
    let reasons: Vec<&str> = walked.not_met.iter().map(|not_met| not_met.because.as_str()).collect();
    if let Some(expected) = text(test, "not-taken") {
        if !reasons.iter().any(|reason| reason.contains(expected)) {
            differences.push(match &walked.made {
                Some(_) => format!("expected not to be taken ({expected}), and it is"),
                None => format!("expected the reason {expected:?}, given {reasons:?}"),
            });
        }
    } else if walked.made.is_none() {
        differences.push(format!("nothing is made of it: {}", reasons.join("; ")));
    }
    if let Some(expected) = text(test, "taken-as")
        && walked.taken_as.as_deref() != Some(expected)
    {
        differences.push(format!("expected to be taken as {expected}, given {:?}", walked.taken_as));
    }
    compare(&pairs(test, "neutral"), &walked.neutral, &mut differences);
    if let Some((_, made)) = &walked.made {
        compare(&pairs(test, "contact"), made, &mut differences);
    }
    Ok(differences)
}

/// An expected attribute without values must not be there; the order of values does not count.
fn compare(
    expected: &[(String, Vec<String>)],
    given: &std::collections::BTreeMap<AttributeName, Vec<Value>>,
    differences: &mut Vec<String>,
) {
    for (name, expected) in expected {
        let values = AttributeName::known(name).and_then(|name| given.get(&name));
        let mut shown: Vec<String> = values.into_iter().flatten().map(ToString::to_string).collect();
        let mut wanted = expected.clone();
        wanted.retain(|value| !value.is_empty());
        shown.sort();
        wanted.sort();
        if shown != wanted {
            differences.push(format!("{name}: expected {wanted:?}, given {shown:?}"));
        }
    }
}
