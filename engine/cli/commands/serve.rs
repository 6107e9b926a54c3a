//! `serve`: a cycle at every interval until it is told to stop. What is under way when the signal comes is settled first.

use std::time::Duration;

use clap::Args;
use madrigal_run::CycleOptions;
use tokio::signal::unix::{SignalKind, signal};

use crate::commands::ConfigArguments;
use crate::error::{CommandError, ExitStatus};
use crate::finish;
use crate::output::{Format, report};
use crate::session;

#[derive(Args)]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    pub config: ConfigArguments,
    /// Stop after so many cycles
    #[arg(long, value_name = "N")]
    pub cycles: Option<u64>,
}

pub(crate) async fn execute(arguments: &ServeArguments, format: Format) -> Result<ExitStatus, CommandError> {
    let listen = |kind| {
        signal(kind)
            .map_err(|source| CommandError::File { doing: "listening for signals".to_owned(), source })
    };
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    let mut session = session::open(&arguments.config.config, &[]).await?;
    let schedule = session.config.schedule.clone();
    let mut ticks = tokio::time::interval(Duration::from_secs(schedule.interval_minutes.max(1) * 60));
    // A cycle that takes longer than the interval is followed by the next one at the next tick, never by two at once.
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut cycle: u64 = 0;
    loop {
        tokio::select! {
            biased;
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = ticks.tick() => {}
        }
        // The cycle itself is not cut: a signal that comes meanwhile is taken at the next turn.
        let full = cycle.is_multiple_of(schedule.full_import_every.max(1));
        one_cycle(&mut session, full, format).await?;
        cycle += 1;
        if arguments.cycles.is_some_and(|cycles| cycle >= cycles) {
            break;
        }
    }
    session.close().await?;
    Ok(ExitStatus::Done)
}

async fn one_cycle(
    session: &mut session::Session,
    full_import: bool,
    format: Format,
) -> Result<(), CommandError> {
    let now = session::now();
    let engine = &mut session.engine;
    engine.renew_lease(now).await?;
    let run = engine.begin_run("serve", &session::who(), now).await?;
    let result = engine.cycle(CycleOptions { full_import, full_sync: false, export: true }, now).await;
    let result = match result {
        Ok(mut report) => {
            finish::after_run(session, run, &mut report, now).await.map(|finished| (report, finished))
        }
        Err(error) => Err(error),
    };
    let engine = &mut session.engine;
    let (report, finished, stopped) = match result {
        Ok((report, finished)) => (report, finished, None),
        Err(error) => {
            tracing::error!(code = error.code(), %error, "the cycle ended early; the next one goes on from there");
            (engine.stopped_report().await?, Vec::new(), Some(error))
        }
    };
    let outcome = report::Outcome { run, report, stopped, readers: Vec::new(), finished };
    report::print(engine, &outcome, format).await?;
    engine.end_run(&report::json(&outcome, None).to_string(), session::now()).await?;
    Ok(())
}
