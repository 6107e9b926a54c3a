//! What is written, to the letter.

use madrigal_api::{Modification, ModificationKind, OperationKind};
use madrigal_model::{DistinguishedName, Entry, Value};

use super::name;
use crate::{LineEnd, Writer};

fn pair(value: &[u8]) -> String {
    let mut writer = Writer::new(Vec::new(), LineEnd::Lf);
    writer.pair("cn", value).unwrap();
    String::from_utf8(writer.into_inner()).unwrap()
}

#[test]
fn values_are_safe_or_in_base64() {
    for (value, expected) in [
        ("Anna", "cn: Anna\n"),
        ("", "cn:\n"),
        ("a: b <c", "cn: a: b <c\n"),
        (" a", "cn:: IGE=\n"),
        ("a ", "cn:: YSA=\n"),
        (":a", "cn:: OmE=\n"),
        ("<a", "cn:: PGE=\n"),
        ("a\nb", "cn:: YQpi\n"),
        ("a\0b", "cn:: YQBi\n"),
        ("ä", "cn:: w6Q=\n"),
    ] {
        assert_eq!(pair(value.as_bytes()), expected, "{value:?}");
    }
    let long = pair("x".repeat(200).as_bytes());
    let lengths: Vec<usize> = long.lines().map(str::len).collect();
    assert_eq!(lengths, [76, 76, 54]);
}

#[test]
fn operations_are_change_records() {
    let dn = |text: &str| DistinguishedName::parse(text).unwrap();
    let change = |kind, values: &[&str]| Modification {
        attribute: name("mail"),
        kind,
        values: values.iter().map(|text| Value::text(*text)).collect(),
    };
    let bo = dn("CN=Bo,DC=abc");
    let operations = [
        OperationKind::Add {
            dn: bo.clone(),
            entry: Entry::from_values([(name("mail"), ["b@abc"]), (name("objectClass"), ["contact"])]),
            former: None,
        },
        OperationKind::Modify {
            anchor: None,
            dn: bo.clone(),
            modifications: vec![
                change(ModificationKind::Add, &["c"]),
                change(ModificationKind::Delete, &[]),
                change(ModificationKind::Replace, &["d", "e"]),
            ],
        },
        OperationKind::Rename { anchor: None, dn: bo.clone(), new_dn: dn("CN=Bob,DC=abc") },
        OperationKind::Rename { anchor: None, dn: bo.clone(), new_dn: dn("CN=Bo,OU=Old,DC=abc") },
        OperationKind::Delete { anchor: None, dn: bo, stamp: None },
    ];
    let mut writer = Writer::new(Vec::new(), LineEnd::Lf);
    operations.iter().for_each(|operation| writer.operation(operation).unwrap());
    let expected = "\
dn: CN=Bo,DC=abc
changetype: add
objectClass: contact
mail: b@abc

dn: CN=Bo,DC=abc
changetype: modify
add: mail
mail: c
-
delete: mail
-
replace: mail
mail: d
mail: e
-

dn: CN=Bo,DC=abc
changetype: modrdn
newrdn: CN=Bob
deleteoldrdn: 1

dn: CN=Bo,DC=abc
changetype: modrdn
newrdn: CN=Bo
deleteoldrdn: 1
newsuperior: OU=Old,DC=abc

dn: CN=Bo,DC=abc
changetype: delete

";
    assert_eq!(String::from_utf8(writer.into_inner()).unwrap(), expected);
}
