//! `oab build`: the next sequence of a book.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use madrigal_oab::book::{Book, BookBuilder, SizeLimits};
use madrigal_oab::container::Packing;
use madrigal_oab::directory::{AttributeProblem, Outcome, RecipientMapping};
use madrigal_oab::drawing::bytes_words;
use madrigal_oab::lzxd::Level;
use madrigal_oab::property::PropertyList;
use madrigal_oab::publish::{Forecast, Generation, Identity, MANIFEST, Options, Previous, generate};
use serde::Serialize;

use super::print::{count, json, line, number};
use super::threads::Threads;
use super::{OabFailure, folder, identity, people, properties, status};
use crate::error::ExitStatus;
use crate::output::Format;

/// Builds the next sequence of a book from an address list.
#[derive(Debug, Args)]
pub(crate) struct BuildArguments {
    /// The address list: an LDIF file
    #[arg(long, value_name = "FILE.ldif")]
    from: PathBuf,
    /// The folder to publish in; made when it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The folder of the generation before; without it that in --out, if there is one
    #[arg(long, value_name = "DIR")]
    previous: Option<PathBuf>,
    /// Name of the address list
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// X500 name of the address list: / for the global one, else /guid=…
    #[arg(long, value_name = "DN")]
    dn: Option<String>,
    /// GUID of the address list; without it that of the generation before, else one made from name and domain
    #[arg(long, value_name = "GUID")]
    guid: Option<String>,
    /// A property list of your own (TOML); without it Exchange Online's default
    #[arg(long, value_name = "FILE.toml")]
    properties: Option<PathBuf>,
    /// 0: uncompressed blocks, 1: with matches
    #[arg(long, value_name = "LEVEL", default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=1))]
    level: u8,
    /// Uncompressed bytes of a block; over 32768, files are smaller, and not every client was tried with them
    #[arg(long, value_name = "BYTES", default_value_t = 32_768, value_parser = clap::value_parser!(u32).range(1_024..=4_194_304))]
    block: u32,
    /// How long patches are kept
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    diff_retention: u32,
    /// Languages of the templates, as Windows numbers them
    #[arg(long, value_name = "LANGID", default_value = "0409", value_delimiter = ',')]
    language: Vec<String>,
    /// Time of the generation instead of the clock's
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
    /// Threads; without it one for each core
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Publish a book that has lost more than half of its recipients
    #[arg(long)]
    accept_shrunken: bool,
}

/// What a build did.
#[derive(Debug, Serialize)]
struct Report {
    sequence: u32,
    changed: bool,
    records: usize,
    hidden: usize,
    no_recipients: usize,
    derived_keys: usize,
    truncated: usize,
    duplicates: Vec<String>,
    problems: Vec<AttributeProblem>,
    unread: Vec<people::UnreadRecord>,
    container_guid: String,
    uncompressed_bytes: usize,
    full_bytes: u64,
    patch_bytes: Option<usize>,
    /// Patches of half the book's size and more make Outlook fetch the whole book.
    clients_fetch_full: bool,
    files: Vec<FileRow>,
}

#[derive(Debug, Serialize)]
struct FileRow {
    name: String,
    bytes: usize,
}

/// The recipients of an address list, and who is not among them.
struct Listing {
    builder: BookBuilder,
    hidden: usize,
    no_recipients: usize,
    derived_keys: usize,
    problems: Vec<AttributeProblem>,
    unread: Vec<people::UnreadRecord>,
    domain: String,
}

pub(super) fn execute(arguments: &BuildArguments, format: Format) -> Result<ExitStatus, OabFailure> {
    let start = Instant::now();
    let options = Options {
        packing: Packing {
            level: if arguments.level == 0 { Level::Uncompressed } else { Level::Matching },
            block_bytes: arguments.block as usize,
            stored: false,
        },
        diff_retention_days: arguments.diff_retention,
        languages: languages(&arguments.language)?,
        ..Options::default()
    };
    let from = arguments.previous.as_ref().unwrap_or(&arguments.out);
    let previous = folder::previous(from, options.limits)?;
    if previous.is_none() && arguments.previous.is_some() {
        return Err(OabFailure::options(format!("{} has no {MANIFEST}", from.display())));
    }
    let listing = list(arguments)?;
    let before = previous.as_ref().map(|previous| Identity {
        name: previous.list.name.clone(),
        distinguished_name: previous.list.distinguished_name.clone(),
        container_guid: previous.list.id.clone(),
    });
    let identity = identity::identity(
        arguments.name.as_deref(),
        arguments.dn.as_deref(),
        arguments.guid.as_deref(),
        before.as_ref(),
        &listing.domain,
    )?;
    let now = now(arguments.now.as_deref())?;
    let Listing { builder, hidden, no_recipients, derived_keys, problems, unread, .. } = listing;
    let spread = Threads::new(arguments.threads);
    let generation = generate(builder, &identity, previous.as_ref(), now, &options, &spread)?;
    if !arguments.accept_shrunken {
        require_most(arguments, previous.as_ref(), generation.book.records as u64)?;
    }
    folder::publish(&generation, &arguments.out, previous.is_some().then_some(from.as_path()))?;

    let list = generation.manifest.lists.first();
    let full_bytes = list.and_then(|list| list.full()).map_or(0, |full| full.size);
    let report = Report {
        sequence: generation.sequence,
        changed: generation.changed,
        records: generation.book.records,
        hidden,
        no_recipients,
        derived_keys,
        truncated: generation.book.truncated,
        duplicates: generation.book.duplicates.clone(),
        problems,
        unread,
        container_guid: identity.container_guid,
        uncompressed_bytes: generation.book.bytes.len(),
        full_bytes,
        patch_bytes: generation.patch_bytes,
        clients_fetch_full: fetches_full(&generation, full_bytes, previous.is_some()),
        files: generation
            .files
            .iter()
            .map(|file| FileRow { name: file.name.clone(), bytes: file.bytes.len() })
            .collect(),
    };
    if format == Format::Json {
        json(&report);
    } else {
        tell(&report, start);
    }
    Ok(status(report.problems.is_empty() && report.unread.is_empty() && report.duplicates.is_empty()))
}

/// Every client takes what is published: a file that was cut or emptied on its way must not empty their address lists.
fn require_most(
    arguments: &BuildArguments,
    previous: Option<&Previous>,
    after: u64,
) -> Result<(), OabFailure> {
    let Some(previous) = previous else { return Ok(()) };
    let before = Book::parse(&previous.book).map_err(OabFailure::at(&arguments.out))?.len() as u64;
    if after * 2 >= before {
        return Ok(());
    }
    Err(OabFailure::Shrunken { path: arguments.from.clone(), before, after })
}

/// Whether the new patch alone makes Outlook take the whole book (half of it and more, version 4).
fn fetches_full(generation: &Generation, full_bytes: u64, has_previous: bool) -> bool {
    let patch = generation.patch_bytes.map(|bytes| Forecast { patch_bytes: bytes as u64, full_bytes });
    generation.changed && has_previous && patch.is_none_or(|patch| patch.fetches_full())
}

fn languages(given: &[String]) -> Result<Vec<String>, OabFailure> {
    let right = |language: &&String| language.len() == 4 && language.chars().all(|c| c.is_ascii_hexdigit());
    match given.iter().find(|language| !right(language)) {
        Some(wrong) => Err(OabFailure::options(format!("\"{wrong}\" is not a language number like 0409"))),
        None => Ok(given.iter().map(|language| language.to_lowercase()).collect()),
    }
}

fn now(given: Option<&str>) -> Result<jiff::civil::DateTime, OabFailure> {
    match given {
        Some(text) => {
            text.parse().map_err(|_| OabFailure::options(format!("\"{text}\" is not like 2026-11-23T14:00")))
        }
        None => Ok(jiff::tz::TimeZone::UTC
            .to_datetime(jiff::Timestamp::now())
            .round(jiff::Unit::Second)
            .unwrap_or_default()),
    }
}

fn list(arguments: &BuildArguments) -> Result<Listing, OabFailure> {
    let list = properties::read(arguments.properties.as_deref())?;
    let mapping = RecipientMapping::new(&list);
    let mut listing = Listing {
        builder: BookBuilder::new(&list, SizeLimits::default()),
        hidden: 0,
        no_recipients: 0,
        derived_keys: 0,
        problems: Vec::new(),
        unread: Vec::new(),
        domain: String::new(),
    };
    let mut first = String::new();
    listing.unread =
        people::read_ldif(&arguments.from, &attributes(&list), |entry| match mapping.map(&entry) {
            Outcome::Listed { record, problems, derived_key } => {
                if first.is_empty() {
                    first.clone_from(&entry.distinguished_name);
                }
                listing.builder.push(record);
                listing.problems.extend(problems);
                listing.derived_keys += usize::from(derived_key);
            }
            Outcome::Hidden => listing.hidden += 1,
            Outcome::NoRecipient => listing.no_recipients += 1,
        })?;
    listing.domain = identity::domain_of(&first);
    Ok(listing)
}

/// What must be read of an entry: what the properties come from, and what the rules look at.
fn attributes(list: &PropertyList) -> Vec<String> {
    let listed = list.properties().iter().map(|property| property.attribute.clone());
    let looked_at = RecipientMapping::LOOKED_AT.iter().map(|name| (*name).to_owned());
    let mut names: Vec<_> = listed.chain(looked_at).filter(|name| !name.is_empty()).collect();
    names.sort();
    names.dedup();
    names
}

fn tell(report: &Report, start: Instant) {
    if report.changed {
        line(&format!("sequence {}: {}", report.sequence, count(report.records, "recipient", "recipients")));
        for file in &report.files {
            line(&format!("  {:<60} {:>10}", file.name, bytes_words(file.bytes as u64)));
        }
        line(&format!("  uncompressed: {}", bytes_words(report.uncompressed_bytes as u64)));
        if let Some(patch) = report.patch_bytes {
            let percent = patch as f64 * 100.0 / report.full_bytes.max(1) as f64;
            line(&format!("  patch: {percent:.1} % of the whole book"));
        }
        if report.clients_fetch_full {
            line("  this change makes clients fetch the whole book: its patch is over half of it");
        }
    } else {
        line(&format!("nothing differs: sequence {} stays", report.sequence));
    }
    let left_out = [
        (report.hidden, "hidden"),
        (report.no_recipients, "without an address"),
        (report.duplicates.len(), "with the key of an earlier one"),
    ];
    for (value, words) in left_out.into_iter().filter(|(value, _)| *value > 0) {
        line(&format!("  left out: {} {words}", number(value)));
    }
    if report.derived_keys > 0 {
        line(&format!(
            "  without legacyExchangeDN: {}; one was derived for each",
            number(report.derived_keys)
        ));
    }
    if report.truncated > 0 {
        line(&format!("  with a value that was too large: {}", number(report.truncated)));
    }
    for problem in report.problems.iter().take(20) {
        line(&format!("  {}: {}: {}", problem.distinguished_name, problem.attribute, problem.problem));
    }
    for unread in report.unread.iter().take(20) {
        line(&format!("  line {}: {}", unread.line, unread.problem));
    }
    let more = report.problems.len().saturating_sub(20) + report.unread.len().saturating_sub(20);
    if more > 0 {
        line(&format!("  and {} more; --format json lists all", number(more)));
    }
    line(&format!("done in {:.1} s", start.elapsed().as_secs_f64()));
}
