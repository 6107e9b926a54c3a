//! The table of topologies, row by row: the steps of each row in every order, with the process killed between any two
//! steps of the store and the connectors, and at the end everything where the oracle wants it.

use std::collections::BTreeSet;
use std::io::Write;
use std::thread::ScopedJoinHandle;

use super::bench::{Bench, DELTA, PREVIEW, Site, SiteShare};
use super::crash::Fuse;
use super::invariants::{self, Before};
use super::oracle::complaints;
use super::random::base64;
use super::world::{Kind, Place, World, sid};

/// A step of a row; what it cannot do in this order it leaves out.
type Step = fn(&mut World);

struct Row {
    name: &'static str,
    world: fn() -> World,
    steps: &'static [Step],
}

/// Calls between two kills that are tried: every test run tries some, `MADRIGAL_CRASHES=all` tries each. `MADRIGAL_ROW`
/// names the rows that are played by a part of their names.
static STRIDE: std::sync::LazyLock<usize> = std::sync::LazyLock::new(|| {
    if std::env::var("MADRIGAL_CRASHES").is_ok_and(|which| which == "all") { 1 } else { 61 }
});

pub(super) fn forests(many: usize, shares: &[(usize, &[usize])]) -> World {
    let names = ["abc", "xyz", "def", "ghi"];
    let sites = names[..many].iter().map(|name| Site::active_directory(name)).collect();
    World::new(Bench::new(sites, shares.iter().map(|(from, to)| SiteShare::new(*from, to)).collect()))
}

/// Two companies and a third that hears of both; person 0 works for the first.
fn three() -> World {
    let mut world = forests(3, &[(0, &[1, 2]), (1, &[0, 2]), (2, &[0, 1])]);
    let anna = world.hire(0, Kind::Mailbox, 0);
    let bert = world.hire(0, Kind::Mailbox, 1);
    world.hire(1, Kind::Mailbox, 2);
    let (dn, _) = world.get(&anna).unwrap();
    world.set(&bert, "manager", &[dn.as_str()]);
    world
}

pub(super) fn own(world: &World, person: usize, at: usize) -> Option<Place> {
    world.objects_of(person).into_iter().find(|place| place.0 == at && world.get(place).is_some())
}

fn appears_by_mailbox(world: &mut World) {
    let guid = vec!["box-0".to_owned()];
    world.make(1, Kind::Mailbox, 0, 0, "anna.new", &[("msExchMailboxGuid", guid)]);
}

fn appears_by_sid_history(world: &mut World) {
    let from = world.objects_of(0)[0].clone();
    let mut sids = world.values(&from, "objectSid");
    if sids.is_empty() {
        sids = vec![sid("abc", 2)];
    }
    let more = [("sIDHistory", sids), ("msExchMailboxGuid", Vec::new())];
    world.make(1, Kind::Mailbox, 0, 0, "anna.new", &more);
}

fn appears_by_x500(world: &mut World) {
    let from = world.objects_of(0)[0].clone();
    let legacy = world.values(&from, "legacyExchangeDN").into_iter().next();
    let legacy = legacy.unwrap_or_else(|| "/o=abc/ou=First/cn=Recipients/cn=p1-2".to_owned());
    let proxies = vec!["SMTP:anna.new@xyz.example".to_owned(), format!("X500:{legacy}")];
    let more = [("proxyAddresses", proxies), ("msExchMailboxGuid", Vec::new())];
    world.make(1, Kind::Mailbox, 0, 0, "anna.new", &more);
}

fn old_is_redirected(world: &mut World) {
    if let Some(old) = own(world, 0, 0) {
        world.set(&old, "homeMDB", &[]);
        world.set(&old, "targetAddress", &["SMTP:anna.new@xyz.example"]);
    }
}

fn old_is_hidden(world: &mut World) {
    if let Some(old) = own(world, 0, 0) {
        world.set(&old, "msExchHideFromAddressLists", &["TRUE"]);
    }
}

fn old_is_deleted(world: &mut World) {
    if let Some(old) = own(world, 0, 0) {
        world.site(0).directory.delete(&old.1).unwrap();
    }
}

fn month_passes(world: &mut World) {
    world.bench.days(31);
}

fn resource_forest() -> World {
    let mut world = forests(3, &[(0, &[2]), (1, &[2]), (2, &[0])]);
    world.hire(0, Kind::Mailbox, 0);
    world.hire(2, Kind::Mailbox, 1);
    world
}

fn account_appears(world: &mut World) {
    let phone = [("telephoneNumber", vec!["account".to_owned()]), ("objectSid", vec![sid("xyz", 9999)])];
    world.make(1, Kind::Account, 0, 0, "account", &phone);
}

fn mailbox_is_linked(world: &mut World) {
    if let Some(mailbox) = own(world, 0, 0) {
        world.set(&mailbox, "msExchMasterAccountSid", &[&sid("xyz", 9999)]);
    }
}

fn account_goes(world: &mut World) {
    if let Some(account) = own(world, 0, 1) {
        world.site(1).directory.delete(&account.1).unwrap();
    }
}

fn partners() -> World {
    let mut world = forests(2, &[(0, &[1]), (1, &[0])]);
    world.hire(0, Kind::Mailbox, 0);
    world.hire(0, Kind::Partner, 1);
    world.hire(0, Kind::Group, 2);
    world
}

fn partner_leaves_the_container(world: &mut World) {
    if let Some(partner) = own(world, 1, 0) {
        let elsewhere = world.ou(0, "Branch");
        world.site(0).directory.move_below(&partner.1, &elsewhere).unwrap();
    }
}

fn partner_comes_back(world: &mut World) {
    if let Some(partner) = own(world, 1, 0) {
        let home = world.ou(0, "Partners");
        world.site(0).directory.move_below(&partner.1, &home).unwrap();
    }
}

fn group_closes(world: &mut World) {
    if let Some(group) = own(world, 2, 0) {
        world.set(&group, "msExchRequireAuthToSendTo", &["TRUE"]);
    }
}

fn group_opens(world: &mut World) {
    if let Some(group) = own(world, 2, 0) {
        world.set(&group, "msExchRequireAuthToSendTo", &[]);
    }
}

/// The manager works on the other side: in the directory of the report she is our contact.
fn manager_is_a_contact(world: &mut World) {
    let contact = world.stamped().into_iter().find(|(place, person, ..)| place.0 == 1 && *person == 0);
    let report = own(world, 2, 1);
    if let (Some((.., dn)), Some(report)) = (contact, report) {
        world.set(&report, "manager", &[dn.as_str()]);
    }
}

fn address_goes_to_another(world: &mut World) {
    if let (Some(anna), Some(bert)) = (own(world, 0, 0), own(world, 1, 0)) {
        world.set(&anna, "proxyAddresses", &["SMTP:p1@abc.example"]);
        world.set(&bert, "proxyAddresses", &["SMTP:p3@abc.example", "smtp:info@abc.example"]);
    }
}

fn address_is_given(world: &mut World) {
    if let (Some(anna), Some(bert)) = (own(world, 0, 0), own(world, 1, 0)) {
        world.set(&bert, "proxyAddresses", &["SMTP:p3@abc.example"]);
        world.set(&anna, "proxyAddresses", &["SMTP:p1@abc.example", "smtp:info@abc.example"]);
    }
}

fn successor_with_the_old_address(world: &mut World) {
    if let Some(anna) = own(world, 0, 0) {
        let mail = world.values(&anna, "mail").join("");
        let account = mail.split('@').next().unwrap_or("p1").to_owned();
        world.site(0).directory.delete(&anna.1).unwrap();
        let person = world.people;
        world.people += 1;
        world.make(0, Kind::Mailbox, person, 4, &account, &[]);
    }
}

/// A company whose people live in its forest and in its tenant; another company publishes into the forest, whose contacts
/// are carried to the tenant like everything that lies there.
pub(super) fn hybrid() -> World {
    let mut home = Site::active_directory("xyz");
    home.cloud = Some(2);
    let mut cloud = Site::cloud("cloud");
    cloud.domain.clone_from(&home.domain);
    let sites = vec![Site::active_directory("abc"), home, cloud];
    let shares = vec![SiteShare::new(0, &[1]), SiteShare::new(1, &[0]), SiteShare::new(2, &[0])];
    let mut world = World::new(Bench::new(sites, shares));
    world.hire(1, Kind::Mailbox, 0);
    world.hire(0, Kind::Mailbox, 1);
    world.hire(2, Kind::CloudUser, 2);
    world
}

/// What is synchronised from the forest to its tenant.
pub(super) fn carried(world: &mut World, from: &Place, person: usize, name_at: u64) -> Place {
    let more = [
        ("onPremisesImmutableId", vec![base64(from.1.as_bytes())]),
        ("onPremisesSyncEnabled", vec!["TRUE".to_owned()]),
        ("proxyAddresses", world.values(from, "proxyAddresses")),
    ];
    let account = format!("twin{}", world.next());
    world.make(2, Kind::CloudUser, person, name_at, &account, &more)
}

fn twin_appears(world: &mut World) {
    if let Some(home) = own(world, 0, 1) {
        let _ = carried(world, &home, 0, 0);
    }
}

fn twin_goes(world: &mut World) {
    if let Some(twin) = own(world, 0, 2) {
        world.site(2).directory.delete(&twin.1).unwrap();
    }
}

/// The twin of a contact of ours: no person of the tenant's.
fn contact_is_carried(world: &mut World) {
    let contact = world.stamped().into_iter().find(|(place, person, ..)| place.0 == 1 && *person == 1);
    if let Some((contact, ..)) = contact {
        let _ = carried(world, &contact, 1, 1);
    }
}

fn home_leaves(world: &mut World) {
    if let Some(home) = own(world, 0, 1) {
        world.site(1).directory.delete(&home.1).unwrap();
    }
}

fn container_is_renamed(world: &mut World) {
    let dn = world.ou(1, "People");
    if let Some(anchor) = world.site(1).directory.find(&dn) {
        let _ = world.site(1).directory.rename(&anchor, "OU=People renamed");
    }
}

const ROWS: &[Row] = &[
    Row {
        name: "full mesh: join, leave, a month",
        world: three,
        steps: &[old_is_hidden, month_passes, container_is_renamed],
    },
    Row {
        name: "move between forests by mailbox GUID",
        world: three,
        steps: &[appears_by_mailbox, old_is_redirected, old_is_deleted, month_passes],
    },
    Row {
        name: "move between forests by SID history",
        world: three,
        steps: &[appears_by_sid_history, old_is_hidden, old_is_deleted, month_passes],
    },
    Row {
        name: "move between forests by X500 address",
        world: three,
        steps: &[appears_by_x500, old_is_redirected, old_is_deleted],
    },
    Row {
        name: "account forest and resource forest",
        world: resource_forest,
        steps: &[account_appears, mailbox_is_linked, account_goes],
    },
    Row {
        name: "hybrid twins",
        world: hybrid,
        steps: &[twin_appears, contact_is_carried, home_leaves, twin_goes],
    },
    Row {
        name: "contacts that are authoritative",
        world: partners,
        steps: &[partner_leaves_the_container, month_passes, partner_comes_back],
    },
    Row { name: "groups", world: partners, steps: &[group_closes, month_passes, group_opens] },
    Row {
        name: "manager on the other side",
        world: three,
        steps: &[manager_is_a_contact, container_is_renamed, old_is_hidden, appears_by_mailbox],
    },
    Row {
        name: "an address goes from one to another",
        world: three,
        steps: &[address_is_given, address_goes_to_another, old_is_hidden],
    },
    Row {
        name: "somebody else gets the address of one who left",
        world: three,
        steps: &[successor_with_the_old_address, container_is_renamed, month_passes],
    },
];

pub(super) fn orders(many: usize) -> Vec<Vec<usize>> {
    if many == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in orders(many - 1) {
        for at in 0..=shorter.len() {
            let mut order = shorter.clone();
            order.insert(at, many - 1);
            all.push(order);
        }
    }
    all
}

/// One order; `kill` is the step whose cycle is killed and after how many half calls. Whether the kill came in time.
fn play(row: &Row, order: &[usize], kill: Option<(usize, i64)>) -> Result<bool, String> {
    let mut world = (row.world)();
    let mut in_time = false;
    for at in 0..=order.len() {
        if at > 0 {
            row.steps[order[at - 1]](&mut world);
        }
        world.bench.now = world.bench.now.plus_seconds(900);
        let before = Before::of(&world);
        if let Some((_, half_calls)) = kill.filter(|(step, _)| *step == at) {
            let fuse = Fuse::of(half_calls);
            let _ = world.bench.try_cycle(DELTA, &fuse);
            in_time = fuse.is_dead();
        }
        world.bench.try_cycle(DELTA, &Fuse::endless()).map_err(|error| format!("runs: {error}"))?;
        invariants::after_cycle(&mut world, &before, true)?;
        let left = complaints(&world);
        if !left.is_empty() {
            let problems = world.bench.problems();
            return Err(format!("after step {at}: {}\nproblems: {problems}", left.join("\n")));
        }
    }
    invariants::nothing_left_to_do(&world, DELTA, "second-run-plans-nothing")?;
    let preview = madrigal_run::CycleOptions { full_import: true, ..PREVIEW };
    invariants::nothing_left_to_do(&world, preview, "full-sync-plans-nothing")?;
    Ok(in_time)
}

/// Plays the row in every order, killed at every call or at some; how many kills came in time.
fn check(row: &Row) -> usize {
    let mut kills = 0;
    // What comes before a kill tells one from another: the first order that begins so is tried.
    let mut tried: BTreeSet<Vec<usize>> = BTreeSet::new();
    for (turn, order) in orders(row.steps.len()).into_iter().enumerate() {
        if let Err(broken) = play(row, &order, None) {
            panic!("{}: order {order:?}: {broken}", row.name);
        }
        for step in 0..=order.len() {
            if *STRIDE == 1 && !tried.insert(order[..step].to_vec()) {
                continue;
            }
            for half_calls in (turn % *STRIDE..).step_by(*STRIDE) {
                match play(row, &order, Some((step, half_calls as i64))) {
                    Ok(true) => kills += 1,
                    Ok(false) => break,
                    Err(broken) => panic!(
                        "{}: order {order:?}, killed in step {step} after {half_calls} half calls: {broken}",
                        row.name
                    ),
                }
            }
        }
    }
    kills
}

#[test]
fn every_row_in_every_order_with_a_crash_anywhere() {
    let only = std::env::var("MADRIGAL_ROW").unwrap_or_default();
    let failed: Vec<&str> = std::thread::scope(|scope| {
        let rows = ROWS.iter().filter(|row| row.name.contains(&only));
        let rows: Vec<_> = rows.map(|row| (row.name, scope.spawn(move || check(row)))).collect();
        let told = |(name, row): (&'static str, ScopedJoinHandle<'_, usize>)| match row.join() {
            Ok(kills) => {
                // Past the capture of test output: what was tried is meant to be seen.
                let _ = writeln!(std::io::stderr().lock(), "{kills:>10} kills  {name}");
                None
            }
            Err(_) => Some(name),
        };
        rows.into_iter().filter_map(told).collect()
    });
    assert!(failed.is_empty(), "rows that fail: {failed:?}");
}
