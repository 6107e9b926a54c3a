//! `IsMemberOf` in a run: who is in the group has a contact, members of members included, and nobody else.

use super::{Example, shown};

const SYNCED: &str = "CN=Synced,OU=Groups,DC=abc,DC=example";

/// The built-in rules with one condition more for users.
fn example() -> Example {
    let example = Example::new();
    let rules = madrigal_rules();
    let condition = "\n[[rule.scope]]\nrequire = 'IsMemberOf(\"CN=Synced,OU=Groups,DC=abc,DC=example\")'\nbecause = \"it is in no group that is kept in step\"\nremedy = \"add it to the group\"\n";
    let (head, tail) = rules.split_once("precedence = 100\n").unwrap();
    example.write("members.toml", &format!("{head}precedence = 100\n{condition}{tail}"));
    let config = example.read("madrigal.toml");
    let config = config.replacen(
        "mail-domains = [\"abc.example\"]",
        "rules = \"members.toml\"\nmail-domains = [\"abc.example\"]",
        1,
    );
    example.write("madrigal.toml", &config);
    let tilda = dn_of(&example, "Tilda Marsh");
    let text = example.read("abc.ldif");
    let group = |letter: char, dn: &str, member: &str| {
        format!(
            "\n\ndn: {dn}\nobjectClass: top\nobjectClass: group\nobjectGUID:: AAAAAAAAAAAAAAAAAAAA{letter}A==\nmember: {member}\n"
        )
    };
    let inner = "CN=Inner,OU=Groups,DC=abc,DC=example";
    example.write(
        "abc.ldif",
        &format!("{}{}{}", text.trim_end(), group('B', SYNCED, inner), group('C', inner, &tilda)),
    );
    example
}

fn madrigal_rules() -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/src/rulesets/galsync.toml");
    std::fs::read_to_string(path).unwrap()
}

fn dn_of(example: &Example, name: &str) -> String {
    let text = example.read("abc.ldif");
    let record =
        text.split("\n\n").find(|record| record.contains(&format!("\ndisplayName: {name}\n"))).unwrap();
    record.lines().find_map(|line| line.strip_prefix("dn: ")).unwrap().to_owned()
}

/// Who of these has a contact in XYZ's address list.
fn listed<'n>(example: &Example, names: &[&'n str]) -> Vec<&'n str> {
    let text = example.read("xyz.ldif");
    let is_listed = |name: &&&str| {
        text.split("\n\n").any(|record| {
            record.contains(&format!("\ndisplayName: {name} (ABC)\n"))
                && !record.contains("\nmsExchHideFromAddressLists: TRUE")
        })
    };
    names.iter().filter(is_listed).copied().collect()
}

#[test]
fn membership_decides_and_its_changes_are_followed() {
    let example = example();
    let (_, report) = example.json(&["run"]);
    assert!(report["planned"]["add"].as_u64().unwrap() > 0, "{report}");
    let people = ["Tilda Marsh", "Sara Upton", "Norman Price", "Petra Unger"];
    assert_eq!(listed(&example, &people), ["Tilda Marsh"], "a member of a member");

    let sara = dn_of(&example, "Sara Upton");
    example.edit("abc.ldif", |record| {
        let is_group = record.trim_start().starts_with(&format!("dn: {SYNCED}"));
        Some(if is_group { format!("{}\nmember: {sara}", record.trim_end()) } else { record.to_owned() })
    });
    let (_, report) = example.json(&["run"]);
    assert_eq!(shown(&report["planned"]), "add 1", "one more member: {report}");
    assert_eq!(listed(&example, &people), ["Tilda Marsh", "Sara Upton"]);

    let (_, why) = example.json(&["explain", "abc", "Norman Price"]);
    let unmet = &why["targets"]
        .as_array()
        .unwrap()
        .iter()
        .find(|target| target["connector"] == "xyz")
        .unwrap()["first_unmet"];
    assert_eq!(unmet["because"], "it is in no group that is kept in step", "{unmet}");

    example.edit("abc.ldif", |record| {
        let is_inner = record.trim_start().starts_with("dn: CN=Inner,");
        Some(if is_inner {
            record.lines().filter(|line| !line.starts_with("member: ")).collect::<Vec<_>>().join("\n")
        } else {
            record.to_owned()
        })
    });
    let (_, report) = example.json(&["run"]);
    assert_eq!(shown(&report["planned"]), "hide 1", "out of the inner group: {report}");
    assert_eq!(listed(&example, &people), ["Sara Upton"]);

    example.edit("abc.ldif", |record| {
        (!record.trim_start().starts_with(&format!("dn: {SYNCED}"))).then(|| record.to_owned())
    });
    let (_, report) = example.json(&["run"]);
    assert_eq!(shown(&report["planned"]), "hide 1", "the group is gone: {report}");
    let (_, report) = example.json(&["sync", "--full"]);
    assert_eq!(shown(&report["planned"]), "", "a full sync finds nothing that a delta left out: {report}");
}
