//! The example's people through Entra Connect's own rules, imported: what they would send, and whom not and why. The
//! exported rules are not part of the repository: `MADRIGAL_ENTRA_EXPORT` names their folder, else they are looked for
//! beside the checkout.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use madrigal_ldif::{Limits, Parsed, RecordParser, RecordReader};
use madrigal_mappings::{NoGroups, Parameters, RuleSet, Surroundings, WalkObject, import_entra, load, walk};
use madrigal_model::{AttributeName, DistinguishedName, Entry, Timestamp};
use madrigal_sync::object_type;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn default_rules() -> Option<RuleSet> {
    let beside = Path::new(ROOT).join("../shared/data/entra-connect-export");
    let folder = std::env::var("MADRIGAL_ENTRA_EXPORT").map_or(beside, PathBuf::from);
    let folder = folder.join("Production/SynchronizationRules");
    let Ok(files) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: no exported rules in {}; set MADRIGAL_ENTRA_EXPORT", folder.display());
        return None;
    };
    let files: Vec<(String, String)> = files
        .map(|file| file.unwrap().path())
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    let imported = import_entra(&files);
    load("entra", &[("entra.toml".to_owned(), imported.toml)], &Surroundings::default()).0
}

fn people(file: &str) -> Vec<(DistinguishedName, Entry)> {
    let input = std::fs::File::open(Path::new(ROOT).join("examples/abc-xyz").join(file)).unwrap();
    let limits = Limits::default();
    let mut reader = RecordReader::new(input.chain(&b"\n\n"[..]), limits.record_octets);
    let mut parser = RecordParser::new(AttributeName::intern("objectGUID").unwrap(), &[], limits);
    let mut people = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        if let Ok(Parsed::Content(content)) = parser.parse(&record) {
            people.push((content.dn, content.entry));
        }
    }
    people
}

/// Whether an object is sent, or all reasons why not; the rule for users comes first.
fn fate(rules: &RuleSet, dn: &DistinguishedName, entry: &Entry) -> Result<(), Vec<String>> {
    let none = Parameters::new();
    let object = WalkObject {
        connector: "active-directory",
        object_type: object_type(entry),
        dn: Some(dn),
        entry,
        groups: &NoGroups,
    };
    let walked = walk(rules, &object, (&none, &none), Timestamp::from_millis(0));
    let Some((_, made)) = walked.made else {
        return Err(walked.not_met.into_iter().map(|not_met| not_met.because).collect());
    };
    // What is sent has what the service asks for.
    for needed in ["sourceAnchor", "displayName"] {
        assert!(made.contains_key(&AttributeName::intern(needed).unwrap()), "{dn}: {needed}");
    }
    Ok(())
}

fn without(entry: &Entry, names: &[&str]) -> Entry {
    entry.only(|name| !names.iter().any(|other| name.as_str().eq_ignore_ascii_case(other)))
}

#[test]
fn what_entra_connect_would_send_of_the_example() {
    let Some(rules) = default_rules() else { return };
    let mut shown = String::new();
    for file in ["abc.ldif", "xyz.ldif"] {
        let mut sent: BTreeMap<&str, usize> = BTreeMap::new();
        let mut not_sent = String::new();
        for (dn, entry) in people(file) {
            let object_type = object_type(&entry);
            if !matches!(object_type, "user" | "contact") {
                continue;
            }
            match fate(&rules, &dn, &entry) {
                Ok(()) => *sent.entry(object_type).or_default() += 1,
                Err(because) => {
                    let name = dn.rdn_value().unwrap_or_default().to_string();
                    not_sent.push_str(&format!("  not the {object_type} {name}: {}\n", because[0]));
                }
            }
        }
        shown.push_str(&format!("{file}: sent {sent:?}\n{not_sent}"));
    }
    assert_eq!(shown, EXPECTED, "\n{shown}");
}

/// By hand from the two gates of the rule "In from AD - Contact Join": a contact needs `mail`, or a primary address, with
/// an @; one that is hidden and named (MSOL) is left out.
#[test]
fn which_contacts_entra_connect_would_not_send() {
    let Some(rules) = default_rules() else { return };
    let name = |name: &str| AttributeName::intern(name).unwrap();
    let set = |entry: &Entry, attributes: &[(&str, &str)]| {
        let mut entry = entry.edit();
        for (attribute, value) in attributes {
            entry.set(name(attribute), vec![(*value).into()]);
        }
        entry.build()
    };
    let mut contacts = 0;
    for (dn, entry) in people("abc.ldif").into_iter().chain(people("xyz.ldif")) {
        if object_type(&entry) != "contact" {
            continue;
        }
        contacts += 1;
        let nowhere = without(&entry, &["mail", "proxyAddresses"]);
        let hidden = [("displayName", "Sync (MSOL)"), ("msExchHideFromAddressLists", "TRUE")];
        for (entry, expected) in [
            (set(&nowhere, &[("mail", "a@b.example")]), None),
            (set(&nowhere, &[("proxyAddresses", "SMTP:a@b.example")]), None),
            (without(&entry, &["mailNickname", "targetAddress"]), None),
            (nowhere.clone(), Some("mailEnabled EQUAL True does not hold")),
            (set(&nowhere, &[("mail", "no address")]), Some("mailEnabled EQUAL True does not hold")),
            (
                set(&nowhere, &[("proxyAddresses", "smtp:a@b.example")]),
                Some("mailEnabled EQUAL True does not hold"),
            ),
            (set(&entry, &hidden), Some("cloudFiltered NOTEQUAL True does not hold")),
            (
                set(&entry, &[("isCriticalSystemObject", "TRUE")]),
                Some("cloudFiltered NOTEQUAL True does not hold"),
            ),
        ] {
            let reasons = fate(&rules, &dn, &entry).err();
            assert_eq!(reasons.is_some(), expected.is_some(), "{dn}: {reasons:?}");
            let given = |expected: &str| reasons.iter().flatten().any(|reason| reason == expected);
            assert!(expected.is_none_or(given), "{dn}: {reasons:?}");
        }
    }
    assert_eq!(contacts, 28);
}

const EXPECTED: &str = r#"abc.ldif: sent {"contact": 17, "user": 138}
  not the user krbtgt: isCriticalSystemObject NOTEQUAL TRUE does not hold
  not the user SystemMailbox{1f05a927-3be2-4fb9-aa03-b59fe3b56f4c}: cloudFiltered NOTEQUAL True does not hold
  not the user SystemMailbox{e0dc1c29-89c3-4034-b678-e6c29d823ed9}: cloudFiltered NOTEQUAL True does not hold
  not the user Migration.8f3e7716-2011-43e4-96b1-aba62d229136: cloudFiltered NOTEQUAL True does not hold
  not the user FederatedEmail.4c1f4d8b-8179-4148-93bf-00a95fa1e042: cloudFiltered NOTEQUAL True does not hold
  not the user DiscoverySearchMailbox {D919BA05-46A6-415f-80AD-7E09334BB852}: cloudFiltered NOTEQUAL True does not hold
  not the user ABCStandardPlan: cloudFiltered NOTEQUAL True does not hold
  not the user Executive Plan: cloudFiltered NOTEQUAL True does not hold
  not the user Lena Vogt: sourceObjectType EQUAL User does not hold
  not the user Marc Keller: sourceObjectType EQUAL User does not hold
xyz.ldif: sent {"contact": 11, "user": 136}
  not the user krbtgt: isCriticalSystemObject NOTEQUAL TRUE does not hold
  not the user SystemMailbox{1f05a927-3be2-4fb9-aa03-b59fe3b56f4c}: cloudFiltered NOTEQUAL True does not hold
  not the user SystemMailbox{e0dc1c29-89c3-4034-b678-e6c29d823ed9}: cloudFiltered NOTEQUAL True does not hold
  not the user Migration.8f3e7716-2011-43e4-96b1-aba62d229136: cloudFiltered NOTEQUAL True does not hold
  not the user FederatedEmail.4c1f4d8b-8179-4148-93bf-00a95fa1e042: cloudFiltered NOTEQUAL True does not hold
  not the user DiscoverySearchMailbox {D919BA05-46A6-415f-80AD-7E09334BB852}: cloudFiltered NOTEQUAL True does not hold
  not the user XYZStandardPlan: cloudFiltered NOTEQUAL True does not hold
  not the user Lina Haddad: sourceObjectType EQUAL User does not hold
"#;
