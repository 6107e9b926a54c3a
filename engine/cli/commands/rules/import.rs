//! `rules import`: what other products were configured with, in our words, and what became of each part.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use madrigal_mappings::{Diagnostic, Imported, Surroundings, Taken, import_entra, import_galsync, load};

use super::{as_json as diagnostic_as_json, unreadable};
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
    let (imported, arguments, wrong) = match command {
        ImportCommand::Entra(arguments) => {
            let imported = import_entra(&exported_rules(&arguments.from)?);
            let wrong = errors_of(&imported, arguments);
            (imported, arguments, wrong)
        }
        ImportCommand::Galsync(arguments) => {
            (import_galsync(&read_xml(&arguments.from)?), arguments, Vec::new())
        }
    };
    if let Some(path) = &arguments.output {
        let doing = || format!("{} cannot be written", path.display());
        std::fs::write(path, &imported.toml)
            .map_err(|source| CommandError::File { doing: doing(), source })?;
    }
    let unreadable = imported.count(Taken::Unreadable);
    if format == Format::Json {
        say!("{}", as_json(&imported, &wrong));
    } else {
        if arguments.output.is_none() {
            say_part!("{}", imported.toml);
        }
        for line in &imported.report {
            complain!("{line}");
        }
        complain!(
            "{} {} taken exactly, {} changed, {} without a counterpart, {unreadable} unreadable",
            if unreadable == 0 && wrong.is_empty() { style::good("✓") } else { style::bad("✗") },
            imported.exactly,
            imported.count(Taken::Changed),
            imported.count(Taken::NoCounterpart)
        );
        for diagnostic in &wrong {
            complain!("\n{diagnostic}");
        }
    }
    Ok(if unreadable > 0 || !wrong.is_empty() { ExitStatus::WrongUse } else { ExitStatus::Done })
}

/// What must be put right before the imported rules can run.
fn errors_of(imported: &Imported, arguments: &ImportArguments) -> Vec<Diagnostic> {
    let name =
        arguments.output.as_deref().map_or("entra.toml".into(), |path| path.to_string_lossy().into_owned());
    let (_, mut diagnostics) = load("entra", &[(name, imported.toml.clone())], &Surroundings::default());
    diagnostics.retain(Diagnostic::is_error);
    diagnostics
}

/// An XML file's text: Windows' programs write UTF-8 or UTF-16, the latter with a mark of its order.
fn read_xml(path: &Path) -> Result<String, CommandError> {
    let octets = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    let unit: fn([u8; 2]) -> u16 = match octets.get(..2) {
        Some([0xff, 0xfe]) => u16::from_le_bytes,
        Some([0xfe, 0xff]) => u16::from_be_bytes,
        _ => {
            return String::from_utf8(octets).map_err(|error| {
                unreadable(path, &std::io::Error::new(std::io::ErrorKind::InvalidData, error))
            });
        }
    };
    let units = octets.as_chunks::<2>().0.iter().skip(1).map(|pair| unit(*pair));
    Ok(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

fn as_json(imported: &Imported, wrong: &[Diagnostic]) -> serde_json::Value {
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
        "unreadable": imported.count(Taken::Unreadable),
        "report": report,
        "errors": wrong.iter().map(diagnostic_as_json).collect::<Vec<_>>(),
    })
}

/// The XML files of the folder; of an export's own folder, those of its rules.
fn exported_rules(folder: &Path) -> Result<Vec<(String, String)>, CommandError> {
    let rules = folder.join("SynchronizationRules");
    let folder = if rules.is_dir() { rules } else { folder.to_owned() };
    let list = std::fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))?;
    let mut paths: Vec<PathBuf> = list.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml")));
    paths.sort();
    paths
        .iter()
        .map(|path| {
            Ok((path.file_name().unwrap_or_default().to_string_lossy().into_owned(), read_xml(path)?))
        })
        .collect()
}
