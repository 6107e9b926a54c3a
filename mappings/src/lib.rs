//! The rule language: lex, parse, check, evaluate.
//!
//! Expressions are those of Entra Connect's declarative provisioning; rules stand in TOML. A rule set is loaded once
//! ([`load`]): every expression becomes a [`Program`] over interned slots, and all that is wrong is found at once and
//! drawn at its place ([`Diagnostic`]). Evaluation is total: no panic, bounded work, bounded output.
//!
//! The crate is pure: no I/O, no async, no clock, no randomness. What an expression may ask for besides the object's
//! attributes is handed in as an [`Environment`].

mod addresses;
mod certificate;
mod check;
pub mod codes;
mod describe;
mod diagnostic;
mod dn_components;
mod environment;
mod evaluate;
mod failure;
mod functions;
mod guid;
mod import;
pub mod limits;
mod memberships;
mod moment;
mod nearest;
mod program;
mod reference;
mod rows;
mod rule_diff;
mod rule_tests;
mod rules;
mod scalar;
mod slots;
mod substring;
mod syntax;
mod typed;
mod types;
mod walk;

pub use describe::describe;
pub use diagnostic::{Diagnostic, Severity};
pub use environment::{ENGINE_PARAMETERS, Environment, GroupMembership, MemberOf, NoGroups, Parameters};
pub use evaluate::Step;
pub use failure::EvalError;
pub use import::{Imported, ReportLine, Taken, import_entra, import_galsync};
pub use memberships::{MembershipOf, Memberships};
pub use nearest::{nearest, slips};
pub use program::{Facts, Outcome, Program};
pub use reference::functions_page;
pub use rows::{Standalone, compile_expression, run_row, value_of_row};
pub use rule_diff::{RuleComparison, RuleDifference, rule_differences};
pub use rule_tests::{TestResult, rules_of_test_file, run_test_file};
pub use rules::{
    Condition, Direction, ENGINE_ATTRIBUTES, Flow, FlowMode, JoinGroup, LinkType, NameRule, Rule, RuleSet,
    Surroundings, builtin, builtin_names, load,
};
pub use slots::SlotTable;
pub use syntax::{Expression, ExpressionKind, Literal, Operator, Span, SyntaxError, parse};
pub use typed::Typed;
pub use types::{Count, Shape, Type};
pub use walk::{NotMet, WalkObject, Walked, walk};
