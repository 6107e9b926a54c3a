use super::*;
use crate::property::{PropertyList, PropertyTag, Value};

fn map(entry: &DirectoryEntry) -> Outcome {
    RecipientMapping::new(&PropertyList::default()).map(entry)
}

fn entry(lines: &str) -> DirectoryEntry {
    let mut entry = DirectoryEntry::new("CN=Anna,DC=abc,DC=example");
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (attribute, value) = line.split_once(": ").unwrap();
        entry.add(attribute, value);
    }
    entry
}

/// What the record of an entry says, as `Name=value` in the order of the table.
fn listed(lines: &str) -> Vec<String> {
    match map(&entry(lines)) {
        Outcome::Listed { record, .. } => {
            record.values.iter().map(|(tag, value)| format!("{}={value}", tag.name())).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_contact_of_the_other_company() {
    let record = listed(
        "objectClass: top
        objectClass: contact
        legacyExchangeDN: /o=ABC/cn=anna
        proxyAddresses: X500:/o=XYZ/cn=anna
        proxyAddresses: smtp:a@xyz.example
        proxyAddresses: SMTP:anna@xyz.example
        proxyAddresses: smtp:A@XYZ.example
        displayName: Anna (XYZ)
        sn: Meyer
        mailNickname: anna
        targetAddress: SMTP:anna@xyz.example
        msRTCSIP-PrimaryUserAddress: sip:anna@xyz.example
        msExchRecipientDisplayType: -2147483642
        telephoneNumber: +49 30 1",
    );
    let expected = [
        "EmailAddress=/o=ABC/cn=anna",
        "SmtpAddress=anna@xyz.example",
        "DisplayName=Anna (XYZ)",
        "Account=anna",
        "Surname=Meyer",
        "ProxyAddresses=SMTP:anna@xyz.example; sip:anna@xyz.example; smtp:A@XYZ.example; X500:/o=XYZ/cn=anna",
        "DisplayType=6",
        "ObjectType=6",
        "BusinessTelephoneNumber=+49 30 1",
        "TargetAddress=SMTP:anna@xyz.example",
        "DisplayTypeEx=2147483654",
    ];
    assert_eq!(record, expected);
}

#[test]
fn kinds_of_recipients() {
    let kinds = |lines: &str| {
        let record = listed(&format!("mail: a@abc.example\n{lines}"));
        let value = |name: &str| {
            let found = record.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            found.unwrap_or("-").to_owned()
        };
        [value("DisplayType"), value("ObjectType"), value("DisplayTypeEx")].join(" ")
    };
    for (lines, expected) in [
        ("objectClass: user\nhomeMDB: CN=DB1", "0 6 1073741824"),
        ("objectClass: inetOrgPerson", "0 6 1073741824"),
        ("objectClass: user\ntargetAddress: SMTP:a@xyz.example", "6 6 6"),
        ("objectClass: contact", "6 6 6"),
        ("objectClass: group\ngroupType: 8", "1 8 1"),
        ("objectClass: group\ngroupType: -2147483640", "1 8 1073741833"),
        ("objectClass: msExchDynamicDistributionList", "3 8 3"),
        ("objectClass: publicFolder", "2 3 2"),
        ("objectClass: user\nmsExchRecipientDisplayType: 7", "0 6 7"),
        ("objectClass: user\nmsExchResourceMetaData: ResourceType:Room", "0 6 7"),
    ] {
        assert_eq!(kinds(lines), expected, "{lines}");
    }
}

#[test]
fn who_is_not_in_the_book() {
    for (lines, expected) in [
        ("objectClass: user\nmail: a@b.c\nmsExchHideFromAddressLists: TRUE", Outcome::Hidden),
        ("objectClass: user\ndisplayName: No Address", Outcome::NoRecipient),
        ("objectClass: computer\nmail: a@b.c", Outcome::NoRecipient),
    ] {
        assert_eq!(map(&entry(lines)), expected, "{lines}");
    }
}

#[test]
fn where_the_address_comes_from() {
    let address = |lines: &str| match map(&entry(lines)) {
        Outcome::Listed { record, .. } => record.text(PropertyTag::SMTP_ADDRESS).map(str::to_owned),
        _ => None,
    };
    for (lines, expected) in [
        ("mail: m@b.c\nproxyAddresses: smtp:s@b.c\nproxyAddresses: SMTP:p@b.c", "p@b.c"),
        ("mail: m@b.c\nproxyAddresses: smtp:s@b.c", "m@b.c"),
        ("targetAddress: smtp:t@b.c\nproxyAddresses: smtp:s@b.c", "t@b.c"),
        ("proxyAddresses: smtp:s@b.c", "s@b.c"),
    ] {
        assert_eq!(address(lines).as_deref(), Some(expected), "{lines}");
    }
}

#[test]
fn a_value_that_does_not_fit_is_a_problem_and_no_more() {
    let entry = entry("mail: a@b.c\nmAPIRecipient: perhaps\ntitle: Engineer");
    let Outcome::Listed { record, problems, derived_key } = map(&entry) else { panic!() };
    assert_eq!(record.get(PropertyTag(0x3A17_001F)), Some(&Value::Text("Engineer".to_owned())));
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].attribute, "mapirecipient");
    assert!(derived_key);
    let key = record.text(PropertyTag::EMAIL_ADDRESS).unwrap();
    assert!(key.starts_with("/o=Madrigal/"), "{key}");
}

#[test]
fn the_sip_address_is_added_once() {
    let sips = |lines: &str| {
        let proxies = listed(lines).into_iter().find(|line| line.starts_with("ProxyAddresses=")).unwrap();
        proxies.to_lowercase().matches("sip:").count()
    };
    assert_eq!(sips("mail: a@b.c\nmsRTCSIP-PrimaryUserAddress: sip:a@b.c"), 1);
    assert_eq!(sips("mail: a@b.c\nmsRTCSIP-PrimaryUserAddress: a@b.c"), 1);
    assert_eq!(sips("mail: a@b.c\nmsRTCSIP-PrimaryUserAddress: sip:a@b.c\nproxyAddresses: SIP:a@b.c"), 1);
    assert_eq!(sips("mail: a@b.c"), 0);
}
