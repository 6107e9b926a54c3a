//! Nobody is deleted who was not hidden for the grace period, whatever happened between the look and the writing.

use super::{Example, shown};

const JED: &str = "CN=Jed Hill,OU=London";
const CONTACT: &str = "CN=Jed Hill,OU=Address List";

/// The example in step, at a fixed time.
fn example() -> Example {
    let example = Example::new();
    example.json(&["run", "--now", "2026-03-02"]);
    example
}

fn without(example: &Example, start: &str) {
    let start = format!("dn: {start}");
    example.edit("abc.ldif", |record| (!record.trim_start().starts_with(&start)).then(|| record.to_owned()));
}

/// What a run at a day writes, and the contact's record after it.
fn run(example: &Example, day: &str, more: &[&str]) -> (String, Option<String>) {
    let (_, report) = example.json(&[&["run", "--now", day], more].concat());
    let text = example.read("xyz.ldif");
    let start = format!("dn: {CONTACT}");
    let record = text.split("\n\n").find(|record| record.trim_start().starts_with(&start));
    (shown(&report["exported"]), record.map(|record| record.replace("\n ", "")))
}

fn is_hidden(record: Option<&String>) -> bool {
    record.is_some_and(|record| record.contains("\nmsExchHideFromAddressLists: TRUE"))
}

#[test]
fn a_look_begins_nothing() {
    let example = example();
    without(&example, JED);
    example.json(&["preview", "--now", "2026-03-03"]);
    let (written, contact) = run(&example, "2026-06-01", &[]);
    assert!(written.contains("hide 1") && !written.contains("delete"), "{written}");
    assert!(is_hidden(contact.as_ref()), "{contact:?}");
    let (written, contact) = run(&example, "2026-06-30", &[]);
    assert_eq!((written.as_str(), contact.is_some()), ("", true));
    let (written, contact) = run(&example, "2026-07-02", &[]);
    assert_eq!((written.as_str(), contact), ("delete 1", None));
}

#[test]
fn staging_begins_nothing() {
    let example = example();
    let config = example.read("madrigal.toml");
    example.write(
        "madrigal.toml",
        &config.replace("path = \"xyz.ldif\"", "path = \"xyz.ldif\"\nmode = \"staging\""),
    );
    without(&example, JED);
    run(&example, "2026-03-03", &[]);
    example.write("madrigal.toml", &config);
    let (written, contact) = run(&example, "2026-06-01", &[]);
    assert!(written.contains("hide 1") && !written.contains("delete"), "{written}");
    assert!(is_hidden(contact.as_ref()), "{contact:?}");
}

#[test]
fn what_was_stopped_begins_nothing() {
    let example = example();
    example.edit("abc.ldif", |record| {
        let is_one = record.contains(",OU=Offices,") && record.contains("\nlegacyExchangeDN");
        Some(if is_one { format!("{record}\nmsExchHideFromAddressLists: TRUE") } else { record.to_owned() })
    });
    let (written, _) = run(&example, "2026-03-03", &[]);
    assert_eq!(written, "", "stopped");
    let (written, _) = run(&example, "2026-06-01", &["--accept-limit", "xyz.deletes"]);
    assert!(written.contains("hide") && !written.contains("delete"), "{written}");
}

#[test]
fn what_was_taken_back_begins_anew() {
    let example = example();
    without(&example, JED);
    let (_, hidden) = example.json(&["run", "--now", "2026-03-03"]);
    let (_, undo) = example.json(&["undo", &hidden["run"].to_string(), "--now", "2026-03-04"]);
    example.json(&["export", "--plan", undo["plan"].as_str().unwrap(), "--now", "2026-03-04"]);
    let (written, contact) = run(&example, "2026-06-01", &[]);
    assert!(!written.contains("delete"), "{written}");
    assert!(contact.is_some());
}

#[test]
fn a_clock_that_went_back_takes_no_day_away() {
    let example = example();
    without(&example, JED);
    let (_, contact) = run(&example, "2020-01-01", &[]);
    assert!(is_hidden(contact.as_ref()), "{contact:?}");
    let (written, contact) = run(&example, "2026-03-03", &[]);
    assert_eq!((written.as_str(), contact.is_some()), ("", true));
    let (written, _) = run(&example, "2026-04-03", &[]);
    assert_eq!(written, "delete 1");
}

/// Two people with one address, of whom one has the contact, are taken out together: nobody takes the address over.
#[test]
fn who_waited_for_the_address_and_goes_too_drives_nobody_out() {
    let example = example();
    let builtin = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/src/rulesets/galsync.toml");
    let builtin = std::fs::read_to_string(builtin).unwrap();
    let rule =
        builtin.split("[[rule]]").find(|rule| rule.contains("name = \"Contact for a person\"")).unwrap();
    let condition =
        "[[rule.scope]]\nrequire = 'Coalesce([sn], \"\") <> \"Weber\"'\nbecause = \"a Weber\"\n\n[rule.rdn]";
    let rule = rule.replacen("[rule.rdn]", condition, 1);
    example.write("no-weber.toml", &format!("extends = \"galsync\"\n\n[[rule]]{rule}"));
    let config = example.read("madrigal.toml");
    example.write("madrigal.toml", &config.replacen("rules = \"galsync\"", "rules = \"no-weber.toml\"", 1));
    let (written, _) = run(&example, "2026-03-03", &[]);
    assert!(written.contains("hide") && !written.contains("delete"), "{written}");
    assert!(example.read("xyz.ldif").contains("p.weber@abc.example"));
}

/// Nobody shares to a directory any more: its contacts are hidden, and go after the grace period.
#[test]
fn what_no_share_is_for_any_more_goes_as_others_do() {
    let example = example();
    let config = example.read("madrigal.toml");
    example.write("madrigal.toml", &config.replacen("to = [\"xyz\"]", "to = []", 1));
    let (_, stopped) = example.json(&["run", "--now", "2026-03-03"]);
    assert_eq!(shown(&stopped["exported"]), "", "so many are not meant without a word: {stopped}");
    let accept = ["--accept-limit", "xyz.deletes"];
    let (_, report) = example.json(&[&["run", "--now", "2026-03-03"], &accept[..]].concat());
    assert_eq!(report["planned"]["hide"], report["exported"]["hide"], "{report}");
    assert!(report["exported"]["hide"].as_u64() > Some(100), "{report}");
    let (_, report) = example.json(&["run", "--now", "2026-03-10"]);
    assert_eq!(shown(&report["planned"]), "", "{report}");
    let (_, report) = example.json(&[&["run", "--now", "2026-05-03"], &accept[..]].concat());
    assert!(report["exported"]["delete"].as_u64() > Some(100), "{report}");
}

/// Whoever can read the directory can read a hidden contact too: a list that becomes stricter reaches it, whether its
/// person left or is only hidden, and its grace period goes on.
#[test]
fn lists_that_become_stricter_reach_hidden_contacts() {
    for lists in
        ["never = [\"telephoneNumber\", \"title\", \"department\"]", "only = [\"displayName\", \"mail\"]"]
    {
        let example = example();
        let full = run(&example, "2026-03-02", &[]).1.unwrap();
        assert!(
            ["telephoneNumber", "title", "department"]
                .iter()
                .all(|name| full.contains(&format!("\n{name}: ")))
        );
        without(&example, JED);
        let hidden = run(&example, "2026-03-03", &[]).1;
        assert!(is_hidden(hidden.as_ref()), "{hidden:?}");
        let config = example.read("madrigal.toml");
        let config = config.replace("to = [\"xyz\"]", &format!("to = [\"xyz\"]\n{lists}"));
        example.write("madrigal.toml", &config.replace("[limits]", "[limits]\nclears = { percent = 100 }"));
        let (_, contact) = run(&example, "2026-03-10", &[]);
        let contact = contact.unwrap();
        for name in ["telephoneNumber", "title", "department"] {
            assert!(!contact.contains(&format!("\n{name}: ")), "{lists}: {name} in {contact}");
        }
        assert!(
            is_hidden(Some(&contact)) && contact.contains("\ndisplayName: ") && contact.contains("\nmail: ")
        );
        assert_eq!(run(&example, "2026-03-11", &[]).0, "", "{lists}");
        let (written, contact) = run(&example, "2026-04-03", &[]);
        assert_eq!((written.as_str(), contact), ("delete 1", None), "{lists}");
    }
}
