//! Rules of one's own in a run.

use super::Example;

/// A rule writes to the types that it names, and to no others: a remark for rooms is not one of people.
#[test]
fn a_rule_is_for_the_types_that_it_writes() {
    let example = Example::new();
    let remark = |kind: &str, precedence: u32| {
        format!(
            "\n[[rule]]\nname = \"Remark {kind}\"\ndirection = \"in\"\nfrom = \"user\"\nto = \"{kind}\"\nlink = \"join\"\nprecedence = {precedence}\n[rule.set]\ninfo = '\"of a {kind}\"'\n"
        )
    };
    // The rule for rooms comes first, so that it would win wherever it counts.
    example.write(
        "remarks.toml",
        &format!("extends = \"galsync\"\n{}{}", remark("room", 50), remark("person", 60)),
    );
    let config =
        example.read("madrigal.toml").replacen("mail-domains", "rules = \"remarks.toml\"\nmail-domains", 1);
    example.write("madrigal.toml", &config);
    example.json(&["run"]);
    let text = example.read("xyz.ldif");
    let remarks = |name: &str| {
        let record =
            text.split("\n\n").find(|record| record.contains(&format!("\ndisplayName: {name} (ABC)\n")));
        let lines = record.unwrap().lines().filter_map(|line| line.strip_prefix("info: "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(remarks("Tilda Marsh"), ["of a person"]);
    assert_eq!(remarks("Room Spree"), ["of a room"]);
}
