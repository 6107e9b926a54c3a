//! What a sync writes.

use std::collections::HashMap;

use madrigal_model::{IdentityId, Problem};

use super::tables::{IdentityRow, Owner, Tables};
use crate::{IdentityWrite, ProblemSubject, SyncCommit};

impl Tables {
    pub(super) fn mark_all_dirty(&mut self) {
        self.dirty_objects.extend(self.objects.keys().map(|number| (*number, false)));
        self.dirty_identities.extend(self.identities.keys());
    }

    pub(super) fn commit_sync(&mut self, commit: SyncCommit) {
        for key in &commit.objects_done {
            if let Some(number) = self.object_numbers.get(key) {
                self.dirty_objects.remove(number);
            }
        }
        for id in &commit.identities_done {
            if let Some(number) = self.identity_numbers.get(id) {
                self.dirty_identities.remove(number);
            }
        }
        for write in commit.identities {
            self.write_identity(write);
        }
        for (key, link) in commit.links {
            if let Some(&number) = self.object_numbers.get(&key) {
                self.set_link(number, link);
            }
        }
        for key in &commit.forgotten {
            self.forget_object(key);
        }
        for id in &commit.identities_forgotten {
            self.forget_identity(*id);
        }
        self.wake(&commit.wake);
        for key in &commit.wake_objects {
            if let Some(&number) = self.object_numbers.get(key) {
                self.mark_object(number, false);
            }
        }
        for id in &commit.wake_identities {
            if let Some(&number) = self.identity_numbers.get(id) {
                self.dirty_identities.insert(number);
            }
        }
        for (subject, problems) in commit.problems {
            self.record_problems(subject, problems);
        }
    }

    fn write_identity(&mut self, write: IdentityWrite) {
        let mut identity = write.identity;
        identity.links.clear();
        let keys = write.export_keys.into_iter().chain(std::iter::repeat_with(Vec::new));
        let mut exports: Vec<_> = std::mem::take(&mut identity.exports).into_iter().zip(keys).collect();
        exports.sort_by_key(|(state, _)| state.connector);
        let number = self.identity_number(identity.id);
        let before = self.drop_identity_row(number);
        let export_keys = HashMap::new();
        let mut row = IdentityRow { identity, due: write.due, export_keys, begun_lines: HashMap::new() };
        for (state, mut keys) in exports {
            // What was sent is said by its line as long as it stays what is unconfirmed.
            if let Some(line) = before.as_ref().and_then(|before| before.begun_line(&state)) {
                row.begun_lines.insert(state.connector, line);
            }
            keys.sort_unstable();
            keys.dedup();
            self.replace_keys(Owner::Export(number, state.connector), &[], &keys);
            row.export_keys.insert(state.connector, keys);
            row.identity.exports.push(state);
        }
        if let Some(due) = row.due {
            self.due.insert((due, number));
        }
        self.identities.insert(number, row);
    }

    fn forget_identity(&mut self, id: IdentityId) {
        let Some(number) = self.identity_numbers.remove(&id) else { return };
        self.drop_identity_row(number);
        self.dirty_identities.remove(&number);
        self.problems.remove(&ProblemSubject::Identity(id));
        self.problems.retain(|subject, _| !matches!(subject, ProblemSubject::Export(of, _) if *of == id));
    }

    /// Takes the identity's row, its keys and its due time away.
    fn drop_identity_row(&mut self, number: u64) -> Option<IdentityRow> {
        let row = self.identities.remove(&number)?;
        for (connector, keys) in &row.export_keys {
            self.replace_keys(Owner::Export(number, *connector), keys, &[]);
        }
        if let Some(due) = row.due {
            self.due.remove(&(due, number));
        }
        Some(row)
    }

    pub(super) fn record_problems(&mut self, subject: ProblemSubject, problems: Vec<Problem>) {
        if problems.is_empty() {
            self.problems.remove(&subject);
        } else {
            self.problems.insert(subject, problems);
        }
    }
}
