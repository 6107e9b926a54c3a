//! What wakes itself for ever. A sync ends when nothing is dirty; two that wake each other in turn would keep it from
//! ending. Whoever is looked at too often in one sync is left alone, dirty, and named as a problem.

use std::collections::HashMap;
use std::hash::Hash;

use madrigal_model::{IdentityId, ObjectKey, Problem, ProblemCode, Severity, Timestamp};
use madrigal_state::{DirtyBatch, ProblemSubject};

use crate::engine::Engine;
use crate::error::RunError;

/// An object or identity was looked at too often.
pub(crate) const RESTLESS: ProblemCode = ProblemCode::new("MDR-E007");

/// How often one sync looks at the same before it leaves it alone: the longest chain of consequences that is meant.
const LOOKS: u32 = 100;
/// From how many looks for each object on every look is counted; before, only those of batches that are not full.
const LOOKS_PER_OBJECT: u64 = 5;

/// Who was looked at how often.
#[derive(Default)]
pub(crate) struct Restless {
    objects: HashMap<ObjectKey, u32>,
    identities: HashMap<IdentityId, u32>,
    /// How many are left alone.
    left: u32,
    looked_at: u64,
    all: u64,
}

impl Restless {
    /// For a store of so many objects.
    pub(crate) fn of(all: u64) -> Self {
        Self { all: all + 20, ..Self::default() }
    }

    /// How many of a batch may be taken up by those that are left alone.
    pub(crate) fn left(&self) -> u32 {
        self.left
    }

    /// Counts a batch, and takes out of it what is left alone from now on; `full`: there may be more.
    pub(crate) fn watch(&mut self, dirty: &mut DirtyBatch, full: bool) {
        self.looked_at += (dirty.objects.len() + dirty.identities.len()) as u64;
        // A first load looks at everybody: that is not worth the memory.
        if full && self.looked_at < LOOKS_PER_OBJECT.saturating_mul(self.all) {
            return;
        }
        count(&mut self.objects, &mut dirty.objects, &mut self.left);
        count(&mut self.identities, &mut dirty.identities, &mut self.left);
    }

    /// Those that are left alone.
    fn subjects(&self) -> impl Iterator<Item = ProblemSubject> {
        let objects = self.objects.iter().filter(|(_, looks)| **looks > LOOKS);
        let identities = self.identities.iter().filter(|(_, looks)| **looks > LOOKS);
        let objects = objects.map(|(key, _)| ProblemSubject::Object(key.clone()));
        objects.chain(identities.map(|(id, _)| ProblemSubject::Identity(*id)))
    }
}

fn count<T: Clone + Eq + Hash>(looks: &mut HashMap<T, u32>, batch: &mut Vec<T>, left: &mut u32) {
    batch.retain(|one| {
        let looks = looks.entry(one.clone()).or_default();
        *looks = looks.saturating_add(1);
        *left += u32::from(*looks == LOOKS + 1);
        *looks <= LOOKS
    });
}

impl Engine {
    /// Records whom the sync left alone.
    pub(crate) async fn tell_restless(&self, restless: &Restless, now: Timestamp) -> Result<(), RunError> {
        let mut subjects: Vec<ProblemSubject> = restless.subjects().collect();
        subjects.sort_unstable();
        for subject in subjects {
            let (connector, object) = match &subject {
                ProblemSubject::Object(key) => {
                    let known = self.store.objects(std::slice::from_ref(key)).await?;
                    let dn = known.into_iter().flatten().next().map(|known| known.object.dn.to_string());
                    (Some(key.connector), dn.unwrap_or_else(|| key.anchor.to_string()))
                }
                ProblemSubject::Identity(id) => (None, id.to_string()),
                ProblemSubject::Import(_) | ProblemSubject::Export(..) | ProblemSubject::Finish(_) => {
                    continue;
                }
            };
            let problem = Problem {
                code: RESTLESS,
                severity: Severity::Problem,
                connector,
                object,
                attribute: None,
                message: format!(
                    "its consequences were drawn {LOOKS} times in one run and it was woken again; it is left as it is, and nothing is written for it."
                ),
                remedy: "Start the run again. If the problem stays, two rules or objects undo each other's work: see `explain`, and report it."
                    .to_owned(),
                at: now,
            };
            self.store.record_problems(&self.lease, subject, vec![problem]).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> IdentityId {
        IdentityId::projected_by("abc", &[number])
    }

    #[test]
    fn whoever_comes_too_often_is_left_alone_and_nobody_else() {
        let mut restless = Restless::of(0);
        for look in 0..=LOOKS {
            let mut dirty = DirtyBatch { identities: vec![id(1), id(2)], ..DirtyBatch::default() };
            if look < LOOKS {
                restless.watch(&mut dirty, false);
                assert_eq!(dirty.identities, [id(1), id(2)], "{look}");
            } else {
                dirty.identities = vec![id(1), id(3)];
                restless.watch(&mut dirty, false);
                assert_eq!((dirty.identities, restless.left()), (vec![id(3)], 1));
            }
        }
        assert_eq!(restless.subjects().collect::<Vec<_>>(), [ProblemSubject::Identity(id(1))]);
    }

    #[test]
    fn a_first_load_is_not_counted() {
        let mut restless = Restless::of(1_000_000);
        for _ in 0..=LOOKS {
            let mut dirty = DirtyBatch { identities: vec![id(1)], ..DirtyBatch::default() };
            restless.watch(&mut dirty, true);
            assert_eq!(dirty.identities, [id(1)]);
        }
        assert!(restless.identities.is_empty());
    }
}
