//! `show`: an entry as it is now, or as it was at a time. Reads beside a running engine.
//!
//! Of a contact of ours the audit log tells every value that we wrote and every value that we found before we wrote. Of
//! any other object the store keeps what the last import saw, and nothing of before.

use clap::Args;
use madrigal_model::{Timestamp, ValueRef};
use madrigal_run::{Then, ValueThen, Written};
use madrigal_state::Store;

use crate::commands::{ConfigArguments, object};
use crate::error::{CommandError, ExitStatus};
use crate::output::{Format, show};

#[derive(Args)]
pub(crate) struct ShowArguments {
    /// The directory that the object lies in
    #[arg(value_name = "CONNECTOR")]
    pub connector: String,
    /// A name or a part of it, an address (mail, proxy, SIP), a distinguished name, or a key
    #[arg(value_name = "OBJECT")]
    pub object: String,
    #[command(flatten)]
    pub config: ConfigArguments,
    /// Show the entry as it was then, as in 2026-12-24T18:00
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<Timestamp>,
}

pub(crate) async fn execute(arguments: &ShowArguments, format: Format) -> Result<ExitStatus, CommandError> {
    let reading = object::open(&arguments.config.config).await?;
    let whose = reading.whose(Some(&arguments.connector), &arguments.object, format).await?;
    let connector = reading.surroundings.topology.connector_named(&arguments.connector).map(|known| known.id);
    let written: Vec<Written> = match whose.identity {
        Some(identity) => madrigal_run::written(&reading.store.audit_of(identity).await?),
        None => Vec::new(),
    };
    // An object that is not ours was never written: what was written there is its identity's contact.
    let is_contact = whose
        .object
        .as_ref()
        .is_none_or(|object| object.link.as_ref().is_some_and(|link| !link.kind.is_own_object()));
    let written: Vec<Written> =
        written.into_iter().filter(|one| is_contact && Some(one.connector) == connector).collect();
    let seen = whose.object.as_ref().map(|object| (&object.dn, &object.entry));
    let then = match (arguments.as_of, seen) {
        (Some(time), _) => madrigal_run::as_of(&written, seen, time),
        (None, Some((dn, entry))) => {
            let mut values: Vec<ValueThen> = entry
                .iter()
                .map(|(attribute, values)| ValueThen {
                    attribute,
                    values: values.iter().map(ValueRef::to_value).collect(),
                    known: madrigal_run::Known::SeenNow,
                })
                .collect();
            values.sort_by_key(|value| value.attribute.as_str().to_ascii_lowercase());
            Then::There { dn: dn.clone(), values }
        }
        (None, None) => madrigal_run::as_of(&written, None, Timestamp::from_millis(i64::MAX)),
    };
    let imported = reading.store.connectors().await?;
    let imported = imported.into_iter().find(|status| Some(status.id) == connector);
    let shown = show::Shown {
        name: whose.name,
        connector: arguments.connector.clone(),
        id: connector,
        as_of: arguments.as_of,
        last_import: imported.and_then(|status| status.last_import),
        is_contact,
        then,
    };
    if format == Format::Json {
        say!("{}", show::as_json(&shown));
    } else {
        say_part!("{}", show::text(&reading, &shown).await?);
    }
    Ok(ExitStatus::Done)
}
