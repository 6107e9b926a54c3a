//! `rules test`: rows of input and expected output that stand beside the rules.

use std::path::PathBuf;

use clap::Args;
use madrigal_mappings::{rules_of_test_file, run_test_file};

use super::{load_rules, read, show};
use crate::error::{CommandError, ExitStatus};
use crate::output::{Format, style};
use crate::session;

#[derive(Args)]
pub(crate) struct TestArguments {
    /// The file with the rows
    pub file: PathBuf,
    /// Rule files or a built-in rule set, instead of those that the file names
    #[arg(long, value_name = "FILE")]
    pub rules: Vec<PathBuf>,
}

pub(crate) fn execute(arguments: &TestArguments, format: Format) -> Result<ExitStatus, CommandError> {
    let text = read(&arguments.file)?;
    let wrong = |reason: String| CommandError::Value {
        place: arguments.file.display().to_string(),
        reason,
        remedy: "The reference page of the test format shows a row of each kind.".to_owned(),
    };
    let named = rules_of_test_file(&text).map_err(wrong)?;
    let mut files = arguments.rules.clone();
    if let Some(name) = named.filter(|_| files.is_empty()) {
        let beside = arguments.file.with_file_name(&name);
        files.push(if beside.exists() { beside } else { PathBuf::from(name) });
    }
    let rules = if files.is_empty() {
        None
    } else {
        let (rules, diagnostics) = load_rules(&files)?;
        if rules.is_none() {
            return Ok(show(&diagnostics, "the rules", format));
        }
        rules
    };
    let results = run_test_file(&text, rules.as_ref(), session::now()).map_err(wrong)?;
    let failed = results.iter().filter(|result| !result.differences.is_empty()).count();
    if format == Format::Json {
        let list: Vec<_> = results
            .iter()
            .map(|result| serde_json::json!({ "name": result.name, "differences": result.differences }))
            .collect();
        say!("{}", serde_json::json!({ "ok": failed == 0, "failed": failed, "tests": list }));
    } else {
        for result in &results {
            let sign = if result.differences.is_empty() { style::good("✓") } else { style::bad("✗") };
            say!("{sign} {}", result.name);
            result.differences.iter().for_each(|difference| say!("    {difference}"));
        }
        say!("{} rows, {failed} not as expected", results.len());
    }
    Ok(if failed == 0 { ExitStatus::Done } else { ExitStatus::SomeObjectsHaveProblems })
}
