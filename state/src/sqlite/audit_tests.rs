//! What somebody does to the audit log past the program is found, and its place is named.

use std::path::Path;

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _};
use tempfile::TempDir;

use crate::conformance::audit::write_some;
use crate::{AuditFault, AuditLink, SqliteStore, Store as _, Verified, verify_audit};

/// A store with five lines, closed; and the link of the last one.
async fn written(folder: &TempDir) -> (std::path::PathBuf, AuditLink) {
    let path = folder.path().join("state.db");
    let store = SqliteStore::open(&path).await.unwrap();
    write_some(&store).await;
    let head = store.audit_head().await.unwrap().unwrap();
    store.close().await;
    (path, head.link)
}

async fn connect(path: &Path) -> SqliteConnection {
    SqliteConnection::connect(path.to_str().unwrap()).await.unwrap()
}

async fn verify(path: &Path, noted: Option<(u64, AuditLink)>) -> Verified {
    let store = SqliteStore::open_read_only(path).await.unwrap();
    let verified = verify_audit(&store, noted).await.unwrap();
    store.close().await;
    verified
}

fn changed(lines: &[u64]) -> Vec<AuditFault> {
    lines.iter().map(|line| AuditFault::Changed { line: *line }).collect()
}

#[tokio::test]
async fn every_change_past_the_program_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = written(&folder).await;
    let original = std::fs::read(&path).unwrap();
    let cases: [(&str, Vec<AuditFault>); 17] = [
        ("update audit set at_ms = at_ms + 1 where id = 3", changed(&[3])),
        ("update audit set event = 'refused' where id = 4", changed(&[4])),
        ("update audit set run = 2 where id = 1", changed(&[1])),
        ("update audit set begun_line = 2 where id = 4", changed(&[4])),
        ("update run set started_by = 'eve' where id = 2", changed(&[5])),
        ("update attribute set name = 'homePhone' where name = 'targetAddress'", changed(&[1, 2, 3])),
        ("update flow_source set source = replace(source, 'Contact', 'Nobody')", changed(&[1, 2, 3])),
        ("update audit set link = null where id = 2", vec![AuditFault::Unlinked { line: 2 }]),
        ("update audit set link = zeroblob(32) where id = 2", changed(&[2])),
        ("delete from audit where id = 2", vec![AuditFault::Missing { from: 2, to: 2 }]),
        ("delete from audit where id in (1, 2)", vec![AuditFault::Missing { from: 1, to: 2 }]),
        ("delete from audit where id > 3", vec![AuditFault::Missing { from: 4, to: 5 }]),
        (
            "insert into audit select 6, at_ms, run, event, begun_line, packed, link from audit where id = 5",
            vec![
                AuditFault::Damaged { line: 6, reason: "a row does not match its checksum".to_owned() },
                AuditFault::Added { line: 6 },
            ],
        ),
        ("delete from audit_head", vec![AuditFault::HeadMissing]),
        ("delete from audit; delete from audit_head", vec![]),
        (
            "delete from audit; delete from audit_head; update run set outcome = '{\"exported\":{\"add\":3,\"hide\":2}}'",
            vec![AuditFault::Emptied { run: 2, written: 5 }],
        ),
        ("update audit_head set link = zeroblob(32)", vec![AuditFault::HeadChanged { line: 5 }]),
    ];
    for (statement, expected) in cases {
        std::fs::write(&path, &original).unwrap();
        let mut connection = connect(&path).await;
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        assert_eq!(verify(&path, None).await.faults, expected, "{statement}");
    }
}

#[tokio::test]
async fn a_log_cut_short_with_its_end_is_found_by_the_noted_link() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = written(&folder).await;
    let mut connection = connect(&path).await;
    let cut = "delete from audit where id > 3; update audit_head set line = 3, link = (select link from audit where id = 3)";
    sqlx::raw_sql(AssertSqlSafe(cut)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    assert_eq!(
        verify(&path, None).await.faults,
        [],
        "who rewrites the end as well is not seen by the log alone"
    );
    let noted = verify(&path, Some((5, link))).await;
    assert_eq!(noted.faults, [AuditFault::Missing { from: 4, to: 5 }]);
}

#[tokio::test]
async fn a_flipped_bit_of_a_line_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = written(&folder).await;
    let mut connection = connect(&path).await;
    let packed: Vec<(i64, Vec<u8>, Vec<u8>)> =
        sqlx::query_as("select id, packed, link from audit where id in (2, 4)")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    connection.close().await.unwrap();
    let original = std::fs::read(&path).unwrap();
    let mut flipped = 0;
    for (line, packed, link) in packed {
        for octets in [&packed, &link] {
            let at = original.windows(octets.len()).position(|window| window == *octets).unwrap();
            // Each bit of an octet has its turn, not in every octet.
            let step = if octets.len() > 100 { 17 } else { 5 };
            for bit in (0..octets.len() * 8).step_by(step) {
                let mut file = original.clone();
                file[at + bit / 8] ^= 1 << (bit % 8);
                std::fs::write(&path, &file).unwrap();
                let faults = verify(&path, None).await.faults;
                let names_it = matches!(
                    faults.first(),
                    Some(AuditFault::Changed { line: found } | AuditFault::Damaged { line: found, .. })
                        if i64::try_from(*found) == Ok(line)
                );
                assert!(names_it, "bit {bit} of line {line}: {faults:?}");
                flipped += 1;
            }
        }
    }
    assert!(flipped > 150, "{flipped}");
}

#[tokio::test]
async fn the_chain_goes_on_behind_what_was_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = written(&folder).await;
    let mut connection = connect(&path).await;
    sqlx::raw_sql("delete from audit where id > 3").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let store = SqliteStore::open(&path).await.unwrap();
    write_some(&store).await;
    store.close().await;
    let verified = verify(&path, None).await;
    assert_eq!(verified.faults, [AuditFault::Missing { from: 4, to: 5 }], "no number is given twice");
    assert_eq!(verified.head.map(|head| head.line), Some(10));
}
