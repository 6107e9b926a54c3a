//! The shell: it reads connectors, keeps what they bring, lets the pure core decide, and writes what the guard lets
//! through. One [`Engine`] works on one store under one lease.
//!
//! A cycle is import → sync → plan → guard → export → confirming import → sync, until nothing is planned any more.
//! Nothing is decided here that two runs could decide differently.

mod adopt;
mod cycle;
mod digest;
mod engine;
mod error;
mod explain;
mod export;
mod find;
mod groups;
mod history;
mod hold;
mod import;
mod late_names;
mod membership;
mod neighbourhood;
mod observe;
mod operations;
mod parallel;
mod plan;
mod queue;
mod rekey;
mod report;
mod restless;
mod rewrite;
mod seen;
mod sync;
mod undo;
mod unfinished;
mod unlink;

pub use adopt::Incumbents;
pub use cycle::CycleOptions;
pub use engine::{Engine, EngineConnector, EngineOptions};
pub use error::{Lost, RunError, SourceStop};
pub use explain::{Surroundings, explain};
pub use find::{Search, find};
pub use history::{Answer, Known, Then, ValueThen, Written, as_of, written};
pub use hold::{Held, held};
pub use parallel::in_parts;
pub use plan::{ConnectorPlan, Plan};
pub use report::{ConnectorReport, ImportReport, ProblemCounts, Report, RunStatus};
pub use seen::{Difference, RestsOn, SeenChange, SeenKey, SeenPlan, differences};
pub use undo::{LeftObject, Undo};
pub use unfinished::FinishMark;
