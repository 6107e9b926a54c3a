//! Values that can be read and cannot be meant, and that would do harm.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use madrigal_model::DistinguishedName;
use madrigal_sync::Topology;

use super::value;
use crate::config::{Config, ConnectorType, Limits};
use crate::error::CommandError;

/// Refuses them.
pub(super) fn refuse(config: &Config, topology: &Topology) -> Result<(), CommandError> {
    percentages(&config.limits, "[limits]")?;
    for (name, connector) in &config.connector {
        percentages(&connector.limits, &format!("[connector.{name}] limits"))?;
    }
    if config.engine.confirm_within_days == 0 {
        let remedy = "Give the days that a round of files takes; 7 is the default.";
        return Err(value("[engine] confirm-within-days", "0 days are over at once".to_owned(), remedy));
    }
    files(config)?;
    containers(topology)?;
    stamps(topology)?;
    shares(config)
}

/// A limit above all that there is stops nothing. Of adds and adopts there may be more than there are contacts.
fn percentages(limits: &Limits, place: &str) -> Result<(), CommandError> {
    let Limits { updates, deletes, clears, source, adds: _, adopts: _, percent_from: _ } = limits;
    for (name, limit) in [("updates", updates), ("deletes", deletes), ("clears", clears), ("source", source)]
    {
        if let Some(percent) = limit.and_then(|limit| limit.percent).filter(|percent| *percent > 100) {
            let reason = format!("percent = {percent} is more than all");
            return Err(value(&format!("{place} {name}"), reason, "Give at most 100, or leave percent out."));
        }
    }
    Ok(())
}

/// Two connectors of one file would take every person for two, and each would write over the other.
fn files(config: &Config) -> Result<(), CommandError> {
    let mut known: BTreeMap<PathBuf, &str> = BTreeMap::new();
    for (name, connector) in config.connector.iter().filter(|(_, one)| one.kind == ConnectorType::Ldif) {
        let Some(path) = connector.path.as_deref().map(|path| config.path(path)) else { continue };
        let path = path.canonicalize().unwrap_or(path);
        if let Some(other) = known.insert(path, name) {
            let place = format!("[connector.{name}] path");
            let reason = format!("[connector.{other}] reads the same file");
            return Err(value(&place, reason, "Give each directory a file and a connector of its own."));
        }
    }
    Ok(())
}

/// What lies in the container of contacts is nobody's source: a whole domain that others hear of would lose everybody.
fn containers(topology: &Topology) -> Result<(), CommandError> {
    let own = topology.connectors.iter().map(|connector| (connector.id, &connector.container));
    let of_shares =
        topology.shares.iter().flat_map(|share| share.to.iter().map(move |to| (*to, &share.container)));
    let is_source = |id| topology.shares.iter().any(|share| share.from == id);
    for (id, container) in own.chain(of_shares).filter(|(id, _)| is_source(*id)) {
        let name = topology.connector(id).map_or("", |connector| connector.name.as_str());
        let is_dc = |(attribute, _): &(String, String)| attribute.eq_ignore_ascii_case("DC");
        let is_domain = |dn: &&DistinguishedName| dn.rdns().iter().flat_map(|rdn| &rdn.parts).all(is_dc);
        if let Some(container) = container.as_ref().filter(is_domain) {
            return Err(value(
                &format!("[connector.{name}] container"),
                format!(
                    "\"{container}\" is a whole domain, and people who lie in the container are not published"
                ),
                "Make a container of its own for contacts of others: \"OU=Address List,DC=…\".",
            ));
        }
    }
    Ok(())
}

/// An attribute that rules write is no place for a stamp, unless what they would write there is kept back.
fn stamps(topology: &Topology) -> Result<(), CommandError> {
    for share in &topology.shares {
        for target in share.to.iter().filter_map(|to| topology.connector(*to)) {
            let written: BTreeSet<_> = share.rules.export.iter().flat_map(|rule| rule.writes()).collect();
            let stamp = target.stamp;
            let kept_back = share.never.contains(&stamp) || target.lacks.contains(&stamp);
            if written.contains(&stamp) && !kept_back {
                return Err(value(
                    &format!("[connector.{}] stamp", target.name),
                    format!("the rules \"{}\" write {stamp} themselves", share.rules.name),
                    &format!(
                        "Keep it back with never = [\"{stamp}\"] in the share. Where nothing was written yet, adminDescription (the default) is better."
                    ),
                ));
            }
        }
    }
    Ok(())
}

/// Of two shares from one directory to another only the first would count.
fn shares(config: &Config) -> Result<(), CommandError> {
    let mut known = BTreeSet::new();
    for share in &config.share {
        for to in &share.to {
            if !known.insert((&share.from, to)) {
                let place = format!("[[share]] from = {:?}", share.from);
                let remedy = "Bring the two together, or take one out.";
                return Err(value(&place, format!("there is another share from there to {to}"), remedy));
            }
        }
    }
    Ok(())
}
