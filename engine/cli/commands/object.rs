//! An object that somebody names on the command line, and the store that it is looked up in, beside a running engine.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use madrigal_model::{AttributeName, ConnectorId, SpaceObject, ValueRef};
use madrigal_run::{RunError, Search, Surroundings, find};
use madrigal_state::{SqliteStore, Store};
use madrigal_sync::object_type;

use crate::assemble;
use crate::config::Config;
use crate::error::CommandError;
use crate::output::{Format, Progress};
use crate::session;

/// A store that is only read, with what its objects mean.
pub(crate) struct Reading {
    pub config: Config,
    pub store: Arc<SqliteStore>,
    pub surroundings: Surroundings,
}

/// Opens the store for reading, with the rules and shares of the configuration. No directory is asked anything.
pub(crate) async fn open(config_path: &Path) -> Result<Reading, CommandError> {
    opened(config_path, false).await
}

/// The same, with what the directories' schemas lack, as a run would learn it: a server that cannot be reached is warned
/// of.
pub(crate) async fn open_as_a_run(config_path: &Path) -> Result<Reading, CommandError> {
    opened(config_path, true).await
}

async fn opened(config_path: &Path, learn: bool) -> Result<Reading, CommandError> {
    let (config, store) = session::open_for_reading(config_path).await?;
    let known = store.connectors().await?;
    let mut ids: BTreeMap<String, ConnectorId> = BTreeMap::new();
    for name in config.connector.keys() {
        let status = known.iter().find(|status| status.name == *name && status.full_imports_complete > 0);
        let status = status.ok_or_else(|| RunError::NeverRead(name.clone()))?;
        ids.insert(name.clone(), status.id);
    }
    let surroundings = surroundings(&config, &ids, learn).await?;
    Ok(Reading { config, store: Arc::new(store), surroundings })
}

async fn surroundings(
    config: &Config,
    ids: &BTreeMap<String, ConnectorId>,
    learn: bool,
) -> Result<Surroundings, CommandError> {
    let mut topology = assemble::topology(config, ids)?;
    if learn {
        assemble::ldap::learn_lacking(config, &mut topology).await?;
    }
    let connectors = assemble::engine_connectors(config, ids, &topology)?;
    let confirms = |exporter: &dyn madrigal_api::Exporter| exporter.capabilities().confirms;
    let unconfirming = connectors
        .iter()
        .filter(|connector| connector.exporter.as_deref().is_some_and(|exporter| !confirms(exporter)))
        .map(|connector| connector.id);
    Ok(Surroundings {
        unconfirming: unconfirming.collect(),
        confirm_within_seconds: i64::from(config.engine.confirm_within_days) * 86_400,
        topology: Arc::new(topology),
    })
}

impl Reading {
    /// The one object that the text names.
    ///
    /// # Errors
    /// An unknown connector, nothing that matches (with what comes nearest), several that do (with what tells them
    /// apart), and the store's.
    pub(crate) async fn object(
        &self,
        connector: &str,
        text: &str,
        format: Format,
    ) -> Result<SpaceObject, CommandError> {
        let topology = &self.surroundings.topology;
        let known = topology.connector_named(connector);
        let id = known.ok_or_else(|| RunError::UnknownConnector(connector.to_owned()))?.id;
        let progress = Progress::start("Looking for it", format);
        let search = find(self.store.as_ref(), id, text).await;
        progress.end();
        let (connector, text) = (connector.to_owned(), text.to_owned());
        match search? {
            Search::One(object) => Ok(*object),
            Search::Several(found, count) => {
                let found = found.iter().map(Candidate::of).collect();
                Err(CommandError::SeveralObjects { connector, text, found, count })
            }
            Search::Nothing(near) => {
                let near = near.iter().map(Candidate::of).collect();
                Err(CommandError::NoObject { connector, text, near })
            }
        }
    }

    /// The connector's configured name.
    pub(crate) fn name(&self, connector: ConnectorId) -> &str {
        let known = self.surroundings.topology.connector(connector);
        known.map_or("a connector that is not configured any more", |known| &known.name)
    }
}

/// What tells an object from others of its name.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub dn: String,
    pub kind: &'static str,
    pub name: String,
    pub mail: String,
    pub department: String,
}

impl Candidate {
    pub(crate) fn of(object: &SpaceObject) -> Self {
        let text = |name: &str| {
            let attribute = AttributeName::known(name);
            let value = attribute.and_then(|attribute| object.entry.text(attribute));
            value.unwrap_or_default().to_owned()
        };
        Self {
            dn: object.dn.to_string(),
            kind: kind_of(object),
            name: display_name(object),
            mail: text("mail"),
            department: text("department"),
        }
    }

    /// One line: what the object is, then where it lies.
    pub(crate) fn line(&self) -> String {
        let told = [self.kind, self.department.as_str(), self.mail.as_str()];
        let told: Vec<&str> = told.into_iter().filter(|text| !text.is_empty()).collect();
        format!("{} ({})\n      {}", self.name, told.join(", "), self.dn)
    }

    pub(crate) fn as_json(&self) -> serde_json::Value {
        serde_json::json!({
            "dn": self.dn, "kind": self.kind, "name": self.name, "mail": self.mail, "department": self.department,
        })
    }
}

/// What kind of object it is, in a word.
pub(crate) fn kind_of(object: &SpaceObject) -> &'static str {
    match object_type(&object.entry) {
        "dynamic-group" => "dynamic group",
        "" => "no recipient's object",
        other => other,
    }
}

/// What people call it.
pub(crate) fn display_name(object: &SpaceObject) -> String {
    let text = |name: &str| {
        let values = object.entry.get(AttributeName::known(name)?);
        values.iter().find_map(ValueRef::as_text).filter(|text| !text.trim().is_empty()).map(str::to_owned)
    };
    text("displayName").or_else(|| object.dn.rdn_value()).unwrap_or_else(|| object.dn.to_string())
}
