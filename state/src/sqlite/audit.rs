//! The chain of the audit log, and the lines of one identity.

use madrigal_model::{ConnectorId, IdentityId, Timestamp};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::SqliteStore;
use super::export::unpack_line;
use super::names::Names;
use super::work::Work;
use crate::chain::{AuditHead, AuditLink, ChainedLine, ContentLink, Line, Sent};
use crate::{AuditRecord, RunId, StoreError};

/// How many octets of an identity's id stand in the list of whom the lines are about.
const MARK: usize = 4;

/// What stands for an identity in the list of whom the lines are about.
pub(super) fn mark(identity: IdentityId) -> [u8; MARK] {
    let mut mark = [0; MARK];
    mark.iter_mut().zip(identity.to_bytes()).for_each(|(place, octet)| *place = octet);
    mark
}

/// The end of the chain, while lines are added.
pub(super) struct Chain {
    first: i64,
    line: i64,
    link: AuditLink,
    run: RunId,
    by: String,
    at: Timestamp,
}

impl Chain {
    /// Adds a line and gives its number and link.
    pub(super) fn add(
        &mut self,
        event: &str,
        (identity, connector): (IdentityId, ConnectorId),
        sent: Sent<'_>,
    ) -> (i64, AuditLink) {
        self.line += 1;
        let line = Line {
            number: self.line.cast_unsigned(),
            at: self.at,
            run: self.run,
            by: &self.by,
            event,
            connector,
            identity,
            sent,
        };
        self.link = self.link.next(&line.content());
        (self.line, self.link)
    }
}

impl Work<'_> {
    /// The end of the chain, to add the run's lines to.
    pub(super) async fn chain(&mut self, run: RunId, at: Timestamp) -> Result<Chain, StoreError> {
        let row = sqlx::query(
            "select (select coalesce(max(id), 0) from audit), (select started_by from run where id = ?), (select line \
             from audit_head), (select first from audit_head), (select link from audit_head)",
        )
        .bind(run.0.cast_signed())
        .fetch_one(self.connection()?)
        .await
        .map_err(|error| self.failed(error))?;
        let failed = |error| self.failed(error);
        let last: i64 = row.try_get(0).map_err(failed)?;
        let by: Option<String> = row.try_get(1).map_err(failed)?;
        let head: Option<i64> = row.try_get(2).map_err(failed)?;
        let first: Option<i64> = row.try_get(3).map_err(failed)?;
        let link: Option<&[u8]> = row.try_get(4).map_err(failed)?;
        Ok(Chain {
            first: first.unwrap_or(last + 1),
            // A line that was cut off leaves a gap: its number is not given again.
            line: last.max(head.unwrap_or(0)),
            link: link.and_then(|link| link.try_into().ok()).map_or(AuditLink::NONE, AuditLink),
            run,
            by: by.unwrap_or_default(),
            at,
        })
    }

    /// Keeps the end of the chain.
    pub(super) async fn keep_chain(&mut self, chain: &Chain) -> Result<(), StoreError> {
        let kept = sqlx::query(
            "insert into audit_head (id, first, line, link) values (1, ?, ?, ?) on conflict (id) do update set line = \
             excluded.line, link = excluded.link",
        )
        .bind(chain.first)
        .bind(chain.line)
        .bind(&chain.link.0[..])
        .execute(self.connection()?)
        .await;
        kept.map(|_| ()).map_err(|error| self.failed(error))
    }
}

impl SqliteStore {
    pub(super) async fn head_of_audit(&self) -> Result<Option<AuditHead>, StoreError> {
        let mut reader = self.reader().await?;
        let failed = |error| self.place.failed("reading the audit log", error);
        let row = sqlx::query("select first, line, link from audit_head")
            .fetch_optional(&mut *reader)
            .await
            .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let (first, line): (i64, i64) = (row.try_get(0).map_err(failed)?, row.try_get(1).map_err(failed)?);
        let link: &[u8] = row.try_get(2).map_err(failed)?;
        // One of another length fits no line.
        let link = AuditLink(link.try_into().unwrap_or_default());
        Ok(Some(AuditHead { first: first.cast_unsigned(), line: line.cast_unsigned(), link }))
    }

    pub(super) async fn chained_lines(&self, from: u64, limit: u32) -> Result<Vec<ChainedLine>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "select a.id, a.at_ms, a.run, r.started_by, a.event, a.packed, a.begun_line, a.link from audit a left join \
             run r on r.id = a.run where a.id >= ? order by a.id limit ?",
        )
        .bind(i64::try_from(from).unwrap_or(i64::MAX))
        .bind(limit)
        .fetch_all(&mut *reader)
        .await
        .map_err(|error| self.place.failed("reading the audit log", error))?;
        let names = self.names();
        rows.iter().map(|row| self.chained_line(row, &names)).collect()
    }

    fn chained_line(&self, row: &SqliteRow, names: &Names) -> Result<ChainedLine, StoreError> {
        let failed = |error| self.place.failed("reading the audit log", error);
        let number: i64 = row.try_get(0).map_err(failed)?;
        let link: Option<Vec<u8>> = row.try_get(7).map_err(failed)?;
        let link = link.map(|link| AuditLink(link.try_into().unwrap_or([0xff; 32])));
        let content = content(row, number, names);
        Ok(ChainedLine { number: number.cast_unsigned(), link, content })
    }

    pub(super) async fn audit_lines_of(&self, identity: IdentityId) -> Result<Vec<AuditRecord>, StoreError> {
        let mut reader = self.reader().await?;
        let mark = mark(identity);
        // What is not cut where a mark begins is passed over below.
        let rows = sqlx::query("select line, who from audit_place where instr(who, ?) > 0 order by line")
            .bind(&mark[..])
            .fetch_all(&mut *reader)
            .await
            .map_err(|error| self.place.failed("reading the audit log", error))?;
        let mut numbers = Vec::new();
        for row in &rows {
            let first: i64 =
                row.try_get(0).map_err(|error| self.place.failed("reading the audit log", error))?;
            let who: &[u8] =
                row.try_get(1).map_err(|error| self.place.failed("reading the audit log", error))?;
            let marks = (first..).zip(who.chunks(MARK));
            numbers.extend(marks.filter(|(_, one)| *one == mark).map(|(number, _)| number));
        }
        drop(reader);
        let mut lines = Vec::with_capacity(numbers.len());
        for number in numbers {
            let found = self.audit_lines(number.cast_unsigned(), 1).await?;
            let is_asked =
                |line: &AuditRecord| line.number == number.cast_unsigned() && line.identity == identity;
            lines.extend(found.into_iter().filter(is_asked));
        }
        Ok(lines)
    }
}

/// The hash of what a row says, or why it cannot be read.
fn content(row: &SqliteRow, number: i64, names: &Names) -> Result<ContentLink, String> {
    let unread = |error: sqlx::Error| format!("SQLite: {error}");
    let packed: &[u8] = row.try_get(5).map_err(unread)?;
    let (identity, connector, sent) =
        unpack_line(number, packed, names).map_err(|damage| damage.0.to_owned())?;
    let by: Option<&str> = row.try_get(3).map_err(unread)?;
    let begun: Option<i64> = row.try_get(6).map_err(unread)?;
    let sent = match (begun, &sent) {
        (Some(line), None) => Sent::In(line.cast_unsigned()),
        (None, Some(sent)) => Sent::Here(sent),
        _ => return Err("it does not say what was sent".to_owned()),
    };
    let line = Line {
        number: number.cast_unsigned(),
        at: Timestamp::from_millis(row.try_get(1).map_err(unread)?),
        run: RunId(row.try_get::<i64, _>(2).map_err(unread)?.cast_unsigned()),
        by: by.unwrap_or_default(),
        event: row.try_get(4).map_err(unread)?,
        connector,
        identity,
        sent,
    };
    Ok(line.content())
}
