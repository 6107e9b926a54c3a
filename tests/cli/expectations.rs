//! Who has a contact where, compared with a selection that was written independently from the same tables.

use std::collections::BTreeMap;
use std::path::Path;

use super::Example;

#[test]
fn everybody_who_should_have_a_contact_has_one() {
    let example = Example::new();
    let (_, report) = example.json(&["preview"]);
    let mut planned: BTreeMap<String, String> = BTreeMap::new();
    for change in report["changes"].as_array().unwrap() {
        let stamp = change["attributes"]
            .as_array()
            .unwrap()
            .iter()
            .find(|attribute| attribute["attribute"] == "adminDescription");
        let stamp = stamp.and_then(|attribute| attribute["new"][0].as_str()).unwrap_or_default();
        let source = stamp.split(" from=").nth(1).unwrap_or_default();
        planned.insert(source.to_owned(), change["dn"].as_str().unwrap().to_owned());
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/abc-xyz/expectations.tsv");
    let text = std::fs::read_to_string(path).unwrap();
    let mut rows = text.lines().filter(|line| !line.starts_with('#'));
    let head: Vec<&str> = rows.next().unwrap().split('\t').collect();
    let column = |name: &str| head.iter().position(|title| *title == name).unwrap();
    let (connector, verdict, guid, dn) =
        (column("connector"), column("verdict"), column("objectGUID"), column("dn"));
    let mut differences = Vec::new();
    let mut compared = 0;
    for row in rows.map(|row| row.split('\t').collect::<Vec<_>>()) {
        let source = format!("{}/{}", row[connector], row[guid]);
        let has = planned.contains_key(&source);
        let should = match row[verdict] {
            "contact" => true,
            "none" | "known" | "problem" => false,
            _ => continue,
        };
        compared += 1;
        if has != should {
            differences
                .push(format!("{} {}: expected {}, contact: {has}", row[connector], row[dn], row[verdict]));
        }
    }
    assert!(compared > 300, "{compared} rows");
    assert!(differences.is_empty(), "{} of {compared}:\n{}", differences.len(), differences.join("\n"));
}
