//! `oab inspect`: what a file is and what is in it.

use std::path::PathBuf;

use clap::Args;
use madrigal_oab::Limits;
use madrigal_oab::container::Framing;
use madrigal_oab::drawing::bytes_words;
use madrigal_oab::inspection::{BookSummary, Inspection, inspect};
use madrigal_oab::publish::{EntryKind, MANIFEST, Manifest};

use super::print::{count, json, line, number};
use super::{OabFailure, folder, status};
use crate::error::ExitStatus;
use crate::output::Format;

/// Says what a file of a book is and what is in it.
#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// A manifest, a book (compressed or not), a patch, a template; or a folder with a manifest
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Largest uncompressed file that is read, megabytes
    #[arg(long, value_name = "MB", default_value_t = 2_048)]
    limit: u64,
}

pub(super) fn execute(arguments: &InspectArguments, format: Format) -> Result<ExitStatus, OabFailure> {
    let path = if arguments.file.is_dir() { arguments.file.join(MANIFEST) } else { arguments.file.clone() };
    let limits = Limits { uncompressed_bytes: arguments.limit.saturating_mul(1 << 20) };
    let inspection = inspect(&folder::read(&path)?, limits).map_err(OabFailure::at(&path))?;
    if format == Format::Json {
        json(&inspection);
    } else {
        match &inspection {
            Inspection::Manifest(manifest) => tell_manifest(manifest),
            Inspection::Book(book) => tell_book(book),
            Inspection::Template { uncompressed_bytes, .. } => {
                line(&format!("display template, {} uncompressed", bytes_words(*uncompressed_bytes as u64)));
            }
            Inspection::Patch { header, bytes } => {
                line(&format!("differential patch, {}", bytes_words(*bytes as u64)));
                line(&format!(
                    "  from  {:08x}, {}",
                    header.source_crc,
                    bytes_words(header.source_size.into())
                ));
                line(&format!(
                    "  to    {:08x}, {}",
                    header.target_crc,
                    bytes_words(header.target_size.into())
                ));
            }
        }
    }
    let sound = !matches!(&inspection, Inspection::Book(book) if !book.serial_is_right);
    Ok(status(sound))
}

fn tell_manifest(manifest: &Manifest) {
    for list in &manifest.lists {
        line(&format!("{} ({}), {}", list.name, list.distinguished_name, list.id));
        for entry in &list.entries {
            let kind = match &entry.kind {
                EntryKind::Full => "book".to_owned(),
                EntryKind::Diff => "patch".to_owned(),
                EntryKind::Template { language, platform } => format!("template {language} {platform}"),
            };
            line(&format!(
                "  {:>6}  {kind:<22} {:>10} {:>10}  {}",
                entry.sequence,
                bytes_words(entry.size),
                bytes_words(entry.uncompressed_size),
                entry.name
            ));
        }
    }
}

fn tell_book(book: &BookSummary) {
    let header = &book.header;
    line(&format!("{}, sequence {}", header.name, header.sequence));
    line(&format!("  {}", count(book.records, "recipient", "recipients")));
    line(&format!("  list     {}, {}", header.distinguished_name, header.container_guid));
    let right = if book.serial_is_right { "right" } else { "WRONG: the data have another checksum" };
    line(&format!("  serial   {}, {right}", book.serial));
    let sizes = [book.bytes, book.uncompressed_bytes].map(|bytes| bytes_words(bytes as u64));
    line(&format!("  size     {}, {} uncompressed", sizes[0], sizes[1]));
    if let Some(framing) = &book.framing {
        tell_framing(framing);
    }
    line("");
    line(&format!("  {:<28} {:<9} {:<4} {:>11} {:>11}", "property", "tag", "", "recipients", "bytes"));
    for property in book.properties.iter().filter(|property| property.present > 0) {
        let marks = match (property.key, property.anr) {
            (true, _) => "key",
            (_, true) => "anr",
            _ => "",
        };
        let name = if property.name.len() > 28 {
            property.name.get(..28).unwrap_or_default()
        } else {
            &property.name
        };
        line(&format!(
            "  {name:<28} {:<9} {marks:<4} {:>11} {:>11}",
            property.tag.to_string(),
            number(property.present),
            bytes_words(property.bytes as u64)
        ));
    }
    let empty = book.properties.iter().filter(|property| property.present == 0).count();
    if empty > 0 {
        line(&format!("  and {} without a value", count(empty, "property", "properties")));
    }
}

fn tell_framing(framing: &Framing) {
    line(&format!(
        "  blocks   {} of at most {} bytes",
        number(framing.blocks as usize),
        number(framing.block_max as usize)
    ));
    if framing.stored_blocks > 0 {
        line(&format!(
            "  {} stored without a stream: Outlook does not read them",
            count(framing.stored_blocks as usize, "block is", "blocks are")
        ));
    }
    if framing.wrong_chunk_sizes > 0 {
        line(&format!(
            "  {} a wrong size: Outlook does not read them",
            count(framing.wrong_chunk_sizes, "chunk states", "chunks state")
        ));
    }
}
