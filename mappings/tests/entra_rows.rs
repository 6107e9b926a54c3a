//! Rows for each distinct expression of Entra Connect's own rules, with a value and without. Expected values were derived
//! by hand from the function reference. An expression is named by its rule's precedence and the attribute that it
//! writes; the expressions themselves are read from the export (see `tests/entra.rs`).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first thing that is not as it says"
)]
#![allow(clippy::disallowed_methods, reason = "the library is pure; this test reads its data from a folder")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use madrigal_mappings::run_row;

/// The values of some attributes, and what the expression gives.
type Row = (&'static [(&'static str, &'static [&'static str])], &'static str);

/// Rows by the precedence of a rule and the attribute that its flow writes.
const ROWS: &[(u32, &str, &[Row])] = &[
    (
        100,
        "cloudFiltered",
        &[
            (&[], "True"),
            (&[("sAMAccountName", &["anna"])], "NULL"),
            (&[("sAMAccountName", &["anna"]), ("isCriticalSystemObject", &["TRUE"])], "True"),
            (&[("sAMAccountName", &["SUPPORT_388945a0"])], "True"),
            (&[("sAMAccountName", &["anna"]), ("mailNickname", &["SystemMailbox{1f}"])], "True"),
            (&[("sAMAccountName", &["AAD_1"])], "True"),
            (&[("sAMAccountName", &["anna"]), ("mailNickname", &["CAS_{1f}"])], "True"),
            (&[("sAMAccountName", &["anna"]), ("mailNickname", &["CAS_x"])], "NULL"),
            (&[("sAMAccountName", &["CAS_{1f}"])], "True"),
            (&[("sAMAccountName", &["MSOL_1"])], "True"),
            (&[("sAMAccountName", &["anna"]), ("msExchRecipientTypeDetails", &["16384"])], "True"),
            (&[("sAMAccountName", &["anna"]), ("msExchRecipientTypeDetails", &["1"])], "NULL"),
            (&[("sAMAccountName", &["anna"]), ("dn", &["CN=Anna\\0ACNF:4f,DC=abc"])], "True"),
            (&[("sAMAccountName", &["anna"]), ("dn", &["CN=Anna,DC=abc"])], "NULL"),
        ],
    ),
    (102, "contributingConnectorUser", &[(&[("%Connector.ID%", &["abc"])], "\"abc\""), (&[], "NULL")]),
    (102, "domainFQDN", &[(&[("%Domain.FQDN%", &["abc"])], "\"abc\""), (&[], "NULL")]),
    (102, "domainNetBios", &[(&[("%Domain.Netbios%", &["abc"])], "\"abc\""), (&[], "NULL")]),
    (102, "forestFQDN", &[(&[("%Forest.FQDN%", &["abc"])], "\"abc\""), (&[], "NULL")]),
    (102, "forestNetBios", &[(&[("%Forest.Netbios%", &["abc"])], "\"abc\""), (&[], "NULL")]),
    (
        102,
        "objectSidString",
        &[
            (
                &[("objectSid", &["0x010500000000000515000000010000000200000003000000F4010000"])],
                "\"S-1-5-21-1-2-3-500\"",
            ),
            (&[], "NULL"),
        ],
    ),
    (
        102,
        "pwdLastSet",
        &[(&[("pwdLastSet", &["129699324000000000"])], "\"20120101230000.0Z\""), (&[], "NULL")],
    ),
    (
        102,
        "sourceAnchor",
        &[
            (&[("objectGUID", &["0x0102"])], "\"AQI=\""),
            (&[("objectGUID", &["text"])], "\"text\""),
            (&[("objectGUID", &["0x0102"]), ("msExchRecipientTypeDetails", &["2"])], "NULL"),
            (&[("objectGUID", &["0x0102"]), ("msExchRecipientTypeDetails", &["1"])], "\"AQI=\""),
            (&[], "NULL"),
        ],
    ),
    (
        102,
        "userPrincipalName",
        &[
            (&[("userPrincipalName", &["a@b.c"])], "\"a@b.c\""),
            (&[("sAMAccountName", &["a"]), ("%Domain.FQDN%", &["b.c"])], "\"a@b.c\""),
            (&[], "MDR-R101: AccountName is not present"),
        ],
    ),
    (
        104,
        "accountEnabled",
        &[
            (&[("userAccountControl", &["512"])], "True"),
            (&[("userAccountControl", &["514"])], "False"),
            (&[], "False"),
        ],
    ),
    (104, "description", &[(&[("description", &[" one ", "two"])], "\"one\""), (&[], "NULL")]),
    (104, "postOfficeBox", &[(&[("postOfficeBox", &[" one ", "two"])], "\"one\""), (&[], "NULL")]),
    (104, "url", &[(&[("url", &[" one ", "two"])], "\"one\""), (&[], "NULL")]),
    (
        104,
        "displayName",
        &[
            (&[("displayName", &["A. Berg"]), ("cn", &["Anna"])], "\"A. Berg\""),
            (&[("cn", &["Anna"])], "\"Anna\""),
            (&[], "NULL"),
        ],
    ),
    (104, "info", &[(&[("info", &[" note "])], "\"note\""), (&[], "\"\"")]),
    (
        104,
        "proxyAddresses",
        &[
            (
                &[("proxyAddresses", &["SMTP:a@b.c ", "SMTP:a@b.c", "smtp:a@b.c"])],
                "{\"SMTP:a@b.c\", \"smtp:a@b.c\"}",
            ),
            (&[], "NULL"),
        ],
    ),
    (
        104,
        "sourceObjectType",
        &[
            (&[], "\"User\""),
            (&[("msExchRecipientTypeDetails", &["1"])], "\"User\""),
            (&[("msExchRecipientTypeDetails", &["2"])], "NULL"),
        ],
    ),
    (
        112,
        "cloudFiltered",
        &[
            (&[], "NULL"),
            (&[("isCriticalSystemObject", &["TRUE"])], "True"),
            (&[("sAMAccountName", &["MSOL_AD_Sync_RichCoexistence"])], "True"),
            (&[("sAMAccountName", &["g"]), ("msExchRecipientTypeDetails", &["1073741824"])], "True"),
            (&[("sAMAccountName", &["g"]), ("msExchRecipientTypeDetails", &["256"])], "NULL"),
            (&[("dn", &["CN=G\\0ACNF:4f,DC=abc"])], "True"),
        ],
    ),
    (
        112,
        "mailEnabled",
        &[
            (&[("proxyAddresses", &["smtp:a@b.c", "SMTP:a@b.c"])], "True"),
            (&[("proxyAddresses", &["smtp:a@b.c"])], "False"),
            (&[("proxyAddresses", &["SMTP:nobody"])], "False"),
            (&[("mail", &["a@b.c"])], "True"),
            (&[("mail", &["nobody"])], "False"),
            (&[], "False"),
        ],
    ),
    (114, "memberCount", &[(&[("member", &["<CN=a>", "<CN=b>"])], "2"), (&[], "0")]),
    (
        114,
        "securityEnabled",
        &[(&[("groupType", &["-2147483646"])], "True"), (&[("groupType", &["2"])], "False"), (&[], "NULL")],
    ),
    (114, "sourceAnchor", &[(&[("objectGUID", &["0x0102"])], "\"AQI=\""), (&[], "NULL")]),
    (
        115,
        "cloudFiltered",
        &[
            (&[], "NULL"),
            (&[("isCriticalSystemObject", &["TRUE"])], "True"),
            (&[("displayName", &["Anna (MSOL)"]), ("msExchHideFromAddressLists", &["TRUE"])], "True"),
            (&[("displayName", &["Anna (MSOL)"])], "NULL"),
            (&[("displayName", &["Anna"]), ("msExchHideFromAddressLists", &["TRUE"])], "NULL"),
            (&[("mailNickname", &["CAS_{1}"])], "True"),
            (&[("mailNickname", &["CAS_"])], "NULL"),
            (&[("dn", &["CN=Anna\\0ACNF:4f,DC=abc"])], "True"),
        ],
    ),
    (116, "legacyExchangeDN", &[(&[("legacyExchangeDN", &["/o=A"])], "\"/o=A\""), (&[], "NULL")]),
    (
        116,
        "mailNickname",
        &[
            (&[("mailNickname", &["a"]), ("cn", &["Anna"])], "\"a\""),
            (&[("cn", &["Anna"])], "\"Anna\""),
            (&[], "NULL"),
        ],
    ),
    (119, "cloudSourceAnchor", &[(&[("sourceAnchor", &["AQI="])], "\"AQI=\""), (&[], "NULL")]),
    (
        122,
        "deviceKey",
        &[
            (
                &[("searchableDeviceKey", &["0x00020000020001AABB030003112233"])],
                "base64:AAIAAAIAAaq7IAACk6SyK4N1NMKFspuDXpWFzRzewqY38jHoikczMntmnEsDAAMRIjM=",
            ),
            (&[("searchableDeviceKey", &["0x01020000020001AABB030003112233"])], "NULL"),
            (&[], "NULL"),
        ],
    ),
    (123, "dn", &[(&[("sourceAnchor", &["Hi!"])], "\"CN={486921}\""), (&[], "\"CN={}\"")]),
    (
        123,
        "sourceAnchor",
        &[
            (&[("sourceAnchor", &["x"])], "\"x\""),
            (
                &[
                    ("cloudSourceAnchor", &["x"]),
                    ("cloudAnchor", &["User_1"]),
                    ("sourceObjectType", &["User"]),
                    ("sourceAnchor", &["x"]),
                ],
                "\"x\"",
            ),
            (
                &[
                    ("cloudSourceAnchor", &["x"]),
                    ("cloudAnchor", &["User_1"]),
                    ("sourceObjectType", &["User"]),
                    ("sourceAnchor", &["y"]),
                ],
                "MDR-R101: SourceAnchor attribute has changed.",
            ),
            (
                &[
                    ("cloudSourceAnchor", &["x"]),
                    ("cloudAnchor", &["Contact_1"]),
                    ("sourceObjectType", &["User"]),
                    ("sourceAnchor", &["y"]),
                ],
                "\"y\"",
            ),
            (&[], "NULL"),
        ],
    ),
    (123, "usageLocation", &[(&[("usageLocation", &["276"])], "\"276\""), (&[], "IgnoreThisFlow")]),
    (125, "countryCode", &[(&[("countryCode", &["276"])], "276"), (&[], "IgnoreThisFlow")]),
    (
        139,
        "member",
        &[
            (&[("memberCount", &["50001"])], "MDR-R101: Maximum Group member count exceeded"),
            (&[("memberCount", &["50000"])], "IgnoreThisFlow"),
            (&[], "IgnoreThisFlow"),
        ],
    ),
    (
        139,
        "sourceAnchor",
        &[
            (&[("sourceAnchor", &["x"])], "\"x\""),
            (&[("sourceAnchor", &["x"]), ("cloudSourceAnchor", &["x"])], "\"x\""),
            (
                &[("sourceAnchor", &["y"]), ("cloudSourceAnchor", &["x"])],
                "MDR-R101: SourceAnchor attribute has changed.",
            ),
            (&[], "NULL"),
        ],
    ),
    (
        150,
        "cloudSOAExchMailbox",
        &[
            (&[("cloudMSExchRecipientDisplayType", &["1073741824"])], "True"),
            (&[("cloudMSExchRecipientDisplayType", &["-2147483642"])], "False"),
            (&[], "NULL"),
        ],
    ),
    (155, "proxyAddresses", &[(&[("cloudLegacyExchangeDN", &["/o=A"])], "\"x500:/o=A\""), (&[], "NULL")]),
    (
        157,
        "msExchBlockedSendersHash",
        &[
            (&[("cloudSOAExchMailbox", &["TRUE"]), ("cloudMSExchBlockedSendersHash", &["0x0102"])], "0x0102"),
            (
                &[("cloudSOAExchMailbox", &["FALSE"]), ("cloudMSExchBlockedSendersHash", &["0x0102"])],
                "IgnoreThisFlow",
            ),
            (&[], "IgnoreThisFlow"),
        ],
    ),
    (
        157,
        "msExchSafeRecipientsHash",
        &[
            (&[("cloudSOAExchMailbox", &["TRUE"]), ("cloudMSExchSafeRecipientsHash", &["0x0102"])], "0x0102"),
            (
                &[("cloudSOAExchMailbox", &["FALSE"]), ("cloudMSExchSafeRecipientsHash", &["0x0102"])],
                "IgnoreThisFlow",
            ),
            (&[], "IgnoreThisFlow"),
        ],
    ),
    (
        157,
        "msExchSafeSendersHash",
        &[
            (&[("cloudSOAExchMailbox", &["TRUE"]), ("cloudMSExchSafeSendersHash", &["0x0102"])], "0x0102"),
            (
                &[("cloudSOAExchMailbox", &["FALSE"]), ("cloudMSExchSafeSendersHash", &["0x0102"])],
                "IgnoreThisFlow",
            ),
            (&[], "IgnoreThisFlow"),
        ],
    ),
    (
        157,
        "msExchUserHoldPolicies",
        &[(&[("cloudMSExchUserHoldPolicies", &["a", "b"])], "{\"a\", \"b\"}"), (&[], "IgnoreThisFlow")],
    ),
    (159, "cloudFiltered", &[(&[], "True"), (&[("userCertificate", &["0x0102"])], "NULL")]),
];

/// Each distinct expression with the first flow that has it, by precedence and attribute.
fn expressions() -> Option<BTreeMap<String, (u32, String)>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/entra-connect-export");
    let folder = std::env::var("MADRIGAL_ENTRA_EXPORT").map_or(beside, PathBuf::from);
    let Ok(files) = std::fs::read_dir(folder.join("Production/SynchronizationRules")) else {
        eprintln!("skipped: no exported rules in {}; set MADRIGAL_ENTRA_EXPORT", folder.display());
        return None;
    };
    let mut expressions: BTreeMap<String, (u32, String)> = BTreeMap::new();
    for file in files {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let document = roxmltree::Document::parse(&text).unwrap();
        let child = |node: roxmltree::Node<'_, '_>, name: &str| {
            node.children()
                .find(|child| child.has_tag_name(name))
                .and_then(|child| child.text())
                .unwrap_or("")
                .to_owned()
        };
        let precedence: u32 = child(document.root_element(), "precedence").parse().unwrap();
        for mapping in document.descendants().filter(|node| node.has_tag_name("mapping")) {
            let expression = child(mapping, "expression");
            let flow = (precedence, child(mapping, "dest"));
            if !expression.is_empty() {
                let known = expressions.entry(expression).or_insert_with(|| flow.clone());
                *known = known.clone().min(flow);
            }
        }
    }
    Some(expressions)
}

#[test]
fn each_distinct_expression_gives_what_was_derived_by_hand() {
    let Some(expressions) = expressions() else { return };
    let mut covered = BTreeSet::new();
    let mut wrong = Vec::new();
    for (expression, (precedence, destination)) in &expressions {
        // Trim of the attribute that is written: one row for all.
        if *expression == format!("Trim([{destination}])") {
            assert_eq!(run_row(&[(destination, &[" a b "])], expression), "\"a b\"");
            assert_eq!(run_row(&[(destination, &[" a", "b "])], expression), "{\"a\", \"b\"}");
            assert_eq!(run_row(&[], expression), "NULL");
            covered.insert(expression);
        }
        for (_, _, rows) in ROWS.iter().filter(|(p, d, _)| p == precedence && d == destination) {
            covered.insert(expression);
            for (input, expected) in *rows {
                let given = run_row(input, expression);
                if given != *expected {
                    wrong.push(format!(
                        "{expression}\n  {input:?}\n  expected {expected}\n  given    {given}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let missing: Vec<&String> =
        expressions.keys().filter(|expression| !covered.contains(expression)).collect();
    assert!(missing.is_empty(), "without rows: {missing:#?}");
    assert_eq!(covered.len(), 86);
}
