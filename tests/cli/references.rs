//! What points to whom, when whoever is pointed to goes and comes back under the same name.

use super::{Example, shown};

const TO_JED: &str = "\nmanager: CN=Jed Hill,OU=Address List,DC=xyz,DC=example\n";

/// Changes a file of the example in step, and says what the next run writes; Jed's people have him as manager then, and a
/// further run writes nothing.
fn check(change: impl FnOnce(&Example), written: &str) {
    let example = Example::new();
    example.json(&["run", "--now", "2026-03-02"]);
    let reports = |example: &Example| example.read("xyz.ldif").replace("\n ", "").matches(TO_JED).count();
    let before = reports(&example);
    assert!(before > 0);
    change(&example);
    let (_, report) = example.json(&["run", "--now", "2026-03-03"]);
    assert_eq!(shown(&report["exported"]), written);
    assert_eq!(reports(&example), before);
    let (_, again) = example.json(&["run", "--now", "2026-03-04"]);
    assert_eq!((shown(&again["planned"]), reports(&example)), (String::new(), before));
}

#[test]
fn who_comes_back_under_the_same_name_is_pointed_to_as_before() {
    let anew = |file: &'static str, dn: &'static str| {
        move |example: &Example| {
            example.edit(file, |record| {
                if !record.trim_start().starts_with(&format!("dn: {dn}")) {
                    return Some(record.to_owned());
                }
                let other = |line: &str| match line.strip_prefix("objectGUID:: ") {
                    Some(_) => "objectGUID:: AAAAAAAAAAAAAAAAAAAAAg==".to_owned(),
                    None => line.to_owned(),
                };
                Some(record.split('\n').map(other).collect::<Vec<_>>().join("\n"))
            });
        }
    };
    // The person was deleted and made anew: the stamp is the one thing that says so.
    check(anew("abc.ldif", "CN=Jed Hill,OU=London"), "modify 1");
    // So was the contact.
    check(anew("xyz.ldif", "CN=Jed Hill,OU=Address List"), "");
}

#[test]
fn a_contact_that_somebody_deleted_is_made_again_and_pointed_to() {
    let gone = |example: &Example| {
        let jed = "dn: CN=Jed Hill,OU=Address List";
        example.edit("xyz.ldif", |record| (!record.trim_start().starts_with(jed)).then(|| record.to_owned()));
    };
    check(gone, "add 1");
}

#[test]
fn a_change_that_waits_for_somebody_who_is_made_first_is_counted() {
    let example = Example::new();
    example.json(&["run", "--now", "2026-03-02"]);
    let jed = "dn: CN=Jed Hill,OU=Address List";
    example.edit("xyz.ldif", |record| {
        let kept = (!record.trim_start().starts_with(jed)).then(|| record.replace("\n ", ""));
        kept.map(|record| (record + "\n").replace(TO_JED, "\n").trim_end().to_owned())
    });
    let (_, report) = example.json(&["run", "--now", "2026-03-03"]);
    assert_eq!(shown(&report["planned"]), "add 1, modify 4");
    assert_eq!(shown(&report["exported"]), "add 1, modify 4");
    let (_, history) = example.json(&["history", "xyz", "Wei Chen"]);
    assert!(!history.to_string().contains("not known"), "{history}");
}

#[test]
fn whoever_is_referred_to_has_a_name_in_every_format_for_reading() {
    let example = Example::new();
    for format in ["text", "csv", "csexport", "ldif"] {
        let output = example.madrigal(&["preview", "--all", "--format", format, "--now", "2026-03-02"]);
        let text = String::from_utf8(output.stdout).unwrap().replace("\n ", "");
        assert!(text.contains("CN=Jed Hill,OU=Address List,DC=xyz,DC=example"), "{format}");
        for key in ["identity ", "object "] {
            let mut after = text.split(key).skip(1);
            let is_key = |text: &str| text.chars().take(8).filter(char::is_ascii_hexdigit).count() == 8;
            assert!(!after.any(is_key), "{format} shows a key behind {key:?}");
        }
    }
}
