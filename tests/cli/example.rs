//! What happens to the address lists when the two companies change.

use super::{Example, shown};

/// Runs and compares what was planned and written.
fn check(example: &Example, what: &str, arguments: &[&str], status: i32, planned: &str) {
    let (exit, report) = example.json(arguments);
    assert_eq!(shown(&report["planned"]), planned, "{what}: {report}");
    assert_eq!(exit, status, "{what}: {report}");
    if status < 2 && arguments.first() == Some(&"run") {
        assert_eq!(report["planned"], report["exported"], "{what}: all that is planned is written");
    }
}

/// The example has problems on purpose, so a run ends with 1.
const SOME_PROBLEMS: i32 = 1;
const STOPPED: i32 = 3;

#[test]
fn a_year_in_the_life_of_two_companies() {
    let example = Example::new();
    let (exit, first) = example.json(&["preview"]);
    assert_eq!(exit, SOME_PROBLEMS);
    let (exit, report) = example.json(&["run"]);
    assert_eq!(exit, SOME_PROBLEMS, "a first load is not stopped");
    assert_eq!(report["planned"], first["planned"], "what was previewed is what is written");
    assert_eq!(report["planned"], report["exported"]);
    assert!(report["planned"]["add"].as_u64().unwrap() > 200, "{report}");
    check(&example, "nothing changed", &["run"], SOME_PROBLEMS, "");
    check(&example, "a full sync", &["sync", "--full"], SOME_PROBLEMS, "");

    example.edit("abc.ldif", |record| {
        let is_jed = record.starts_with("dn: CN=Jed Hill,OU=London");
        let lines = record.lines().map(|line| {
            if is_jed && line.starts_with("telephoneNumber: ") {
                "telephoneNumber: +1 555 0199"
            } else {
                line
            }
        });
        Some(lines.collect::<Vec<_>>().join("\n"))
    });
    check(&example, "one phone number", &["preview"], SOME_PROBLEMS, "modify 1");
    check(&example, "one phone number", &["run"], SOME_PROBLEMS, "modify 1");
    assert!(example.read("xyz.ldif").contains("telephoneNumber: +1 555 0199"));

    example.edit("abc.ldif", |record| {
        (!record.starts_with("dn: CN=Jed Hill,OU=London")).then(|| record.to_owned())
    });
    let (_, report) = example.json(&["run"]);
    assert_eq!(report["planned"]["hide"], 1, "a person who left is hidden: {report}");
    assert_eq!(report["planned"]["delete"], 0, "and not deleted: {report}");
    check(&example, "before the grace period ends", &["run"], SOME_PROBLEMS, "");
    let (_, later) = example.json(&["preview", "--now", "2100-01-01"]);
    assert_eq!(shown(&later["planned"]), "delete 1", "{later}");
    check(&example, "asking about the future changes nothing", &["run"], SOME_PROBLEMS, "");
    check(&example, "a month on", &["run", "--now", "2100-01-01"], SOME_PROBLEMS, "delete 1");
    check(&example, "and then", &["run"], SOME_PROBLEMS, "");
}

#[test]
fn what_cannot_be_meant_is_stopped() {
    let example = Example::new();
    example.json(&["run"]);
    let (abc, xyz) = (example.read("abc.ldif"), example.read("xyz.ldif"));

    example.write("abc.ldif", "");
    let (exit, report) = example.json(&["run"]);
    assert_eq!((exit, report["code"].as_str()), (STOPPED, Some("MDR-E002")), "an emptied file: {report}");
    let (exit, _) = example.json(&["run"]);
    assert_eq!(exit, STOPPED, "and again");
    example.write("abc.ldif", &abc);
    check(&example, "the file is back", &["run"], SOME_PROBLEMS, "");

    let mut blanked = 0;
    example.edit("abc.ldif", |record| {
        let is_person = record.contains("objectClass: user") && record.contains("\ntelephoneNumber: ");
        if !is_person || blanked == 60 {
            return Some(record.to_owned());
        }
        blanked += 1;
        Some(
            record
                .lines()
                .filter(|line| !line.starts_with("telephoneNumber: "))
                .collect::<Vec<_>>()
                .join("\n"),
        )
    });
    let (exit, report) = example.json(&["run"]);
    assert_eq!(
        (exit, report["code"].as_str()),
        (STOPPED, Some("MDR-E003")),
        "an attribute blanked: {report}"
    );
    example.write("abc.ldif", &abc);
    check(&example, "the values are back", &["run"], SOME_PROBLEMS, "");

    let config = example.read("madrigal.toml");
    example.write(
        "madrigal.toml",
        &config.replace("mail-domains = [\"abc.example\"]", "mail-domains = [\"abx.example\"]"),
    );
    let (exit, report) = example.json(&["run"]);
    assert_eq!(
        (exit, report["code"].as_str()),
        (STOPPED, Some("MDR-E003")),
        "a slip of the pen in the scope: {report}"
    );
    example.write("madrigal.toml", &config);
    check(&example, "the scope is back", &["run"], SOME_PROBLEMS, "");
    assert_eq!(example.read("xyz.ldif"), xyz, "nothing of all this was written");
}

/// Many of ABC's people are hidden at home. XYZ's directory may be one whose contacts cannot be hidden.
fn many_leave(lacks: &str) -> Example {
    let example = Example::new();
    let config = example.read("madrigal.toml");
    let place = "mail-domains = [\"xyz.example\"]";
    example.write("madrigal.toml", &config.replacen(place, &format!("{lacks}\n{place}"), 1));
    example.json(&["run"]);
    let mut left = 60;
    example.edit("abc.ldif", |record| {
        let leaves = left > 0
            && record.contains("\nobjectClass: user\n")
            && record.contains("\nmsExchHomeServerName: ")
            && !record.contains("\nmsExchHideFromAddressLists: ");
        left -= i32::from(leaves);
        Some(if leaves {
            format!("{}\nmsExchHideFromAddressLists: TRUE", record.trim_end())
        } else {
            record.to_owned()
        })
    });
    assert_eq!(left, 0);
    example
}

#[test]
fn contacts_that_cannot_be_hidden_count_as_hidden() {
    let hidden = |example: &Example| {
        let text = example.read("xyz.ldif");
        let ours = text.split("\n\n").filter(|record| record.contains("\nadminDescription: madrigal/1"));
        ours.filter(|record| record.contains("\nmsExchHideFromAddressLists: TRUE")).count()
    };
    let (can, cannot) = (many_leave(""), many_leave("lacks = [\"msExchHideFromAddressLists\"]"));
    let before = hidden(&can);
    let mut stops = Vec::new();
    for example in [&can, &cannot] {
        let (exit, report) = example.json(&["run"]);
        assert_eq!((exit, report["code"].as_str()), (STOPPED, Some("MDR-E003")), "{report}");
        let stop = report["stopped"][0].as_str().unwrap().to_owned();
        assert!(stop.starts_with("limit \"xyz.deletes\": "), "{stop}");
        stops.push((stop, report["planned"]["hide"].clone()));
    }
    assert_eq!(stops[0], stops[1], "they are as many");
    let planned = usize::try_from(stops[0].1.as_u64().unwrap()).unwrap();
    for (example, more) in [(&can, planned), (&cannot, 0)] {
        let (_, report) = example.json(&["run", "--accept-limit", "xyz.deletes"]);
        assert_eq!(report["exported"]["hide"], planned, "{report}");
        let all = if more > 0 { before + more } else { 0 };
        assert_eq!(hidden(example), all);
        check(example, "nothing is left to do", &["run"], SOME_PROBLEMS, "");
        let (_, later) = example.json(&["preview", "--now", "2100-01-01", "--accept-limit", "xyz.deletes"]);
        assert_eq!(later["planned"]["delete"], planned, "they go after the grace period: {later}");
    }
}

#[test]
fn a_lost_store_makes_nothing_twice_and_deletes_nothing() {
    let example = Example::new();
    example.json(&["run"]);
    let (abc, xyz) = (example.read("abc.ldif"), example.read("xyz.ldif"));
    std::fs::remove_dir_all(example.path("state")).unwrap();
    check(&example, "the store is lost", &["run"], SOME_PROBLEMS, "");
    assert_eq!((example.read("abc.ldif"), example.read("xyz.ldif")), (abc, xyz));
}

#[test]
fn every_format_of_a_preview_says_the_same() {
    let example = Example::new();
    let (_, report) = example.json(&["preview"]);
    let adds = report["planned"]["add"].as_u64().unwrap();
    assert_eq!(report["changes"].as_array().unwrap().len() as u64, adds);
    let output =
        |format| String::from_utf8(example.madrigal(&["preview", "--format", format]).stdout).unwrap();
    assert_eq!(output("ldif").matches("changetype: add").count() as u64, adds);
    let lines = output("csv");
    let names: std::collections::BTreeSet<&str> =
        lines.lines().filter(|line| line.contains(",targetAddress,")).collect();
    assert_eq!(names.len() as u64, adds);
    let text = output("text");
    for word in ["In abc", "In xyz", "add", "The guard would let this through"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.contains('\u{1b}'), "no colours where there is no terminal");
}

#[test]
fn the_seeds_five_tips() {
    let example = Example::new();
    example.json(&["run"]);
    let text = example.read("xyz.ldif");
    let jed =
        text.split("\n\n").find(|record| record.starts_with("dn: CN=Jed Hill,OU=Address List")).unwrap();
    let value =
        |name: &str| jed.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap_or_default();
    assert!(value("msRTCSIP-PrimaryUserAddress").starts_with("sip:"), "{jed}");
    assert!(jed.lines().any(|line| line.starts_with("proxyAddresses: sip:")), "{jed}");
    assert!(value("targetAddress").starts_with("SMTP:"), "{jed}");
    for name in ["mailNickname", "displayName", "cn"] {
        assert!(!value(name).is_empty(), "{name}: {jed}");
    }
}
