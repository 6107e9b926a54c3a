//! Foreign configurations, whole, partial and hostile: what is made of them can be read, and the report says the rest.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first thing that is not as it says"
)]

use madrigal_mappings::{Imported, Surroundings, import_entra, import_galsync, load};

fn rule(name: &str, direction: &str, body: &str) -> String {
    let (source, target) = if direction == "Inbound" { ("user", "person") } else { ("person", "contact") };
    format!(
        "<synchronizationRule><name>{name}</name><direction>{direction}</direction><precedence>100</precedence>\
         <sourceObjectType>{source}</sourceObjectType><targetObjectType>{target}</targetObjectType>\
         <linkType>Join</linkType>{body}</synchronizationRule>"
    )
}

fn mapping(destination: &str, expression: &str) -> String {
    format!(
        "<attribute-mappings><mapping><dest>{destination}</dest><expression>{expression}</expression></mapping>\
         </attribute-mappings>"
    )
}

fn entra(files: &[String]) -> Imported {
    let files: Vec<(String, String)> =
        files.iter().enumerate().map(|(at, text)| (format!("{at}.xml"), text.clone())).collect();
    import_entra(&files)
}

/// The rules that are made load, but for what the report or a check says; the report names what is given here.
fn check(files: &[String], named: &[&str]) {
    let imported = entra(files);
    let (_, diagnostics) =
        load("entra", &[("entra.toml".into(), imported.toml.clone())], &Surroundings::default());
    let errors: Vec<String> = diagnostics.iter().filter(|d| d.is_error()).map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{}\n{}", imported.toml, errors.join("\n"));
    let report: Vec<String> = imported.report.iter().map(ToString::to_string).collect();
    for name in named {
        assert!(report.iter().any(|line| line.contains(name)), "{name} in {report:#?}");
    }
    assert_eq!(report.len(), named.len(), "{report:#?}");
}

#[test]
fn parts_that_cannot_be_used_are_left_out_and_said() {
    let scope = |clause: &str| {
        format!(
            "<synchronizationCriteria><conditions><scope>{clause}</scope></conditions></synchronizationCriteria>"
        )
    };
    let join = |pair: &str| {
        format!(
            "<relationshipCriteria><conditions><condition>{pair}</condition></conditions></relationshipCriteria>"
        )
    };
    check(&[], &["there is no XML file in it"]);
    check(&["<a".into()], &["it is no XML"]);
    check(&["<a/>".into()], &["no synchronizationRule"]);
    check(&[rule("whole", "Inbound", &mapping("mail", "[mail]"))], &[]);
    check(&[rule("", "Inbound", "")], &[]);
    check(&[rule("a", "Sideways", "")], &["neither Inbound nor Outbound"]);
    check(
        &[rule("a", "Inbound", "").replace("Inbound", "Outbound")],
        &["no rule out goes from user to person"],
    );
    check(
        &[rule("a", "Outbound", "").replace("Outbound", "Inbound")],
        &["no rule in goes from person to contact"],
    );
    check(&[rule("a", "Inbound", "").replace(">100<", ">first<")], &["precedence first"]);
    check(&[rule("a", "Inbound", &mapping("", "[mail]"))], &["names no attribute"]);
    check(&[rule("a", "Inbound", &mapping("mail", "Lef([mail], 1)"))], &["MDR-R002"]);
    check(&[rule("a", "Inbound", &mapping("mail", "[mail"))], &["MDR-R001"]);
    let twice =
        mapping("mail", "[mail]").replace("</mapping>", "</mapping><mapping><dest>Mail</dest></mapping>");
    check(&[rule("a", "Inbound", &twice)], &["writes it twice"]);
    // A partial export: the rule that makes what this one joins with is not there.
    let pair = "<csAttribute>mail</csAttribute><ilmAttribute>mail</ilmAttribute>";
    check(&[rule("a", "Inbound", &join(pair))], &[]);
    check(
        &[rule("a", "Inbound", &join("<csAttribute>mail</csAttribute>"))],
        &["a join needs an attribute on both"],
    );
    // A clause that is not understood would let the rule take more than it is for: the rule is left out.
    let clause = "<csAttribute>mail</csAttribute><csOperator>SOUNDSLIKE</csOperator><csValue>x</csValue>";
    check(&[rule("a", "Inbound", &scope(clause))], &["without this clause it would take objects"]);
    let name = "<csAttribute>ma]il</csAttribute><csOperator>ISNULL</csOperator>";
    check(&[rule("a", "Inbound", &scope(name))], &["without this clause it would take objects"]);
}

#[test]
fn quotes_lines_and_signs_survive() {
    let text = "it's \\ \"two\"\nlines &amp; \u{85}\u{2028} = # ]]";
    check(&[rule(text, "Inbound", &format!("<description>{text}</description>"))], &[]);
    let constant =
        "<attribute-mappings><mapping><src>a\"b\\c'd</src><dest>mail</dest></mapping></attribute-mappings>";
    check(&[rule("a", "Inbound", constant)], &[]);
}

#[test]
fn agents_of_galsync() {
    let xml = |agents: &str| {
        format!(
            "<rules-extension-properties><galsync-mas>{agents}</galsync-mas></rules-extension-properties>"
        )
    };
    let tables = |agents: &str| -> Vec<String> {
        let imported = import_galsync(&xml(agents));
        let table: toml::Table = imported.toml.parse().unwrap();
        let connectors = table.get("connector").and_then(toml::Value::as_table);
        connectors.into_iter().flat_map(toml::Table::keys).cloned().collect()
    };
    assert_eq!(tables(r#"<galma name="ABC"/><galma name="XYZ GAL"/>"#), ["abc", "xyz-gal"]);
    // Names that would be one are told apart, and one that is none is called something.
    assert_eq!(
        tables(r#"<galma name="ABC!"/><galma name="abc"/><galma name="ABC-2"/>"#),
        ["abc", "abc-2", "abc-2-2"]
    );
    assert_eq!(
        tables(r#"<galma name="日本"/><galma/><galma name="--"/>"#),
        ["directory", "directory-2", "日本"]
    );
    assert_eq!(tables(""), Vec::<String>::new());
    for (text, reason) in [
        ("", "no XML"),
        ("<a/>", "no galsync-mas/galma"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "no XML"),
        (&xml(r#"<galma name="ABC"/>"#), "without it no contact can be kept"),
    ] {
        let report = import_galsync(text).report;
        assert!(report.iter().any(|line| line.to_string().contains(reason)), "{text}: {report:#?}");
    }
}

/// Depth and number are no harm.
#[test]
fn large_and_deep() {
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let _ = import_galsync(&deep);
    let _ = entra(&[deep]);
    let list: Vec<String> = (0..400).map(|number| number.to_string()).collect();
    let clause = format!(
        "<csAttribute>employeeType</csAttribute><csOperator>ISIN</csOperator><csValue>{}</csValue>",
        list.join(";")
    );
    let scope = format!(
        "<synchronizationCriteria><conditions><scope>{clause}</scope></conditions></synchronizationCriteria>"
    );
    check(&[rule("a", "Inbound", &scope)], &[]);
}
