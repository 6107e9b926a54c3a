//! Who may write, the connectors, and the history of runs.

use std::sync::atomic::Ordering;

use madrigal_model::{ConnectorId, Timestamp, Watermark};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::SqliteStore;
use super::number::{CONNECTORS, object_ids};
use crate::{ConnectorStatus, Lease, RunId, RunRecord, StoreError};

impl SqliteStore {
    pub(super) async fn lease_taken(
        &self,
        holder: &str,
        now: Timestamp,
        seconds: u32,
    ) -> Result<Lease, StoreError> {
        let mut writer = self.writer.lock().await;
        let mut work = self.begin(&mut writer, None).await?;
        let row = sqlx::query("select holder, token, until_ms from lease")
            .fetch_one(work.connection()?)
            .await
            .map_err(|error| work.failed(error))?;
        let other: Option<String> = row.try_get(0).map_err(|error| work.failed(error))?;
        let token: i64 = row.try_get(1).map_err(|error| work.failed(error))?;
        let until: i64 = row.try_get(2).map_err(|error| work.failed(error))?;
        let until = Timestamp::from_millis(until);
        if let Some(other) = other
            && other != holder
            && until > now
        {
            return Err(StoreError::Busy { holder: other, until });
        }
        let lease = Lease {
            holder: holder.to_owned(),
            token: token.cast_unsigned() + 1,
            until: now.plus_seconds(i64::from(seconds)),
        };
        let written = sqlx::query("update lease set holder = ?, token = ?, until_ms = ?")
            .bind(holder)
            .bind(token + 1)
            .bind(lease.until.as_millis())
            .execute(work.connection()?)
            .await;
        written.map_err(|error| work.failed(error))?;
        work.keep().await?;
        self.holds.store(true, Ordering::Release);
        Ok(lease)
    }

    pub(super) async fn lease_renewed(
        &self,
        lease: &Lease,
        now: Timestamp,
        seconds: u32,
    ) -> Result<Lease, StoreError> {
        let mut writer = self.writer.lock().await;
        let mut work = self.begin(&mut writer, Some(lease)).await?;
        let until = now.plus_seconds(i64::from(seconds));
        let written = sqlx::query("update lease set until_ms = ?")
            .bind(until.as_millis())
            .execute(work.connection()?)
            .await;
        written.map_err(|error| work.failed(error))?;
        work.keep().await?;
        Ok(Lease { until, ..lease.clone() })
    }

    pub(super) async fn lease_released(&self, lease: &Lease) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        let mut work = self.begin(&mut writer, Some(lease)).await?;
        work.execute("update lease set holder = null").await?;
        self.holds.store(false, Ordering::Release);
        work.keep().await
    }

    pub(super) async fn connector_named(&self, lease: &Lease, name: &str) -> Result<ConnectorId, StoreError> {
        let mut writer = self.writer.lock().await;
        let mut work = self.begin(&mut writer, Some(lease)).await?;
        let known: Option<i64> = sqlx::query_scalar("select id from connector where name = ?")
            .bind(name)
            .fetch_optional(work.connection()?)
            .await
            .map_err(|error| work.failed(error))?;
        if let Some(id) = known {
            work.keep().await?;
            return crate::store::connector_number(id.cast_unsigned());
        }
        let id: i64 = sqlx::query_scalar("insert into connector (name) values (?) returning id")
            .bind(name)
            .fetch_one(work.connection()?)
            .await
            .map_err(|error| work.failed(error))?;
        if id >= i64::from(CONNECTORS) {
            let reason = format!("it holds {} connectors already: use a new store", CONNECTORS - 1);
            return Err(self.place.unreachable("numbering a connector in", reason));
        }
        work.keep().await?;
        crate::store::connector_number(id.cast_unsigned())
    }

    pub(super) async fn connector_statuses(&self) -> Result<Vec<ConnectorStatus>, StoreError> {
        let mut reader = self.reader().await?;
        let failed = |error| self.place.failed("reading the connectors", error);
        let rows = sqlx::query(
            "select id, name, mark, read_with, imports_complete, full_imports_complete, last_import_ms, objects, \
             contacts from connector order by id",
        )
        .fetch_all(&mut *reader)
        .await
        .map_err(failed)?;
        let mut statuses = Vec::with_capacity(rows.len());
        for row in rows {
            let mut status = connector_status(&row).map_err(failed)?;
            let (first, last) = object_ids(status.id);
            // The gone ones wait for a sync.
            let gone = sqlx::query_scalar::<_, i64>(
                "select count(*) from object o indexed by object_gone cross join link l on l.object = o.id \
                 and l.provisioned = 1 where o.gone = 1 and o.id between ? and ?",
            )
            .bind(first)
            .bind(last)
            .fetch_one(&mut *reader)
            .await
            .map_err(failed)?;
            status.provisioned = status.provisioned.saturating_sub(gone.cast_unsigned());
            statuses.push(status);
        }
        Ok(statuses)
    }

    pub(super) async fn run_begun(
        &self,
        lease: &Lease,
        profile: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<RunId, StoreError> {
        let mut writer = self.writer.lock().await;
        let mut work = self.begin(&mut writer, Some(lease)).await?;
        let id: i64 = sqlx::query_scalar(
            "insert into run (profile, started_by, began_ms) values (?, ?, ?) returning id",
        )
        .bind(profile)
        .bind(by)
        .bind(now.as_millis())
        .fetch_one(work.connection()?)
        .await
        .map_err(|error| work.failed(error))?;
        work.keep().await?;
        Ok(RunId(id.cast_unsigned()))
    }

    pub(super) async fn run_ended(
        &self,
        lease: &Lease,
        run: RunId,
        outcome: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        let mut work = self.begin(&mut writer, Some(lease)).await?;
        let written = sqlx::query("update run set ended_ms = ?, outcome = ? where id = ?")
            .bind(now.as_millis())
            .bind(outcome)
            .bind(run.0.cast_signed())
            .execute(work.connection()?)
            .await;
        written.map_err(|error| work.failed(error))?;
        if self.cache().index.may_fold() {
            work.fold().await?;
        }
        work.keep().await
    }

    pub(super) async fn newest_runs(&self, limit: u32) -> Result<Vec<RunRecord>, StoreError> {
        let mut reader = self.reader().await?;
        let failed = |error| self.place.failed("reading the history", error);
        let rows = sqlx::query(
            "select id, profile, started_by, began_ms, ended_ms, outcome from run order by id desc limit ?",
        )
        .bind(limit)
        .fetch_all(&mut *reader)
        .await
        .map_err(failed)?;
        rows.iter().map(run_record).collect::<Result<_, _>>().map_err(failed)
    }
}

fn connector_status(row: &SqliteRow) -> Result<ConnectorStatus, sqlx::Error> {
    let mark: Option<Vec<u8>> = row.try_get(2)?;
    let read_with: Option<i64> = row.try_get(3)?;
    Ok(ConnectorStatus {
        id: ConnectorId(row.try_get(0)?),
        name: row.try_get(1)?,
        watermark: watermark(mark, read_with),
        imports_complete: row.try_get::<i64, _>(4)?.cast_unsigned(),
        full_imports_complete: row.try_get::<i64, _>(5)?.cast_unsigned(),
        last_import: row.try_get::<Option<i64>, _>(6)?.map(Timestamp::from_millis),
        objects: row.try_get::<i64, _>(7)?.cast_unsigned(),
        // The links, whether or not their objects are gone.
        provisioned: row.try_get::<i64, _>(8)?.max(0).cast_unsigned(),
    })
}

/// A watermark from its two columns.
pub(super) fn watermark(mark: Option<Vec<u8>>, read_with: Option<i64>) -> Option<Watermark> {
    mark.zip(read_with).map(|(mark, read_with)| Watermark { mark, read_with: read_with.cast_unsigned() })
}

fn run_record(row: &SqliteRow) -> Result<RunRecord, sqlx::Error> {
    Ok(RunRecord {
        id: RunId(row.try_get::<i64, _>(0)?.cast_unsigned()),
        profile: row.try_get(1)?,
        by: row.try_get(2)?,
        began: Timestamp::from_millis(row.try_get(3)?),
        ended: row.try_get::<Option<i64>, _>(4)?.map(Timestamp::from_millis),
        outcome: row.try_get(5)?,
    })
}
