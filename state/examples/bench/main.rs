//! What the store on disk costs: `cargo run --release -p madrigal-state --example bench -- 100000 [page] [folder]`.
//!
//! Loads people as a first import does, syncs them, exports them, then does what a delta of 100 does, and beside it
//! writes the same octets with plain multi-row inserts. Only the store's calls are counted, not the making of people.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a benchmark stops at the first thing that is not as it says"
)]

mod people;
mod raw;

use std::future::Future;
use std::path::Path;
use std::time::{Duration, Instant};

use madrigal_model::{ConnectorId, Timestamp, Unconfirmed, UnconfirmedState, Watermark};
use madrigal_state::{
    ExportBegun, ImportCommit, Lease, ObjectWrite, ReceiptWrite, RunId, SqliteStore, Store, SyncCommit,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn now() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000)
}

struct Bench {
    store: SqliteStore,
    lease: Lease,
    source: ConnectorId,
    target: ConnectorId,
    run: RunId,
    watermark: Option<Watermark>,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: u64| arguments.next().map_or(default, |n| n.parse().unwrap());
    let (people, page) = (number(100_000), number(5_000));
    let folder = std::env::args().nth(3).map_or_else(std::env::temp_dir, Into::into);
    let folder = tempfile::tempdir_in(folder).unwrap();
    let path = folder.path().join("state.db");
    println!("{people} people, {page} a page");

    let raw = raw::insert(&folder.path().join("raw.db"), people, page).await;
    row("raw sqlx inserts of the same objects", people, raw);

    let mut bench = Bench::open(&path).await;
    let import = bench.import_all(people, page).await;
    let sync = bench.sync_all(page).await;
    let (optimize, ()) = timed(async { bench.store.optimize().await.unwrap() }).await;
    println!("load in all: {:.2} s, {}", (import + sync + optimize).as_secs_f64(), size(&path, people));
    bench.read_all(people).await;
    bench.export_all(people, page).await;
    timed_row("optimize", 1, async { bench.store.optimize().await.unwrap() }).await;
    println!("with what was exported and its audit log: {}", size(&path, people));
    bench.store.close().await;

    let (opening, bench) = timed(Bench::open(&path)).await;
    row("open", 1, opening);
    let mut bench = bench;
    bench.delta(people, 1, "delta of 100, just opened").await;
    let mut warm = Vec::new();
    for round in 2..12 {
        warm.push(bench.delta(people, round, "").await);
    }
    warm.sort();
    row("delta of 100, median of 10", 100, warm[5]);
    row("delta of 100, slowest of 10", 100, warm[9]);
    timed_row("mark all dirty", people, async { bench.store.mark_all_dirty(&bench.lease).await.unwrap() })
        .await;
    let peak = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", peak.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default());
}

async fn timed<T>(work: impl Future<Output = T>) -> (Duration, T) {
    let begin = Instant::now();
    let done = work.await;
    (begin.elapsed(), done)
}

async fn timed_row<T>(what: &str, count: u64, work: impl Future<Output = T>) -> T {
    let (time, done) = timed(work).await;
    row(what, count, time);
    done
}

fn row(what: &str, count: u64, time: Duration) {
    let per_second = count as f64 / time.as_secs_f64();
    println!("{what:<45} {:>10.2} ms {per_second:>12.0}/s", time.as_secs_f64() * 1000.0);
}

fn size(path: &Path, people: u64) -> String {
    let octets = std::fs::metadata(path).unwrap().len();
    format!("{} MB on disk, {} octets a person", octets >> 20, octets / people)
}

impl Bench {
    async fn open(path: &Path) -> Self {
        let store = SqliteStore::open(path).await.unwrap();
        let lease = store.take_lease("bench", now(), 3600).await.unwrap();
        let source = store.connector(&lease, "abc").await.unwrap();
        let target = store.connector(&lease, "xyz").await.unwrap();
        let run = store.begin_run(&lease, "run", "bench", now()).await.unwrap();
        let watermark = store.connectors().await.unwrap()[0].watermark.clone();
        Self { store, lease, source, target, run, watermark }
    }

    async fn import(&mut self, objects: Vec<ObjectWrite>) -> Duration {
        let mark = self.watermark.as_ref().map_or(0, |watermark| watermark.read_with + 1);
        let to = Watermark { mark: b"cookie".to_vec(), read_with: mark };
        // A new object asks for those that wait for it; nobody does.
        let wake = objects.iter().map(|object| madrigal_model::IndexKey(object.keys[0].0 ^ 1)).collect();
        let commit = ImportCommit {
            connector: self.source,
            from: self.watermark.replace(to.clone()),
            to,
            objects,
            gone: vec![],
            blobs: vec![],
            walk_complete: false,
            full_complete: false,
            wake,
            at: now(),
        };
        timed(async { self.store.commit_import(&self.lease, commit).await.unwrap() }).await.0
    }

    async fn import_all(&mut self, people: u64, page: u64) -> Duration {
        let mut total = Duration::ZERO;
        let mut slowest = Duration::ZERO;
        for first in (0..people).step_by(page as usize) {
            let objects = (first..people.min(first + page)).map(|n| people::person(n, 0)).collect();
            let time = self.import(objects).await;
            slowest = slowest.max(time);
            total += time;
        }
        row("import", people, total);
        row("  its slowest page", page, slowest);
        total
    }

    /// Takes what is dirty and writes what a first sync writes.
    async fn sync_all(&mut self, page: u64) -> Duration {
        let (mut listing, mut reading, mut asking, mut writing) = Default::default();
        let mut synced = 0;
        loop {
            let (time, dirty) = timed(self.store.dirty(now(), page as u32)).await;
            listing += time;
            let dirty = dirty.unwrap();
            if dirty.objects.is_empty() {
                break;
            }
            let (time, objects) = timed(self.store.objects(&dirty.objects)).await;
            reading += time;
            let first = synced;
            synced += dirty.objects.len() as u64;
            let keys: Vec<_> = (first..synced).flat_map(|n| (0..4).map(move |k| people::key(n, k))).collect();
            let (time, owners) = timed(self.store.owners(&keys)).await;
            asking += time;
            assert_eq!(owners.unwrap().len(), keys.len());
            let objects = objects.unwrap();
            let identities = (first..synced).zip(&objects).map(|(n, object)| {
                let entry = &object.as_ref().unwrap().object.entry;
                let plan = people::plan(n, entry, self.target, self.source);
                people::identity(n, self.target, self.source, Some(plan))
            });
            let commit = SyncCommit {
                identities: identities.collect(),
                links: dirty.objects.iter().cloned().zip((first..synced).map(people::link)).collect(),
                objects_done: dirty.objects,
                ..SyncCommit::default()
            };
            let (time, done) = timed(self.store.commit_sync(&self.lease, commit)).await;
            done.unwrap();
            writing += time;
        }
        row("sync: list what is dirty", synced, listing);
        row("sync: read objects", synced, reading);
        row("sync: owners of 4 keys each", 4 * synced, asking);
        row("sync: write", synced, writing);
        listing + reading + asking + writing
    }

    async fn read_all(&self, people: u64) {
        let keys: Vec<_> = (0..1000).map(|n| people::key(n * 7919 % people, n % 8)).collect();
        timed_row("owners of 1,000 keys", 1000, async { self.store.owners(&keys).await.unwrap() }).await;
        timed_row("digests", people, async { self.store.digests(self.source).await.unwrap() }).await;
        let scanned = timed_row("scan, 10,000 a page", people, async {
            let (mut after, mut scanned) = (None, 0);
            loop {
                let page = self.store.scan_objects(self.source, after.as_ref(), 10_000).await.unwrap();
                let Some(last) = page.last() else { break scanned };
                after = Some(last.object.key.anchor.clone());
                scanned += page.len() as u64;
            }
        });
        assert_eq!(scanned.await, people);
        timed_row("connectors", 1, async { self.store.connectors().await.unwrap() }).await;
    }

    async fn export_all(&self, people: u64, page: u64) {
        let (mut listing, mut beginning, mut recording) = Default::default();
        let (mut after, mut exported) = (None, 0);
        loop {
            let (time, pending) = timed(self.store.pending(self.target, after, page as u32)).await;
            listing += time;
            let pending = pending.unwrap();
            let Some(last) = pending.last() else { break };
            after = Some(last.export.identity);
            exported += pending.len() as u64;
            let receipts = pending.iter().map(|record| ReceiptWrite {
                identity: record.export.identity,
                connector: self.target,
                state: Some(UnconfirmedState::Accepted),
                anchor: Some(madrigal_model::Anchor::new(&record.export.identity.to_bytes())),
                problem: None,
            });
            let receipts = receipts.collect();
            let begun = pending.into_iter().map(|record| ExportBegun {
                identity: record.export.identity,
                connector: self.target,
                baseline: madrigal_model::Entry::from_values(
                    record.export.changes.iter().map(|change| (change.attribute, change.new.clone())),
                ),
                dn: record.export.dn.clone(),
                unconfirmed: Unconfirmed {
                    export: record.export,
                    run: self.run.0,
                    at: now(),
                    since: now(),
                    imports_complete: 1,
                    state: UnconfirmedState::Begun,
                    before: None,
                },
                hold: None,
            });
            let begun = begun.collect();
            let (time, done) = timed(self.store.begin_export(&self.lease, self.run, begun, now())).await;
            done.unwrap();
            beginning += time;
            let (time, done) =
                timed(self.store.record_receipts(&self.lease, self.run, receipts, now())).await;
            done.unwrap();
            recording += time;
        }
        assert_eq!(exported, people);
        row("export: list what is pending", exported, listing);
        row("export: begin", exported, beginning);
        row("export: receipts", exported, recording);
    }

    /// What the store does for 100 changes, from the import to what is planned.
    async fn delta(&mut self, people: u64, round: u32, what: &str) -> Duration {
        let numbers: Vec<u64> = (0..100).map(|n| (n * 104_729 + u64::from(round) * 31) % people).collect();
        let objects = numbers.iter().map(|n| people::person(*n, round)).collect();
        let mut total = self.import(objects).await;
        let begin = Instant::now();
        let dirty = self.store.dirty(now(), 1000).await.unwrap();
        let objects = self.store.objects(&dirty.objects).await.unwrap();
        assert_eq!(objects.len(), numbers.len());
        let ids: Vec<_> =
            objects.iter().flatten().filter_map(|found| Some(found.object.link.as_ref()?.identity)).collect();
        let identities = self.store.identities(&ids).await.unwrap();
        assert!(identities.iter().all(Option::is_some));
        let keys: Vec<_> = numbers.iter().flat_map(|n| (0..4).map(move |k| people::key(*n, k))).collect();
        self.store.owners(&keys).await.unwrap();
        total += begin.elapsed();
        let mut numbers = numbers;
        numbers.sort_unstable();
        let identities = numbers.iter().map(|n| {
            let object = people::person(*n, round);
            let plan = people::plan(*n, &object.entry, self.target, self.source);
            people::identity(*n, self.target, self.source, Some(plan))
        });
        let commit = SyncCommit {
            identities: identities.collect(),
            objects_done: dirty.objects,
            ..SyncCommit::default()
        };
        let (time, done) = timed(self.store.commit_sync(&self.lease, commit)).await;
        done.unwrap();
        total += time;
        if !what.is_empty() {
            row(what, 100, total);
        }
        total
    }
}
