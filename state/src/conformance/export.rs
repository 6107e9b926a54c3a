//! The plan, what is under way, the audit log.

use madrigal_model::{
    ChangeKind, ExportState, Identity, Problem, ProblemCode, Severity, Timestamp, Unconfirmed,
    UnconfirmedState,
};

use super::world::identity_write;
use super::{Bed, World, anchor, entry, identity_id, plan, state_with, time};
use crate::{ExportBegun, ReceiptWrite, RunId, SyncCommit};

fn receipt(world: &World<'_>, n: u32, state: Option<UnconfirmedState>) -> ReceiptWrite {
    ReceiptWrite { identity: identity_id(n), connector: world.b, state, anchor: None, problem: None }
}

async fn plan_some(world: &World<'_>, numbers: impl Iterator<Item = u32>) {
    let identities = numbers.map(|n| {
        identity_write(n, vec![(state_with(n, world.b, Some(plan(n, world.b, ChangeKind::Add))), vec![])])
    });
    world.sync(SyncCommit { identities: identities.collect(), ..SyncCommit::default() }).await;
}

async fn begin(world: &World<'_>, n: u32) {
    let begun = world.begun(n, world.b);
    world.store.begin_export(&world.lease, world.run, vec![begun], time(5)).await.unwrap();
}

async fn state(world: &World<'_>, n: u32) -> ExportState {
    world.identity(n).await.unwrap().exports.into_iter().find(|state| state.connector == world.b).unwrap()
}

pub async fn pending_exports_are_listed(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    plan_some(&world, 0..700).await;
    world.write_identity(900, vec![(state_with(900, world.b, None), vec![])]).await;
    world.sync(SyncCommit { wake_identities: vec![identity_id(3)], ..SyncCommit::default() }).await;
    for limit in [1000, 256, 1] {
        let limit_of = |n: usize| if limit == 1 { n.min(5) } else { n };
        let mut seen = Vec::new();
        loop {
            let after = seen.last().map(|n| identity_id(*n));
            let page = world.store.pending(world.b, after, limit).await.unwrap();
            assert!(page.len() <= limit as usize);
            if page.is_empty() || limit == 1 && seen.len() == 5 {
                break;
            }
            for record in page {
                let n = (0..700).find(|n| identity_id(*n) == record.export.identity).unwrap();
                assert_eq!(record.export, plan(n, world.b, ChangeKind::Add));
                assert_eq!((record.unconfirmed, record.dirty), (None, n == 3));
                seen.push(n);
            }
        }
        assert_eq!(seen, (0..700).take(limit_of(700)).collect::<Vec<_>>());
    }
    assert!(world.store.pending(world.a, None, 9).await.unwrap().is_empty());
    assert!(
        world.store.pending(world.b, Some(identity_id(5555)), 9).await.is_err(),
        "a lost place is no end"
    );
}

pub async fn pending_exports_are_replaced(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    plan_some(&world, 1..3).await;
    let other = plan(1, world.b, ChangeKind::Delete);
    world.write_identity(1, vec![(state_with(1, world.b, Some(other.clone())), vec![])]).await;
    world.write_identity(2, vec![(state_with(2, world.b, None), vec![])]).await;
    let pending = world.store.pending(world.b, None, 9).await.unwrap();
    assert_eq!(pending.into_iter().map(|record| record.export).collect::<Vec<_>>(), [other]);
}

pub async fn beginning_writes_everything_down(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    plan_some(&world, 1..4).await;
    let begun = [world.begun(1, world.b), world.begun(2, world.b)];
    world.store.begin_export(&world.lease, world.run, begun.to_vec(), time(5)).await.unwrap();
    let written = state(&world, 1).await;
    assert_eq!(written.baseline, begun[0].baseline);
    assert_eq!(written.dn, begun[0].dn);
    assert_eq!(written.unconfirmed.as_ref(), Some(&begun[0].unconfirmed));
    assert_eq!(written.pending, None);
    assert_eq!(written.decisions, state_with(1, world.b, None).decisions, "what was decided stays");
    let pending = world.store.pending(world.b, None, 9).await.unwrap();
    assert_eq!(pending.iter().map(|record| record.export.identity).collect::<Vec<_>>(), [identity_id(3)]);
    assert_eq!(world.store.unconfirmed(world.b).await.unwrap(), [identity_id(1), identity_id(2)]);
    assert!(world.store.unconfirmed(world.a).await.unwrap().is_empty());
    let audit = world.store.audit(1, 9).await.unwrap();
    assert_eq!(audit.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 2]);
    let line = &audit[1];
    assert_eq!(
        (line.event.as_str(), line.by.as_str(), line.at, line.run),
        ("begun", "anna", time(5), world.run)
    );
    assert_eq!((line.connector, line.identity), (world.b, identity_id(2)));
    assert_eq!(line.export, begun[1].unconfirmed.export);
}

pub async fn what_was_taken_back_is_held_until_released(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    plan_some(&world, 1..4).await;
    let held = |n, run| ExportBegun { hold: Some(world.hold(n, world.b, run)), ..world.begun(n, world.b) };
    let begun = vec![held(1, 4), held(2, 5), world.begun(3, world.b)];
    world.store.begin_export(&world.lease, world.run, begun, time(5)).await.unwrap();
    world.store.begin_export(&world.lease, world.run, vec![held(1, 5)], time(6)).await.unwrap();
    assert_eq!(world.store.held(world.b).await.unwrap(), [identity_id(1), identity_id(2)]);
    assert!(world.store.held(world.a).await.unwrap().is_empty());
    assert_eq!(state(&world, 1).await.holds, [world.hold(1, world.b, 4), world.hold(1, world.b, 5)]);
    world.clean().await;
    let all = [identity_id(1), identity_id(2), identity_id(3), identity_id(99)];
    world.store.release(&world.lease, world.b, &all, RunId(4)).await.unwrap();
    assert_eq!(world.dirty(0).await.1, [1]);
    assert_eq!(state(&world, 1).await.holds, [world.hold(1, world.b, 5)]);
    world.store.release(&world.lease, world.a, &all, RunId(5)).await.unwrap();
    world.store.release(&world.lease, world.b, &all[..1], RunId(5)).await.unwrap();
    assert_eq!(world.store.held(world.b).await.unwrap(), [identity_id(2)]);
    let unconfirmed = state(&world, 1).await.unconfirmed.unwrap();
    assert_eq!(unconfirmed.export, plan(1, world.b, ChangeKind::Add), "what is under way stays");
}

pub async fn receipts_tell_what_came_of_it(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    plan_some(&world, 1..4).await;
    for n in 1..4 {
        begin(&world, n).await;
    }
    let accepted =
        ReceiptWrite { anchor: Some(anchor(8)), ..receipt(&world, 1, Some(UnconfirmedState::Accepted)) };
    let receipts = vec![
        accepted,
        receipt(&world, 2, Some(UnconfirmedState::Refused)),
        receipt(&world, 3, Some(UnconfirmedState::Begun)),
    ];
    world.store.record_receipts(&world.lease, world.run, receipts, time(6)).await.unwrap();
    let written = state(&world, 1).await;
    assert_eq!(written.anchor, Some(anchor(8)));
    assert_eq!(written.unconfirmed.unwrap().state, UnconfirmedState::Accepted);
    assert_eq!(state(&world, 2).await.unconfirmed.unwrap().state, UnconfirmedState::Refused);
    assert_eq!(world.store.unconfirmed(world.b).await.unwrap().len(), 3);
    assert_eq!(world.dirty(0).await.1, [] as [u32; 0]);
    let audit = world.store.audit(4, 9).await.unwrap();
    let events: Vec<_> = audit.iter().map(|line| (line.number, line.event.as_str())).collect();
    assert_eq!(events, [(4, "accepted"), (5, "refused"), (6, "unknown")]);
    assert_eq!(audit[1].export, plan(2, world.b, ChangeKind::Add));
}

pub async fn what_was_not_written_is_planned_again(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    plan_some(&world, 1..2).await;
    begin(&world, 1).await;
    let receipts = vec![receipt(&world, 1, None)];
    world.store.record_receipts(&world.lease, world.run, receipts, time(6)).await.unwrap();
    assert_eq!(state(&world, 1).await.unconfirmed, None);
    assert_eq!(world.dirty(0).await.1, [1]);
    assert!(world.store.unconfirmed(world.b).await.unwrap().is_empty());
    let audit = world.store.audit(2, 9).await.unwrap();
    assert_eq!((audit.len(), audit[0].event.as_str()), (1, "not-written"));
    assert_eq!(audit[0].export, plan(1, world.b, ChangeKind::Add));
}

/// What waited before an export counts again when that one was never written, and no more once it was.
pub async fn what_waited_before_counts_again(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    let earlier = world.begun(1, world.b).unconfirmed;
    for (written, expected) in [(None, Some(&earlier)), (Some(UnconfirmedState::Accepted), None)] {
        plan_some(&world, 1..2).await;
        let mut begun = world.begun(1, world.b);
        begun.unconfirmed.before = Some(Box::new(earlier.clone()));
        begun.unconfirmed.at = time(7);
        let merged = begun.unconfirmed.clone();
        world.store.begin_export(&world.lease, world.run, vec![begun], time(7)).await.unwrap();
        assert_eq!(state(&world, 1).await.unconfirmed.as_ref(), Some(&merged));
        let receipts = vec![receipt(&world, 1, written)];
        world.store.record_receipts(&world.lease, world.run, receipts, time(8)).await.unwrap();
        let known = state(&world, 1).await.unconfirmed.unwrap();
        let accepted = Unconfirmed { state: UnconfirmedState::Accepted, before: None, ..merged };
        assert_eq!(&known, expected.unwrap_or(&accepted));
    }
}

pub async fn the_audit_log_has_no_gap(bed: &mut impl Bed) {
    for round in 0..3u32 {
        let world = World::new(bed.store()).await;
        plan_some(&world, 0..300).await;
        let begun = (0..300).map(|n| world.begun(n, world.b)).collect();
        world.store.begin_export(&world.lease, world.run, begun, time(5)).await.unwrap();
        let mut stale = world.lease.clone();
        stale.token += 99;
        let refused =
            world.store.begin_export(&stale, world.run, vec![world.begun(1, world.b)], time(5)).await;
        refused.unwrap_err();
        let receipts = (0..300).map(|n| receipt(&world, n, Some(UnconfirmedState::Accepted))).collect();
        world.store.record_receipts(&world.lease, world.run, receipts, time(6)).await.unwrap();
        let lines = u64::from(600 * (round + 1));
        let audit = world.store.audit(0, u32::MAX).await.unwrap();
        assert!(audit.iter().map(|line| line.number).eq(1..=lines));
        let part = world.store.audit(lines - 1, 1).await.unwrap();
        assert_eq!(part.iter().map(|line| line.number).collect::<Vec<_>>(), [lines - 1]);
        assert!(world.store.audit(lines + 1, 9).await.unwrap().is_empty());
        bed.reopen().await;
    }
}

pub async fn receipts_without_an_export_change_nothing(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    plan_some(&world, 1..2).await;
    let receipts = vec![receipt(&world, 1, None), receipt(&world, 7, Some(UnconfirmedState::Accepted))];
    world.store.record_receipts(&world.lease, world.run, receipts, time(6)).await.unwrap();
    assert_eq!(state(&world, 1).await, state_with(1, world.b, Some(plan(1, world.b, ChangeKind::Add))));
    assert_eq!(world.identity(7).await, None);
    assert!(world.store.audit(1, 9).await.unwrap().is_empty());
    assert_eq!(world.dirty(0).await.1, [] as [u32; 0]);
}

pub async fn a_begun_export_is_never_lost(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    begin(&world, 1).await;
    let begun = world.begun(1, world.b);
    let written = ExportState {
        baseline: begun.baseline,
        dn: begun.dn,
        unconfirmed: Some(begun.unconfirmed),
        ..ExportState::new(world.b)
    };
    let identity = Identity { exports: vec![written], ..Identity::new(identity_id(1)) };
    assert_eq!(world.identity(1).await, Some(identity), "even one that nobody planned");
}

pub async fn refusals_are_problems(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    plan_some(&world, 1..2).await;
    begin(&world, 1).await;
    let problem = Problem {
        code: ProblemCode::new("MDR-X002"),
        severity: Severity::Problem,
        connector: Some(world.b),
        object: "CN=Person 1".to_owned(),
        attribute: Some(madrigal_model::AttributeName::intern("mail").unwrap()),
        message: "no".to_owned(),
        remedy: "yes".to_owned(),
        at: Timestamp::default(),
    };
    let refused = ReceiptWrite {
        problem: Some(problem.clone()),
        ..receipt(&world, 1, Some(UnconfirmedState::Refused))
    };
    world.store.record_receipts(&world.lease, world.run, vec![refused], time(6)).await.unwrap();
    assert_eq!(world.store.problems().await.unwrap(), [problem]);
    begin(&world, 1).await;
    let receipts = vec![receipt(&world, 1, Some(UnconfirmedState::Accepted))];
    world.store.record_receipts(&world.lease, world.run, receipts, time(6)).await.unwrap();
    assert!(world.store.problems().await.unwrap().is_empty());
}

pub async fn rewritten_states_keep_their_audit(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    begin(&world, 1).await;
    begin(&world, 2).await;
    let mut same = state(&world, 1).await;
    same.baseline = entry(&[]);
    world.write_identity(1, vec![(same, vec![])]).await;
    let mut other = state(&world, 2).await;
    other.unconfirmed.as_mut().unwrap().export.kind = ChangeKind::Delete;
    world.write_identity(2, vec![(other, vec![])]).await;
    let receipts = [1, 2].map(|n| receipt(&world, n, Some(UnconfirmedState::Accepted))).to_vec();
    world.store.record_receipts(&world.lease, world.run, receipts, time(6)).await.unwrap();
    let kinds: Vec<_> = world.store.audit(1, 9).await.unwrap().iter().map(|line| line.export.kind).collect();
    assert_eq!(kinds, [ChangeKind::Add, ChangeKind::Add, ChangeKind::Add, ChangeKind::Delete]);
}
