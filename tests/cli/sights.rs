//! What an operator sees, command after command, of one story: a first run, a wrong number, the look at it, the taking
//! back, the hold; another engine's contacts; an audit log that somebody changed.

use std::process::Command;

use super::Example;

/// A command's two outputs and its status, with what differs from machine to machine left out.
fn sight(example: &Example, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_madrigal"))
        .args(arguments)
        .current_dir(example.path(""))
        .env("NO_COLOR", "1")
        .env("USER", "anna")
        .env_remove("SUDO_USER")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert!(!text.contains('\u{1b}'), "no colours where there is no terminal: {text}");
    let text: Vec<String> = text.lines().map(|line| without_digests(line.trim_end())).collect();
    format!("$ madrigal {}\n{}\nexit {}", arguments.join(" "), text.join("\n"), output.status.code().unwrap())
}

/// Digests are of the program's version and of the configuration, too; keys are drawn.
fn without_digests(line: &str) -> String {
    let is_digest = |word: &str| word.len() >= 16 && word.chars().all(|c| c.is_ascii_hexdigit());
    let mut text = String::new();
    let mut word = String::new();
    for c in line.chars().chain(['\n']) {
        if c.is_ascii_alphanumeric() {
            word.push(c);
            continue;
        }
        text.push_str(if is_digest(&word) { "…" } else { &word });
        word.clear();
        text.push(c);
    }
    text.trim_end().to_owned()
}

/// The plan that a command's output names.
fn plan(sight: &str, example: &Example) -> String {
    assert!(sight.contains("export --plan"), "{sight}");
    let plans = std::fs::read_dir(example.path("state/madrigal.db.plans")).unwrap();
    let ids = plans.map(|plan| plan.unwrap().file_name().into_string().unwrap());
    let run = |id: &String| id.split('-').next().and_then(|run| run.parse::<u64>().ok());
    ids.max_by_key(run).unwrap().trim_end_matches(".jsonl").to_owned()
}

const JED: &str = "CN=Jed Hill,OU=London";
const JED_HIMSELF: &str = "CN=Jed Hill,OU=London,OU=Offices,DC=abc,DC=example";
const MARCH: &[&str] = &["--now", "2026-03-02T09:00"];

fn at<'a>(arguments: &[&'a str], time: &[&'a str]) -> Vec<&'a str> {
    [arguments, time].concat()
}

#[test]
fn a_run_that_was_wrong() {
    let example = Example::new();
    sight(&example, &at(&["run"], MARCH));
    example.replace("abc.ldif", JED, "+44 20 7946", "+44 20 7947");
    let april = &["--now", "2026-04-02T09:00"];
    for (name, format) in
        [("a_preview", "text"), ("a_preview_as_csexport", "csexport"), ("a_preview_as_ldif", "ldif")]
    {
        insta::assert_snapshot!(name, sight(&example, &at(&["preview", "--format", format], april)));
    }
    insta::assert_snapshot!("a_run", sight(&example, &at(&["run"], april)));
    // The previews worked on copies of the store, since another time than the clock's was given.
    let run = "2";
    let seen = sight(&example, &at(&["undo", run], april));
    insta::assert_snapshot!("an_undoing", seen);
    let id = plan(&seen, &example);
    let done = sight(&example, &at(&["export", "--plan", &id], april));
    insta::assert_snapshot!("what_takes_it_back_is_written", done.replace(&id, "PLAN"));
    insta::assert_snapshot!("a_run_that_holds", sight(&example, &at(&["run"], april)));
    insta::assert_snapshot!("a_status_with_a_hold", sight(&example, &["status"]));
    insta::assert_snapshot!(
        "an_explanation_with_a_hold",
        sight(&example, &at(&["explain", "abc", JED_HIMSELF], april))
    );
    insta::assert_snapshot!("nothing_to_let_go_of", sight(&example, &at(&["release", "1"], april)));
    insta::assert_snapshot!("no_such_run", sight(&example, &at(&["undo", "99"], april)));
    insta::assert_snapshot!("what_was_held_is_let_go_of", sight(&example, &at(&["release", run], april)));
    insta::assert_snapshot!("all_runs", sight(&example, &["history"]));
    insta::assert_snapshot!(
        "what_was_written_for_somebody",
        sight(&example, &["history", "abc", JED_HIMSELF])
    );
}

#[test]
fn who_left_is_brought_back() {
    let example = Example::new();
    example.json(&at(&["run"], MARCH));
    example
        .edit("abc.ldif", |record| (!record.starts_with(&format!("dn: {JED}"))).then(|| record.to_owned()));
    example.json(&["run", "--now", "2026-04-02T09:00"]);
    let (_, run) = example.json(&["run", "--now", "2026-06-02T09:00"]);
    assert_eq!(super::shown(&run["exported"]), "delete 1", "{run}");
    let seen = sight(&example, &["undo", &run["run"].to_string(), "--now", "2026-06-02T10:00"]);
    insta::assert_snapshot!("an_undoing_of_a_delete", seen);
}

#[test]
fn another_engines_contacts() {
    let example = Example::new();
    example.json(&at(&["run"], MARCH));
    insta::assert_snapshot!("an_adoption", sight(&example, &at(&["adopt", "xyz"], MARCH)));
}

#[test]
fn an_audit_log_that_somebody_changed() {
    let example = Example::new();
    example.json(&at(&["run"], MARCH));
    let whole = sight(&example, &["audit", "verify"]);
    insta::assert_snapshot!("an_audit_log_as_it_was_written", whole);
    let path = example.path("state/madrigal.db");
    // One bit of what a line says was sent: somebody's name stands in the store several times, and once there.
    let whole = std::fs::read(&path).unwrap();
    let name = "CN=Jed Hill".as_bytes();
    let places = (0..whole.len() - name.len()).filter(|place| whole[*place..].starts_with(name));
    let broken = places.map(|place| {
        let mut octets = whole.clone();
        octets[place + 4] ^= 1;
        std::fs::write(&path, octets).unwrap();
        sight(&example, &["audit", "verify"])
    });
    let broken: Vec<String> = broken.filter(|broken| broken.contains("MDR-S008")).collect();
    insta::assert_snapshot!("an_audit_log_that_was_changed", broken.first().unwrap());
}
