//! The yardstick: the same octets by plain multi-row inserts, 250 rows a statement.

use std::path::Path;
use std::time::{Duration, Instant};

use madrigal_model::AttributeName;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, QueryBuilder, Sqlite};

use crate::people;

pub(crate) async fn insert(path: &Path, people: u64, page: u64) -> Duration {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .page_size(16_384)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .disable_statement_logging();
    let mut connection = options.connect().await.unwrap();
    sqlx::query("create table object (id integer primary key, head blob, body blob) strict")
        .execute(&mut connection)
        .await
        .unwrap();
    let mut total = Duration::ZERO;
    for first in (0..people).step_by(page as usize) {
        let rows = (first..people.min(first + page)).map(|n| {
            let person = people::person(n, 0);
            let mut body = person.entry.to_stored(|name: AttributeName| name.index() as u16);
            body.extend_from_slice(&[0; 64]);
            body.extend_from_slice(person.dn.as_str().as_bytes());
            (
                n as i64,
                [&person.digest.unwrap_or_default().0.to_le_bytes()[..], person.anchor.as_bytes()].concat(),
                body,
            )
        });
        let rows: Vec<_> = rows.collect();
        let begin = Instant::now();
        let mut transaction = connection.begin().await.unwrap();
        let mut rows = rows.into_iter();
        loop {
            let some: Vec<_> = rows.by_ref().take(250).collect();
            if some.is_empty() {
                break;
            }
            let mut statement = QueryBuilder::<Sqlite>::new("insert into object (id, head, body) ");
            statement.push_values(some, |mut row, (id, head, body)| {
                row.push_bind(id).push_bind(head).push_bind(body);
            });
            statement.build().execute(&mut *transaction).await.unwrap();
        }
        transaction.commit().await.unwrap();
        total += begin.elapsed();
    }
    connection.close().await.unwrap();
    std::fs::remove_file(path).unwrap();
    total
}
