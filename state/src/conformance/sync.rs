//! What a sync writes.

use madrigal_model::{ConnectorId, Identity, IndexKey, LinkKind, ObjectKey, Problem, ProblemCode, Severity};

use super::world::{identity_write, link};
use super::{Bed, World, anchor, identity_id, person, plan, state_with, time};
use crate::{IdentityWrite, ProblemSubject, SyncCommit};

pub async fn done_objects_are_clean(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import((0..5).map(person).collect(), &[]).await;
    world.sync(SyncCommit { objects_done: vec![world.key(1), world.key(3)], ..SyncCommit::default() }).await;
    assert_eq!(world.dirty(0).await.0, [0, 2, 4]);
}

pub async fn done_and_woken_stays_dirty(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import((0..5).map(person).collect(), &[]).await;
    world.write_identity(1, vec![]).await;
    world
        .sync(SyncCommit {
            objects_done: (0..5).map(|n| world.key(n)).collect(),
            identities_done: vec![identity_id(1)],
            wake: vec![IndexKey(3)],
            wake_identities: vec![identity_id(1)],
            ..SyncCommit::default()
        })
        .await;
    assert_eq!(world.dirty(0).await, (vec![3], vec![1]));
}

pub async fn links_are_made_changed_and_taken_away(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import((0..4).map(person).collect(), &[]).await;
    world.write_identity(1, vec![]).await;
    world.write_identity(2, vec![]).await;
    let links = |links: &[(u32, Option<u32>)]| SyncCommit {
        links: links
            .iter()
            .map(|(n, to)| (world.key(*n), to.and_then(|to| link(to, LinkKind::Provisioned))))
            .collect(),
        ..SyncCommit::default()
    };
    world.sync(links(&[(2, Some(1)), (0, Some(1)), (1, Some(2))])).await;
    assert_eq!(world.identity(1).await.unwrap().links, [world.key(0), world.key(2)]);
    assert_eq!(world.store.connectors().await.unwrap()[0].provisioned, 3);
    world.sync(links(&[(0, Some(2)), (2, None), (3, None), (1, Some(1)), (1, Some(2))])).await;
    assert_eq!(world.identity(1).await.unwrap().links, []);
    assert_eq!(world.identity(2).await.unwrap().links, [world.key(0), world.key(1)]);
    assert_eq!(world.object(0).await.unwrap().object.link, link(2, LinkKind::Provisioned));
    assert_eq!(world.object(2).await.unwrap().object.link, None);
    world.import(vec![], &[0]).await;
    assert_eq!(world.store.connectors().await.unwrap()[0].provisioned, 1, "what is gone does not exist");
    world.sync(SyncCommit { forgotten: vec![world.key(0)], ..SyncCommit::default() }).await;
    assert_eq!(world.identity(2).await.unwrap().links, [world.key(1)]);
    world
        .sync(SyncCommit { links: vec![(world.key(1), link(2, LinkKind::Joined))], ..SyncCommit::default() })
        .await;
    assert_eq!(world.object(1).await.unwrap().object.link, link(2, LinkKind::Joined));
    assert_eq!(world.store.connectors().await.unwrap()[0].provisioned, 0);
}

pub async fn identities_are_replaced_whole(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    let mut first = Identity::new(identity_id(1));
    first.authority = Some(ObjectKey::new(ConnectorId(9), anchor(1)));
    first.legacy_dns = vec!["/o=ABC/cn=one".into(), "".into()];
    first.remembered_keys = vec!["sid:1".into()];
    first.exports = vec![state_with(1, world.a, None), state_with(1, world.b, None)];
    let write =
        |identity: &Identity| IdentityWrite { identity: identity.clone(), due: None, export_keys: vec![] };
    world.sync(SyncCommit { identities: vec![write(&first)], ..SyncCommit::default() }).await;
    assert_eq!(world.identity(1).await.as_ref(), Some(&first));
    let mut second = Identity::new(identity_id(1));
    second.links = vec![ObjectKey::new(world.a, anchor(5))];
    second.exports = vec![state_with(2, world.b, None)];
    world.sync(SyncCommit { identities: vec![write(&first), write(&second)], ..SyncCommit::default() }).await;
    second.links.clear();
    assert_eq!(world.identity(1).await, Some(second), "links are written by themselves");
}

pub async fn due_times_wake(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    let due = |n: u32, due: Option<i64>| IdentityWrite { due: due.map(time), ..identity_write(n, vec![]) };
    let identities = vec![due(1, Some(50)), due(2, Some(100)), due(3, None), due(4, Some(-100))];
    world.sync(SyncCommit { identities, ..SyncCommit::default() }).await;
    for (now, wanted) in
        [(-101, vec![]), (49, vec![4]), (50, vec![1, 4]), (1000, vec![1, 2, 4]), (0, vec![4])]
    {
        assert_eq!(world.dirty(now).await.1, wanted, "{now}");
    }
    world.sync(SyncCommit { wake_identities: vec![identity_id(1)], ..SyncCommit::default() }).await;
    assert_eq!(world.dirty(60).await.1, [1, 4], "marked and due is one");
    world.sync(SyncCommit { identities_done: vec![identity_id(1)], ..SyncCommit::default() }).await;
    assert_eq!(world.dirty(60).await.1, [1, 4], "what is due stays due until its identity is written");
    world
        .sync(SyncCommit { identities: vec![due(1, None), due(4, Some(70))], ..SyncCommit::default() })
        .await;
    assert_eq!(world.dirty(60).await.1, [] as [u32; 0]);
}

pub async fn a_full_sync_is_everything_dirty(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import((0..4).map(person).collect(), &[]).await;
    world.import(vec![], &[3]).await;
    world.write_identity(2, vec![]).await;
    world.clean().await;
    world.store.mark_all_dirty(&world.lease).await.unwrap();
    assert_eq!(world.dirty(0).await, (vec![0, 1, 2, 3], vec![2]));
}

pub async fn forgotten_identities_leave_nothing(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    let state = state_with(1, world.b, Some(plan(1, world.b, madrigal_model::ChangeKind::Add)));
    let write = IdentityWrite { due: Some(time(1)), ..identity_write(1, vec![(state, vec![5])]) };
    world
        .sync(SyncCommit { identities: vec![write], wake: vec![IndexKey(5)], ..SyncCommit::default() })
        .await;
    assert_eq!(world.dirty(9).await.1, [1]);
    world.sync(SyncCommit { identities_forgotten: vec![identity_id(1)], ..SyncCommit::default() }).await;
    assert_eq!(world.identity(1).await, None);
    assert_eq!(world.dirty(9).await.1, [] as [u32; 0]);
    assert!(world.store.pending(world.b, None, 9).await.unwrap().is_empty());
    assert!(world.store.owners(&[IndexKey(5)]).await.unwrap().is_empty());
    world.write_identity(1, vec![]).await;
    assert_eq!(world.identity(1).await, Some(Identity::new(identity_id(1))));
}

pub async fn dirty_is_limited_and_in_order(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import([4, 2, 9].map(person).to_vec(), &[]).await;
    world.write_identity(7, vec![]).await;
    world.write_identity(3, vec![]).await;
    let wake_identities = vec![identity_id(3), identity_id(7)];
    world.sync(SyncCommit { wake_identities, ..SyncCommit::default() }).await;
    for (limit, objects, identities) in [(0, 0, 0), (2, 2, 0), (4, 3, 1), (9, 3, 2)] {
        let batch = world.store.dirty(time(0), limit).await.unwrap();
        assert_eq!(batch.objects, [4, 2, 9].map(|n| world.key(n))[..objects], "{limit}");
        assert_eq!(batch.identities, [7, 3].map(identity_id)[..identities], "{limit}");
    }
}

pub async fn export_states_wake_their_identity(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.write_identity(1, vec![(state_with(1, world.b, None), vec![5])]).await;
    world.write_identity(2, vec![(state_with(2, world.b, None), vec![6])]).await;
    let identities = vec![
        identity_write(2, vec![(state_with(2, world.b, None), vec![7])]),
        identity_write(3, vec![(state_with(3, world.a, None), vec![8])]),
    ];
    let wake = vec![IndexKey(5), IndexKey(6), IndexKey(8)];
    world.sync(SyncCommit { identities, wake, ..SyncCommit::default() }).await;
    assert_eq!(world.dirty(0).await.1, [1, 3], "keys count as they are after the commit");
}

pub async fn written_and_forgotten_is_forgotten(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    let state = state_with(1, world.b, Some(plan(1, world.b, madrigal_model::ChangeKind::Add)));
    world
        .sync(SyncCommit {
            identities: vec![identity_write(1, vec![(state, vec![5])])],
            identities_forgotten: vec![identity_id(1)],
            wake: vec![IndexKey(5)],
            ..SyncCommit::default()
        })
        .await;
    assert_eq!(world.identity(1).await, None);
    assert!(world.store.owners(&[IndexKey(5)]).await.unwrap().is_empty());
    assert_eq!(world.dirty(0).await.1, [] as [u32; 0]);
}

pub async fn single_objects_are_woken(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import((0..5).map(person).collect(), &[]).await;
    world.import(vec![], &[4]).await;
    world
        .sync(SyncCommit {
            objects_done: (0..5).map(|n| world.key(n)).collect(),
            forgotten: vec![world.key(4)],
            wake_objects: vec![world.key(2), world.key(4), world.key(9)],
            ..SyncCommit::default()
        })
        .await;
    assert_eq!(world.dirty(0).await.0, [2]);
}

pub(super) fn problem(text: &str) -> Problem {
    Problem {
        code: ProblemCode::new("MDR-X001"),
        severity: Severity::Problem,
        connector: Some(ConnectorId(1)),
        object: "line 7".to_owned(),
        attribute: None,
        message: text.to_owned(),
        remedy: "Look.".to_owned(),
        at: time(3),
    }
}

async fn texts(world: &World<'_>) -> Vec<String> {
    world.store.problems().await.unwrap().into_iter().map(|problem| problem.message).collect()
}

pub async fn problems_are_replaced(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    let (a, b) = (world.a, world.b);
    let subjects = [
        ProblemSubject::Import(a),
        ProblemSubject::Import(b),
        ProblemSubject::Object(world.key(1)),
        ProblemSubject::Identity(identity_id(1)),
        ProblemSubject::Export(identity_id(1), a),
        ProblemSubject::Export(identity_id(1), b),
        ProblemSubject::Finish(a),
    ];
    for (n, subject) in subjects.iter().enumerate().rev() {
        let problems = vec![problem(&format!("{n}")), problem(&format!("{n}+"))];
        world.store.record_problems(&world.lease, subject.clone(), problems).await.unwrap();
    }
    assert_eq!(
        texts(&world).await,
        ["0", "0+", "1", "1+", "2", "2+", "3", "3+", "4", "4+", "5", "5+", "6", "6+"]
    );
    assert_eq!(world.store.problems().await.unwrap()[0], problem("0"));
    assert_eq!(
        world.store.problems_of(&subjects[3]).await.unwrap(),
        [problem("3"), problem("3+")],
        "one subject's"
    );
    let problems = vec![
        (subjects[0].clone(), vec![]),
        (subjects[2].clone(), vec![problem("new")]),
        (subjects[3].clone(), vec![problem("twice")]),
        (subjects[3].clone(), vec![]),
    ];
    world.sync(SyncCommit { problems, ..SyncCommit::default() }).await;
    assert_eq!(texts(&world).await, ["1", "1+", "new", "4", "4+", "5", "5+", "6", "6+"]);
}

pub async fn forgotten_subjects_have_no_problems(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import([1, 2].map(person).to_vec(), &[]).await;
    world.import(vec![], &[1]).await;
    world.write_identity(1, vec![]).await;
    let problems = vec![
        (ProblemSubject::Object(world.key(1)), vec![problem("object")]),
        (ProblemSubject::Object(world.key(2)), vec![problem("stays")]),
        (ProblemSubject::Identity(identity_id(1)), vec![problem("identity")]),
        (ProblemSubject::Export(identity_id(1), world.b), vec![problem("export")]),
    ];
    world.sync(SyncCommit { problems, ..SyncCommit::default() }).await;
    world
        .sync(SyncCommit {
            forgotten: vec![world.key(1)],
            identities_forgotten: vec![identity_id(1)],
            ..SyncCommit::default()
        })
        .await;
    assert_eq!(texts(&world).await, ["stays"]);
}

pub async fn objects_that_came_back_are_not_forgotten(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import([1, 2].map(person).to_vec(), &[]).await;
    world.import(vec![], &[1]).await;
    world.import(vec![person(1)], &[]).await;
    world.sync(SyncCommit { forgotten: vec![world.key(1), world.key(2)], ..SyncCommit::default() }).await;
    assert!(world.object(1).await.is_some() && world.object(2).await.is_some());
    assert_eq!(world.store.owners(&[IndexKey(1)]).await.unwrap().len(), 1);
}

pub async fn unknown_things_are_passed_over(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world
        .sync(SyncCommit {
            objects_done: vec![world.key(1)],
            identities_done: vec![identity_id(1)],
            links: vec![(world.key(1), link(1, LinkKind::Joined)), (world.key(1), None)],
            forgotten: vec![world.key(1)],
            identities_forgotten: vec![identity_id(1)],
            wake: vec![IndexKey(1)],
            wake_identities: vec![identity_id(1)],
            ..SyncCommit::default()
        })
        .await;
    assert_eq!(world.dirty(0).await, (vec![], vec![]));
    assert_eq!(world.object(1).await, None);
    assert_eq!(world.identity(1).await, None);
}

pub async fn rules_have_a_digest(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    assert_eq!(world.store.rules_digest().await.unwrap(), None);
    for digest in [0, u64::MAX] {
        world.store.set_rules_digest(&world.lease, digest).await.unwrap();
        assert_eq!(world.store.rules_digest().await.unwrap(), Some(digest));
    }
}
