//! `oab verify`: a published folder, checked through and through.

use std::path::PathBuf;

use clap::Args;
use madrigal_oab::Limits;
use madrigal_oab::publish::verify;

use super::print::{count, json, line};
use super::{OabFailure, folder, status};
use crate::error::ExitStatus;
use crate::output::Format;

/// Checks every size, hash, checksum, record and patch of a published folder.
#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The folder with oab.xml
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The folder of an earlier generation: the patches since then are applied to its book
    #[arg(long, value_name = "DIR")]
    since: Option<PathBuf>,
}

pub(super) fn execute(arguments: &VerifyArguments, format: Format) -> Result<ExitStatus, OabFailure> {
    let (folder, manifest) = folder::manifest(&arguments.folder)?;
    let limits = Limits::default();
    let older = match &arguments.since {
        Some(since) => folder::previous(since, limits)?.map(|previous| previous.book),
        None => None,
    };
    let read = |name: &str| std::fs::read(folder.join(name)).ok();
    let verification = verify(&manifest, read, older.as_deref(), limits);
    if format == Format::Json {
        json(&verification);
    } else {
        for finding in &verification.findings {
            line(&format!("{}: {} [{}]", finding.file, finding.problem, finding.code));
        }
        let applied = match verification.applied_patches {
            0 => String::new(),
            patches => format!(", {} applied", count(patches, "patch", "patches")),
        };
        line(&format!(
            "{}, {}{applied}: {}",
            count(verification.files, "file", "files"),
            count(verification.records, "record", "records"),
            count(verification.findings.len(), "problem", "problems")
        ));
    }
    Ok(status(verification.findings.is_empty()))
}
