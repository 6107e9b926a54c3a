//! One seed, one history: directories in one of the topologies, people and what befalls them, an engine that is killed,
//! cut off, lied to and run twice; and then quiet, in which everything must come to rest where it should be.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use madrigal_memory::{Counters, FaultPlan, FaultRates, ImportFault};
use madrigal_run::{CycleOptions, RunError};
use madrigal_state::{MemoryStore, Store, StoreError};
use madrigal_sync::Safeguards;

use super::bench::{Bench, DELTA, FULL, PREVIEW, Site, SiteShare};
use super::chance::Chance;
use super::crash::Fuse;
use super::events::befall;
use super::invariants::{self, Before, Moment};
use super::oracle::complaints;
use super::world::{Counts, Kind, Place, World};

/// What was counted on the way, or why it could not be.
type Counted = Option<Result<Vec<u64>, String>>;

/// A history that broke an invariant.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) seed: u64,
    pub(super) invariant: String,
    pub(super) text: String,
}

/// How many quiet cycles a history may take to come to rest.
const REST_WITHIN: usize = 4;
/// The same where change files are carried: what the far side refuses is planned again after a week.
const CARRIED_REST_WITHIN: usize = 20;

/// Runs the history of a seed.
pub(super) fn run(seed: u64, safeguards: Safeguards) -> Result<Counts, Failure> {
    let mut chance = Chance::of_seed(seed, 1);
    let mut gap = Chance::of_seed(seed, 3);
    let behind = gap.one_in(4).then(|| gap.below(4) as usize);
    let mut history = History {
        world: directories(&mut chance, behind),
        faults: Chance::of_seed(seed, 2),
        gap,
        full_is_due: false,
        killed: 0,
    };
    history.world.bench.safeguards = safeguards;
    let outcome = history.run(&mut chance);
    if outcome.is_err() && history.world.told {
        tell_what_is_left(&history.world);
    }
    let mut counts = std::mem::take(&mut history.world.counts);
    for site in &history.world.bench.sites {
        for (event, count) in site.directory.counters().iter() {
            *counts.entry(event).or_default() += count;
        }
    }
    match outcome {
        Ok(()) => Ok(counts),
        Err(broken) => {
            let (invariant, text) = broken.split_once(": ").unwrap_or(("?", &broken));
            Err(Failure { seed, invariant: invariant.to_owned(), text: text.to_owned() })
        }
    }
}

/// Every kind of fault that came so far, by directory.
fn tell_faults(world: &World) {
    for site in &world.bench.sites {
        let counters = site.directory.counters();
        let counted: Vec<String> = counters.iter().map(|(event, many)| format!("{event} {many}")).collect();
        eprintln!("    {}: {}", site.name, counted.join(", "));
    }
}

/// What the engine still meant to do, and what it complained of.
fn tell_what_is_left(world: &World) {
    for export in invariants::pending(world) {
        eprintln!("    pending: {export:?}");
    }
    for problem in world.bench.block_on(world.bench.store.problems()).unwrap_or_default() {
        eprintln!("    problem: {problem}");
    }
    for site in &world.bench.sites {
        for (_, dn, entry) in site.directory.objects() {
            eprintln!("    {}: {dn} {entry:?}", site.name);
        }
    }
}

/// Directories in one of the topologies, with the first people; one may lie behind an air gap.
pub(super) fn directories(chance: &mut Chance, behind: Option<usize>) -> World {
    let names = ["abc", "xyz", "def", "ghi", "jkl"];
    let forest = |at: usize| match behind {
        Some(gap) if gap == at => Site::behind_an_air_gap(names[at]),
        _ => Site::active_directory(names[at]),
    };
    let (sites, mut shares, kind): (Vec<Site>, Vec<SiteShare>, &'static str) = match chance.below(6) {
        0 | 1 => {
            let many = 2 + chance.below(3) as usize;
            let others = |from: usize| (0..many).filter(|to| *to != from).collect::<Vec<_>>();
            let shares = (0..many).map(|from| SiteShare::new(from, &others(from))).collect();
            ((0..many).map(forest).collect(), shares, "topology: full mesh")
        }
        2 => {
            let many = 3 + chance.below(3) as usize;
            let mut shares = vec![SiteShare::new(0, &(1..many).collect::<Vec<_>>())];
            shares.extend((1..many).map(|spoke| SiteShare::new(spoke, &[0])));
            ((0..many).map(forest).collect(), shares, "topology: hub with spokes")
        }
        3 => {
            let shares = vec![SiteShare::new(0, &[2]), SiteShare::new(1, &[2]), SiteShare::new(2, &[0])];
            ((0..3).map(forest).collect(), shares, "topology: account and resource forest")
        }
        4 => {
            let mut cloud = Site::cloud("cloud");
            let mut home = forest(1);
            home.cloud = Some(2);
            cloud.domain.clone_from(&home.domain);
            let shares = vec![SiteShare::new(0, &[1]), SiteShare::new(1, &[0]), SiteShare::new(2, &[0])];
            (vec![forest(0), home, cloud], shares, "topology: hybrid twins")
        }
        _ => {
            let shares = (0..3).map(|from| SiteShare::new(from, &[from + 1])).collect();
            ((0..4).map(forest).collect(), shares, "topology: chain of shares")
        }
    };
    for share in &mut shares {
        if chance.one_in(2) {
            share.never = &["mobile"];
        }
        if chance.one_in(3) {
            share.suffix = " (over there)";
        }
    }
    let mut bench = Bench::new(sites, shares);
    bench.options.sync_batch = [1, 2, 3, 7, 5_000][chance.below(5) as usize];
    bench.options.page_size = [1, 2, 3, 5, 5_000][chance.below(5) as usize];
    bench.options.export_batch = [1, 2, 3, 1_000][chance.below(4) as usize];
    bench.options.rounds = 6;
    let mut world = World::new(bench);
    world.count(kind);
    if world.bench.sites.iter().any(|site| site.carried) {
        world.count("a directory behind an air gap");
    }
    if world.told {
        eprintln!("    {:?}, shares {:?}", world.bench.options, world.bench.shares);
    }
    people(&mut world, chance, kind);
    world
}

fn people(world: &mut World, chance: &mut Chance, topology: &str) {
    for at in 0..world.bench.sites.len() {
        for _ in 0..2 + chance.below(3) {
            let kind = match chance.below(6) {
                _ if world.site(at).kind == "microsoft-365" => Kind::CloudUser,
                0 => Kind::MailUser,
                1 => Kind::Group,
                2 => Kind::Room,
                _ => Kind::Mailbox,
            };
            let name = chance.below(64);
            let place = world.hire(at, kind, name);
            if topology.contains("resource") && at == 0 && kind == Kind::Mailbox {
                // The account that the mailbox belongs to lies in the other forest.
                let person = world.person_of[&place];
                let account = world.make(1, Kind::Account, person, name, &format!("account{person}"), &[]);
                let sid = world.values(&account, "objectSid");
                world.set(&place, "msExchMasterAccountSid", &[&sid[0]]);
                world.evidence.entry(place.clone()).or_default().push(("msExchMasterAccountSid", sid));
                world.set(&account, "telephoneNumber", &["account"]);
            }
            if topology.contains("twins") && at == 1 && kind == Kind::Mailbox {
                let person = world.person_of[&place];
                let guid = base64(place.1.as_bytes());
                let more = [
                    ("onPremisesImmutableId", vec![guid]),
                    ("onPremisesSyncEnabled", vec!["TRUE".to_owned()]),
                    ("proxyAddresses", world.values(&place, "proxyAddresses")),
                ];
                world.make(2, Kind::CloudUser, person, name, &format!("twin{person}"), &more);
            }
        }
    }
}

pub(super) fn base64(octets: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in octets.chunks(3) {
        let bits =
            chunk.iter().fold(0u32, |bits, octet| bits << 8 | u32::from(*octet)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

struct History {
    world: World,
    faults: Chance,
    /// When change files are carried.
    gap: Chance,
    /// Something was read wrongly that only a full import can mend.
    full_is_due: bool,
    killed: u64,
}

type Outcome = Result<(), String>;

/// How often each directory kept values to itself that it had. One of ours that was to go counts as gone when it is not
/// shown: when it is seen again, it is taken for somebody else's.
fn unseen(world: &World) -> Vec<u64> {
    let faults = [
        ImportFault::AttributesVanish,
        ImportFault::Lagging,
        ImportFault::Emptied,
        ImportFault::KeysUnreadable,
    ];
    let of = |counters: Counters| faults.iter().map(|fault| counters.of(fault.name())).sum();
    world.bench.sites.iter().map(|site| of(site.directory.counters())).collect()
}

impl History {
    fn run(&mut self, chance: &mut Chance) -> Outcome {
        self.cycle(DELTA, "first load")?;
        for _ in 0..4 + chance.below(6) {
            for _ in 0..1 + chance.below(4) {
                befall(&mut self.world, chance);
            }
            self.pass_time(chance);
            self.turn()?;
            match self.gap.below(4) {
                0 => self.carry(1)?,
                1 => self.carry(usize::MAX)?,
                _ => {}
            }
        }
        self.come_to_rest()
    }

    fn pass_time(&mut self, chance: &mut Chance) {
        let bench = &mut self.world.bench;
        match chance.below(12) {
            0 => {
                bench.days(31);
                self.world.count("a month passes");
            }
            1 => {
                bench.now = bench.now.plus_seconds(-3_600);
                self.world.count("clock steps back");
            }
            2 => bench.days(3),
            _ => bench.now = bench.now.plus_seconds(900),
        }
    }

    /// Somebody carries change files to their directories, at most so many to each.
    fn carry(&mut self, most: usize) -> Outcome {
        let bench = &self.world.bench;
        let not_before = bench.now.plus_seconds(-bench.options.confirm_within_seconds);
        for site in bench.sites.iter().filter(|site| site.carried) {
            site.directory.carry(not_before, most);
        }
        invariants::after_carrying(&mut self.world)
    }

    /// One turn of the engine, with or without trouble.
    fn turn(&mut self) -> Outcome {
        match self.faults.below(17) {
            0..3 => self.cycle(DELTA, "cycle"),
            3 => self.cycle(FULL, "full cycle"),
            4 => self.previewed_cycle(),
            5..8 => self.killed_cycle(),
            8..10 => self.troubled_cycle(),
            10 => self.two_engines(),
            11 => self.lose_the_store(),
            12 => self.catastrophe(),
            13 | 14 => self.change_of_mind(),
            15 => self.change_of_rules(),
            _ => {
                self.world.count("no cycle");
                Ok(())
            }
        }
    }

    /// A directory may have shown less than it has: only a full import mends that.
    fn lied(&mut self, it_did: bool) {
        self.full_is_due |= it_did;
        self.world.lied |= it_did;
    }

    /// A cycle without trouble.
    fn cycle(&mut self, options: CycleOptions, name: &'static str) -> Outcome {
        self.world.count(name);
        let before = Before::of(&self.world);
        let result = self.world.bench.try_cycle(options, &Fuse::endless());
        if options.full_import {
            self.world.misread.clear();
        }
        invariants::after_cycle(&mut self.world, &before, !self.full_is_due)?;
        self.accept(result.map(drop), name)?;
        if options.full_import {
            self.full_is_due = false;
        }
        Ok(())
    }

    /// Errors that a cycle may end with though nothing was done to it.
    fn accept(&mut self, result: Result<(), RunError>, name: &str) -> Outcome {
        match result {
            Ok(()) => Ok(()),
            Err(RunError::Stopped(stops)) => {
                self.world.count("stopped by the guard");
                let limits = stops.into_iter().map(|stop| stop.limit);
                self.world.bench.options.accepted_limits.extend(limits);
                Ok(())
            }
            Err(RunError::SourceShrunk(stop)) => {
                self.world.count("stopped: source shrunk");
                self.world.bench.options.accepted_limits.push(stop.limit());
                Ok(())
            }
            Err(error) => Err(format!("runs: {name} failed: {error}")),
        }
    }

    fn previewed_cycle(&mut self) -> Outcome {
        self.world.count("preview, then cycle");
        let before = Before::of(&self.world);
        let options = CycleOptions { full_sync: self.faults.one_in(2), ..PREVIEW };
        let previewed = self.world.bench.try_cycle(options, &Fuse::endless());
        if previewed.is_err() {
            return self.accept(previewed.map(drop), "preview");
        }
        let pending = invariants::pending(&self.world);
        let log = invariants::audit_length(&self.world);
        let changes = invariants::last_changes(&self.world);
        if changes != before.last_changes {
            return Err("preview-equals-written: a preview wrote something".to_owned());
        }
        let result = self.world.bench.try_cycle(DELTA, &Fuse::endless());
        if result.is_ok() {
            invariants::preview_equals_written(&self.world, &pending, log)?;
        }
        invariants::after_cycle(&mut self.world, &before, !self.full_is_due)?;
        self.accept(result.map(drop), "cycle behind a preview")
    }

    /// The process dies somewhere in the middle.
    fn killed_cycle(&mut self) -> Outcome {
        let calls = [20, 60, 200, 600][self.faults.below(4) as usize];
        let fuse = match self.faults.below(3) {
            0 => Fuse::behind_export(self.faults.below(4)),
            _ => Fuse::of(self.faults.below(2 * calls) as i64),
        };
        let options = if self.faults.one_in(4) { FULL } else { DELTA };
        let before = Before::of(&self.world);
        let result = self.world.bench.try_cycle(options, &fuse);
        invariants::after_cycle(&mut self.world, &before, false)?;
        if fuse.is_dead() {
            self.world.count("killed");
            self.killed += 1;
            return Ok(());
        }
        self.world.count("cycle that outlived its fuse");
        self.accept(result.map(drop), "cycle that outlived its fuse")
    }

    /// Values come, the process is killed while it writes them, and the values are taken back.
    fn change_of_mind(&mut self) -> Outcome {
        let people = self.world.living();
        let Some(place) = self.faults.pick(&people) else { return Ok(()) };
        let old = self.world.values(&place, "proxyAddresses");
        if old.is_empty() || self.world.has(&place, "pager") {
            return Ok(());
        }
        self.world.count("change of mind while killed");
        self.cycle(DELTA, "cycle before a change of mind")?;
        let mut new = old.clone();
        new.push(format!("smtp:mind{}@{}", self.world.next(), self.world.site(place.0).domain));
        let set = |world: &World, values: &[String]| {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            world.set(&place, "proxyAddresses", &values);
        };
        set(&self.world, &new);
        self.world.set(&place, "pager", &["for a moment"]);
        let fuse = Fuse::behind_export(self.faults.below(3));
        let before = Before::of(&self.world);
        let result = self.world.bench.try_cycle(DELTA, &fuse);
        invariants::after_cycle(&mut self.world, &before, false)?;
        set(&self.world, &old);
        self.world.set(&place, "pager", &[]);
        if fuse.is_dead() {
            self.killed += 1;
            return Ok(());
        }
        self.accept(result.map(drop), "cycle of a change of mind")
    }

    /// Somebody changes what a share says: everything is looked at anew.
    fn change_of_rules(&mut self) -> Outcome {
        self.world.count("rules of a share changed");
        self.world.rules_changed = true;
        let at = self.faults.below(self.world.bench.shares.len() as u64) as usize;
        let share = &mut self.world.bench.shares[at];
        match self.faults.below(3) {
            0 => share.suffix = if share.suffix.is_empty() { " (over there)" } else { "" },
            1 => share.never = if share.never.is_empty() { &["mobile"] } else { &[] },
            _ => share.only = if share.only.is_empty() { &["department", "info"] } else { &[] },
        }
        // What the guard stops is let through: until then contacts say what they may say no longer.
        for _ in 0..4 {
            let before = Before::of(&self.world);
            let options = CycleOptions { full_sync: true, ..DELTA };
            let result = self.world.bench.try_cycle(options, &Fuse::endless());
            if matches!(result, Err(RunError::Stopped(_) | RunError::SourceShrunk(_))) {
                self.accept(result.map(drop), "cycle with other rules")?;
                continue;
            }
            invariants::after_cycle(&mut self.world, &before, !self.full_is_due)?;
            return self.accept(result.map(drop), "cycle with other rules");
        }
        Err("runs: the guard lets nothing through".to_owned())
    }

    /// The directories and the ways to them make trouble.
    fn troubled_cycle(&mut self) -> Outcome {
        self.world.count("troubled cycle");
        let per_mille = [20, 60, 150][self.faults.below(3) as usize];
        let rates = match self.faults.below(3) {
            0 => FaultRates::healing(per_mille),
            1 => FaultRates { import: Vec::new(), ..FaultRates::healing(per_mille) },
            _ => FaultRates::all(per_mille / 2),
        };
        for site in &self.world.bench.sites {
            site.directory.set_faults(FaultPlan::random(self.faults.draw(), rates.clone()));
        }
        let before = Before::of(&self.world);
        let unseen_before = unseen(&self.world);
        let result = self.world.bench.try_cycle(DELTA, &Fuse::endless());
        for site in &self.world.bench.sites {
            site.directory.set_faults(FaultPlan::none());
            site.directory.resume_replication();
        }
        if self.world.told {
            tell_faults(&self.world);
        }
        let unseen_now = unseen(&self.world);
        let stamped = self.world.stamped().into_iter().map(|(place, ..)| place);
        let vague: Vec<Place> = stamped
            .chain(self.world.unstamped.keys().cloned())
            .filter(|place| unseen_now[place.0] != unseen_before[place.0])
            .collect();
        self.world.misread.extend(vague.iter().cloned());
        self.world.vague.extend(vague);
        self.lied(!rates.import.is_empty());
        invariants::after_cycle(&mut self.world, &before, false)?;
        match result {
            Err(RunError::Connector { .. } | RunError::NeverRead(_)) => {
                self.world.count("cycle cut off");
                Ok(())
            }
            other => self.accept(other.map(drop), "troubled cycle"),
        }
    }

    /// Another engine on the same store, while this one works.
    fn two_engines(&mut self) -> Outcome {
        let paused = self.faults.one_in(2);
        self.world.count(if paused {
            "paused past its lease"
        } else {
            "second engine while the first works"
        });
        let fuse = Fuse::endless();
        let mut other = self.world.bench.twin();
        if paused {
            other.now = other.now.plus_seconds(i64::from(other.options.lease_seconds) + 1);
        }
        let changes_then: Arc<Mutex<Counted>> = Arc::default();
        let seen = changes_then.clone();
        let before_now = self.world.bench.now;
        let intruder = Box::new(move || {
            let thread =
                std::thread::spawn(move || match other.try_cycle_as("other", DELTA, &Fuse::endless()) {
                    Err(RunError::Store(StoreError::Busy { .. })) => Err("busy".to_owned()),
                    Err(error @ (RunError::Stopped(_) | RunError::SourceShrunk(_))) => {
                        let _ = error;
                        Ok(other.sites.iter().map(|site| site.directory.last_change()).collect())
                    }
                    Err(error) => Err(error.to_string()),
                    Ok(_) => Ok(other.sites.iter().map(|site| site.directory.last_change()).collect()),
                });
            *seen.lock().unwrap() = Some(thread.join().unwrap());
        });
        fuse.interrupt(4 + self.faults.below(120), intruder);
        let before = Before::of(&self.world);
        let result = self.world.bench.try_cycle(DELTA, &fuse);
        fuse.disarm();
        invariants::after_cycle(&mut self.world, &before, false)?;
        if paused {
            self.world.bench.now = before_now.plus_seconds(1_000);
        }
        match (changes_then.lock().unwrap().take(), paused) {
            (None, _) => self.accept(result.map(drop), "cycle before its lease ran out"),
            (Some(Err(busy)), false) if busy == "busy" => self.accept(result.map(drop), "first engine"),
            (Some(Ok(_)), false) => Err("never-two-exporters: a second engine got the lease".to_owned()),
            (Some(Ok(then)), true) => {
                if invariants::last_changes(&self.world) != then {
                    return Err(
                        "never-two-exporters: an engine wrote after its lease was taken over".to_owned()
                    );
                }
                match result {
                    // What it read on may be gone before it notices that its lease is.
                    Ok(_) | Err(RunError::Store(StoreError::LeaseLost | StoreError::Unreachable { .. })) => {
                        Ok(())
                    }
                    Err(RunError::Stopped(_) | RunError::SourceShrunk(_)) => Ok(()),
                    Err(other) => Err(format!("never-two-exporters: {other}")),
                }
            }
            (Some(Err(error)), _) => Err(format!("never-two-exporters: the other engine: {error}")),
        }
    }

    /// The store is gone, the directories are as they were.
    fn lose_the_store(&mut self) -> Outcome {
        self.world.count("state lost");
        let stamped = self.world.stamped();
        let contacts: BTreeMap<(usize, usize), usize> =
            stamped.iter().fold(BTreeMap::new(), |mut all, found| {
                *all.entry((found.0.0, found.1)).or_default() += 1;
                all
            });
        self.world.misread.clear();
        let gone = self.world.person_of.iter().filter(|(place, _)| self.world.get(place).is_none());
        let hidden = stamped.iter().filter(|(.., entry, _)| invariants::is_hidden(entry));
        let torn: Vec<usize> =
            gone.map(|(_, person)| *person).chain(hidden.map(|(_, person, ..)| *person)).collect();
        self.world.torn.extend(torn);
        self.world.vague.extend(stamped.into_iter().map(|(place, ..)| place));
        let unstamped: Vec<Place> = self.world.unstamped.keys().cloned().collect();
        self.world.vague.extend(unstamped);
        self.world.bench.store = Arc::new(MemoryStore::new());
        // What the lost store's files say is not known any more: they are thrown away.
        self.world.bench.sites.iter().for_each(|site| site.directory.throw_away_what_waits());
        let before = Before::of(&self.world);
        let result = self.world.bench.try_cycle(DELTA, &Fuse::endless());
        invariants::nothing_twice_and_nothing_deleted(&self.world, &before, &contacts)?;
        invariants::after_cycle(&mut self.world, &before, true)?;
        self.full_is_due = false;
        self.accept(result.map(drop), "cycle with a lost store")
    }

    /// A directory shows nothing at all, and says that this is all.
    fn catastrophe(&mut self) -> Outcome {
        self.world.count("a source shows nothing");
        let at = self.faults.below(self.world.bench.sites.len() as u64) as usize;
        let accepted = std::mem::take(&mut self.world.bench.options.accepted_limits);
        self.cycle(DELTA, "cycle before a source shows nothing")?;
        self.world.bench.options.accepted_limits.clear();
        self.world.site(at).directory.hide_everything();
        let before = Before::of(&self.world);
        let result = self.world.bench.try_cycle(FULL, &Fuse::endless());
        self.world.site(at).directory.show_everything();
        invariants::nothing_withdrawn(&self.world, &before)?;
        invariants::after_cycle(&mut self.world, &before, false)?;
        self.world.bench.options.accepted_limits = accepted;
        match result {
            Err(RunError::SourceShrunk(_)) => self.cycle(FULL, "cycle behind a source that showed nothing"),
            Err(RunError::Stopped(_)) => {
                self.lied(true);
                Ok(())
            }
            other => {
                self.lied(true);
                self.accept(other.map(drop), "cycle while a source shows nothing")
            }
        }
    }

    /// Quiet: after a few cycles everything is where it should be, and nothing is planned any more.
    fn come_to_rest(&mut self) -> Outcome {
        if self.full_is_due || self.world.delete_was_missed {
            self.cycle(FULL, "full cycle")?;
        }
        let mut left = Vec::new();
        let is_carried = self.world.bench.sites.iter().any(|site| site.carried);
        for _ in 0..if is_carried { CARRIED_REST_WITHIN } else { REST_WITHIN } {
            self.world.bench.now = self.world.bench.now.plus_seconds(90_000);
            let before = invariants::last_changes(&self.world);
            self.cycle(DELTA, "quiet cycle")?;
            self.carry(usize::MAX)?;
            left = complaints(&self.world);
            // What was carried just now must be seen before anything can be said to be at rest.
            let is_seen = !is_carried || invariants::last_changes(&self.world) == before;
            if left.is_empty() && is_seen {
                break;
            }
        }
        if left.is_empty() {
            left.extend(invariants::nothing_crosses(&self.world, Moment::AtRest).err());
        }
        if let Some(first) = left.first() {
            let problems = self.world.bench.block_on(self.world.bench.store.problems()).unwrap_or_default();
            let crashed = self.killed > 0;
            let first = if crashed {
                first.replacen("converges", "crash-ends-where-unbroken-run-ends", 1)
            } else {
                first.clone()
            };
            let all: Vec<String> = left.iter().skip(1).cloned().collect();
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            return Err(format!(
                "{first}\n  also: {}\n  problems: {}",
                all.join("\n        "),
                problems.join("\n        ")
            ));
        }
        invariants::nothing_left_to_do(&self.world, DELTA, "second-run-plans-nothing")?;
        let preview = CycleOptions { full_import: true, ..PREVIEW };
        invariants::nothing_left_to_do(&self.world, preview, "full-sync-plans-nothing")
    }
}
