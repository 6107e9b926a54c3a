//! Pages, parts of values, servers that were put back.

use std::sync::{Arc, Mutex};

use madrigal_api::{ConnectorError, ImportMode, ImportPage, Importer};
use madrigal_model::{ObservedChange, ObservedObject, Watermark};

use super::server::{Answer, Asked, Fake, dirsync, guid, paged, root, texts};
use super::{connector, request};
use crate::{Kind, LdapImporter};

/// Every page of an import, and what it saw, a line an object.
pub(super) async fn walk(
    importer: &mut LdapImporter,
    mode: ImportMode,
    from: Option<Watermark>,
    size: usize,
) -> Result<(Vec<String>, ImportPage), ConnectorError> {
    let (mut lines, mut from) = (Vec::new(), from);
    loop {
        let mut page = importer.page(&request(mode, size), from.as_ref()).await?;
        for observation in std::mem::take(&mut page.observations) {
            let key = match observation.object {
                ObservedObject::Anchor(anchor) => {
                    anchor.as_bytes().first().copied().unwrap_or_default().to_string()
                }
                ObservedObject::Name(dn) => dn.to_string(),
            };
            lines.push(match observation.change {
                ObservedChange::Present { dn, entry } => format!("{key} {dn} {entry:?}"),
                ObservedChange::Patch { attributes, .. } => format!("{key} {attributes:?}"),
                ObservedChange::Deleted => format!("{key} deleted"),
            });
        }
        if !page.more {
            return Ok((lines, page));
        }
        from = Some(page.watermark);
    }
}

pub(super) fn person(number: u8, dn: &'static str) -> Answer {
    Answer::Entry(
        dn,
        vec![("objectGUID", guid(number)), ("objectClass", texts(&["user"])), ("name", texts(&["A"]))],
    )
}

#[tokio::test]
async fn the_pages_of_an_answer_are_one_walk() {
    let cookies: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = cookies.clone();
    let server = Fake::start(move |asked: &Asked| {
        if asked.name.is_empty() {
            return root(100);
        }
        let cookie = String::from_utf8(asked.cookie.clone().unwrap_or_default()).unwrap();
        noted.lock().unwrap().push(cookie.clone());
        match cookie.as_str() {
            "" => vec![person(1, "CN=A,DC=x"), person(2, "CN=B,DC=x"), Answer::End(0, dirsync(true, b"one"))],
            // A page may be empty, and another follow it.
            "one" => vec![Answer::End(0, dirsync(true, b"two"))],
            "two" => vec![
                person(3, "CN=C,DC=x"),
                // Values of a list that was too long for its object's entry.
                Answer::Entry(
                    "CN=A,DC=x",
                    vec![("objectGUID", guid(1)), ("member;range=1-1", texts(&["CN=B,DC=x"]))],
                ),
                Answer::End(0, dirsync(false, b"three")),
            ],
            _ => vec![
                Answer::Entry(
                    "<GUID=02>;CN=B,DC=x",
                    vec![
                        ("objectGUID", guid(2)),
                        ("mail", vec![]),
                        ("member;range=0-0", texts(&["<GUID=03030303030303030303030303030303>;CN=C,DC=x"])),
                    ],
                ),
                Answer::Entry(
                    "CN=C\\0ADEL:3,DC=x",
                    vec![("objectGUID", guid(3)), ("isDeleted", texts(&["TRUE"]))],
                ),
                Answer::End(0, dirsync(false, b"four")),
            ],
        }
    })
    .await;
    let mut importer = connector(&server, Kind::ActiveDirectory).importer();
    let (lines, last) = walk(&mut importer, ImportMode::Full, None, 1).await.unwrap();
    let expected = [
        "1 CN=A,DC=x {objectClass: [\"user\"], cn: [\"A\"]}",
        "2 CN=B,DC=x {objectClass: [\"user\"], cn: [\"A\"]}",
        "3 CN=C,DC=x {objectClass: [\"user\"], cn: [\"A\"]}",
    ];
    assert_eq!(lines[..3], expected);
    assert!(lines[3].starts_with("1 [Remove(member, ["), "{lines:?}");
    assert!(last.complete);
    let (lines, last) = walk(&mut importer, ImportMode::Delta, Some(last.watermark), 10).await.unwrap();
    let expected = [
        "2 [Replace(mail, []), Remove(member, [CN=C,DC=x, object 03030303-0303-0303-0303-030303030303])]",
        "3 deleted",
    ];
    assert_eq!(lines, expected);
    assert!(!last.complete);
    assert_eq!(cookies.lock().unwrap().join(" "), " one two three");
}

#[tokio::test]
async fn a_watermark_is_believed_only_where_it_can_hold() {
    let usn = Arc::new(Mutex::new(100));
    let now = usn.clone();
    let server = Fake::start(move |asked: &Asked| match asked.name.as_str() {
        "" => root(*now.lock().unwrap()),
        _ if asked.cookie.as_deref() == Some(b"bad") => vec![Answer::End(12, None)],
        _ => vec![Answer::End(0, dirsync(false, b"bad"))],
    })
    .await;
    let mut importer = connector(&server, Kind::ActiveDirectory).importer();
    let (_, last) = walk(&mut importer, ImportMode::Full, None, 10).await.unwrap();
    let refused = |result: Result<(Vec<String>, ImportPage), ConnectorError>| result.unwrap_err().to_string();
    let mut from = last.watermark;
    let shown = refused(walk(&mut importer, ImportMode::Delta, Some(from.clone()), 10).await);
    assert!(shown.contains("unavailableCriticalExtension"), "{shown}");
    *usn.lock().unwrap() = 99;
    let shown = refused(walk(&mut importer, ImportMode::Delta, Some(from.clone()), 10).await);
    assert!(shown.contains("put back to an older state"), "{shown}");
    from.read_with ^= 1;
    let shown = refused(walk(&mut importer, ImportMode::Delta, Some(from), 10).await);
    assert!(shown.contains("other attributes"), "{shown}");
}

#[tokio::test]
async fn pages_that_do_not_end_are_given_up() {
    let server = Fake::start(|asked: &Asked| match asked.name.as_str() {
        "" => root(1),
        _ => vec![Answer::End(0, dirsync(true, b"again"))],
    })
    .await;
    let mut importer = connector(&server, Kind::ActiveDirectory).importer();
    let error = walk(&mut importer, ImportMode::Full, None, 10).await.unwrap_err();
    assert!(error.to_string().contains("do not come to an end"), "{error}");
}

#[tokio::test]
async fn a_cookie_may_stay_the_same_as_long_as_pages_bring_something() {
    let rows: [(&[usize], &str); 3] =
        [(&[2, 1, 0], "3 objects"), (&[1, 1, 1, 1], "4 objects"), (&[1, 0, 1], "do not come to an end")];
    for (pages, expected) in rows {
        let mut ahead = pages.iter().copied().enumerate();
        let server = Fake::start(move |asked: &Asked| {
            if asked.name.is_empty() {
                let names = vec![("namingContexts", texts(&["DC=x"]))];
                return vec![Answer::Entry("", names), Answer::End(0, None)];
            }
            let Some((number, entries)) = ahead.next() else { return vec![Answer::Close] };
            let entry = |entry: usize| {
                let key = format!("{number}{entry}");
                Answer::Entry(
                    "CN=A,DC=x",
                    vec![("entryUUID", texts(&[&key])), ("objectClass", texts(&["person"]))],
                )
            };
            let cookie: &[u8] = if number + 1 == pages.len() { b"" } else { b"slot" };
            (0..entries).map(entry).chain([Answer::End(0, paged(cookie))]).collect()
        })
        .await;
        let mut importer = connector(&server, Kind::Other).importer();
        let shown = match walk(&mut importer, ImportMode::Full, None, 10).await {
            Ok((lines, _)) => format!("{} objects", lines.len()),
            Err(error) => error.to_string(),
        };
        assert!(shown.contains(expected), "{pages:?}: {shown}");
    }
}

#[tokio::test]
async fn a_clock_that_is_ahead_hides_nothing() {
    let filters: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = filters.clone();
    let server = Fake::start(move |asked: &Asked| {
        if asked.name.is_empty() {
            let names = vec![("namingContexts", texts(&["DC=x"]))];
            return vec![Answer::Entry("", names), Answer::End(0, None)];
        }
        noted.lock().unwrap().push(asked.filter.clone());
        let values = vec![
            ("entryUUID", texts(&["a"])),
            ("objectClass", texts(&["person"])),
            ("modifyTimestamp", texts(&["29991231235959Z"])),
        ];
        vec![Answer::Entry("CN=A,DC=x", values), Answer::End(0, None)]
    })
    .await;
    let mut importer = connector(&server, Kind::Other).importer();
    let (_, last) = walk(&mut importer, ImportMode::Full, None, 10).await.unwrap();
    walk(&mut importer, ImportMode::Delta, Some(last.watermark), 10).await.unwrap();
    let filters = filters.lock().unwrap();
    assert!(filters[1].contains("modifyTimestamp") && !filters[1].contains("2999"), "{filters:?}");
}

#[tokio::test]
async fn a_watermark_holds_for_its_naming_context_alone() {
    let server = Fake::start(move |asked: &Asked| match asked.name.as_str() {
        "" => root(100),
        _ => vec![Answer::End(0, dirsync(false, b"cookie"))],
    })
    .await;
    let mut connector = connector(&server, Kind::ActiveDirectory);
    let dn = madrigal_model::DistinguishedName::from_directory("CN=Configuration,DC=x");
    connector.domains = vec![crate::Domain { dn, urls: Vec::new() }];
    let (_, last) = walk(&mut connector.importer(), ImportMode::Full, None, 10).await.unwrap();
    connector.domains = Vec::new();
    let again = walk(&mut connector.importer(), ImportMode::Delta, Some(last.watermark), 10).await;
    let shown = again.unwrap_err().to_string();
    assert!(shown.contains("another naming context"), "{shown}");
}

#[tokio::test]
async fn long_lists_are_read_to_their_end() {
    let server = Fake::start(|asked: &Asked| {
        let values = |from: usize, to: usize| {
            (from..to).map(|number| format!("CN={number},DC=x").into_bytes()).collect::<Vec<_>>()
        };
        match (asked.name.as_str(), asked.attributes.first().map(String::as_str)) {
            ("", _) => {
                vec![Answer::Entry("", vec![("namingContexts", texts(&["DC=x"]))]), Answer::End(0, None)]
            }
            (_, Some("member;range=2-*")) => vec![
                Answer::Entry("CN=G,DC=x", vec![("member;range=2-3", values(2, 4))]),
                Answer::End(0, None),
            ],
            (_, Some("member;range=4-*")) => vec![
                Answer::Entry("CN=G,DC=x", vec![("member;range=4-*", values(4, 5))]),
                Answer::End(0, None),
            ],
            _ => vec![
                Answer::Entry(
                    "CN=G,DC=x",
                    vec![
                        ("entryUUID", texts(&["01010101-0101-0101-0101-010101010101"])),
                        ("objectClass", texts(&["group"])),
                        ("modifyTimestamp", texts(&["20261122000000Z"])),
                        ("member;range=0-1", values(0, 2)),
                    ],
                ),
                Answer::End(0, None),
            ],
        }
    })
    .await;
    let mut importer = connector(&server, Kind::Other).importer();
    let (lines, _) = walk(&mut importer, ImportMode::Full, None, 10).await.unwrap();
    let expected = "1 CN=G,DC=x {objectClass: [\"group\"], member: [CN=0,DC=x, CN=1,DC=x, CN=2,DC=x, CN=3,DC=x, CN=4,DC=x]}";
    assert_eq!(lines, [expected]);
}

#[tokio::test]
async fn what_cannot_be_read_is_a_problem_and_nobody_is_taken_for_gone() {
    let server = Fake::start(|asked: &Asked| match asked.name.as_str() {
        "" => root(1),
        _ => vec![
            Answer::Entry("CN=NoKey,DC=x", vec![("objectClass", texts(&["user"]))]),
            Answer::Entry(
                "CN=Bad,DC=x",
                vec![("objectGUID", guid(7)), ("objectClass", texts(&["user"])), ("mail", vec![vec![0xff]])],
            ),
            Answer::End(0, dirsync(false, b"c")),
        ],
    })
    .await;
    let mut importer = connector(&server, Kind::ActiveDirectory).importer();
    let (lines, page) = walk(&mut importer, ImportMode::Full, None, 10).await.unwrap();
    assert_eq!(lines, ["CN=NoKey,DC=x []", "7 []"]);
    let codes: Vec<&str> = page.problems.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!((codes, page.unreadable), (vec!["MDR-D010", "MDR-D022", "MDR-D021"], 0));
}
