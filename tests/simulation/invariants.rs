//! The invariants of the design, each under its name: a broken one gives `name: what happened`.

use std::collections::{BTreeMap, BTreeSet};

use madrigal_memory::{Write, WriteKind};
use madrigal_model::{
    AttributeName, ChangeKind, ConnectorId, DistinguishedName, Entry, LinkKind, ObjectKey, PendingExport,
};
use madrigal_run::CycleOptions;
use madrigal_state::Store;

use super::bench::STAMP;
use super::crash::Fuse;
use super::events::everything;
use super::oracle::{Expected, addresses, expected};
use super::world::{Place, World, texts};

/// What was so before a cycle.
pub(super) struct Before {
    pub(super) last_changes: Vec<u64>,
    /// For each directory, the people who should have a contact there.
    wanted: Vec<BTreeSet<usize>>,
    /// Contacts of ours that were hidden.
    hidden: BTreeSet<Place>,
}

impl Before {
    pub(super) fn of(world: &World) -> Self {
        let wanted = |at| {
            (0..world.people)
                .filter(|person| matches!(expected(world, *person, at), Expected::Contact(_)))
                .collect()
        };
        Self {
            last_changes: last_changes(world),
            hidden: world
                .stamped()
                .into_iter()
                .filter(|(.., entry, _)| is_hidden(entry))
                .map(|(place, ..)| place)
                .collect(),
            wanted: (0..world.bench.sites.len()).map(wanted).collect(),
        }
    }
}

pub(super) fn last_changes(world: &World) -> Vec<u64> {
    world.bench.sites.iter().map(|site| site.directory.last_change()).collect()
}

/// What every cycle must have kept, killed or not; `clear` says that nothing kept the engine from seeing how things are.
pub(super) fn after_cycle(world: &mut World, before: &Before, clear: bool) -> Result<(), String> {
    for at in 0..world.bench.sites.len() {
        let writes = world.site(at).directory.take_writes();
        for write in &writes {
            if world.told {
                eprintln!("    {}", told(&world.site(at).name, write));
            }
            only_ours(world, at, write)?;
            never_withdraws(world, at, write, before, clear)?;
        }
        if clear {
            no_address_taken(world, at, &writes)?;
            named_once(world, at, &writes)?;
        }
        *world.counts.entry("writes of the engine").or_default() += writes.len() as u64;
    }
    if world.told {
        tell_links(world);
    }
    foreign_values_survive(world)?;
    nothing_crosses(world, Moment::OnTheWay)
}

/// What carrying change files must have kept. They say what was right when they were written: whether an address was free
/// and whether a person was wanted is judged when everything is quiet.
pub(super) fn after_carrying(world: &mut World) -> Result<(), String> {
    for at in 0..world.bench.sites.len() {
        for write in world.site(at).directory.take_writes() {
            if world.told {
                eprintln!("    carried: {}", told(&world.site(at).name, &write));
            }
            // The stamp was there when the file was written.
            if !world.unstamped.contains_key(&(at, write.anchor.clone())) {
                only_ours(world, at, &write)?;
            }
            *world.counts.entry("writes of change files").or_default() += 1;
        }
    }
    foreign_values_survive(world)?;
    nothing_crosses(world, Moment::OnTheWay)
}

/// The contacts of ours that the store does not know as what they are.
fn tell_links(world: &World) {
    for (place, person, _, dn) in world.stamped() {
        let site = world.site(place.0);
        let key = ObjectKey::new(ConnectorId(place.0 as u16 + 1), place.1.clone());
        let known = world.bench.block_on(world.bench.store.objects(&[key])).unwrap().remove(0);
        match known.map(|known| known.object.link) {
            Some(Some(link)) if link.kind == LinkKind::Provisioned => {}
            other => eprintln!("    {}: {dn} of person {person} is linked {other:?}", site.name),
        }
    }
}

/// A write of the engine in a line: what it touched, and what was there before and after.
fn told(site: &str, write: &Write) -> String {
    let side = |side: &Option<(DistinguishedName, Entry)>| {
        side.as_ref().map_or("nothing".to_owned(), |(dn, entry)| {
            format!("{dn} [{}]", stamp(entry).unwrap_or_default())
        })
    };
    let changed = match (&write.before, &write.after) {
        (Some((_, before)), Some((_, after))) => {
            let values = |entry: &Entry, name: AttributeName| texts(entry, &name.to_string());
            let names: BTreeSet<AttributeName> =
                before.iter().chain(after.iter()).map(|(name, _)| name).collect();
            let differs = |name: &AttributeName| values(before, *name) != values(after, *name);
            let change = |name: AttributeName| format!("{name}={:?}", values(after, name));
            names.into_iter().filter(differs).map(change).collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    };
    format!("{site}: {:?} {} -> {} {changed}", write.kind, side(&write.before), side(&write.after))
}

fn stamp(entry: &Entry) -> Option<String> {
    texts(entry, STAMP).into_iter().next().filter(|text| text.starts_with("madrigal/1 "))
}

fn only_ours(world: &World, at: usize, write: &Write) -> Result<(), String> {
    let site = world.site(at);
    let broken = |text: String| Err(format!("nothing-without-stamp-touched: {}: {text}", site.name));
    match (&write.before, &write.after) {
        (None, Some((dn, _))) if !dn.is_within(&site.container()) => broken(format!("{dn} made outside")),
        // What is deleted is looked at once more; what is changed is taken for what its directory showed.
        (Some(_), Some(_)) if world.misread.contains(&(at, write.anchor.clone())) => Ok(()),
        (Some((dn, entry)), _) if stamp(entry).is_none() => {
            broken(format!("{:?} of {dn}, which carries no stamp of ours", write.kind))
        }
        (Some((dn, _)), _) if write.kind == WriteKind::Delete && !dn.is_within(&site.container()) => {
            broken(format!("{dn} deleted outside the container"))
        }
        _ => Ok(()),
    }
}

pub(super) fn is_hidden(entry: &Entry) -> bool {
    texts(entry, "msExchHideFromAddressLists") == ["TRUE"]
}

/// Nobody's contact goes while the person should have one, whatever was read or not read.
fn never_withdraws(
    world: &World,
    at: usize,
    write: &Write,
    before: &Before,
    clear: bool,
) -> Result<(), String> {
    let Some((dn, entry)) = &write.before else { return Ok(()) };
    let Some(person) = world.person_in_stamp(entry) else { return Ok(()) };
    if !before.wanted[at].contains(&person) || world.torn.contains(&person) {
        return Ok(());
    }
    let name = &world.site(at).name;
    // One that was hidden long ago and is wanted again only now may have been condemned before, and one whose address
    // somebody else got makes room at once.
    let makes_room = !clear && is_claimed(world, person, entry);
    if write.kind == WriteKind::Delete && !makes_room && (clear || !is_hidden(entry)) {
        return Err(format!("partial-read-never-deletes: {name}: {dn} of person {person} was deleted"));
    }
    let hides = write.after.as_ref().is_some_and(|(_, after)| is_hidden(after)) && !is_hidden(entry);
    if hides && clear {
        return Err(format!("partial-read-never-deletes: {name}: {dn} of person {person} was hidden"));
    }
    Ok(())
}

/// A contact that was made is called what it should be from the start.
fn named_once(world: &World, at: usize, writes: &[Write]) -> Result<(), String> {
    let made: BTreeSet<_> =
        writes.iter().filter(|write| write.before.is_none()).map(|write| &write.anchor).collect();
    let renamed = writes.iter().find(|write| write.kind == WriteKind::Rename && made.contains(&write.anchor));
    let Some((dn, _)) = renamed.and_then(|write| write.after.as_ref()) else { return Ok(()) };
    Err(format!("named-once: {}: {dn} was made under another name in the same cycle", world.site(at).name))
}

/// Whether an object of somebody else owns an address of the contact.
fn is_claimed(world: &World, person: usize, contact: &Entry) -> bool {
    let owned = addresses(contact);
    let others = world.person_of.iter().filter(|(_, owner)| **owner != person);
    others.filter_map(|(place, _)| world.get(place)).any(|(_, entry)| !addresses(&entry).is_disjoint(&owned))
}

/// No address that a contact got belongs to somebody else.
fn no_address_taken(world: &World, at: usize, writes: &[Write]) -> Result<(), String> {
    if writes.is_empty() {
        return Ok(());
    }
    let site = world.site(at);
    let mut owners: BTreeMap<String, Vec<(String, Option<usize>)>> = BTreeMap::new();
    for (anchor, dn, entry) in site.directory.objects() {
        let place = (at, anchor);
        // Whose it was went with the store: by its address alone it may be anybody's.
        if world.unstamped.contains_key(&place) && world.vague.contains(&place) {
            continue;
        }
        let known = [&world.person_of, &world.handmade, &world.unstamped]
            .iter()
            .find_map(|all| all.get(&place).copied());
        let person = known.or_else(|| world.person_in_stamp(&entry));
        for address in addresses(&entry) {
            owners.entry(address).or_default().push((dn.to_string(), person));
        }
    }
    for write in writes {
        let Some((dn, after)) = &write.after else { continue };
        let old = write.before.as_ref().map(|(_, entry)| addresses(entry)).unwrap_or_default();
        let own = world.person_in_stamp(after);
        for address in addresses(after).difference(&old) {
            let others = owners.get(address).into_iter().flatten();
            if let Some((other, _)) = others
                .filter(|(name, _)| *name != dn.to_string())
                .find(|(_, person)| *person != own || own.is_none())
            {
                return Err(format!(
                    "no-address-taken: {}: {dn} got {address}, which {other} has",
                    site.name
                ));
            }
        }
    }
    Ok(())
}

fn foreign_values_survive(world: &World) -> Result<(), String> {
    for (place, name, value) in &world.foreign {
        let merged = ["proxyAddresses", "otherTelephone", "comment"].contains(name);
        if let Some((dn, entry)) = world.get(place)
            && merged
            && !texts(&entry, name).contains(value)
        {
            return Err(format!("foreign-values-survive: {dn} lost {name} {value:?}"));
        }
    }
    Ok(())
}

/// When something is judged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    OnTheWay,
    AtRest,
}

/// What a `never` attribute held, and who is not shared, is found nowhere on the other side. Where change files are carried
/// one may say on the way what was right when it was written.
pub(super) fn nothing_crosses(world: &World, moment: Moment) -> Result<(), String> {
    for (place, person, entry, dn) in world.stamped() {
        if moment == Moment::OnTheWay && world.rules_changed && world.site(place.0).carried {
            continue;
        }
        let text = everything(&entry);
        for (from, site) in world.bench.sites.iter().enumerate() {
            let share =
                world.bench.shares.iter().find(|share| share.from == from && share.to.contains(&place.0));
            let marker = format!("ORIGIN-{}-", site.name);
            if share.is_none() && text.contains(&marker) {
                return Err(format!(
                    "nothing-crosses-an-unnamed-share: {dn} holds something of {}",
                    site.name
                ));
            }
            // Of a hidden contact nobody can say anew what is ours once the store was lost, nor of one for which a change
            // waited then.
            let is_unsaid = is_hidden(&entry) || world.site(place.0).carried;
            let is_lost = is_unsaid && world.vague.contains(&place);
            let is_forgotten = is_lost || world.misread.contains(&place) || world.torn.contains(&person);
            if world.rules_changed && is_forgotten {
                continue;
            }
            let secret = format!("SECRET-{}-", site.name);
            if share.is_none_or(|share| share.never.contains(&"mobile")) && text.contains(&secret) {
                return Err(format!(
                    "nothing-crosses-an-unnamed-share: {dn} holds a secret of {}",
                    site.name
                ));
            }
        }
    }
    Ok(())
}

/// After the store was lost: nobody has two contacts who had one, and nothing that is wanted is deleted.
pub(super) fn nothing_twice_and_nothing_deleted(
    world: &World,
    before: &Before,
    contacts: &BTreeMap<(usize, usize), usize>,
) -> Result<(), String> {
    const NAME: &str = "state-lost-makes-nothing-twice-and-deletes-nothing";
    let mut now: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (place, person, ..) in world.stamped() {
        *now.entry((place.0, person)).or_default() += 1;
    }
    for ((at, person), many) in &now {
        let had = contacts.get(&(*at, *person)).copied().unwrap_or(0);
        if *many > had.max(1) && !world.torn.contains(person) {
            return Err(format!("{NAME}: person {person} has {many} contacts in {}", world.site(*at).name));
        }
    }
    for (at, person) in contacts.keys() {
        if before.wanted[*at].contains(person)
            && !world.torn.contains(person)
            && !now.contains_key(&(*at, *person))
        {
            return Err(format!("{NAME}: person {person} lost the contact in {}", world.site(*at).name));
        }
    }
    Ok(())
}

/// While a source shows nothing, nobody's contact is hidden or deleted.
pub(super) fn nothing_withdrawn(world: &World, before: &Before) -> Result<(), String> {
    for (place, person, entry, dn) in world.stamped() {
        let was_shown = !before.hidden.contains(&place);
        if is_hidden(&entry) && was_shown && before.wanted[place.0].contains(&person) {
            return Err(format!("partial-read-never-deletes: {dn} was hidden while a source showed nothing"));
        }
    }
    Ok(())
}

/// What is pending for every connector.
pub(super) fn pending(world: &World) -> Vec<PendingExport> {
    let store = &world.bench.store;
    let mut all = Vec::new();
    for at in 0..world.bench.sites.len() {
        let connector = ConnectorId(at as u16 + 1);
        let page = world.bench.block_on(store.pending(connector, None, u32::MAX)).unwrap();
        all.extend(
            page.into_iter().filter(|record| record.unconfirmed.is_none()).map(|record| record.export),
        );
    }
    all
}

pub(super) fn audit_length(world: &World) -> u64 {
    world.bench.block_on(world.bench.store.audit(1, u32::MAX)).unwrap().len() as u64
}

/// What was sent first to each object is what the preview showed, to the last value.
pub(super) fn preview_equals_written(
    world: &World,
    previewed: &[PendingExport],
    log: u64,
) -> Result<(), String> {
    let audit = world.bench.block_on(world.bench.store.audit(log + 1, u32::MAX)).unwrap();
    let mut sent: BTreeMap<(u16, String), &PendingExport> = BTreeMap::new();
    for line in audit.iter().filter(|line| line.event == "begun") {
        sent.entry((line.connector.0, line.identity.to_string())).or_insert(&line.export);
    }
    for export in previewed {
        let key = (export.connector.0, export.identity.to_string());
        match sent.get(&key) {
            Some(found) if *found == export => {}
            // A delete is logged with what it takes away.
            Some(found)
                if found.kind == ChangeKind::Delete
                    && PendingExport { changes: Vec::new(), ..(*found).clone() } == *export => {}
            Some(found) => {
                return Err(format!("preview-equals-written: previewed {export:?}, written {found:?}"));
            }
            None => return Err(format!("preview-equals-written: previewed and never written: {export:?}")),
        }
    }
    Ok(())
}

/// A cycle finds nothing to plan and writes nothing.
pub(super) fn nothing_left_to_do(world: &World, options: CycleOptions, name: &str) -> Result<(), String> {
    let before = last_changes(world);
    match world.bench.try_cycle(options, &Fuse::endless()) {
        Ok(report) if report.planned.total() == 0 && last_changes(world) == before => Ok(()),
        Ok(report) => {
            let planned: Vec<String> = pending(world).iter().map(|export| format!("{export:?}")).collect();
            Err(format!("{name}: planned {:?}: {}", report.planned, planned.join("\n    ")))
        }
        Err(error) => Err(format!("{name}: {error}")),
    }
}
