//! Whom keys belong to.

use madrigal_model::{IndexKey, ObjectKey};

use super::{Bed, World, anchor, identity_id, object, person, state_with};
use crate::{KeyOwner, SyncCommit};

async fn owners(world: &World<'_>, key: i64) -> Vec<KeyOwner> {
    let mut owners = world.store.owners(&[IndexKey(key)]).await.unwrap();
    let found = owners.remove(&IndexKey(key)).unwrap_or_default();
    assert!(owners.is_empty());
    found
}

pub async fn keys_are_replaced_on_rewrite(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import(vec![object(1, &[], &[10, 11, 11, 12])], &[]).await;
    world.import(vec![object(1, &[], &[11, 13])], &[]).await;
    let owner = [KeyOwner::Object(world.key(1))];
    for (key, wanted) in [(10, &owner[..0]), (11, &owner), (12, &owner[..0]), (13, &owner)] {
        assert_eq!(owners(&world, key).await, wanted, "{key}");
    }
}

pub async fn keys_have_many_owners(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import(vec![object(2, &[], &[5]), object(1, &[], &[5])], &[]).await;
    world.write_identity(8, vec![(state_with(8, world.b, None), vec![5])]).await;
    let wanted = [
        KeyOwner::Object(world.key(2)),
        KeyOwner::Object(world.key(1)),
        KeyOwner::Export(identity_id(8), world.b),
    ];
    assert_eq!(owners(&world, 5).await, wanted);
    let asked_twice = world.store.owners(&[IndexKey(5), IndexKey(5)]).await.unwrap();
    assert_eq!(asked_twice[&IndexKey(5)], wanted);
}

pub async fn export_states_own_keys(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    let (a, b) = (world.a, world.b);
    world
        .write_identity(1, vec![(state_with(1, b, None), vec![5, 5]), (state_with(1, a, None), vec![6])])
        .await;
    assert_eq!(owners(&world, 5).await, [KeyOwner::Export(identity_id(1), b)]);
    assert_eq!(owners(&world, 6).await, [KeyOwner::Export(identity_id(1), a)]);
    world.write_identity(1, vec![(state_with(1, b, None), vec![7])]).await;
    assert_eq!(owners(&world, 5).await, []);
    assert_eq!(owners(&world, 6).await, []);
    assert_eq!(owners(&world, 7).await, [KeyOwner::Export(identity_id(1), b)]);
    world.sync(SyncCommit { identities_forgotten: vec![identity_id(1)], ..SyncCommit::default() }).await;
    assert_eq!(owners(&world, 7).await, []);
}

pub async fn gone_objects_own_keys_until_forgotten(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import(vec![person(1)], &[]).await;
    world.import(vec![], &[1]).await;
    assert_eq!(owners(&world, 1).await, [KeyOwner::Object(world.key(1))]);
    world.sync(SyncCommit { forgotten: vec![world.key(1)], ..SyncCommit::default() }).await;
    assert_eq!(owners(&world, 1).await, []);
    world.import(vec![object(1, &[], &[2])], &[]).await;
    assert_eq!(owners(&world, 1).await, []);
    assert_eq!(owners(&world, 2).await, [KeyOwner::Object(world.key(1))]);
}

pub async fn many_keys_are_found(bed: &mut impl Bed) {
    let keys = |n: u32| (0..8).map(|k| i64::from(n * 10 + k) << 40).collect::<Vec<_>>();
    {
        let world = World::new(bed.store()).await;
        for page in 0..4 {
            world
                .import(
                    (0..3000).map(|n| object(page * 3000 + n, &[], &keys(page * 3000 + n))).collect(),
                    &[],
                )
                .await;
        }
        world.store.optimize().await.unwrap();
    }
    for _ in 0..2 {
        let world = World::new(bed.store()).await;
        let asked: Vec<_> = (0..12_000).map(|n| IndexKey(i64::from(n * 10 + n % 10) << 40)).collect();
        let found = world.store.owners(&asked).await.unwrap();
        for n in 0..12_000u32 {
            let key = IndexKey(i64::from(n * 10 + n % 10) << 40);
            let owner = KeyOwner::Object(ObjectKey::new(world.a, anchor(n)));
            let wanted = (n % 10 < 8).then(|| vec![owner]);
            assert_eq!(found.get(&key), wanted.as_ref(), "{n}");
        }
        bed.reopen().await;
    }
}

pub async fn near_keys_are_told_apart(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    let near = [0, 1, -1, i64::MIN, i64::MAX, 1 << 8, 1 << 56, (1 << 56) + 1, 1 << 63];
    let objects = (0..).zip(near).map(|(n, key)| object(n, &[], &[key])).collect();
    world.import(objects, &[]).await;
    for (n, key) in (0..8).zip(near).filter(|(n, _)| *n != 3) {
        assert_eq!(owners(&world, key).await, [KeyOwner::Object(world.key(n))], "{key}");
    }
}
