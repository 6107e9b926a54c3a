//! Contacts that were written are handed to Exchange: a script for each run, and a command that carries it out.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Example;

/// The hook: notes the contacts that the script names, as Exchange would look them up.
const HOOK: &str =
    "#!/bin/sh\nset -eu\nsed -n \"s/^    '\\(.*\\)'\\$/\\1/p\" \"$1\" >> seen\necho \"$1 carried out\"\n";

fn example(settings: &str) -> Example {
    let example = Example::new();
    let config = example.read("madrigal.toml");
    let section = format!(
        "finish = \"update-recipient\"\n\n[connector.xyz.update-recipient]\nfolder = \"exchange\"\n{settings}\n\n[[share]]"
    );
    example.write("madrigal.toml", &config.replacen("[[share]]", &section, 1));
    example
}

fn with_hook(hook: &str, more: &str) -> Example {
    let example = example(&format!("hook = [\"./hook\"]\n{more}"));
    set_hook(&example, hook);
    example
}

fn set_hook(example: &Example, text: &str) {
    example.write("hook", text);
    std::fs::set_permissions(example.path("hook"), std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// The files of a folder whose names end so, in their order.
fn files(example: &Example, folder: &str, ending: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(example.path(folder)) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = paths.filter(|path| path.to_str().unwrap().ends_with(ending)).collect();
    files.sort();
    files
}

/// The GUIDs of our contacts in XYZ whose record holds this.
fn guids(example: &Example, holds: &str) -> BTreeSet<String> {
    use base64::Engine as _;
    let text = example.read("xyz.ldif");
    let records = text.split("\n\n").filter(|record| record.contains("adminDescription: madrigal/1"));
    let ours = records.filter(|record| record.contains(holds));
    ours.map(|record| {
        let guid = record.lines().find_map(|line| line.strip_prefix("objectGUID:: ")).unwrap();
        let octets = base64::engine::general_purpose::STANDARD.decode(guid).unwrap();
        madrigal_model::Anchor::new(&octets).to_string()
    })
    .collect()
}

/// The GUIDs that the hook was given since the last look.
fn handed_on(example: &Example) -> Vec<String> {
    let text = std::fs::read_to_string(example.path("seen")).unwrap_or_default();
    let _ = std::fs::remove_file(example.path("seen"));
    text.lines().map(str::to_owned).collect()
}

fn codes(report: &Value) -> Vec<&String> {
    report["problems"].as_object().unwrap().keys().filter(|code| code.starts_with("MDR-D")).collect()
}

#[test]
fn what_a_run_wrote_is_handed_on_once() {
    let example = with_hook(HOOK, "");
    example.json(&["preview"]);
    assert!(files(&example, "exchange", "").is_empty(), "a preview hands nothing on");
    let (_, run) = example.json(&["run"]);
    let all = handed_on(&example);
    let ours = guids(&example, "");
    assert_eq!(all.iter().cloned().collect::<BTreeSet<_>>(), ours);
    assert_eq!(all.len(), ours.len(), "each is named once");
    assert_eq!(run["update-recipient"]["xyz"]["contacts"], ours.len());
    assert_eq!(run["update-recipient"]["xyz"]["carried-out"], 1);
    assert!(files(&example, "exchange", ".ps1").is_empty(), "it was put away");
    assert_eq!(files(&example, "exchange/done", ".ps1").len(), 1);
    let log = files(&example, "exchange/done", ".log").pop().unwrap();
    assert!(std::fs::read_to_string(log).unwrap().contains("carried out"));

    let (_, run) = example.json(&["run"]);
    assert_eq!(run.get("update-recipient"), None, "nothing was written: {run}");

    let before = example.read("abc.ldif");
    example.write("abc.ldif", &before.replacen("displayName: Jed Hill\n", "displayName: Jed B. Hill\n", 1));
    example.json(&["preview"]);
    assert_eq!(handed_on(&example), [""; 0], "a preview hands nothing on");
    example.json(&["run"]);
    let jed = Vec::from_iter(guids(&example, "displayName: Jed B. Hill"));
    assert_eq!(jed.len(), 1);
    assert_eq!(handed_on(&example), jed);

    // A new store has another log: what was handed on of the old one says nothing about it.
    std::fs::remove_dir_all(example.path("state")).unwrap();
    example.json(&["run"]);
    assert_eq!(handed_on(&example), [""; 0], "a new store wrote nothing");
    example.write("abc.ldif", &before);
    example.json(&["run"]);
    assert_eq!(handed_on(&example), jed);
}

#[test]
fn a_hook_that_fails_is_a_problem_and_gets_the_script_again() {
    let example = with_hook("#!/bin/sh\necho no Exchange here\nexit 3\n", "");
    let (status, run) = example.json(&["run"]);
    assert_eq!(status, 1);
    assert_eq!(codes(&run), ["MDR-D023"]);
    assert_eq!(run["exported"], run["planned"], "what was written stays written");
    assert_eq!(run["update-recipient"]["xyz"]["waiting"], 1);
    let shown = String::from_utf8(example.madrigal(&["run"]).stdout).unwrap();
    assert!(shown.contains("The hook did not carry the script out: exit status: 3."), "{shown}");
    let log = files(&example, "exchange", ".log").pop().unwrap();
    assert_eq!(std::fs::read_to_string(log).unwrap(), "no Exchange here\n");

    std::fs::remove_file(example.path("hook")).unwrap();
    let (_, run) = example.json(&["run"]);
    assert_eq!(codes(&run), ["MDR-D023"], "it cannot be started");

    set_hook(&example, HOOK);
    let (_, run) = example.json(&["run"]);
    assert_eq!(codes(&run), [""; 0], "{run}");
    assert_eq!(BTreeSet::from_iter(handed_on(&example)), guids(&example, ""));
}

#[test]
fn a_hook_that_takes_too_long_is_killed_with_what_it_started() {
    let example = with_hook("#!/bin/sh\n(sleep 3; touch late) &\nsleep 60\n", "hook-timeout-seconds = 1");
    let began = Instant::now();
    let shown = String::from_utf8(example.madrigal(&["run"]).stdout).unwrap();
    assert!(shown.contains("it took longer than 1 seconds"), "{shown}");
    assert!(began.elapsed() < Duration::from_secs(50), "it is not waited for");
    std::thread::sleep(Duration::from_secs(4));
    assert!(!example.path("late").exists(), "what it started was killed too");
}

#[test]
fn without_a_hook_scripts_are_left_for_somebody() {
    let example = example("domain-controller = \"dc1.xyz.example\"");
    let (status, run) = example.json(&["run"]);
    assert_eq!(codes(&run), [""; 0], "{status} {run}");
    let script = files(&example, "exchange", ".ps1").pop().unwrap();
    assert_eq!(run["update-recipient"]["xyz"]["script"], script.to_str().unwrap());
    let text = std::fs::read_to_string(&script).unwrap();
    for guid in guids(&example, "") {
        assert!(text.contains(&format!("\n    '{guid}'\n")), "{guid}");
    }
    assert!(
        text.contains("Update-Recipient -Identity $contact -DomainController 'dc1.xyz.example' "),
        "{text}"
    );
    assert!(!text.contains("Jed"), "nobody's name is in it");
    example.json(&["run"]);
    assert_eq!(files(&example, "exchange", ".ps1"), [script]);
}

#[test]
fn a_folder_that_cannot_be_written_to_is_a_problem_and_loses_nothing() {
    let example = example("");
    example.write("exchange", "a file");
    let (_, run) = example.json(&["run"]);
    assert_eq!(codes(&run), ["MDR-D024"], "{run}");
    std::fs::remove_file(example.path("exchange")).unwrap();
    let (_, run) = example.json(&["run"]);
    assert_eq!(codes(&run), [""; 0], "{run}");
    assert_eq!(run["update-recipient"]["xyz"]["contacts"], guids(&example, "").len());
}

#[test]
fn what_nobody_has_seen_in_the_directory_is_not_handed_on() {
    let example = with_hook(HOOK, "");
    let config = example.read("madrigal.toml");
    let (head, xyz) = config.split_once("[connector.xyz]").unwrap();
    let xyz = xyz.replacen("apply = \"snapshot\"", "apply = \"file\"", 1);
    example.write("madrigal.toml", &format!("{head}[connector.xyz]{xyz}"));
    let (_, run) = example.json(&["run"]);
    assert_ne!(run["connectors"]["xyz"]["exported"]["add"], 0, "a change file was written: {run}");
    assert_eq!((run.get("update-recipient"), handed_on(&example)), (None, Vec::new()));
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let rows = [
        ("hook = []", "it names no program"),
        ("hook-timeout-seconds = 0", "nothing would come to pass"),
        ("domain-controller = \"dc1'; exit #\"", "it is no host's name"),
        ("hok = [\"x\"]", "unknown field"),
    ];
    for (settings, reason) in rows {
        let output = example(settings).madrigal(&["run"]);
        assert_eq!(output.status.code(), Some(2));
        let shown = String::from_utf8(output.stderr).unwrap();
        assert!(shown.contains(reason), "{settings}: {shown}");
    }
    let example = example("");
    let config =
        example.read("madrigal.toml").replace("finish = \"update-recipient\"", "finish = \"attributes\"");
    example.write("madrigal.toml", &config);
    let shown = String::from_utf8(example.madrigal(&["run"]).stderr).unwrap();
    assert!(shown.contains("contacts are not finished by Update-Recipient there"), "{shown}");
}
