//! Each kind of change, written by a run and taken back: the directory is as before, and what somebody else did since is
//! kept.

use madrigal_model::{Anchor, ChangeKind, DistinguishedName, Entry};
use madrigal_run::{Report, Undo};
use madrigal_state::RunId;

use super::bench::{Bench, DELTA, FULL, Site, attribute};
use super::crash::Fuse;
use super::smoke::person;

/// What the contacts of a directory hold, whatever keys they have.
fn contents(site: &Site) -> Vec<(DistinguishedName, Vec<String>)> {
    let by_itself = ["objectGUID", "whenCreated", "whenChanged", "uSNChanged", "uSNCreated"];
    let values = |entry: &Entry| {
        let mut lines: Vec<String> = entry
            .iter()
            .filter(|(name, _)| !by_itself.contains(&name.as_str()))
            .flat_map(|(name, values)| values.iter().map(move |value| format!("{name}: {value}")))
            .collect();
        lines.sort();
        lines
    };
    let contacts = site.contacts().into_iter();
    let mut contents: Vec<_> = contacts.map(|(_, dn, entry)| (dn, values(&entry))).collect();
    contents.sort();
    contents
}

/// The newest run of the store.
fn newest(bench: &Bench) -> RunId {
    bench.block_on(madrigal_state::Store::runs(&*bench.store, 1)).unwrap()[0].id
}

/// Takes a run back, as it was seen a moment before.
fn undo(bench: &Bench, run: RunId) -> (Report, Undo) {
    let mut engine = bench.engine("engine", &Fuse::endless()).unwrap();
    let undone = bench.block_on(async {
        engine.begin_run("undo", "test", bench.now).await.unwrap();
        let (_, undo) = engine.undo(run, bench.now).await.unwrap();
        let written = engine.export_undo(run, &undo.seen, bench.now).await.unwrap();
        engine.end_run("{}", bench.now).await.unwrap();
        (written.unwrap(), undo)
    });
    bench.block_on(engine.close()).unwrap();
    undone
}

fn contact(site: &Site, name: &str) -> Anchor {
    site.directory.find(&format!("CN={name},{}", site.below("Address List"))).unwrap()
}

/// Two forests in step, with Anna, Bert and Xenia.
fn in_step() -> (Bench, Site, Site, Anchor) {
    let bench = Bench::pair();
    let (abc, xyz) = (bench.sites[0].clone(), bench.sites[1].clone());
    let anna = person(&abc, "Anna Berg", &[("telephoneNumber", "1"), ("title", "Clerk")]);
    let bert = person(&abc, "Bert Cole", &[("telephoneNumber", "5")]);
    abc.directory.set(&bert, "manager", &["CN=Anna Berg,OU=People,DC=abc,DC=example"]).unwrap();
    person(&xyz, "Xenia Young", &[]);
    bench.cycle(DELTA);
    (bench, abc, xyz, anna)
}

/// What another engine made of Carla, with her X500 address and a value of its own.
fn incumbent(site: &Site) {
    let attributes: [(&str, &[&str]); 6] = [
        ("objectClass", &["top", "person", "organizationalPerson", "contact"]),
        ("displayName", &["Diaz, Carla"]),
        ("mail", &["carla.diaz@abc.example"]),
        ("targetAddress", &["SMTP:carla.diaz@abc.example"]),
        (
            "proxyAddresses",
            &["SMTP:carla.diaz@abc.example", "X500:/o=abc/ou=First/cn=Recipients/cn=carla.diaz"],
        ),
        ("info", &["made by another engine"]),
    ];
    site.directory.create(&format!("CN=Diaz Carla,{}", site.below("Address List")), &attributes).unwrap();
}

/// Lets go of what is held of a run; how much that is.
fn release(bench: &Bench, run: RunId) -> u64 {
    let mut engine = bench.engine("engine", &Fuse::endless()).unwrap();
    let released = bench.block_on(async {
        engine.begin_run("release", "test", bench.now).await.unwrap();
        engine.release(run, None).await.unwrap()
    });
    bench.block_on(engine.close()).unwrap();
    released.values().sum()
}

/// Lets something happen, writes it, takes it back: the directory is as before, and stays so until a person lets the
/// run's change be made again.
fn check(what: &str, kind: ChangeKind, inverse: ChangeKind, happen: impl FnOnce(&mut Bench, &Site, &Anchor)) {
    let (mut bench, abc, xyz, anna) = in_step();
    happen(&mut bench, &abc, &anna);
    let before = contents(&xyz);
    let report = bench.cycle(DELTA);
    assert_eq!(report.exported.of(kind), 1, "{what}: {report:#?}");
    assert_ne!(contents(&xyz), before, "{what}");
    let run = newest(&bench);
    let (report, undone) = undo(&bench, run);
    assert!(undone.left.is_empty(), "{what}: {:?}", undone.left);
    assert_eq!(report.exported.of(inverse), 1, "{what}: {report:#?}");
    assert_eq!(contents(&xyz), before, "{what}: as before");
    for options in [DELTA, FULL] {
        let held = bench.cycle(options);
        assert_eq!(held.planned.total(), 0, "{what}, held: {held:#?}");
        let problems = bench.problems();
        assert!(problems.contains("MDR-P016"), "{what}: {problems}");
        assert_eq!(contents(&xyz), before, "{what}: still as before");
    }
    // Whoever refers to somebody who is hidden or shown again changes with him.
    assert!(release(&bench, run) >= 1, "{what}");
    let again = bench.cycle(DELTA);
    assert_eq!(again.exported.of(kind), 1, "{what}, planned again: {again:#?}\n{}", bench.problems());
    let nothing = bench.cycle(DELTA);
    assert_eq!(nothing.planned.total(), 0, "{what}, and then in step: {nothing:#?}");
    assert!(!bench.problems().contains("MDR-P016"), "{what}: {}", bench.problems());
}

#[test]
fn each_kind_of_change_is_taken_back() {
    use ChangeKind::{Add, Adopt, Delete, Hide, Modify, Move, Rename, Unhide};
    check("a new person", Add, Delete, |_, abc, _| {
        person(abc, "Carla Diaz", &[]);
    });
    check("another number", Modify, Modify, |_, abc, anna| {
        abc.directory.set(anna, "telephoneNumber", &["2"]).unwrap();
    });
    check("a value that goes", Modify, Modify, |_, abc, anna| {
        abc.directory.set(anna, "title", &[]).unwrap();
    });
    check("another name", Rename, Rename, |_, abc, anna| {
        abc.directory.rename(anna, "CN=Anna Dahl").unwrap();
    });
    check("another container", Move, Move, |bench, _, _| {
        let xyz = &bench.sites[1];
        let classes: &[&str] = &["top", "organizationalUnit"];
        let within = format!("OU=Elsewhere,{}", xyz.below("Address List"));
        xyz.directory.create(&within, &[("objectClass", classes)]).unwrap();
        xyz.directory.move_below(&contact(xyz, "Anna Berg"), &within).unwrap();
    });
    check("somebody else's contact is taken over", Adopt, Modify, |bench, abc, _| {
        bench.sites[1].adopt = true;
        person(abc, "Carla Diaz", &[]);
        incumbent(&bench.sites[1]);
    });
    check("somebody is hidden", Hide, Unhide, |_, abc, anna| {
        abc.directory.set(anna, "msExchHideFromAddressLists", &["TRUE"]).unwrap();
    });
    check("somebody comes back", Unhide, Hide, |bench, abc, anna| {
        abc.directory.set(anna, "msExchHideFromAddressLists", &["TRUE"]).unwrap();
        bench.cycle(DELTA);
        abc.directory.set(anna, "msExchHideFromAddressLists", &[]).unwrap();
    });
    check("somebody left a month ago", Delete, Add, |bench, abc, anna| {
        abc.directory.delete(anna).unwrap();
        bench.cycle(DELTA);
        bench.days(31);
    });
}

/// Anna's contact is deleted and taken back, after something happened to her tombstone: whether it is the object that
/// it was, and what is said.
fn bring_back(happen: impl FnOnce(&Site)) -> (bool, Undo, String) {
    let (mut bench, abc, xyz, anna) = in_step();
    let before = contact(&xyz, "Anna Berg");
    abc.directory.delete(&anna).unwrap();
    bench.cycle(DELTA);
    bench.days(31);
    let hidden = contents(&xyz);
    bench.cycle(DELTA);
    happen(&xyz);
    let (report, undone) = undo(&bench, newest(&bench));
    assert_eq!(report.exported.of(ChangeKind::Add), 1, "{report:#?}");
    assert_eq!(contents(&xyz), hidden);
    (contact(&xyz, "Anna Berg") == before, undone, bench.problems())
}

#[test]
fn a_deleted_contact_is_the_same_object_again() {
    let (same, undone, problems) = bring_back(|_| {});
    assert_eq!((same, undone.brought_back(), undone.made_anew()), (true, 1, 0), "{problems}");
    assert!(!problems.contains("MDR-C037"), "{problems}");
}

#[test]
fn a_contact_of_which_nothing_is_left_is_made_anew() {
    let (same, undone, problems) = bring_back(|xyz| xyz.directory.expire_tombstones());
    assert_eq!((same, undone.brought_back(), undone.made_anew()), (false, 0, 1), "{problems}");
}

#[test]
fn what_somebody_did_since_is_kept() {
    let (bench, abc, xyz, anna) = in_step();
    let bert = abc.directory.find("CN=Bert Cole,OU=People,DC=abc,DC=example").unwrap();
    for (person, number) in [(&anna, "2"), (&bert, "6")] {
        abc.directory.set(person, "telephoneNumber", &[number]).unwrap();
    }
    bench.cycle(DELTA);
    let run = newest(&bench);
    // Somebody changes what we wrote on Anna, and something else on Bert.
    xyz.directory.set(&contact(&xyz, "Anna Berg"), "telephoneNumber", &["911"]).unwrap();
    xyz.directory.set(&contact(&xyz, "Bert Cole"), "description", &["theirs"]).unwrap();
    let (report, undone) = undo(&bench, run);
    let left: Vec<String> = undone.left.iter().map(|left| format!("{}: {}", left.dn, left.why)).collect();
    let anna = "CN=Anna Berg,OU=Address List,DC=xyz,DC=example: it was changed since: telephoneNumber";
    assert_eq!(left, [anna]);
    assert_eq!(report.exported.of(ChangeKind::Modify), 1, "{report:#?}");
    let value = |name: &str, attribute_name: &str| {
        let (_, entry) = xyz.directory.get(&contact(&xyz, name)).unwrap();
        entry.text(attribute(attribute_name)).map(str::to_owned)
    };
    assert_eq!(value("Anna Berg", "telephoneNumber").as_deref(), Some("911"));
    assert_eq!(value("Bert Cole", "telephoneNumber").as_deref(), Some("5"));
    assert_eq!(value("Bert Cole", "description").as_deref(), Some("theirs"));
}

#[test]
fn a_new_contact_that_somebody_wrote_on_is_not_deleted() {
    let (bench, abc, xyz, _) = in_step();
    person(&abc, "Carla Diaz", &[]);
    bench.cycle(DELTA);
    let run = newest(&bench);
    xyz.directory.set(&contact(&xyz, "Carla Diaz"), "info", &["our best customer"]).unwrap();
    let (report, undone) = undo(&bench, run);
    assert_eq!(report.exported.total(), 0, "{report:#?}");
    assert_eq!(undone.left.len(), 1);
    contact(&xyz, "Carla Diaz");
}

/// Lets something happen, writes it, takes it back, and lets something else happen: what the next run writes.
fn check_released(
    what: &str,
    expected: &[(ChangeKind, u64)],
    happen: impl FnOnce(&mut Bench, &Site, &Anchor),
    then: impl FnOnce(&mut Bench, &Site, &Anchor),
) {
    let (mut bench, abc, _, anna) = in_step();
    happen(&mut bench, &abc, &anna);
    bench.cycle(DELTA);
    undo(&bench, newest(&bench));
    bench.cycle(DELTA);
    assert!(bench.problems().contains("MDR-P016"), "{what}: {}", bench.problems());
    then(&mut bench, &abc, &anna);
    let report = bench.cycle(DELTA);
    let planned: Vec<(ChangeKind, u64)> = ChangeKind::ALL
        .into_iter()
        .map(|kind| (kind, report.exported.of(kind)))
        .filter(|(_, n)| *n > 0)
        .collect();
    assert_eq!(planned, expected, "{what}: {report:#?} {}", bench.problems());
}

#[test]
fn what_was_taken_back_is_let_go_of_when_the_source_changes() {
    use ChangeKind::{Add, Delete, Modify};
    let number = |number: &'static str| {
        move |_: &mut Bench, abc: &Site, anna: &Anchor| {
            abc.directory.set(anna, "telephoneNumber", &[number]).unwrap();
        }
    };
    check_released("another number", &[(Modify, 1)], number("2"), number("3"));
    check_released("the number that it was", &[], number("2"), number("1"));
    check_released("the rest is kept in step", &[(Modify, 1)], number("2"), |_, abc, anna| {
        abc.directory.set(anna, "title", &["Boss"]).unwrap();
    });
    let leaves = |_: &mut Bench, abc: &Site, anna: &Anchor| abc.directory.delete(anna).unwrap();
    check_released("who left stays, whatever time passes", &[], leaves, |bench, _, _| bench.days(400));
    check_released(
        "who left while a number is held is hidden",
        &[(Modify, 1), (ChangeKind::Hide, 1)],
        number("2"),
        leaves,
    );
    check_released(
        "a contact that somebody needs the address of goes",
        &[(Add, 1), (Delete, 1)],
        leaves,
        |_, abc, _| drop(person(abc, "Anna Dahl", &[("proxyAddresses", "SMTP:anna.berg@abc.example")])),
    );
    check_released(
        "a new person, with another number",
        &[],
        |_, abc, _| drop(person(abc, "Carla Diaz", &[])),
        {
            |_, abc, _| {
                let carla = abc.directory.find(&format!("CN=Carla Diaz,{}", abc.below("People"))).unwrap();
                abc.directory.set(&carla, "telephoneNumber", &["7"]).unwrap();
            }
        },
    );
}

#[test]
fn what_takes_an_undoing_back_is_what_was_done() {
    let (bench, abc, xyz, anna) = in_step();
    abc.directory.set(&anna, "telephoneNumber", &["2"]).unwrap();
    bench.cycle(DELTA);
    let written = contents(&xyz);
    undo(&bench, newest(&bench));
    undo(&bench, newest(&bench));
    assert_eq!(contents(&xyz), written);
}

/// Whoever referred to a contact that was taken back refers to it again when that is taken back, whether the directory
/// still has what was deleted or makes it anew.
#[test]
fn who_referred_to_what_is_made_again_refers_to_it_again() {
    for is_forgotten in [false, true] {
        let mut bench = Bench::pair();
        let (abc, xyz) = (bench.sites[0].clone(), bench.sites[1].clone());
        let bert = person(&abc, "Bert Cole", &[]);
        person(&xyz, "Xenia Young", &[]);
        bench.cycle(DELTA);
        person(&abc, "Carla Diaz", &[]);
        bench.cycle(DELTA);
        let added = newest(&bench);
        abc.directory.set(&bert, "manager", &["CN=Carla Diaz,OU=People,DC=abc,DC=example"]).unwrap();
        bench.cycle(DELTA);
        let manager = || {
            let (_, entry) = xyz.directory.get(&contact(&xyz, "Bert Cole")).unwrap();
            entry.get(attribute("manager")).iter().count()
        };
        assert_eq!(manager(), 1);
        undo(&bench, added);
        let undone = newest(&bench);
        bench.cycle(DELTA);
        assert_eq!(manager(), 0);
        if is_forgotten {
            xyz.directory.expire_tombstones();
        }
        undo(&bench, undone);
        for _ in 0..3 {
            bench.now = bench.now.plus_seconds(900);
            bench.cycle(DELTA);
        }
        assert_eq!(manager(), 1, "forgotten: {is_forgotten}");
        assert_eq!(bench.cycle(FULL).planned.total(), 0, "forgotten: {is_forgotten}");
    }
}
