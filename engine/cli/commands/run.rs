//! `run`: the whole cycle, or one run profile.

use clap::Args;
use madrigal_api::ImportMode;
use madrigal_run::{CycleOptions, Engine, Report, RunError};

use crate::commands::WorkArguments;
use crate::error::{CommandError, ExitStatus};
use crate::finish;
use crate::output::{Format, Progress, report};
use crate::session::{self, Session};

#[derive(Args)]
pub(crate) struct RunArguments {
    /// A run profile instead of the whole cycle: CONNECTOR/full-import, CONNECTOR/delta-import, CONNECTOR/export,
    /// full-sync, delta-sync
    pub profile: Option<String>,
    #[command(flatten)]
    pub work: WorkArguments,
    /// Read every connector whole, whatever was read before
    #[arg(long)]
    pub full: bool,
}

/// What one run does.
pub(crate) enum Profile {
    Cycle { full: bool, export: bool },
    Import { connectors: Vec<String>, mode: ImportMode },
    Sync { full: bool },
    Export { connectors: Vec<String> },
}

impl Profile {
    fn parse(text: &str) -> Result<Self, CommandError> {
        let wrong = || {
            CommandError::Value {
            place: format!("run profile {text:?}"),
            reason: "there is no such profile".to_owned(),
            remedy: "Use CONNECTOR/full-import, CONNECTOR/delta-import, CONNECTOR/export, full-sync or delta-sync.".to_owned(),
        }
        };
        match text.split_once('/') {
            None => match text {
                "full-sync" => Ok(Self::Sync { full: true }),
                "delta-sync" => Ok(Self::Sync { full: false }),
                _ => Err(wrong()),
            },
            Some((connector, step)) => {
                let connectors = vec![connector.to_owned()];
                match step {
                    "full-import" => Ok(Self::Import { connectors, mode: ImportMode::Full }),
                    "delta-import" => Ok(Self::Import { connectors, mode: ImportMode::Delta }),
                    "export" => Ok(Self::Export { connectors }),
                    "full-sync" => Ok(Self::Sync { full: true }),
                    "delta-sync" => Ok(Self::Sync { full: false }),
                    _ => Err(wrong()),
                }
            }
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Cycle { export: true, .. } => "run".to_owned(),
            Self::Cycle { .. } => "preview".to_owned(),
            Self::Import { connectors, mode } => {
                let step = if *mode == ImportMode::Full { "full-import" } else { "delta-import" };
                format!("{}/{step}", connectors.join(","))
            }
            Self::Sync { full } => if *full { "full-sync" } else { "delta-sync" }.to_owned(),
            Self::Export { connectors } => format!("{}/export", connectors.join(",")),
        }
    }
}

pub(crate) async fn execute(arguments: &RunArguments, format: Format) -> Result<ExitStatus, CommandError> {
    let profile = match &arguments.profile {
        Some(text) => Profile::parse(text)?,
        None => Profile::Cycle { full: arguments.full, export: true },
    };
    let mut session = session::open(&arguments.work.config.config, &arguments.work.accepted_limits).await?;
    let status = one_run(&mut session, &profile, &arguments.work, format).await;
    session.close().await?;
    status
}

/// One run with its record in the history, its report printed.
pub(crate) async fn one_run(
    session: &mut Session,
    profile: &Profile,
    work: &WorkArguments,
    format: Format,
) -> Result<ExitStatus, CommandError> {
    let progress = Progress::start(&profile.name(), format);
    let outcome = carry_out(session, profile, work).await;
    progress.end();
    let report = outcome?;
    report::print(&session.engine, &report, format).await?;
    Ok(report::exit_status(&report.report))
}

/// Carries the profile out. A run that a limit stopped is an outcome too: it is recorded and reported.
async fn carry_out(
    session: &mut Session,
    profile: &Profile,
    work: &WorkArguments,
) -> Result<report::Outcome, CommandError> {
    let now = work.now();
    let engine = &mut session.engine;
    let run = engine.begin_run(&profile.name(), &work.by(), now).await?;
    let result = match steps(engine, profile, work).await {
        Ok(mut report) if !matches!(profile, Profile::Cycle { export: false, .. }) => {
            finish::after_run(session, run, &mut report, now).await.map(|finished| (report, finished))
        }
        other => other.map(|report| (report, Vec::new())),
    };
    let engine = &mut session.engine;
    let (report, finished, stopped) = match result {
        Ok((report, finished)) => (report, finished, None),
        Err(error @ (RunError::Stopped(_) | RunError::SourceShrunk(_))) => {
            (engine.stopped_report().await?, Vec::new(), Some(error))
        }
        Err(error) => {
            engine.end_run(&report::failed(&error), work.now()).await?;
            return Err(error.into());
        }
    };
    let outcome = report::Outcome { run, report, stopped, readers: Vec::new(), finished };
    engine.end_run(&report::json(&outcome, None).to_string(), work.now()).await?;
    Ok(outcome)
}

async fn steps(engine: &mut Engine, profile: &Profile, work: &WorkArguments) -> Result<Report, RunError> {
    let now = work.now();
    let mut report = Report::default();
    match profile {
        Profile::Cycle { full, export } => {
            let options = CycleOptions { full_import: *full, full_sync: false, export: *export };
            return engine.cycle(options, now).await;
        }
        Profile::Import { connectors, mode } => {
            for name in connectors {
                let connector = engine.connector_named(name)?;
                let imported = engine.import(connector, *mode, now).await?;
                report.connectors.entry(name.clone()).or_default().imported = imported;
            }
        }
        Profile::Sync { full } => {
            if *full {
                engine.mark_all_dirty().await?;
            }
            engine.sync(now).await?;
            planned(engine, &mut report).await?;
        }
        Profile::Export { connectors } => {
            planned(engine, &mut report).await?;
            for name in connectors {
                let connector = engine.connector_named(name)?;
                let accepted = engine.export(connector, now).await?;
                report.connectors.entry(name.clone()).or_default().exported = accepted;
            }
        }
    }
    engine.finish(&mut report).await?;
    Ok(report)
}

async fn planned(engine: &Engine, report: &mut Report) -> Result<(), RunError> {
    for connector in engine.plan().await?.connectors {
        report.connectors.entry(connector.name).or_default().planned = connector.tally.counts;
    }
    Ok(())
}
