//! The built-in rule set against the tables of GALSync's behaviour, row by row.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first thing that is not as it says"
)]

mod support;

use support::{Attributes, Case, contact, galsync};

const DN: &str = "CN=Anna Berg,OU=People,DC=abc,DC=example";
const MAIL_DOMAINS: (&str, &[&str]) = ("MailDomains", &["abc.example"]);

/// A mailbox user with all that is required; what a row gives stands before it.
const MAILBOX: Attributes<'static> = &[
    ("cn", &["Anna Berg"]),
    ("displayName", &["Anna Berg"]),
    ("mailNickname", &["anna"]),
    ("sAMAccountName", &["aberg"]),
    ("legacyExchangeDN", &["/o=ABC/cn=anna"]),
    ("msExchHomeServerName", &["/o=ABC/cn=EX1"]),
    ("homeMDB", &["<CN=DB1,DC=abc,DC=example>"]),
    ("proxyAddresses", &["SMTP:anna.berg@abc.example", "smtp:anna@old.example"]),
    ("userAccountControl", &["512"]),
];
const CONTACT: Attributes<'static> = &[
    ("cn", &["Anna Berg"]),
    ("mailNickname", &["anna"]),
    ("legacyExchangeDN", &["/o=ABC/cn=anna"]),
    ("targetAddress", &["SMTP:anna@partner.example"]),
    ("proxyAddresses", &["SMTP:anna@partner.example"]),
];
const GROUP: Attributes<'static> = &[
    ("cn", &["All Staff"]),
    ("mailNickname", &["all"]),
    ("groupType", &["8"]),
    ("legacyExchangeDN", &["/o=ABC/cn=all"]),
    ("proxyAddresses", &["SMTP:all@abc.example"]),
];

/// The base's attributes, those of the row in their place; an attribute without values is taken away.
fn with<'a>(base: Attributes<'a>, row: Attributes<'a>) -> Vec<(&'a str, &'a [&'a str])> {
    let mut all: Vec<(&str, &[&str])> =
        base.iter().filter(|(name, _)| row.iter().all(|(own, _)| own != name)).copied().collect();
    all.extend(row.iter().filter(|(_, values)| !values.is_empty()));
    all
}

fn case<'a>(object_type: &'a str, attributes: Attributes<'a>, parameters: Attributes<'a>) -> Case<'a> {
    Case { kind: "active-directory", object_type, dn: DN, attributes, parameters }
}

#[test]
fn which_source_objects_are_taken() {
    let rules = galsync();
    let check = |object_type: &str,
                 base: Attributes<'_>,
                 row: Attributes<'_>,
                 parameters: Attributes<'_>,
                 expected: Result<&str, &str>| {
        let attributes = with(base, row);
        let given = case(object_type, &attributes, parameters).provisioned(&rules);
        match (expected, &given) {
            (Ok(expected), Ok(given)) => assert_eq!(expected, given, "{row:?}"),
            (Err(expected), Err(given)) => assert!(given.contains(expected), "{row:?}: {given}"),
            _ => panic!("{object_type} {row:?}: {given:?}, expected {expected:?}"),
        }
    };
    let source: Attributes<'_> = &[("SourceContacts", &["OU=People,DC=abc,DC=example"])];
    let user = |row: Attributes<'_>, expected: Result<&str, &str>| check("user", MAILBOX, row, &[], expected);
    user(&[], Ok("person"));
    user(&[("msExchHideFromAddressLists", &["TRUE"])], Err("hidden"));
    user(&[("msExchHideFromAddressLists", &["FALSE"])], Ok("person"));
    user(&[("legacyExchangeDN", &[])], Err("no legacyExchangeDN"));
    user(&[("msExchHomeServerName", &[])], Err("neither msExchHomeServerName nor targetAddress"));
    user(&[("msExchHomeServerName", &[]), ("targetAddress", &["SMTP:a@b.c"])], Ok("person"));
    user(&[("proxyAddresses", &[])], Err("no proxyAddresses"));
    user(&[("msExchRecipientTypeDetails", &["16777216"])], Err("mailbox plan"));
    user(&[("msExchRecipientTypeDetails", &["8388608"])], Err("arbitration"));
    user(&[("msExchRecipientTypeDetails", &["536870912"])], Err("discovery"));
    user(&[("msExchRecipientTypeDetails", &["1"])], Ok("person"));
    user(&[("msExchRecipientTypeDetails", &["16"])], Ok("room"));
    user(&[("msExchRecipientTypeDetails", &["8589934592"])], Ok("room"));
    user(
        &[("msExchRecipientTypeDetails", &["16"]), ("msExchHideFromAddressLists", &["TRUE"])],
        Err("hidden"),
    );
    user(&[("msExchOriginatingForest", &["xyz.example"])], Err("copy that another synchronisation made"));
    check(
        "user",
        MAILBOX,
        &[],
        &[("Container", &["OU=People,DC=abc,DC=example"])],
        Err("container of our contacts"),
    );
    check(
        "user",
        MAILBOX,
        &[("homeMDB", &[]), ("targetAddress", &["SMTP:a@xyz.example"])],
        &[("OtherMailDomains", &["xyz.example"])],
        Err("mail domains of another"),
    );
    check("user", MAILBOX, &[], &[("OtherMailDomains", &["xyz.example"])], Ok("person"));
    let bare: Attributes<'_> =
        &[("cn", &["Anna"]), ("mail", &["anna@abc.example"]), ("userAccountControl", &["512"])];
    let without: Attributes<'_> = &[("Exchange", &["FALSE"])];
    check("user", bare, &[], without, Ok("person"));
    check("user", bare, &[("mail", &[])], without, Err("no mail address"));
    check("user", bare, &[("userAccountControl", &["514"])], without, Err("disabled"));
    check("user", bare, &[], &[], Err("no legacyExchangeDN"));
    let contact =
        |row: Attributes<'_>, expected: Result<&str, &str>| check("contact", CONTACT, row, source, expected);
    contact(&[], Ok("contact"));
    check("contact", CONTACT, &[], &[], Err("source-contacts"));
    contact(&[("targetAddress", &[])], Err("no targetAddress"));
    contact(&[("msExchHideFromAddressLists", &["TRUE"])], Err("hidden"));
    contact(&[("legacyExchangeDN", &[])], Err("no legacyExchangeDN"));
    contact(&[("proxyAddresses", &[])], Err("no proxyAddresses"));
    contact(&[("msExchOriginatingForest", &["xyz.example"])], Err("copy"));
    for object_type in ["group", "dynamic-group"] {
        let group =
            |row: Attributes<'_>, expected: Result<&str, &str>| check(object_type, GROUP, row, &[], expected);
        group(&[], Ok("group"));
        group(&[("proxyAddresses", &["smtp:all@abc.example"])], Err("no primary SMTP address"));
        group(&[("proxyAddresses", &[])], Err("no proxyAddresses"));
        group(&[("msExchHideFromAddressLists", &["TRUE"])], Err("hidden"));
        group(&[("legacyExchangeDN", &[])], Err("no legacyExchangeDN"));
        group(&[("msExchRequireAuthToSendTo", &["TRUE"])], Err("inside its own organisation"));
        group(&[("authOrig", &["<CN=Boss,DC=abc>"])], Err("named senders"));
    }
}

#[test]
fn what_an_object_is_joined_by() {
    let rules = galsync();
    let check = |object_type: &str, row: Attributes<'_>, expected: &[(&str, &str, &str)]| {
        let joins = case(object_type, row, &[]).joins(&rules);
        let shown: Vec<(&str, &str, String)> = joins
            .iter()
            .map(|(name, theirs, values)| (name.as_str(), theirs.as_str(), values.join(" ")))
            .collect();
        let shown: Vec<(&str, &str, &str)> = shown.iter().map(|(a, b, c)| (*a, *b, c.as_str())).collect();
        assert_eq!(shown, expected, "{row:?}");
    };
    check("user", &[("msExchMailboxGuid", &["0x0102"])], &[("mailbox GUID", "mailboxGuid", "0x0102")]);
    check("user", &[("sIDHistory", &["0x01", "0x02"])], &[("SID history", "objectSid", "0x01 0x02")]);
    check(
        "user",
        &[("objectSid", &["0x01010000000000050A000000"])],
        &[
            ("SID in the other's history", "sidHistory", "0x01010000000000050A000000"),
            ("master account of the mailbox", "masterAccountSid", "0x01010000000000050A000000"),
        ],
    );
    check("user", &[("msExchMasterAccountSid", &["0x01010000000000050A000000"])], &[]);
    check(
        "user",
        &[("msExchMasterAccountSid", &["0x010100000000000512000000"])],
        &[("mailbox of the account", "objectSid", "0x010100000000000512000000")],
    );
    check(
        "contact",
        &[("proxyAddresses", &["X500:/o=ABC/cn=a", "x500:/o=Old/cn=b"])],
        &[("X500 address", "legacyDN", "/o=ABC/cn=a /o=Old/cn=b")],
    );
    check(
        "user",
        &[("legacyExchangeDN", &["/o=ABC/cn=a"])],
        &[("legacyExchangeDN in the other's X500 addresses", "x500Addresses", "/o=ABC/cn=a")],
    );
    check(
        "user",
        &[("proxyAddresses", &["SMTP:Anna@abc.example"])],
        &[("primary mail address", "mail", "anna@abc.example")],
    );
    check(
        "contact",
        &[("targetAddress", &["SMTP:anna@abc.example"])],
        &[("primary mail address", "mail", "anna@abc.example")],
    );
    let cloud = Case {
        kind: "microsoft-365",
        object_type: "user",
        dn: DN,
        attributes: &[("onPremisesImmutableId", &["AQI="])],
        parameters: &[],
    };
    assert_eq!(cloud.joins(&rules), [("immutable id".into(), "immutableId".into(), vec!["AQI=".to_owned()])]);
}

#[test]
fn neutral_attributes() {
    let rules = galsync();
    let check = |object_type: &str,
                 row: Attributes<'_>,
                 parameters: Attributes<'_>,
                 attribute: &str,
                 expected: &str| {
        let to = match object_type {
            "group" | "dynamic-group" => "group",
            "contact" => "contact",
            _ => "person",
        };
        let neutral = case(object_type, row, parameters).neutral(&rules, to);
        let values: Vec<String> = neutral.get(attribute).into_iter().flatten().map(support::shown).collect();
        assert_eq!(values.join(" | "), expected, "{attribute} of {row:?}");
    };
    let domains: Attributes<'_> = &[MAIL_DOMAINS];
    // displayName, cn and mailNickname are never empty.
    for (row, display_name, cn, nickname) in [
        (
            &[("displayName", &["A. Berg"][..]), ("cn", &["Anna Berg"]), ("mailNickname", &["anna"])][..],
            "A. Berg",
            "Anna Berg",
            "anna",
        ),
        (&[("cn", &["Anna Berg"]), ("sAMAccountName", &["a.berg"])], "Anna Berg", "Anna Berg", "a.berg"),
        (&[("displayName", &["  "]), ("cn", &["Anna"])], "Anna", "Anna", "Anna"),
        (
            &[("givenName", &["Anna"]), ("sn", &["Berg"]), ("mail", &["ab@abc.example"])],
            "Anna Berg",
            "Anna Berg",
            "ab",
        ),
        (&[("sAMAccountName", &["a berg"])], "a berg", "Anna Berg", "aberg"),
        (&[("cn", &["安娜"])], "安娜", "安娜", "recipient"),
    ] {
        check("user", row, &[], "displayName", display_name);
        check("user", row, &[], "cn", cn);
        check("user", row, &[], "mailNickname", nickname);
    }
    // sip, however it was stored.
    for (attribute, proxies, expected) in [
        (&["sip:anna@abc.example"][..], &[][..], "anna@abc.example"),
        (&["SIP:anna@abc.example"], &[], "anna@abc.example"),
        (&[" sip:anna@abc.example"], &[], "anna@abc.example"),
        (&["sip:sip:anna@abc.example"], &[], "anna@abc.example"),
        (&["anna@abc.example"], &[], "anna@abc.example"),
        (&[], &["SMTP:a@abc.example", "sip:anna@abc.example"], "anna@abc.example"),
        (&["sip:anna@abc.example"], &["sip:other@abc.example"], "anna@abc.example"),
        (&["sip:anna"], &[], ""),
        (&[], &[], ""),
    ] {
        check(
            "user",
            &[("msRTCSIP-PrimaryUserAddress", attribute), ("proxyAddresses", proxies)],
            &[],
            "sip",
            expected,
        );
    }
    // targetAddress, from mail domains, the routing flag and the remote mailbox rule.
    let mailbox: (&str, &[&str]) = ("homeMDB", &["<CN=DB1>"]);
    let proxies: (&str, &[&str]) = (
        "proxyAddresses",
        &["SMTP:anna@web.example", "smtp:anna@abc.example", "smtp:anna@abc.mail.onmicrosoft.com"],
    );
    let external: (&str, &[&str]) = ("targetAddress", &["SMTP:anna@home.example"]);
    check("user", &[mailbox, proxies], domains, "routingAddress", "anna@abc.example");
    check(
        "user",
        &[mailbox, ("proxyAddresses", &["SMTP:anna@sub.abc.example", "smtp:a@abc.example"])],
        domains,
        "routingAddress",
        "anna@sub.abc.example",
    );
    check(
        "user",
        &[mailbox, ("proxyAddresses", &["SMTP:anna@notabc.example"])],
        domains,
        "routingAddress",
        "",
    );
    check("user", &[mailbox, external, proxies], domains, "routingAddress", "anna@abc.example");
    check("user", &[external, proxies], domains, "routingAddress", "anna@home.example");
    check("contact", &[external, proxies], domains, "routingAddress", "anna@home.example");
    let routed: Attributes<'_> = &[MAIL_DOMAINS, ("MailRouting", &["TRUE"])];
    check("user", &[external, proxies], routed, "routingAddress", "anna@abc.example");
    check("contact", &[external, proxies], routed, "routingAddress", "anna@abc.example");
    let remote: (&str, &[&str]) = ("msExchRemoteRecipientType", &["4"]);
    check(
        "user",
        &[remote, ("targetAddress", &["SMTP:anna@abc.mail.onmicrosoft.com"]), proxies],
        routed,
        "routingAddress",
        "anna@abc.mail.onmicrosoft.com",
    );
    check("user", &[remote, external, proxies], routed, "routingAddress", "anna@abc.mail.onmicrosoft.com");
    check("group", &[("groupType", &["8"]), proxies], domains, "routingAddress", "anna@abc.example");
    check(
        "user",
        &[("mail", &["anna@abc.example"])],
        &[("Exchange", &["FALSE"])],
        "routingAddress",
        "anna@abc.example",
    );
    // Who has the mailbox, and what kind of recipient it is.
    check("user", &[mailbox], &[], "hasMailbox", "TRUE");
    check("user", &[external], &[], "hasMailbox", "FALSE");
    let sam: (&str, &[&str]) = ("sAMAccountName", &["a"]);
    let details = |number: &'static [&'static str]| ("msExchRecipientTypeDetails", number);
    check("user", &[mailbox, sam], &[], "recipientKind", "mailbox");
    check("user", &[external, sam], &[], "recipientKind", "mail-user");
    check("user", &[remote, external, sam], &[], "recipientKind", "remote-mailbox");
    check("user", &[mailbox, details(&["16"])], &[], "recipientKind", "room");
    check("user", &[mailbox, details(&["32"])], &[], "recipientKind", "equipment");
    check("user", &[mailbox, details(&["4"])], &[], "recipientKind", "shared");
    check(
        "user",
        &[mailbox, ("msExchMasterAccountSid", &["0x010100000000000512000000"])],
        &[],
        "recipientKind",
        "linked",
    );
    check(
        "user",
        &[mailbox, ("msExchMasterAccountSid", &["0x01010000000000050A000000"])],
        &[],
        "recipientKind",
        "mailbox",
    );
    check("contact", &[external], &[], "recipientKind", "contact");
    check("group", &[("groupType", &["8"])], &[], "recipientKind", "group");
    check("group", &[("groupType", &["-2147483640"])], &[], "recipientKind", "security-group");
    check("dynamic-group", &[("msExchDynamicDLFilter", &["(cn=*)"])], &[], "recipientKind", "dynamic-group");
    // Identity.
    check("user", &[("objectGUID", &["0x0102"])], &[], "immutableId", "AQI=");
    check(
        "user",
        &[("objectGUID", &["0x0102"]), ("mS-DS-ConsistencyGuid", &["0x0304"])],
        &[],
        "immutableId",
        "AwQ=",
    );
    check(
        "user",
        &[("msExchMasterAccountSid", &["0x01010000000000050A000000"])],
        &[],
        "masterAccountSid",
        "",
    );
    check("user", &[], &[], "originatingForest", "abc.example");
    check(
        "user",
        &[("proxyAddresses", &["SMTP:A@b.c", "smtp:d@b.c"]), ("mail", &["old@b.c"])],
        &[],
        "mail",
        "A@b.c",
    );
    check("user", &[("mail", &["a@b.c"])], &[], "proxyAddresses", "SMTP:a@b.c");
    check(
        "user",
        &[("mail", &["a@b.c"]), ("proxyAddresses", &["smtp:d@b.c"])],
        &[],
        "proxyAddresses",
        "SMTP:a@b.c | smtp:d@b.c",
    );
    check("user", &[mailbox], &[], "mAPIRecipient", "TRUE");
    check("user", &[("mAPIRecipient", &["TRUE"])], &[], "mAPIRecipient", "TRUE");
    check("user", &[], &[], "mAPIRecipient", "FALSE");
}

/// A mailbox user, changed by the row, taken into the other forest's contact.
fn contact_of(
    object_type: &str,
    base: Attributes<'_>,
    row: Attributes<'_>,
    parameters: Attributes<'_>,
) -> Result<std::collections::BTreeMap<String, String>, String> {
    let rules = galsync();
    let all = with(parameters, &[MAIL_DOMAINS]);
    let attributes = with(base, row);
    let case = case(object_type, &attributes, &all);
    let to = match object_type {
        "group" | "dynamic-group" => "group",
        "contact" => "contact",
        _ => "person",
    };
    let mut neutral = case.neutral(&rules, to);
    let known: Vec<_> = ["/o=ABC/cn=anna", "/o=Old/cn=anna"].map(madrigal_model::Value::from).to_vec();
    neutral.insert("knownLegacyDNs".into(), known);
    contact(&rules, to, &neutral, parameters)
}

#[test]
fn what_the_contact_carries() {
    let check = |row: Attributes<'_>, parameters: Attributes<'_>, attribute: &str, expected: &str| {
        let contact =
            contact_of("user", MAILBOX, row, parameters).unwrap_or_else(|reason| panic!("{row:?}: {reason}"));
        assert_eq!(
            contact.get(attribute).map_or("", String::as_str),
            expected,
            "{attribute} with {row:?} {parameters:?}"
        );
    };
    // RDN
    check(&[], &[], "@cn.1", "Anna Berg");
    check(&[("cn", &["Žofie Král"])], &[], "@cn.1", "Žofie Král(anna)");
    let long = "Ž".repeat(60);
    check(&[("cn", &[&long])], &[], "@cn.1", &long);
    check(&[("department", &["Sales"])], &[], "@cn.2", "Anna Berg (Sales)");
    check(&[("department", &["Sales"])], &[], "@cn.3", "Anna Berg(1)");
    check(&[], &[], "@cn.2", "Anna Berg(1)");
    // Addresses
    check(&[], &[], "targetAddress", "SMTP:anna.berg@abc.example");
    check(&[], &[], "@mailNickname.1", "anna");
    check(&[], &[], "@mailNickname.2", "anna2");
    check(&[("mailNickname", &[])], &[], "@mailNickname.1", "aberg");
    check(
        &[("msRTCSIP-PrimaryUserAddress", &["SIP:anna@abc.example"])],
        &[],
        "proxyAddresses/merge",
        "SMTP:anna.berg@abc.example | smtp:anna@old.example | X500:/o=ABC/cn=anna | X500:/o=Old/cn=anna | sip:anna@abc.example",
    );
    check(
        &[("msRTCSIP-PrimaryUserAddress", &["SIP:anna@abc.example"])],
        &[],
        "msRTCSIP-PrimaryUserAddress",
        "sip:anna@abc.example",
    );
    check(
        &[("proxyAddresses", &["SMTP:a@abc.example", "sip:anna@abc.example"])],
        &[],
        "msRTCSIP-PrimaryUserAddress",
        "sip:anna@abc.example",
    );
    check(&[], &[], "msRTCSIP-PrimaryUserAddress", "");
    // legacyExchangeDN
    check(&[], &[], "legacyExchangeDN/initial", "");
    let contact =
        contact_of("user", MAILBOX, &[], &[("AdministrativeGroup", &["/o=XYZ/ou=EAG/cn=Recipients"])])
            .unwrap();
    let legacy = &contact["legacyExchangeDN/initial"];
    assert!(
        legacy.starts_with("/o=XYZ/ou=EAG/cn=Recipients/cn=anna-") && legacy.len() == 36 + 32,
        "{legacy}"
    );
    // Where it comes from
    check(&[], &[], "msExchOriginatingForest", "abc.example");
    check(&[], &[], "mAPIRecipient", "TRUE");
    // Delegation
    let delegation: Attributes<'_> = &[("CrossForestDelegation", &["TRUE"])];
    let sid: (&str, &[&str]) = ("objectSid", &["0x0105"]);
    let history: (&str, &[&str]) = ("sIDHistory", &["0x0106"]);
    let disabled: (&str, &[&str]) = ("userAccountControl", &["514"]);
    let master: (&str, &[&str]) = ("msExchMasterAccountSid", &["0x010100000000000512000000"]);
    let own: (&str, &[&str]) = ("msExchMasterAccountSid", &["0x01010000000000050A000000"]);
    check(&[sid], &[], "msExchMasterAccountSid", "");
    check(&[sid], delegation, "msExchMasterAccountSid", "0x0105");
    check(&[sid, history], delegation, "msExchMasterAccountHistory", "0x0106");
    check(
        &[sid, history, disabled, master],
        delegation,
        "msExchMasterAccountSid",
        "0x010100000000000512000000",
    );
    check(&[sid, history, disabled, master], delegation, "msExchMasterAccountHistory", "");
    check(&[sid, disabled, own], delegation, "msExchMasterAccountSid", "");
    // The rest
    check(&[("telephoneNumber", &[" +49 1 "])], &[], "telephoneNumber", "+49 1");
    check(&[("manager", &["<CN=Boss,DC=abc>"])], &[], "manager", "CN=Boss,DC=abc");
    check(&[("assistant", &["<CN=Al,DC=abc>"])], &[], "assistant", "CN=Al,DC=abc");
    check(&[("countryCode", &["276"])], &[], "countryCode", "276");
    check(&[("extensionAttribute15", &["x"])], &[], "extensionAttribute15", "x");
    check(&[], &[], "displayName", "Anna Berg");
    check(&[], &[("DisplayNameSuffix", &[" (ABC)"])], "displayName", "Anna Berg (ABC)");
    // In the address lists of Exchange
    let finish: Attributes<'_> =
        &[("Finish", &["attributes"]), ("AddressLists", &["CN=All Contacts", "CN=GAL"])];
    check(&[], &[], "msExchRecipientTypeDetails", "");
    check(&[], &[("Finish", &["update-recipient"])], "msExchVersion", "");
    check(&[], finish, "msExchRecipientTypeDetails", "64");
    check(&[], finish, "msExchVersion", "88218628259840");
    check(
        &[],
        &[("Finish", &["attributes"]), ("ExchangeVersion", &["44220983382016"])],
        "msExchVersion",
        "44220983382016",
    );
    check(&[], finish, "msExchPoliciesExcluded/merge", "{26491cfc-9e50-4857-861b-0cb8df22b5d7}");
    check(&[], finish, "showInAddressBook/merge", "CN=All Contacts | CN=GAL");
}

#[test]
fn the_display_type_of_the_contact() {
    let check = |object_type: &str, base: Attributes<'_>, row: Attributes<'_>, plain: i64, delegated: i64| {
        for (parameters, expected) in
            [(&[][..], plain), (&[("CrossForestDelegation", &["TRUE"][..])][..], delegated)]
        {
            let contact = contact_of(object_type, base, row, parameters).unwrap();
            assert_eq!(
                contact["msExchRecipientDisplayType"],
                expected.to_string(),
                "{object_type} {row:?} {parameters:?}"
            );
        }
    };
    let signed = |value: u32| i64::from(value.cast_signed());
    let disabled: (&str, &[&str]) = ("userAccountControl", &["514"]);
    let master: (&str, &[&str]) = ("msExchMasterAccountSid", &["0x010100000000000512000000"]);
    check(
        "user",
        MAILBOX,
        &[("msExchRecipientDisplayType", &["1073741824"])],
        signed(0x8000_0006),
        signed(0xC000_0006),
    );
    check(
        "user",
        MAILBOX,
        &[("msExchRecipientDisplayType", &["7"]), disabled],
        signed(0x8000_0706),
        signed(0x8000_0706),
    );
    check("user", MAILBOX, &[], signed(0x8000_0006), signed(0xC000_0006));
    check("user", MAILBOX, &[disabled, master], signed(0x8000_0606), signed(0xC000_0606));
    check("group", GROUP, &[("groupType", &["-2147483640"])], signed(0x8000_0906), signed(0xC000_0906));
    check("group", GROUP, &[], signed(0x8000_0106), signed(0x8000_0106));
    check(
        "dynamic-group",
        GROUP,
        &[("groupType", &[]), ("msExchDynamicDLFilter", &["(a=b)"])],
        signed(0x8000_0306),
        signed(0x8000_0306),
    );
}

#[test]
fn a_contact_that_cannot_be_made_says_why() {
    let check = |row: Attributes<'_>, expected: &str| {
        let reason = contact_of("user", MAILBOX, row, &[]).unwrap_err();
        assert!(reason.contains(expected), "{row:?}: {reason}");
    };
    check(&[("proxyAddresses", &["SMTP:anna@elsewhere.example"])], "mail cannot be routed");
}

#[test]
fn lineage_goes_through_neutral_attributes() {
    let rules = galsync();
    let check = |attribute: &str, sources: &[&str]| {
        let (rule, flow) = rules
            .export
            .iter()
            .flat_map(|rule| rule.flows.iter().map(move |flow| (rule, flow)))
            .find(|(_, flow)| flow.attribute.as_str() == attribute)
            .unwrap();
        let lineage = rules.lineage(rule, flow);
        for source in sources {
            assert!(
                lineage.iter().any(|name| name.as_str() == *source),
                "{attribute} <- {source}: {lineage:?}"
            );
        }
    };
    check("mobile", &["mobile"]);
    check("msRTCSIP-PrimaryUserAddress", &["msRTCSIP-PrimaryUserAddress", "proxyAddresses"]);
    check("proxyAddresses", &["proxyAddresses", "legacyExchangeDN", "msRTCSIP-PrimaryUserAddress", "mail"]);
    check("targetAddress", &["targetAddress", "proxyAddresses", "mail"]);
    check("msExchMasterAccountSid", &["objectSid", "msExchMasterAccountSid"]);
}
