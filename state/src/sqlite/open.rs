//! Opens, makes and refuses store files.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Mutex as SyncMutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqlSafeStr as _};
use tokio::sync::Mutex;

use super::SqliteStore;
use super::cache::Cache;
use super::error::Place;
use crate::StoreError;

/// `MDRG`: tells a store from other programs' SQLite databases.
const APPLICATION_ID: u32 = 0x4d44_5247;
const APPLICATION_ID_AT: usize = 68;
const PAGE_SIZE: u32 = 16_384;
/// Stores up to this size are checked whole at each opening; it takes some 50 ms.
const CHECKED_WHOLE_UP_TO_BYTES: u64 = 32 << 20;
const READERS: u32 = 3;
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Statements differ by their number of rows, so several forms of each are kept prepared.
const PREPARED_STATEMENTS: usize = 256;

const MIGRATIONS: [(i64, &str, &str); 6] = [
    (1, "store", include_str!("../../migrations/sqlite/0001_store.sql")),
    (2, "audit_chain", include_str!("../../migrations/sqlite/0002_audit_chain.sql")),
    (3, "holds", include_str!("../../migrations/sqlite/0003_holds.sql")),
    (4, "audit_place", include_str!("../../migrations/sqlite/0004_audit_place.sql")),
    (5, "contacts", include_str!("../../migrations/sqlite/0005_contacts.sql")),
    (6, "quiet", include_str!("../../migrations/sqlite/0006_quiet.sql")),
];

impl SqliteStore {
    /// Opens the store, or makes it where there is no file. The file belongs to its owner alone (mode 0600).
    ///
    /// # Errors
    /// [`StoreError::Foreign`], [`StoreError::Newer`] and [`StoreError::Corrupt`] for a file that is no good store of
    /// this version; [`StoreError::Unreachable`] where it cannot be made, read or written.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let place = Place(path.display().to_string());
        if !exists(path, &place)? {
            make(path, &place).await?;
        }
        check_header(path, &place)?;
        let mut writer = connect(path, &place, false).await?;
        let found = check_version(&mut writer, &place).await?;
        check_pages(&mut writer, path, &place).await?;
        if found < newest_version() {
            migrate(path, &place).await?;
        }
        Self::with_writer(writer, path, place, false).await
    }

    /// Opens a store that is there, to look at it beside a running engine. Every method that writes fails.
    ///
    /// # Errors
    /// As [`Self::open`]; [`StoreError::Unreachable`] where there is no file, and [`StoreError::Older`] for a store of an
    /// earlier version, which an engine that still runs may need as it is.
    pub async fn open_read_only(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let place = Place(path.display().to_string());
        if !exists(path, &place)? {
            let reason = "there is no such file: nothing was run with this configuration yet".to_owned();
            return Err(place.unreachable("opening", reason));
        }
        check_header(path, &place)?;
        let mut writer = connect(path, &place, true).await?;
        let found = check_version(&mut writer, &place).await?;
        if found < newest_version() {
            return Err(StoreError::Older { place: place.0, found, supported: newest_version() });
        }
        check_pages(&mut writer, path, &place).await?;
        Self::with_writer(writer, path, place, true).await
    }

    async fn with_writer(
        mut writer: SqliteConnection,
        path: &Path,
        place: Place,
        read_only: bool,
    ) -> Result<Self, StoreError> {
        let readers = SqlitePoolOptions::new()
            .min_connections(0)
            .max_connections(READERS)
            .test_before_acquire(false)
            .connect_lazy_with(options(path, true));
        let cache = Cache::load(&mut writer, &place).await?;
        let writer = Mutex::new(writer);
        let holds = AtomicBool::new(false);
        let (cache, path) = (SyncMutex::new(cache), path.to_owned());
        Ok(Self { writer, readers, cache, place, path, read_only, holds })
    }
}

fn options(path: &Path, read_only: bool) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .statement_cache_capacity(PREPARED_STATEMENTS)
        .pragma("cell_size_check", "on")
        .disable_statement_logging();
    if read_only {
        return options.read_only(true).pragma("cache_size", "-8000");
    }
    options
        .page_size(PAGE_SIZE)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .pragma("cache_size", "-64000")
        .pragma("wal_autocheckpoint", "2000")
        .pragma("journal_size_limit", "67108864")
        .pragma("temp_store", "memory")
}

pub(super) async fn connect(
    path: &Path,
    place: &Place,
    read_only: bool,
) -> Result<SqliteConnection, StoreError> {
    options(path, read_only).connect().await.map_err(|error| place.failed("opening the store", error))
}

fn exists(path: &Path, place: &Place) -> Result<bool, StoreError> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(true),
        Ok(_) => Err(place.unreachable("opening", "it is no file: name the store's file".to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(io_failed(place, "opening", &error)),
    }
}

fn io_failed(place: &Place, doing: &str, error: &std::io::Error) -> StoreError {
    let advice = match error.kind() {
        ErrorKind::NotFound => ": make the folder first",
        ErrorKind::PermissionDenied => ": give the account that runs Madrigal the right to it",
        ErrorKind::ReadOnlyFilesystem => ": name a place that can be written to",
        ErrorKind::StorageFull => ": make room on the disk",
        _ => "",
    };
    place.unreachable(doing, format!("{error}{advice}"))
}

/// Makes the store beside its place and puts it there when it is whole: whatever stops this program, a file at the
/// store's place is a store.
async fn make(path: &Path, place: &Place) -> Result<(), StoreError> {
    let draft = Draft::beside(path, place)?;
    let mut connection = connect(&draft.path, place, false).await?;
    let mark = sqlx::AssertSqlSafe(format!("pragma application_id = {APPLICATION_ID}"));
    let marked = sqlx::raw_sql(mark).execute(&mut connection).await;
    marked.map_err(|error| place.failed("making the store", error))?;
    connection.close().await.map_err(|error| place.failed("making the store", error))?;
    migrate(&draft.path, place).await?;
    // SQLite says nothing where the disk has no room for what its log holds.
    if has_log(&draft.path) || check_header(&draft.path, place).is_err() {
        let reason = "not all of it could be written: make room on the disk and run again".to_owned();
        return Err(place.unreachable("making", reason));
    }
    // A link, not a rename: it does not replace what another engine made meanwhile.
    match std::fs::hard_link(&draft.path, path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        // Not every file system has links.
        Err(_) => std::fs::rename(&draft.path, path).map_err(|error| io_failed(place, "making", &error)),
    }
}

/// A file that is taken away again, with what SQLite puts beside it.
struct Draft {
    path: PathBuf,
}

impl Draft {
    fn beside(path: &Path, place: &Place) -> Result<Self, StoreError> {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".new-{}", std::process::id()));
        let draft = Self { path: name.into() };
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&draft.path).map_err(|error| io_failed(place, "making", &error))?;
        Ok(draft)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            let mut name = self.path.as_os_str().to_owned();
            name.push(suffix);
            // It is only a draft: what cannot be taken away does no harm.
            let _ = std::fs::remove_file(name);
        }
    }
}

/// Whether changes stand in a log beside the file.
fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

/// Looks at the file before SQLite does, which would take a foreign database for its own.
fn check_header(path: &Path, place: &Place) -> Result<(), StoreError> {
    let mut header = Vec::with_capacity(100);
    let file = File::open(path).map_err(|error| io_failed(place, "opening", &error))?;
    let length = file.metadata().map_err(|error| io_failed(place, "opening", &error))?.len();
    file.take(100).read_to_end(&mut header).map_err(|error| io_failed(place, "opening", &error))?;
    if header.is_empty() {
        return Err(place.corrupt("it is empty, so it was cut off"));
    }
    if !header.starts_with(b"SQLite format 3\0") {
        let reason = "it is no SQLite database; name another file, or move this one away".to_owned();
        return Err(StoreError::Foreign { place: place.0.clone(), reason });
    }
    let number = |at: usize| -> u32 {
        let octets = header.get(at..at + 4).and_then(|octets| octets.try_into().ok());
        octets.map_or(0, u32::from_be_bytes)
    };
    if header.len() < 100 {
        return Err(place.corrupt("its first page is cut off"));
    }
    if number(APPLICATION_ID_AT) != APPLICATION_ID {
        let reason = "it is another program's SQLite database; name another file".to_owned();
        return Err(StoreError::Foreign { place: place.0.clone(), reason });
    }
    let pages = u64::from(number(28));
    // With a log beside it, the log has the last word.
    if !has_log(path) && length < pages * u64::from(PAGE_SIZE) {
        let what = format!("it has {length} bytes and should have {}", pages * u64::from(PAGE_SIZE));
        return Err(place.corrupt(&what));
    }
    Ok(())
}

fn newest_version() -> i64 {
    MIGRATIONS.iter().map(|(version, ..)| *version).max().unwrap_or(0)
}

/// The version of the store; a newer one is refused.
async fn check_version(connection: &mut SqliteConnection, place: &Place) -> Result<i64, StoreError> {
    let found = sqlx::query("select max(version) from _sqlx_migrations")
        .fetch_one(connection)
        .await
        .and_then(|row| row.try_get::<Option<i64>, _>(0))
        .map_err(|error| match &error {
            sqlx::Error::Database(cause) if cause.message().contains("no such table") => {
                place.corrupt("its table of versions is missing")
            }
            _ => place.failed("opening the store", error),
        })?;
    let supported = newest_version();
    match found {
        Some(found) if found > supported => {
            Err(StoreError::Newer { place: place.0.clone(), found, supported })
        }
        Some(found) => Ok(found),
        None => Err(place.corrupt("its table of versions is empty")),
    }
}

/// Lets SQLite check a small store's pages. A large one is not read through at each opening: its rows' checksums are
/// checked as they are read.
async fn check_pages(
    connection: &mut SqliteConnection,
    path: &Path,
    place: &Place,
) -> Result<(), StoreError> {
    if std::fs::metadata(path).is_ok_and(|file| file.len() > CHECKED_WHOLE_UP_TO_BYTES) {
        return Ok(());
    }
    let found = sqlx::query("pragma quick_check(1)")
        .fetch_one(connection)
        .await
        .and_then(|row| row.try_get::<String, _>(0))
        .map_err(|error| place.failed("checking the store", error))?;
    if found == "ok" {
        Ok(())
    } else {
        Err(place.corrupt(&format!("SQLite finds its pages damaged ({found})")))
    }
}

/// Brings the schema to this version.
async fn migrate(path: &Path, place: &Place) -> Result<(), StoreError> {
    let migrations = MIGRATIONS.map(|(version, name, sql)| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    let pool = SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options(path, false));
    let migrated = Migrator::with_migrations(migrations.to_vec()).run(&pool).await;
    pool.close().await;
    migrated.map_err(|error| match error {
        sqlx::migrate::MigrateError::Execute(error)
        | sqlx::migrate::MigrateError::ExecuteMigration(error, _) => {
            place.failed("bringing the store to this version", error)
        }
        error => place.corrupt(&format!("its table of versions does not fit this program ({error})")),
    })
}
