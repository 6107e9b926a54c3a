//! The configuration file: what may stand in it, and where it is wrong.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::CommandError;

/// `madrigal.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Config {
    #[serde(default)]
    pub store: Store,
    #[serde(default)]
    pub engine: EngineSection,
    #[serde(default)]
    pub schedule: Schedule,
    pub connector: BTreeMap<String, Connector>,
    #[serde(default)]
    pub share: Vec<Share>,
    #[serde(default)]
    pub limits: Limits,
    /// The folder that relative paths start from: the file's own.
    #[serde(skip)]
    pub folder: PathBuf,
    /// The file as it is.
    #[serde(skip)]
    pub text: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Store {
    /// The SQLite file.
    pub path: PathBuf,
    /// How many plans of previews are kept.
    pub keep_plans: usize,
}

impl Default for Store {
    fn default() -> Self {
        Self { path: PathBuf::from("madrigal.db"), keep_plans: 30 }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct EngineSection {
    /// Days between hiding and deleting a contact whose person left.
    pub grace_days: u32,
    /// Observations of one page of an import.
    pub page_size: usize,
    /// Dirty objects of one batch of a sync.
    pub sync_batch: u32,
    /// Changes that are sent together.
    pub export_batch: u32,
    /// Values of more octets are kept out of row.
    pub large_value: usize,
    /// Days after which a change file that no snapshot shows is written again.
    pub confirm_within_days: u32,
}

impl Default for EngineSection {
    fn default() -> Self {
        let options = madrigal_run::EngineOptions::default();
        Self {
            grace_days: 30,
            page_size: options.page_size,
            sync_batch: options.sync_batch,
            export_batch: options.export_batch,
            large_value: options.large_value,
            confirm_within_days: 7,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Schedule {
    /// Minutes between the starts of two cycles of `serve`.
    pub interval_minutes: u64,
    /// Every so many cycles one reads everything.
    pub full_import_every: u64,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { interval_minutes: 30, full_import_every: 48 }
    }
}

/// The kinds of connector that this program has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ConnectorType {
    Ldif,
    ActiveDirectory,
    Ldap,
}

/// How the exports of an LDIF connector reach the directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Apply {
    /// The file is the directory: it is replaced.
    #[default]
    Snapshot,
    /// A change file that somebody carries to the directory.
    File,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Connector {
    #[serde(rename = "type")]
    pub kind: ConnectorType,
    pub path: Option<PathBuf>,
    pub changes: Option<PathBuf>,
    /// The servers, the preferred one first.
    #[serde(default)]
    pub url: OneOrMore,
    #[serde(default)]
    pub domains: Vec<Domain>,
    pub bind: Option<Bind>,
    pub ca_file: Option<PathBuf>,
    #[serde(default)]
    pub insecure: bool,
    #[serde(default)]
    pub import: Import,
    pub timeout_seconds: Option<u64>,
    pub in_flight: Option<usize>,
    pub connections: Option<usize>,
    pub operations_per_second: Option<u32>,
    pub largest_message: Option<usize>,
    pub anchor: Option<String>,
    #[serde(default)]
    pub apply: Apply,
    pub changes_folder: Option<PathBuf>,
    /// What kind of directory the file comes from: which import rules are for it.
    #[serde(default = "active_directory")]
    pub directory: String,
    #[serde(default = "galsync")]
    pub rules: String,
    #[serde(default = "yes")]
    pub exchange: bool,
    #[serde(default)]
    pub mail_domains: Vec<String>,
    pub container: Option<String>,
    #[serde(default)]
    pub source_contacts: Vec<String>,
    pub administrative_group: Option<String>,
    #[serde(default)]
    pub mail_routing: bool,
    #[serde(default)]
    pub cross_forest_delegation: bool,
    pub finish: Option<Finish>,
    #[serde(default)]
    pub address_lists: Vec<String>,
    pub exchange_version: Option<String>,
    /// How Exchange hears of contacts that it is to finish.
    pub update_recipient: Option<UpdateRecipient>,
    pub cloud: Option<String>,
    #[serde(default = "admin_description")]
    pub stamp: String,
    #[serde(default)]
    pub adopt: Adopt,
    #[serde(default)]
    pub mode: Mode,
    /// Attributes that the directory's schema lacks.
    #[serde(default)]
    pub lacks: Vec<String>,
    #[serde(default)]
    pub limits: Limits,
    /// How the directory's offline address book reaches its readers.
    pub offline_address_book: Option<AddressBook>,
    /// The configuration's own parameters for its rules.
    #[serde(default)]
    pub parameters: BTreeMap<String, toml::Value>,
}

/// How an offline address book reaches its readers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct AddressBook {
    pub profile: String,
    pub generation_every: Option<String>,
    pub generation_at: Option<String>,
    pub client_every: Option<String>,
    pub time_zone: Option<String>,
    pub folder: Option<PathBuf>,
    pub properties: Option<PathBuf>,
}

/// How contacts get into the address lists of an Exchange organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Finish {
    Attributes,
    UpdateRecipient,
}

impl Finish {
    /// As the configuration and the rules write it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Attributes => "attributes",
            Self::UpdateRecipient => "update-recipient",
        }
    }
}

/// How Exchange hears of contacts that it is to finish.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct UpdateRecipient {
    /// Where the scripts are written.
    pub folder: PathBuf,
    /// A program and its arguments: it is started with a script's path behind them.
    pub hook: Option<Vec<String>>,
    /// How long it may take for one script.
    #[serde(default = "ten_minutes")]
    pub hook_timeout_seconds: u64,
    /// The controller that Exchange is to ask.
    pub domain_controller: Option<String>,
}

fn ten_minutes() -> u64 {
    600
}

/// Whether contacts of others in the container become ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Adopt {
    /// Those whose X500 addresses or keys prove for whom they were made, or none.
    Proved(bool),
    /// Those, too, that an address alone speaks for.
    Also(ByAddress),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ByAddress {
    ByAddress,
}

impl Default for Adopt {
    fn default() -> Self {
        Self::Proved(false)
    }
}

impl Adopt {
    pub(crate) fn is_on(self) -> bool {
        self != Self::Proved(false)
    }

    pub(crate) fn is_by_address(self) -> bool {
        matches!(self, Self::Also(_))
    }
}

/// Whether a directory is written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Mode {
    #[default]
    Run,
    /// Everything but the export.
    Staging,
}

/// How a directory server's changes are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Import {
    #[default]
    Auto,
    Dirsync,
    Changes,
}

/// One text, or a list of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    pub(crate) fn texts(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::More(texts) => texts,
        }
    }
}

impl Default for OneOrMore {
    fn default() -> Self {
        Self::More(Vec::new())
    }
}

/// A naming context, with servers of its own where the connector's do not hold it.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Domain {
    Name(String),
    At { dn: String, url: OneOrMore },
}

/// Who the connector is to the server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Bind {
    pub dn: Option<String>,
    pub password: Option<Password>,
    /// By the Kerberos tickets that are at hand.
    #[serde(default)]
    pub kerberos: bool,
    /// The host's name in Kerberos.
    pub kerberos_host: Option<String>,
}

/// Where a password is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) enum Password {
    Env(String),
    File(PathBuf),
    Credential(String),
}

fn active_directory() -> String {
    "active-directory".to_owned()
}

fn galsync() -> String {
    "galsync".to_owned()
}

fn admin_description() -> String {
    "adminDescription".to_owned()
}

fn yes() -> bool {
    true
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Share {
    pub from: String,
    pub to: Vec<String>,
    #[serde(default = "galsync")]
    pub rules: String,
    #[serde(default)]
    pub display_name_suffix: String,
    #[serde(default)]
    pub never: Vec<String>,
    #[serde(default)]
    pub only: Vec<String>,
    pub container: Option<String>,
}

/// Limits by number and percent; what is not said is as for all, or the default.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Limits {
    pub adds: Option<Limit>,
    pub updates: Option<Limit>,
    pub deletes: Option<Limit>,
    /// Contacts of others that become ours.
    pub adopts: Option<Limit>,
    /// Contacts that lose their last value of one attribute.
    pub clears: Option<Limit>,
    /// Objects of the source that may be gone from one import to the next.
    pub source: Option<Limit>,
    /// Percents count only past so many changes.
    pub percent_from: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Limit {
    pub count: Option<u64>,
    pub percent: Option<u64>,
}

impl Config {
    /// Reads the file.
    pub(crate) fn read(path: &Path) -> Result<Self, CommandError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| CommandError::Unreadable { path: path.to_owned(), source })?;
        let mut config: Self = toml::from_str(&text)
            .map_err(|error| CommandError::Malformed { path: path.to_owned(), details: error.to_string() })?;
        config.text = text;
        config.folder = path.parent().map(Path::to_owned).unwrap_or_default();
        Ok(config)
    }

    /// The same configuration for taking over other engines' contacts in one directory. Its text says so, too: results
    /// that were worked out with it hold for nothing else.
    pub(crate) fn adopting(mut self, connector: &str, by_address: bool) -> Self {
        let adopt = if by_address { Adopt::Also(ByAddress::ByAddress) } else { Adopt::Proved(true) };
        if let Some(connector) = self.connector.get_mut(connector) {
            connector.adopt = adopt;
        }
        self.text.push_str(&format!("\n# adopting in {connector}: {adopt:?}"));
        self
    }

    /// A path of the file, from its own folder on.
    pub(crate) fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}
