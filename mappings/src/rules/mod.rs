//! Rules: which objects, joined how, which attribute from what.

mod checks;
mod clause;
mod compile;
mod document;
mod lineage;
mod load;
mod place;
mod raw;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use madrigal_model::AttributeName;

pub(crate) use clause::expression as clause_expression;
pub use load::{Surroundings, builtin, builtin_names, load};

use crate::program::Program;
use crate::slots::SlotTable;
use crate::types::Shape;

/// A compiled set of rules.
#[derive(Clone, Debug)]
pub struct RuleSet {
    /// The name by which shares call it.
    pub name: String,
    /// From a directory's attributes to neutral ones; by precedence, lower first.
    pub import: Vec<Rule>,
    /// From neutral attributes to a contact's; by precedence, lower first.
    pub export: Vec<Rule>,
    /// From neutral attributes back to the source object. Used only where a configuration declares a write-back.
    pub write_back: Vec<Rule>,
    /// The slots of all import rules.
    pub import_slots: SlotTable,
    /// The slots of all export and write-back rules.
    pub export_slots: SlotTable,
    /// The neutral attributes that import rules make or the engine supplies, with what they hold.
    pub neutral: BTreeMap<AttributeName, Shape>,
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name, unique within the set but for the types that one rule was written for together.
    pub name: Arc<str>,
    /// What it is for, in words.
    pub description: String,
    /// Which way values flow.
    pub direction: Direction,
    /// Import: the kinds of connector that it is for (`active-directory`, `ldif`, `microsoft-365`); empty: all.
    pub connectors: Vec<String>,
    /// The object types that it reads: of a directory for an import rule, neutral ones for an export rule.
    pub from: Vec<String>,
    /// The object type that it writes.
    pub to: String,
    /// What being in its scope does.
    pub link: LinkType,
    /// Lower wins.
    pub precedence: u32,
    /// Conditions that must all hold.
    pub scope: Vec<Condition>,
    /// Ways to find the identity that an object belongs to, tried in order.
    pub joins: Vec<JoinGroup>,
    /// How the object is named.
    pub name_rule: Option<NameRule>,
    /// Attributes whose values must be unique in the target.
    pub uniques: Vec<NameRule>,
    /// Which attribute from what.
    pub flows: Vec<Flow>,
}

/// Which way a rule's values flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From a directory to the identity.
    Import,
    /// From the identity to a contact.
    Export,
    /// From the identity to its source object.
    WriteBack,
}

/// What being in a rule's scope does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkType {
    /// The object is a recipient: it makes an identity (import), or the identity gets a contact (export).
    Provision,
    /// The rule only adds flows and ways to join.
    Join,
    /// As join, and the link keeps the identity alive.
    StickyJoin,
}

/// A condition of a rule's scope.
#[derive(Clone, Debug)]
pub struct Condition {
    /// What must hold.
    pub require: Program,
    /// Why not, where it does not hold: words for people.
    pub because: String,
    /// What to do about it; may be empty.
    pub remedy: String,
    /// Whether it only says which objects the rule is about: where it fails, another rule is for the object, and
    /// nothing has to be explained.
    pub selects: bool,
}

/// A way to find the identity that an object belongs to.
#[derive(Clone, Debug)]
pub struct JoinGroup {
    /// Its name, shown as the reason of a link.
    pub name: String,
    /// The values that this object brings; may be many.
    pub own: Program,
    /// The neutral attribute whose values on other objects they are matched with.
    pub theirs: String,
}

/// How a name, or another value that must be unique, is found: the first candidate that nobody has.
#[derive(Clone, Debug)]
pub struct NameRule {
    /// The attribute: for a name that of the RDN.
    pub attribute: AttributeName,
    /// Tried in order. One that reads `%Number%` is tried with 1, 2, 3 … up to 1000; any other once.
    pub candidates: Vec<Program>,
    /// The most characters; a value is cut so that the number survives.
    pub max_length: usize,
}

/// One attribute from one expression.
#[derive(Clone, Debug)]
pub struct Flow {
    /// The attribute that is written.
    pub attribute: AttributeName,
    /// How.
    pub mode: FlowMode,
    /// From what.
    pub program: Program,
}

/// How a flow writes its attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FlowMode {
    /// Enforced: the attribute is ours.
    Set,
    /// Our values come and go, other people's stay.
    Merge,
    /// Values are added and never removed.
    Accumulate,
    /// At creation only.
    Initial,
}

impl FlowMode {
    /// The mode's name in rule files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Merge => "merge",
            Self::Accumulate => "accumulate",
            Self::Initial => "initial",
        }
    }
}

impl LinkType {
    /// The link type's name in rule files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Provision => "provision",
            Self::Join => "join",
            Self::StickyJoin => "sticky-join",
        }
    }
}

impl Direction {
    /// The direction's name in rule files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Import => "in",
            Self::Export => "out",
            Self::WriteBack => "write-back",
        }
    }
}

/// Neutral attributes that the engine supplies beside those of the import rules: name, whether it may have several
/// values, the source attribute that it stems from, and what it holds.
pub const ENGINE_ATTRIBUTES: &[(&str, bool, &str, &str)] = &[(
    "knownLegacyDNs",
    true,
    "legacyExchangeDN",
    "every legacyExchangeDN that an object or a contact of the person ever had",
)];
