//! Identities and export states, written.

use std::collections::{HashMap, HashSet};

use madrigal_model::{ExportState, Identity, IdentityId, IndexKey, Timestamp};
use sqlx::{QueryBuilder, Row as _};

use super::index::Change;
use super::number::{Owner, export_id, identity_hash};
use super::packed::{
    PackedState, Packer, pack_holds, pack_identity, pack_plan, pack_state, pack_unconfirmed,
};
use super::problems::subject_prefix;
use super::read_rows::json_numbers;
use super::sync::Dirty;
use super::work::{ROWS, Then, Work};
use crate::{IdentityWrite, StoreError};

/// An export state as it is written.
pub(super) struct StateDraft {
    pub(super) identity: i64,
    pub(super) state: ExportState,
    pub(super) keys: Vec<IndexKey>,
    /// The line of the audit log that says what is unconfirmed.
    pub(super) begun_line: Option<i64>,
}

impl Work<'_> {
    /// Writes identities whole; new ones get a number.
    pub(super) async fn write_identities(
        &mut self,
        writes: Vec<IdentityWrite>,
        numbers: &mut HashMap<IdentityId, i64>,
    ) -> Result<(), StoreError> {
        let known: Vec<i64> =
            writes.iter().filter_map(|write| numbers.get(&write.identity.id).copied()).collect();
        let mut old = self.state_drafts(&known).await?;
        let mut rows: Vec<(i64, Option<Timestamp>, Vec<u8>)> = Vec::with_capacity(writes.len());
        let mut places: HashMap<i64, usize> = HashMap::with_capacity(writes.len());
        let mut drafts: HashMap<(i64, u16), StateDraft> = HashMap::with_capacity(writes.len());
        for write in writes {
            let IdentityWrite { mut identity, due, export_keys } = write;
            let number = self.number_identity(identity.id, numbers);
            let exports = std::mem::take(&mut identity.exports);
            let row = (number, due, pack_identity(number, &identity));
            match places.get(&number).and_then(|place| rows.get_mut(*place)) {
                // Of an identity that stands twice the last is kept, with its states.
                Some(earlier) => {
                    *earlier = row;
                    drafts.retain(|(of, _), _| *of != number);
                }
                None => {
                    places.insert(number, rows.len());
                    rows.push(row);
                }
            }
            let mut export_keys = export_keys.into_iter();
            for state in exports {
                let mut keys = export_keys.next().unwrap_or_default();
                keys.sort_unstable();
                keys.dedup();
                let id = (number, state.connector.0);
                drafts.insert(id, StateDraft { identity: number, state, keys, begun_line: None });
            }
        }
        let mut drafts: Vec<_> = drafts.into_iter().collect();
        drafts.sort_unstable_by_key(|(id, _)| *id);
        for (id, draft) in &mut drafts {
            let before = old.remove(id);
            let old_keys = before.as_ref().map_or(&[][..], |before| &before.keys);
            self.change_keys(Owner::Export(id.0, id.1), old_keys, &draft.keys);
            let sent = |state: &ExportState| state.unconfirmed.as_ref().map(|sent| sent.export.clone());
            if let Some(before) = before
                && before.begun_line.is_some()
                && sent(&before.state) == sent(&draft.state)
            {
                draft.begun_line = before.begun_line;
            }
        }
        self.delete_states(old.into_values().collect()).await?;
        self.insert_identities(rows).await?;
        self.insert_states(drafts.into_iter().map(|(_, draft)| draft).collect()).await
    }

    /// The identity's number, given on first sight.
    fn number_identity(&mut self, id: IdentityId, numbers: &mut HashMap<IdentityId, i64>) -> i64 {
        if let Some(number) = numbers.get(&id) {
            return *number;
        }
        let number = {
            // A transaction that is not kept drops the whole cache, and this with it.
            let mut cache = self.store.cache();
            cache.last_identity += 1;
            cache.last_identity
        };
        numbers.insert(id, number);
        self.changes.push(Change { hash: identity_hash(id), owner: Owner::Identity(number), added: true });
        number
    }

    /// Makes an identity without decisions where there is none.
    pub(super) async fn make_identities(
        &mut self,
        ids: &[IdentityId],
        numbers: &mut HashMap<IdentityId, i64>,
    ) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        for id in ids {
            if !numbers.contains_key(id) {
                let number = self.number_identity(*id, numbers);
                rows.push((number, None, pack_identity(number, &Identity::new(*id))));
            }
        }
        self.insert_identities(rows).await
    }

    /// The export states of identities as they are stored, by identity and connector.
    pub(super) async fn state_drafts(
        &mut self,
        identities: &[i64],
    ) -> Result<HashMap<(i64, u16), StateDraft>, StoreError> {
        if identities.is_empty() {
            return Ok(HashMap::new());
        }
        let store = self.store;
        let rows = store.state_rows(self.connection()?, identities).await?;
        let unconfirmed = rows.iter().filter(|row| row.state.unconfirmed.is_some());
        let unconfirmed: Vec<i64> =
            unconfirmed.map(|row| export_id(row.identity, row.state.connector.0)).collect();
        let mut lines: HashMap<i64, i64> = HashMap::new();
        if !unconfirmed.is_empty() {
            let rows = sqlx::query(
                "select id, begun_line from export_state where begun_line is not null and id in (select value from \
                 json_each(?))",
            )
            .bind(json_numbers(&unconfirmed))
            .fetch_all(self.connection()?)
            .await
            .map_err(|error| self.failed(error))?;
            for row in rows {
                let id = row.try_get(0).map_err(|error| self.failed(error))?;
                lines.insert(id, row.try_get(1).map_err(|error| self.failed(error))?);
            }
        }
        let draft = |row: PackedState| {
            let connector = row.state.connector.0;
            let begun_line = lines.get(&export_id(row.identity, connector)).copied();
            let PackedState { identity, state, keys } = row;
            ((identity, connector), StateDraft { identity, state, keys, begun_line })
        };
        Ok(rows.into_iter().map(draft).collect())
    }

    async fn insert_identities(
        &mut self,
        rows: Vec<(i64, Option<Timestamp>, Vec<u8>)>,
    ) -> Result<(), StoreError> {
        let mut rows = rows.into_iter();
        loop {
            let some: Vec<_> = rows.by_ref().take(ROWS).collect();
            if some.is_empty() {
                return Ok(());
            }
            let mut statement = QueryBuilder::new("insert into identity (id, due_ms, packed) ");
            statement.push_values(some, |mut row, (id, due, packed)| {
                row.push_bind(id).push_bind(due.map(Timestamp::as_millis)).push_bind(packed);
            });
            statement
                .push(" on conflict (id) do update set due_ms = excluded.due_ms, packed = excluded.packed");
            self.run(statement).await?;
        }
    }

    /// Writes export states; their keys are the caller's to put into the index.
    pub(super) async fn insert_states(&mut self, drafts: Vec<StateDraft>) -> Result<(), StoreError> {
        let mut drafts = drafts;
        drafts.sort_unstable_by_key(|draft| export_id(draft.identity, draft.state.connector.0));
        let mut drafts = drafts.into_iter();
        loop {
            let some: Vec<StateDraft> = drafts.by_ref().take(ROWS).collect();
            if some.is_empty() {
                return Ok(());
            }
            let names = self.names();
            let mut statement = QueryBuilder::new(
                "insert into export_state (id, connector, begun_line, packed, pending, unconfirmed, held) ",
            );
            statement.push_values(some, |mut row, draft| {
                let connector = draft.state.connector.0;
                row.push_bind(export_id(draft.identity, connector)).push_bind(i64::from(connector));
                row.push_bind(draft.begun_line);
                row.push_bind(pack_state(draft.identity, &draft.state, &draft.keys, names));
                row.push_bind(draft.state.pending.as_ref().map(|plan| {
                    let mut packed = Packer::with_capacity(1000);
                    pack_plan(&mut packed, plan, names);
                    packed.seal(4)
                }));
                let unconfirmed = draft.state.unconfirmed.as_ref();
                row.push_bind(unconfirmed.map(|unconfirmed| pack_unconfirmed(unconfirmed, names)));
                row.push_bind(pack_holds(&draft.state.holds, names));
            });
            statement.push(
                " on conflict (id) do update set begun_line = excluded.begun_line, packed = excluded.packed, \
                 pending = excluded.pending, unconfirmed = excluded.unconfirmed, held = excluded.held",
            );
            self.run(statement).await?;
        }
    }

    async fn delete_states(&mut self, states: Vec<StateDraft>) -> Result<(), StoreError> {
        let mut ids = Vec::with_capacity(states.len());
        for draft in states {
            let connector = draft.state.connector.0;
            self.change_keys(Owner::Export(draft.identity, connector), &draft.keys, &[]);
            ids.push(export_id(draft.identity, connector));
        }
        self.for_each_id("delete from export_state where id in (select value from json_each(?))", &ids).await
    }

    /// Forgets identities with their export states, keys, marks and problems.
    pub(super) async fn forget_identities(
        &mut self,
        forgotten: &[IdentityId],
        numbers: &mut HashMap<IdentityId, i64>,
    ) -> Result<(), StoreError> {
        let forgotten: HashSet<IdentityId> = forgotten.iter().copied().collect();
        let mut gone = Vec::with_capacity(forgotten.len());
        for id in forgotten {
            let Some(number) = numbers.remove(&id) else { continue };
            gone.push(number);
            let owner = Owner::Identity(number);
            self.changes.push(Change { hash: identity_hash(id), owner, added: false });
            self.then.push(Then::ForgetId(number));
            for prefix in subject_prefix(id) {
                self.forget_problems(&prefix).await?;
            }
        }
        let states = self.state_drafts(&gone).await?;
        self.delete_states(states.into_values().collect()).await?;
        self.for_each_id("delete from identity where id in (select value from json_each(?))", &gone).await?;
        self.unmark_dirty(Dirty::Identities, gone).await
    }
}
