//! Exports that somebody carries to the directory later, as change files are carried over an air gap.

use std::collections::{BTreeMap, BTreeSet};

use madrigal_api::OperationKind;
use madrigal_model::Timestamp;

use crate::MemoryDirectory;

/// What a file is called: the number of the export, and when it was written.
type Name = (u64, Timestamp);

/// The files that wait, and the names of those that were carried.
#[derive(Clone, Debug, Default)]
pub(crate) struct Carried {
    waiting: BTreeMap<Name, Vec<OperationKind>>,
    done: BTreeSet<Name>,
}

impl Carried {
    /// Whether the export was written, carried or not.
    pub(crate) fn has(&self, name: Name) -> bool {
        self.waiting.contains_key(&name) || self.done.contains(&name)
    }

    /// Writes the export's file, unless it was written before.
    pub(crate) fn write(&mut self, name: Name, operations: Vec<OperationKind>) {
        if !self.has(name) {
            self.waiting.insert(name, operations);
        }
    }
}

impl MemoryDirectory {
    /// Carries the first change files that wait to the directory, at most so many, in the order of their names; gives
    /// how many operations it took. What it refuses is left out and the others go on, as with `ldapmodify -c`. A file
    /// tells objects by their names alone. One that was written before `not_before` is thrown away: what it holds has
    /// been planned anew.
    pub fn carry(&self, not_before: Timestamp, most: usize) -> usize {
        let mut state = self.lock();
        let mut taken = 0;
        // Whoever carries files there brings a new export back.
        state.data.usn += 1;
        for _ in 0..most {
            let Some((name, operations)) = state.carried.waiting.pop_first() else { break };
            state.carried.done.insert(name);
            if name.1 < not_before {
                state.counters.count("change file thrown away");
                continue;
            }
            state.counters.count("change file carried");
            for operation in operations {
                taken += usize::from(state.write(by_name(operation)).is_ok());
            }
        }
        taken
    }

    /// Throws the change files away that wait, as a person does who begins anew with an empty store.
    pub fn throw_away_what_waits(&self) {
        self.lock().carried.waiting.clear();
    }
}

/// The operation as a change record says it.
fn by_name(mut operation: OperationKind) -> OperationKind {
    match &mut operation {
        OperationKind::Add { former, .. } => *former = None,
        OperationKind::Modify { anchor, .. } | OperationKind::Rename { anchor, .. } => *anchor = None,
        OperationKind::Delete { anchor, stamp, .. } => (*anchor, *stamp) = (None, None),
    }
    operation
}
