//! What the store on disk does when the disk, the file or the process fails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests stop at the first thing that is not as they say"
)]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use madrigal_model::{
    Anchor, AttributeName, ConnectorId, DistinguishedName, Entry, Identity, IdentityId, IndexKey, KeyOwner,
    Link, LinkKind, ObjectKey, Timestamp, Watermark,
};
use madrigal_state::{
    IdentityWrite, ImportCommit, Lease, ObjectWrite, SqliteStore, Store, StoreError, SyncCommit,
};
use tempfile::TempDir;

const PAGE: u32 = 40;

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn anchor(n: u32) -> Anchor {
    Anchor::new(&IdentityId::projected_by("anchor", &n.to_be_bytes()).to_bytes())
}

fn person(n: u32) -> ObjectWrite {
    let name = |name: &str| AttributeName::intern(name).unwrap();
    let entry = Entry::from_values([
        (name("cn"), [format!("Person {n}")]),
        (name("description"), ["x".repeat(600)]),
        (name("mail"), [format!("p{n}@abc.example")]),
    ]);
    ObjectWrite {
        anchor: anchor(n),
        dn: DistinguishedName::from_directory(&format!("CN=Person {n},DC=abc")),
        digest: Some(entry.digest()),
        entry,
        keys: (0..4).map(|k| IndexKey(i64::from(n * 4 + k))).collect(),
        quiet: false,
    }
}

fn page(connector: ConnectorId, number: u32) -> ImportCommit {
    let mark = |n: u32| Watermark { mark: n.to_be_bytes().to_vec(), read_with: 0 };
    ImportCommit {
        connector,
        from: number.checked_sub(1).map(mark),
        to: mark(number),
        objects: (number * PAGE..(number + 1) * PAGE).map(person).collect(),
        gone: vec![],
        blobs: vec![],
        walk_complete: false,
        full_complete: false,
        wake: vec![],
        at: time(0),
    }
}

/// Each object of the page linked to an identity of its own.
fn sync_of(connector: ConnectorId, number: u32) -> SyncCommit {
    let numbers = || number * PAGE..(number + 1) * PAGE;
    let id = |n: u32| IdentityId::projected_by("abc", &n.to_be_bytes());
    let key = |n: u32| ObjectKey::new(connector, anchor(n));
    let link = |n| Link { identity: id(n), kind: LinkKind::Projected, because: "rule".into() };
    SyncCommit {
        objects_done: numbers().map(key).collect(),
        links: numbers().map(|n| (key(n), Some(link(n)))).collect(),
        identities: numbers()
            .map(|n| IdentityWrite { identity: Identity::new(id(n)), due: None, export_keys: vec![] })
            .collect(),
        ..SyncCommit::default()
    }
}

async fn open(path: &Path) -> (SqliteStore, Lease, ConnectorId) {
    let store = SqliteStore::open(path).await.unwrap();
    let lease = store.take_lease("test", time(0), 60).await.unwrap();
    let connector = store.connector(&lease, "abc").await.unwrap();
    (store, lease, connector)
}

/// A store of some pages, closed.
async fn stored(pages: u32) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let (store, lease, connector) = open(&path).await;
    for number in 0..pages {
        store.commit_import(&lease, page(connector, number)).await.unwrap();
        store.commit_sync(&lease, sync_of(connector, number)).await.unwrap();
    }
    store.optimize().await.unwrap();
    store.close().await;
    (folder, path)
}

/// Every page that the watermark says is there is there whole; nothing else is. Gives the number of pages.
async fn check(store: &SqliteStore) -> Result<u32, StoreError> {
    let status = store.connectors().await?.remove(0);
    let pages = status.watermark.map_or(0, |mark| u32::from_be_bytes(mark.mark.try_into().unwrap()) + 1);
    let digests = store.digests(status.id).await?;
    assert_eq!((digests.len() as u32, status.objects as u32), (pages * PAGE, pages * PAGE));
    let keys: Vec<_> = (0..pages * PAGE).map(|n| ObjectKey::new(status.id, anchor(n))).collect();
    let objects = store.objects(&keys).await?;
    let dirty = store.dirty(time(0), u32::MAX).await?;
    for (n, object) in (0..).zip(objects) {
        let object = object.unwrap().object;
        let person = person(n);
        assert_eq!((object.entry, object.dn), (person.entry, person.dn));
        assert_eq!(Some(digests[&object.key.anchor]), person.digest);
        assert_eq!(
            object.link.is_none(),
            dirty.objects.contains(&object.key),
            "linked and clean go together"
        );
        if let Some(link) = object.link {
            let identity = store.identities(&[link.identity]).await?.remove(0).unwrap();
            assert_eq!(identity.links, [object.key]);
        }
    }
    let asked: Vec<_> = (0..(pages + 1) * PAGE * 4).map(|key| IndexKey(i64::from(key))).collect();
    let owners = store.owners(&asked).await?;
    for key in &asked {
        let wanted = keys.get(key.0 as usize / 4).map(|object| vec![KeyOwner::Object(object.clone())]);
        assert_eq!(owners.get(key), wanted.as_ref(), "{key:?}");
    }
    Ok(pages)
}

#[tokio::test]
async fn files_that_are_no_store_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let refused = async |what: &str, code: &str, says: &str| {
        for read_only in [false, true] {
            let opened = match read_only {
                false => SqliteStore::open(&path).await,
                true => SqliteStore::open_read_only(&path).await,
            };
            let error = opened.expect_err(what);
            assert_eq!(error.code(), code, "{what}: {error}");
            assert!(error.to_string().contains(says), "{what}: {error}");
        }
    };
    fs::write(&path, "").unwrap();
    refused("an empty file", "MDR-S004", "empty").await;
    fs::write(&path, "[connector.abc]\n").unwrap();
    refused("a text", "MDR-S002", "no SQLite database").await;
    fs::write(&path, vec![0; 100_000]).unwrap();
    refused("zeros", "MDR-S002", "no SQLite database").await;
    fs::write(&path, b"SQLite format 3\0").unwrap();
    refused("a header cut off", "MDR-S004", "cut off").await;
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    refused("a folder", "MDR-S001", "no file").await;

    let (_folder, store) = stored(2).await;
    let whole = fs::read(&store).unwrap();
    fs::remove_dir(&path).unwrap();
    for length in [whole.len() - 1, whole.len() / 2, 16_384, 200] {
        fs::write(&path, &whole[..length]).unwrap();
        refused("a store cut off", "MDR-S004", "damaged").await;
    }
    let mut other = whole.clone();
    other[68..72].copy_from_slice(&7u32.to_be_bytes());
    fs::write(&path, &other).unwrap();
    refused("another program's database", "MDR-S002", "another program's").await;
    let missing = SqliteStore::open_read_only(folder.path().join("none")).await.unwrap_err();
    assert!(missing.to_string().contains("no such file"), "{missing}");
    let nowhere = SqliteStore::open(folder.path().join("no/such/folder")).await.unwrap_err();
    assert!(nowhere.to_string().contains("make the folder first"), "{nowhere}");
}

#[tokio::test]
async fn a_newer_store_is_refused() {
    let (_folder, path) = stored(1).await;
    let pool = sqlx::SqlitePool::connect(path.to_str().unwrap()).await.unwrap();
    sqlx::query(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (99, 'later', \
         1, x'00', 0)",
    )
    .execute(&pool)
    .await
    .unwrap();
    pool.close().await;
    match SqliteStore::open(&path).await {
        Err(StoreError::Newer { found: 99, supported: 6, .. }) => {}
        other => panic!("{other:?}"),
    }
}

/// A store as the version before left it.
#[tokio::test]
async fn an_older_store_is_brought_to_this_version() {
    let (_folder, path) = stored(1).await;
    let pool = sqlx::SqlitePool::connect(path.to_str().unwrap()).await.unwrap();
    for statement in [
        "delete from _sqlx_migrations where version >= 5",
        "alter table dirty_object drop column quiet",
        "insert into dirty_object (id) select min(id) from object",
        "alter table connector drop column contacts",
        "create index link_provisioned on link (object) where provisioned = 1",
        "delete from link",
        "insert into link (object, provisioned, packed) values ((1 << 32) + 7, 1, x''), ((1 << 32) + 8, 0, x''), \
         ((2 << 32) + 1, 1, x'')",
    ] {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    pool.close().await;
    match SqliteStore::open_read_only(&path).await {
        Err(error @ StoreError::Older { found: 4, supported: 6, .. }) => assert_eq!(error.code(), "MDR-S009"),
        other => panic!("{other:?}"),
    }
    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(store.connectors().await.unwrap()[0].provisioned, 1);
    let dirty = store.dirty(time(0), u32::MAX).await.unwrap();
    assert_eq!((dirty.objects.len(), dirty.quiet.len()), (1, 0), "what waited waits as it did");
    drop(store);
    SqliteStore::open_read_only(&path).await.unwrap();
}

#[tokio::test]
async fn the_file_belongs_to_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let (store, lease, connector) = open(&path).await;
    store.commit_import(&lease, page(connector, 0)).await.unwrap();
    for file in fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }
}

#[tokio::test]
async fn one_may_look_on_while_another_writes() {
    let (_folder, path) = stored(1).await;
    let (store, lease, connector) = open(&path).await;
    let beside = SqliteStore::open_read_only(&path).await.unwrap();
    for number in 1..4 {
        store.commit_import(&lease, page(connector, number)).await.unwrap();
        assert_eq!(check(&beside).await.unwrap(), number + 1);
    }
    let refused = beside.take_lease("looker", time(99), 1).await.unwrap_err();
    assert!(refused.to_string().contains("read only"), "{refused}");
}

#[tokio::test]
async fn an_engine_that_took_over_and_gave_back_is_noticed() {
    let (_folder, path) = stored(1).await;
    let (first, lease, connector) = open(&path).await;
    first.commit_import(&lease, page(connector, 1)).await.unwrap();
    let second = SqliteStore::open(&path).await.unwrap();
    assert_eq!(check(&second).await.unwrap(), 2);
    let taken = second.take_lease("second", time(61), 60).await.unwrap();
    second.commit_import(&taken, page(connector, 2)).await.unwrap();
    let lost = first.commit_import(&lease, page(connector, 2)).await;
    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    let lease = first.take_lease("test", time(200), 60).await.unwrap();
    assert_eq!(check(&first).await.unwrap(), 3);
    first.commit_import(&lease, page(connector, 3)).await.unwrap();
    let lost = second.renew_lease(&taken, time(201), 60).await;
    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    assert_eq!(check(&second).await.unwrap(), 4, "who lost the lease reads anew");
}

/// A full disk: a small one, where the test may mount it.
#[tokio::test]
async fn a_full_disk_keeps_whole_steps() {
    let Some(disk) = SmallDisk::mount(2) else { return };
    let path = disk.folder.path().join("state.db");
    let (store, lease, connector) = open(&path).await;
    let mut kept = 0;
    let error = loop {
        match store.commit_import(&lease, page(connector, kept)).await {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 1000);
    };
    assert_eq!(error.code(), "MDR-S001");
    assert!(error.to_string().contains("disk"), "{error}");
    assert_eq!(check(&store).await.unwrap(), kept);
    let again = store.commit_import(&lease, page(connector, kept)).await.unwrap_err();
    assert!(again.to_string().contains("disk"), "said as often as it is so: {again}");
    disk.grow(8);
    store.commit_import(&lease, page(connector, kept)).await.unwrap();
    kept += 1;
    assert_eq!(check(&store).await.unwrap(), kept);
    store.close().await;
    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(check(&store).await.unwrap(), kept);
}

/// A store that there is no room for is not left half made.
#[tokio::test]
async fn a_disk_too_small_for_a_new_store() {
    for kilobytes in [300, 500, 700, 900, 1100] {
        let Some(disk) = SmallDisk::mount_kilobytes(kilobytes) else { return };
        let path = disk.folder.path().join("state.db");
        if let Err(error) = SqliteStore::open(&path).await {
            assert_eq!(error.code(), "MDR-S001", "{kilobytes}: {error}");
            assert!(error.to_string().contains("disk"), "{kilobytes}: {error}");
            let left: Vec<_> = std::fs::read_dir(disk.folder.path()).unwrap().collect();
            assert!(left.is_empty(), "{kilobytes}: {left:?}");
        }
        disk.grow(8);
        SqliteStore::open(&path).await.unwrap().close().await;
    }
}

/// A file system of a few megabytes; none where it may not be made.
struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    fn mount(megabytes: u32) -> Option<Self> {
        Self::mount_kilobytes(megabytes * 1024)
    }

    fn mount_kilobytes(kilobytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={kilobytes}k");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "none"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then_some(Self { folder })
    }

    fn grow(&self, megabytes: u32) {
        let options = format!("remount,size={megabytes}m");
        let status = Command::new("mount").args(["-o", &options]).arg(self.folder.path()).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).status();
    }
}

/// One bit of the file is turned, all over it: reading gives an error or what was written, never something else.
#[tokio::test]
async fn turned_bits_are_seen_or_do_no_harm() {
    let (_folder, path) = stored(6).await;
    let whole = fs::read(&path).unwrap();
    let mut seen = 0;
    let places = 50;
    for place in 0..places {
        let at = (place * 2_654_435_761usize + 12_345) % whole.len();
        let mut damaged = whole.clone();
        damaged[at] ^= 1 << (place % 8);
        fs::write(&path, &damaged).unwrap();
        let looked = match SqliteStore::open_read_only(&path).await {
            Ok(store) => check(&store).await.map(|pages| assert_eq!(pages, 6)),
            Err(error) => Err(error),
        };
        match looked {
            Ok(()) => {}
            Err(error) => {
                seen += 1;
                let code = error.code();
                assert!(["MDR-S001", "MDR-S002", "MDR-S004"].contains(&code), "octet {at}: {error}");
            }
        }
    }
    // Much of a small store is unused space.
    assert!(seen > places / 6, "{seen} of {places} turned bits were seen");
}

/// The child of the next test: commits until it is killed, and says what was kept.
#[tokio::test]
#[ignore = "runs only as a child process, to be killed"]
async fn child_that_commits() {
    let path = std::env::var_os("MADRIGAL_TEST_STORE").unwrap();
    let (store, lease, connector) = open(Path::new(&path)).await;
    let first = check(&store).await.unwrap();
    for number in first.. {
        store.commit_import(&lease, page(connector, number)).await.unwrap();
        println!("\nkept {number}");
        store.commit_sync(&lease, sync_of(connector, number)).await.unwrap();
        if number % 5 == 0 {
            store.optimize().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_killed_process_leaves_whole_steps() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let mut before = 0;
    for round in 0..9u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_that_commits", "--ignored", "--nocapture"])
            .env("MADRIGAL_TEST_STORE", &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        // The first round is killed while the store is made; the others somewhere in their commits.
        if round > 0 {
            let mut line = String::new();
            while !line.starts_with("kept") {
                line.clear();
                assert!(output.read_line(&mut line).unwrap() > 0, "the child ended by itself");
            }
        }
        std::thread::sleep(Duration::from_millis(round * 37 % 90));
        child.kill().unwrap();
        child.wait().unwrap();
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
        let told = rest.lines().filter_map(|line| line.strip_prefix("kept ")?.parse::<u32>().ok()).max();
        if round == 0 && !path.exists() {
            continue;
        }
        let (store, ..) = open(&path).await;
        let pages = check(&store).await.unwrap();
        assert!(pages >= before && told.is_none_or(|told| pages > told), "{pages} pages, told {told:?}");
        before = pages;
        store.close().await;
    }
    assert!(before > 10, "{before} pages were committed in all");
}
