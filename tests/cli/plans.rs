//! Exactly the plan that was seen is written, or nothing.

use serde_json::Value;

use super::{Example, shown};

const JED: &str = "CN=Jed Hill,OU=London";
const JEDS_CONTACT: &str = "CN=Jed Hill,OU=Address List";
/// The example has problems on purpose, so a run ends with 1.
const SOME_PROBLEMS: i32 = 1;
const WRONG_USE: i32 = 2;
const STOPPED: i32 = 3;

/// An example in step, in which Jed then got another number; and the plan that a preview showed of it.
fn with_a_plan() -> (Example, String) {
    let example = Example::new();
    example.json(&["run"]);
    example.replace("abc.ldif", JED, "+44 20 7946", "+44 20 7947");
    let (_, preview) = example.json(&["preview"]);
    assert_eq!(shown(&preview["planned"]), "modify 1", "{preview}");
    (example, preview["plan"].as_str().unwrap().to_owned())
}

fn check(what: &str, change: impl FnOnce(&Example, &str), status: i32, code: Option<&str>) {
    let (example, plan) = with_a_plan();
    change(&example, &plan);
    let before = example.read("xyz.ldif");
    let (exit, report) = example.json(&["export", "--plan", &plan]);
    assert_eq!((exit, report["code"].as_str()), (status, code), "{what}: {report}");
    if code.is_some() {
        assert_eq!(example.read("xyz.ldif"), before, "{what}: nothing is written");
    }
}

#[test]
fn exactly_this_plan_or_nothing() {
    let another_title = |example: &Example, file: &str, dn: &str| {
        example.edit(file, |record| {
            let is_meant = record.starts_with(&format!("dn: {dn}"));
            let lines = record.lines().map(|line| {
                let is_title = line.starts_with("title: ") || line.starts_with("title:: ");
                if is_meant && is_title { "title: Keeper of the Seals" } else { line }
            });
            Some(lines.collect::<Vec<_>>().join("\n"))
        });
    };
    check("nothing changed", |_, _| {}, SOME_PROBLEMS, None);
    check(
        "the configuration",
        |example, _| {
            let config = example.read("madrigal.toml");
            example.write("madrigal.toml", &(config + "\n# a remark\n"));
        },
        STOPPED,
        Some("MDR-V003"),
    );
    check("the person", |example, _| another_title(example, "abc.ldif", JED), STOPPED, Some("MDR-V005"));
    check(
        "the contact",
        |example, _| another_title(example, "xyz.ldif", JEDS_CONTACT),
        STOPPED,
        Some("MDR-V005"),
    );
    check(
        "the change is undone",
        |example, _| example.replace("abc.ldif", JED, "+44 20 7947", "+44 20 7946"),
        STOPPED,
        Some("MDR-V005"),
    );
    check(
        "somebody else left",
        |example, _| {
            example.edit("abc.ldif", |record| {
                (!record.starts_with("dn: CN=Hazel Goddard")).then(|| record.to_owned())
            });
        },
        STOPPED,
        Some("MDR-V005"),
    );
    check(
        "one octet of the plan",
        |example, plan| {
            let file = format!("state/madrigal.db.plans/{plan}.jsonl");
            let text = example.read(&file);
            example.write(&file, &text.replacen("7947", "7948", 1));
        },
        STOPPED,
        Some("MDR-V002"),
    );
    check(
        "the plan is gone",
        |example, _| std::fs::remove_dir_all(example.path("state/madrigal.db.plans")).unwrap(),
        WRONG_USE,
        Some("MDR-V001"),
    );
}

#[test]
fn other_rules_than_the_plan_was_made_with() {
    let example = Example::new();
    let rules = std::fs::read_to_string("mappings/src/rulesets/galsync.toml").unwrap();
    example.write("own.toml", &rules);
    let config = example.read("madrigal.toml").replace("rules = \"galsync\"", "rules = \"own.toml\"");
    example.write("madrigal.toml", &config);
    let (_, preview) = example.json(&["preview"]);
    example.write("own.toml", &(rules + "\n# a remark\n"));
    let (exit, report) = example.json(&["export", "--plan", preview["plan"].as_str().unwrap()]);
    assert_eq!((exit, report["code"].as_str()), (STOPPED, Some("MDR-V004")), "{report}");
    assert!(report["error"].as_str().unwrap().contains("own.toml"), "{report}");
}

#[test]
fn somebody_answers_for_an_accepted_limit() {
    let example = Example::new();
    example.json(&["run"]);
    let mut left = 0;
    example.edit("abc.ldif", |record| {
        let is_person = record.contains("objectClass: user") && record.contains("\nmail: ");
        left += i32::from(is_person);
        (!is_person || left > 25).then(|| record.to_owned())
    });
    let (exit, preview) = example.json(&["preview"]);
    assert_eq!(exit, STOPPED, "{preview}");
    let plan = preview["plan"].as_str().unwrap();
    let (exit, report) = example.json(&["export", "--plan", plan]);
    assert_eq!((exit, report["code"].as_str()), (STOPPED, Some("MDR-E003")), "{report}");
    let accept = ["export", "--plan", plan, "--accept-limit", "xyz.deletes"];
    let (exit, report) = example.json(&accept);
    assert_eq!((exit, report["code"].as_str()), (WRONG_USE, Some("MDR-V006")), "{report}");
    let answered: Vec<&str> =
        accept.into_iter().chain(["--by", "Bea Berg", "--reason", "the office was sold"]).collect();
    let (exit, report) = example.json(&answered);
    assert_eq!(exit, SOME_PROBLEMS, "{report}");
    assert_eq!(report["planned"], report["exported"], "{report}");
    let history = example.madrigal(&["history", "--format", "json"]).stdout;
    let newest: Value =
        serde_json::from_str(String::from_utf8(history).unwrap().lines().next().unwrap()).unwrap();
    let by = newest["by"].as_str().unwrap();
    assert!(by.contains("xyz.deletes accepted by Bea Berg: the office was sold"), "{by}");
}

#[test]
fn what_is_new_since_a_preview() {
    let (example, plan) = with_a_plan();
    let run = plan.split_once('-').unwrap().0;
    let (_, again) = example.json(&["preview", "--against", run]);
    assert_eq!(again["changes"], Value::Array(Vec::new()), "nothing is new: {again}");
    example
        .edit("abc.ldif", |record| (!record.starts_with("dn: CN=Hazel Goddard")).then(|| record.to_owned()));
    let (_, again) = example.json(&["preview", "--against", run]);
    let kinds: Vec<&str> =
        again["changes"].as_array().unwrap().iter().filter_map(|change| change["kind"].as_str()).collect();
    assert_eq!(kinds, ["hide"], "{again}");
    assert_eq!(shown(&again["planned"]), "modify 1, hide 1", "the plan is still whole: {again}");
}

#[test]
fn whether_there_is_anything_to_do() {
    let example = Example::new();
    let exit = |arguments: &[&str]| example.madrigal(arguments).status.code();
    assert_eq!(exit(&["preview", "--detailed-exitcode"]), Some(2), "something is planned");
    example.json(&["run"]);
    assert_eq!(exit(&["preview", "--detailed-exitcode"]), Some(0), "nothing is, whatever the problems");
    assert_eq!(exit(&["preview", "--detailed-exitcode", "--no-such-option"]), Some(1));
    assert_eq!(exit(&["preview", "--detailed-exitcode", "-c", "nowhere.toml"]), Some(1));
    assert_eq!(exit(&["preview", "--no-such-option"]), Some(WRONG_USE));
}

#[test]
fn a_page_takes_nothing_for_markup() {
    let example = Example::new();
    let name = "</script><script>alert(1)</script>";
    example.edit("abc.ldif", |record| {
        let is_jed = record.starts_with(&format!("dn: {JED}"));
        let line = |line: &str| match line.strip_prefix("displayName: ") {
            Some(_) if is_jed => format!("displayName: {name}"),
            _ => line.to_owned(),
        };
        Some(record.lines().map(line).collect::<Vec<_>>().join("\n"))
    });
    let page = String::from_utf8(example.madrigal(&["preview", "--format", "html"]).stdout).unwrap();
    assert!(page.starts_with("<!doctype html>"), "{page}");
    assert_eq!(page.matches("<script").count(), 2, "the data and the page's own script");
    assert!(!page.contains("alert(1)</script>"));
    assert!(page.contains("\\u003c/script\\u003e"), "and it is there as text");
    assert!(!page.contains("{{"), "every part is filled in");
    let (before, data) = page.split_once("id=\"plan\">").unwrap();
    let (_, behind) = data.split_once("</script>").unwrap();
    let page = format!("{before}{behind}");
    for outside in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}
