//! The audit log's chain.

use madrigal_model::{ChangeKind, Timestamp, UnconfirmedState};

use super::world::identity_write;
use super::{Bed, World, identity_id, plan, state_with, time};
use crate::{AuditFault, AuditLink, ReceiptWrite, Store, SyncCommit, verify_audit};

/// Exports to three contacts, one after the other, and what came of two of them: five lines, the last by another run.
pub async fn write_some(store: &dyn Store) {
    let world = World::new(store).await;
    let planned = (1..4).map(|n| {
        identity_write(n, vec![(state_with(n, world.b, Some(plan(n, world.b, ChangeKind::Add))), vec![])])
    });
    world.sync(SyncCommit { identities: planned.collect(), ..SyncCommit::default() }).await;
    for n in 1..4 {
        store.begin_export(&world.lease, world.run, vec![world.begun(n, world.b)], time(5)).await.unwrap();
    }
    let receipt = |n: u32, state| ReceiptWrite {
        identity: identity_id(n),
        connector: world.b,
        state,
        anchor: None,
        problem: None,
    };
    let accepted = receipt(1, Some(UnconfirmedState::Accepted));
    store.record_receipts(&world.lease, world.run, vec![accepted], time(6)).await.unwrap();
    let later = store.begin_run(&world.lease, "run", "bo", time(7)).await.unwrap();
    let not_written = receipt(2, None);
    store.record_receipts(&world.lease, later, vec![not_written], time(8)).await.unwrap();
}

pub async fn every_link_of_the_audit_log_holds(bed: &mut impl Bed) {
    assert_eq!(verify_audit(bed.store(), None).await.unwrap().head, None, "nothing is written yet");
    write_some(bed.store()).await;
    for _ in 0..2 {
        let verified = verify_audit(bed.store(), None).await.unwrap();
        assert_eq!((verified.lines, verified.faults), (5, vec![]));
        let head = verified.head.unwrap();
        assert_eq!((head.first, head.line), (1, 5));
        let lines = bed.store().audit(0, 9).await.unwrap();
        assert_eq!(lines.last().unwrap().link, Some(head.link), "the end is the last line's");
        let links: std::collections::BTreeSet<_> = lines.iter().map(|line| line.link).collect();
        assert_eq!(links.len(), 5, "no link stands twice");
        assert_eq!(verify_audit(bed.store(), Some((5, head.link))).await.unwrap().faults, []);
        bed.reopen().await;
    }
}

pub async fn a_noted_link_is_compared(bed: &mut impl Bed) {
    write_some(bed.store()).await;
    let other = AuditLink([7; 32]);
    for (noted, expected) in [
        ((5, other), AuditFault::NotAsNoted { line: 5 }),
        ((2, other), AuditFault::NotAsNoted { line: 2 }),
        ((7, other), AuditFault::Missing { from: 6, to: 7 }),
    ] {
        assert_eq!(verify_audit(bed.store(), Some(noted)).await.unwrap().faults, [expected]);
    }
}

/// What is hashed is the meaning of a line and not how a store holds it: so every store gives this very chain. It changes
/// only with what a line says.
pub async fn the_chain_is_the_same_in_every_store(bed: &mut impl Bed) {
    write_some(bed.store()).await;
    let head = bed.store().audit_head().await.unwrap().unwrap();
    assert_eq!(head.link.to_string(), "67ebe908f66a63c555fb6dc1153fbeb47c84f4399d98c357948ddfceb3c3a630");
}

pub async fn an_identitys_lines_are_found(bed: &mut impl Bed) {
    write_some(bed.store()).await;
    for (n, expected) in
        [(1, &["begun", "accepted"][..]), (2, &["begun", "not-written"]), (3, &["begun"]), (9, &[])]
    {
        let lines = bed.store().audit_of(identity_id(n)).await.unwrap();
        let events: Vec<&str> = lines.iter().map(|line| line.event.as_str()).collect();
        assert_eq!(events, expected, "identity {n}");
        assert!(lines.iter().all(|line| line.export == plan(n, line.connector, ChangeKind::Add)));
        assert!(lines.iter().all(|line| line.at > Timestamp::default()));
    }
}
