//! When readers see a change, and what they fetch: said by the preview, true of the book that is built afterwards.

use std::process::Command;

use serde_json::{Value, json};

use super::Example;

/// Builds the next sequence of XYZ's book, as its server would.
fn build(example: &Example) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_madrigal"))
        .args(["oab", "build", "--format", "json", "--from"])
        .arg(example.path("xyz.ldif"))
        .arg("--out")
        .arg(example.path("book"))
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn with_book(lines: &str) -> Example {
    let example = Example::new();
    let config = example.read("madrigal.toml");
    example.write("madrigal.toml", &format!("{config}\n[connector.xyz.offline-address-book]\n{lines}\n"));
    example
}

const XYZ: &str = "profile = \"exchange-2010\"\ntime-zone = \"Europe/Berlin\"\nfolder = \"book\"";

#[test]
fn a_preview_says_when_readers_see_it_and_what_they_fetch() {
    let example = with_book(XYZ);
    build(&example);
    let (_, first) = example.json(&["preview", "--now", "2026-11-23T14:00"]);
    // 14:00 is 15:00 in Berlin: into the book at 05:00, distributed at 11:00, fetched within a day.
    let mut readers = first["readers"].clone();
    for bytes in ["patch-bytes", "full-bytes"] {
        readers["xyz"].as_object_mut().unwrap().remove(bytes).unwrap();
    }
    assert_eq!(
        readers,
        json!({ "xyz": {
            "from": "2026-11-24T11:00", "until": "2026-11-25T11:00", "time-zone": "Europe/Berlin",
            "profile": "exchange-2010", "planned": 128, "in-book": 128, "fetches-full": false,
        }})
    );
    example.json(&["run"]);
    let published = build(&example);
    assert_eq!((&published["changed"], &published["clients_fetch_full"]), (&json!(true), &json!(false)));
    // Of contacts that are not there yet all is known but what their directory will give them, as their GUIDs.
    for (told, made) in [("patch-bytes", "patch_bytes"), ("full-bytes", "full_bytes")] {
        let (told, made) =
            (first["readers"]["xyz"][told].as_f64().unwrap(), published[made].as_f64().unwrap());
        assert!((told / made - 1.0).abs() < 0.02, "{told} {made}");
    }

    for (what, from, to, in_book) in [
        ("a number is edited", "telephoneNumber: +44 20 7946 0102", "telephoneNumber: +44 20 7946 0199", 1),
        ("an attribute that is in no book", "\nc: GB", "\nc: IE", 0),
    ] {
        example.edit("abc.ldif", |record| {
            let is_his = record.starts_with("dn: CN=Jed Hill,OU=London");
            assert!(!is_his || record.contains(from), "{what}: {record}");
            Some(if is_his { record.replace(from, to) } else { record.to_owned() })
        });
        let (_, preview) = example.json(&["preview"]);
        let said = &preview["readers"]["xyz"];
        assert_eq!((said["planned"].as_u64(), said["in-book"].as_u64()), (Some(1), Some(in_book)), "{what}");
        example.json(&["run"]);
        let built = build(&example);
        assert_eq!(built["changed"], in_book > 0, "{what}");
        assert_eq!(
            said.get("patch-bytes"),
            built.get("patch_bytes").filter(|bytes| !bytes.is_null()),
            "{what}"
        );
        assert_eq!(
            said.get("fetches-full").is_some_and(|full| full == true),
            built["clients_fetch_full"],
            "{what}"
        );
    }
}

#[test]
fn a_preview_tells_people_in_a_line() {
    let example = with_book(XYZ);
    let text = String::from_utf8(example.madrigal(&["preview", "--now", "2026-11-23T14:00"]).stdout).unwrap();
    let told: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("When readers"))
        .take_while(|line| !line.is_empty())
        .collect();
    assert_eq!(
        told,
        [
            "When readers see it, if it is written now",
            "  xyz: every cached-mode Outlook has it between Tue 2026-11-24 11:00 and Wed 2026-11-25 11:00 (Europe/Berlin)",
            "    no book is published in book yet: every client fetches it whole",
        ]
    );
}

#[test]
fn a_schedule_that_cannot_be_is_refused_before_anything_is_read() {
    for (lines, told) in [
        ("profile = \"exchange-1\"", "there is no profile \"exchange-1\""),
        (
            "profile = \"exchange-2010\"\ntime-zone = \"Europe/Berlim\"",
            "there is no time zone \"Europe/Berlim\"",
        ),
        ("profile = \"exchange-2010\"\ngeneration-at = \"25:00\"", "\"25:00\" is not a time of day"),
        ("profile = \"exchange-2010\"\nclient-every = \"often\"", "\"often\" is not a duration"),
    ] {
        let output = with_book(lines).madrigal(&["preview"]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains("connector.xyz.offline-address-book") && text.contains(told), "{text}");
    }
}

/// A file that was emptied on its way empties nobody's address list.
#[test]
fn a_book_that_would_lose_most_of_its_recipients_is_not_published() {
    let example = with_book(XYZ);
    let first = build(&example);
    let whole = example.read("xyz.ldif");
    example.write("xyz.ldif", "");
    let build_again = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_madrigal"));
        command.args(["oab", "build", "--from"]).arg(example.path("xyz.ldif"));
        let output = command.arg("--out").arg(example.path("book")).args(more).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (status, told) = build_again(&[]);
    assert_eq!(status, 3, "{told}");
    let words =
        format!("MDR-O018: building from {}: 0 recipients are left", example.path("xyz.ldif").display());
    assert!(told.contains(&words) && told.contains("--accept-shrunken"), "{told}");
    example.write("xyz.ldif", &whole);
    assert_eq!(build(&example)["sequence"], first["sequence"], "nothing else was published meanwhile");
    example.write("xyz.ldif", "");
    assert_eq!(build_again(&["--accept-shrunken"]).0, 0);
}
