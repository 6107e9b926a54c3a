//! Scenes of a directory behind an air gap: what is written for it are files that somebody carries there later.

use std::collections::BTreeSet;
use std::sync::Arc;

use madrigal_model::Timestamp;
use madrigal_run::RunError;
use madrigal_state::MemoryStore;

use super::bench::{Bench, DELTA, STAMP, Site, SiteShare};
use super::crash::Fuse;
use super::events::bring_back;
use super::invariants::{self, Before, Moment};
use super::oracle::complaints;
use super::scenes::at_rest;
use super::world::{Kind, Place, World};

/// ABC publishes to XYZ, which lies behind the gap.
fn gap() -> World {
    let sites = vec![Site::active_directory("abc"), Site::behind_an_air_gap("xyz")];
    World::new(Bench::new(sites, vec![SiteShare::new(0, &[1])]))
}

/// A cycle, a quarter of an hour later.
fn cycle(world: &mut World) {
    world.bench.now = world.bench.now.plus_seconds(900);
    let before = Before::of(world);
    world.bench.cycle(DELTA);
    invariants::after_cycle(world, &before, true).unwrap();
}

/// Carries the files that wait; gives how many changes the far side took.
fn carry(world: &mut World) -> usize {
    carry_first(world, usize::MAX)
}

/// Carries the first so many.
fn carry_first(world: &mut World, files: usize) -> usize {
    let not_before = world.bench.now.plus_seconds(-world.bench.options.confirm_within_seconds);
    let taken = world.site(1).directory.carry(not_before, files);
    invariants::after_carrying(world).unwrap();
    taken
}

/// Within two rounds everything is where it should be, and nothing is left to do.
fn comes_to_rest(world: &mut World) {
    for _ in 0..2 {
        cycle(world);
        carry(world);
    }
    cycle(world);
    assert_eq!(carry(world), 0, "a change is written again that the far side took");
    let left = complaints(world);
    assert!(left.is_empty(), "{}\nproblems: {}", left.join("\n"), world.bench.problems());
    invariants::nothing_crosses(world, Moment::AtRest).unwrap();
    at_rest(world, "behind an air gap");
}

fn only_contact(world: &World) -> Place {
    let mut all = world.stamped();
    assert_eq!(all.len(), 1);
    all.remove(0).0
}

#[test]
fn what_waits_is_not_written_again() {
    let mut world = gap();
    world.hire(0, Kind::Mailbox, 0);
    cycle(&mut world);
    cycle(&mut world);
    cycle(&mut world);
    assert_eq!(carry(&mut world), 1);
    comes_to_rest(&mut world);
}

/// Somebody takes the stamp off a contact before any import has shown that it was made. It is a stranger's now: a change
/// that tells it by its name would be a change of something that is not ours.
#[test]
fn a_contact_that_became_a_strangers_is_not_written_by_its_name() {
    let mut world = gap();
    let person = world.hire(0, Kind::Mailbox, 0);
    cycle(&mut world);
    carry(&mut world);
    let contact = only_contact(&world);
    world.set(&contact, STAMP, &[]);
    world.set(&person, "telephoneNumber", &["+1"]);
    world.set(&person, "displayName", &["Another Name"]);
    for _ in 0..3 {
        cycle(&mut world);
        carry(&mut world);
    }
    assert!(!world.has(&contact, "telephoneNumber"));
    assert!(world.bench.problems().contains("MDR-P017"), "{}", world.bench.problems());
    world.bench.days(8);
    cycle(&mut world);
    assert!(world.bench.problems().contains("MDR-P006"), "{}", world.bench.problems());
    carry(&mut world);
    assert!(!world.has(&contact, "telephoneNumber"));
}

/// Somebody is back before the file that deletes the contact was carried: the contact is made anew, once.
#[test]
fn who_comes_back_while_the_delete_waits_gets_one_contact() {
    for carried_between in [false, true] {
        let mut world = gap();
        let person = world.hire(0, Kind::Mailbox, 0);
        for _ in 0..2 {
            cycle(&mut world);
            carry(&mut world);
        }
        world.site(0).directory.delete(&person.1).unwrap();
        for _ in 0..2 {
            cycle(&mut world);
            carry(&mut world);
        }
        world.bench.days(31);
        cycle(&mut world);
        if carried_between {
            assert_eq!(carry(&mut world), 1);
        }
        bring_back(&mut world, &person);
        cycle(&mut world);
        assert_eq!(carry(&mut world), if carried_between { 1 } else { 2 });
        comes_to_rest(&mut world);
        only_contact(&world);
    }
}

/// A new store counts its runs anew: its first file is not taken for the first one of the store that was lost.
#[test]
fn a_file_of_a_lost_store_is_not_taken_for_another() {
    let mut world = gap();
    world.hire(0, Kind::Mailbox, 0);
    cycle(&mut world);
    carry(&mut world);
    world.bench.store = Arc::new(MemoryStore::new());
    world.hire(0, Kind::Mailbox, 1);
    cycle(&mut world);
    assert_eq!(carry(&mut world), 1, "the file of the new store was never written");
    comes_to_rest(&mut world);
}

/// The same where an import has shown the contact, but not yet the rename that another file holds.
#[test]
fn a_contact_that_became_a_strangers_later_is_not_written_either() {
    let mut world = gap();
    let person = world.hire(0, Kind::Mailbox, 0);
    cycle(&mut world);
    rename(&world, &person, "Zoe Zed");
    cycle(&mut world);
    carry_first(&mut world, 1);
    cycle(&mut world);
    carry(&mut world);
    let contact = only_contact(&world);
    world.set(&contact, STAMP, &[]);
    cycle(&mut world);
    world.set(&person, "telephoneNumber", &["+1"]);
    cycle(&mut world);
    carry(&mut world);
    assert!(!world.has(&contact, "telephoneNumber"));
    assert!(world.bench.problems().contains("MDR-P009"), "{}", world.bench.problems());
    world.site(0).directory.delete(&person.1).unwrap();
    for days in [1, 31, 31] {
        cycle(&mut world);
        carry(&mut world);
        world.bench.days(days);
    }
    assert!(world.get(&contact).is_some(), "somebody else's object was deleted");
}

/// Somebody moves a new contact before an import has shown it: it is written where it is.
#[test]
fn a_contact_that_was_moved_before_it_was_seen_is_written_where_it_is() {
    let mut world = gap();
    let person = world.hire(0, Kind::Mailbox, 0);
    cycle(&mut world);
    carry(&mut world);
    let contact = only_contact(&world);
    let elsewhere = world.ou(1, "Branch");
    world.site(1).directory.move_below(&contact.1, &elsewhere).unwrap();
    cycle(&mut world);
    world.set(&person, "telephoneNumber", &["+1"]);
    cycle(&mut world);
    assert_eq!(carry(&mut world), 1);
    assert_eq!(world.values(&contact, "telephoneNumber"), ["+1"]);
    assert!(world.bench.problems().contains("MDR-P008"), "{}", world.bench.problems());
}

/// Contacts that were moved before they were seen are ours like any others: when a snapshot lacks them all, that stops.
#[test]
fn contacts_that_were_moved_are_missed_when_they_are_gone() {
    let mut world = gap();
    for name in 0..3 {
        world.hire(0, Kind::Mailbox, name);
    }
    cycle(&mut world);
    carry(&mut world);
    let elsewhere = world.ou(1, "Branch");
    let contacts: Vec<Place> = world.stamped().into_iter().map(|(place, ..)| place).collect();
    for contact in &contacts {
        world.site(1).directory.move_below(&contact.1, &elsewhere).unwrap();
    }
    cycle(&mut world);
    for contact in &contacts {
        world.site(1).directory.delete(&contact.1).unwrap();
    }
    let stopped = world.bench.try_cycle(DELTA, &Fuse::endless());
    assert!(matches!(stopped, Err(RunError::SourceShrunk(_))), "{stopped:?}");
}

/// A file that was never written, because the process died or the disk was full, takes nothing of what waits before it:
/// there is one contact in the end.
#[test]
fn what_waits_is_known_when_the_next_file_was_never_written() {
    for half_calls in 0.. {
        let mut world = gap();
        let person = world.hire(0, Kind::Mailbox, 0);
        cycle(&mut world);
        rename(&world, &person, "Zoe Zed");
        let fuse = Fuse::of(half_calls);
        world.bench.now = world.bench.now.plus_seconds(900);
        let died = world.bench.try_cycle(DELTA, &fuse).is_err();
        cycle(&mut world);
        carry(&mut world);
        comes_to_rest(&mut world);
        only_contact(&world);
        if !died {
            assert!(half_calls > 20, "the process hardly lived");
            break;
        }
    }
}

/// An adoption waits like any other change, and is not proposed again.
#[test]
fn an_adoption_that_waits_is_not_written_again() {
    let mut world = gap();
    let person = world.hire(0, Kind::Mailbox, 0);
    let x500 = format!("X500:{}", world.values(&person, "legacyExchangeDN")[0]);
    let dn = world.site(1).below("Address List").replacen("OU=", "CN=By Hand,OU=", 1);
    let values: [(&str, &[&str]); 6] = [
        ("objectClass", &["top", "person", "contact"]),
        ("displayName", &["By Hand"]),
        ("mail", &["hand@by-hand.example"]),
        ("targetAddress", &["SMTP:hand@by-hand.example"]),
        ("mailNickname", &["by.hand"]),
        ("proxyAddresses", &[&x500]),
    ];
    let contact = world.site(1).directory.create(&dn, &values).unwrap();
    cycle(&mut world);
    assert_eq!(carry(&mut world), 0);
    // The command adopts, the cycles between do not.
    let adopt = |world: &mut World| {
        world.bench.sites[1].adopt = true;
        let bench = &world.bench;
        let mut engine = bench.engine("adopting", &Fuse::endless()).unwrap();
        let seen = bench.block_on(async {
            engine.begin_run("adopt", "test", bench.now).await.unwrap();
            engine.mark_all_dirty().await.unwrap();
            let target = engine.connector_named("xyz").unwrap();
            let (_, seen) = engine.adoptions(target, bench.now).await.unwrap();
            engine.export_adoptions(target, &seen, bench.now).await.unwrap().unwrap();
            engine.mark_all_dirty().await.unwrap();
            engine.end_run("{}", bench.now).await.unwrap();
            seen.len()
        });
        bench.block_on(engine.close()).unwrap();
        world.bench.sites[1].adopt = false;
        seen
    };
    assert_eq!(adopt(&mut world), 1);
    for _ in 0..3 {
        cycle(&mut world);
        assert_eq!(adopt(&mut world), 0, "it is proposed though it waits");
    }
    // The oracle knows nobody's contacts but ours, and this one becomes ours.
    assert_eq!(world.site(1).directory.carry(Timestamp::default(), usize::MAX), 2);
    let _ = world.site(1).directory.take_writes();
    cycle(&mut world);
    comes_to_rest(&mut world);
    assert_eq!(only_contact(&world), (1, contact));
}

/// While no new export has come back, nobody knows what became of the files: whoever left meanwhile keeps the name, and a
/// namesake gets another.
#[test]
fn nobody_is_forgotten_before_a_new_export_came_back() {
    let mut world = gap();
    let first = world.hire(0, Kind::Mailbox, 0);
    cycle(&mut world);
    world.site(0).directory.delete(&first.1).unwrap();
    cycle(&mut world);
    world.bench.days(9);
    cycle(&mut world);
    world.hire(0, Kind::Mailbox, 0);
    cycle(&mut world);
    // They were carried in time: only the export is late.
    world.site(1).directory.carry(Timestamp::default(), usize::MAX);
    let names: BTreeSet<String> = world.stamped().iter().map(|(.., dn)| dn.as_str().to_owned()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    comes_to_rest(&mut world);
}

/// An add was refused because another contact of ours has the name: nothing is planned on top of it.
#[test]
fn a_name_that_another_contact_holds_is_not_written_to() {
    let mut world = gap();
    world.hire(0, Kind::Mailbox, 0);
    let second = world.hire(0, Kind::Mailbox, 1);
    cycle(&mut world);
    let dn = |world: &World, place: &Place| world.get(place).unwrap().0.rdn_text().to_owned();
    let taken = dn(&world, &second);
    world.site(1).directory.carry(Timestamp::default(), usize::MAX);
    let contact = |world: &World, person: usize| {
        world.stamped().into_iter().find(|(_, of, ..)| *of == person).map(|(place, ..)| place)
    };
    let (one, other) = (contact(&world, 0).unwrap(), contact(&world, 1).unwrap());
    // As if the second one's add had been refused: the first one's contact has the name.
    world.site(1).directory.delete(&other.1).unwrap();
    world.site(1).directory.rename(&one.1, &taken).unwrap();
    world.set(&second, "telephoneNumber", &["+1"]);
    for _ in 0..3 {
        cycle(&mut world);
        carry(&mut world);
    }
    assert!(!world.has(&one, "telephoneNumber"), "the second person's number is on the first one's contact");
    world.bench.days(8);
    comes_to_rest(&mut world);
}

fn rename(world: &World, person: &Place, name: &str) {
    world.site(person.0).directory.rename(&person.1, &format!("CN={name}")).unwrap();
}
