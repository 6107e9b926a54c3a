//! What was written for one identity, told from the audit log; and what its contact held at an earlier time, as far as
//! that can be known. Pure: the audit log's lines go in.

use std::collections::BTreeMap;

use madrigal_model::{
    AttributeChange, AttributeName, ChangeKind, ConnectorId, DistinguishedName, Entry, HideReason,
    PendingExport, Timestamp, Value, ValueRef, exactly_equal,
};
use madrigal_state::{AuditRecord, RunId};

/// One change of one contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The first line of the audit log that tells of it.
    pub line: u64,
    /// When it was sent.
    pub at: Timestamp,
    /// The run that sent it.
    pub run: RunId,
    /// Who started the run.
    pub by: String,
    /// The directory.
    pub connector: ConnectorId,
    /// What was sent: the attributes before and after, and why.
    pub export: PendingExport,
    /// What the directory answered.
    pub answer: Answer,
}

/// What came of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The directory accepted it.
    Accepted,
    /// The directory refused it.
    Refused,
    /// It was not sent after all, or did not arrive.
    NotWritten,
    /// Nobody knows: the connection or the program ended first.
    Unknown,
}

impl Answer {
    /// Its name, as people and programs see it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::NotWritten => "not written",
            Self::Unknown => "not known",
        }
    }
}

/// The changes that the lines tell of, oldest first. `lines` are those of one identity, in their order.
#[must_use]
pub fn written(lines: &[AuditRecord]) -> Vec<Written> {
    let mut changes: Vec<Written> = Vec::new();
    for line in lines {
        let answer = match line.event.as_str() {
            "begun" => {
                changes.push(Written {
                    line: line.number,
                    at: line.at,
                    run: line.run,
                    by: line.by.clone(),
                    connector: line.connector,
                    export: line.export.clone(),
                    answer: Answer::Unknown,
                });
                continue;
            }
            "accepted" => Answer::Accepted,
            "refused" => Answer::Refused,
            "not-written" => Answer::NotWritten,
            _ => Answer::Unknown,
        };
        let begun = changes.iter_mut().rev().find(|change| change.connector == line.connector);
        if let Some(begun) = begun {
            begun.answer = answer;
        }
    }
    changes
}

/// A contact as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// It was there.
    There {
        /// Its name.
        dn: DistinguishedName,
        /// Its attributes in the order of their names.
        values: Vec<ValueThen>,
    },
    /// We had not made it yet.
    NotYet {
        /// The run that made it later.
        run: RunId,
        /// When.
        at: Timestamp,
    },
    /// We had deleted it.
    Deleted {
        /// The run that did.
        run: RunId,
        /// When.
        at: Timestamp,
        /// Why.
        reason: Option<HideReason>,
    },
    /// Neither the audit log nor a directory knows of it.
    Unknown,
}

/// An attribute as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueThen {
    /// The attribute.
    pub attribute: AttributeName,
    /// Its values.
    pub values: Vec<Value>,
    /// How that is known.
    pub known: Known,
}

/// How an earlier value is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// We wrote it, and whatever was seen of it later was the same.
    Written {
        /// The run that wrote it.
        run: RunId,
        /// When.
        at: Timestamp,
    },
    /// We wrote it, and later it was something else: somebody changed it, and nobody knows when.
    WrittenThenOther {
        /// The run that wrote it.
        run: RunId,
        /// When.
        at: Timestamp,
        /// What was seen later.
        later: Vec<Value>,
    },
    /// A later run found it before it changed it; since when it was so is not known.
    FoundLater {
        /// The run that found it.
        run: RunId,
        /// When.
        at: Timestamp,
    },
    /// It is seen now, and we never wrote it: what it was then is not known.
    SeenNow,
}

/// A contact as it was at a time: from the changes of it in one directory, oldest first, and from what an import saw
/// last (none: it is not there now).
#[must_use]
pub fn as_of(changes: &[Written], seen: Option<(&DistinguishedName, &Entry)>, time: Timestamp) -> Then {
    let taken: Vec<&Written> = changes.iter().filter(|change| change.answer == Answer::Accepted).collect();
    let (before, after): (Vec<&Written>, Vec<&Written>) =
        taken.into_iter().partition(|change| change.at <= time);
    match (before.last(), after.first()) {
        (Some(last), _) if last.export.kind == ChangeKind::Delete => {
            return Then::Deleted { run: last.run, at: last.at, reason: last.export.reason };
        }
        (None, Some(next)) if next.export.kind == ChangeKind::Add => {
            return Then::NotYet { run: next.run, at: next.at };
        }
        (None, None) if seen.is_none() => return Then::Unknown,
        _ => {}
    }
    // What was before a contact was made anew is another one's.
    let made = before.iter().rposition(|change| change.export.kind == ChangeKind::Add).unwrap_or(0);
    let before = before.get(made..).unwrap_or_default();
    let gone = after.iter().position(|change| change.export.kind == ChangeKind::Delete);
    let same = after.get(..gone.unwrap_or(after.len())).unwrap_or_default();
    let seen = seen.filter(|_| gone.is_none());
    let dn = after
        .first()
        .map(|next| &next.export.dn)
        .or(seen.map(|(dn, _)| dn))
        .or(before.last().map(|last| last.export.new_dn.as_ref().unwrap_or(&last.export.dn)))
        .cloned()
        .unwrap_or_default();
    let mut names: BTreeMap<String, AttributeName> = BTreeMap::new();
    let mut name = |attribute: AttributeName| {
        names.insert(attribute.as_str().to_ascii_lowercase(), attribute);
    };
    before
        .iter()
        .chain(same)
        .flat_map(|change| &change.export.changes)
        .for_each(|change| name(change.attribute));
    if let Some((_, entry)) = seen {
        entry.iter().for_each(|(attribute, _)| name(attribute));
    }
    let values = names.into_values().filter_map(|attribute| value_then(attribute, before, same, seen));
    Then::There { dn, values: values.collect() }
}

fn value_then(
    attribute: AttributeName,
    before: &[&Written],
    after: &[&Written],
    seen: Option<(&DistinguishedName, &Entry)>,
) -> Option<ValueThen> {
    let of = |written: &&Written| -> Option<AttributeChange> {
        written.export.changes.iter().find(|change| change.attribute == attribute).cloned()
    };
    let wrote = before.iter().rev().find_map(|written| Some((*written, of(written)?)));
    let found = after.iter().find_map(|written| Some((*written, of(written)?)));
    let now = seen.map(|(_, entry)| entry.get(attribute).iter().map(ValueRef::to_value).collect::<Vec<_>>());
    let later = found.as_ref().map(|(_, change)| change.old.clone()).or(now.clone());
    let (values, known) = match (wrote, found) {
        (Some((written, change)), _) => {
            let (run, at) = (written.run, written.at);
            let known = match later {
                Some(later) if !exactly_equal(&later, &change.new) => {
                    Known::WrittenThenOther { run, at, later }
                }
                _ => Known::Written { run, at },
            };
            (change.new, known)
        }
        (None, Some((written, change))) => {
            (change.old, Known::FoundLater { run: written.run, at: written.at })
        }
        (None, None) => (now?, Known::SeenNow),
    };
    let tells = !values.is_empty() || matches!(known, Known::WrittenThenOther { .. });
    tells.then_some(ValueThen { attribute, values, known })
}

#[cfg(test)]
mod tests {
    use madrigal_model::IdentityId;

    use super::*;

    fn change(
        number: u64,
        day: i64,
        kind: ChangeKind,
        changes: &[(&str, &str, &str)],
        answer: Answer,
    ) -> Written {
        let values = |text: &str| text.split_whitespace().map(Value::text).collect::<Vec<_>>();
        let changes = changes.iter().map(|(name, old, new)| AttributeChange {
            attribute: AttributeName::intern(name).unwrap(),
            old: values(old),
            new: values(new),
            source: None,
        });
        let export = PendingExport {
            kind,
            identity: IdentityId::projected_by("abc", b"1"),
            connector: ConnectorId(2),
            anchor: None,
            dn: DistinguishedName::from_directory("CN=Jed"),
            new_dn: None,
            changes: changes.collect(),
            reason: None,
            speaker: None,
        };
        let at = Timestamp::from_millis(day * 86_400_000);
        let (run, by) = (RunId(number), "anna".to_owned());
        Written { line: number, at, run, by, connector: ConnectorId(2), export, answer }
    }

    fn shown(then: &Then) -> String {
        let values = |values: &[Value]| values.iter().map(ToString::to_string).collect::<Vec<_>>().join("+");
        match then {
            Then::There { values: all, .. } => {
                let one = |value: &ValueThen| {
                    let known = match &value.known {
                        Known::Written { run, .. } => format!("run {}", run.0),
                        Known::WrittenThenOther { run, later, .. } => {
                            format!("run {}, later {}", run.0, values(later))
                        }
                        Known::FoundLater { run, .. } => format!("found by {}", run.0),
                        Known::SeenNow => "now".to_owned(),
                    };
                    format!("{}={} ({known})", value.attribute, values(&value.values))
                };
                all.iter().map(one).collect::<Vec<_>>().join("; ")
            }
            Then::NotYet { run, .. } => format!("not before run {}", run.0),
            Then::Deleted { run, .. } => format!("deleted by run {}", run.0),
            Then::Unknown => "unknown".to_owned(),
        }
    }

    #[test]
    fn a_contact_through_the_years() {
        use Answer::{Accepted, Refused, Unknown};
        let changes = [
            change(
                1,
                10,
                ChangeKind::Add,
                &[("cn", "", "Jed"), ("title", "", "Clerk"), ("l", "", "Berlin")],
                Accepted,
            ),
            change(
                2,
                20,
                ChangeKind::Modify,
                &[("title", "Clerk", "Boss"), ("info", "theirs", "")],
                Accepted,
            ),
            change(3, 25, ChangeKind::Modify, &[("title", "Boss", "King")], Refused),
            change(4, 26, ChangeKind::Modify, &[("title", "Boss", "Duke")], Unknown),
        ];
        let deleted = [&changes[..], &[change(5, 30, ChangeKind::Delete, &[], Accepted)]].concat();
        let again = [
            &deleted[..],
            &[change(6, 40, ChangeKind::Add, &[("cn", "", "Jed"), ("title", "", "Clerk")], Accepted)],
        ]
        .concat();
        let name = |name: &str| AttributeName::intern(name).unwrap();
        let now = Entry::from_values([
            (name("cn"), ["Jed"]),
            (name("title"), ["Boss"]),
            (name("l"), ["Paris"]),
            (name("street"), ["Weg"]),
        ]);
        let dn = DistinguishedName::from_directory("CN=Jed");
        let there = Some((&dn, &now));
        for (what, changes, seen, day, expected) in [
            ("before it was made", &changes[..], there, 5, "not before run 1"),
            (
                "between two changes",
                &changes,
                there,
                15,
                "cn=Jed (run 1); info=theirs (found by 2); l=Berlin (run 1, later Paris); street=Weg (now); title=Clerk (run 1)",
            ),
            (
                "after the last one that was taken",
                &changes,
                there,
                27,
                "cn=Jed (run 1); l=Berlin (run 1, later Paris); street=Weg (now); title=Boss (run 2)",
            ),
            ("after it was deleted", &deleted, None, 35, "deleted by run 5"),
            (
                "before it was deleted",
                &deleted,
                None,
                28,
                "cn=Jed (run 1); l=Berlin (run 1); title=Boss (run 2)",
            ),
            (
                "made anew, the first one",
                &again,
                there,
                28,
                "cn=Jed (run 1); l=Berlin (run 1); title=Boss (run 2)",
            ),
            (
                "made anew, the second one",
                &again,
                there,
                41,
                "cn=Jed (run 6); l=Paris (now); street=Weg (now); title=Clerk (run 6, later Boss)",
            ),
            ("never written", &[], None, 10, "unknown"),
            (
                "never written and there",
                &[],
                there,
                10,
                "cn=Jed (now); l=Paris (now); street=Weg (now); title=Boss (now)",
            ),
        ] {
            let then = as_of(changes, seen, Timestamp::from_millis(day * 86_400_000));
            assert_eq!(shown(&then), expected, "{what}");
        }
    }
}
