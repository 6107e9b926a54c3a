//! What a sync decided on its way, written down where somebody asks.
//!
//! A run lays out no trail. An explanation runs the same functions with one, so that what it says is what happens and
//! not what a second computation makes of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use madrigal_mappings::{Condition, Flow, FlowMode, Program, Rule};
use madrigal_model::{AttributeName, ConnectorId, DistinguishedName, Entry, ObjectKey};

use crate::desired::DesiredAttribute;
use crate::interpret::Evaluation;

/// What a directory's turn came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The rules give a contact, and nothing holds it back.
    Contact,
    /// The rules give a contact, and something holds it back: a problem says what.
    Held,
    /// A contact that somebody else made stands there already.
    KnownContact(DistinguishedName),
    /// The identity has a recipient or an account of its own there.
    OwnObject(DistinguishedName),
    /// No export rule takes the identity.
    NoRule,
    /// Nobody of the identity is published to the directory.
    NoSpeaker,
    /// A condition could not be evaluated: nothing changes.
    Unknown,
    /// An export is under way; the next import shows what came of it.
    UnderWay,
}

/// One flow with every step of its evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowTrace {
    /// The rule.
    pub rule: Arc<str>,
    /// Its precedence: the lower wins.
    pub precedence: u32,
    /// The attribute that the flow writes.
    pub attribute: AttributeName,
    /// How it writes it.
    pub mode: FlowMode,
    /// The attributes that it reads.
    pub reads: Vec<AttributeName>,
    /// Its expression, evaluated.
    pub expression: Traced,
}

/// An expression with every step of its evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    /// As it was written.
    pub source: String,
    /// Each part with its value or its error, innermost first; the last is the whole.
    pub steps: Vec<(String, String)>,
}

/// Who has a value that must be unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// An object that is there.
    Object(DistinguishedName),
    /// A contact of ours for which it was decided: it will bear this name.
    Planned(DistinguishedName),
}

/// Why a name, or another value that must be unique, is what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameTrace {
    /// The attribute (`cn` for the name).
    pub attribute: AttributeName,
    /// The value.
    pub value: String,
    /// Whether it was decided before and is kept.
    pub kept: bool,
    /// The candidates before it, each with who has it; nobody, where it has become free since.
    pub passed_over: Vec<(String, Option<Holder>)>,
}

/// A condition that was not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// The rule.
    pub rule: Arc<str>,
    /// Why, in words.
    pub because: String,
    /// What would change it; may be empty.
    pub remedy: String,
    /// The condition, evaluated; none for what the engine itself asks.
    pub condition: Option<Traced>,
}

/// What gave a neutral attribute its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub object: ObjectKey,
    pub precedence: u32,
}

/// What was decided for one target.
#[derive(Default)]
pub(crate) struct TargetTrail {
    pub verdict: Option<Verdict>,
    /// Provisioning rules that did not take the identity.
    pub unmet: Vec<Unmet>,
    pub flows: Vec<FlowTrace>,
    pub chosen: BTreeMap<AttributeName, Chosen>,
    /// Neutral attributes that the share does not let across, with whose they are.
    pub withheld: Vec<(AttributeName, ConnectorId)>,
    /// The identity as the target may see it.
    pub neutral: Entry,
    pub desired: Vec<DesiredAttribute>,
    pub names: Vec<NameTrace>,
    /// What the plan was made against.
    pub observed: Option<Entry>,
}

/// What was decided for each target.
#[derive(Default)]
pub(crate) struct Trail {
    pub targets: BTreeMap<ConnectorId, TargetTrail>,
}

impl Traced {
    pub(crate) fn of(program: &Program, evaluation: &Evaluation<'_>) -> Self {
        let source = program.source().to_owned();
        let (_, steps) = program.trace(evaluation.slots, &evaluation.environment);
        let steps = steps.into_iter().map(|step| (step.span.of(&source).to_owned(), step.value)).collect();
        Self { source, steps }
    }

    /// The value of the whole, or the error.
    #[must_use]
    pub fn value(&self) -> &str {
        self.steps.last().map_or("", |(_, value)| value)
    }
}

impl FlowTrace {
    pub(crate) fn of(rule: &Rule, flow: &Flow, evaluation: &Evaluation<'_>) -> Self {
        Self {
            rule: rule.name.clone(),
            precedence: rule.precedence,
            attribute: flow.attribute,
            mode: flow.mode,
            reads: flow.program.reads().to_vec(),
            expression: Traced::of(&flow.program, evaluation),
        }
    }
}

impl Unmet {
    pub(crate) fn of(rule: &Rule, condition: &Condition, evaluation: &Evaluation<'_>) -> Self {
        Self {
            rule: rule.name.clone(),
            because: condition.because.clone(),
            remedy: condition.remedy.clone(),
            condition: Some(Traced::of(&condition.require, evaluation)),
        }
    }
}
