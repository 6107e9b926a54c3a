//! Hands contacts that were written to Exchange, which finishes them: a script of `Update-Recipient` for each run that
//! wrote some, and a command of the operator's that carries it out. Never in a preview.
//!
//! What was handed on stands in the scripts' own folder. A script is handed to the command until that succeeds.

mod hook;
mod script;

use std::path::{Path, PathBuf};

use madrigal_model::{Anchor, ConnectorId, Problem, ProblemCode, Severity, Timestamp};
use madrigal_run::{Engine, FinishMark, Report, RunError};
use madrigal_state::RunId;
use serde_json::{Value, json};

use crate::config::{Config, ConnectorType, Finish, Mode, Password, UpdateRecipient};
use crate::error::CommandError;
use crate::output::style;
use crate::session::Session;

use hook::Ended;

/// Where it stands in the folder how far contacts were handed on.
const MARK: &str = "position.json";
/// The folder below for what was carried out.
const DONE: &str = "done";

/// What was done for one target.
#[derive(Clone, Debug, Default)]
pub(crate) struct Finished {
    pub connector: String,
    /// The contacts that the run's script names.
    pub contacts: usize,
    /// The script, where it was written.
    pub script: Option<PathBuf>,
    /// Scripts that the hook carried out.
    pub carried_out: usize,
    /// Scripts that nobody carried out yet.
    pub waiting: usize,
}

impl Finished {
    pub(crate) fn json(&self) -> Value {
        let Self { contacts, script, carried_out, waiting, .. } = self;
        let script = script.as_ref().map(|path| path.display().to_string());
        json!({ "contacts": contacts, "script": script, "carried-out": carried_out, "waiting": waiting })
    }

    pub(crate) fn print(&self) {
        let Self { connector, contacts, script, carried_out, waiting } = self;
        if let Some(script) = script {
            say!("{connector}: {contacts} contacts for Update-Recipient in {}", script.display());
        }
        if *carried_out > 0 {
            say!("{connector}: the hook carried out {carried_out} scripts");
        }
        if *waiting > 0 {
            let said = format!("{connector}: {waiting} scripts wait to be carried out");
            say!("{}", style::warn(&said));
        }
    }
}

/// Everything that can be wrong with the configuration of it.
pub(crate) fn check(config: &Config) -> Result<(), CommandError> {
    let mut folders: Vec<(PathBuf, &str)> = Vec::new();
    for (name, connector) in &config.connector {
        let Some(settings) = &connector.update_recipient else { continue };
        let wrong = |key: &str, reason: &str, remedy: &str| CommandError::Value {
            place: format!("[connector.{name}.update-recipient]{key}"),
            reason: reason.to_owned(),
            remedy: remedy.to_owned(),
        };
        if connector.finish != Some(Finish::UpdateRecipient) {
            let remedy = "Write finish = \"update-recipient\" in the connector, or take this section out.";
            return Err(wrong("", "contacts are not finished by Update-Recipient there", remedy));
        }
        if connector.kind == ConnectorType::Ldap {
            let remedy = "Take the section out, or write type = \"active-directory\".";
            return Err(wrong("", "only Active Directory has Exchange and objectGUIDs", remedy));
        }
        if settings.hook.as_ref().is_some_and(|hook| hook.first().is_none_or(String::is_empty)) {
            let remedy = "Name the program: hook = [\"/usr/local/bin/finish-contacts\"].";
            return Err(wrong(" hook", "it names no program", remedy));
        }
        if settings.hook_timeout_seconds == 0 {
            let remedy = "Write a larger number, or take it out for the default.";
            return Err(wrong(" hook-timeout-seconds", "with 0 nothing would come to pass", remedy));
        }
        let is_host = |host: &String| {
            !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        };
        if settings.domain_controller.as_ref().is_some_and(|host| !is_host(host)) {
            let remedy = "Write it as in dc1.xyz.example.";
            return Err(wrong(" domain-controller", "it is no host's name", remedy));
        }
        let folder = config.path(&settings.folder);
        if let Some((_, other)) = folders.iter().find(|(known, _)| *known == folder) {
            let reason = format!("the scripts of {other} are in the same folder");
            return Err(wrong(" folder", &reason, "Give each connector a folder of its own."));
        }
        folders.push((folder, name));
    }
    Ok(())
}

/// Hands on what was written since the last time, in this run or before it.
pub(crate) async fn after_run(
    session: &mut Session,
    run: RunId,
    report: &mut Report,
    now: Timestamp,
) -> Result<Vec<Finished>, RunError> {
    let mut finished = Vec::new();
    let mut anything = false;
    let Session { engine, config, .. } = session;
    for (name, connector) in &config.connector {
        let Some(settings) = &connector.update_recipient else { continue };
        if connector.mode == Mode::Staging {
            continue;
        }
        let target = engine.connector_named(name)?;
        let mut one = Finished { connector: name.clone(), ..Finished::default() };
        let problem = finish_target(engine, config, (target, settings), &mut one, (run, now)).await?;
        engine.record_finish(target, problem.clone()).await?;
        anything = true;
        let is_worth_telling = one.script.is_some() || one.carried_out + one.waiting > 0;
        finished.extend(Some(one).filter(|_| is_worth_telling));
    }
    if anything {
        engine.count_again(report).await?;
    }
    Ok(finished)
}

/// Finishes one target's contacts as far as it goes; what stands in the way.
async fn finish_target(
    engine: &mut Engine,
    config: &Config,
    (target, settings): (ConnectorId, &UpdateRecipient),
    finished: &mut Finished,
    (run, now): (RunId, Timestamp),
) -> Result<Option<Problem>, RunError> {
    let folder = config.path(&settings.folder);
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    let mark = script::mark(&folder.join(MARK));
    let (contacts, next) = engine.unfinished(target, &mark).await?;
    finished.contacts = contacts.len();
    let unwritable = |error: &std::io::Error| {
        let message = format!("Scripts cannot be kept there: {error}.");
        let remedy = "Let the program write to the folder: the next run writes what is missing.";
        problem("MDR-D024", &folder, message, remedy.to_owned(), now)
    };
    match write(&folder, settings, &contacts, (&mark, &next), (run, now)) {
        Ok(script) => finished.script = script,
        Err(error) => return Ok(Some(unwritable(&error))),
    }
    let scripts = match script::waiting(&folder) {
        Ok(scripts) => scripts,
        Err(error) => return Ok(Some(unwritable(&error))),
    };
    let Some(command) = &settings.hook else { return Ok(None) };
    finished.waiting = scripts.len();
    let hook = hook::Hook {
        command,
        folder: &config.folder,
        limit: std::time::Duration::from_secs(settings.hook_timeout_seconds),
        secrets: secrets(config),
    };
    for script in scripts {
        match hook.run(engine, &script, now).await? {
            Ended::Well => {
                if let Err(error) = script::put_away(&script, &folder.join(DONE)) {
                    return Ok(Some(unwritable(&error)));
                }
                finished.carried_out += 1;
                finished.waiting -= 1;
            }
            Ended::Badly(how) => {
                let message = format!("The hook did not carry the script out: {how}.");
                let log = hook::log_of(&script);
                let remedy = format!(
                    "See what it printed in {}. The next run hands the script to it again.",
                    log.display()
                );
                return Ok(Some(problem("MDR-D023", &script, message, remedy, now)));
            }
        }
    }
    Ok(None)
}

/// Writes the script, if there is something for it, and then how far contacts are handed on.
fn write(
    folder: &Path,
    settings: &UpdateRecipient,
    contacts: &[Anchor],
    (mark, next): (&FinishMark, &FinishMark),
    (run, now): (RunId, Timestamp),
) -> std::io::Result<Option<PathBuf>> {
    std::fs::create_dir_all(folder)?;
    let mut written = None;
    if !contacts.is_empty() {
        let text = script::text(contacts, settings.domain_controller.as_deref(), run, now);
        let path = script::free_name(folder, run, now);
        script::write(&path, &text)?;
        written = Some(path);
    }
    if next != mark {
        script::write(&folder.join(MARK), &format!("{}\n", json!(next)))?;
    }
    Ok(written)
}

/// Variables that hold passwords: they are not for the hook.
fn secrets(config: &Config) -> Vec<&str> {
    let binds = config.connector.values().filter_map(|connector| connector.bind.as_ref());
    let names = binds.filter_map(|bind| match &bind.password {
        Some(Password::Env(name)) => Some(name.as_str()),
        Some(Password::File(_) | Password::Credential(_)) | None => None,
    });
    names.chain(["CREDENTIALS_DIRECTORY"]).collect()
}

fn problem(code: &'static str, path: &Path, message: String, remedy: String, now: Timestamp) -> Problem {
    Problem {
        code: ProblemCode::new(code),
        severity: Severity::Problem,
        connector: None,
        object: path.display().to_string(),
        attribute: None,
        message,
        remedy,
        at: now,
    }
}
