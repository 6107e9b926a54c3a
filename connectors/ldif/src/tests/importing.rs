//! Walks and watermarks: what is read again, what is refused, and when a walk is complete.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use madrigal_api::{ConnectorError, ImportMode, Importer};
use madrigal_model::Watermark;

use super::{answer, connector, end, request, told, walk};
use crate::LdifConnector;

fn people(numbers: std::ops::RangeInclusive<u32>) -> String {
    numbers.map(|number| format!("dn: CN=P{number},DC=abc\nemployeeID: {number}\n\n")).collect()
}

/// A folder with a snapshot of three people, and an empty change file's place.
fn set_up() -> (tempfile::TempDir, LdifConnector, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (path, changes) = (folder.path().join("abc.ldif"), folder.path().join("changes.ldif"));
    fs::write(&path, people(1..=3)).unwrap();
    let mut connector = connector(&path);
    connector.changes = Some(changes.clone());
    (folder, connector, changes)
}

fn full(connector: &LdifConnector) -> (Vec<String>, Watermark) {
    let pages = walk(&mut connector.importer(), &request(ImportMode::Full, 2), None).unwrap();
    (told(&pages), end(&pages))
}

fn delta(connector: &LdifConnector, from: &Watermark) -> Result<(Vec<String>, Watermark), ConnectorError> {
    let pages = walk(&mut connector.importer(), &request(ImportMode::Delta, 2), Some(from.clone()))?;
    Ok((told(&pages), end(&pages)))
}

fn append(path: &Path, text: &str) {
    let mut file = fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn is_refused(result: Result<(Vec<String>, Watermark), ConnectorError>) -> bool {
    matches!(result, Err(ConnectorError::WatermarkRefused { .. }))
}

#[test]
fn changes_are_told_once_and_count_on_top_of_the_snapshot() {
    let (_folder, connector, changes) = set_up();
    let (told, mark) = full(&connector);
    assert_eq!(told.len(), 4);
    assert_eq!(delta(&connector, &mark).unwrap().0, [""; 0]);
    append(&changes, "dn: CN=P1,DC=abc\nchangetype: delete\n\n");
    let (told, mark) = delta(&connector, &mark).unwrap();
    assert_eq!(told, ["CN=P1,DC=abc is gone"]);
    // The second record is still being written: it is told when it is whole.
    append(&changes, "dn: CN=P2,DC=abc\nchangetype: delete\n\ndn: CN=P3,DC=abc\nchangety");
    let (told, mark) = delta(&connector, &mark).unwrap();
    assert_eq!(told, ["CN=P2,DC=abc is gone"]);
    append(&changes, "pe: delete\n");
    let (told, mark) = delta(&connector, &mark).unwrap();
    assert_eq!(told, ["CN=P3,DC=abc is gone"]);
    assert_eq!(delta(&connector, &mark).unwrap().0, [""; 0]);
    let (told, mark) = full(&connector);
    assert_eq!(
        told[3..],
        ["CN=P1,DC=abc is gone", "CN=P2,DC=abc is gone", "CN=P3,DC=abc is gone", "complete"]
    );
    append(
        &changes,
        "\ndn: CN=P4,DC=abc\nchangetype: add\nmail: x\n\ndn: CN=P5,DC=abc\nchangetype: add\nemployeeID: 5\n",
    );
    assert_eq!(delta(&connector, &mark).unwrap().0, ["5 is CN=P5,DC=abc {}", "MDR-L023 line 10"]);
}

#[test]
fn a_watermark_holds_for_the_files_that_were_read() {
    let (_folder, connector, changes) = set_up();
    append(&changes, "dn: CN=P1,DC=abc\nchangetype: delete\n\n");
    let (_, mark) = full(&connector);
    // Written again with the same content: nothing changed.
    fs::write(&connector.path, people(1..=3)).unwrap();
    let (told, mark) = delta(&connector, &mark).unwrap();
    assert_eq!(told, [""; 0]);
    let whole = fs::read_to_string(&changes).unwrap();
    for other in ["", "dn: CN=P2,DC=abc\nchangetype: delete\n\n", &whole[..20]] {
        fs::write(&changes, other).unwrap();
        assert!(is_refused(delta(&connector, &mark)), "{other}");
    }
    fs::remove_file(&changes).unwrap();
    assert!(is_refused(delta(&connector, &mark)));
    fs::write(&changes, &whole).unwrap();
    assert!(delta(&connector, &mark).is_ok());
    fs::write(&connector.path, people(2..=4)).unwrap();
    assert!(is_refused(delta(&connector, &mark)), "another snapshot of the same length");
    fs::write(&connector.path, "").unwrap();
    assert!(is_refused(delta(&connector, &mark)), "an emptied snapshot");
    assert_eq!(full(&connector).0.last().unwrap(), "complete");
    fs::remove_file(&connector.path).unwrap();
    let gone = delta(&connector, &mark).unwrap_err();
    assert_eq!(gone.code(), "MDR-L001", "{gone}");
    let foreign = Watermark { mark: b"nonsense".to_vec(), ..mark.clone() };
    assert!(is_refused(delta(&connector, &foreign)));
    let other_attributes = Watermark { read_with: 7, ..mark };
    assert!(is_refused(delta(&connector, &other_attributes)));
}

#[test]
fn a_page_may_be_asked_for_again() {
    let (_folder, mut connector, changes) = set_up();
    fs::write(&connector.path, format!("mail: p0\n\n{}", people(1..=5))).unwrap();
    append(&changes, "dn: CN=P1,DC=abc\nchangetype: delete\n\ndn: CN=P2,DC=abc\nchangetype: delete\n\n");
    let request = request(ImportMode::Full, 1);
    let pages = walk(&mut connector.importer(), &request, None).unwrap();
    assert!(!pages.last().unwrap().complete, "one record hides which object it is about");
    assert_eq!(pages.iter().map(|page| page.unreadable).sum::<u64>(), 1);
    for at in 0..pages.len() {
        let from = at.checked_sub(1).map(|before| pages[before].watermark.clone());
        // Another importer, as after a crash.
        let again = answer(connector.importer().page(&request, from.as_ref())).unwrap();
        assert_eq!(told(std::slice::from_ref(&again)), told(&pages[at..=at]), "page {at}");
        assert_eq!((again.watermark, again.more), (pages[at].watermark.clone(), pages[at].more));
        let rest = walk(&mut connector.importer(), &request, from).unwrap();
        assert_eq!(told(&rest), told(&pages[at..]), "from page {at}");
    }
    // Another file in its place: the walk cannot go on.
    fs::write(&connector.path, people(1..=7)).unwrap();
    let resumed = answer(connector.importer().page(&request, Some(&pages[1].watermark)));
    assert!(matches!(resumed, Err(ConnectorError::WatermarkRefused { .. })));
    connector.path = changes.with_file_name("nowhere");
    let missing = answer(connector.importer().page(&request, None)).unwrap_err();
    assert_eq!(missing.code(), "MDR-L001");
    connector.path = changes.parent().unwrap().to_owned();
    let folder = answer(connector.importer().page(&request, None)).unwrap_err();
    assert_eq!(folder.code(), "MDR-L001");
}
