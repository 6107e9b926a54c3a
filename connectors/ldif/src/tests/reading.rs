//! What a file tells: a row for each way in which one may be written.

use madrigal_api::ImportMode;

use super::{connector, request, told, walk};
use crate::{Encoding, LdifConnector};

fn check(what: &str, file: impl AsRef<[u8]>, expected: &[&str]) {
    check_with(what, file, |_| {}, expected);
}

fn check_with(what: &str, file: impl AsRef<[u8]>, set: impl Fn(&mut LdifConnector), expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("abc.ldif");
    std::fs::write(&path, file).unwrap();
    let mut connector = connector(&path);
    set(&mut connector);
    let pages = walk(&mut connector.importer(), &request(ImportMode::Full, 2), None).unwrap();
    assert_eq!(told(&pages), expected, "{what}");
}

const ANNA: &str = "dn: CN=Anna,DC=abc\nemployeeID: 1\nmail: anna@abc\n";
const ANNA_TOLD: &str = r#"1 is CN=Anna,DC=abc {mail: ["anna@abc"]}"#;

#[test]
fn every_way_to_write_a_file() {
    check("nothing", "", &["complete"]);
    check("a version and a comment", "version: 1\n\n# nobody\n", &["complete"]);
    check("one object", ANNA, &[ANNA_TOLD, "complete"]);
    check("a version without a blank line", format!("version: 1\n{ANNA}"), &[ANNA_TOLD, "complete"]);
    check("lines as on Windows", ANNA.replace('\n', "\r\n"), &[ANNA_TOLD, "complete"]);
    check("blank lines and comments", format!("\n\n# a\n#  b\n\n{ANNA}\n\n\n"), &[ANNA_TOLD, "complete"]);
    check("a byte order mark", format!("\u{feff}{ANNA}"), &[ANNA_TOLD, "complete"]);
    for encoding in [Encoding::Utf16Le, Encoding::Utf16Be] {
        let mut file = Vec::new();
        encoding.encode(
            format!("\u{feff}{}title: Ä\u{1f600}\n", ANNA.replace('\n', "\r\n")).as_bytes(),
            &mut file,
        );
        let told = "1 is CN=Anna,DC=abc {title: [\"Ä😀\"], mail: [\"anna@abc\"]}";
        check("UTF-16", &file, &[told, "complete"]);
        check("UTF-16 without a mark", &file[2..], &[told, "complete"]);
    }
    check(
        "folded lines",
        "dn: CN=An\n na,DC=abc\nemployeeID: 1\nmail: anna\n @\n abc\n",
        &[ANNA_TOLD, "complete"],
    );
    check("a folded comment", format!("# a\n  mail: b\n{ANNA}"), &[ANNA_TOLD, "complete"]);
    check(
        "a comment within",
        "dn: CN=Anna,DC=abc\n# mail: b\nemployeeID: 1\nmail: anna@abc\n",
        &[ANNA_TOLD, "complete"],
    );
    check(
        "base64",
        "dn:: Q049QW5uYSxEQz1hYmM=\nemployeeID:: MQ==\nmail:: YW5u\n YUBhYmM=\n",
        &[ANNA_TOLD, "complete"],
    );
    check(
        "no blank behind the colon",
        "dn:CN=Anna,DC=abc\nemployeeid:1\nMAIL:anna@abc\n",
        &[ANNA_TOLD, "complete"],
    );
    check(
        "as ldifde exports",
        ANNA.replace("employeeID", "changetype: add\nemployeeID"),
        &[ANNA_TOLD, "complete"],
    );
    check(
        "options, references and octets",
        "dn: CN=Anna,DC=abc\nemployeeID: 1\nmail;binary: anna@abc\nmanager: CN=Bo,DC=abc\nthumbnailPhoto:: AP8=\nmail;lang-de: no\n",
        &[
            r#"1 is CN=Anna,DC=abc {mail: ["anna@abc"], manager: [CN=Bo,DC=abc], thumbnailPhoto: [base64:AP8=]}"#,
            "complete",
        ],
    );
    check(
        "as ldapsearch writes without -LLL",
        format!(
            "# extended LDIF\n#\n\n{ANNA}\n# search reference\nref: ldap://x/DC=y\n\n# search result\nsearch: 2\nresult: 0 Success\n\n# numEntries: 1\n"
        ),
        &[ANNA_TOLD, "complete"],
    );
    check("a key that is a GUID", ANNA, &[ANNA_TOLD, "complete"]);
}

#[test]
fn a_bad_record_is_a_problem_and_the_others_go_on() {
    let bo = "\ndn: CN=Bo,DC=abc\nemployeeID: 2\n";
    let bo_told = "2 is CN=Bo,DC=abc {}";
    let bad = |what: &str, line: &str, code: &str| {
        let seen = format!("1 now CN=Anna,DC=abc {}", "[]");
        check(
            what,
            [ANNA.as_bytes(), line.as_bytes(), b"\n", bo.as_bytes()].concat(),
            &[&seen, bo_told, code, "complete"],
        );
    };
    bad("no colon", "garbage", "MDR-L005 line 4");
    bad("no name", "tit/le: x", "MDR-L005 line 4");
    bad("bad base64", "title:: ???", "MDR-L006 line 4");
    bad("a NUL", "title:: YQBi", "MDR-L014 line 4");
    bad("a NUL as it is", "title: a\0b", "MDR-L014 line 4");
    bad("no UTF-8", "title:: /w==", "MDR-L013 line 4");
    bad("a long value", &format!("title: {}", "x".repeat(101)), "MDR-L015 line 4");
    bad("a long value in base64", &format!("title:: {}", "AAAA".repeat(40)), "MDR-L015 line 4");
    bad("a long record", "title: just a line among others\n".repeat(60).trim_end(), "MDR-L016 line 1");
    bad("a URL", "title:< file:///etc/passwd", "MDR-L017 line 4");
    bad("a range of values", "mail;range=0-1: x", "MDR-L021 line 4");
    bad("two names", "dn: CN=X,DC=abc", "MDR-L005 line 4");
    check(
        "a long value that nobody asked for",
        format!("{ANNA}info: {}\n", "x".repeat(500)),
        &[ANNA_TOLD, "complete"],
    );
    check(
        "octets that nobody asked for",
        [ANNA.as_bytes(), b"info: \xff\n"].concat(),
        &[ANNA_TOLD, "complete"],
    );
    let unknown = |what: &str, record: &str, code: &str| {
        check(what, format!("{record}{bo}"), &[bo_told, code]);
    };
    unknown("no name", "mail: x\n", "MDR-L007 line 1");
    let named = |what: &str, values: &str, code: &str| {
        let file = format!("dn: CN=Anna,DC=abc\n{values}{bo}");
        check(what, file, &["CN=Anna,DC=abc changed []", bo_told, code, "complete"]);
    };
    named("no key", "mail: x\n", "MDR-L011 line 1");
    named("two keys", "employeeID: 1\nemployeeID: 2\n", "MDR-L012 line 3");
    check(
        "a record without a name whose key is known",
        format!("employeeID: 1\nmail: x\n{bo}"),
        &["1 changed []", bo_told, "MDR-L007 line 1", "complete"],
    );
    check(
        "a name that is none",
        format!("dn: Anna\nemployeeID: 1\n{bo}"),
        &["1 changed []", bo_told, "MDR-L008 line 1", "complete"],
    );
    check(
        "one name twice",
        format!("{ANNA}\ndn: cn=anna,dc=ABC\nemployeeID: 2\n"),
        &[ANNA_TOLD, "2 changed []", "MDR-L009 line 5", "complete"],
    );
    check(
        "one key twice",
        format!("{ANNA}\ndn: CN=Bo,DC=abc\nemployeeID: 1\n"),
        &[ANNA_TOLD, "MDR-L010 line 5", "complete"],
    );
    check(
        "cut in the middle of a record",
        &ANNA.as_bytes()[..40],
        &["1 now CN=Anna,DC=abc []", "MDR-L018 line 1"],
    );
    check(
        "a search that was cut",
        format!("{ANNA}\nsearch: 2\nresult: 4 Size limit exceeded\n"),
        &[ANNA_TOLD, "MDR-L019 line 6"],
    );
    check_with(
        "an objectGUID of fifteen octets",
        "dn: CN=Anna,DC=abc\nobjectGUID:: AAAAAAAAAAAAAAAAAAAA\n",
        |connector| connector.anchor = super::name("objectGUID"),
        &["CN=Anna,DC=abc changed []", "MDR-L012 line 2", "complete"],
    );
}

#[test]
fn an_object_guid_is_octets_or_text() {
    let text = "dn: CN=Anna,DC=abc\nobjectGUID: 00112233-4455-6677-8899-aabbccddeeff\n";
    let octets = "dn: CN=Anna,DC=abc\nobjectGUID:: MyIRAFVEd2aImaq7zN3u/w==\n";
    for file in [text, octets] {
        check_with(
            "a GUID",
            file,
            |connector| connector.anchor = super::name("objectGUID"),
            &["00112233-4455-6677-8899-aabbccddeeff is CN=Anna,DC=abc {}", "complete"],
        );
    }
}

#[test]
fn change_records_tell_what_happened() {
    let changes =
        |record: &str, expected: &[&str]| check(record, record, &[expected, &["complete"]].concat());
    changes("dn: CN=Bo,DC=abc\nchangetype: delete\n", &["CN=Bo,DC=abc is gone"]);
    changes(
        "dn: CN=Bo,DC=abc\nchangetype: modify\nadd: mail\nmail: a\nmail: b\n-\ndelete: title\n-\nreplace: MANAGER\nmanager: CN=A,DC=abc\n-\nreplace: info\ninfo: x\n-\n",
        &[
            r#"CN=Bo,DC=abc changed [Add(mail, ["a", "b"]), Remove(title, []), Replace(manager, [CN=A,DC=abc])]"#,
        ],
    );
    changes(
        "dn: CN=Bo,DC=abc\ncontrol: 1.2.3 true\nchangetype: modrdn\nnewrdn: CN=Bob\ndeleteoldrdn: 1\n",
        &[r#"CN=Bo,DC=abc now CN=Bob,DC=abc [Replace(cn, ["Bob"])]"#],
    );
    changes(
        "dn: CN=Bo,DC=abc\nchangetype: moddn\nnewrdn: CN=Bo\ndeleteoldrdn: 0\nnewsuperior: OU=Old,DC=abc\n",
        &[r#"CN=Bo,DC=abc now CN=Bo,OU=Old,DC=abc [Add(cn, ["Bo"])]"#],
    );
    let bad = |record: &str, code: &str| {
        let told = ["CN=Bo,DC=abc changed []", code, "complete"];
        check(record, format!("dn: CN=Bo,DC=abc\n{record}"), &told);
    };
    bad("changetype: explode\n", "MDR-L020 line 2");
    bad("changetype: delete\nmail: x\n", "MDR-L020 line 3");
    bad("changetype: modify\nadd: mail\ntitle: x\n-\n", "MDR-L020 line 4");
    bad("changetype: modify\nmail: x\n", "MDR-L020 line 3");
    bad("changetype: modrdn\nnewrdn: CN=x\n", "MDR-L020 line 2");
    bad("changetype: modrdn\nnewrdn: CN=x\ndeleteoldrdn: 2\n", "MDR-L020 line 4");
    bad("changetype: modrdn\nnewrdn: x\ndeleteoldrdn: 1\n", "MDR-L008 line 3");
    bad("changetype: modify\nadd: mail\nmail:: ?\n-\n", "MDR-L006 line 4");
}
