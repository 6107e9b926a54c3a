//! Contacts that something outside is to finish after an export: Exchange, by its Update-Recipient. They are found in the
//! audit log, so that neither a crash nor a directory that is away loses one.

use std::collections::{BTreeMap, BTreeSet};

use madrigal_model::{Anchor, ChangeKind, ConnectorId, IdentityId, Problem};
use madrigal_state::{AuditRecord, ProblemSubject};
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::error::RunError;
use crate::report::Report;

/// How many lines of the audit log are read at once, and how many identities.
const AT_ONCE: u32 = 2_000;

/// How far the contacts of a target were handed on. It holds for one store: with another one everything is handed on
/// again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FinishMark {
    /// The last line of the audit log that was looked at.
    pub line: u64,
    /// That line's link of the chain, which no other store has.
    pub link: String,
    /// Whose contacts were written and not seen yet, so that their keys are not known.
    pub waiting: BTreeSet<IdentityId>,
}

/// Whose contacts lines of the audit log say were written.
#[derive(Default)]
struct Sent {
    written: BTreeSet<IdentityId>,
    /// What was begun and not answered yet.
    begun: BTreeMap<IdentityId, ChangeKind>,
}

impl Sent {
    /// Takes the next line of the target in.
    fn take(&mut self, line: &AuditRecord) {
        match line.event.as_str() {
            "begun" => {
                let earlier = self.begun.insert(line.identity, line.export.kind);
                self.count(line.identity, earlier);
            }
            "refused" | "not-written" => {
                self.begun.remove(&line.identity);
            }
            _ => {
                let kind = self.begun.remove(&line.identity).unwrap_or(line.export.kind);
                self.count(line.identity, Some(kind));
            }
        }
    }

    fn count(&mut self, identity: IdentityId, kind: Option<ChangeKind>) {
        match kind {
            None => {}
            Some(ChangeKind::Delete) => {
                self.written.remove(&identity);
            }
            Some(_) => {
                self.written.insert(identity);
            }
        }
    }

    /// All of them. What nobody answered may have been written.
    fn all(mut self) -> BTreeSet<IdentityId> {
        for (identity, kind) in std::mem::take(&mut self.begun) {
            self.count(identity, Some(kind));
        }
        self.written
    }
}

impl Engine {
    /// The contacts of a target that were written since the mark and that an import has shown, by their keys; and the
    /// mark to go on from once they are handed on. Deleted ones are left out.
    ///
    /// # Errors
    /// The store's.
    pub async fn unfinished(
        &self,
        target: ConnectorId,
        mark: &FinishMark,
    ) -> Result<(Vec<Anchor>, FinishMark), RunError> {
        let mut next = if self.is_of_this_store(mark).await? { mark.clone() } else { FinishMark::default() };
        let mut sent = Sent { written: std::mem::take(&mut next.waiting), ..Sent::default() };
        loop {
            let lines = self.store.audit(next.line + 1, AT_ONCE).await?;
            let Some(last) = lines.last() else { break };
            next.line = last.number;
            next.link = last.link.map(|link| link.to_string()).unwrap_or_default();
            lines.iter().filter(|line| line.connector == target).for_each(|line| sent.take(line));
        }
        let written: Vec<IdentityId> = sent.all().into_iter().collect();
        let mut anchors = Vec::new();
        for some in written.chunks(AT_ONCE as usize) {
            for identity in self.store.identities(some).await?.into_iter().flatten() {
                let Some(state) = identity.exports.into_iter().find(|state| state.connector == target) else {
                    continue;
                };
                match (state.anchor, state.unconfirmed) {
                    (Some(anchor), _) => anchors.push(anchor),
                    (None, Some(_)) => {
                        next.waiting.insert(identity.id);
                    }
                    // It is not there, and nothing is under way that would bring it: a new export is a new line.
                    (None, None) => {}
                }
            }
        }
        anchors.sort_unstable();
        Ok((anchors, next))
    }

    async fn is_of_this_store(&self, mark: &FinishMark) -> Result<bool, RunError> {
        let lines = self.store.audit(mark.line.max(1), 1).await?;
        let line = lines.first().filter(|line| line.number == mark.line);
        let link = line.map(|line| line.link.map(|link| link.to_string()).unwrap_or_default());
        Ok(link.is_some_and(|link| link == mark.link))
    }

    /// Keeps what stands in the way of finishing a target's contacts, or that nothing does.
    ///
    /// # Errors
    /// The store's.
    pub async fn record_finish(
        &mut self,
        target: ConnectorId,
        problem: Option<Problem>,
    ) -> Result<(), RunError> {
        let subject = ProblemSubject::Finish(target);
        let problem = problem.map(|problem| Problem { connector: Some(target), ..problem });
        Ok(self.store.record_problems(&self.lease, subject, problem.into_iter().collect()).await?)
    }

    /// Counts the problems that stand once more, after something was done outside of the cycle.
    ///
    /// # Errors
    /// The store's.
    pub async fn count_again(&self, report: &mut Report) -> Result<(), RunError> {
        report.forget_problems();
        self.finish(report).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use madrigal_model::{DistinguishedName, PendingExport, Timestamp};
    use madrigal_state::RunId;

    use super::*;

    fn line(event: &str, kind: ChangeKind) -> AuditRecord {
        AuditRecord {
            number: 1,
            at: Timestamp::default(),
            run: RunId(1),
            by: String::new(),
            event: event.to_owned(),
            connector: ConnectorId(1),
            identity: IdentityId::projected_by("abc", b"anna"),
            export: PendingExport {
                identity: IdentityId::projected_by("abc", b"anna"),
                connector: ConnectorId(1),
                kind,
                anchor: None,
                dn: DistinguishedName::default(),
                new_dn: None,
                changes: Vec::new(),
                reason: None,
                speaker: None,
            },
            link: None,
        }
    }

    /// What it is about, the lines with their kinds of change, and whether the contact is handed on.
    type Row = (&'static str, &'static [(&'static str, ChangeKind)], bool);

    #[test]
    fn what_was_or_may_have_been_written_is_handed_on() {
        use ChangeKind::{Add, Delete, Modify};
        let rows: [Row; 9] = [
            ("nothing", &[], false),
            ("an accepted add", &[("begun", Add), ("accepted", Add)], true),
            ("a refused add", &[("begun", Add), ("refused", Add)], false),
            ("an add that was not written", &[("begun", Add), ("not-written", Add)], false),
            ("an add without an answer", &[("begun", Add)], true),
            (
                "one without an answer and a refused one",
                &[("begun", Add), ("begun", Modify), ("refused", Modify)],
                true,
            ),
            (
                "an accepted one and a refused one",
                &[("begun", Add), ("accepted", Add), ("begun", Modify), ("refused", Modify)],
                true,
            ),
            (
                "a contact that went again",
                &[("begun", Add), ("accepted", Add), ("begun", Delete), ("accepted", Delete)],
                false,
            ),
            (
                "a delete that was refused",
                &[("begun", Modify), ("accepted", Modify), ("begun", Delete), ("refused", Delete)],
                true,
            ),
        ];
        for (what, lines, handed_on) in rows {
            let mut sent = Sent::default();
            lines.iter().for_each(|(event, kind)| sent.take(&line(event, *kind)));
            assert_eq!(!sent.all().is_empty(), handed_on, "{what}");
        }
    }
}
