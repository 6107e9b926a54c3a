//! Any text is a rule file or has diagnostics that can be drawn; what is a rule file can be described, takes any object,
//! and is loaded a second time as it was.

#![no_main]

use libfuzzer_sys::fuzz_target;
use madrigal_mappings::{
    NoGroups, Parameters, Surroundings, WalkObject, describe, load, rule_differences, rules_of_test_file,
    run_test_file, value_of_row, walk,
};
use madrigal_model::{AttributeName, DistinguishedName, Entry, Timestamp};

fuzz_target!(|text: &str| {
    let known = ["cn", "mail", "displayName", "proxyAddresses", "targetAddress", "mailNickname"];
    let parameters = ["Suffix".to_owned()];
    let strict = Surroundings {
        source_attributes: Some(&known),
        target_attributes: Some(&known),
        parameters: Some(&parameters),
    };
    let sources = [("fuzz.toml".to_owned(), text.to_owned())];
    let (_, diagnostics) = load("fuzz", &sources, &strict);
    assert!(diagnostics.iter().all(|diagnostic| diagnostic.to_string().lines().count() >= 4));
    let now = Timestamp::from_millis(1_795_305_600_000);
    let (rules, _) = load("fuzz", &sources, &Surroundings::default());
    let _ = rules_of_test_file(text);
    let _ = run_test_file(text, rules.as_ref(), now);
    let Some(rules) = rules else { return };
    let _ = describe(&rules);
    let values = [("mail", "anna@abc.example"), ("cn", "Anna"), ("proxyAddresses", "SMTP:anna@abc.example")];
    let entry = Entry::from_values(
        values
            .iter()
            .filter_map(|(name, value)| Some((AttributeName::intern(name).ok()?, [value_of_row(value)]))),
    );
    let dn = DistinguishedName::from_directory("CN=Anna,DC=abc,DC=example");
    let object = WalkObject {
        connector: "active-directory",
        object_type: "user",
        dn: Some(&dn),
        entry: &entry,
        groups: &NoGroups,
    };
    let none = Parameters::new();
    let _ = walk(&rules, &object, (&none, &none), now);
    assert!(rule_differences((&rules, &rules), &object, (&none, &none), now).is_empty());
});
