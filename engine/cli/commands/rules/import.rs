//! `rules import`: what other products were configured with, in our words, and what became of each part.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use madrigal_mappings::{Imported, Taken, import_entra, import_galsync};

use super::read;
use crate::error::{CommandError, ExitStatus};
use crate::output::{Format, style};

#[derive(Subcommand)]
pub(crate) enum ImportCommand {
    /// The synchronization rules that Entra Connect exported into a folder, as a rule file
    Entra(ImportArguments),
    /// GALSync.xml, as a configuration
    Galsync(ImportArguments),
}

#[derive(Args)]
pub(crate) struct ImportArguments {
    /// The folder, or the file
    pub from: PathBuf,
    /// Where to write; otherwise it is printed
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

pub(crate) fn execute(command: &ImportCommand, format: Format) -> Result<ExitStatus, CommandError> {
    let (imported, arguments) = match command {
        ImportCommand::Entra(arguments) => (import_entra(&exported_rules(&arguments.from)?), arguments),
        ImportCommand::Galsync(arguments) => (import_galsync(&read(&arguments.from)?), arguments),
    };
    if let Some(path) = &arguments.output {
        let doing = || format!("{} cannot be written", path.display());
        std::fs::write(path, &imported.toml)
            .map_err(|source| CommandError::File { doing: doing(), source })?;
    }
    let unreadable = imported.count(Taken::Unreadable) > 0;
    if format == Format::Json {
        anstream::println!("{}", as_json(&imported));
    } else {
        if arguments.output.is_none() {
            anstream::print!("{}", imported.toml);
        }
        for line in &imported.report {
            anstream::eprintln!("{line}");
        }
        anstream::eprintln!(
            "{} {} taken exactly, {} changed, {} without a counterpart",
            style::good("✓"),
            imported.exactly,
            imported.count(Taken::Changed),
            imported.count(Taken::NoCounterpart)
        );
    }
    Ok(if unreadable { ExitStatus::WrongUse } else { ExitStatus::Done })
}

fn as_json(imported: &Imported) -> serde_json::Value {
    let report: Vec<_> = imported
        .report
        .iter()
        .map(|line| {
            serde_json::json!({
                "taken": line.taken.in_words(),
                "place": line.place,
                "what": line.what,
                "because": line.because,
            })
        })
        .collect();
    serde_json::json!({
        "toml": imported.toml,
        "exactly": imported.exactly,
        "changed": imported.count(Taken::Changed),
        "no-counterpart": imported.count(Taken::NoCounterpart),
        "report": report,
    })
}

/// The XML files of the folder; of an export's own folder, those of its rules.
fn exported_rules(folder: &std::path::Path) -> Result<Vec<(String, String)>, CommandError> {
    let rules = folder.join("SynchronizationRules");
    let folder = if rules.is_dir() { rules } else { folder.to_owned() };
    let doing = || format!("{} cannot be listed", folder.display());
    let list = std::fs::read_dir(&folder).map_err(|source| CommandError::File { doing: doing(), source })?;
    let mut paths: Vec<PathBuf> = list.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml")));
    paths.sort();
    paths
        .iter()
        .map(|path| Ok((path.file_name().unwrap_or_default().to_string_lossy().into_owned(), read(path)?)))
        .collect()
}
