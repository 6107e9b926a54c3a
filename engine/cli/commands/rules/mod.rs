//! `rules`: what rules say, whether they are right, and what they make of one object. No store, no directory.

mod check;
mod diff;
mod docs;
mod entries;
mod eval;
mod import;
mod test;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use madrigal_mappings::{Diagnostic, RuleSet, Surroundings, builtin, load};

use crate::error::{CommandError, ExitStatus};
use crate::output::Format;

/// The commands about rules.
#[derive(Subcommand)]
pub(crate) enum RulesCommand {
    /// Check rule files, built-in rule sets, or expressions, and show every fault at its place
    Check(check::CheckArguments),
    /// Evaluate an expression for the first entry of an LDIF file
    Eval(eval::EvalArguments),
    /// Show what other rules would change for whom, on the stored objects; nothing is written
    Diff(diff::DiffArguments),
    /// Run the rows of input and expected output that a file holds
    Test(test::TestArguments),
    /// Describe rules in words, or print the reference of the functions
    Docs(docs::DocsArguments),
    /// Take over the rules of Entra Connect, or the configuration of GALSync
    #[command(subcommand)]
    Import(import::ImportCommand),
}

pub(crate) async fn execute(command: &RulesCommand, format: Format) -> Result<ExitStatus, CommandError> {
    match command {
        RulesCommand::Check(arguments) => check::execute(arguments, format),
        RulesCommand::Eval(arguments) => eval::execute(arguments, format),
        RulesCommand::Diff(arguments) => diff::execute(arguments, format).await,
        RulesCommand::Test(arguments) => test::execute(arguments, format),
        RulesCommand::Docs(arguments) => docs::execute(arguments),
        RulesCommand::Import(command) => import::execute(command, format),
    }
}

/// A file's text.
fn read(path: &Path) -> Result<String, CommandError> {
    std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))
}

/// A file that was named and cannot be read.
fn unreadable(path: &Path, error: &std::io::Error) -> CommandError {
    let remedy = match error.kind() {
        std::io::ErrorKind::InvalidData => "Save it as UTF-8.",
        std::io::ErrorKind::IsADirectory => "Name a file in it.",
        std::io::ErrorKind::NotADirectory => "Name the folder that holds the exported files.",
        std::io::ErrorKind::NotFound => "See that the path is right.",
        _ => "See that the file is there and may be read.",
    };
    CommandError::Value {
        place: path.display().to_string(),
        reason: format!("cannot be read: {error}"),
        remedy: remedy.to_owned(),
    }
}

/// The rule set in these files, or the built-in one of this name.
fn load_rules(names: &[PathBuf]) -> Result<(Option<RuleSet>, Vec<Diagnostic>), CommandError> {
    load_rules_among(names, &Surroundings::default())
}

/// The same, checked against what is known outside the rules.
fn load_rules_among(
    names: &[PathBuf],
    surroundings: &Surroundings<'_>,
) -> Result<(Option<RuleSet>, Vec<Diagnostic>), CommandError> {
    let mut sources = Vec::new();
    for path in names {
        let name = path.to_string_lossy();
        if let Some(text) = builtin(&name).filter(|_| !path.exists()) {
            sources.push((format!("{name} (built in)"), text.to_owned()));
        } else {
            sources.push((name.into_owned(), read(path)?));
        }
    }
    let stem =
        names.first().and_then(|path| path.file_stem()).map(|stem| stem.to_string_lossy().into_owned());
    Ok(load(&stem.unwrap_or_else(|| "galsync".to_owned()), &sources, surroundings))
}

/// A diagnostic as programs read it.
fn as_json(diagnostic: &Diagnostic) -> serde_json::Value {
    serde_json::json!({
        "code": diagnostic.code,
        "severity": if diagnostic.is_error() { "error" } else { "warning" },
        "message": diagnostic.message,
        "help": diagnostic.help,
        "file": diagnostic.file,
        "line": diagnostic.line,
        "column": diagnostic.column,
    })
}

/// Shows diagnostics and gives the exit status: 2 where one is an error.
fn show(diagnostics: &[Diagnostic], checked: &str, format: Format) -> ExitStatus {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    if format == Format::Json {
        let list: Vec<_> = diagnostics.iter().map(as_json).collect();
        say!("{}", serde_json::json!({ "ok": errors == 0, "checked": checked, "diagnostics": list }));
    } else {
        for diagnostic in diagnostics {
            complain!("{diagnostic}\n");
        }
        let warnings = diagnostics.len() - errors;
        say!("{checked}: {errors} errors, {warnings} warnings");
    }
    if errors == 0 { ExitStatus::Done } else { ExitStatus::WrongUse }
}
