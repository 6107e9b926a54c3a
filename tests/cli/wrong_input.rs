//! Whatever is wrong gets a code, the place and the remedy; nothing is written.

use super::Example;

/// Runs and compares the exit status and what standard error says.
fn check(example: &Example, what: &str, arguments: &[&str], status: i32, words: &[&str]) {
    let output = example.madrigal(arguments);
    let text =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(status), "{what}: {text}");
    for word in words {
        assert!(text.contains(word), "{what}: no {word:?} in:\n{text}");
    }
}

#[test]
fn a_wrong_configuration() {
    let example = Example::new();
    let config = example.read("madrigal.toml");
    let rows: [(&str, &str, &str, &[&str]); 15] = [
        ("an unknown key", "type = \"ldif\"", "typo = \"ldif\"", &["MDR-C002", "typo"]),
        ("an unknown connector", "to = [\"xyz\"]", "to = [\"xyy\"]", &["MDR-C003", "xyy", "abc, xyz"]),
        ("a bad container", "OU=Address List,DC=abc", "Address List,DC=abc", &["MDR-C003", "container"]),
        (
            "unknown rules",
            "rules = \"galsync\"",
            "rules = \"galsyncc\"",
            &["MDR-C003", "galsyncc", "Built in: galsync"],
        ),
        ("sharing with oneself", "to = [\"abc\"]", "to = [\"xyz\"]", &["MDR-C003", "itself"]),
        ("a number that is none", "count = 500", "count = \"many\"", &["MDR-C002", "count"]),
        (
            "a limit above all",
            "deletes = { count = 500, percent = 10 }",
            "deletes = { count = 500, percent = 1000 }",
            &["MDR-C003", "[limits] deletes", "1000"],
        ),
        (
            "a limit of one connector",
            "path = \"xyz.ldif\"",
            "path = \"xyz.ldif\"\nlimits = { source = { percent = 101 } }",
            &["MDR-C003", "[connector.xyz] limits source", "101"],
        ),
        (
            "no time for a round",
            "[limits]",
            "[engine]\nconfirm-within-days = 0\n\n[limits]",
            &["MDR-C003", "[engine] confirm-within-days"],
        ),
        (
            "one file twice",
            "path = \"xyz.ldif\"",
            "path = \"./abc.ldif\"",
            &["MDR-C003", "[connector.xyz] path"],
        ),
        (
            "a domain as container",
            "container = \"OU=Address List,DC=abc,DC=example\"",
            "container = \"dc=abc,DC=example\"",
            &["MDR-C003", "[connector.abc] container", "a whole domain"],
        ),
        (
            "a stamp where rules write",
            "path = \"xyz.ldif\"",
            "path = \"xyz.ldif\"\nstamp = \"Mail\"",
            &["MDR-C003", "[connector.xyz] stamp", "adminDescription"],
        ),
        (
            "a share twice in one",
            "to = [\"xyz\"]",
            "to = [\"xyz\", \"xyz\"]",
            &["MDR-C003", "another share from there to xyz"],
        ),
        (
            "the same share twice",
            "[[share]]",
            "[[share]]\nfrom = \"abc\"\nto = [\"xyz\"]\nrules = \"galsync\"\n\n[[share]]",
            &["MDR-C003", "another share from there to xyz"],
        ),
        (
            "no such file",
            "path = \"abc.ldif\"",
            "path = \"abd.ldif\"",
            &[
                "MDR-L001: connector abc: reading ",
                "abd.ldif",
                "next: Look whether the export that should write it ran",
            ],
        ),
    ];
    for (what, right, wrong, words) in rows {
        example.write("madrigal.toml", &config.replace(right, wrong));
        let is_missing = what == "no such file";
        check(&example, what, &["run"], if is_missing { 4 } else { 2 }, words);
        if is_missing {
            let told =
                ["! abc: MDR-L001 reading ", "abd.ldif", "Look whether the export that should write it ran"];
            check(&example, what, &["check"], 1, &told);
        }
    }
    example.write("madrigal.toml", &config);
    check(&example, "no configuration", &["run", "-c", "nowhere.toml"], 2, &[]);
    check(&example, "no such profile", &["run", "abc/import"], 2, &["MDR-C003", "full-import"]);
    check(&example, "no such connector", &["run", "abd/full-import"], 2, &["MDR-E006", "abd"]);
}

#[test]
fn who_we_are_is_said_in_one_way() {
    let example = Example::new();
    let config = example.read("madrigal.toml");
    let rows = [
        ("bind = {}", "it does not say who we are"),
        ("bind = { dn = \"x\" }", "`dn` and `password` belong together"),
        ("bind = { kerberos = true, dn = \"x\" }", "there is a password beside Kerberos"),
        (
            "bind = { dn = \"x\", password = { env = \"P\" }, kerberos-host = \"y\" }",
            "`kerberos-host` is for Kerberos alone",
        ),
        ("insecure = true\nbind = { kerberos = true }", "Kerberos is used over TLS alone"),
        #[cfg(not(feature = "gssapi"))]
        ("bind = { kerberos = true }", "this program was built without Kerberos"),
    ];
    for (bind, reason) in rows {
        let server = format!("type = \"active-directory\"\nurl = \"ldaps://nowhere.invalid\"\n{bind}");
        let file = "type = \"ldif\"\npath = \"abc.ldif\"\napply = \"snapshot\"";
        assert!(config.contains(file));
        example.write("madrigal.toml", &config.replacen(file, &server, 1));
        check(&example, bind, &["run"], 2, &["MDR-C003", "[connector.abc] bind", reason]);
    }
}

#[test]
fn bad_records_are_problems_and_the_others_go_on() {
    let example = Example::new();
    let bad = "\ndn: CN=Bad Base,OU=Offices,DC=abc,DC=example\nobjectClass: user\nmail:: ***\n\n\
               objectClass: user\ncn: Without a name\n\n\
               dn: CN=Jed Hill,OU=Offices,DC=abc,DC=example\nobjectClass: user\nobjectGUID:: AAECAwQFBgcICQoLDA0ODw==\n\u{0}\n";
    let text = example.read("abc.ldif");
    example.write("abc.ldif", &(text + bad));
    let (exit, report) = example.json(&["run"]);
    assert_eq!(exit, 1, "{report}");
    let found: Vec<&String> =
        report["problems"].as_object().unwrap().keys().filter(|code| code.starts_with("MDR-L")).collect();
    assert!(!found.is_empty(), "{report}");
    assert!(report["exported"]["add"].as_u64().unwrap() > 200, "{report}");
}

#[test]
fn a_store_that_is_none() {
    let example = Example::new();
    std::fs::create_dir(example.path("state")).unwrap();
    for (what, content) in
        [("a foreign file", "this is a letter, not a database"), ("an empty header", "SQLite format 3\0")]
    {
        example.write("state/madrigal.db", content);
        check(&example, what, &["run"], 4, &["MDR-S00", "next:"]);
        assert_eq!(example.read("state/madrigal.db"), content, "{what}: it is left as it is");
    }
    check(&example, "status needs a store", &["status"], 4, &["MDR-S00"]);
}

/// Contacts know whose they are by the connector's name: under another one they are left as they are.
#[test]
fn a_renamed_connector_is_told_as_what_it_is() {
    let example = Example::new();
    assert_eq!(example.json(&["run"]).0, 1);
    let (config, directory) = (example.read("madrigal.toml"), example.read("xyz.ldif"));
    let renamed = config.replace("[connector.abc]", "[connector.abd]").replace("\"abc\"", "\"abd\"");
    example.write("madrigal.toml", &renamed);
    let words = [
        "carries the stamp of a connector \"abc\", which there is not",
        "Give the connector that name again",
    ];
    check(&example, "a renamed connector", &["run"], 1, &words);
    assert_eq!(example.read("xyz.ldif"), directory);
    example.write("madrigal.toml", &config);
    let (_, report) = example.json(&["run"]);
    assert_eq!(super::shown(&report["planned"]), "", "{report}");
}

/// What could not be read stays a problem until it is read, however often nothing else happens.
#[test]
fn what_cannot_be_read_is_not_forgotten() {
    const JED: &str = "CN=Jed Hill,OU=London";
    const GOOD: &str = "telephoneNumber: +44 20 7946 0102";
    const BAD: &str = "telephoneNumber: +1\ninfo:: !!";
    let example = Example::new();
    example.replace("abc.ldif", JED, GOOD, BAD);
    let unreadable = |arguments: &[&str]| {
        let (_, report) = example.json(arguments);
        report["problems"]["MDR-L006"].as_u64()
    };
    for arguments in [&["preview"][..], &["run"], &["run"], &["preview"]] {
        assert_eq!(unreadable(arguments), Some(1), "{arguments:?}");
    }
    example.replace("abc.ldif", JED, BAD, GOOD);
    assert_eq!(unreadable(&["run"]), None);
}

/// `never` keeps personal data back: a slip in it must not let them cross.
#[test]
fn a_misspelt_attribute_is_not_kept_back_in_silence() {
    for (key, name, expected) in [
        ("never", "mobil", Some("mobile")),
        ("never", "MOBILE", None),
        ("never", "somethingOfOurOwn", None),
        ("only", "telephonNumber", Some("telephoneNumber")),
    ] {
        let example = Example::new();
        let config = example.read("madrigal.toml");
        let share = "from = \"abc\"\n";
        assert!(config.contains(share));
        let rest: String = config
            .lines()
            .filter(|line| !line.starts_with("never"))
            .map(|line| format!("{line}\n"))
            .collect();
        example.write("madrigal.toml", &rest.replacen(share, &format!("{share}{key} = [{name:?}]\n"), 1));
        let output = example.madrigal(&["check"]);
        let text =
            String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        match expected {
            Some(near) => {
                assert!(
                    text.contains(name) && text.contains(&format!("Did you mean {near:?}?")),
                    "{name}: {text}"
                )
            }
            None => assert!(!text.contains("Did you mean"), "{name}: {text}"),
        }
    }
}

/// A directory's file may lie elsewhere: it is written there, and the link stays.
#[test]
#[cfg(unix)]
fn a_link_is_followed() {
    let example = Example::new();
    std::fs::create_dir(example.path("elsewhere")).unwrap();
    std::fs::rename(example.path("xyz.ldif"), example.path("elsewhere/xyz.ldif")).unwrap();
    std::os::unix::fs::symlink("elsewhere/xyz.ldif", example.path("xyz.ldif")).unwrap();
    example.json(&["run"]);
    assert!(std::fs::symlink_metadata(example.path("xyz.ldif")).unwrap().is_symlink());
    assert!(example.read("elsewhere/xyz.ldif").contains("OU=Address List"));
    assert!(example.read("elsewhere/xyz.ldif").contains("displayName: Jed Hill (ABC)"));
}

/// A snapshot that holds its containers is checked as a directory checks it.
#[test]
fn a_container_that_is_not_there() {
    let wrong = |from: &str, to: &str| {
        let example = Example::new();
        let text = example.read("madrigal.toml");
        example.write("madrigal.toml", &text.replacen(from, to, 1));
        example
    };
    let ou = "OU=Address List,DC=abc";
    let misspelt = wrong(ou, "OU=Adress List,DC=abc");
    let words = ["OU=Adress List,DC=abc,DC=example is not there", "did you mean OU=Address List,DC=abc"];
    check(&misspelt, "container", &["check"], 1, &words);
    check(&misspelt, "container", &["run"], 1, &["120 problems MDR-C023", "its container is not there"]);
    assert!(!misspelt.read("abc.ldif").contains("OU=Adress List"));
    let text = misspelt.read("madrigal.toml").replacen("OU=Adress List", "OU=Address List", 1);
    misspelt.write("madrigal.toml", &text);
    let told = ["refused, or cut off"];
    check(&misspelt, "status after a refusal", &["status"], 0, &told);
    check(&misspelt, "the container is right now", &["run"], 1, &["122 changes written and seen"]);
    let elsewhere = wrong(ou, "OU=Address List,DC=xyz");
    check(&elsewhere, "container", &["check"], 1, &["lies in another directory", "lies in abc.example"]);
    check(&elsewhere, "container", &["run"], 1, &["MDR-C023"]);
    // A file of people alone cannot tell.
    let people = Example::new();
    people.edit("abc.ldif", |record| {
        let goes = ["\nobjectClass: organizationalUnit", "\nobjectClass: container", ",OU=Address List,"]
            .iter()
            .any(|text| record.contains(text));
        (!goes).then(|| record.to_owned())
    });
    check(&people, "container", &["check"], 0, &["the file shows no containers"]);
}

/// Whatever names something that is not there is refused, and not passed over.
#[test]
fn a_name_of_nothing() {
    let example = Example::new();
    check(&example, "only", &["preview", "--only", "abd"], 2, &["MDR-E006", "abd"]);
    let words = ["MDR-C003", "--accept-limit xyz.delets", "did you mean xyz.deletes?"];
    check(&example, "limit", &["run", "--accept-limit", "xyz.delets"], 2, &words);
    check(&example, "limit", &["run", "--accept-limit", "nobody.deletes"], 2, &["there is no such limit"]);
    check(&example, "limit", &["run", "--accept-limit", "xyz.clears.title"], 1, &["248 changes written"]);
}

/// A name cannot turn the direction of what stands behind it.
#[test]
fn what_turns_the_reading_direction_is_shown_as_a_mark() {
    let example = Example::new();
    example.json(&["run", "--now", "2026-03-02"]);
    example.replace(
        "abc.ldif",
        "CN=Jed Hill,OU=London",
        "title: Sales Director",
        "title:: 4oCuU2FsZXMgRGlyZWN0b3I=",
    );
    let output = example.madrigal(&["preview", "--now", "2026-03-03"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\u{fffd}Sales"), "{text}");
    assert!(!text.contains('\u{202e}'), "{text}");
}

/// What a program reads is what would be written, whatever a terminal would make of it.
#[test]
fn programs_get_values_as_they_are() {
    let example = Example::new();
    example.json(&["run", "--now", "2026-03-02"]);
    let title = "title: Sales Director";
    example.replace("abc.ldif", "CN=Jed Hill,OU=London", title, "title:: QRtbMzFtcmVk");
    for format in ["csv", "csexport", "json", "ldif"] {
        let output = example.madrigal(&["preview", "--now", "2026-03-03", "--format", format]);
        let text = String::from_utf8(output.stdout).unwrap();
        let wanted = match format {
            "json" => "A\\u001b[31mred",
            "ldif" => "title: A\u{1b}[31mred",
            _ => "A\u{1b}[31mred",
        };
        assert!(text.contains(wanted), "{format}: {text}");
    }
    let output = example.madrigal(&["preview", "--now", "2026-03-03"]);
    assert!(!String::from_utf8(output.stdout).unwrap().contains('\u{1b}'));
}

/// A pipe would be waited for, for ever.
#[test]
#[cfg(unix)]
fn a_pipe_is_no_directory() {
    let example = Example::new();
    std::fs::remove_file(example.path("abc.ldif")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(example.path("abc.ldif")).status().unwrap().success());
    check(&example, "pipe", &["run"], 4, &["MDR-L001", "it is a pipe"]);
    check(&example, "pipe", &["check"], 1, &["it is a pipe"]);
}

/// A run ends after it began.
#[test]
fn the_history_says_when_a_run_ended() {
    let example = Example::new();
    example.json(&["run"]);
    let (_, run) = example.json(&["history"]);
    assert!(run["began"].as_str() < run["ended"].as_str(), "{run}");
}
