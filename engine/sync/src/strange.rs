//! Which changes of a plan are the strangest: those that somebody should look at first.
//!
//! A change is strange by what it is (a delete, another address, a last value that goes) and by how few others of the
//! same plan are like it. The second is counted in bits: a kind, attribute or rule that one change in eight has is worth
//! three. Nothing here stops anything: that is the guard's work.

use std::collections::BTreeMap;
use std::fmt;

use madrigal_model::{AttributeName, ChangeCounts, ChangeKind, ConnectorId, PendingExport, Value};

use crate::names;

/// From how many changes on it means something that few of them are alike.
const ENOUGH: u64 = 10;
/// What is rarer than one in eight is rare.
const RARE_BITS: f64 = 3.0;
/// How many changes with the same first reason are among the strangest: ten deletes would hide everything else.
const ALIKE: usize = 3;

/// Why a change is strange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The contact goes.
    Deletes,
    /// The contact leaves the address lists.
    Hides,
    /// Somebody else's contact becomes ours.
    Adopts,
    /// Mail or calls will go elsewhere.
    Address(AttributeName),
    /// The last value goes.
    Loses(AttributeName),
    /// Few changes of the plan are of this kind.
    RareKind {
        /// The kind.
        kind: ChangeKind,
        /// How many are of it.
        count: u64,
        /// Of how many in the target.
        of: u64,
    },
    /// Few changes of this kind touch the attribute.
    RareAttribute {
        /// The attribute.
        attribute: AttributeName,
        /// The kind.
        kind: ChangeKind,
        /// How many touch it.
        count: u64,
        /// Of how many of the kind in the target.
        of: u64,
    },
    /// Few changes come from this rule.
    RareRule {
        /// The rule.
        rule: Box<str>,
        /// How many come from it.
        count: u64,
        /// Of how many in the target.
        of: u64,
    },
}

impl Reason {
    /// What it weighs, in bits.
    fn weight(&self) -> f64 {
        match self {
            Self::Deletes => 8.0,
            Self::Address(_) => 6.0,
            Self::Hides | Self::Adopts => 4.0,
            Self::Loses(_) => 2.0,
            // What a new contact has and others have not is seldom a fault.
            Self::RareAttribute { kind: ChangeKind::Add, count, of, .. } => bits(*count, *of) / 2.0,
            Self::RareKind { count, of, .. }
            | Self::RareAttribute { count, of, .. }
            | Self::RareRule { count, of, .. } => bits(*count, *of),
        }
    }

    /// What makes two reasons alike.
    fn likeness(&self) -> String {
        match self {
            Self::Deletes => "deletes".to_owned(),
            Self::Hides => "hides".to_owned(),
            Self::Adopts => "adopts".to_owned(),
            Self::Address(attribute) | Self::Loses(attribute) => attribute.to_string(),
            Self::RareKind { kind, .. } => kind.to_string(),
            Self::RareAttribute { attribute, kind, .. } => format!("{kind} {attribute}"),
            Self::RareRule { rule, .. } => rule.to_string(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deletes => f.write_str("the contact goes"),
            Self::Hides => f.write_str("the contact leaves the address lists"),
            Self::Adopts => f.write_str("somebody else's contact becomes ours"),
            Self::Address(attribute) => write!(f, "another address: {attribute}"),
            Self::Loses(attribute) => write!(f, "loses its last {attribute}"),
            Self::RareKind { kind, count: 1, of } => write!(f, "the only {kind} among {of} changes"),
            Self::RareKind { kind, count, of } => {
                write!(f, "one of {count} of kind {kind} among {of} changes")
            }
            Self::RareAttribute { attribute, kind, count, of } => {
                write!(f, "{attribute} is in {count} of {of} changes of kind {kind}")
            }
            Self::RareRule { rule, count, of } => {
                write!(f, "rule \"{rule}\" is in {count} of {of} changes")
            }
        }
    }
}

/// How many bits it says that something is one of `count` among `of`.
fn bits(count: u64, of: u64) -> f64 {
    if count == 0 || of == 0 { 0.0 } else { (of as f64 / count as f64).log2() }
}

/// What a plan does in one target, counted: what the rare is measured by.
#[derive(Clone, Debug, Default)]
pub struct Census {
    kinds: ChangeCounts,
    attributes: BTreeMap<(ChangeKind, AttributeName), u64>,
    rules: BTreeMap<Box<str>, u64>,
}

/// Why a change is strange, the weightiest reason first, and how strange it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strangeness {
    /// Thousandths of a bit.
    pub score: u64,
    /// The reasons.
    pub reasons: Vec<Reason>,
}

impl Census {
    /// Counts one change.
    pub fn count(&mut self, change: &PendingExport) {
        self.kinds.count(change.kind);
        for attribute in &change.changes {
            *self.attributes.entry((change.kind, attribute.attribute)).or_default() += 1;
        }
        for rule in rules(change) {
            *self.rules.entry(rule.into()).or_default() += 1;
        }
    }

    /// How strange a counted change is; none: nothing about it stands out.
    #[must_use]
    pub fn judge(&self, change: &PendingExport) -> Option<Strangeness> {
        let kind = change.kind;
        let (all, of_kind) = (self.kinds.total(), self.kinds.of(kind));
        let mut reasons = Vec::new();
        match kind {
            ChangeKind::Delete => reasons.push(Reason::Deletes),
            ChangeKind::Hide => reasons.push(Reason::Hides),
            ChangeKind::Adopt => reasons.push(Reason::Adopts),
            _ => {}
        }
        if is_rare(of_kind, all) {
            reasons.push(Reason::RareKind { kind, count: of_kind, of: all });
        }
        if !matches!(kind, ChangeKind::Add | ChangeKind::Delete) {
            let changed = change.changes.iter().filter(|change| !change.old.is_empty());
            for attribute in changed {
                if is_other_address(attribute.attribute, &attribute.old, &attribute.new) {
                    reasons.push(Reason::Address(attribute.attribute));
                } else if attribute.new.is_empty() && attribute.attribute != *names::HIDE {
                    reasons.push(Reason::Loses(attribute.attribute));
                }
            }
        }
        let attributes = change.changes.iter().map(|change| change.attribute).filter_map(|attribute| {
            let count = self.attributes.get(&(kind, attribute)).copied().unwrap_or(0);
            is_rare(count, of_kind).then_some(Reason::RareAttribute { attribute, kind, count, of: of_kind })
        });
        reasons.extend(rarest(attributes));
        let rules = rules(change).into_iter().filter_map(|rule| {
            let count = self.rules.get(rule).copied().unwrap_or(0);
            is_rare(count, all).then_some(Reason::RareRule { rule: rule.into(), count, of: all })
        });
        reasons.extend(rarest(rules));
        reasons.sort_by(|one, other| other.weight().total_cmp(&one.weight()));
        let score = (reasons.iter().map(Reason::weight).sum::<f64>() * 1_000.0) as u64;
        (!reasons.is_empty()).then_some(Strangeness { score, reasons })
    }
}

fn is_rare(count: u64, of: u64) -> bool {
    of >= ENOUGH && bits(count, of) >= RARE_BITS
}

fn rarest(reasons: impl Iterator<Item = Reason>) -> Option<Reason> {
    reasons.max_by(|one, other| one.weight().total_cmp(&other.weight()))
}

/// The rules that ask for a change, each once.
fn rules(change: &PendingExport) -> Vec<&str> {
    let mut rules: Vec<&str> =
        change.changes.iter().filter_map(|change| Some(&*change.source.as_ref()?.rule)).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

/// Whether mail or calls go elsewhere: of `proxyAddresses` only the primary one counts.
fn is_other_address(attribute: AttributeName, old: &[Value], new: &[Value]) -> bool {
    if attribute == *names::PROXY_ADDRESSES {
        let primary = |values: &[Value]| {
            values.iter().filter_map(Value::as_text).find(|text| text.starts_with("SMTP:")).map(str::to_owned)
        };
        let (old, new) = (primary(old), primary(new));
        return old.is_some() && old != new;
    }
    [*names::TARGET_ADDRESS, *names::MAIL, *names::LEGACY_DN, *names::PRIMARY_SIP].contains(&attribute)
}

/// One of the strangest changes.
#[derive(Clone, Debug)]
pub struct Strange {
    /// The target.
    pub connector: ConnectorId,
    /// The change.
    pub change: PendingExport,
    /// How strange, and why.
    pub strangeness: Strangeness,
}

/// Keeps the strangest of the changes that it is shown, however many those are.
#[derive(Clone, Debug)]
pub struct Strangest {
    most: usize,
    kept: Vec<Strange>,
}

impl Strangest {
    /// Keeps at most so many.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most, kept: Vec::new() }
    }

    /// Looks at one change.
    pub fn see(&mut self, change: &PendingExport, strangeness: Strangeness) {
        let rank = |strange: &Strange| {
            (std::cmp::Reverse(strange.strangeness.score), strange.change.dn.as_str().to_owned())
        };
        let seen = Strange { connector: change.connector, change: change.clone(), strangeness };
        let at = self.kept.partition_point(|kept| rank(kept) <= rank(&seen));
        if at >= self.most {
            return;
        }
        let likeness = |strange: &Strange| strange.strangeness.reasons.first().map(Reason::likeness);
        let alike = likeness(&seen);
        self.kept.insert(at, seen);
        let alike: Vec<usize> =
            (0..self.kept.len()).filter(|place| self.kept.get(*place).and_then(likeness) == alike).collect();
        if let Some(one_too_many) = alike.get(ALIKE) {
            self.kept.remove(*one_too_many);
        }
        self.kept.truncate(self.most);
    }

    /// The strangest, the strangest first.
    #[must_use]
    pub fn into_vec(self) -> Vec<Strange> {
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use madrigal_model::{AttributeChange, DistinguishedName, FlowSource, IdentityId};

    use super::*;

    fn change(kind: ChangeKind, name: &str, attributes: &[(&str, &str, &str)]) -> PendingExport {
        let values = |text: &str| text.split_whitespace().map(Value::text).collect();
        let changes = attributes.iter().map(|(attribute, old, new)| AttributeChange {
            attribute: AttributeName::intern(attribute).unwrap(),
            old: values(old),
            new: values(new),
            source: Some(FlowSource { rule: "Contact for a person".into(), reads: Box::new([]) }),
        });
        PendingExport {
            kind,
            identity: IdentityId::projected_by("abc", name.as_bytes()),
            connector: ConnectorId(1),
            anchor: None,
            dn: DistinguishedName::from_directory(&format!("CN={name},DC=xyz")),
            new_dn: None,
            changes: changes.collect(),
            reason: None,
            speaker: None,
        }
    }

    /// What is said of a change among `ordinary` new telephone numbers.
    fn check(ordinary: usize, strange: PendingExport, expected: &[&str]) {
        let mut census = Census::default();
        for number in 0..ordinary {
            census.count(&change(
                ChangeKind::Modify,
                &format!("p{number}"),
                &[("telephoneNumber", "1", "2")],
            ));
        }
        census.count(&strange);
        let said = census.judge(&strange).map(|strangeness| strangeness.reasons).unwrap_or_default();
        let said: Vec<String> = said.iter().map(ToString::to_string).collect();
        assert_eq!(said, expected, "{strange:?} among {ordinary}");
    }

    #[test]
    fn why_a_change_is_strange() {
        use ChangeKind::{Delete, Modify};
        check(50, change(Modify, "a", &[("telephoneNumber", "1", "3")]), &[]);
        check(3, change(Modify, "a", &[("title", "Clerk", "Boss")]), &[]);
        check(
            50,
            change(Modify, "a", &[("title", "Clerk", "Boss")]),
            &["title is in 1 of 51 changes of kind modify"],
        );
        check(3, change(Delete, "a", &[]), &["the contact goes"]);
        check(50, change(Delete, "a", &[]), &["the contact goes", "the only delete among 51 changes"]);
        check(3, change(Modify, "a", &[("title", "Clerk", "")]), &["loses its last title"]);
        check(
            3,
            change(Modify, "a", &[("targetAddress", "SMTP:a@x", "SMTP:b@x")]),
            &["another address: targetAddress"],
        );
        check(
            3,
            change(Modify, "a", &[("proxyAddresses", "SMTP:a@x smtp:b@x", "SMTP:b@x smtp:a@x")]),
            &["another address: proxyAddresses"],
        );
        check(3, change(Modify, "a", &[("proxyAddresses", "SMTP:a@x", "SMTP:a@x smtp:b@x")]), &[]);
    }

    #[test]
    fn ten_of_a_kind_do_not_hide_the_rest() {
        let mut census = Census::default();
        let mut changes: Vec<PendingExport> =
            (0..20).map(|number| change(ChangeKind::Delete, &format!("d{number:02}"), &[])).collect();
        changes.push(change(ChangeKind::Modify, "m", &[("mail", "a@x", "b@x")]));
        changes.iter().for_each(|change| census.count(change));
        let mut strangest = Strangest::new(10);
        for change in &changes {
            strangest.see(change, census.judge(change).unwrap());
        }
        let names: Vec<String> =
            strangest.into_vec().iter().filter_map(|strange| strange.change.dn.rdn_value()).collect();
        assert_eq!(names, ["m", "d00", "d01", "d02"]);
    }
}
