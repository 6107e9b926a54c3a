//! What imports write.

use std::collections::HashMap;

use madrigal_model::{ConnectorId, ContentHash, IndexKey, LinkKind, Watermark};

use super::world::link;
use super::{Bed, World, anchor, object, person, time};
use crate::{BlobWrite, ImportCommit, StoreError, SyncCommit};

pub async fn the_watermark_moves_with_the_page(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    assert_eq!(world.watermark().await, None);
    world.import(vec![person(1)], &[]).await;
    assert_eq!(world.watermark().await, Some(Watermark { mark: vec![0], read_with: u64::MAX }));
    world.import(vec![], &[]).await;
    assert_eq!(world.watermark().await, Some(Watermark { mark: vec![1], read_with: u64::MAX }));
}

pub async fn another_watermark_keeps_nothing(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import(vec![person(1)], &[]).await;
    world.clean().await;
    let page = world.page().await;
    let read_with_others = page.from.clone().map(|from| Watermark { read_with: 1, ..from });
    for from in [None, Some(page.to.clone()), read_with_others] {
        let stale = ImportCommit {
            from,
            objects: vec![person(1), person(2)],
            gone: vec![anchor(1)],
            wake: vec![IndexKey(1)],
            walk_complete: true,
            blobs: vec![BlobWrite { hash: ContentHash::of(b"x"), content: b"x".to_vec() }],
            ..page.clone()
        };
        let refused = world.store.commit_import(&world.lease, stale).await;
        assert!(matches!(refused, Err(StoreError::WatermarkMoved)), "{refused:?}");
    }
    assert_eq!(world.watermark().await, page.from);
    assert_eq!(world.object(2).await, None);
    assert!(!world.object(1).await.unwrap().gone);
    assert_eq!(world.dirty(0).await, (vec![], vec![]));
    assert!(world.store.blobs(&[ContentHash::of(b"x")]).await.unwrap().is_empty());
    assert_eq!(world.store.connectors().await.unwrap()[0].imports_complete, 0);
    world.import(vec![person(2)], &[]).await;
    assert!(world.object(2).await.is_some());
}

pub async fn a_forgotten_watermark_is_none(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import(vec![person(1)], &[]).await;
    world.store.forget_watermark(&world.lease, world.a).await.unwrap();
    assert_eq!(world.watermark().await, None);
    assert!(world.object(1).await.is_some());
}

pub async fn what_is_written_is_dirty(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import(vec![person(3), person(1)], &[]).await;
    assert_eq!(world.dirty(0).await.0, [3, 1]);
    world.clean().await;
    world.import(vec![person(1)], &[3]).await;
    assert_eq!(world.dirty(0).await.0, [3, 1]);
}

pub async fn a_rewrite_replaces_everything(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import(vec![person(1)], &[]).await;
    world
        .sync(SyncCommit { links: vec![(world.key(1), link(1, LinkKind::Joined))], ..SyncCommit::default() })
        .await;
    let mut other = object(1, &[("sn", "Other")], &[]);
    other.dn = madrigal_model::DistinguishedName::from_directory("CN=Other,DC=abc");
    world.import(vec![other.clone()], &[]).await;
    let stored = world.object(1).await.unwrap();
    assert_eq!((&stored.object.entry, &stored.object.dn), (&other.entry, &other.dn));
    assert_eq!(stored.object.link, link(1, LinkKind::Joined), "an import does not touch a decision");
    let digests = world.store.digests(world.a).await.unwrap();
    let digest = HashMap::from([(anchor(1), other.digest.unwrap())]);
    assert_eq!(digests, digest);
    let again = crate::ObjectWrite { digest: None, ..object(1, &[("sn", "Another")], &[]) };
    world.import(vec![again.clone()], &[]).await;
    assert_eq!(world.object(1).await.unwrap().object.entry, again.entry);
    assert_eq!(world.store.digests(world.a).await.unwrap(), digest, "one that is not told stays");
}

pub async fn gone_objects_stay_until_forgotten(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import(vec![person(1), person(2)], &[]).await;
    world.import(vec![], &[1]).await;
    let gone = world.object(1).await.unwrap();
    assert!(gone.gone);
    assert_eq!(gone.object.entry, person(1).entry);
    assert_eq!(world.store.connectors().await.unwrap()[0].objects, 1);
    world.sync(SyncCommit { forgotten: vec![world.key(1)], ..SyncCommit::default() }).await;
    assert_eq!(world.object(1).await, None);
    assert_eq!(world.dirty(0).await.0, [2]);
    world.import(vec![person(1)], &[]).await;
    let back = world.object(1).await.unwrap();
    assert_eq!((back.gone, back.object.link), (false, None));
}

pub async fn an_object_comes_back(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import(vec![person(1)], &[]).await;
    world.import(vec![], &[1]).await;
    world.import(vec![], &[1]).await;
    assert_eq!(world.store.connectors().await.unwrap()[0].objects, 0);
    world.import(vec![person(1)], &[]).await;
    assert!(!world.object(1).await.unwrap().gone);
    assert_eq!(world.store.connectors().await.unwrap()[0].objects, 1);
    assert_eq!(world.store.owners(&[IndexKey(1)]).await.unwrap().len(), 1);
}

pub async fn unknown_gone_objects_are_passed_over(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import(vec![], &[1]).await;
    assert_eq!(world.object(1).await, None);
    assert_eq!(world.dirty(0).await.0, [] as [u32; 0]);
}

pub async fn the_last_of_two_is_kept(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import(vec![object(1, &[("cn", "first")], &[7]), object(1, &[("cn", "last")], &[8])], &[]).await;
    assert_eq!(world.object(1).await.unwrap().object.entry, object(1, &[("cn", "last")], &[]).entry);
    let owners = world.store.owners(&[IndexKey(7), IndexKey(8)]).await.unwrap();
    assert_eq!(owners.keys().copied().collect::<Vec<_>>(), [IndexKey(8)]);
    world.import(vec![person(2)], &[2]).await;
    assert!(world.object(2).await.unwrap().gone, "what is gone in the page that brings it is gone");
    assert_eq!(world.store.connectors().await.unwrap()[0].objects, 1);
}

pub async fn walks_are_counted(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    let page = ImportCommit { walk_complete: true, full_complete: true, at: time(4), ..world.page().await };
    world.store.commit_import(&world.lease, page).await.unwrap();
    let page = ImportCommit { walk_complete: true, at: time(6), ..world.page().await };
    world.store.commit_import(&world.lease, page).await.unwrap();
    world.import(vec![], &[]).await;
    let status = world.store.connectors().await.unwrap().remove(0);
    let counts = (status.imports_complete, status.full_imports_complete, status.last_import);
    assert_eq!(counts, (2, 1, Some(time(6))));
}

pub async fn objects_are_scanned_in_order(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import((0..700).map(person).collect(), &[]).await;
    world.import(vec![], &[5, 699]).await;
    for limit in [1000, 300, 698, 7] {
        let mut seen = Vec::new();
        loop {
            let after = seen.last().map(|n| anchor(*n));
            let page = world.store.scan_objects(world.a, after.as_ref(), limit).await.unwrap();
            assert!(page.len() <= limit as usize);
            if page.is_empty() {
                break;
            }
            seen.extend(page.iter().map(|stored| {
                let text = stored.object.entry.text(madrigal_model::AttributeName::intern("cn").unwrap());
                text.unwrap().trim_start_matches("Person ").parse::<u32>().unwrap()
            }));
        }
        assert_eq!(seen, (0..699).filter(|n| *n != 5).collect::<Vec<_>>());
    }
    assert!(world.store.scan_objects(world.b, None, 9).await.unwrap().is_empty());
    let lost = world.store.scan_objects(world.a, Some(&anchor(9999)), 9).await;
    assert!(matches!(lost, Err(StoreError::Unreachable { .. })), "a lost place is no end: {lost:?}");
}

pub async fn digests_leave_gone_objects_out(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import((0..30).map(person).collect(), &[]).await;
    world.import(vec![], &[7]).await;
    let wanted = (0..30).filter(|n| *n != 7).map(|n| (anchor(n), person(n).digest.unwrap())).collect();
    assert_eq!(world.store.digests(world.a).await.unwrap(), wanted);
    assert!(world.store.digests(world.b).await.unwrap().is_empty());
}

pub async fn large_values_are_found_by_hash(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    let value = |octet: u8| {
        let content = vec![octet; 5000];
        BlobWrite { hash: ContentHash::of(&content), content }
    };
    for _ in 0..2 {
        let page = ImportCommit { blobs: vec![value(1), value(2), value(1)], ..world.page().await };
        world.store.commit_import(&world.lease, page).await.unwrap();
    }
    let found = world.store.blobs(&[value(1).hash, value(3).hash]).await.unwrap();
    assert_eq!(found, HashMap::from([(value(1).hash, value(1).content)]));
}

pub async fn imports_wake_owners(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    world.import((0..6).map(person).collect(), &[]).await;
    world.clean().await;
    let wake = vec![IndexKey(2), IndexKey(4), IndexKey(4), IndexKey(77)];
    let page = ImportCommit { wake, gone: vec![anchor(4)], ..world.page().await };
    world.store.commit_import(&world.lease, page).await.unwrap();
    assert_eq!(world.dirty(0).await.0, [2, 4]);
}

pub async fn unknown_connectors_are_refused(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    for connector in [ConnectorId(0), ConnectorId(3), ConnectorId(u16::MAX)] {
        let page = ImportCommit { connector, from: None, objects: vec![person(1)], ..world.page().await };
        assert!(world.store.commit_import(&world.lease, page).await.is_err());
        assert!(world.store.forget_watermark(&world.lease, connector).await.is_err());
    }
}

pub async fn quiet_writes_wait_quietly(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    let quietly = |n| crate::ObjectWrite { quiet: true, ..person(n) };
    let quiet = async |world: &World<'_>| {
        let dirty = world.store.dirty(time(0), u32::MAX).await.unwrap();
        let quiet = dirty.objects.iter().filter(|key| dirty.quiet.contains(key)).cloned();
        (dirty.objects.len(), quiet.collect::<Vec<_>>())
    };
    world.import((0..6).map(person).collect(), &[]).await;
    world.import(vec![quietly(0)], &[]).await;
    assert_eq!(quiet(&world).await, (6, vec![]), "what waited for another reason waits for it still");
    world.clean().await;
    world.import((0..6).map(quietly).chain([quietly(6)]).collect(), &[]).await;
    let known: Vec<_> = (0..6).map(|n| world.key(n)).collect();
    assert_eq!(quiet(&world).await, (7, known.clone()), "one that is new is news to everybody");
    world.import(vec![person(1)], &[2]).await;
    world.import(vec![quietly(2), quietly(5), person(5)], &[]).await;
    let woken =
        SyncCommit { wake: vec![IndexKey(3)], wake_objects: vec![world.key(4)], ..SyncCommit::default() };
    world.sync(woken).await;
    assert_eq!(
        quiet(&world).await,
        (7, vec![world.key(0)]),
        "written, gone and back, woken by a key, woken, twice"
    );
    world.clean().await;
    let found_by_more = crate::ObjectWrite { quiet: true, ..object(1, &[], &[1, 700]) };
    world.import(vec![quietly(0), found_by_more], &[]).await;
    assert_eq!(quiet(&world).await, (2, vec![world.key(0)]), "other keys are news, whatever the writer says");
    world.store.mark_all_dirty(&world.lease).await.unwrap();
    assert_eq!(quiet(&world).await, (7, vec![]), "a full sync");
}
