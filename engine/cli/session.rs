//! One command's hold on a store and its connectors.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use madrigal_mappings::nearest;
use madrigal_model::{AttributeName, ConnectorId, ContentHash, Timestamp};
use madrigal_run::{Engine, EngineOptions, RunError};
use madrigal_state::{Lease, SqliteStore, Store, StoreError};

use crate::assemble;
use crate::config::{Config, Mode};
use crate::error::CommandError;
use crate::output::report;
use crate::plans::Bound;

/// An engine, the store under it and the lock on the store's file.
pub(crate) struct Session {
    pub engine: Engine,
    pub config: Config,
    /// What a plan of this session is bound to.
    pub bound: Bound,
    store: Arc<SqliteStore>,
    /// Held while the session lives: another engine on this machine waits or fails at once.
    _lock: File,
}

impl Session {
    /// Fails where no run has this number.
    pub(crate) async fn require_run(&self, run: u64) -> Result<(), CommandError> {
        let newest = self.engine.store().runs(1).await?.first().map_or(0, |newest| newest.id.0);
        if (1..=newest).contains(&run) { Ok(()) } else { Err(CommandError::NoRun { run, newest }) }
    }

    /// Ends the run as one that failed, and closes: the error to give, or the store's where that fails too.
    pub(crate) async fn failed(self, error: RunError, at: Timestamp) -> CommandError {
        let ended = match self.engine.end_run(&report::failed(&error), at).await {
            Ok(()) => self.close().await,
            Err(unwritten) => Err(unwritten.into()),
        };
        ended.err().unwrap_or_else(|| error.into())
    }

    /// Gives the lease back and closes the store, so that nothing is left beside its file.
    pub(crate) async fn close(self) -> Result<(), CommandError> {
        self.engine.close().await?;
        if let Some(store) = Arc::into_inner(self.store) {
            store.close().await;
        }
        Ok(())
    }
}

/// What the results in the store depend on: the configuration as it stands in the file, what was learned of the
/// directories' schemas, every rule file, and the program's own version.
fn bound(config: &Config, learned: &str) -> Result<Bound, CommandError> {
    let digest = |text: &str| ContentHash::of(text.as_bytes()).to_string();
    let shares = config.share.iter().map(|share| &share.rules);
    let names: BTreeSet<&String> =
        config.connector.values().map(|connector| &connector.rules).chain(shares).collect();
    let mut rules = BTreeMap::new();
    for name in names {
        let text = match madrigal_mappings::builtin(name) {
            Some(rules) => digest(rules),
            None => digest(&assemble::read_rules(config, name)?),
        };
        rules.insert(name.clone(), text);
    }
    let program = env!("CARGO_PKG_VERSION").to_owned();
    Ok(Bound { program, configuration: digest(&config.text), schemas: digest(learned), rules })
}

/// All of it as one number.
fn digest(bound: &Bound) -> u64 {
    let parts = [&bound.program, &bound.configuration, &bound.schemas].into_iter();
    let rules = bound.rules.iter().flat_map(|(name, rules)| [name, rules]);
    let text = parts.chain(rules).cloned().collect::<Vec<_>>().join("\n");
    (ContentHash::of(text.as_bytes()).0 & u128::from(u64::MAX)) as u64
}

/// The clock, in one place.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Who runs the command, for the audit log.
pub(crate) fn who() -> String {
    let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    variable("SUDO_USER")
        .or_else(|| variable("USER"))
        .or_else(|| variable("LOGNAME"))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// The limits that a directory has, those of `clears` apart, which name an attribute.
const LIMITS: [&str; 6] = ["adds", "updates", "deletes", "adopts", "source", "contacts"];

/// A limit that is let through is one of those that stop a plan: a slip would let through nothing, or be put down to
/// somebody who meant another one.
fn require_limit(config: &Config, named: &str) -> Result<(), CommandError> {
    let (connector, limit) = named.split_once('.').unwrap_or((named, ""));
    let attribute = limit.strip_prefix("clears.").unwrap_or_default();
    let is_known = LIMITS.contains(&limit) || AttributeName::known(attribute).is_some();
    if config.connector.contains_key(connector) && is_known {
        return Ok(());
    }
    let all = config.connector.keys().flat_map(|name| LIMITS.map(|limit| format!("{name}.{limit}")));
    let all: Vec<String> = all.collect();
    let near = nearest(named, all.iter().map(String::as_str));
    Err(CommandError::Value {
        place: format!("--accept-limit {named}"),
        reason: near.map_or_else(
            || "there is no such limit".to_owned(),
            |near| format!("there is no such limit; did you mean {near}?"),
        ),
        remedy: "Name the limit as the stop named it: CONNECTOR.deletes, .updates, .adds, .adopts, .source, .contacts, or .clears.ATTRIBUTE.".to_owned(),
    })
}

/// Opens the store for writing and everything that the configuration names.
pub(crate) async fn open(config_path: &Path, accepted_limits: &[String]) -> Result<Session, CommandError> {
    open_config(Config::read(config_path)?, accepted_limits).await
}

/// The same, for a configuration that was read.
pub(crate) async fn open_config(config: Config, accepted_limits: &[String]) -> Result<Session, CommandError> {
    let path = config.path(&config.store.path);
    open_at(config, &path, accepted_limits).await
}

/// The same, with the store at another place.
async fn open_at(config: Config, path: &Path, accepted_limits: &[String]) -> Result<Session, CommandError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|source| CommandError::File {
            doing: format!("making the store's folder {}", folder.display()),
            source,
        })?;
    }
    // Everything that can be wrong with the configuration is told before the store is touched.
    let numbered = config.connector.keys().zip(1..).map(|(name, number)| (name.clone(), ConnectorId(number)));
    assemble::topology(&config, &numbered.collect())?;
    accepted_limits.iter().try_for_each(|limit| require_limit(&config, limit))?;
    let lock = lock(path)?;
    let store = Arc::new(SqliteStore::open(path).await?);
    let lease = take_lease(store.as_ref()).await?;
    let mut ids = BTreeMap::new();
    for name in config.connector.keys() {
        ids.insert(name.clone(), store.connector(&lease, name).await?);
    }
    let mut topology = assemble::topology(&config, &ids)?;
    let lists = assemble::ldap::learn_address_lists(&config, &mut topology).await?;
    let learned = assemble::ldap::learn_lacking(&config, &mut topology).await? + &lists;
    let connectors = assemble::engine_connectors(&config, &ids, &topology)?;
    let staged = config.connector.iter().filter(|(_, connector)| connector.mode == Mode::Staging);
    let staged = staged.filter_map(|(name, _)| ids.get(name).copied());
    let options = EngineOptions {
        page_size: config.engine.page_size.max(1),
        sync_batch: config.engine.sync_batch.max(1),
        export_batch: config.engine.export_batch.max(1),
        large_value: config.engine.large_value,
        confirm_within_seconds: i64::from(config.engine.confirm_within_days) * 86_400,
        accepted_limits: accepted_limits.to_vec(),
        staged: staged.collect(),
        ..EngineOptions::default()
    };
    let mut engine = Engine::new(store.clone(), topology, connectors, options, lease);
    let bound = bound(&config, &learned)?;
    if engine.adopt_rules(digest(&bound), now()).await? {
        tracing::info!("configuration or rules are new: every object is looked at");
    }
    Ok(Session { engine, config, bound, store, _lock: lock })
}

/// Opens the store for reading, beside an engine that may be at work.
pub(crate) async fn open_for_reading(config_path: &Path) -> Result<(Config, SqliteStore), CommandError> {
    let config = Config::read(config_path)?;
    let path = config.path(&config.store.path);
    let store = SqliteStore::open_read_only(&path).await?;
    Ok((config, store))
}

/// Copies a store that nobody writes to meanwhile; one that does not exist is left so.
fn copy_store(from: &Path, to: &Path) -> Result<(), CommandError> {
    if !from.exists() {
        return Ok(());
    }
    let _lock = lock(from)?;
    for ending in ["", "-wal"] {
        let (mut from, mut to) = (from.to_owned(), to.to_owned());
        from.as_mut_os_string().push(ending);
        to.as_mut_os_string().push(ending);
        if from.exists() {
            std::fs::copy(&from, &to).map_err(|source| CommandError::File {
                doing: format!("copying the store to {}", to.display()),
                source,
            })?;
        }
    }
    Ok(())
}

/// A copy of the store to work on; it goes when this goes.
pub(crate) struct StoreCopy(PathBuf);

impl Drop for StoreCopy {
    fn drop(&mut self) {
        for ending in ["", "-wal", "-shm", ".lock"] {
            let mut path = self.0.clone();
            path.as_mut_os_string().push(ending);
            // What is not there needs no removing.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// The same on a copy of the store, named after the command: nothing that is done there is remembered.
pub(crate) async fn open_copy(
    config: Config,
    command: &str,
    accepted_limits: &[String],
) -> Result<(Session, StoreCopy), CommandError> {
    let path = config.path(&config.store.path);
    let copy = StoreCopy(path.with_extension(format!("{command}-{}", std::process::id())));
    copy_store(&path, &copy.0)?;
    let session = open_at(config, &copy.0, accepted_limits).await?;
    Ok((session, copy))
}

/// A lock that the system lets go of when the process ends, however it ends.
fn lock(store: &Path) -> Result<File, CommandError> {
    let mut path: PathBuf = store.to_owned();
    path.as_mut_os_string().push(".lock");
    let file = File::create(&path).map_err(|source| CommandError::File {
        doing: format!("locking the store with {}", path.display()),
        source,
    })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(StoreError::Busy {
            holder: format!("another madrigal on this machine (it holds {})", path.display()),
            until: now().plus_seconds(60),
        }
        .into()),
    }
}

/// Takes the lease. Whoever holds it on this machine is gone, for the file's lock is ours.
async fn take_lease(store: &dyn Store) -> Result<Lease, CommandError> {
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let host = host.trim();
    let holder = format!("madrigal on {host}, process {}", std::process::id());
    let seconds = EngineOptions::default().lease_seconds;
    match store.take_lease(&holder, now(), seconds).await {
        Err(StoreError::Busy { holder: other, until })
            if other.starts_with(&format!("madrigal on {host},")) =>
        {
            Ok(store.take_lease(&holder, until.plus_seconds(1), seconds).await?)
        }
        other => Ok(other?),
    }
}
