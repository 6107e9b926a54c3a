//! Who should have a contact where, and what it should say: slow, obvious, and written from the behaviour of GALSync and
//! the table of topologies. It looks at the directories alone and calls nothing of the engine.

use std::collections::{BTreeMap, BTreeSet};

use madrigal_model::{DistinguishedName, Entry};
use madrigal_state::Store;

use super::world::{Place, World, texts};

/// What one person should have in one directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// One visible contact; one of these objects speaks.
    Contact(Vec<Place>),
    /// No visible contact; one that is there is hidden and goes in time.
    Hidden,
    /// No contact at all: the person is there already.
    Nothing,
}

/// The attributes that are compared one to one.
const PERSONAL: [&str; 8] =
    ["telephoneNumber", "title", "department", "givenName", "sn", "company", "l", "pager"];

fn has(entry: &Entry, name: &str) -> bool {
    !texts(entry, name).is_empty()
}

fn is(entry: &Entry, name: &str, value: &str) -> bool {
    texts(entry, name).iter().any(|text| text.eq_ignore_ascii_case(value))
}

/// Whether the directory publishes this object (the table "which source objects are taken").
pub(super) fn is_recipient(world: &World, place: &Place) -> bool {
    let Some((dn, entry)) = world.get(place) else { return false };
    let site = world.site(place.0);
    if dn.is_within(&site.container()) {
        return false;
    }
    let primary = texts(&entry, "proxyAddresses").iter().any(|address| address.starts_with("SMTP:"));
    if site.kind == "microsoft-365" {
        return primary
            && !is(&entry, "showInAddressList", "FALSE")
            && !is(&entry, "onPremisesSyncEnabled", "TRUE");
    }
    let known = has(&entry, "legacyExchangeDN") && has(&entry, "proxyAddresses");
    if !known || is(&entry, "msExchHideFromAddressLists", "TRUE") || has(&entry, "msExchOriginatingForest") {
        return false;
    }
    let target = texts(&entry, "targetAddress").into_iter().next();
    let is_foreign = |target: &String| {
        let others = world.bench.sites.iter().filter(|other| other.domain != site.domain);
        others.map(|other| format!("@{}", other.domain)).any(|domain| target.ends_with(&domain))
    };
    if is(&entry, "objectClass", "contact") {
        let partners = DistinguishedName::from_directory(&site.below("Partners"));
        return dn.is_within(&partners) && target.is_some_and(|target| !is_foreign(&target));
    }
    if is(&entry, "objectClass", "group") {
        return primary && !is(&entry, "msExchRequireAuthToSendTo", "TRUE");
    }
    let mailbox = has(&entry, "homeMDB");
    (has(&entry, "msExchHomeServerName") || target.is_some())
        && (mailbox || !target.is_some_and(|target| is_foreign(&target)))
}

fn has_mailbox(world: &World, place: &Place) -> bool {
    world.has(place, "homeMDB") || world.site(place.0).kind == "microsoft-365"
}

fn shares(world: &World, from: usize, to: usize) -> bool {
    world.bench.shares.iter().any(|share| share.from == from && share.to.contains(&to))
}

/// Whether the share lets the attribute cross.
fn crosses(world: &World, from: usize, to: usize, name: &str) -> bool {
    let share = world.bench.shares.iter().find(|share| share.from == from && share.to.contains(&to));
    share.is_some_and(|share| share.only.is_empty() || share.only.contains(&name))
}

fn is_target(world: &World, at: usize) -> bool {
    world.bench.shares.iter().any(|share| share.to.contains(&at))
}

/// The address at which mail reaches the recipient; none: it cannot be published.
fn routing(world: &World, place: &Place) -> Option<String> {
    let site = world.site(place.0);
    let (_, entry) = world.get(place)?;
    let in_domain = |text: &String| text.to_lowercase().ends_with(&format!("@{}", site.domain));
    let smtp: Vec<String> = texts(&entry, "proxyAddresses")
        .into_iter()
        .filter(|text| text.to_lowercase().starts_with("smtp:"))
        .collect();
    let primary = smtp.iter().find(|text| text.starts_with("SMTP:") && in_domain(text));
    let own = primary.or_else(|| smtp.iter().find(|text| in_domain(text))).map(|text| text[5..].to_owned());
    if site.kind == "microsoft-365" {
        let any = smtp.iter().find(|text| text.starts_with("SMTP:"));
        return own.or_else(|| any.map(|text| text[5..].to_owned()));
    }
    if has(&entry, "homeMDB") || is(&entry, "objectClass", "group") {
        return own;
    }
    texts(&entry, "targetAddress").into_iter().next().map(|text| text[5..].to_owned())
}

/// Whether a person with this object needs no contact in its directory: it has addresses there, published or not, or it
/// is the account of the mailbox.
fn makes_superfluous(world: &World, place: &Place, own: &[Place]) -> bool {
    let Some((_, entry)) = world.get(place) else { return false };
    let sid = texts(&entry, "objectSid");
    let is_master = own.iter().any(|other| {
        let master = world.values(other, "msExchMasterAccountSid");
        !master.is_empty() && master == sid
    });
    is_master || is_recipient(world, place) || !addresses(&entry).is_empty()
}

/// What the person should have in the directory.
pub(super) fn expected(world: &World, person: usize, target: usize) -> Expected {
    let own = world.objects_of(person);
    if own.iter().any(|place| place.0 == target && makes_superfluous(world, place, &own)) {
        return Expected::Nothing;
    }
    let recipients: Vec<Place> = own.into_iter().filter(|place| is_recipient(world, place)).collect();
    let sharing: Vec<Place> = recipients.into_iter().filter(|place| shares(world, place.0, target)).collect();
    let with_mailbox: Vec<Place> =
        sharing.iter().filter(|place| has_mailbox(world, place)).cloned().collect();
    let speakers = if with_mailbox.is_empty() { sharing } else { with_mailbox };
    let routable: Vec<Place> =
        speakers.iter().filter(|place| routing(world, place).is_some()).cloned().collect();
    if routable.is_empty() { Expected::Hidden } else { Expected::Contact(routable) }
}

/// The mail addresses that an object owns.
pub(super) fn addresses(entry: &Entry) -> BTreeSet<String> {
    let is_recipient = ["proxyAddresses", "targetAddress", "legacyExchangeDN", "mailNickname"]
        .iter()
        .any(|name| has(entry, name));
    if !is_recipient {
        return BTreeSet::new();
    }
    let mut owned: BTreeSet<String> = texts(entry, "proxyAddresses")
        .into_iter()
        .chain(texts(entry, "targetAddress"))
        .map(|address| address.to_lowercase())
        .filter(|address| !address.starts_with("sip:"))
        .collect();
    owned.extend(texts(entry, "mail").iter().map(|mail| format!("smtp:{}", mail.to_lowercase())));
    owned.extend(texts(entry, "legacyExchangeDN").iter().map(|dn| format!("x500:{}", dn.to_lowercase())));
    owned
}

/// A directory that showed nothing, and was believed, gets contacts a second time. Which of the two goes is for a
/// person to say: the engine tells of the copy, and deletes neither.
fn told_copies(world: &World) -> BTreeSet<(usize, String)> {
    if !world.lied {
        return BTreeSet::new();
    }
    let problems = world.bench.block_on(world.bench.store.problems()).unwrap();
    let copies = problems.iter().filter(|problem| problem.code.as_str() == "MDR-P012");
    copies.filter_map(|copy| Some((usize::from(copy.connector?.0) - 1, copy.object.clone()))).collect()
}

/// All that is wrong in the directories, once everything should have come to rest.
pub(super) fn complaints(world: &World) -> Vec<String> {
    let mut complaints = Vec::new();
    let copies = told_copies(world);
    let mut stamped = world.stamped();
    stamped.retain(|(place, .., dn)| !copies.contains(&(place.0, dn.to_string())));
    for target in (0..world.bench.sites.len()).filter(|at| is_target(world, *at)) {
        let name = &world.site(target).name;
        let all = world.site(target).directory.objects();
        // Who owns an address in the target, and who of the others' people claims it there.
        let mut claims: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        let mut strangers: BTreeSet<String> = BTreeSet::new();
        for (anchor, dn, entry) in &all {
            let place = (target, anchor.clone());
            if copies.contains(&(target, dn.to_string())) {
                strangers.extend(addresses(entry));
                continue;
            }
            let owner = world.person_of.get(&place).or_else(|| world.unstamped.get(&place)).copied();
            match owner.or_else(|| world.person_in_stamp(entry)) {
                Some(person) => {
                    addresses(entry).into_iter().for_each(|address| {
                        claims.entry(address).or_default().insert(person);
                    });
                }
                None if world.handmade.contains_key(&place) => {
                    let person = world.handmade[&place];
                    addresses(entry).into_iter().for_each(|address| {
                        claims.entry(address).or_default().insert(person);
                    });
                }
                None => strangers.extend(addresses(entry)),
            }
        }
        for person in 0..world.people {
            if let Expected::Contact(speakers) = expected(world, person, target) {
                for place in speakers {
                    if let Some((_, entry)) = world.get(&place) {
                        let mut owned = addresses(&entry);
                        owned.extend(
                            routing(world, &place).map(|address| format!("smtp:{}", address.to_lowercase())),
                        );
                        owned.into_iter().for_each(|address| {
                            claims.entry(address).or_default().insert(person);
                        });
                    }
                }
            }
        }
        let contested: BTreeSet<usize> = claims
            .iter()
            .filter(|(address, owners)| owners.len() > 1 || strangers.contains(*address))
            .flat_map(|(_, owners)| owners.iter().copied())
            .collect();
        for person in (0..world.people).filter(|person| !world.torn.contains(person)) {
            let ours: Vec<_> =
                stamped.iter().filter(|(place, owner, ..)| place.0 == target && *owner == person).collect();
            // A change file that waited may have put the stamp back.
            let has_stamp = |place: &Place| ours.iter().any(|(stamped, ..)| stamped == place);
            let unstamped = world
                .unstamped
                .iter()
                .filter(|(place, owner)| place.0 == target && **owner == person)
                .filter(|(place, _)| world.get(place).is_some() && !has_stamp(place))
                .count();
            let handmade = world
                .handmade
                .iter()
                .filter(|(place, owner)| place.0 == target && **owner == person && world.get(place).is_some())
                .count();
            if ours.len() + unstamped > 1 {
                complaints.push(format!(
                    "exactly-one-contact: person {person} has {} contacts in {name}",
                    ours.len() + unstamped
                ));
                continue;
            }
            let expected = expected(world, person, target);
            let who = format!("person {person} ({:?}) in {name}", world.objects_of(person));
            match (&expected, ours.first()) {
                (Expected::Contact(_), None)
                    if contested.contains(&person) || handmade > 0 || unstamped > 0 => {}
                (Expected::Contact(_), None) => {
                    complaints.push(format!("exactly-one-contact: {who} has none"));
                }
                (Expected::Contact(speakers), Some((place, _, entry, dn))) => {
                    // One that somebody moved out and that makes room for an address is for a person to settle.
                    let moved_out = !dn.is_within(&world.site(target).container());
                    let waits = moved_out && is(entry, "msExchHideFromAddressLists", "TRUE");
                    if !contested.contains(&person) && !waits {
                        compare(world, &who, speakers, place, entry, dn, &contested, &mut complaints);
                    }
                }
                (Expected::Hidden, Some((_, _, entry, _))) => {
                    if !is(entry, "msExchHideFromAddressLists", "TRUE") {
                        complaints.push(format!("exactly-one-contact: {who} should be hidden"));
                    }
                }
                (Expected::Nothing, Some((_, _, entry, dn))) => {
                    let moved_out = !dn.is_within(&world.site(target).container());
                    if !moved_out {
                        complaints.push(format!(
                            "exactly-one-contact: {who} has an own object and still our contact {dn}"
                        ));
                    } else if !is(entry, "msExchHideFromAddressLists", "TRUE") {
                        complaints
                            .push(format!("exactly-one-contact: {who}: {dn} should at least be hidden"));
                    }
                }
                (_, None) => {}
            }
        }
    }
    complaints
}

#[allow(clippy::too_many_arguments, reason = "one comparison of many sides")]
fn compare(
    world: &World,
    who: &str,
    speakers: &[Place],
    place: &Place,
    entry: &Entry,
    dn: &DistinguishedName,
    contested: &BTreeSet<usize>,
    complaints: &mut Vec<String>,
) {
    let mut complain = |text: String| complaints.push(format!("converges: {who}: {text}"));
    let Some(speaker) = world.source_in_stamp(entry).filter(|source| speakers.contains(source)) else {
        return complain(format!(
            "its stamp names {:?}, one of {speakers:?} speaks",
            world.source_in_stamp(entry)
        ));
    };
    // A directory that did not show what hides the contact may have kept us from taking it back.
    if is(entry, "msExchHideFromAddressLists", "TRUE") && !world.vague.contains(place) {
        complain("it is hidden".to_owned());
    }
    let person = world.person_of[&speaker];
    let own = world.objects_of(person);
    let others = own
        .iter()
        .filter(|other| **other != speaker && world.get(other).is_some() && shares(world, other.0, place.0));
    let (tied, untied): (Vec<Place>, Vec<Place>) = others
        .cloned()
        .partition(|other| is_recipient(world, other) || makes_superfluous(world, other, &own));
    let sources: Vec<Place> = [speaker.clone()].into_iter().chain(tied).collect();
    // An account that nothing ties to the mailbox (any more) is the same person's if it ever was found to be.
    let with_untied: Vec<Place> = sources.iter().chain(&untied).cloned().collect();
    let Some((source_dn, source)) = world.get(&speaker) else { return complain("nobody speaks".to_owned()) };
    let share =
        world.bench.shares.iter().find(|share| share.from == speaker.0 && share.to.contains(&place.0));
    let suffix = share.map_or("", |share| share.suffix);
    let display: Vec<String> =
        texts(&source, "displayName").iter().map(|name| format!("{}{suffix}", name.trim())).collect();
    if !display.is_empty() && texts(entry, "displayName") != display {
        complain(format!("displayName is {:?}, not {display:?}", texts(entry, "displayName")));
    }
    let routing = routing(world, &speaker).map(|address| format!("SMTP:{address}"));
    let by_hand = owned_by_hand(world, place.0, person);
    let is_taken = routing.as_ref().is_some_and(|routing| by_hand.contains(&routing.to_lowercase()));
    if texts(entry, "targetAddress").first() != routing.as_ref() && !is_taken {
        complain(format!("targetAddress is {:?}, not {routing:?}", texts(entry, "targetAddress")));
    }
    let cn = if world.site(speaker.0).kind == "microsoft-365" {
        texts(&source, "displayName").join("")
    } else {
        source_dn.rdn_value().unwrap_or_default()
    };
    let called = dn.rdn_value().unwrap_or_default();
    // A directory that lied may have made us write a second contact, which then has the name.
    if !world.lied && !called.starts_with(cn.trim()) {
        complain(format!("it is called {called:?}, and its source {cn:?}"));
    }
    let vague = world.vague.contains(place);
    for name in PERSONAL {
        let said_by = |sources: &[Place]| {
            let sources = sources.iter().filter(|source| crosses(world, source.0, place.0, name));
            let mut values = sources.map(|source| trimmed(world.values(source, name)));
            values.find(|values| !values.is_empty())
        };
        let there = texts(entry, name);
        if said_by(&with_untied).is_some_and(|said| said == there) {
            continue;
        }
        match said_by(&sources) {
            Some(wanted) if there != wanted => complain(format!("{name} is {there:?}, not {wanted:?}")),
            None if !there.is_empty()
                && !vague
                && !world.foreign.iter().any(|(at, attribute, value)| {
                    at == place && *attribute == name && there.contains(value)
                }) =>
            {
                complain(format!("{name} is {there:?} and should be gone"));
            }
            _ => {}
        }
    }
    compare_addresses(world, place, entry, &source, (vague, &by_hand), &mut complain);
    compare_manager(world, place, entry, &sources, contested, &mut complain);
}

/// Blanks at the ends are not carried over.
fn trimmed(values: Vec<String>) -> Vec<String> {
    values.iter().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).collect()
}

/// What contacts that somebody made by hand for the person own in a directory: our contact does not get it as well.
fn owned_by_hand(world: &World, at: usize, person: usize) -> BTreeSet<String> {
    let hers = world.handmade.iter().filter(|(place, owner)| place.0 == at && **owner == person);
    hers.filter_map(|(place, _)| world.get(place)).flat_map(|(_, entry)| addresses(&entry)).collect()
}

fn compare_addresses(
    world: &World,
    place: &Place,
    entry: &Entry,
    source: &Entry,
    (vague, by_hand): (bool, &BTreeSet<String>),
    complain: &mut impl FnMut(String),
) {
    let there = texts(entry, "proxyAddresses");
    let mut wanted = texts(source, "proxyAddresses");
    wanted.extend(texts(source, "legacyExchangeDN").iter().map(|dn| format!("X500:{dn}")));
    for address in &wanted {
        let is_taken = by_hand.contains(&address.to_lowercase());
        if !is_taken && !there.iter().any(|known| known.eq_ignore_ascii_case(address)) {
            complain(format!("proxyAddresses lack {address}: {there:?}"));
        }
    }
    for address in &there {
        let known = wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(address))
            || address.to_lowercase().starts_with("x500:")
            || world.foreign.iter().any(|(at, name, value)| {
                at == place && *name == "proxyAddresses" && value.eq_ignore_ascii_case(address)
            });
        if !known && !vague {
            complain(format!("proxyAddresses have {address}, which nobody wants"));
        }
    }
    if there.iter().filter(|address| address.starts_with("SMTP:")).count() > 1 {
        complain(format!("two primary addresses: {there:?}"));
    }
}

/// The manager: the person's own object there if there is one, else our contact, else nobody.
fn compare_manager(
    world: &World,
    place: &Place,
    entry: &Entry,
    sources: &[Place],
    contested: &BTreeSet<usize>,
    complain: &mut impl FnMut(String),
) {
    let target = world.site(place.0);
    let mut sources = sources.iter().filter(|source| crosses(world, source.0, place.0, "manager"));
    let Some((at, named)) = sources.find_map(|source| {
        let named = world.values(source, "manager").into_iter().next()?;
        Some((source.0, named))
    }) else {
        let there = texts(entry, "manager");
        if !there.is_empty() && !world.vague.contains(place) {
            complain(format!("manager is {there:?} and should be gone"));
        }
        return;
    };
    let Some(anchor) = world.site(at).directory.find(&named) else { return };
    let manager = (at, anchor);
    let person = world.person_of.get(&manager).copied().or_else(|| {
        let (_, entry) = world.get(&manager)?;
        world.person_in_stamp(&entry)
    });
    let Some(person) = person.filter(|person| !contested.contains(person)) else { return };
    let own = world.objects_of(person).into_iter().find(|own| own.0 == place.0 && is_recipient(world, own));
    let contact = world.stamped().into_iter().find(|(at, owner, entry, _)| {
        at.0 == place.0 && *owner == person && !is(entry, "msExchHideFromAddressLists", "TRUE")
    });
    let wanted = own.or_else(|| contact.map(|(at, ..)| at)).and_then(|found| target.directory.get(&found.1));
    let wanted: Vec<String> = wanted.iter().map(|(dn, _)| dn.to_string()).collect();
    let there = texts(entry, "manager");
    // One whose stamp somebody took off cannot be hidden, and may go on being named.
    let is_unstamped = |dn: &String| {
        let found = target.directory.find(dn).map(|anchor| (place.0, anchor));
        found.is_some_and(|found| world.unstamped.get(&found) == Some(&person))
    };
    let is_kept = wanted.is_empty() && (world.vague.contains(place) || there.iter().all(is_unstamped));
    if there != wanted && !is_kept {
        complain(format!("manager is {there:?}, not {wanted:?}"));
    }
}
