//! Goes through the audit log and names every place where its chain does not hold.

use std::collections::BTreeMap;

use crate::chain::{AuditHead, AuditLink};
use crate::{Store, StoreError};

/// How many lines are read at a time.
const PAGE: u32 = 4_000;

/// Something wrong with the audit log, at its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditFault {
    /// Lines are not there.
    #[error("{} missing", lines(*from, *to))]
    Missing {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// A line cannot be read.
    #[error("line {line} is damaged: {reason}")]
    Damaged {
        /// The line.
        line: u64,
        /// Why.
        reason: String,
    },
    /// A line does not say what it said when it was written.
    #[error("line {line} was changed after it was written")]
    Changed {
        /// The line.
        line: u64,
    },
    /// A line of the chain has no link.
    #[error("line {line} has no link: it was written past the program")]
    Unlinked {
        /// The line.
        line: u64,
    },
    /// A line stands behind the end of the chain.
    #[error("line {line} stands behind the end of the chain: it was added past the program")]
    Added {
        /// The line.
        line: u64,
    },
    /// There are lines and no end of the chain.
    #[error("the end of the chain is missing")]
    HeadMissing,
    /// The end of the chain is not the link of the last line.
    #[error("the end of the chain was changed: it does not fit line {line}")]
    HeadChanged {
        /// The last line.
        line: u64,
    },
    /// There is nothing, and there are runs that wrote.
    #[error("the log is empty, and run {run} wrote {written} changes")]
    Emptied {
        /// The latest of these runs.
        run: u64,
        /// How many changes it wrote.
        written: u64,
    },
    /// The link that somebody noted is not the one of that line now.
    #[error("line {line} bears another link than the one that was noted: the log was written anew")]
    NotAsNoted {
        /// The line.
        line: u64,
    },
}

fn lines(from: u64, to: u64) -> String {
    if from == to { format!("line {from} is") } else { format!("lines {from} to {to} are") }
}

/// What going through the audit log has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many lines there are.
    pub lines: u64,
    /// Where the chain ends.
    pub head: Option<AuditHead>,
    /// Everything that is wrong, in the order of the lines.
    pub faults: Vec<AuditFault>,
}

/// Checks every link of the audit log; `noted` is a line and its link that somebody wrote down elsewhere.
///
/// # Errors
/// The store's, where the log cannot be read at all. What is wrong with a line is a finding, not an error.
pub async fn verify_audit(
    store: &dyn Store,
    noted: Option<(u64, AuditLink)>,
) -> Result<Verified, StoreError> {
    let head = store.audit_head().await?;
    let first = head.map_or(u64::MAX, |head| head.first);
    let mut walk =
        Walk { head, noted, before: vec![AuditLink::NONE], expected: 1, lines: 0, faults: Vec::new() };
    let mut from = 0;
    loop {
        let page = store.audit_chain(from, PAGE).await?;
        let Some(last) = page.last() else { break };
        from = last.number + 1;
        page.iter().for_each(|line| walk.line(line, first));
    }
    walk.end();
    if walk.lines == 0 && head.is_none() {
        walk.faults.extend(emptied(store).await?);
    }
    Ok(Verified { lines: walk.lines, head, faults: walk.faults })
}

/// Who empties the log and its end leaves the runs, each with how much it wrote.
async fn emptied(store: &dyn Store) -> Result<Option<AuditFault>, StoreError> {
    #[derive(serde::Deserialize)]
    struct Outcome {
        exported: BTreeMap<String, u64>,
    }
    Ok(store.runs(u32::MAX).await?.into_iter().find_map(|run| {
        let outcome: Outcome = serde_json::from_str(run.outcome.as_deref()?).ok()?;
        let written = outcome.exported.values().sum();
        (written > 0).then_some(AuditFault::Emptied { run: run.id.0, written })
    }))
}

struct Walk {
    head: Option<AuditHead>,
    noted: Option<(u64, AuditLink)>,
    /// What the link before the next line may be; nothing where nobody knows it. Behind a line that does not fit these
    /// are the link that was written and the one that should have been: one of the two was left alone, and only the
    /// place at fault is named.
    before: Vec<AuditLink>,
    expected: u64,
    lines: u64,
    faults: Vec<AuditFault>,
}

impl Walk {
    fn line(&mut self, line: &crate::ChainedLine, first: u64) {
        let number = line.number;
        self.lines += 1;
        if number > self.expected {
            self.faults.push(AuditFault::Missing { from: self.expected, to: number - 1 });
            self.before.clear();
        }
        self.expected = number + 1;
        if let Some((noted, link)) = self.noted
            && noted == number
            && line.link != Some(link)
        {
            self.faults.push(AuditFault::NotAsNoted { line: number });
        }
        let is_chained = number >= first;
        let computed: Vec<AuditLink> = match &line.content {
            Ok(content) => self.before.iter().map(|before| before.next(content)).collect(),
            Err(_) => Vec::new(),
        };
        match (&line.content, line.link) {
            (Err(reason), _) => {
                self.faults.push(AuditFault::Damaged { line: number, reason: reason.clone() });
            }
            (Ok(_), None) if is_chained => self.faults.push(AuditFault::Unlinked { line: number }),
            // Behind a gap nobody knows what the link should be: the chain goes on from here.
            (Ok(_), Some(link)) if !computed.is_empty() && !computed.contains(&link) => {
                self.faults.push(AuditFault::Changed { line: number });
            }
            _ => {}
        }
        if self.head.is_some_and(|head| number > head.line) {
            self.faults.push(AuditFault::Added { line: number });
        }
        if self
            .head
            .is_some_and(|head| head.line == number && line.link.is_some_and(|link| link != head.link))
        {
            self.faults.push(AuditFault::HeadChanged { line: number });
        }
        self.before = match line.link {
            None if !is_chained => vec![AuditLink::NONE],
            Some(link) if computed.contains(&link) => vec![link],
            link => link.into_iter().chain(computed).collect(),
        };
        if self.head.is_none() && line.link.is_some() && !self.faults.contains(&AuditFault::HeadMissing) {
            self.faults.push(AuditFault::HeadMissing);
        }
    }

    fn end(&mut self) {
        let last = self.head.map_or(0, |head| head.line);
        if last >= self.expected {
            self.faults.push(AuditFault::Missing { from: self.expected, to: last });
        }
        if let Some((line, _)) = self.noted
            && line > last.max(self.expected - 1)
        {
            self.faults.push(AuditFault::Missing { from: last.max(self.expected - 1) + 1, to: line });
        }
    }
}
