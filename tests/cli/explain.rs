//! `explain`: why somebody is, or is not, in the other address list, and where each value comes from.

use serde_json::Value;

use super::Example;

/// The example after its first run, at a fixed time.
fn example() -> Example {
    let example = Example::new();
    example.json(&["run", "--now", "2026-03-02T09:00"]);
    example
}

fn explain(example: &Example, connector: &str, object: &str) -> Value {
    let (exit, explanation) = example.json(&["explain", connector, object, "--now", "2026-03-02T10:00"]);
    assert_eq!(exit, 0, "{connector} {object}: {explanation}");
    explanation
}

fn in_directory<'v>(explanation: &'v Value, connector: &str) -> &'v Value {
    let targets = explanation["targets"].as_array().unwrap();
    targets.iter().find(|target| target["connector"] == connector).unwrap_or(&Value::Null)
}

/// For each condition of the tables of who is taken, somebody for whom that condition is the first that fails: the rule,
/// and words of the reason.
#[test]
fn the_first_condition_that_failed() {
    const USER: &str = "User of a directory with Exchange";
    const CONTACT: &str = "Contact of a source container";
    const GROUP: &str = "Group";
    let rows: &[(&str, &str, &str, &str)] = &[
        ("abc", "Harriet Moss", USER, "hidden"),
        ("abc", "Leo Grant", USER, "no legacyExchangeDN"),
        ("abc", "Hugo Stone", USER, "neither msExchHomeServerName nor targetAddress"),
        ("abc", "Pia Adler", USER, "no proxyAddresses"),
        ("abc", "Executive Plan", USER, "mailbox plan"),
        ("abc", "FederatedEmail", USER, "arbitration mailbox"),
        ("abc", "DiscoverySearchMailbox", USER, "discovery mailbox"),
        ("abc", "Olaf Stein", USER, "msExchOriginatingForest is set"),
        ("abc", "Gerd Ackermann", USER, "mail domains of another directory"),
        ("abc", "Walter Finch", USER, "in the container of our contacts"),
        ("abc", "Partner without Target", CONTACT, "no targetAddress"),
        ("abc", "Hidden Partner", CONTACT, "hidden"),
        ("abc", "Partner without Legacy DN", CONTACT, "no legacyExchangeDN"),
        ("abc", "Partner without Proxies", CONTACT, "no proxyAddresses"),
        ("abc", "Copied Partner", CONTACT, "msExchOriginatingForest is set"),
        ("abc", "Wrongly Filed Partner", CONTACT, "mail domains of another directory"),
        ("abc", "Unrelated Supplier", CONTACT, "none of the containers named in source-contacts"),
        ("abc", "Leftover", CONTACT, "none of the containers named in source-contacts"),
        ("abc", "Canteen", GROUP, "no proxyAddresses"),
        ("abc", "Fax Gateway", GROUP, "no primary SMTP address"),
        ("abc", "Works Council", GROUP, "hidden"),
        ("abc", "Everybody (test)", GROUP, "hidden"),
        ("abc", "Old Newsletter", GROUP, "no legacyExchangeDN"),
        ("abc", "Copied Team", GROUP, "msExchOriginatingForest is set"),
        ("abc", "Announcements", GROUP, "inside its own organisation only"),
        ("abc", "Board", GROUP, "named senders only"),
        ("abc", "Stray Team", GROUP, "in the container of our contacts"),
        ("xyz", "Odile Masson", USER, "hidden"),
        ("xyz", "Victor Blanc", USER, "no legacyExchangeDN"),
        ("xyz", "Irene Colin", USER, "neither msExchHomeServerName nor targetAddress"),
        ("xyz", "Pavlos Dukas", USER, "no proxyAddresses"),
        ("xyz", "XYZStandardPlan", USER, "mailbox plan"),
        ("xyz", "FederatedEmail", USER, "arbitration mailbox"),
        ("xyz", "DiscoverySearchMailbox", USER, "discovery mailbox"),
        ("xyz", "Zlatka Hadzhieva", USER, "msExchOriginatingForest is set"),
        ("xyz", "Denis Roux", USER, "mail domains of another directory"),
        ("xyz", "Irma Vidal", USER, "in the container of our contacts"),
        ("xyz", "Partenaire caché", CONTACT, "hidden"),
        ("xyz", "Partenaire sans proxy", CONTACT, "no proxyAddresses"),
        ("xyz", "Plombier", CONTACT, "none of the containers named in source-contacts"),
        ("xyz", "Ancien bulletin", GROUP, "no legacyExchangeDN"),
        ("xyz", "Télécopie", GROUP, "no primary SMTP address"),
        ("xyz", "Cantine", GROUP, "no proxyAddresses"),
        ("xyz", "Délégués", GROUP, "hidden"),
        ("xyz", "Tous les employés", GROUP, "inside its own organisation only"),
    ];
    // What GALSync leaves out, by kind of object.
    let tables = [
        (USER, &["hidden", "no legacyExchangeDN", "neither msExchHomeServerName nor targetAddress"][..]),
        (USER, &["no proxyAddresses", "mailbox plan", "arbitration mailbox", "discovery mailbox"]),
        (CONTACT, &["no targetAddress", "hidden", "no legacyExchangeDN", "no proxyAddresses"]),
        (GROUP, &["no primary SMTP address", "hidden", "no legacyExchangeDN", "no proxyAddresses"]),
    ];
    for (rule, conditions) in tables {
        for condition in conditions {
            let is_asked = rows.iter().any(|row| row.2 == rule && row.3 == *condition);
            assert!(is_asked, "{rule}: nobody fails \"{condition}\" first");
        }
    }
    let example = example();
    for (connector, object, rule, because) in rows {
        let explanation = explain(&example, connector, object);
        let other = if *connector == "abc" { "xyz" } else { "abc" };
        let target = in_directory(&explanation, other);
        assert_eq!(target["verdict"], "not-published", "{object}: {target}");
        assert_eq!(target["in_address_list"], "no", "{object}: {target}");
        let unmet = &target["first_unmet"];
        assert_eq!(unmet["rule"], *rule, "{object}: {unmet}");
        assert!(unmet["because"].as_str().unwrap().contains(because), "{object}: {unmet}");
        let steps = unmet["steps"].as_array().unwrap();
        let whole = steps.last().unwrap()["value"].as_str().unwrap();
        assert!(matches!(whole, "False" | "NULL"), "{object}: the condition does not hold: {unmet}");
    }
}

/// Whom the rules take and who has no contact of ours nevertheless, and who has one.
#[test]
fn the_verdict_in_each_directory() {
    let rows = [
        ("abc", "CN=Jed Hill,OU=London,OU=Offices,DC=abc,DC=example", "xyz", "yes", "contact", ""),
        ("abc", "Otto Reich", "xyz", "no", "no-rule", ""),
        ("xyz", "Samir Lotfy", "abc", "no", "no-rule", ""),
        ("abc", "Ines Falk", "xyz", "no", "held", "MDR-P004"),
        ("abc", "Victoria Lang", "xyz", "yes", "known-contact", "MDR-P006"),
        ("abc", "Beatrice Holm", "xyz", "yes", "known-contact", "MDR-P006"),
        ("abc", "Konrad Weiss", "xyz", "yes", "known-contact", "MDR-P006"),
        ("abc", "Ulrike Sommer", "xyz", "yes", "known-contact", "MDR-P006"),
        ("abc", "Milan Kovac", "xyz", "its own object", "own-object", ""),
        ("abc", "Klara Novak", "xyz", "its own object", "own-object", ""),
        ("abc", "Marc Keller", "xyz", "its own object", "own-object", ""),
        ("xyz", "Sofia Marin", "abc", "its own object", "own-object", ""),
    ];
    let example = example();
    for (connector, object, other, answer, verdict, code) in rows {
        let explanation = explain(&example, connector, object);
        let target = in_directory(&explanation, other);
        assert_eq!(target["verdict"], verdict, "{object}: {target}");
        assert_eq!(target["in_address_list"], answer, "{object}: {target}");
        let codes: Vec<&str> =
            target["problems"].as_array().unwrap().iter().filter_map(|one| one["code"].as_str()).collect();
        assert!(
            if code.is_empty() { codes.is_empty() } else { codes.contains(&code) },
            "{object}: {codes:?}"
        );
    }
}

/// What an explanation says is what a run does: of everybody it plans what the preview plans, value by value.
#[test]
fn what_is_explained_is_what_is_planned() {
    let example = Example::new();
    let (_, preview) = example.json(&["preview"]);
    let mut compared = 0;
    for change in preview["changes"].as_array().unwrap().iter().step_by(12) {
        let stamp = change["attributes"].as_array().unwrap().iter();
        let stamp =
            stamp.filter(|one| one["attribute"] == "adminDescription").find_map(|one| one["new"][0].as_str());
        let (connector, anchor) = stamp.unwrap().split(" from=").nth(1).unwrap().split_once('/').unwrap();
        let explanation = explain(&example, connector, anchor);
        let target = in_directory(&explanation, change["connector"].as_str().unwrap());
        assert_eq!(target["planned"]["kind"], change["kind"]);
        assert_eq!(target["planned"]["dn"], change["dn"]);
        for planned in change["attributes"].as_array().unwrap() {
            let mut explained = target["attributes"].as_array().unwrap().iter();
            let explained = explained.find(|one| one["attribute"] == planned["attribute"]).unwrap();
            assert_eq!(explained["planned"], planned["new"], "{connector}/{anchor} {}", planned["attribute"]);
        }
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
}

/// Everything by which a person may be asked for.
#[test]
fn an_object_is_found_by_whatever_is_known_of_it() {
    let example = example();
    let tilda = explain(&example, "abc", "Tilda Marsh");
    let anchor = tilda["object"]["anchor"].as_str().unwrap().to_owned();
    let dn = tilda["object"]["dn"].as_str().unwrap().to_owned();
    let record = example.read("abc.ldif").replace("\n ", "");
    let record = record.split("\n\n").find(|record| record.contains("\ndisplayName: Tilda Marsh\n")).unwrap();
    let value = |name: &str| {
        let line = record.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_else(|| panic!("{name}")).to_owned()
    };
    for text in [
        anchor.clone(),
        dn.to_lowercase(),
        value("mail").to_uppercase(),
        value("proxyAddresses"),
        value("msRTCSIP-PrimaryUserAddress"),
        value("mailNickname"),
        value("legacyExchangeDN"),
        "marsh tilda".to_owned(),
        "tild".to_owned(),
    ] {
        assert_eq!(explain(&example, "abc", &text)["object"]["anchor"], anchor, "{text}");
    }
    let contact = explain(&example, "xyz", "Tilda Marsh");
    assert_eq!(contact["identity"], tilda["identity"], "asked from the other side it is the same person");
    for (connector, object, code, told) in [
        ("abc", "Tilda Mrash", "MDR-C006", "Tilda Marsh"),
        ("abc", "Anna Berg", "MDR-C007", "Legal"),
        ("abc", "Nobody Of That Name", "MDR-C006", ""),
        ("abx", "Tilda Marsh", "MDR-E006", ""),
    ] {
        let (exit, answer) = example.json(&["explain", connector, object]);
        assert_eq!((exit, answer["code"].as_str()), (2, Some(code)), "{object}: {answer}");
        assert!(answer["error"].as_str().unwrap().contains(told), "{object}: {answer}");
    }
    let (exit, answer) = example.json(&["explain", "abc", "Tilda Marsh", "--attribute", "displayNam"]);
    assert_eq!((exit, answer["code"].as_str()), (2, Some("MDR-C008")), "{answer}");
    assert!(answer["error"].as_str().unwrap().contains("did you mean displayName?"), "{answer}");
}

/// What a person sees.
#[test]
fn what_a_person_sees() {
    let example = example();
    example.edit("abc.ldif", |record| {
        let is_tilda = record.contains("\ndisplayName: Tilda Marsh\n");
        let lines = record.lines().map(|line| {
            if is_tilda && line.starts_with("telephoneNumber: ") {
                "telephoneNumber: +44 20 5550 0199"
            } else {
                line
            }
        });
        Some(lines.collect::<Vec<_>>().join("\n"))
    });
    example.json(&["preview"]);
    for (name, arguments) in [
        ("a_planned_change", &["abc", "Tilda Marsh"][..]),
        ("one_attribute", &["abc", "Tilda Marsh", "--attribute", "telephoneNumber"]),
        ("a_condition_that_failed", &["abc", "Harriet Moss"]),
        ("something_holds_it_back", &["abc", "Otto Reich"]),
        ("an_object_in_both", &["abc", "Milan Kovac"]),
        ("a_name_that_was_taken", &["abc", "CN=Anna Berg,OU=Berlin,OU=Offices,DC=abc,DC=example"]),
        ("several", &["abc", "Anna Berg"]),
        ("a_near_miss", &["abc", "Tilda Mrash"]),
    ] {
        let arguments: Vec<&str> =
            ["explain", "--now", "2026-03-02T10:00"].iter().chain(arguments).copied().collect();
        let output = example.madrigal(&arguments);
        let (seen, said) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        for line in seen.lines().filter(|line| !line.contains("DC=")) {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
        assert!(!seen.contains('\u{1b}'), "no colours where there is no terminal");
        insta::assert_snapshot!(name, format!("{seen}{said}"));
    }
}

/// What is planned is seen when the directory's readers have it, where their address book is configured.
#[test]
fn when_readers_see_what_is_planned() {
    let example = Example::new();
    let config = example.read("madrigal.toml");
    let book =
        "[connector.xyz.offline-address-book]\nprofile = \"exchange-2010\"\ntime-zone = \"Europe/Berlin\"\n";
    example.write("madrigal.toml", &format!("{config}\n{book}"));
    example.json(&["preview"]);
    let (_, explanation) = example.json(&["explain", "abc", "Tilda Marsh", "--now", "2026-11-23T14:00"]);
    let seen = in_directory(&explanation, "xyz")["seen_by_readers"].as_str().unwrap();
    assert!(seen.starts_with("between Tue 2026-11-24 11:00 and Wed 2026-11-25 11:00"), "{seen}");
    let output = example.madrigal(&["explain", "abc", "Tilda Marsh", "--now", "2026-11-23T14:00"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("every Outlook with a cached address book of xyz has it"), "{text}");
}
