//! Scenes that histories by chance came upon, each told once and as short as it goes.

use std::sync::Arc;

use madrigal_memory::{ExportFault, FaultPlan, ImportFault};
use madrigal_model::{ConnectorId, ObjectKey};
use madrigal_run::{CycleOptions, RunError};
use madrigal_state::{MemoryStore, Store};

use super::bench::{DELTA, FULL, PREVIEW, attribute};
use super::crash::Fuse;
use super::events::bring_back;
use super::invariants::{self, Before};
use super::oracle::complaints;
use super::topologies::{carried, forests, hybrid, orders, own};
use super::world::{Kind, Place, World};

/// One cycle, after which everything is where it should be.
fn in_step(world: &mut World, what: &str) {
    world.bench.now = world.bench.now.plus_seconds(900);
    let before = Before::of(world);
    world.bench.cycle(DELTA);
    invariants::after_cycle(world, &before, true).unwrap_or_else(|broken| panic!("{what}: {broken}"));
    let left = complaints(world);
    assert!(left.is_empty(), "{what}: {}\nproblems: {}", left.join("\n"), world.bench.problems());
}

/// Nothing is left to do, whatever is looked at.
pub(super) fn at_rest(world: &World, what: &str) {
    for (options, name) in [
        (DELTA, "second-run-plans-nothing"),
        (CycleOptions { full_import: true, ..PREVIEW }, "full-sync-plans-nothing"),
    ] {
        invariants::nothing_left_to_do(world, options, name)
            .unwrap_or_else(|broken| panic!("{what}: {broken}"));
    }
}

/// By what a new object is known to be the person's.
#[derive(Clone, Copy, Debug)]
enum Tie {
    MailboxGuid,
    SidHistory,
    X500,
}

/// Another object of the person that this object is of.
fn tied(world: &mut World, to: &Place, at: usize, tie: Tie) -> Place {
    let person = world.person_of[to];
    let account = format!("t{}", world.next());
    let mut more = vec![("msExchMailboxGuid", Vec::new())];
    match tie {
        Tie::MailboxGuid => more.push(("msExchMailboxGuid", world.values(to, "msExchMailboxGuid"))),
        Tie::SidHistory => more.push(("sIDHistory", world.values(to, "objectSid"))),
        Tie::X500 => {
            let primary = format!("SMTP:{account}@{}", world.site(at).domain);
            let legacy = world.values(to, "legacyExchangeDN").join("");
            more.push(("proxyAddresses", vec![primary, format!("X500:{legacy}")]));
        }
    }
    world.make(at, Kind::Mailbox, person, 3, &account, &more)
}

/// A person has an object in three of four forests, the second and the third each tied to one before; the store is lost.
/// Whatever the order in which the objects are met, they are one person still.
#[test]
fn three_objects_of_one_person_stay_one_when_the_store_is_lost() {
    let ties = [Tie::MailboxGuid, Tie::SidHistory, Tie::X500];
    for order in orders(3) {
        for (second, third) in ties.iter().flat_map(|one| ties.iter().map(move |other| (*one, *other))) {
            for (chained, batch) in [(false, 1), (true, 5_000)] {
                let what = format!("{order:?}, {second:?}, {third:?}, chained {chained}, batches of {batch}");
                let mut world =
                    forests(4, &[(0, &[1, 2, 3]), (1, &[0, 2, 3]), (2, &[0, 1, 3]), (3, &[0, 1, 2])]);
                world.bench.options.sync_batch = batch;
                let one = world.hire(order[0], Kind::Mailbox, 0);
                world.hire(3, Kind::Mailbox, 1);
                in_step(&mut world, &what);
                let two = tied(&mut world, &one, order[1], second);
                if matches!((chained, third), (true, Tie::MailboxGuid)) {
                    world.set(&two, "msExchMailboxGuid", &["box-0"]);
                }
                in_step(&mut world, &what);
                tied(&mut world, if chained { &two } else { &one }, order[2], third);
                in_step(&mut world, &what);
                world.bench.store = Arc::new(MemoryStore::new());
                in_step(&mut world, &what);
                at_rest(&world, &what);
            }
        }
    }
}

/// The same, and the third object came while the store was lost: nobody has seen it yet.
#[test]
fn an_object_that_comes_while_the_store_is_lost_is_tied_too() {
    for order in orders(3) {
        let what = format!("{order:?}");
        let mut world = forests(3, &[(0, &[2]), (1, &[2]), (2, &[0])]);
        world.bench.options.sync_batch = 1;
        let one = world.hire(order[0], Kind::Mailbox, 0);
        tied(&mut world, &one, order[1], Tie::SidHistory);
        in_step(&mut world, &what);
        tied(&mut world, &one, order[2], Tie::X500);
        world.bench.store = Arc::new(MemoryStore::new());
        in_step(&mut world, &what);
        at_rest(&world, &what);
    }
}

/// Whoever cannot be told by the key is kept, those who are gone go, and the import counts: the next one is a delta.
#[test]
fn an_unreadable_key_spoils_neither_the_import_nor_the_person() {
    let mut world = forests(2, &[(0, &[1])]);
    let people: Vec<Place> = (0..9).map(|name| world.hire(0, Kind::Mailbox, name)).collect();
    in_step(&mut world, "first load");
    let leaver = people.last().unwrap();
    world.site(0).directory.delete(&leaver.1).unwrap();
    // Nothing but the walk tells that somebody left.
    world.site(0).directory.expire_tombstones();
    world.site(0).directory.set_faults(FaultPlan::none().at_page(0, ImportFault::KeysUnreadable));
    world.bench.cycle(FULL);
    let told = world.bench.problems();
    assert!(told.contains("MDR-D022"), "{told}");
    let hidden: Vec<usize> = world
        .stamped()
        .into_iter()
        .filter(|(.., entry, _)| entry.text(attribute("msExchHideFromAddressLists")) == Some("TRUE"))
        .map(|(_, person, ..)| person)
        .collect();
    assert_eq!(hidden, [world.person_of[leaver]], "who left is hidden, and nobody else");
    let pages = |world: &World| world.site(0).directory.counters().of("page of a full import");
    let before = pages(&world);
    in_step(&mut world, "the next import");
    assert_eq!(pages(&world), before, "a delta follows");
    at_rest(&world, "the next import");
}

/// One whose key cannot be read and whom nobody knew by that name may be anybody: then nobody is taken for gone.
#[test]
fn an_unreadable_key_under_a_new_name_may_be_anybodys() {
    let mut world = forests(2, &[(0, &[1])]);
    let people: Vec<Place> = (0..3).map(|name| world.hire(0, Kind::Mailbox, name)).collect();
    in_step(&mut world, "first load");
    for person in &people {
        world.site(0).directory.rename(&person.1, &format!("CN=New {}", world.person_of[person])).unwrap();
    }
    world.site(0).directory.set_faults(FaultPlan::none().at_page(0, ImportFault::KeysUnreadable));
    world.bench.cycle(FULL);
    let told = world.bench.problems();
    assert!(told.contains("MDR-D022 CN=New"), "{told}");
    for (_, person, entry, dn) in world.stamped() {
        assert_eq!(entry.text(attribute("msExchHideFromAddressLists")), None, "{person} {dn}");
    }
    world.bench.cycle(FULL);
    in_step(&mut world, "the keys can be read again");
}

/// A directory that cannot be written to keeps no other from its contacts, and is named.
#[test]
fn one_directory_that_fails_leaves_the_others_alone() {
    let mut world = forests(3, &[(0, &[1, 2])]);
    world.hire(0, Kind::Mailbox, 0);
    world.site(1).directory.set_faults(FaultPlan::none().at_operation(0, ExportFault::BatchCut));
    match world.bench.try_cycle(DELTA, &Fuse::endless()) {
        Err(RunError::Connector { connector, .. }) => assert_eq!(connector, "xyz"),
        other => panic!("{other:?}"),
    }
    let has_contact: Vec<usize> = world.stamped().into_iter().map(|(place, ..)| place.0).collect();
    assert_eq!(has_contact, [2], "the other directory has its contact");
    let told = world.bench.problems();
    assert!(told.contains("MDR-C011 xyz"), "{told}");
    in_step(&mut world, "the directory can be written to again");
    assert_eq!(world.bench.problems(), "");
    at_rest(&world, "the directory can be written to again");
}

/// Somebody whom every look wakes again is left alone in the end, and named; everybody else is kept in step.
#[test]
fn what_wakes_itself_for_ever_ends() {
    for batch in [1, 5_000] {
        let mut world = forests(2, &[(0, &[1])]);
        world.bench.options.sync_batch = batch;
        let anna = world.hire(0, Kind::Mailbox, 0);
        in_step(&mut world, "first load");
        let key = ObjectKey::new(ConnectorId(1), anna.1);
        let known = world.bench.block_on(world.bench.store.objects(&[key])).unwrap().remove(0);
        let identity = known.unwrap().object.link.unwrap().identity;
        world.hire(0, Kind::Mailbox, 1);
        let fuse = Fuse::endless();
        fuse.keep_restless(identity);
        world.bench.try_cycle(DELTA, &fuse).unwrap();
        let told = world.bench.problems();
        assert!(told.contains("MDR-E007"), "batches of {batch}: {told}");
        assert_eq!(world.stamped().len(), 2, "the other has a contact");
        in_step(&mut world, "at rest again");
    }
}

/// A directory drops what points to somebody who is deleted, and shows no change of whoever pointed: a manager who comes
/// back must be named anew.
#[test]
fn a_manager_who_comes_back_is_named_again() {
    let mut world = forests(3, &[(0, &[1, 2]), (1, &[0, 2]), (2, &[0, 1])]);
    let manager = world.hire(1, Kind::Mailbox, 0);
    let report = world.hire(2, Kind::Mailbox, 1);
    in_step(&mut world, "first load");
    let contacts = world.stamped();
    let named = contacts.iter().find(|(place, person, ..)| place.0 == 2 && *person == 0);
    let (.., dn) = named.expect("the manager has a contact where the report works");
    world.set(&report, "manager", &[dn.as_str()]);
    in_step(&mut world, "the manager is named");
    world.site(1).directory.delete(&manager.1).unwrap();
    in_step(&mut world, "the manager is gone");
    assert!(bring_back(&mut world, &manager));
    in_step(&mut world, "the manager is back");
    at_rest(&world, "the manager is back");
}

/// A manager is known by the tenant's object. It stays the manager's when the one that it was made from goes, also where it
/// is looked at anew.
#[test]
fn a_twin_stays_with_its_person() {
    let mut world = hybrid();
    let home = own(&world, 0, 1).unwrap();
    let twin = carried(&mut world, &home, 0, 0);
    let report = own(&world, 2, 2).unwrap();
    let (dn, _) = world.get(&twin).unwrap();
    world.set(&report, "manager", &[dn.as_str()]);
    in_step(&mut world, "first load");
    tied(&mut world, &home, 0, Tie::MailboxGuid);
    in_step(&mut world, "the manager is on the move");
    world.site(1).directory.delete(&home.1).unwrap();
    in_step(&mut world, "the manager has moved");
    world.set(&twin, "department", &["looked at anew"]);
    in_step(&mut world, "the twin is looked at");
    at_rest(&world, "the twin is looked at");
}

/// A directory has one object of a person: a second twin takes the place when the first goes.
#[test]
fn a_twin_waits_for_its_place() {
    for account_first in [true, false] {
        let mut world = hybrid();
        let home = own(&world, 0, 1).unwrap();
        let first = carried(&mut world, &home, 0, 0);
        in_step(&mut world, "first load");
        let account = tied(&mut world, &home, 0, Tie::MailboxGuid);
        let second = carried(&mut world, &account, 0, 5);
        let report = own(&world, 2, 2).unwrap();
        let (dn, _) = world.get(&second).unwrap();
        world.set(&report, "manager", &[dn.as_str()]);
        world.bench.cycle(DELTA);
        if account_first {
            world.site(1).directory.delete(&home.1).unwrap();
            world.bench.cycle(DELTA);
            world.set(&first, "department", &["looked at anew"]);
            world.bench.cycle(DELTA);
        }
        world.site(2).directory.delete(&first.1).unwrap();
        in_step(&mut world, "the first is gone");
        at_rest(&world, "the first is gone");
    }
}

/// Two twins change places: what each was made from is what counts.
#[test]
fn twins_are_swapped() {
    let mut world = hybrid();
    let home = own(&world, 0, 1).unwrap();
    let other = world.hire(1, Kind::Mailbox, 3);
    let person = world.person_of[&other];
    let twins = [carried(&mut world, &home, 0, 0), carried(&mut world, &other, person, 3)];
    let report = own(&world, 2, 2).unwrap();
    let (dn, _) = world.get(&twins[0]).unwrap();
    world.set(&report, "manager", &[dn.as_str()]);
    in_step(&mut world, "first load");
    let ids = twins.clone().map(|twin| world.values(&twin, "onPremisesImmutableId").join(""));
    for (twin, (id, person)) in twins.iter().zip(ids.iter().rev().zip([person, 0])) {
        world.set(twin, "onPremisesImmutableId", &[id]);
        world.person_of.insert(twin.clone(), person);
    }
    in_step(&mut world, "the twins are swapped");
    at_rest(&world, "the twins are swapped");
}

/// A manager and his report leave at once, and an import tells of them in two pages: both are gone.
#[test]
fn a_report_who_leaves_before_the_manager_is_gone() {
    for manager_first in [false, true] {
        let mut world = forests(2, &[(0, &[1]), (1, &[0])]);
        world.bench.options.page_size = 1;
        let report = world.hire(0, Kind::Mailbox, 0);
        let manager = world.hire(0, Kind::Mailbox, 1);
        let (dn, _) = world.get(&manager).unwrap();
        world.set(&report, "manager", &[dn.as_str()]);
        in_step(&mut world, "first load");
        let order = if manager_first { [&manager, &report] } else { [&report, &manager] };
        for place in order {
            world.site(0).directory.delete(&place.1).unwrap();
        }
        in_step(&mut world, "both are gone");
        at_rest(&world, "both are gone");
    }
}

/// Whoever is read before the one that he refers to names him by his name; that name may be another one tomorrow, and no
/// directory shows a change of whoever refers to it.
#[test]
fn a_manager_who_is_read_later_may_have_another_name_by_then() {
    let mut world = forests(2, &[(0, &[1]), (1, &[0])]);
    world.bench.options.page_size = 1;
    let report = world.hire(0, Kind::Mailbox, 0);
    let manager = world.hire(0, Kind::Mailbox, 1);
    let (dn, _) = world.get(&manager).unwrap();
    world.set(&report, "manager", &[dn.as_str()]);
    // Objects are read in the order of their last changes.
    world.set(&manager, "title", &["Head"]);
    in_step(&mut world, "first load");
    world.site(0).directory.rename(&manager.1, "CN=Somebody Else").unwrap();
    in_step(&mut world, "the manager has another name");
    world.set(&report, "title", &["Boss"]);
    in_step(&mut world, "the report is looked at again");
    at_rest(&world, "the report is looked at again");
}

/// A hidden contact that makes room for somebody's address is only hidden again when nobody wants the address any more.
#[test]
fn a_contact_that_makes_room_for_nobody_any_more_is_as_hidden_as_before() {
    type Lapse = fn(&mut World, &Place);
    let lapses: [(&str, Lapse); 3] = [
        ("hidden", |world, place| {
            world.set(place, "msExchHideFromAddressLists", &["TRUE"]);
        }),
        ("deleted", |world, place| world.site(place.0).directory.delete(&place.1).unwrap()),
        ("another address", |world, place| {
            world.set(place, "mail", &["other@abc.example"]);
            world.set(place, "proxyAddresses", &["SMTP:other@abc.example"]);
        }),
    ];
    for (what, lapse) in lapses {
        let mut world = forests(2, &[(0, &[1])]);
        let anna = world.hire(0, Kind::Mailbox, 0);
        in_step(&mut world, what);
        // Out of the container nothing of ours is deleted: there it stays hidden, and in the way.
        let (contact, ..) = world.stamped().remove(0);
        let branch = world.ou(1, "Branch");
        world.site(1).directory.move_below(&contact.1, &branch).unwrap();
        let account = world.values(&anna, "mailNickname").join("");
        world.site(0).directory.delete(&anna.1).unwrap();
        let person = world.people;
        world.people += 1;
        let successor = world.make(0, Kind::Mailbox, person, 4, &account, &[]);
        in_step(&mut world, what);
        assert!(world.values(&contact, super::bench::STAMP).join("").contains("address-taken"), "{what}");
        lapse(&mut world, &successor);
        in_step(&mut world, what);
        at_rest(&world, what);
    }
}
