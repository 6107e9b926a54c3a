//! What can befall people, directories and contacts. Each event is drawn by chance and counted when it happened.

use madrigal_model::{Anchor, ConnectorId, ObjectKey};
use madrigal_state::Store;

use super::chance::Chance;
use super::world::{Kind, Place, World, texts};

/// An event: gives its name where it happened.
type Event = fn(&mut World, &mut Chance) -> Option<&'static str>;

/// Every event with its weight.
const EVENTS: [(u32, Event); 25] = [
    (10, edit_value),
    (4, clear_value),
    (5, hire),
    (4, rename_person),
    (2, rename_container),
    (2, move_in_tree),
    (3, leave),
    (2, undelete),
    (3, rehire),
    (4, hide),
    (4, show),
    (4, secondary_address),
    (3, primary_address),
    (3, hand_over_address),
    (3, claim_address),
    (2, swap_addresses),
    (9, manager),
    (2, group_door),
    (4, migrate),
    (4, finish_migration),
    (2, handmade),
    (2, handmade_goes),
    (4, foreign_value),
    (2, foreign_overwrite),
    (2, foreign_disturbance),
];

/// One event by chance.
pub(super) fn befall(world: &mut World, chance: &mut Chance) {
    let total: u32 = EVENTS.iter().map(|(weight, _)| weight).sum();
    for _ in 0..4 {
        let mut drawn = chance.below(u64::from(total)) as u32;
        for (weight, event) in EVENTS {
            if drawn < weight {
                if let Some(name) = event(world, chance) {
                    world.count(name);
                    return;
                }
                break;
            }
            drawn -= weight;
        }
    }
}

fn anybody(world: &World, chance: &mut Chance) -> Option<Place> {
    chance.pick(&world.living())
}

fn contact(world: &World, chance: &mut Chance) -> Option<(Place, usize)> {
    let stamped: Vec<(Place, usize)> =
        world.stamped().into_iter().map(|(place, person, ..)| (place, person)).collect();
    chance.pick(&stamped)
}

fn edit_value(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let place = anybody(world, chance)?;
    let cloud = world.site(place.0).kind == "microsoft-365";
    let names: &[&str] = if cloud {
        &["department", "displayName", "givenName"]
    } else {
        &[
            "telephoneNumber",
            "title",
            "department",
            "displayName",
            "givenName",
            "sn",
            "company",
            "l",
            "pager",
            "mobile",
        ]
    };
    let name = chance.of(names);
    let secret = if name == "mobile" { "SECRET-edited-" } else { "" };
    let spelled = chance.of(&["value", "Value", "VALUE ", " väl  ue"]);
    let value = format!("{secret}{spelled}{}", chance.below(4));
    world.set(&place, name, &[&value]).then_some("edit of a value")
}

fn clear_value(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let place = anybody(world, chance)?;
    let name =
        chance.of(&["telephoneNumber", "title", "department", "givenName", "sn", "company", "manager"]);
    (world.has(&place, name) && world.set(&place, name, &[])).then_some("value cleared")
}

fn hire(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let at = chance.below(world.bench.sites.len() as u64) as usize;
    let kind = if world.site(at).kind == "microsoft-365" {
        Kind::CloudUser
    } else {
        chance.of(&[
            Kind::Mailbox,
            Kind::Mailbox,
            Kind::Mailbox,
            Kind::MailUser,
            Kind::Room,
            Kind::Group,
            Kind::Partner,
        ])
    };
    world.hire(at, kind, chance.below(64));
    Some("new person, room, group or partner")
}

fn rename_person(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let place = anybody(world, chance)?;
    let name = chance.of(&["Anna Dahl", "Bert Cole", "Ärne Öst", "Zoe Zed", "Émile Noé"]);
    let rdn = format!("CN={name}");
    world.site(place.0).directory.rename(&place.1, &rdn).is_ok().then_some("rename")
}

/// The children move with it, and no delta names them.
fn rename_container(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let at = chance.below(world.bench.sites.len() as u64) as usize;
    let name = chance.of(&["People", "Branch"]);
    let dn = world.ou(at, name);
    let to = if dn.contains("renamed") { format!("OU={name}") } else { format!("OU={name} renamed") };
    let directory = world.site(at).directory.clone();
    let anchor = directory.find(&dn)?;
    directory.rename(&anchor, &to).is_ok().then_some("container renamed")
}

fn move_in_tree(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let place = anybody(world, chance)?;
    let container = world.ou(place.0, chance.of(&["People", "Branch"]));
    world.site(place.0).directory.move_below(&place.1, &container).is_ok().then_some("move in the tree")
}

fn leave(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let place = anybody(world, chance)?;
    world.site(place.0).directory.delete(&place.1).is_ok().then_some("delete")
}

fn undelete(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    // Somebody who has another object there by now would be two people to everybody who looks.
    let has_another = |place: &Place, person: usize| {
        world.objects_of(person).iter().any(|other| other.0 == place.0 && world.get(other).is_some())
    };
    let gone = world
        .person_of
        .iter()
        .filter(|(place, person)| world.get(place).is_none() && !has_another(place, **person));
    let gone: Vec<Place> = gone.map(|(place, _)| place.clone()).collect();
    let place = chance.pick(&gone)?;
    bring_back(world, &place).then_some("undelete")
}

/// Takes a deleted object back from the dead and fills in what makes it a recipient.
pub(super) fn bring_back(world: &mut World, place: &Place) -> bool {
    if world.site(place.0).kind == "microsoft-365" {
        return false;
    }
    // What pointed to it is gone, and no directory shows that: whoever did not see the delete sees it in a full import.
    let key = ObjectKey::new(ConnectorId(place.0 as u16 + 1), place.1.clone());
    let known = world.bench.block_on(world.bench.store.objects(&[key])).unwrap().remove(0);
    world.delete_was_missed |= known.is_some_and(|known| !known.gone);
    let serial = world.next();
    let site = world.site(place.0).clone();
    let dn = format!("CN=Back {serial},{}", world.ou(place.0, "People"));
    if site.directory.undelete(&place.1, &dn).is_err() {
        return false;
    }
    if world.values(place, "objectClass").iter().any(|class| class == "user") {
        let mail = format!("back{serial}@{}", site.domain);
        world.set(place, "displayName", &["Back Again"]);
        world.set(place, "mail", &[&mail]);
        world.set(place, "mailNickname", &[&format!("back{serial}")]);
        world.set(place, "proxyAddresses", &[&format!("SMTP:{mail}")]);
        let evidence = world.evidence.get(place).cloned().unwrap_or_default();
        for (name, values) in evidence {
            let mut all = if name == "proxyAddresses" { world.values(place, name) } else { Vec::new() };
            all.extend(values);
            set_all(world, place, name, &all);
        }
        world.set(place, "homeMDB", &["CN=DB,CN=Configuration,DC=elsewhere"]);
        world.set(place, "msExchHomeServerName", &["/o=x/cn=server"]);
    }
    true
}

/// Somebody else gets the address of a person who left.
fn rehire(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let place = anybody(world, chance)?;
    if world.site(place.0).kind == "microsoft-365" || !world.has(&place, "homeMDB") {
        return None;
    }
    let mail = world.values(&place, "mail").into_iter().next()?;
    let account = mail.split('@').next()?.to_owned();
    // Everything of the one who left goes: what stays with the address in it is the new one's by all that can be told.
    let left = *world.person_of.get(&place)?;
    for (at, anchor) in world.objects_of(left) {
        let _ = world.site(at).directory.delete(&anchor);
    }
    let person = world.people;
    world.people += 1;
    let name = chance.below(64);
    world.make(place.0, Kind::Mailbox, person, name, &account, &[]);
    Some("re-hire with an old address")
}

fn hide(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let place = anybody(world, chance)?;
    let (name, value) = visibility(world, &place, true);
    (world.values(&place, name) != [value] && world.set(&place, name, &[value])).then_some("hide")
}

fn show(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let hidden: Vec<Place> = world
        .living()
        .into_iter()
        .filter(|place| {
            let (name, value) = visibility(world, place, true);
            world.values(place, name) == [value]
        })
        .collect();
    let place = chance.pick(&hidden)?;
    let (name, value) = visibility(world, &place, false);
    world.set(&place, name, &[value]).then_some("unhide")
}

fn visibility(world: &World, place: &Place, hidden: bool) -> (&'static str, &'static str) {
    let text = |value| if value { "TRUE" } else { "FALSE" };
    if world.site(place.0).kind == "microsoft-365" {
        ("showInAddressList", text(!hidden))
    } else {
        ("msExchHideFromAddressLists", text(hidden))
    }
}

fn secondary_address(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let place = anybody(world, chance)?;
    let mut addresses = world.values(&place, "proxyAddresses");
    if addresses.is_empty() {
        return None;
    }
    if addresses.iter().any(|address| address.starts_with("smtp:")) && chance.one_in(2) {
        addresses.retain(|address| !address.starts_with("smtp:"));
    } else {
        addresses.push(format!("smtp:alias{}@{}", world.next(), world.site(place.0).domain));
    }
    set_all(world, &place, "proxyAddresses", &addresses).then_some("secondary address")
}

fn primary_address(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let place = anybody(world, chance)?;
    if world.values(&place, "proxyAddresses").is_empty() {
        return None;
    }
    let mail = format!("new{}@{}", world.next(), world.site(place.0).domain);
    let mut addresses = vec![format!("SMTP:{mail}")];
    // By an old X500 address the person may be known elsewhere.
    addresses
        .extend(world.values(&place, "proxyAddresses").into_iter().filter(|old| old.starts_with("X500:")));
    if chance.one_in(2) {
        let old = world.values(&place, "proxyAddresses");
        addresses.extend(
            old.iter().filter(|old| old.starts_with("SMTP:")).map(|old| format!("smtp:{}", &old[5..])),
        );
    }
    world.set(&place, "mail", &[&mail]);
    set_all(world, &place, "proxyAddresses", &addresses).then_some("primary address")
}

fn set_all(world: &World, place: &Place, name: &str, values: &[String]) -> bool {
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    world.set(place, name, &values)
}

/// A secondary address goes from one to another of the same directory.
fn hand_over_address(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let (from, address) = secondary(world, chance)?;
    let to = anybody(world, chance)?;
    if to.0 != from.0 || to == from || !world.has(&to, "proxyAddresses") {
        return None;
    }
    let mut old = world.values(&from, "proxyAddresses");
    old.retain(|known| *known != address);
    let mut new = world.values(&to, "proxyAddresses");
    new.push(address);
    (set_all(world, &from, "proxyAddresses", &old) && set_all(world, &to, "proxyAddresses", &new))
        .then_some("address handed over")
}

/// Two people of one directory get each other's primary address.
fn swap_addresses(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let (one, other) = (anybody(world, chance)?, anybody(world, chance)?);
    if one.0 != other.0 || world.person_of[&one] == world.person_of[&other] {
        return None;
    }
    let primary = |place: &Place| {
        let all = world.values(place, "proxyAddresses");
        all.into_iter().find(|address| address.starts_with("SMTP:"))
    };
    let (first, second) = (primary(&one)?, primary(&other)?);
    for (place, from, to) in [(&one, &first, &second), (&other, &second, &first)] {
        let mut all = world.values(place, "proxyAddresses");
        all.retain(|address| address != from && !address.eq_ignore_ascii_case(to));
        all.insert(0, to.clone());
        if world.has(place, "mail") {
            world.set(place, "mail", &[to.trim_start_matches("SMTP:")]);
        }
        set_all(world, place, "proxyAddresses", &all);
    }
    Some("two swapped their addresses")
}

/// A second person gets an address that one has already.
fn claim_address(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let (from, address) = secondary(world, chance)?;
    let to = anybody(world, chance)?;
    if to == from || !world.has(&to, "proxyAddresses") || world.person_of[&to] == world.person_of[&from] {
        return None;
    }
    let mut new = world.values(&to, "proxyAddresses");
    new.push(address);
    set_all(world, &to, "proxyAddresses", &new).then_some("one address claimed by two")
}

fn secondary(world: &World, chance: &mut Chance) -> Option<(Place, String)> {
    let from = anybody(world, chance)?;
    let address =
        world.values(&from, "proxyAddresses").into_iter().find(|address| address.starts_with("smtp:"))?;
    Some((from, address))
}

fn manager(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let place = anybody(world, chance)?;
    if chance.one_in(3) {
        // Across the border: the manager is our contact of somebody elsewhere.
        let (contact, _) = contact(world, chance)?;
        let (dn, _) = world.get(&contact)?;
        return (contact.0 == place.0 && world.set(&place, "manager", &[dn.as_str()]))
            .then_some("manager across the border");
    }
    let other = anybody(world, chance)?;
    let (dn, _) = world.get(&other)?;
    (other.0 == place.0 && other != place && world.set(&place, "manager", &[dn.as_str()]))
        .then_some("manager")
}

fn group_door(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let groups: Vec<Place> =
        world.living().into_iter().filter(|place| world.has(place, "groupType")).collect();
    let place = chance.pick(&groups)?;
    let closed = world.values(&place, "msExchRequireAuthToSendTo") == ["TRUE"];
    world
        .set(&place, "msExchRequireAuthToSendTo", &[if closed { "FALSE" } else { "TRUE" }])
        .then_some("group opened or closed")
}

/// A person gets an object in another forest while the old one is still there.
fn migrate(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let from = anybody(world, chance)?;
    let to = chance.below(world.bench.sites.len() as u64) as usize;
    let person = world.person_of[&from];
    let is_there = world.objects_of(person).iter().any(|place| place.0 == to && world.get(place).is_some());
    if is_there
        || !world.has(&from, "homeMDB")
        || world.has(&from, "msExchRecipientTypeDetails")
        || [from.0, to].iter().any(|at| world.site(*at).kind == "microsoft-365")
    {
        return None;
    }
    let account = format!("m{}", world.next());
    let own: Vec<String> = world.values(&from, "objectSid");
    let legacy = world.values(&from, "legacyExchangeDN").into_iter().next()?;
    // One key joins: the mailbox's GUID, the SID history or the old address.
    let mut more: Vec<(&str, Vec<String>)> = vec![("msExchMailboxGuid", Vec::new())];
    match chance.below(3) {
        0 => more.push(("msExchMailboxGuid", world.values(&from, "msExchMailboxGuid"))),
        1 => more.push(("sIDHistory", own)),
        _ => {
            let primary = format!("SMTP:{account}@{}", world.site(to).domain);
            more.push(("proxyAddresses", vec![primary, format!("X500:{legacy}")]));
        }
    }
    if more.iter().skip(1).all(|(_, values)| values.is_empty()) {
        return None;
    }
    let name = chance.below(64);
    world.make(to, Kind::Mailbox, person, name, &account, &more);
    Some("move to another forest begun")
}

/// The old object of a person who has two: it loses the mailbox, is hidden, or goes.
fn finish_migration(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let place = anybody(world, chance)?;
    let person = world.person_of[&place];
    let living: Vec<Place> =
        world.objects_of(person).into_iter().filter(|place| world.get(place).is_some()).collect();
    let [first, second] = living.as_slice() else { return None };
    let (old, new) = if chance.one_in(2) { (first, second) } else { (second, first) };
    match chance.below(4) {
        0 => {
            world.site(old.0).directory.delete(&old.1).ok()?;
            Some("move to another forest ended: old object deleted")
        }
        1 => {
            world.set(old, "homeMDB", &[]);
            world.set(old, "msExchHomeServerName", &[]);
            Some("move to another forest: mailbox taken off")
        }
        2 => {
            let mail = world.values(new, "mail").into_iter().next()?;
            world.set(old, "homeMDB", &[]);
            world.set(old, "targetAddress", &[&format!("SMTP:{mail}")]);
            Some("move to another forest: mail redirected")
        }
        _ => {
            world.set(old, "msExchHideFromAddressLists", &["TRUE"]);
            Some("move to another forest: old object hidden")
        }
    }
}

/// Somebody makes a contact of another company's person by hand.
fn handmade(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let of = anybody(world, chance)?;
    let at = chance.below(world.bench.sites.len() as u64) as usize;
    if at == of.0 || world.site(at).kind == "microsoft-365" || world.site(of.0).kind == "microsoft-365" {
        return None;
    }
    let person = world.person_of[&of];
    let serial = world.next();
    let legacy = world.values(&of, "legacyExchangeDN").into_iter().next()?;
    let mail = format!("hand{serial}@by-hand.example");
    let dn = format!("CN=By Hand {serial},{}", world.ou(at, "Branch"));
    let proxies = [format!("SMTP:{mail}"), format!("X500:{legacy}")];
    let proxies: Vec<&str> = proxies.iter().map(String::as_str).collect();
    let target = format!("SMTP:{mail}");
    let anchor: Anchor = world
        .site(at)
        .directory
        .create(
            &dn,
            &[
                ("objectClass", &["top", "person", "contact"]),
                ("displayName", &["By Hand"]),
                ("mail", &[&mail]),
                ("targetAddress", &[&target]),
                ("mailNickname", &[&format!("hand{serial}")]),
                ("proxyAddresses", &proxies),
            ],
        )
        .ok()?;
    world.handmade.insert((at, anchor), person);
    Some("contact made by hand")
}

fn handmade_goes(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let living: Vec<Place> =
        world.handmade.keys().filter(|place| world.get(place).is_some()).cloned().collect();
    let place = chance.pick(&living)?;
    world.site(place.0).directory.delete(&place.1).ok()?;
    Some("contact made by hand deleted")
}

/// Somebody adds a value to a contact of ours.
fn foreign_value(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let (place, _) = contact(world, chance)?;
    let serial = world.next();
    let (name, value) = match chance.below(4) {
        0 => ("proxyAddresses", format!("X500:/o=ExchangeLabs/cn={serial}")),
        1 => ("proxyAddresses", format!("smtp:foreign{serial}@foreign.example")),
        2 => ("otherTelephone", format!("foreign {serial}")),
        _ => ("comment", format!("foreign {serial}")),
    };
    let mut values = world.values(&place, name);
    values.push(value.clone());
    if !set_all(world, &place, name, &values) {
        return None;
    }
    world.foreign.insert((place, name, value));
    Some("value added to our contact by others")
}

/// Somebody writes over a value of ours.
fn foreign_overwrite(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let (place, _) = contact(world, chance)?;
    let name = chance.of(&["telephoneNumber", "title", "displayName"]);
    if !world.has(&place, name) {
        return None;
    }
    let value = format!("theirs {}", world.next());
    if !world.set(&place, name, &[&value]) {
        return None;
    }
    world.foreign.insert((place, name, value));
    Some("value of ours written over by others")
}

/// Somebody deletes our contact, moves it out, or takes the stamp off.
fn foreign_disturbance(world: &mut World, chance: &mut Chance) -> Option<&'static str> {
    let (place, person) = contact(world, chance)?;
    let directory = world.site(place.0).directory.clone();
    match chance.below(3) {
        0 => directory.delete(&place.1).ok().map(|()| "our contact deleted by others"),
        1 => {
            let container = world.ou(place.0, "Branch");
            directory.move_below(&place.1, &container).ok().map(|()| "our contact moved out by others")
        }
        _ => {
            world.set(&place, super::bench::STAMP, &[]).then_some(())?;
            world.unstamped.insert(place, person);
            Some("stamp taken off our contact by others")
        }
    }
}

/// All text of an object, for looking up what should not be there.
pub(super) fn everything(entry: &madrigal_model::Entry) -> String {
    let mut text = String::new();
    for (name, _) in entry.iter() {
        text.push_str(&texts(entry, name.as_str()).join("|"));
        text.push('|');
    }
    text
}
