//! Several servers of one directory: which is used, and what is believed of one that has just taken over.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use madrigal_api::{ConnectorError, Exporter, ImportMode, Operation, OperationKind, ReceiptOutcome};
use madrigal_model::{Anchor, Approval, DistinguishedName, IdentityId, Timestamp};

use super::connector;
use super::importing::{person, walk};
use super::server::{Answer, Asked, Fake, guid, paged, root, texts};
use crate::{Bind, Domain, ImportMethod, Kind, LdapConnector, PasswordSource};

const BIND: u8 = 0x60;
const SEARCH: u8 = 0x63;
const RENAME: u8 = 0x6c;

/// A domain controller with this number; it holds one person and says nothing of changes.
async fn controller(number: u8) -> Fake {
    hearing_controller(number, None).await
}

/// The same, which says how far it has heard of the first one.
async fn hearing_controller(number: u8, heard: Option<Arc<AtomicU8>>) -> Fake {
    Fake::start(move |asked: &Asked| {
        if let (["replUpToDateVector"], Some(heard)) = (&texts_of(asked)[..], &heard) {
            let cursor =
                [&[1; 16][..], &[heard.load(Ordering::Relaxed), 0, 0, 0, 0, 0, 0, 0], &[0; 8]].concat();
            let vector = [&[2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0][..], &cursor].concat();
            let head = Answer::Entry("DC=x", vec![("replUpToDateVector", vec![vector])]);
            return vec![head, Answer::End(0, None)];
        }
        if asked.name.is_empty() {
            let mut answers = root(100);
            if let Some(Answer::Entry(_, attributes)) = answers.first_mut() {
                attributes.retain(|(name, _)| *name != "supportedControl");
                attributes.push(("dsServiceName", texts(&["CN=NTDS Settings"])));
            }
            return answers;
        }
        if asked.name == "CN=NTDS Settings" {
            let key = vec![vec![number; 16]];
            return vec![
                Answer::Entry("CN=NTDS Settings", vec![("invocationId", key)]),
                Answer::End(0, None),
            ];
        }
        vec![person(1, "CN=A,DC=x"), Answer::End(0, paged(b""))]
    })
    .await
}

fn texts_of(asked: &Asked) -> Vec<&str> {
    asked.attributes.iter().map(String::as_str).collect()
}

fn at(connector: &mut LdapConnector, servers: &[&Fake]) {
    let url = |server: &&Fake| format!("ldap://127.0.0.1:{}", server.port()).parse().unwrap();
    connector.urls = servers.iter().map(url).collect();
}

#[tokio::test]
async fn a_server_that_takes_over_proves_nothing_at_once() {
    let (first, second) = (controller(1).await, controller(2).await);
    let mut connector = connector(&first, Kind::ActiveDirectory);
    connector.import = ImportMethod::Changes;
    at(&mut connector, &[&first, &second]);
    let (_, read) = walk(&mut connector.importer(), ImportMode::Full, None, 10).await.unwrap();
    assert!(read.complete);
    at(&mut connector, &[&second]);
    connector.chosen = crate::Chosen::default();
    let mut importer = connector.importer();
    let refused = walk(&mut importer, ImportMode::Delta, Some(read.watermark), 10).await.unwrap_err();
    assert!(refused.to_string().contains("another server"), "{refused}");
    let (_, whole) = walk(&mut importer, ImportMode::Full, None, 10).await.unwrap();
    let codes: Vec<&str> = whole.problems.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!((whole.complete, codes.contains(&"MDR-D019")), (false, true));
    let (_, again) = walk(&mut importer, ImportMode::Full, None, 10).await.unwrap();
    assert!(again.complete);
    // The first server may have missed nothing, but what the second one said before it had heard is mended by neither.
    at(&mut connector, &[&first]);
    let refused = walk(&mut connector.importer(), ImportMode::Delta, Some(again.watermark), 10).await;
    assert!(matches!(refused, Err(ConnectorError::WatermarkRefused { .. })));
}

#[tokio::test]
async fn a_server_that_lags_is_believed_when_it_has_heard_of_everything() {
    let heard = Arc::new(AtomicU8::new(50));
    let (first, second) = (controller(1).await, hearing_controller(2, Some(heard.clone())).await);
    let mut connector = connector(&first, Kind::ActiveDirectory);
    connector.import = ImportMethod::Changes;
    let (_, read) = walk(&mut connector.importer(), ImportMode::Full, None, 10).await.unwrap();
    at(&mut connector, &[&second]);
    connector.chosen = crate::Chosen::default();
    let mut importer = connector.importer();
    walk(&mut importer, ImportMode::Delta, Some(read.watermark), 10).await.unwrap_err();
    // What it says it has heard is not believed at once: the one before was written to since it was read.
    let (_, mut page) = walk(&mut importer, ImportMode::Full, None, 10).await.unwrap();
    assert_eq!((page.complete, page.behind), (false, true));
    for has_heard in [50, 99] {
        heard.store(has_heard, Ordering::Relaxed);
        // Each time in a process of its own.
        let mut importer = connector.importer();
        (_, page) = walk(&mut importer, ImportMode::Delta, Some(page.watermark), 10).await.unwrap();
        let codes: Vec<&str> = page.problems.iter().map(|problem| problem.code.as_str()).collect();
        assert_eq!((page.behind, codes.contains(&"MDR-D019")), (true, true), "{has_heard}");
    }
    heard.store(100, Ordering::Relaxed);
    let refused = walk(&mut importer, ImportMode::Delta, Some(page.watermark), 10).await.unwrap_err();
    assert!(refused.to_string().contains("heard by now"), "{refused}");
    let (_, page) = walk(&mut importer, ImportMode::Full, None, 10).await.unwrap();
    assert_eq!((page.complete, page.behind), (true, false));
    let (_, page) = walk(&mut importer, ImportMode::Delta, Some(page.watermark), 10).await.unwrap();
    assert!(!page.behind);
}

#[tokio::test]
async fn a_new_process_goes_on_with_the_server_of_the_watermark() {
    let (first, second) = (controller(1).await, controller(2).await);
    let mut connector = connector(&second, Kind::ActiveDirectory);
    connector.import = ImportMethod::Changes;
    let (_, read) = walk(&mut connector.importer(), ImportMode::Full, None, 10).await.unwrap();
    connector.chosen = crate::Chosen::default();
    at(&mut connector, &[&first, &second]);
    walk(&mut connector.importer(), ImportMode::Delta, Some(read.watermark), 10).await.unwrap();
}

#[tokio::test]
async fn servers_of_one_domain_do_not_choose_those_of_another() {
    let (first, second, other) = (controller(1).await, controller(2).await, controller(3).await);
    let mut connector = connector(&second, Kind::ActiveDirectory);
    connector.import = ImportMethod::Changes;
    let url = |server: &Fake| format!("ldap://127.0.0.1:{}", server.port()).parse().unwrap();
    connector.domains = vec![
        Domain { dn: DistinguishedName::from_directory("DC=x"), urls: Vec::new() },
        Domain { dn: DistinguishedName::from_directory("DC=y,DC=x"), urls: vec![url(&other)] },
    ];
    let (_, read) = walk(&mut connector.importer(), ImportMode::Full, None, 10).await.unwrap();
    at(&mut connector, &[&first, &second]);
    walk(&mut connector.importer(), ImportMode::Delta, Some(read.watermark), 10).await.unwrap();
    let order = connector.chosen.order(&connector.urls);
    assert_eq!(order.first(), Some(&url(&second)), "{order:?}");
}

#[tokio::test]
async fn a_server_without_time_for_anybody_is_passed_over_and_a_wrong_password_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    std::fs::write(&path, "secret").unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    for (code, expected) in [(52, "read"), (51, "read"), (49, "MDR-D003"), (8, "MDR-D003")] {
        let busy = Fake::start(move |asked: &Asked| match asked.operation {
            BIND => vec![Answer::End(code, None)],
            _ => vec![Answer::Close],
        })
        .await;
        let mut connector = connector(&busy, Kind::ActiveDirectory);
        connector.import = ImportMethod::Changes;
        connector.bind =
            Some(Bind::Password { dn: "CN=svc".to_owned(), password: PasswordSource::File(path.clone()) });
        let good = Fake::start(move |asked: &Asked| match (asked.operation, asked.name.as_str()) {
            (BIND, _) => vec![Answer::End(0, None)],
            (_, "") => root(1),
            _ => vec![Answer::End(0, paged(b""))],
        })
        .await;
        at(&mut connector, &[&busy, &good]);
        let shown = match walk(&mut connector.importer(), ImportMode::Full, None, 10).await {
            Ok(_) => "read".to_owned(),
            Err(error) => error.code().to_owned(),
        };
        assert_eq!(shown, expected, "{code}");
    }
}

fn operation(kind: OperationKind) -> Vec<Operation> {
    vec![Operation { identity: IdentityId::projected_by("test", b""), kind }]
}

async fn outcome(connector: &LdapConnector, kind: OperationKind) -> String {
    let approval = Approval::granted_by_the_guard();
    let mut exporter = connector.exporter();
    let receipts = exporter.apply(1, operation(kind), Timestamp::from_millis(0), &approval).await.unwrap();
    match &receipts[0].outcome {
        ReceiptOutcome::Accepted(_) => "accepted".to_owned(),
        ReceiptOutcome::Refused(problem) => format!("refused {}", problem.code),
        ReceiptOutcome::Unknown => "unknown".to_owned(),
    }
}

#[tokio::test]
async fn what_one_server_was_told_is_not_told_another() {
    let asked: Arc<Mutex<Vec<u8>>> = Arc::default();
    let noted = asked.clone();
    let dying = Fake::start_for(1, |_: &Asked| vec![Answer::Close]).await;
    let second = Fake::start(move |asked: &Asked| {
        noted.lock().unwrap().push(asked.operation);
        vec![Answer::End(if asked.operation == SEARCH { 32 } else { 0 }, None)]
    })
    .await;
    let mut connector = connector(&dying, Kind::ActiveDirectory);
    at(&mut connector, &[&dying, &second]);
    let dn = DistinguishedName::from_directory("CN=A,DC=x");
    let found = outcome(&connector, OperationKind::Add { dn, entry: Default::default(), former: None }).await;
    assert_eq!((found.as_str(), asked.lock().unwrap().as_slice()), ("unknown", &[][..]));
}

#[tokio::test]
async fn what_is_renamed_is_what_was_planned() {
    // A key with each octet that a filter's text has a use for: Samba took one for such a text when it was compared.
    let key = b"\0()*\\ abcdefghij".to_vec();
    let rows = [
        (Some(key.clone()), 0, "accepted", &[SEARCH, RENAME][..]),
        (Some(guid(7).remove(0)), 0, "refused MDR-C036", &[SEARCH]),
        (None, 0, "accepted", &[SEARCH, RENAME]),
        (None, 32, "accepted", &[SEARCH, RENAME]),
        (None, 50, "accepted", &[SEARCH, RENAME]),
    ];
    for (found, answer, expected, operations) in rows {
        let asked: Arc<Mutex<Vec<u8>>> = Arc::default();
        let noted = asked.clone();
        let shown = format!("{found:?} {answer}");
        let server = Fake::start(move |asked: &Asked| {
            noted.lock().unwrap().push(asked.operation);
            if asked.operation != SEARCH {
                return vec![Answer::End(0, None)];
            }
            let entry = found.clone().map(|key| Answer::Entry("CN=A,DC=x", vec![("objectGUID", vec![key])]));
            entry.into_iter().chain([Answer::End(answer, None)]).collect()
        })
        .await;
        let connector = connector(&server, Kind::ActiveDirectory);
        let name = |text| DistinguishedName::from_directory(text);
        let anchor = Some(Anchor::new(&key));
        let kind = OperationKind::Rename { anchor, dn: name("CN=A,DC=x"), new_dn: name("CN=B,DC=x") };
        assert_eq!(outcome(&connector, kind).await, expected, "{shown}");
        assert_eq!(asked.lock().unwrap().as_slice(), operations, "{shown}");
    }
}
