//! Reads the plan once to count it and once to choose what is shown, so that a plan of any size is shown in the same
//! memory.

use std::collections::{BTreeMap, HashMap};

use madrigal_model::{ChangeKind, ConnectorId, IdentityId, PendingExport};
use madrigal_run::{ConnectorPlan, Engine, Plan, RunError, SeenPlan};
use madrigal_sync::strange::{Census, Strange, Strangeness, Strangest};

use super::names::with_names;

/// How many of a plan's changes are called its strangest.
const STRANGEST: usize = 10;
/// How many records of the plan are read at once.
const PAGE: u32 = 5_000;

/// A change that is shown.
pub(crate) struct Shown {
    pub change: PendingExport,
    pub strangeness: Option<Strangeness>,
}

/// The changes of one kind in one directory.
#[derive(Default)]
pub(crate) struct Kind {
    /// How many there are.
    pub count: u64,
    /// Those that are shown, by name.
    pub shown: BTreeMap<(String, IdentityId), Shown>,
}

/// What is shown of one directory.
pub(crate) struct Directory<'p> {
    pub plan: &'p ConnectorPlan,
    pub kinds: BTreeMap<ChangeKind, Kind>,
}

/// What is shown of a plan.
pub(crate) struct Gathered<'p> {
    pub directories: Vec<Directory<'p>>,
    /// The strangest changes, the strangest first.
    pub strangest: Vec<Strange>,
    /// In how many groups of the target a contact is that is to be deleted.
    pub groups: HashMap<(ConnectorId, IdentityId), u64>,
}

/// What is shown, and how much of it.
pub(crate) struct Wish<'w> {
    /// Only this connector.
    pub only: Option<&'w str>,
    /// At most so many of one kind in one directory.
    pub of_a_kind: usize,
    /// At most so many in all.
    pub in_all: usize,
    /// These changes instead of those that the rules plan.
    pub instead: Option<&'w SeenPlan>,
    /// In how many groups contacts stand that are to be deleted.
    pub groups: &'w HashMap<(ConnectorId, IdentityId), u64>,
    /// Which changes count at all.
    pub counts: &'w (dyn Fn(&PendingExport) -> bool + Sync),
}

/// Chooses what is shown.
pub(crate) async fn gather<'p>(
    engine: &Engine,
    plan: &'p Plan,
    wish: &Wish<'_>,
) -> Result<Gathered<'p>, RunError> {
    let mut directories = Vec::new();
    let mut strangest = Strangest::new(STRANGEST);
    let mut room = wish.in_all;
    for connector in plan.connectors.iter().filter(|one| wish.only.is_none_or(|only| only == one.name)) {
        let mut census = Census::default();
        each(engine, connector.connector, wish, References::AsKeys, |change| census.count(change)).await?;
        let mut kinds: BTreeMap<ChangeKind, Kind> = BTreeMap::new();
        each(engine, connector.connector, wish, References::AsKeys, |change| {
            let strangeness = census.judge(change);
            if let Some(strangeness) = &strangeness {
                strangest.see(change, strangeness.clone());
            }
            let kind = kinds.entry(change.kind).or_default();
            kind.count += 1;
            let name = (change.dn.as_str().to_owned(), change.identity);
            let most = wish.of_a_kind;
            let is_shown =
                kind.shown.len() < most || kind.shown.keys().next_back().is_some_and(|last| name < *last);
            if is_shown && most > 0 {
                kind.shown.insert(name, Shown { change: change.clone(), strangeness });
                if kind.shown.len() > most {
                    kind.shown.pop_last();
                }
            }
        })
        .await?;
        for kind in kinds.values_mut() {
            while kind.shown.len() > room {
                kind.shown.pop_last();
            }
            room -= kind.shown.len();
        }
        directories.push(Directory { plan: connector, kinds });
    }
    let mut gathered = Gathered { directories, strangest: strangest.into_vec(), groups: wish.groups.clone() };
    name_references(engine, &mut gathered).await?;
    Ok(gathered)
}

impl Gathered<'_> {
    /// How many changes there are, shown or not.
    pub(crate) fn count(&self) -> u64 {
        self.directories.iter().flat_map(|directory| directory.kinds.values()).map(|kind| kind.count).sum()
    }

    /// How many of them are shown.
    pub(crate) fn shown(&self) -> u64 {
        let kinds = self.directories.iter().flat_map(|directory| directory.kinds.values());
        kinds.map(|kind| kind.shown.len() as u64).sum()
    }

    /// The directory's name.
    pub(crate) fn name(&self, connector: ConnectorId) -> &str {
        let known = self.directories.iter().find(|directory| directory.plan.connector == connector);
        known.map_or("", |directory| directory.plan.name.as_str())
    }

    /// Every change that is shown, those of the strangest too.
    fn changes_mut(&mut self) -> impl Iterator<Item = &mut PendingExport> {
        let kinds = self.directories.iter_mut().flat_map(|directory| directory.kinds.values_mut());
        let shown = kinds.flat_map(|kind| kind.shown.values_mut()).map(|shown| &mut shown.change);
        shown.chain(self.strangest.iter_mut().map(|strange| &mut strange.change))
    }
}

/// How references to other objects are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum References {
    /// By the keys that the plan holds.
    AsKeys,
    /// By the names of the objects.
    AsNames,
}

/// Shows each planned change that counts, page by page.
pub(crate) async fn each(
    engine: &Engine,
    connector: ConnectorId,
    wish: &Wish<'_>,
    references: References,
    mut see: impl FnMut(&PendingExport),
) -> Result<(), RunError> {
    if let Some(instead) = wish.instead {
        let of_target = instead.range((connector, IdentityId::from_bytes([0; 16]))..);
        let of_target = of_target.take_while(|((target, _), _)| *target == connector);
        let changes = of_target.map(|(_, seen)| &seen.change).filter(|change| (wish.counts)(change));
        if references == References::AsKeys {
            changes.for_each(see);
            return Ok(());
        }
        let mut changes: Vec<PendingExport> = changes.cloned().collect();
        for some in changes.chunks_mut(PAGE as usize) {
            with_names(engine, &mut some.iter_mut().collect::<Vec<_>>()).await?;
        }
        changes.iter().for_each(see);
        return Ok(());
    }
    let mut after = None;
    loop {
        let page = engine.pending(connector, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.export.identity);
        let changes = page.into_iter().map(|record| record.export).filter(|change| (wish.counts)(change));
        let mut changes: Vec<PendingExport> = changes.collect();
        if references == References::AsNames {
            with_names(engine, &mut changes.iter_mut().collect::<Vec<_>>()).await?;
        }
        changes.iter().for_each(&mut see);
    }
}

/// Puts names where values are keys of other objects.
async fn name_references(engine: &Engine, gathered: &mut Gathered<'_>) -> Result<(), RunError> {
    let mut changes: Vec<&mut PendingExport> = gathered.changes_mut().collect();
    for some in changes.chunks_mut(PAGE as usize) {
        with_names(engine, some).await?;
    }
    Ok(())
}
