//! What exports write: what is under way, what came of it, the audit log.

use madrigal_model::{ConnectorId, ExportState, IdentityId, PendingExport, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _};

use super::SqliteStore;
use super::audit::mark;
use super::identities::StateDraft;
use super::names::Names;
use super::packed::{Damage, Packer, Unpacker, pack_plan, unpack_plan};
use super::read_rows::{unpack_all, unpack_whole_state};
use super::sync::Dirty;
use super::work::{ROWS, Work};
use crate::chain::{AuditLink, Sent};
use crate::store::audit_event;
use crate::{
    AuditRecord, ExportBegun, Lease, PendingRecord, ProblemSubject, ReceiptWrite, RunId, StoreError,
};

/// A line of the audit log as it is written.
struct Line {
    number: i64,
    identity: IdentityId,
    event: &'static str,
    /// The line that says what was sent, for one that says what came of it.
    begun_line: Option<i64>,
    packed: Vec<u8>,
    link: AuditLink,
}

impl SqliteStore {
    pub(super) async fn export_begun(
        &self,
        lease: &Lease,
        run: RunId,
        exports: Vec<ExportBegun>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        let mut work = self.begin(&mut writer, Some(lease)).await?;
        let ids: Vec<IdentityId> = exports.iter().map(|begun| begun.identity).collect();
        let mut numbers = work.known_identities(ids.clone()).await?;
        let known: Vec<i64> = numbers.values().copied().collect();
        let mut states = work.state_drafts(&known).await?;
        work.make_identities(&ids, &mut numbers).await?;
        let mut chain = work.chain(run, now).await?;
        let mut lines = Vec::with_capacity(exports.len());
        for begun in exports {
            let Some(&number) = numbers.get(&begun.identity) else { continue };
            let sent = &begun.unconfirmed.export;
            let (line, link) = chain.add("begun", (begun.identity, begun.connector), Sent::Here(sent));
            let packed = pack_line(line, begun.identity, begun.connector, Some(sent), work.names());
            let identity = begun.identity;
            lines.push(Line { number: line, identity, event: "begun", begun_line: None, packed, link });
            let draft = states.entry((number, begun.connector.0)).or_insert_with(|| StateDraft {
                identity: number,
                state: ExportState::new(begun.connector),
                keys: Vec::new(),
                begun_line: None,
            });
            draft.state.baseline = begun.baseline;
            draft.state.dn = begun.dn;
            draft.state.unconfirmed = Some(begun.unconfirmed);
            draft.state.pending = None;
            if let Some(hold) = begun.hold {
                draft.state.holds.retain(|known| known.run != hold.run);
                draft.state.holds.push(hold);
            }
            draft.begun_line = Some(line);
        }
        work.insert_lines(run, now, lines).await?;
        work.keep_chain(&chain).await?;
        work.insert_states(states.into_values().collect()).await?;
        work.keep().await
    }

    pub(super) async fn receipts_recorded(
        &self,
        lease: &Lease,
        run: RunId,
        receipts: Vec<ReceiptWrite>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        let mut work = self.begin(&mut writer, Some(lease)).await?;
        let ids: Vec<IdentityId> = receipts.iter().map(|receipt| receipt.identity).collect();
        let numbers = work.known_identities(ids).await?;
        let known: Vec<i64> = numbers.values().copied().collect();
        let mut states = work.state_drafts(&known).await?;
        let mut chain = work.chain(run, now).await?;
        let mut lines = Vec::with_capacity(receipts.len());
        let mut woken = Vec::new();
        for receipt in receipts {
            let ReceiptWrite { identity, connector, state, anchor, problem } = receipt;
            let number = numbers.get(&identity).copied();
            let draft = number.and_then(|number| states.get_mut(&(number, connector.0)));
            let Some(draft) = draft else { continue };
            if anchor.is_some() {
                draft.state.anchor = anchor;
            }
            let Some(unconfirmed) = draft.state.unconfirmed.take() else { continue };
            // What was sent stands in the line that says so.
            let sent = draft.begun_line.is_none().then_some(&unconfirmed.export);
            let event = audit_event(state);
            let begun = draft.begun_line.map(|line| Sent::In(line.cast_unsigned()));
            let said = begun.unwrap_or(Sent::Here(&unconfirmed.export));
            let (line, link) = chain.add(event, (identity, connector), said);
            let packed = pack_line(line, identity, connector, sent, work.names());
            lines.push(Line { number: line, identity, event, begun_line: draft.begun_line, packed, link });
            draft.state.unconfirmed = unconfirmed.answered(state);
            if state.is_none() {
                draft.begun_line = None;
                woken.push(draft.identity);
            }
            let subject = ProblemSubject::Export(identity, connector);
            work.write_problems(&subject, problem.into_iter().collect()).await?;
        }
        work.insert_lines(run, now, lines).await?;
        work.keep_chain(&chain).await?;
        work.insert_states(states.into_values().collect()).await?;
        work.mark_dirty(Dirty::Identities, &woken).await?;
        work.keep().await
    }

    pub(super) async fn pending_behind(
        &self,
        connector: ConnectorId,
        after: Option<IdentityId>,
        limit: u32,
    ) -> Result<Vec<PendingRecord>, StoreError> {
        let mut reader = self.reader().await?;
        let failed = |error| self.place.failed("reading planned exports", error);
        let mut behind = match after {
            None => i64::MIN,
            Some(id) => {
                let number = self.identity_numbers(&mut reader, &[id]).await?.into_iter().flatten().next();
                number.ok_or_else(|| StoreError::lost_place(&id))? << 12 | 4095
            }
        };
        let mut records = Vec::new();
        while records.len() < limit as usize {
            let wanted = (limit as usize - records.len()).min(super::read_rows::PACK);
            let row = sqlx::query(
                "select cast(string_agg(packed, '') as blob), max(id), count(*) from (select e.id as id, case when \
                 d.id is null then x'00' else x'01' end || e.packed || e.pending || coalesce(e.unconfirmed, \
                 x'00000000') || coalesce(e.held, x'00000000') as packed from export_state e left join dirty_identity d on d.id = e.id >> 12 where \
                 e.connector = ? and e.pending is not null and e.id > ? order by e.id limit ?)",
            )
            .bind(connector.0)
            .bind(behind)
            .bind(wanted as i64)
            .fetch_one(&mut *reader)
            .await
            .map_err(failed)?;
            let Some(pack) = row.try_get::<Option<&[u8]>, _>(0).map_err(failed)? else { break };
            behind = row.try_get(1).map_err(failed)?;
            let names = self.names();
            let page = unpack_all(pack, |packed| {
                let dirty = packed.byte()? != 0;
                let state = unpack_whole_state(packed, &names)?.state;
                let export = state.pending.ok_or(Damage("a planned export is empty"))?;
                Ok(PendingRecord { export, unconfirmed: state.unconfirmed, dirty })
            });
            records.extend(page.map_err(|damage| self.place.damaged(damage))?);
        }
        Ok(records)
    }

    pub(super) async fn unconfirmed_of(&self, connector: ConnectorId) -> Result<Vec<IdentityId>, StoreError> {
        let mut reader = self.reader().await?;
        let numbers: Vec<i64> = sqlx::query_scalar(
            "select id >> 12 from export_state where connector = ? and unconfirmed is not null order by id",
        )
        .bind(connector.0)
        .fetch_all(&mut *reader)
        .await
        .map_err(|error| self.place.failed("reading unconfirmed exports", error))?;
        let ids = self.ids(&mut reader, &numbers).await?;
        Ok(numbers.iter().filter_map(|number| ids.get(number).copied()).collect())
    }

    pub(super) async fn held_in(&self, connector: ConnectorId) -> Result<Vec<IdentityId>, StoreError> {
        let mut reader = self.reader().await?;
        let numbers: Vec<i64> = sqlx::query_scalar(
            "select id >> 12 from export_state where connector = ? and held is not null order by id",
        )
        .bind(connector.0)
        .fetch_all(&mut *reader)
        .await
        .map_err(|error| self.place.failed("reading what is held", error))?;
        let ids = self.ids(&mut reader, &numbers).await?;
        Ok(numbers.iter().filter_map(|number| ids.get(number).copied()).collect())
    }

    pub(super) async fn holds_released(
        &self,
        lease: &Lease,
        connector: ConnectorId,
        identities: &[IdentityId],
        run: RunId,
    ) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        let mut work = self.begin(&mut writer, Some(lease)).await?;
        let numbers = work.known_identities(identities.to_vec()).await?;
        let known: Vec<i64> = numbers.values().copied().collect();
        let drafts = work.state_drafts(&known).await?;
        let mut released: Vec<StateDraft> = drafts
            .into_iter()
            .filter(|((_, of), draft)| {
                *of == connector.0 && draft.state.holds.iter().any(|hold| hold.run == run.0)
            })
            .map(|(_, draft)| draft)
            .collect();
        released.iter_mut().for_each(|draft| draft.state.holds.retain(|hold| hold.run != run.0));
        let woken: Vec<i64> = released.iter().map(|draft| draft.identity).collect();
        work.insert_states(released).await?;
        work.mark_dirty(Dirty::Identities, &woken).await?;
        work.keep().await
    }

    pub(super) async fn audit_lines(&self, from: u64, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "select a.id, a.at_ms, a.run, r.started_by, a.event, a.packed, b.id, b.packed, a.link from audit a left join \
             run r on r.id = a.run left join audit b on b.id = a.begun_line where a.id >= ? order by a.id limit ?",
        )
        .bind(i64::try_from(from).unwrap_or(i64::MAX))
        .bind(limit)
        .fetch_all(&mut *reader)
        .await
        .map_err(|error| self.place.failed("reading the audit log", error))?;
        let names = self.names();
        rows.iter().map(|row| self.audit_record(row, &names)).collect()
    }

    fn audit_record(&self, row: &SqliteRow, names: &Names) -> Result<AuditRecord, StoreError> {
        let failed = |error| self.place.failed("reading the audit log", error);
        let damaged = |damage| self.place.damaged(damage);
        let number: i64 = row.try_get(0).map_err(failed)?;
        let packed: &[u8] = row.try_get(5).map_err(failed)?;
        let (identity, connector, sent) = unpack_line(number, packed, names).map_err(damaged)?;
        let export = match sent {
            Some(sent) => sent,
            None => {
                let begun: Option<i64> = row.try_get(6).map_err(failed)?;
                let packed: Option<&[u8]> = row.try_get(7).map_err(failed)?;
                let (begun, packed) =
                    begun.zip(packed).ok_or(Damage("a line of the audit log is missing")).map_err(damaged)?;
                let (_, _, sent) = unpack_line(begun, packed, names).map_err(damaged)?;
                sent.ok_or(Damage("a line of the audit log says nothing")).map_err(damaged)?
            }
        };
        Ok(AuditRecord {
            number: number.cast_unsigned(),
            at: Timestamp::from_millis(row.try_get(1).map_err(failed)?),
            run: RunId(row.try_get::<i64, _>(2).map_err(failed)?.cast_unsigned()),
            by: row.try_get::<Option<String>, _>(3).map_err(failed)?.unwrap_or_default(),
            event: row.try_get(4).map_err(failed)?,
            connector,
            identity,
            export,
            link: row
                .try_get::<Option<Vec<u8>>, _>(8)
                .map_err(failed)?
                .and_then(|link| link.try_into().ok())
                .map(AuditLink),
        })
    }
}

impl Work<'_> {
    async fn insert_lines(&mut self, run: RunId, at: Timestamp, lines: Vec<Line>) -> Result<(), StoreError> {
        // The lines of one transaction follow each other without a gap.
        if let Some(first) = lines.first() {
            let mut statement = QueryBuilder::new("insert or fail into audit_place (line, who) values (");
            let who: Vec<u8> = lines.iter().flat_map(|line| mark(line.identity)).collect();
            statement.push_bind(first.number).push(", ").push_bind(who).push(")");
            self.run(statement).await?;
        }
        let mut lines = lines.into_iter();
        loop {
            let some: Vec<Line> = lines.by_ref().take(ROWS).collect();
            if some.is_empty() {
                return Ok(());
            }
            let mut statement = QueryBuilder::new(
                "insert or fail into audit (id, at_ms, run, event, begun_line, packed, link) ",
            );
            statement.push_values(some, |mut row, line| {
                row.push_bind(line.number).push_bind(at.as_millis()).push_bind(run.0.cast_signed());
                row.push_bind(line.event).push_bind(line.begun_line).push_bind(line.packed);
                row.push_bind(line.link.0.to_vec());
            });
            self.run(statement).await?;
        }
    }
}

fn pack_line(
    number: i64,
    identity: IdentityId,
    connector: ConnectorId,
    sent: Option<&PendingExport>,
    names: &mut Names,
) -> Vec<u8> {
    let mut packed = Packer::with_capacity(if sent.is_some() { 1000 } else { 24 });
    packed.fixed(&identity.to_bytes());
    packed.fixed(&connector.0.to_le_bytes());
    if let Some(sent) = sent {
        pack_plan(&mut packed, sent, names);
    }
    packed.seal(number.cast_unsigned())
}

pub(super) type UnpackedLine = (IdentityId, ConnectorId, Option<PendingExport>);

pub(super) fn unpack_line(number: i64, packed: &[u8], names: &Names) -> Result<UnpackedLine, Damage> {
    let mut packed = Unpacker::new(packed).present(number.cast_unsigned())?;
    let identity = IdentityId::from_bytes(packed.array()?);
    let connector = ConnectorId(u16::from_le_bytes(packed.array()?));
    let sent = if packed.is_empty() { None } else { Some(unpack_plan(&mut packed, names)?) };
    Ok((identity, connector, sent))
}
