//! Whom a text names, whether the object is still there or only the audit log remembers it.

use std::collections::BTreeMap;

use madrigal_model::{DistinguishedName, IdentityId, SpaceObject, collate};
use madrigal_run::{RunError, Search, find};
use madrigal_state::Store;

use crate::commands::object::{Candidate, Reading, display_name};
use crate::error::CommandError;
use crate::output::{Format, Progress};

/// How many lines of the audit log are read at a time.
const PAGE: u32 = 4_000;

/// Whose history is asked for.
pub(crate) struct Whose {
    /// What people call it.
    pub name: String,
    /// The identity; none: the object belongs to nobody, so nothing was ever written for it.
    pub identity: Option<IdentityId>,
    /// The object, where a directory still has it.
    pub object: Option<SpaceObject>,
}

impl Reading {
    /// The identity that the text names: by its own number, by an object of one connector or of any, or by a contact that
    /// the audit log tells of.
    ///
    /// # Errors
    /// As [`Reading::object`].
    pub(crate) async fn whose(
        &self,
        connector: Option<&str>,
        text: &str,
        format: Format,
    ) -> Result<Whose, CommandError> {
        if let Some(identity) = text.parse::<IdentityId>().ok().filter(|_| text.len() == 32) {
            return Ok(Whose { name: text.to_owned(), identity: Some(identity), object: None });
        }
        let topology = &self.surroundings.topology;
        let ids = match connector {
            Some(name) => {
                let known = topology.connector_named(name);
                vec![known.ok_or_else(|| RunError::UnknownConnector(name.to_owned()))?.id]
            }
            None => topology.connectors.iter().map(|connector| connector.id).collect(),
        };
        let progress = Progress::start("Looking for it", format);
        let found = self.search(&ids, text).await;
        progress.end();
        let (found, count, near) = found?;
        let place = connector.unwrap_or("any directory").to_owned();
        let mut people: BTreeMap<Option<IdentityId>, SpaceObject> = BTreeMap::new();
        for object in &found {
            let identity = object.link.as_ref().map(|link| link.identity);
            people.entry(identity).or_insert_with(|| object.clone());
        }
        if count > 1 && (people.len() > 1 || people.contains_key(&None)) {
            let (text, found) = (text.to_owned(), found.iter().map(Candidate::of).collect());
            return Err(CommandError::SeveralObjects { connector: place, text, found, count });
        }
        if let Some((identity, object)) = people.into_iter().next() {
            return Ok(Whose { name: display_name(&object), identity, object: Some(object) });
        }
        match self.remembered(&ids, text).await?.as_slice() {
            [] => {
                let near = near.iter().map(Candidate::of).collect();
                Err(CommandError::NoObject { connector: place, text: text.to_owned(), near })
            }
            [(identity, dn)] => {
                let name = dn.rdn_value().unwrap_or_else(|| dn.to_string());
                Ok(Whose { name, identity: Some(*identity), object: None })
            }
            several => {
                let gone = |(identity, dn): &(IdentityId, DistinguishedName)| Candidate {
                    dn: dn.to_string(),
                    kind: "contact that is gone",
                    name: identity.to_string(),
                    mail: String::new(),
                    department: String::new(),
                };
                let (count, found) = (several.len(), several.iter().map(gone).collect());
                Err(CommandError::SeveralObjects { connector: place, text: text.to_owned(), found, count })
            }
        }
    }

    /// Every object of these connectors that the text names, how many there are, and what comes nearest.
    async fn search(
        &self,
        ids: &[madrigal_model::ConnectorId],
        text: &str,
    ) -> Result<(Vec<SpaceObject>, usize, Vec<SpaceObject>), CommandError> {
        let (mut found, mut count, mut near) = (Vec::new(), 0, Vec::new());
        for id in ids {
            match find(self.store.as_ref(), *id, text).await? {
                Search::One(object) => {
                    found.push(*object);
                    count += 1;
                }
                Search::Several(some, all) => {
                    found.extend(some);
                    count += all;
                }
                Search::Nothing(some) => near.extend(some),
            }
        }
        Ok((found, count, near))
    }

    /// The identities whose contact the audit log calls so, each with the contact's name.
    async fn remembered(
        &self,
        ids: &[madrigal_model::ConnectorId],
        text: &str,
    ) -> Result<Vec<(IdentityId, DistinguishedName)>, CommandError> {
        let wanted = collate(text);
        let is_called = |dn: &DistinguishedName| {
            collate(dn.as_str()) == wanted || dn.rdn_value().is_some_and(|name| collate(&name) == wanted)
        };
        let mut remembered: BTreeMap<IdentityId, DistinguishedName> = BTreeMap::new();
        let mut from = 1;
        loop {
            let page = self.store.audit(from, PAGE).await?;
            let Some(last) = page.last() else { break };
            from = last.number + 1;
            for record in page {
                if ids.contains(&record.connector) && is_called(&record.export.dn) {
                    remembered.insert(record.identity, record.export.dn);
                }
            }
        }
        Ok(remembered.into_iter().collect())
    }
}
