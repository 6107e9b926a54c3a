//! Another engine's contacts become ours: on proof, or on the operator's word, and never otherwise.

use serde_json::Value;

use super::{Example, shown};

const WITH_X500: &str = "CN=Bea Holm (ABC IT),OU=Address List";
/// The same contact, once it is ours.
const OURS: &str = "CN=Beatrice Holm,OU=Address List";
const BY_MAIL: &str = "CN=Konrad Weiss,OU=Address List";

fn kinds(report: &Value) -> Vec<(String, String)> {
    let text = |change: &Value, name: &str| change[name].as_str().unwrap().to_owned();
    let changes = report["changes"].as_array().unwrap().iter();
    changes.map(|change| (text(change, "kind"), text(change, "dn"))).collect()
}

/// The record of a contact in XYZ.
fn record(example: &Example, dn: &str) -> String {
    let text = example.read("xyz.ldif");
    text.split("\n\n").find(|record| record.starts_with(&format!("dn: {dn}"))).unwrap().to_owned()
}

fn line<'r>(record: &'r str, name: &str) -> Option<&'r str> {
    record.lines().find(|line| line.starts_with(name))
}

#[test]
fn contacts_are_taken_over_on_proof_or_on_the_operators_word() {
    let example = Example::new();
    example.json(&["run"]);
    let before = record(&example, WITH_X500);
    assert_eq!(line(&before, "adminDescription"), None, "a run takes nothing over");

    let (_, seen) = example.json(&["adopt", "xyz"]);
    let found = kinds(&seen);
    assert_eq!(found.len(), 1, "{seen}");
    assert_eq!(shown(&seen["planned"]), "adopt 1", "what is counted is what is shown: {seen}");
    assert_eq!(found[0].0, "adopt");
    assert!(found[0].1.starts_with(WITH_X500), "{seen}");
    assert_eq!(record(&example, WITH_X500), before, "looking changes nothing");
    let (_, run) = example.json(&["run"]);
    assert_eq!(shown(&run["planned"]), "", "and a run afterwards takes nothing over: {run}");

    let (_, written) = example.json(&["export", "--plan", seen["plan"].as_str().unwrap()]);
    assert_eq!(shown(&written["exported"]), "adopt 1", "{written}");
    assert_eq!(written["planned"], written["exported"], "all that was approved is written: {written}");
    let after = record(&example, OURS);
    assert!(line(&after, "adminDescription").unwrap().contains("madrigal/1"), "{after}");
    for kept in ["objectGUID", "legacyExchangeDN"] {
        assert_eq!(line(&after, kept), line(&before, kept), "{kept} is kept");
    }
    // Whose manager she is follows.
    let (_, run) = example.json(&["run"]);
    assert_eq!(run["planned"]["adopt"], 0, "{run}");
    let (_, run) = example.json(&["run"]);
    assert_eq!(shown(&run["planned"]), "", "she is ours, and in step: {run}");
    assert_eq!(line(&record(&example, BY_MAIL), "adminDescription"), None);

    let (_, seen) = example.json(&["adopt", "xyz", "--by-address"]);
    assert!(kinds(&seen).iter().any(|(_, dn)| dn.starts_with(BY_MAIL)), "{seen}");
    example.json(&["export", "--plan", seen["plan"].as_str().unwrap()]);
    assert!(line(&record(&example, BY_MAIL), "adminDescription").is_some());
}

#[test]
fn what_was_taken_over_can_be_given_back() {
    let example = Example::new();
    example.json(&["run"]);
    let before = record(&example, WITH_X500);
    let (_, seen) = example.json(&["adopt", "xyz"]);
    let (_, written) = example.json(&["export", "--plan", seen["plan"].as_str().unwrap()]);
    let (_, undo) = example.json(&["undo", &written["run"].to_string()]);
    example.json(&["export", "--plan", undo["plan"].as_str().unwrap()]);
    assert_eq!(line(&record(&example, WITH_X500), "adminDescription"), line(&before, "adminDescription"));
}

#[test]
fn beside_the_incumbent_nothing_is_written() {
    let example = Example::new();
    let config = example.read("madrigal.toml");
    let staged = config.replace("[connector.xyz]\n", "[connector.xyz]\nmode = \"staging\"\n");
    example.write("madrigal.toml", &staged);
    let before = example.read("xyz.ldif");
    let (_, report) = example.json(&["run"]);
    assert_eq!(example.read("xyz.ldif"), before);
    assert!(report["connectors"]["xyz"]["planned"]["add"].as_u64().unwrap() > 100, "{report}");
    assert_eq!(report["connectors"]["xyz"]["exported"]["add"], 0, "{report}");
    assert!(report["connectors"]["abc"]["exported"]["add"].as_u64().unwrap() > 100, "{report}");
}
