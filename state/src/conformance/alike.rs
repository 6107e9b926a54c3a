//! Random sequences of intents: the store on disk answers as the one in memory does, after each and after reopening.

use madrigal_model::{ChangeKind, IndexKey, LinkKind, UnconfirmedState};
use proptest::prelude::*;

use super::odd::everything;
use super::tests::{MemoryBed, memory_bed, sqlite_bed};
use super::world::{identity_write, link};
use super::{Bed, World, anchor, identity_id, object, plan, state_with, time};
use crate::{IdentityWrite, ImportCommit, ProblemSubject, ReceiptWrite, SyncCommit};

#[derive(Clone, Debug)]
enum Intent {
    Import { objects: Vec<(u32, u8, Vec<i64>)>, gone: Vec<u32>, wake: Vec<i64>, stale: bool },
    Sync(Sync),
    Begin(Vec<u32>),
    Receipts(Vec<(u32, Option<UnconfirmedState>)>),
    Problem(u32, bool),
    AllDirty,
    ForgetWatermark,
    EndRun,
    Optimize,
    Reopen,
}

/// Whether in the second connector, whether planned, its keys.
type State = (bool, bool, Vec<i64>);

#[derive(Clone, Debug)]
struct Sync {
    done: Vec<u32>,
    identities_done: Vec<u32>,
    links: Vec<(u32, Option<(u32, LinkKind)>)>,
    forgotten: Vec<u32>,
    identities: Vec<(u32, Option<i64>, Vec<State>)>,
    identities_forgotten: Vec<u32>,
    wake: Vec<i64>,
    wake_objects: Vec<u32>,
    wake_identities: Vec<u32>,
    problems: Vec<(u32, bool)>,
}

fn some<T: std::fmt::Debug>(of: impl Strategy<Value = T>, most: usize) -> impl Strategy<Value = Vec<T>> {
    prop::collection::vec(of, 0..=most)
}

fn intents() -> impl Strategy<Value = Vec<Intent>> {
    let n = || 0..12u32;
    let key = || 0..20i64;
    let kind = prop::sample::select(vec![LinkKind::Projected, LinkKind::Provisioned]);
    let state = prop::sample::select(vec![
        None,
        Some(UnconfirmedState::Begun),
        Some(UnconfirmedState::Accepted),
        Some(UnconfirmedState::Refused),
    ]);
    let import = (some((n(), any::<u8>(), some(key(), 4)), 6), some(n(), 3), some(key(), 2), 0..10u8);
    let import = import.prop_map(|(objects, gone, wake, stale)| Intent::Import {
        objects,
        gone,
        wake,
        stale: stale == 0,
    });
    let identity = (n(), prop::option::of(0..60i64), some((any::<bool>(), any::<bool>(), some(key(), 3)), 2));
    let sync = (
        (some(n(), 6), some(n(), 6), some((n(), prop::option::of((n(), kind))), 4), some(n(), 3)),
        (
            some(identity, 3),
            some(n(), 1),
            some(key(), 2),
            some(n(), 1),
            some(n(), 1),
            some((n(), any::<bool>()), 2),
        ),
    );
    let sync = sync.prop_map(|((done, identities_done, links, forgotten), rest)| {
        let (identities, identities_forgotten, wake, wake_objects, wake_identities, problems) = rest;
        Intent::Sync(Sync {
            done,
            identities_done,
            links,
            forgotten,
            identities,
            identities_forgotten,
            wake,
            wake_objects,
            wake_identities,
            problems,
        })
    });
    let intent = prop_oneof![
        6 => import,
        6 => sync,
        2 => some(n(), 3).prop_map(Intent::Begin),
        2 => some((n(), state), 3).prop_map(Intent::Receipts),
        1 => (n(), any::<bool>()).prop_map(|(n, stands)| Intent::Problem(n, stands)),
        1 => prop::sample::select(vec![
            Intent::AllDirty,
            Intent::ForgetWatermark,
            Intent::EndRun,
            Intent::Optimize,
            Intent::Reopen,
        ]),
    ];
    prop::collection::vec(intent, 1..25)
}

fn problems(world: &World<'_>, n: u32, stands: bool) -> (ProblemSubject, Vec<madrigal_model::Problem>) {
    let subject = match n % 4 {
        0 => ProblemSubject::Import(world.a),
        1 => ProblemSubject::Object(world.key(n)),
        2 => ProblemSubject::Identity(identity_id(n)),
        _ => ProblemSubject::Export(identity_id(n), world.b),
    };
    let problem = super::sync::problem(&n.to_string());
    (subject, if stands { vec![problem] } else { vec![] })
}

fn identity(world: &World<'_>, n: u32, due: Option<i64>, states: &[(bool, bool, Vec<i64>)]) -> IdentityWrite {
    let mut exports = Vec::new();
    for (second, planned, keys) in states {
        let connector = if *second { world.b } else { world.a };
        if exports.iter().all(|(state, _): &(madrigal_model::ExportState, _)| state.connector != connector) {
            let pending = planned.then(|| plan(n, connector, ChangeKind::Modify));
            exports.push((state_with(n, connector, pending), keys.clone()));
        }
    }
    IdentityWrite { due: due.map(time), ..identity_write(n, exports) }
}

/// Does it, and says what was answered.
async fn perform(world: &World<'_>, intent: &Intent) -> String {
    let (store, lease) = (world.store, &world.lease);
    let keys = |keys: &[i64]| keys.iter().copied().map(IndexKey).collect::<Vec<_>>();
    match intent {
        Intent::Import { objects, gone, wake, stale } => {
            let objects = objects.iter().map(|(n, value, keys)| {
                let value = value.to_string();
                object(*n, &[("cn", &value), (if *n % 2 == 0 { "mail" } else { "title" }, "x")], keys)
            });
            let mut page = ImportCommit {
                objects: objects.collect(),
                gone: gone.iter().copied().map(anchor).collect(),
                wake: keys(wake),
                walk_complete: *stale,
                ..world.page().await
            };
            if *stale {
                page.from = Some(page.to.clone());
            }
            format!("{:?}", store.commit_import(lease, page).await)
        }
        Intent::Sync(sync) => {
            let objects = |numbers: &[u32]| numbers.iter().map(|n| world.key(*n)).collect::<Vec<_>>();
            let ids = |numbers: &[u32]| numbers.iter().map(|n| identity_id(*n)).collect::<Vec<_>>();
            let links = sync
                .links
                .iter()
                .map(|(n, to)| (world.key(*n), to.and_then(|(identity, kind)| link(identity, kind))));
            let identities = sync.identities.iter().map(|(n, due, states)| identity(world, *n, *due, states));
            let commit = SyncCommit {
                objects_done: objects(&sync.done),
                identities_done: ids(&sync.identities_done),
                links: links.collect(),
                forgotten: objects(&sync.forgotten),
                identities: identities.collect(),
                identities_forgotten: ids(&sync.identities_forgotten),
                wake: keys(&sync.wake),
                wake_objects: objects(&sync.wake_objects),
                wake_identities: ids(&sync.wake_identities),
                problems: sync.problems.iter().map(|(n, stands)| problems(world, *n, *stands)).collect(),
            };
            format!("{:?}", store.commit_sync(lease, commit).await)
        }
        Intent::Begin(numbers) => {
            let begun = numbers.iter().map(|n| world.begun(*n, world.b)).collect();
            format!("{:?}", store.begin_export(lease, world.run, begun, time(3)).await)
        }
        Intent::Receipts(receipts) => {
            let receipts = receipts.iter().map(|(n, state)| ReceiptWrite {
                identity: identity_id(*n),
                connector: world.b,
                state: *state,
                anchor: (n % 2 == 0).then(|| anchor(*n)),
                problem: (n % 3 == 0).then(|| super::sync::problem("refused")),
            });
            format!("{:?}", store.record_receipts(lease, world.run, receipts.collect(), time(4)).await)
        }
        Intent::Problem(n, stands) => {
            let (subject, problems) = problems(world, *n, *stands);
            format!("{:?}", store.record_problems(lease, subject, problems).await)
        }
        Intent::AllDirty => format!("{:?}", store.mark_all_dirty(lease).await),
        Intent::ForgetWatermark => format!("{:?}", store.forget_watermark(lease, world.a).await),
        Intent::EndRun => format!("{:?}", store.end_run(lease, world.run, "{}", time(9)).await),
        Intent::Optimize => format!("{:?}", store.optimize().await),
        Intent::Reopen => String::new(),
    }
}

async fn answers(bed: &mut impl Bed, intents: &[Intent], look_each_time: bool) -> Vec<Vec<String>> {
    let mut answers = Vec::new();
    for intent in intents {
        if matches!(intent, Intent::Reopen) {
            bed.reopen().await;
        }
        let world = World::new(bed.store()).await;
        answers.push(vec![perform(&world, intent).await]);
        if look_each_time {
            answers.push(everything(&world).await);
        }
    }
    answers.push(everything(&World::new(bed.store()).await).await);
    bed.reopen().await;
    answers.push(everything(&World::new(bed.store()).await).await);
    answers
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn both_stores_answer_alike(intents in intents(), look_each_time: bool) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut memory: MemoryBed = memory_bed().await;
            let mut sqlite = sqlite_bed().await;
            let wanted = answers(&mut memory, &intents, look_each_time).await;
            let given = answers(&mut sqlite, &intents, look_each_time).await;
            for (given, wanted) in given.iter().zip(&wanted) {
                for (given, wanted) in given.iter().zip(wanted) {
                    assert_eq!(given, wanted);
                }
            }
        });
    }
}
