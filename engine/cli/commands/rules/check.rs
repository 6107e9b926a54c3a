//! `rules check`: every fault of rule files or expressions, at its place.

use std::path::PathBuf;

use clap::Args;
use madrigal_mappings::{Diagnostic, Surroundings, compile_expression};

use super::entries::schema_attributes;
use super::{load_rules_among, read, show};
use crate::error::{CommandError, ExitStatus};
use crate::output::Format;

#[derive(Args)]
pub(crate) struct CheckArguments {
    /// Rule files that belong together, or the name of a built-in rule set
    #[arg(value_name = "FILE", default_value = "galsync", conflicts_with = "expressions")]
    pub files: Vec<PathBuf>,
    /// The source directory's schema as LDIF: attributes that rules in read must be in it
    #[arg(long, value_name = "FILE", conflicts_with = "expressions")]
    pub source_schema: Option<PathBuf>,
    /// The target directory's schema as LDIF: attributes that rules out write must be in it
    #[arg(long, value_name = "FILE", conflicts_with = "expressions")]
    pub target_schema: Option<PathBuf>,
    /// A file with one expression a line instead of rules
    #[arg(long, value_name = "FILE")]
    pub expressions: Option<PathBuf>,
}

pub(crate) fn execute(arguments: &CheckArguments, format: Format) -> Result<ExitStatus, CommandError> {
    if let Some(path) = &arguments.expressions {
        let text = read(path)?;
        let (diagnostics, count) = expressions(&text, &path.to_string_lossy());
        return Ok(show(&diagnostics, &format!("{count} expressions"), format));
    }
    let schema = |path: &Option<PathBuf>| path.as_deref().map(schema_attributes).transpose();
    let (source, target) = (schema(&arguments.source_schema)?, schema(&arguments.target_schema)?);
    let (source, target) = (source.as_deref().map(borrowed), target.as_deref().map(borrowed));
    let surroundings = Surroundings {
        source_attributes: source.as_deref(),
        target_attributes: target.as_deref(),
        ..Surroundings::default()
    };
    let (_, diagnostics) = load_rules_among(&arguments.files, &surroundings)?;
    let names: Vec<_> = arguments.files.iter().map(|path| path.display().to_string()).collect();
    Ok(show(&diagnostics, &names.join(", "), format))
}

fn borrowed(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// One expression a line; blank lines are none.
fn expressions(text: &str, file: &str) -> (Vec<Diagnostic>, usize) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut diagnostics = Vec::new();
    let mut count = 0;
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        count += 1;
        let found = match compile_expression(line, file) {
            Ok(standalone) => standalone.warnings,
            Err(diagnostics) => diagnostics,
        };
        diagnostics.extend(found.into_iter().map(|diagnostic| Diagnostic { line: number + 1, ..diagnostic }));
    }
    (diagnostics, count)
}
