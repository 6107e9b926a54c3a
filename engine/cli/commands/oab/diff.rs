//! `oab diff`: two books, by person and property.

use std::path::{Path, PathBuf};

use clap::Args;
use madrigal_oab::Limits;
use madrigal_oab::book::Book;
use madrigal_oab::container::unpack;
use madrigal_oab::difference::{Difference, RecipientName, difference};

use super::print::{json, line, number};
use super::{OabFailure, folder};
use crate::error::ExitStatus;
use crate::output::Format;

/// Compares two books by person and property.
#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// The old book: a folder with oab.xml, a compressed file or udetails.oab
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The new book
    #[arg(value_name = "NEW")]
    new: PathBuf,
}

pub(super) fn execute(arguments: &DiffArguments, format: Format) -> Result<ExitStatus, OabFailure> {
    let (old, new) = (book_bytes(&arguments.old)?, book_bytes(&arguments.new)?);
    let old = Book::parse(&old).map_err(OabFailure::at(&arguments.old))?;
    let new = Book::parse(&new).map_err(OabFailure::at(&arguments.new))?;
    let difference = difference(&old, &new)?;
    if format == Format::Json {
        json(&difference);
    } else {
        tell(&difference);
    }
    Ok(ExitStatus::Done)
}

fn book_bytes(path: &Path) -> Result<Vec<u8>, OabFailure> {
    let limits = Limits::default();
    if path.is_dir() {
        let previous = folder::previous(path, limits)?;
        let previous =
            previous.ok_or_else(|| OabFailure::options(format!("{} has no oab.xml", path.display())))?;
        return Ok(previous.book);
    }
    let file = folder::read(path)?;
    // A compressed file starts with version 3.1, a book with 0x20.
    if file.starts_with(&[3, 0, 0, 0]) {
        return Ok(unpack(&file, limits).map_err(OabFailure::at(path))?.bytes);
    }
    Ok(file)
}

fn tell(difference: &Difference) {
    let name = |name: &RecipientName| match name.display_name.as_str() {
        "" => name.smtp_address.clone(),
        display_name => format!("{display_name} <{}>", name.smtp_address),
    };
    difference.added.iter().for_each(|added| line(&format!("+ {}", name(added))));
    difference.removed.iter().for_each(|removed| line(&format!("- {}", name(removed))));
    for changed in &difference.changed {
        line(&format!("~ {}", name(&changed.recipient)));
        for change in &changed.changes {
            let show = |value: &Option<madrigal_oab::property::Value>| {
                value.as_ref().map_or_else(|| "(none)".to_owned(), ToString::to_string)
            };
            line(&format!("    {}: {} -> {}", change.property, show(&change.before), show(&change.after)));
        }
    }
    line(&format!(
        "{} added, {} removed, {} changed, {} the same",
        number(difference.added.len()),
        number(difference.removed.len()),
        number(difference.changed.len()),
        number(difference.unchanged)
    ));
}
