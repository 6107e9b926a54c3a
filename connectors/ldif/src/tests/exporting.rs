//! New snapshots and change files.

use std::fs;
use std::path::Path;

use madrigal_api::{
    Exporter, Modification, ModificationKind, Operation, OperationKind, ReceiptOutcome, Settled,
};
use madrigal_model::{Approval, DistinguishedName, Entry, IdentityId, Timestamp, Value};

use super::{answer, connector, name};
use crate::{Apply, Encoding, LdifConnector};

fn dn(text: &str) -> DistinguishedName {
    DistinguishedName::from_directory(text)
}

fn add(at: &str, mail: &str, key: &str) -> OperationKind {
    let entry = Entry::from_values([
        (name("objectClass"), [Value::text("contact")]),
        (name("mail"), [Value::text(mail)]),
        (name("employeeID"), [Value::text(key)]),
    ]);
    OperationKind::Add { dn: dn(at), entry, former: None }
}

fn modify(at: &str, kind: ModificationKind, attribute: &str, values: &[&str]) -> OperationKind {
    let values = values.iter().map(|text| Value::text(*text)).collect();
    let modifications = vec![Modification { attribute: name(attribute), kind, values }];
    OperationKind::Modify { anchor: None, dn: dn(at), modifications }
}

fn rename(at: &str, to: &str) -> OperationKind {
    OperationKind::Rename { anchor: None, dn: dn(at), new_dn: dn(to) }
}

fn delete(at: &str) -> OperationKind {
    OperationKind::Delete { anchor: None, dn: dn(at), stamp: None }
}

/// Receipts as `ok` or a code each; `failed CODE` where the batch failed.
fn apply(connector: &LdifConnector, operations: Vec<OperationKind>) -> Vec<String> {
    let identity = IdentityId::projected_by("abc", b"1");
    let operations = operations.into_iter().map(|kind| Operation { identity, kind }).collect();
    let approval = Approval::granted_by_the_guard();
    match answer(connector.exporter().apply(7, operations, Timestamp::default(), &approval)) {
        Ok(receipts) => receipts
            .into_iter()
            .map(|receipt| match receipt.outcome {
                ReceiptOutcome::Accepted(_) => "ok".to_owned(),
                ReceiptOutcome::Refused(problem) => problem.code.as_str().to_owned(),
                ReceiptOutcome::Unknown => "unknown".to_owned(),
            })
            .collect(),
        Err(error) => vec![format!("failed {}", error.code())],
    }
}

const BEFORE: &str = "\
version: 1

# Anna's comment stays.
dn: CN=Anna,OU=Staff,DC=abc
objectClass: user
employeeID: 1
cn: Anna
mail:  anna@abc
manager: cn=bo,ou=staff,dc=abc


dn: CN=Bo,OU=Staff,DC=abc
objectClass: user
employeeID: 2
cn: Bo
title: Boss

dn: OU=Staff,DC=abc
employeeID: 3
ou: Staff
";

/// Each row: operations, receipts, and the lines that are gone (`-`) or new (`+`) in the file.
fn check(what: &str, operations: Vec<OperationKind>, receipts: &[&str], difference: &[&str]) {
    for (encoding, end) in [
        (Encoding::Utf8, "\n"),
        (Encoding::Utf8Bom, "\r\n"),
        (Encoding::Utf16Le, "\r\n"),
        (Encoding::Utf16Be, "\n"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc.ldif");
        let mark = if encoding == Encoding::Utf8 { "" } else { "\u{feff}" };
        let mut before = Vec::new();
        encoding.encode(format!("{mark}{}", BEFORE.replace('\n', end)).as_bytes(), &mut before);
        fs::write(&path, &before).unwrap();
        assert_eq!(apply(&connector(&path), operations.clone()), receipts, "{what}");
        let after = fs::read(&path).unwrap();
        let previous = path.with_file_name("abc.ldif.previous");
        if difference.is_empty() {
            assert_eq!(after, before, "{what}");
            assert!(!previous.exists());
        } else {
            assert_eq!(fs::read(&previous).unwrap(), before, "{what}");
        }
        let lines = |octets: &[u8]| -> Vec<String> {
            let mut text = String::new();
            std::io::Read::read_to_string(&mut crate::source::Decoder::new(octets), &mut text).unwrap();
            assert_eq!(text.matches('\n').count(), text.matches(end).count(), "{what}: line ends");
            text.split(end).map(str::to_owned).collect()
        };
        assert_eq!(compare(&lines(&before), &lines(&after)), difference, "{what} in {encoding:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1 + usize::from(!difference.is_empty()));
    }
}

/// Lines of one text that the other lacks, in order; blank ones are counted at the end.
fn compare(before: &[String], after: &[String]) -> Vec<String> {
    let mut left: Vec<&String> = after.iter().filter(|line| !line.is_empty()).collect();
    let mut difference = Vec::new();
    for line in before.iter().filter(|line| !line.is_empty()) {
        match left.iter().position(|other| *other == line) {
            Some(at) => drop(left.remove(at)),
            None => difference.push(format!("-{line}")),
        }
    }
    difference.extend(left.into_iter().map(|line| format!("+{line}")));
    difference
}

#[test]
fn a_new_snapshot_differs_in_what_was_asked_for() {
    use ModificationKind::{Add, Delete, Replace};
    let (anna, bo) = ("CN=Anna,OU=Staff,DC=abc", "CN=Bo,OU=Staff,DC=abc");
    let bob = "CN=Bob,OU=Staff,DC=abc";
    check("nothing", vec![], &[], &[]);
    check(
        "a value",
        vec![modify(bo, Replace, "title", &["Chief"])],
        &["ok"],
        &["-title: Boss", "+title: Chief"],
    );
    check("a value away", vec![modify(bo, Delete, "title", &["boss"])], &["ok"], &["-title: Boss"]);
    check("a value of umlauts", vec![modify(bo, Add, "info", &["ä"])], &["ok"], &["+info:: w6Q="]);
    check("a value that is there", vec![modify(bo, Add, "title", &["BOSS"])], &["MDR-C028"], &[]);
    check("a value that is not there", vec![modify(bo, Delete, "title", &["x"])], &["MDR-C029"], &[]);
    check("a second value for one", vec![modify(bo, Add, "title", &["x"])], &["MDR-C026"], &[]);
    let swap =
        |kind, value: &str| Modification { attribute: name("title"), kind, values: vec![Value::text(value)] };
    let both =
        |one, other| OperationKind::Modify { anchor: None, dn: dn(bo), modifications: vec![one, other] };
    check(
        "two values for a moment",
        vec![both(swap(Add, "Chief"), swap(Delete, "Boss"))],
        &["ok"],
        &["-title: Boss", "+title: Chief"],
    );
    check(
        "an operation that holds in part",
        vec![both(swap(Replace, "Chief"), swap(Delete, "Boss"))],
        &["MDR-C029"],
        &[],
    );
    check(
        "nobody",
        vec![modify("CN=Cleo,DC=abc", Replace, "title", &["x"]), delete("CN=Cleo,DC=abc")],
        &["MDR-C021", "MDR-C021"],
        &[],
    );
    check("the name by a modify", vec![modify(bo, Replace, "cn", &["Bob"])], &["MDR-C032"], &[]);
    check(
        "a new object",
        vec![add("CN=Cleo,OU=Staff,DC=abc", "c@abc", "9"), add("cn=cleo,ou=staff,dc=ABC", "d@abc", "8")],
        &["ok", "MDR-C022"],
        &[
            "+dn: CN=Cleo,OU=Staff,DC=abc",
            "+objectClass: contact",
            "+mail: c@abc",
            "+employeeID: 9",
            "+cn: Cleo",
        ],
    );
    check("no container", vec![add("CN=Cleo,OU=Staf,DC=abc", "c@abc", "9")], &["MDR-C023"], &[]);
    check("a key that is taken", vec![add("CN=Cleo,DC=abc", "c@abc", "2")], &["MDR-C022"], &[]);
    check(
        "made and deleted",
        vec![add("CN=Cleo,DC=abc", "c@abc", "9"), delete("CN=Cleo,DC=abc"), modify(bo, Add, "info", &["x"])],
        &["ok", "ok", "ok"],
        &["+info: x"],
    );
    check(
        "a rename, and who refers",
        vec![rename(bo, bob)],
        &["ok"],
        &[
            "-manager: cn=bo,ou=staff,dc=abc",
            "-dn: CN=Bo,OU=Staff,DC=abc",
            "-cn: Bo",
            "+manager: CN=Bob,OU=Staff,DC=abc",
            "+dn: CN=Bob,OU=Staff,DC=abc",
            "+cn: Bob",
        ],
    );
    check(
        "a delete, and who referred",
        vec![delete(bo)],
        &["ok"],
        &[
            "-manager: cn=bo,ou=staff,dc=abc",
            "-dn: CN=Bo,OU=Staff,DC=abc",
            "-objectClass: user",
            "-employeeID: 2",
            "-cn: Bo",
            "-title: Boss",
        ],
    );
    check(
        "a container's rename, then one below it",
        vec![
            rename("OU=Staff,DC=abc", "OU=People,DC=abc"),
            modify("CN=Bo,OU=People,DC=abc", Replace, "title", &[]),
            modify(anna, Replace, "title", &["x"]),
        ],
        &["ok", "ok", "MDR-C021"],
        &[
            "-dn: CN=Anna,OU=Staff,DC=abc",
            "-manager: cn=bo,ou=staff,dc=abc",
            "-dn: CN=Bo,OU=Staff,DC=abc",
            "-title: Boss",
            "-dn: OU=Staff,DC=abc",
            "-ou: Staff",
            "+dn: CN=Anna,OU=People,DC=abc",
            "+manager: cn=bo,OU=People,DC=abc",
            "+dn: CN=Bo,OU=People,DC=abc",
            "+dn: OU=People,DC=abc",
            "+ou: People",
        ],
    );
    let managed = || {
        let mut cleo = add("CN=Cleo,DC=abc", "c@abc", "9");
        if let OperationKind::Add { entry, .. } = &mut cleo {
            let mut managed = entry.edit();
            managed.set(name("manager"), vec![Value::text(bo)]);
            *entry = managed.build();
        }
        cleo
    };
    let renamed = ["-manager: cn=bo,ou=staff,dc=abc", "-dn: CN=Bo,OU=Staff,DC=abc", "-cn: Bo"];
    let rest = ["+objectClass: contact", "+mail: c@abc", "+employeeID: 9"];
    for (what, operations, manager) in [
        (
            "made, then who it refers to is renamed",
            vec![managed(), rename(bo, bob)],
            "+manager: CN=Bob,OU=Staff,DC=abc",
        ),
        (
            "renamed, then the old name is referred to",
            vec![rename(bo, bob), managed()],
            "+manager: CN=Bo,OU=Staff,DC=abc",
        ),
    ] {
        let new = [
            "+manager: CN=Bob,OU=Staff,DC=abc",
            "+dn: CN=Bob,OU=Staff,DC=abc",
            "+cn: Bob",
            "+dn: CN=Cleo,DC=abc",
        ];
        let difference: Vec<&str> =
            renamed.into_iter().chain(new).chain(rest).chain([manager, "+cn: Cleo"]).collect();
        check(what, operations, &["ok", "ok"], &difference);
    }
    check("a container that is not empty", vec![delete("OU=Staff,DC=abc")], &["MDR-C024"], &[]);
    check("a name that is taken", vec![rename(bo, anna)], &["MDR-C022"], &[]);
    check("below itself", vec![rename("OU=Staff,DC=abc", "OU=X,OU=Staff,DC=abc")], &["MDR-C034"], &[]);
}

#[test]
fn a_new_object_gets_the_same_key_whenever_it_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("abc.ldif");
    let mut connector = connector(&path);
    connector.anchor = name("objectGUID");
    let made = || {
        fs::write(&path, "").unwrap();
        let entry = Entry::from_values([(name("objectClass"), ["contact"])]);
        assert_eq!(
            apply(&connector, vec![OperationKind::Add { dn: dn("CN=Cleo,DC=abc"), entry, former: None }]),
            ["ok"]
        );
        fs::read_to_string(&path).unwrap()
    };
    let first = made();
    assert!(first.contains("objectGUID:: "), "{first}");
    assert_eq!(made(), first);
}

#[test]
fn a_snapshot_that_is_not_whole_is_not_rewritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("abc.ldif");
    for text in ["dn: CN=Anna,DC=abc\nemployeeID: 1", "dn: CN=Anna,DC=abc\nchangetype: delete\n"] {
        fs::write(&path, text).unwrap();
        assert_eq!(apply(&connector(&path), vec![delete("CN=Anna,DC=abc")]), ["failed MDR-L004"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    assert_eq!(apply(&connector(Path::new("/nowhere/abc.ldif")), vec![]), ["failed MDR-L001"]);
}

#[test]
fn a_change_file_is_written_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut connector = connector(&folder.path().join("abc.ldif"));
    connector.apply = Apply::File(folder.path().to_owned());
    let now = Timestamp::from_millis(0);
    let settled = || answer(connector.exporter().settle(7, now)).unwrap();
    assert!(!connector.exporter().capabilities().confirms);
    assert_eq!(settled(), Settled::NotDone);
    assert_eq!(
        apply(&connector, vec![delete("CN=Anna,DC=abc"), add("CN=Bo,DC=abc", "b@abc", "2")]),
        ["ok", "ok"]
    );
    let path = folder.path().join("abc-000000000-00007-19700101000000.ldif");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("version: 1\n\n# Madrigal, connector abc, export 7, 1970-01-01T00:00:00Z\n# Apply such files in the order of their names, and throw away one that is\n# older than confirm-within-days: its changes have been planned anew.\ndn: CN=Anna,DC=abc\nchangetype: delete\n\n"), "{text}");
    assert_eq!(settled(), Settled::Done);
    // Somebody carried it away and said so: the export is not written a second time.
    fs::rename(&path, folder.path().join("abc-000000000-00007-19700101000000.ldif.done")).unwrap();
    assert_eq!(settled(), Settled::Done);
    assert_eq!(apply(&connector, vec![delete("CN=Anna,DC=abc")]), ["ok"]);
    assert!(!path.exists());
    // The same number at another time is another store's, which counts anew: it is no reason to write nothing.
    let later = Timestamp::from_millis(1_000);
    assert_eq!(answer(connector.exporter().settle(7, later)).unwrap(), Settled::NotDone);
    let identity = IdentityId::projected_by("abc", b"1");
    let operations = vec![Operation { identity, kind: delete("CN=Anna,DC=abc") }];
    let approval = Approval::granted_by_the_guard();
    answer(connector.exporter().apply(7, operations, later, &approval)).unwrap();
    assert_eq!(answer(connector.exporter().settle(7, later)).unwrap(), Settled::Done);
    // A folder that is not there is made; one that cannot be made is said.
    connector.apply = Apply::File(folder.path().join("new/of/today"));
    assert_eq!(apply(&connector, vec![delete("CN=Anna,DC=abc")]), ["ok"]);
    connector.apply =
        Apply::File(folder.path().join("abc-000000000-00007-19700101000000.ldif.done/below-a-file"));
    assert_eq!(apply(&connector, vec![delete("CN=Anna,DC=abc")]), ["failed MDR-L002"]);
}
