//! `explain`: why an object is, or is not, in the other directories' address lists, and where each value comes from.
//! Reads beside a running engine and writes nothing.

use clap::Args;
use madrigal_model::{AttributeName, Timestamp};
use madrigal_sync::{Explanation, TargetExplained};

use crate::commands::oab::readers;
use crate::commands::object::Reading;
use crate::commands::{ConfigArguments, object};
use crate::error::{CommandError, ExitStatus};
use crate::output::explain::Arrivals;
use crate::output::names::Names;
use crate::output::{Format, explain};
use crate::session;

#[derive(Args)]
pub(crate) struct ExplainArguments {
    /// The directory that the object lies in
    #[arg(value_name = "CONNECTOR")]
    pub connector: String,
    /// A name or a part of it, an address (mail, proxy, SIP), a distinguished name, or a key
    #[arg(value_name = "OBJECT")]
    pub object: String,
    /// Show one attribute's whole way: source values, rules, every step, what is there, what is planned
    #[arg(short, long, value_name = "ATTRIBUTE")]
    pub attribute: Option<String>,
    #[command(flatten)]
    pub config: ConfigArguments,
    /// The time to go by instead of the clock, as in 2026-12-24T18:00
    #[arg(long, value_name = "TIME")]
    pub now: Option<Timestamp>,
}

pub(crate) async fn execute(
    arguments: &ExplainArguments,
    format: Format,
) -> Result<ExitStatus, CommandError> {
    let reading = object::open_as_a_run(&arguments.config.config).await?;
    let found = reading.object(&arguments.connector, &arguments.object, format).await?;
    let now = arguments.now.unwrap_or_else(session::now);
    let explained =
        madrigal_run::explain(reading.store.clone(), &reading.surroundings, &found.key, now).await?;
    let Some(mut explanation) = explained else {
        let (connector, text) = (arguments.connector.clone(), arguments.object.clone());
        return Err(CommandError::NoObject { connector, text, near: Vec::new() });
    };
    if let Some(attribute) = &arguments.attribute {
        only(&mut explanation, attribute)?;
    }
    let names = Names::of_explanation(&reading, &explanation).await?;
    let arrivals = arrivals(&reading, &explanation, now)?;
    if format == Format::Json {
        say!("{}", explain::as_json(&reading, &arrivals, &explanation));
    } else {
        let text = explain::text(&reading, &names, &arrivals, &explanation, arguments.attribute.is_some());
        say_part!("{text}");
    }
    Ok(ExitStatus::Done)
}

/// When the readers of the directories' offline address books see what is planned, if it is written now.
fn arrivals(reading: &Reading, explanation: &Explanation, now: Timestamp) -> Result<Arrivals, CommandError> {
    let mut arrivals = Arrivals::new();
    for target in &explanation.targets {
        let name = reading.name(target.connector);
        let connector = reading.config.connector.get(name);
        if let Some(settings) = connector.and_then(|connector| connector.offline_address_book.as_ref()) {
            arrivals.insert(target.connector, readers::window(name, settings, now)?.words());
        }
    }
    Ok(arrivals)
}

/// Leaves one attribute of each contact: the one of this name, else those that read it.
fn only(explanation: &mut Explanation, name: &str) -> Result<(), CommandError> {
    let all = |target: &TargetExplained| {
        target.attributes.iter().map(|explained| explained.attribute).collect::<Vec<AttributeName>>()
    };
    let known: Vec<AttributeName> = explanation.targets.iter().flat_map(all).collect();
    if known.is_empty() {
        // There is no contact to ask about: the explanation says why.
        return Ok(());
    }
    let is_named = |attribute: &AttributeName| attribute.as_str().eq_ignore_ascii_case(name);
    let written = known.iter().any(is_named);
    for target in &mut explanation.targets {
        target.attributes.retain(|explained| {
            let reads = || {
                explained.sources.iter().any(|neutral| {
                    let source = neutral.source.iter();
                    is_named(&neutral.attribute)
                        || source.flat_map(|source| &source.values).any(|(read, _)| is_named(read))
                })
            };
            if written { is_named(&explained.attribute) } else { reads() }
        });
    }
    if explanation.targets.iter().all(|target| target.attributes.is_empty()) {
        let mut near: Vec<(usize, &str)> = known
            .iter()
            .map(|known| {
                (madrigal_mappings::slips(&name.to_lowercase(), &known.as_str().to_lowercase()), *known)
            })
            .filter(|(slips, _)| *slips <= 3)
            .map(|(slips, known)| (slips, known.as_str()))
            .collect();
        near.sort_unstable();
        near.dedup();
        return Err(CommandError::NoAttribute {
            attribute: name.to_owned(),
            near: near.first().map(|(_, name)| (*name).to_owned()),
        });
    }
    Ok(())
}
