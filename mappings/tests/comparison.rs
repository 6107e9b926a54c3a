//! What a change of rules changes, found the quick way, is what the slow way finds: for changes of each kind, on objects
//! of each kind.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first thing that is not as it says"
)]

use madrigal_mappings::{
    NoGroups, Parameters, RuleComparison, RuleSet, Surroundings, WalkObject, load, rule_differences,
    value_of_row,
};
use madrigal_model::{AttributeName, DistinguishedName, Entry, Timestamp};

const RULE_OUT: &str = "direction = \"out\"\nfrom = \"person\"\nto = \"contact\"\n";
const RULE_IN: &str = "direction = \"in\"\nfrom = \"user\"\nto = \"person\"\n";

/// Changes to the built-in rules.
fn changes() -> Vec<String> {
    let out = |precedence, rest: &str| {
        format!("[[rule]]\nname = \"a\"\n{RULE_OUT}precedence = {precedence}\n{rest}")
    };
    let into = |precedence, rest: &str| {
        format!("[[rule]]\nname = \"a\"\n{RULE_IN}precedence = {precedence}\n{rest}")
    };
    vec![
        String::new(),
        out(1, "set = { title = '\"Dr \" & [title]' }"),
        out(9999, "set = { title = '\"Dr \" & [title]' }"),
        out(1, "scope = 'IsPresent([title])'\nset = { displayName = '[title]', info = '[mail]' }"),
        out(
            1,
            "link = \"provision\"\nscope = 'IsPresent([title])'\nrdn = ['[title]']\nset = { displayName = '[title]' }",
        ),
        out(1, "rdn = { candidates = ['[title]'] }"),
        into(1, "set = { title = 'UCase([title])' }"),
        into(1, "set = { displayName = '[title]', mail = '[title]' }"),
        into(1, "scope = 'IsPresent([title])'\nset = { department = '\"x\"' }"),
        into(1, "link = \"provision\"\nset = { department = '\"x\"' }"),
        into(1, "connectors = [\"ldap\"]\nset = { department = '\"x\"' }"),
        "[[rule]]\nname = \"Stamp for Exchange's address lists\"\ndisabled = true\n".to_owned(),
    ]
}

fn rules(change: &str) -> RuleSet {
    let source = format!("extends = \"galsync\"\n\n{change}\n");
    let (rules, diagnostics) = load("changed", &[("changed.toml".into(), source)], &Surroundings::default());
    let shown: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    rules.unwrap_or_else(|| panic!("{change}\n{}", shown.join("\n")))
}

fn objects() -> Vec<(&'static str, Entry)> {
    let name = |name: &str| AttributeName::intern(name).unwrap();
    let full: &[(&str, &str)] = &[
        ("cn", "Anna"),
        ("displayName", "Anna Berg"),
        ("mail", "anna@abc.example"),
        ("mailNickname", "anna"),
        ("legacyExchangeDN", "/o=ABC/cn=anna"),
        ("targetAddress", "SMTP:anna@abc.example"),
        ("proxyAddresses", "SMTP:anna@abc.example"),
        ("title", "Buyer"),
        ("department", "Purchase"),
        ("homeMDB", "<CN=db>"),
    ];
    let mut objects = Vec::new();
    for object_type in ["user", "contact", "group", "other"] {
        // Each object lacks one attribute.
        for lacking in 0..=full.len() {
            let given = full.iter().enumerate().filter(|(at, _)| *at != lacking);
            let entry = Entry::from_values(given.map(|(_, (key, value))| (name(key), [value_of_row(value)])));
            objects.push((object_type, entry));
        }
    }
    objects
}

#[test]
fn the_quick_way_finds_what_the_slow_way_finds() {
    let sets: Vec<RuleSet> = changes().iter().map(|change| rules(change)).collect();
    let objects = objects();
    let dn = DistinguishedName::from_directory("CN=Anna,OU=People,DC=abc,DC=example");
    let parameters =
        Parameters::new().with("MailDomains", ["abc.example"]).with("DisplayNameSuffix", [" (ABC)"]);
    let now = Timestamp::from_millis(0);
    let mut differing = 0;
    for (at, old) in sets.iter().enumerate() {
        for (other, new) in sets.iter().enumerate() {
            let comparison = RuleComparison::new(old, new);
            assert!(at != other || !comparison.can_differ());
            for (object_type, entry) in &objects {
                let object = WalkObject {
                    connector: "active-directory",
                    object_type,
                    dn: Some(&dn),
                    entry,
                    groups: &NoGroups,
                };
                let slow = rule_differences((old, new), &object, (&parameters, &parameters), now);
                let quick = comparison.differences(&object, (&parameters, &parameters), now);
                assert_eq!(quick, slow, "changes {at} and {other}, {object_type} {entry:?}");
                differing += usize::from(!slow.is_empty());
            }
        }
    }
    assert!(differing > 500, "only {differing} objects differ: the test shows nothing");
}
