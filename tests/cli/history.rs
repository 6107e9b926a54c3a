//! `history OBJECT`, `show` and `audit`: what was written, what an entry was, and that nobody changed the log.

use serde_json::Value;

use super::Example;

const MARCH: &str = "2026-03-02T09:00";
const APRIL: &str = "2026-04-02T09:00";
const MAY: &str = "2026-05-02T09:00";

fn with_number(example: &Example, number: &str) {
    example.edit("abc.ldif", |record| {
        let is_tilda = record.contains("\ndisplayName: Tilda Marsh\n");
        let line = |line: &str| {
            let is_number = is_tilda && line.starts_with("telephoneNumber: ");
            if is_number { format!("telephoneNumber: {number}") } else { line.to_owned() }
        };
        Some(record.lines().map(line).collect::<Vec<_>>().join("\n"))
    });
}

/// Tilda Marsh gets a contact in March, a new number in April, and is gone in May; her contact is deleted in July.
fn a_life() -> Example {
    let example = Example::new();
    with_number(&example, "+44 20 5550 0001");
    example.json(&["run", "--now", MARCH]);
    with_number(&example, "+44 20 5550 0002");
    example.json(&["run", "--now", APRIL]);
    example.edit("abc.ldif", |record| {
        (!record.contains("\ndisplayName: Tilda Marsh\n")).then(|| record.to_owned())
    });
    example.json(&["run", "--now", MAY]);
    example
}

fn seen(example: &Example, arguments: &[&str]) -> String {
    String::from_utf8(example.madrigal(arguments).stdout).unwrap()
}

#[test]
fn everything_that_was_written_for_somebody() {
    let example = a_life();
    let (exit, history) = example.json(&["history", "xyz", "Tilda Marsh"]);
    assert_eq!(exit, 0);
    let told = |change: &Value| {
        (change["export"]["kind"].as_str().unwrap().to_owned(), change["answer"].as_str().unwrap().to_owned())
    };
    let changes: Vec<_> = history["changes"].as_array().unwrap().iter().map(told).collect();
    let accepted = |kind: &str| (kind.to_owned(), "accepted".to_owned());
    assert_eq!(changes, [accepted("hide"), accepted("modify"), accepted("add")]);
    let (_, by_name) = example.json(&["history", "Tilda Marsh"]);
    assert_eq!(by_name, history, "one name is looked for everywhere");
    let identity = history["identity"].as_str().unwrap();
    let (_, by_identity) = example.json(&["history", identity]);
    assert_eq!(by_identity["changes"], history["changes"]);
    let text = seen(&example, &["history", "xyz", "Tilda Marsh", "-n", "2"]);
    let text = text.lines().filter(|line| !line.contains(", by ")).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!("a_history", text);

    example.json(&["run", "--now", "2026-07-02T09:00"]);
    let (_, gone) = example.json(&["history", "Tilda Marsh"]);
    assert_eq!(
        gone["changes"][0]["export"]["kind"], "delete",
        "who is gone is found in the audit log: {gone}"
    );
    let (exit, nobody) = example.json(&["history", "Nobody Of That Name"]);
    assert_eq!((exit, nobody["code"].as_str()), (2, Some("MDR-C006")), "{nobody}");
}

#[test]
fn an_entry_as_it_was() {
    let example = a_life();
    let number = |as_of: &str| {
        let (exit, then) = example.json(&["show", "xyz", "Tilda Marsh", "--as-of", as_of]);
        assert_eq!(exit, 0, "{then}");
        let attributes = then["attributes"].as_array().cloned().unwrap_or_default();
        let number = attributes.iter().find(|one| one["attribute"] == "telephoneNumber");
        let number = number.map(|one| {
            (one["values"][0].as_str().unwrap().to_owned(), one["known"]["run"].as_u64().unwrap_or(0))
        });
        (then["state"].as_str().unwrap().to_owned(), number)
    };
    let there = |number: &str, run: u64| ("there".to_owned(), Some((number.to_owned(), run)));
    assert_eq!(number("2026-02-01"), ("not-yet".to_owned(), None));
    assert_eq!(number("2026-03-15"), there("+44 20 5550 0001", 1));
    assert_eq!(number("2026-04-15"), there("+44 20 5550 0002", 2));
    let text = seen(&example, &["show", "xyz", "Tilda Marsh", "--as-of", "2026-03-15"]);
    // The directory draws it when the contact is made.
    let text = text.lines().filter(|line| !line.starts_with("  objectGUID ")).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!("an_entry_as_it_was", text);
    let text = seen(&example, &["show", "xyz", "Tilda Marsh"]);
    assert!(text.contains("+44 20 5550 0002"), "{text}");
    let (_, source) = example.json(&["show", "abc", "Harriet Moss", "--as-of", "2026-03-15"]);
    let cannot = source["not_known"][0].as_str().unwrap();
    assert!(cannot.contains("cannot be known"), "of what is not ours nothing earlier is kept: {cannot}");

    example.json(&["run", "--now", "2026-07-02T09:00"]);
    assert_eq!(number("2026-07-15").0, "deleted");
    assert_eq!(number("2026-04-15"), there("+44 20 5550 0002", 2), "before it was deleted");
}

#[test]
fn the_audit_log_is_checked_and_written_out() {
    let example = a_life();
    let (exit, verified) = audit(&example, &["verify"]);
    assert_eq!((exit, verified["faults"].as_array().map(Vec::len)), (0, Some(0)), "{verified}");
    let lines = verified["lines"].as_u64().unwrap();
    assert!(lines > 400, "{lines}");
    let head = verified["head"].as_str().unwrap();
    let (exit, _) = audit(&example, &["verify", "--head", head]);
    assert_eq!(exit, 0, "the head that was noted");
    let (line, link) = head.split_once(':').unwrap();
    let other = format!("{line}:{}", link.chars().rev().collect::<String>());
    let (exit, other) = audit(&example, &["verify", "--head", &other]);
    assert_eq!((exit, other["code"].as_str()), (1, Some("MDR-S008")), "another head: {other}");

    let jsonl = String::from_utf8(run_audit(&example, &["export", "--format", "jsonl"]).stdout).unwrap();
    let records: Vec<Value> = jsonl.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records.len() as u64, lines);
    assert_eq!(records.last().unwrap()["link"], link);
    let csv = String::from_utf8(run_audit(&example, &["export", "--format", "csv"]).stdout).unwrap();
    let number = "'+44 20 5550 0002";
    assert!(csv.contains(number), "a value that a spreadsheet would take for a formula is text");
    assert!(!csv.contains(",+44"), "and stands nowhere without its quotation mark");
}

fn run_audit(example: &Example, arguments: &[&str]) -> std::process::Output {
    let (command, rest) = arguments.split_first().unwrap();
    std::process::Command::new(env!("CARGO_BIN_EXE_madrigal"))
        .args(["audit", command, "-c"])
        .arg(example.path("madrigal.toml"))
        .args(rest)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn audit(example: &Example, arguments: &[&str]) -> (i32, Value) {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--format", "json"]).collect();
    let output = run_audit(example, &arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), serde_json::from_str(text.lines().last().unwrap()).unwrap())
}
