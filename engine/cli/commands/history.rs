//! `history`: the latest runs, or what was written for one person, room or group. Reads beside a running engine.

use clap::Args;
use madrigal_state::{RunRecord, Store};

use crate::commands::{ConfigArguments, object};
use crate::error::{CommandError, ExitStatus};
use crate::output::{Format, history, table};
use crate::session;

#[derive(Args)]
pub(crate) struct HistoryArguments {
    #[command(flatten)]
    pub config: ConfigArguments,
    /// Whose history: a name, an address, a distinguished name or a key; none: the runs
    #[arg(value_name = "[CONNECTOR] OBJECT", num_args = 0..=2, hide_possible_values = true)]
    pub object: Vec<String>,
    /// How many runs, or changes
    #[arg(short = 'n', long, default_value_t = 20)]
    pub limit: u32,
}

pub(crate) async fn execute(
    arguments: &HistoryArguments,
    format: Format,
) -> Result<ExitStatus, CommandError> {
    match &arguments.object[..] {
        [] => runs(arguments, format).await,
        [object] => of_object(arguments, None, object, format).await,
        [connector, object, ..] => of_object(arguments, Some(connector), object, format).await,
    }
}

/// What was written for one identity, newest first.
async fn of_object(
    arguments: &HistoryArguments,
    connector: Option<&str>,
    text: &str,
    format: Format,
) -> Result<ExitStatus, CommandError> {
    let reading = object::open(&arguments.config.config).await?;
    let whose = reading.whose(connector, text, format).await?;
    let lines = match whose.identity {
        Some(identity) => reading.store.audit_of(identity).await?,
        None => Vec::new(),
    };
    let mut changes = madrigal_run::written(&lines);
    changes.reverse();
    changes.truncate(usize::try_from(arguments.limit).unwrap_or(usize::MAX));
    if format == Format::Json {
        say!("{}", history::as_json(&reading, &whose, &changes));
    } else {
        say_part!("{}", history::text(&reading, &whose, &changes).await?);
    }
    Ok(ExitStatus::Done)
}

/// How a run ended.
pub(crate) struct Ended {
    /// `done`, `stopped`; `cut off` where it never came to its end.
    pub status: String,
    pub planned: Option<u64>,
    pub written: Option<u64>,
}

impl Ended {
    pub(crate) fn of(run: &RunRecord) -> Self {
        let outcome = run.outcome.as_deref();
        let outcome = outcome.and_then(|outcome| serde_json::from_str::<serde_json::Value>(outcome).ok());
        let field = |name: &str| outcome.as_ref().and_then(|outcome| outcome.get(name));
        let total = |name: &str| {
            let counts = field(name)?.as_object()?;
            Some(counts.values().filter_map(serde_json::Value::as_u64).sum())
        };
        let status = field("status").and_then(|status| status.as_str()).unwrap_or("cut off");
        Self { status: status.to_owned(), planned: total("planned"), written: total("exported") }
    }
}

async fn runs(arguments: &HistoryArguments, format: Format) -> Result<ExitStatus, CommandError> {
    let (_, store) = session::open_for_reading(&arguments.config.config).await?;
    let runs = store.runs(arguments.limit).await?;
    if format == Format::Json {
        for run in runs {
            let outcome = run
                .outcome
                .as_deref()
                .and_then(|outcome| serde_json::from_str::<serde_json::Value>(outcome).ok());
            say!(
                "{}",
                serde_json::json!({
                    "run": run.id.0,
                    "profile": run.profile,
                    "by": run.by,
                    "began": run.began.to_string(),
                    "ended": run.ended.map(|time| time.to_string()),
                    "outcome": outcome,
                })
            );
        }
        return Ok(ExitStatus::Done);
    }
    let rows = runs.into_iter().map(|run| {
        let ended = Ended::of(&run);
        let number = |count: Option<u64>| count.map_or_else(String::new, |count| count.to_string());
        let (planned, written) = (number(ended.planned), number(ended.written));
        vec![run.id.0.to_string(), run.began.to_string(), run.profile, run.by, ended.status, planned, written]
    });
    table::print(&["run", "began", "profile", "by", "ended", "planned", "written"], rows);
    Ok(ExitStatus::Done)
}
