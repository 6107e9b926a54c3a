//! Runs the operator's command on a script, for no longer than it may take.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use madrigal_model::Timestamp;
use madrigal_run::{Engine, RunError};
use tokio::process::{Child, Command};
use tokio::time::{Instant, MissedTickBehavior};

/// Seconds between two renewals of the lease while the command works.
const RENEWAL: u64 = 60;

/// The operator's command.
pub(super) struct Hook<'a> {
    /// The program and its first arguments.
    pub command: &'a [String],
    /// The folder that it is started in: the configuration's.
    pub folder: &'a Path,
    /// How long it may take.
    pub limit: Duration,
    /// Variables that it does not get.
    pub secrets: Vec<&'a str>,
}

/// How it ended.
pub(super) enum Ended {
    Well,
    /// How, as a person is told.
    Badly(String),
}

/// Where it stands what the command printed.
pub(super) fn log_of(script: &Path) -> PathBuf {
    script.with_extension("log")
}

impl Hook<'_> {
    /// Runs it on a script and waits until it ends or its time is up; then it and everything that it started in its
    /// group is killed.
    ///
    /// # Errors
    /// The store's, when the lease cannot be kept meanwhile.
    pub(super) async fn run(
        &self,
        engine: &mut Engine,
        script: &Path,
        now: Timestamp,
    ) -> Result<Ended, RunError> {
        let mut child = match self.start(script) {
            Ok(child) => child,
            Err(error) => {
                let program = self.command.first().map(String::as_str).unwrap_or_default();
                return Ok(Ended::Badly(format!("{program} cannot be started: {error}")));
            }
        };
        let group = child.id();
        let began = Instant::now();
        let mut renewals = tokio::time::interval(Duration::from_secs(RENEWAL));
        renewals.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let over = tokio::time::sleep(self.limit);
        tokio::pin!(over);
        loop {
            tokio::select! {
                status = child.wait() => return Ok(ended(status)),
                () = &mut over => {
                    kill(&mut child, group).await;
                    return Ok(Ended::Badly(format!("it took longer than {} seconds", self.limit.as_secs())));
                }
                _ = renewals.tick() => {
                    let seconds = i64::try_from(began.elapsed().as_secs()).unwrap_or(i64::MAX);
                    if let Err(error) = engine.renew_lease(now.plus_seconds(seconds)).await {
                        kill(&mut child, group).await;
                        return Err(error);
                    }
                }
            }
        }
    }

    fn start(&self, script: &Path) -> io::Result<Child> {
        let (program, arguments) =
            self.command.split_first().ok_or_else(|| io::Error::other("it names no program"))?;
        // A bare name is looked for where programs are; a path is relative to the configuration's folder.
        let program = if program.contains('/') {
            std::path::absolute(self.folder.join(program))?
        } else {
            PathBuf::from(program)
        };
        let log = File::create(log_of(script))?;
        let mut command = Command::new(program);
        command.args(arguments).arg(script);
        if !self.folder.as_os_str().is_empty() {
            command.current_dir(self.folder);
        }
        for secret in &self.secrets {
            command.env_remove(secret);
        }
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        command.process_group(0).kill_on_drop(true).spawn()
    }
}

fn ended(status: io::Result<ExitStatus>) -> Ended {
    match status {
        Ok(status) if status.success() => Ended::Well,
        // "exit status: 3", "signal: 9 (SIGKILL)"
        Ok(status) => Ended::Badly(status.to_string()),
        Err(error) => Ended::Badly(format!("nobody knows how it ended: {error}")),
    }
}

/// Kills the command and what it started, as far as that stayed in its group.
async fn kill(child: &mut Child, group: Option<u32>) {
    let group = group.and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // It may have ended by itself meanwhile.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill().await;
}
