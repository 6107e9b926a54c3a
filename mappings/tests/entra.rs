//! Entra Connect's own rules: every expression is understood, the rules are taken over. The export is not part of the
//! repository: `MADRIGAL_ENTRA_EXPORT` names its folder, else it is looked for beside the checkout.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first thing that is not as it says"
)]
#![allow(clippy::disallowed_methods, reason = "the library is pure; this test reads its data from a folder")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use madrigal_mappings::{
    NoGroups, Parameters, Surroundings, Taken, WalkObject, compile_expression, import_entra, load,
    value_of_row, walk,
};
use madrigal_model::{AttributeName, Entry, Timestamp};

/// The exported rules, or none with a word about it.
fn exported() -> Option<Vec<(String, String)>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/entra-connect-export");
    let folder = std::env::var("MADRIGAL_ENTRA_EXPORT").map_or(beside, PathBuf::from);
    let rules = folder.join("Production/SynchronizationRules");
    let Ok(files) = std::fs::read_dir(&rules) else {
        eprintln!("skipped: no exported rules in {}; set MADRIGAL_ENTRA_EXPORT", rules.display());
        return None;
    };
    let mut files: Vec<(String, String)> = files
        .map(|file| file.unwrap().path())
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read_to_string(&path).unwrap(),
            )
        })
        .collect();
    files.sort();
    Some(files)
}

#[test]
fn every_shipped_expression_parses_and_checks() {
    let Some(files) = exported() else { return };
    let mut all = 0;
    let mut distinct = BTreeSet::new();
    for (file, text) in &files {
        let document = roxmltree::Document::parse(text).unwrap();
        for node in document.descendants().filter(|node| node.has_tag_name("expression")) {
            let expression = node.text().unwrap_or_default();
            all += 1;
            distinct.insert(expression.to_owned());
            if let Err(diagnostics) = compile_expression(expression, file) {
                let shown: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
                panic!("{}", shown.join("\n"));
            }
        }
    }
    assert_eq!((files.len(), all, distinct.len()), (62, 391, 86));
}

#[test]
fn the_default_rules_are_taken_over() {
    let Some(files) = exported() else { return };
    let imported = import_entra(&files);
    let (rules, diagnostics) =
        load("entra", &[("entra.toml".into(), imported.toml.clone())], &Surroundings::default());
    let errors: Vec<String> = diagnostics.iter().filter(|d| d.is_error()).map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    let rules = rules.unwrap();
    let counts = (
        rules.import.len(),
        rules.export.len(),
        imported.exactly,
        imported.count(Taken::Changed),
        imported.count(Taken::NoCounterpart),
    );
    let report: Vec<String> = imported.report.iter().map(ToString::to_string).collect();
    assert_eq!(counts, (25, 33, 1329, 15, 25), "{}", report.join("\n"));
}

/// What Entra Connect would send for an object, and which contacts it would not send and why.
#[test]
fn what_the_default_rules_would_send() {
    let Some(files) = exported() else { return };
    let imported = import_entra(&files);
    let (rules, _) = load("entra", &[("entra.toml".into(), imported.toml)], &Surroundings::default());
    let rules = rules.unwrap();
    let check = |object_type: &str, attributes: &[(&str, &str)], expected: Result<&[(&str, &str)], &str>| {
        let name = |name: &str| AttributeName::intern(name).unwrap();
        let entry = Entry::from_values(
            attributes.iter().map(|(attribute, value)| (name(attribute), [value_of_row(value)])),
        );
        let object = WalkObject {
            connector: "active-directory",
            object_type,
            dn: None,
            entry: &entry,
            groups: &NoGroups,
        };
        let none = Parameters::new();
        let walked = walk(&rules, &object, (&none, &none), Timestamp::from_millis(0));
        match (expected, &walked.made) {
            (Ok(values), Some((_, made))) => {
                for (attribute, value) in values {
                    let given = made.get(&name(attribute)).map(|values| values[0].to_string());
                    assert_eq!(given.as_deref(), Some(*value), "{attribute} of {attributes:?}: {made:?}");
                }
            }
            (Err(reason), None) => {
                let reasons: Vec<&str> =
                    walked.not_met.iter().map(|not_met| not_met.because.as_str()).collect();
                assert!(reasons.iter().any(|given| given.contains(reason)), "{attributes:?}: {reasons:?}");
            }
            _ => panic!("{attributes:?}: {walked:?}"),
        }
    };
    let contact = |attributes: &[(&str, &str)], expected: Result<&[(&str, &str)], &str>| {
        let guid: &[(&str, &str)] = &[("objectGUID", "0x0102")];
        check("contact", &[guid, attributes].concat(), expected);
    };
    contact(
        &[("cn", "Anna"), ("mail", " anna@abc.example ")],
        Ok(&[("displayName", "Anna"), ("sourceAnchor", "AQI=")]),
    );
    contact(
        &[("cn", "Anna"), ("proxyAddresses", "SMTP:anna@abc.example")],
        Ok(&[("proxyAddresses", "SMTP:anna@abc.example")]),
    );
    contact(&[("cn", "Anna")], Err("mailEnabled EQUAL True does not hold"));
    contact(&[("cn", "Anna"), ("proxyAddresses", "smtp:anna@abc.example")], Err("mailEnabled"));
    contact(
        &[
            ("displayName", "Anna (MSOL)"),
            ("msExchHideFromAddressLists", "TRUE"),
            ("mail", "anna@abc.example"),
        ],
        Err("cloudFiltered NOTEQUAL True does not hold"),
    );
    check(
        "user",
        &[
            ("objectGUID", "0x0102"),
            ("sAMAccountName", "anna"),
            ("userPrincipalName", "anna@abc.example"),
            ("userAccountControl", "512"),
        ],
        Ok(&[("userPrincipalName", "anna@abc.example"), ("accountEnabled", "TRUE")]),
    );
    check(
        "user",
        &[("objectGUID", "0x0102"), ("sAMAccountName", "MSOL_1"), ("userAccountControl", "512")],
        Err("cloudFiltered"),
    );
}
