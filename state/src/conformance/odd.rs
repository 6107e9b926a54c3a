//! Odd values, and what must be there after the store was closed and opened.

use madrigal_model::{
    Anchor, AttributeName, ChangeKind, ConnectorId, ContentHash, Decision, DistinguishedName, Drift, Entry,
    ExportState, Hidden, HideReason, Hold, Identity, IdentityId, IndexKey, LinkKind, ObjectKey, Reference,
    Timestamp, Unconfirmed, UnconfirmedState, Value,
};

use super::world::{identity_write, link};
use super::{Bed, World, anchor, identity_id, object, person, plan, state_with, time};
use crate::{IdentityWrite, KeyOwner, SyncCommit};

fn odd_values() -> Vec<Value> {
    vec![
        Value::text(""),
        Value::text("a\0b"),
        Value::text("\u{feff}Zoë \u{202e}x"),
        Value::text(" leading and trailing \r\n"),
        Value::bytes([]),
        Value::bytes([0xff, 0xfe, 0x00]),
        Value::text("x".repeat(5 << 20)),
        Value::bytes(vec![0xff; 70_000]),
        Value::Reference(Reference::Object(anchor(1))),
        Value::Reference(Reference::Object(Anchor::new(&[]))),
        Value::Reference(Reference::Unresolved("CN=nobody".into())),
        Value::Reference(Reference::Identity(IdentityId::from_bytes([0xff; 16]))),
        Value::Large(ContentHash(u128::MAX), u32::MAX),
    ]
}

pub async fn odd_values_are_kept(bed: &mut impl Bed) {
    let values: Vec<_> = odd_values();
    let names =
        ["description", "an-attribute-of-nobody", "x"].map(|name| AttributeName::intern(name).unwrap());
    let entry = Entry::from_values(names.map(|name| (name, values.clone())));
    let mut export = plan(1, ConnectorId(2), ChangeKind::Modify);
    export.changes[0].old = values.clone();
    export.changes[0].new = vec![Value::text(""), Value::text("")];
    export.changes.push(export.changes[0].clone());
    export.changes[1].source = None;
    {
        let world = World::new(bed.store()).await;
        let mut write = object(1, &[], &[]);
        write.entry = entry.clone();
        world.import(vec![write, object(2, &[], &[])], &[]).await;
        let mut state = state_with(1, world.b, Some(export.clone()));
        state.baseline = entry.clone();
        world.write_identity(1, vec![(state, vec![])]).await;
    }
    for _ in 0..2 {
        let world = World::new(bed.store()).await;
        assert!(world.object(1).await.unwrap().object.entry == entry);
        assert_eq!(world.object(2).await.unwrap().object.entry, Entry::default());
        let state = world.identity(1).await.unwrap().exports.remove(0);
        assert!(state.baseline == entry);
        assert!(state.pending.as_ref() == Some(&export));
        bed.reopen().await;
    }
}

pub async fn a_hundred_thousand_keys_are_kept(bed: &mut impl Bed) {
    let keys: Vec<i64> = (0..100_000).map(|n| n * 7919).collect();
    let world = World::new(bed.store()).await;
    world.import(vec![object(1, &[], &keys), person(2)], &[]).await;
    let owner = vec![KeyOwner::Object(world.key(1))];
    let asked: Vec<_> = keys.iter().map(|key| IndexKey(*key)).collect();
    let found = world.store.owners(&asked).await.unwrap();
    assert_eq!(found.len(), 100_000);
    assert!(found.values().all(|owners| *owners == owner));
    world.import(vec![object(1, &[], &keys[50_000..])], &[]).await;
    assert_eq!(world.store.owners(&asked).await.unwrap().len(), 50_000);
    world.import(vec![], &[1]).await;
    world.sync(SyncCommit { forgotten: vec![world.key(1)], ..SyncCommit::default() }).await;
    assert!(world.store.owners(&asked).await.unwrap().is_empty());
}

pub async fn odd_names_and_anchors_are_kept(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    let anchors = [&b""[..], b"\0", b"\0\0", b"hex:00", "Zoë".as_bytes(), &[0xff; 3000]].map(Anchor::new);
    let names = ["", "CN=a\\2Cb\0c,DC=x", "not a name at all", "cn=ß"];
    let mut objects = Vec::new();
    for (n, anchor) in anchors.iter().enumerate() {
        let dn = DistinguishedName::from_directory(names[n % names.len()]);
        objects.push(crate::ObjectWrite { anchor: anchor.clone(), dn, ..object(0, &[], &[n as i64]) });
    }
    world.import(objects.clone(), &[]).await;
    let keys: Vec<_> = anchors.iter().map(|anchor| ObjectKey::new(world.a, anchor.clone())).collect();
    let found = world.store.objects(&keys).await.unwrap();
    for (found, written) in found.into_iter().zip(&objects) {
        let found = found.unwrap();
        assert_eq!((&found.object.key.anchor, &found.object.dn), (&written.anchor, &written.dn));
    }
    assert_eq!(world.store.objects(&[ObjectKey::new(world.b, anchors[0].clone())]).await.unwrap(), [None]);
    let twice = [keys[1].clone(), ObjectKey::new(world.a, anchor(77)), keys[1].clone()];
    let found = world.store.objects(&twice).await.unwrap();
    assert!(found[0].is_some() && found[1].is_none() && found[0] == found[2]);
    let status = world.store.connector(&world.lease, "naïve \0 name").await.unwrap();
    assert_eq!(world.store.connector(&world.lease, "naïve \0 name").await.unwrap(), status);
}

fn full_state(connector: ConnectorId) -> ExportState {
    let mut export = plan(1, connector, ChangeKind::Rename);
    export.anchor = Some(anchor(3));
    export.new_dn = Some(DistinguishedName::from_directory("CN=new,DC=x"));
    export.reason = Some(HideReason::AddressTaken);
    export.speaker = None;
    ExportState {
        connector,
        anchor: Some(Anchor::new(&[])),
        dn: DistinguishedName::from_directory("CN=x"),
        baseline: super::entry(&[("cn", "x"), ("mail", "y")]),
        decisions: vec![
            Decision {
                attribute: AttributeName::intern("mailNickname").unwrap(),
                value: Value::bytes([0xff]),
                inputs: u64::MAX,
            },
            Decision { attribute: AttributeName::intern("cn").unwrap(), value: Value::text(""), inputs: 0 },
        ],
        hidden: Some(Hidden { since: time(-5), reason: HideReason::OutOfScope }),
        unconfirmed: Some(Unconfirmed {
            export: export.clone(),
            run: u64::MAX,
            at: Timestamp::from_millis(i64::MIN),
            since: Timestamp::from_millis(i64::MAX),
            imports_complete: u64::MAX,
            state: UnconfirmedState::Refused,
            before: Some(Box::new(Unconfirmed {
                export: plan(7, connector, ChangeKind::Add),
                run: 0,
                at: time(0),
                since: time(-1),
                imports_complete: 0,
                state: UnconfirmedState::Accepted,
                before: None,
            })),
        }),
        pending: Some(export),
        came_back_different: u8::MAX,
        drifts: vec![Drift {
            attribute: AttributeName::intern("title").unwrap(),
            theirs: vec![Value::text(""), Value::bytes([0])],
            at: time(-7),
            times: u32::MAX,
        }],
        holds: [0, u64::MAX]
            .map(|run| Hold { run, at: time(-9), change: plan(7, connector, ChangeKind::Delete) })
            .to_vec(),
    }
}

pub async fn every_part_of_a_state_is_kept(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    let identity = Identity {
        authority: Some(ObjectKey::new(ConnectorId(u16::MAX), Anchor::new(&[]))),
        exports: vec![full_state(world.a), full_state(world.b)],
        ..Identity::new(identity_id(1))
    };
    let write = IdentityWrite { identity: identity.clone(), due: None, export_keys: vec![] };
    world.sync(SyncCommit { identities: vec![write], ..SyncCommit::default() }).await;
    assert_eq!(world.identity(1).await, Some(identity));
    let pending = world.store.pending(world.b, None, 9).await.unwrap();
    assert_eq!((pending[0].export.clone(), pending[0].unconfirmed.clone()), {
        let state = full_state(world.b);
        (state.pending.unwrap(), state.unconfirmed)
    });
}

pub async fn times_at_the_edge_are_kept(bed: &mut impl Bed) {
    let world = World::new(bed.store()).await;
    for (n, due) in [(1, i64::MIN), (2, i64::MAX), (3, 0)] {
        let due = Some(Timestamp::from_millis(due));
        let write = IdentityWrite { due, ..identity_write(n, vec![]) };
        world.sync(SyncCommit { identities: vec![write], ..SyncCommit::default() }).await;
    }
    for (now, wanted) in [(i64::MIN, 1), (-1, 1), (0, 2), (i64::MAX, 3)] {
        let now = Timestamp::from_millis(now);
        assert_eq!(world.store.dirty(now, 9).await.unwrap().identities.len(), wanted);
        assert_eq!(world.store.dirty_count(now).await.unwrap() as usize, wanted);
    }
}

pub async fn everything_is_there_after_reopening(bed: &mut impl Bed) {
    {
        let world = World::new(bed.store()).await;
        world.import((0..20).map(person).collect(), &[]).await;
        world.import(vec![], &[4]).await;
        let links =
            vec![(world.key(1), link(1, LinkKind::Projected)), (world.key(4), link(1, LinkKind::Joined))];
        let identities = vec![identity_write(1, vec![(full_state(world.b), vec![99])])];
        world.sync(SyncCommit { links, identities, ..SyncCommit::default() }).await;
        world.clean().await;
        world.sync(SyncCommit { wake: vec![IndexKey(7), IndexKey(99)], ..SyncCommit::default() }).await;
        world
            .store
            .begin_export(&world.lease, world.run, vec![world.begun(2, world.b)], time(5))
            .await
            .unwrap();
        world.store.set_rules_digest(&world.lease, 5).await.unwrap();
    }
    let before = everything(&World::new(bed.store()).await).await;
    bed.reopen().await;
    let world = World::new(bed.store()).await;
    assert_eq!(everything(&world).await, before);
    assert_eq!(world.dirty(0).await, (vec![7], vec![1]));
    assert!(world.object(4).await.unwrap().gone);
    assert_eq!(world.identity(1).await.unwrap().links, [world.key(1), world.key(4)]);
    world.import(vec![person(30)], &[]).await;
    assert_eq!(world.dirty(0).await.0, [7, 30]);
}

/// All that a store tells, as text.
pub async fn everything(world: &World<'_>) -> Vec<String> {
    let store = world.store;
    let mut all = Vec::new();
    for connector in [world.a, world.b] {
        let mut digests: Vec<_> = store.digests(connector).await.unwrap().into_iter().collect();
        digests.sort();
        all.push(format!("{digests:?}"));
        all.push(format!("{:?}", store.scan_objects(connector, None, u32::MAX).await.unwrap()));
        all.push(format!("{:?}", store.pending(connector, None, u32::MAX).await.unwrap()));
        all.push(format!("{:?}", store.unconfirmed(connector).await.unwrap()));
    }
    all.push(format!("{:?}", store.connectors().await.unwrap()));
    let keys: Vec<_> = (0..40).map(|n| ObjectKey::new(world.a, anchor(n))).collect();
    all.push(format!("{:?}", store.objects(&keys).await.unwrap()));
    let ids: Vec<_> = (0..20).map(identity_id).collect();
    all.push(format!("{:?}", store.identities(&ids).await.unwrap()));
    let keys: Vec<_> = (0..120).map(IndexKey).collect();
    let mut owners: Vec<_> = store.owners(&keys).await.unwrap().into_iter().collect();
    owners.sort();
    all.push(format!("{owners:?}"));
    for (now, limit) in [(0, u32::MAX), (30, 5), (1000, u32::MAX)] {
        all.push(format!("{:?}", store.dirty(time(now), limit).await.unwrap()));
        all.push(format!("{}", store.dirty_count(time(now)).await.unwrap()));
    }
    all.push(format!("{:?}", store.audit(0, u32::MAX).await.unwrap()));
    all.push(format!("{:?}", store.problems().await.unwrap()));
    all.push(format!("{:?}", store.rules_digest().await.unwrap()));
    all
}
