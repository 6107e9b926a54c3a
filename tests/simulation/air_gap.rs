//! Scenes of a directory behind an air gap: what is written for it are files that somebody carries there later.

use std::sync::Arc;

use madrigal_state::MemoryStore;

use super::bench::{Bench, DELTA, STAMP, Site, SiteShare};
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
    let not_before = world.bench.now.plus_seconds(-world.bench.options.confirm_within_seconds);
    let taken = world.site(1).directory.carry(not_before);
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
    assert!(world.bench.problems().contains("MDR-P006"), "{}", world.bench.problems());
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
