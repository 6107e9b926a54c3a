//! One object that is long known changes, and somebody else must hear of it: after deltas alone everything is as a full
//! sync would have it, problems included. And who has nothing to hear is not woken.

use madrigal_api::ImportMode;
use madrigal_model::ConnectorId;

use super::bench::{DELTA, FULL};
use super::crash::Fuse;
use super::scenes::at_rest;
use super::topologies::forests;
use super::world::{Kind, Place, World};

/// What the rows change: two people of ABC, Bert's manager is Anna, one of XYZ, and a contact that somebody made in XYZ.
struct Cast {
    anna: Place,
    bert: Place,
    carl: Place,
    by_hand: Place,
}

fn cast() -> (World, Cast) {
    let mut world = forests(2, &[(0, &[1]), (1, &[0])]);
    let [anna, bert] = [0, 1].map(|name| world.hire(0, Kind::Mailbox, name));
    let carl = world.hire(1, Kind::Mailbox, 2);
    let (dn, _) = world.get(&anna).unwrap();
    world.set(&bert, "manager", &[dn.as_str()]);
    let by_hand = world
        .site(1)
        .directory
        .create(
            &format!("CN=By Hand,{}", world.ou(1, "Branch")),
            &[
                ("objectClass", &["top", "person", "contact"]),
                ("displayName", &["By Hand"]),
                ("mailNickname", &["by-hand"]),
                ("mail", &["hand@abc.example"]),
                ("targetAddress", &["SMTP:hand@abc.example"]),
                ("proxyAddresses", &["SMTP:hand@abc.example"]),
            ],
        )
        .unwrap();
    cycles(&mut world);
    (world, Cast { anna, bert, carl, by_hand: (1, by_hand) })
}

fn cycles(world: &mut World) {
    for _ in 0..3 {
        world.bench.now = world.bench.now.plus_seconds(900);
        world.bench.cycle(DELTA);
    }
}

fn add(world: &World, place: &Place, name: &str, value: &str) {
    let mut values = world.values(place, name);
    values.push(value.to_owned());
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    assert!(world.set(place, name, &values));
}

fn mail(world: &World, place: &Place) -> String {
    world.values(place, "mail").remove(0)
}

fn has_mail(world: &mut World, place: &Place, mail: &str) {
    assert!(world.set(place, "mail", &[mail]));
    assert!(world.set(place, "proxyAddresses", &[&format!("SMTP:{mail}")]));
}

/// Anna and Bert, who refers to her no longer: he hears nothing of what becomes of her.
fn two_are_found(world: &mut World, cast: &Cast) {
    assert!(world.set(&cast.bert, "manager", &[]));
    has_mail(world, &cast.anna, "hand@abc.example");
    has_mail(world, &cast.bert, "hand@abc.example");
}

type Change = fn(&mut World, &Cast);

#[test]
fn whoever_must_hear_of_it_is_looked_at() {
    let rows: [(&str, Change, Change); 11] = [
        (
            "an address that a hidden contact has",
            |world, cast| world.site(0).directory.delete(&cast.anna.1).unwrap(),
            |world, cast| {
                let contact = world.stamped().into_iter().find(|(place, ..)| place.0 == 1).unwrap().0;
                let address = world.values(&contact, "targetAddress").remove(0).replace("SMTP:", "smtp:");
                add(world, &cast.carl, "proxyAddresses", &address);
            },
        ),
        (
            "an address that a contact has",
            |_, _| (),
            |world, cast| {
                let address = format!("smtp:{}", mail(world, &cast.anna));
                add(world, &cast.carl, "proxyAddresses", &address);
            },
        ),
        (
            "an address that a contact waits for",
            |world, cast| {
                add(world, &cast.anna, "proxyAddresses", "smtp:wanted@abc.example");
                add(world, &cast.carl, "proxyAddresses", "smtp:wanted@abc.example");
            },
            |world, cast| {
                let own = format!("SMTP:{}", mail(world, &cast.carl));
                world.set(&cast.carl, "proxyAddresses", &[&own]);
            },
        ),
        (
            "what a contact made by hand is found by",
            |_, _| (),
            |world, cast| has_mail(world, &cast.bert, "hand@abc.example"),
        ),
        (
            "what a contact made by hand was found by",
            |world, cast| has_mail(world, &cast.bert, "hand@abc.example"),
            |world, cast| has_mail(world, &cast.bert, "bert@abc.example"),
        ),
        (
            "a contact made by hand comes to be found by somebody",
            |_, _| (),
            |world, cast| {
                let address = format!("X500:{}", world.values(&cast.bert, "legacyExchangeDN").join(""));
                add(world, &cast.by_hand, "proxyAddresses", &address);
            },
        ),
        ("what two were found by", two_are_found, |world, cast| {
            has_mail(world, &cast.anna, "anna@abc.example")
        }),
        ("one of two goes whom a contact made by hand matches", two_are_found, |world, cast| {
            world.site(0).directory.delete(&cast.anna.1).unwrap()
        }),
        (
            "a name that a problem tells is spelled otherwise",
            |world, cast| {
                add(world, &cast.carl, "proxyAddresses", "smtp:wanted@xyz.example");
                add(world, &cast.anna, "proxyAddresses", "smtp:wanted@xyz.example");
            },
            |world, cast| {
                let name = world.get(&cast.carl).unwrap().0.rdn_value().unwrap().to_uppercase();
                world.site(1).directory.rename(&cast.carl.1, &format!("CN={name}")).unwrap();
            },
        ),
        (
            "a manager who is not published any more",
            |_, _| (),
            |world, cast| assert!(world.set(&cast.anna, "msExchHideFromAddressLists", &["TRUE"])),
        ),
        (
            "a manager who is published again",
            |world, cast| assert!(world.set(&cast.anna, "msExchHideFromAddressLists", &["TRUE"])),
            |world, cast| assert!(world.set(&cast.anna, "msExchHideFromAddressLists", &[])),
        ),
    ];
    for (what, before, change) in rows {
        let (mut world, cast) = cast();
        before(&mut world, &cast);
        cycles(&mut world);
        change(&mut world, &cast);
        cycles(&mut world);
        let told = world.bench.problems();
        at_rest(&world, what);
        world.bench.cycle(FULL);
        assert_eq!(told, world.bench.problems(), "{what}: a full run says the same");
    }
}

/// How many objects and identities the next sync looks at.
fn looked_at(world: &mut World) -> u64 {
    world.bench.now = world.bench.now.plus_seconds(900);
    let mut engine = world.bench.engine("engine", &Fuse::endless()).unwrap();
    let now = world.bench.now;
    world.bench.block_on(async {
        engine.begin_run("run", "test", now).await.unwrap();
        for connector in [1, 2] {
            engine.import(ConnectorId(connector), ImportMode::Delta, now).await.unwrap();
        }
        let looked_at = engine.sync(now).await.unwrap();
        engine.end_run("{}", now).await.unwrap();
        engine.close().await.unwrap();
        looked_at
    })
}

#[test]
fn who_has_nothing_to_hear_is_not_looked_at() {
    let (mut world, cast) = cast();
    assert_eq!(looked_at(&mut world), 0);
    world.set(&cast.anna, "telephoneNumber", &["+1 555 0001"]);
    assert_eq!(looked_at(&mut world), 1, "a number that nobody else looks at");
    world.set(&cast.anna, "telephoneNumber", &["+1 555 0002"]);
    assert_eq!(looked_at(&mut world), 1, "and while the first change waits");
    add(&world, &cast.anna, "proxyAddresses", "smtp:another@abc.example");
    assert!(looked_at(&mut world) > 1, "an address that somebody else may wait for");
}
