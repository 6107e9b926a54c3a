//! A run is taken back as a plan like any other.

use super::{Example, shown};

const JED: &str = "CN=Jed Hill,OU=London";

#[test]
fn a_run_is_taken_back() {
    let example = Example::new();
    example.json(&["run"]);
    let before = example.read("xyz.ldif");
    example.replace("abc.ldif", JED, "+44 20 7946", "+44 20 7947");
    let (_, run) = example.json(&["run"]);
    assert_eq!(shown(&run["exported"]), "modify 1", "{run}");
    let written = example.read("xyz.ldif");

    let (_, undo) = example.json(&["undo", &run["run"].to_string()]);
    assert_eq!(shown(&undo["planned"]), "modify 1", "{undo}");
    assert_eq!(example.read("xyz.ldif"), written, "looking writes nothing");
    let plan = undo["plan"].as_str().unwrap();
    let (_, undone) = example.json(&["export", "--plan", plan]);
    assert_eq!(shown(&undone["exported"]), "modify 1", "{undone}");
    assert!(!example.read("xyz.ldif").contains("+44 20 7947"));
    assert_eq!(example.read("xyz.ldif").lines().count(), before.lines().count());

    let (exit, again) = example.json(&["run"]);
    assert_eq!((exit, shown(&again["planned"]).as_str()), (1, ""), "it is held: {again}");
    assert_eq!(again["problems"]["MDR-P016"], 1, "{again}");
    let (_, status) = example.json(&["status"]);
    assert_eq!(status["held"][0]["run"], run["run"], "{status}");
    let (_, released) = example.json(&["release", &run["run"].to_string()]);
    assert_eq!(released["released"]["xyz"], 1, "{released}");
    let (_, again) = example.json(&["preview"]);
    assert_eq!(shown(&again["planned"]), "modify 1", "{again}");
    let (exit, undone_twice) = example.json(&["export", "--plan", plan]);
    assert_eq!((exit, undone_twice["code"].as_str()), (3, Some("MDR-V005")), "{undone_twice}");
}

#[test]
fn what_cannot_be_taken_back_is_said() {
    let example = Example::new();
    example.json(&["run"]);
    example.replace("abc.ldif", JED, "+44 20 7946", "+44 20 7947");
    let (_, run) = example.json(&["run"]);
    example.replace("xyz.ldif", "CN=Jed Hill,OU=Address List", "+44 20 7947", "+44 20 7000");
    let (_, undo) = example.json(&["undo", &run["run"].to_string()]);
    assert_eq!(shown(&undo["planned"]), "", "{undo}");
    let left = undo["left"].as_array().unwrap();
    assert_eq!(left.len(), 1, "{undo}");
    let why = left[0]["why"].as_str().unwrap();
    assert!(why.starts_with("it was changed since: ") && why.contains("telephoneNumber"), "{undo}");
    let text = String::from_utf8(example.madrigal(&["undo", &run["run"].to_string()]).stdout).unwrap();
    assert!(text.contains(why), "{text}");
}
