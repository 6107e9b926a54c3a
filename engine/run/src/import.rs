//! One import: pages kept one by one, and, after a full walk that is proved complete, what it did not show is gone.

use std::collections::{HashMap, HashSet};

use madrigal_api::{ConnectorError, ImportMode, ImportPage, ImportRequest};
use madrigal_model::{
    Anchor, ChangeKind, ConnectorId, DistinguishedName, EntryDigest, Identity, IndexKey, KeyOwner, LinkKind,
    ObjectKey, ObservedChange, ObservedObject, Problem, Timestamp, Watermark,
};
use madrigal_state::{ImportCommit, ProblemSubject, SyncCommit};

use crate::digest::Digested;
use crate::engine::Engine;
use crate::error::{Lost, RunError, SourceStop};
use crate::report::ImportReport;

/// A walk in progress: its pages carry this mark instead of the real one, so that one that is cut off starts anew.
const UNFINISHED: u64 = 0;

impl Engine {
    /// Reads a connector: what changed since the watermark where that is possible and asked for, else everything.
    ///
    /// # Errors
    /// The connector's and the store's; [`RunError::SourceShrunk`] when too much is gone to be believed. What was
    /// committed before stays good.
    pub async fn import(
        &mut self,
        connector: ConnectorId,
        mode: ImportMode,
        now: Timestamp,
    ) -> Result<ImportReport, RunError> {
        let status = self.status(connector).await?;
        let delta = self.configured(connector)?.importer.capabilities().delta;
        let good = status.watermark.as_ref().is_some_and(|watermark| watermark.read_with != UNFINISHED);
        if mode == ImportMode::Delta && delta && good && status.full_imports_complete > 0 {
            match self.walk(connector, ImportMode::Delta, status.watermark.clone(), now).await {
                Err(RunError::Connector { source, connector })
                    if matches!(*source, ConnectorError::WatermarkRefused { .. }) =>
                {
                    tracing::info!(%connector, %source, "reading everything");
                }
                other => return other,
            }
        }
        let stored = self.status(connector).await?.watermark;
        self.walk(connector, ImportMode::Full, stored, now).await
    }

    async fn walk(
        &mut self,
        connector: ConnectorId,
        mode: ImportMode,
        mut stored: Option<Watermark>,
        now: Timestamp,
    ) -> Result<ImportReport, RunError> {
        let request = ImportRequest {
            mode,
            attributes: self.wanted.get(&connector).cloned().unwrap_or_default(),
            page_size: self.options.page_size,
            now,
        };
        let known = match mode {
            ImportMode::Full => Some(self.store.digests(connector).await?),
            ImportMode::Delta => None,
        };
        let mut walk = Walk {
            report: ImportReport::default(),
            seen: HashSet::new(),
            lost: Losses::default(),
            problems: Vec::new(),
            unreadable: 0,
            mode,
            read: HashSet::new(),
            named: Vec::new(),
        };
        let before = stored.clone();
        // The first page of a full import is read from nothing, whatever the store's watermark says.
        let mut from = if mode == ImportMode::Full { None } else { stored.clone() };
        loop {
            let page = self.page(connector, &request, from.as_ref()).await?;
            walk.note(&page);
            from = Some(page.watermark.clone());
            let (more, complete) = (page.more, page.complete && !page.behind);
            let behind = !more && page.behind;
            let read = page.watermark.clone();
            let mut digested = self.digest_page(connector, page.observations, known.as_ref(), now).await?;
            let mut proved = mode == ImportMode::Full && !more && complete && walk.unreadable == 0;
            if proved && !walk.named.is_empty() {
                match self.known_by_name(connector, &walk).await? {
                    Some(anchors) => walk.seen.extend(anchors),
                    None => proved = false,
                }
            }
            if let Some(known) = known.as_ref().filter(|_| proved) {
                digested.gone.extend(known.keys().filter(|anchor| !walk.seen.contains(*anchor)).cloned());
            }
            if self.topology.asks_groups(connector) && !digested.gone.is_empty() {
                let held = self.members_of_gone(connector, &digested.gone).await?;
                digested.wake.extend(self.wake_members(connector, held).await?);
            }
            walk.lost.add(self.lost(connector, &digested).await?);
            self.check_source(connector, known.as_ref(), walk.lost).await?;
            walk.report.changed += digested.writes.len() as u64;
            walk.report.gone += digested.gone.len() as u64;
            self.link_named(connector, &mut digested, now).await?;
            self.unlink_gone(connector, &mut digested, now).await?;
            // A full walk that the server cut has not been everywhere.
            let walked = !more && !behind && (mode == ImportMode::Delta || complete || walk.unreadable > 0);
            // Objects that cannot be read keep others from being believed gone, not from being synchronised, and not
            // the next import from going on from here.
            let read_whole = mode == ImportMode::Full && walked;
            // A full walk that is not finished leaves a mark that no delta can start from.
            let unfinished = mode == ImportMode::Full && !walked && !behind;
            let to = if unfinished { Watermark { read_with: UNFINISHED, ..read } } else { read };
            // A snapshot that was read before says nothing of what was carried since.
            let is_news = self.confirms(connector) || before.as_ref() != Some(&to);
            self.keep_page(connector, &mut stored, to, digested, (walked && is_news, read_whole), now)
                .await?;
            if !more {
                break;
            }
        }
        let problems = self.standing(connector, mode, walk.problems, &walk.read).await?;
        self.store.record_problems(&self.lease, ProblemSubject::Import(connector), problems).await?;
        self.look_at_unconfirmed(connector).await?;
        walk.report.unreadable = walk.unreadable;
        Ok(walk.report)
    }

    /// The problems of a connector's imports after this one: what a full import met; or what was met before, as far as
    /// a delta did not read it again, and what the delta met.
    async fn standing(
        &self,
        connector: ConnectorId,
        mode: ImportMode,
        met: Vec<Problem>,
        read: &HashSet<String>,
    ) -> Result<Vec<Problem>, RunError> {
        if mode == ImportMode::Full {
            return Ok(met);
        }
        let mut standing = self.store.problems_of(&ProblemSubject::Import(connector)).await?;
        // That the connector as a whole failed is past when it is read.
        let whole = self.name(connector);
        standing.retain(|known| {
            let again = |new: &Problem| new.object == known.object && new.code == known.code;
            known.object != whole && !read.contains(&known.object) && !met.iter().any(again)
        });
        standing.extend(met);
        Ok(standing)
    }

    async fn page(
        &mut self,
        connector: ConnectorId,
        request: &ImportRequest,
        from: Option<&Watermark>,
    ) -> Result<ImportPage, RunError> {
        let connector = self.configured_mut(connector)?;
        let page = connector.importer.page(request, from).await;
        page.map_err(|source| RunError::Connector {
            connector: connector.name.clone(),
            source: Box::new(source),
        })
    }

    async fn keep_page(
        &self,
        connector: ConnectorId,
        stored: &mut Option<Watermark>,
        to: Watermark,
        digested: Digested,
        (walk_complete, full_complete): (bool, bool),
        now: Timestamp,
    ) -> Result<(), RunError> {
        let from = stored.clone();
        let with_page = self.topology.safeguards.watermark_with_page;
        let commit = |from, to, digested: Digested| ImportCommit {
            connector,
            from,
            to,
            objects: digested.writes,
            gone: digested.gone,
            blobs: digested.blobs,
            walk_complete,
            full_complete,
            wake: digested.wake,
            at: now,
        };
        if !with_page {
            // The safeguard is off: the watermark moves alone, and a crash before the page loses the page.
            let alone = ImportCommit {
                walk_complete: false,
                full_complete: false,
                ..commit(from, to.clone(), Digested::default())
            };
            self.store.commit_import(&self.lease, alone).await?;
            self.store.commit_import(&self.lease, commit(Some(to.clone()), to.clone(), digested)).await?;
        } else {
            self.store.commit_import(&self.lease, commit(from, to.clone(), digested)).await?;
        }
        *stored = Some(to);
        Ok(())
    }

    /// How many objects the page takes away that nobody here took away: contacts of ours that we deleted are no loss.
    async fn lost(&self, connector: ConnectorId, digested: &Digested) -> Result<Losses, RunError> {
        let mut losses = Losses::default();
        if digested.gone.is_empty() {
            return Ok(losses);
        }
        let keys: Vec<ObjectKey> =
            digested.gone.iter().map(|anchor| ObjectKey::new(connector, anchor.clone())).collect();
        let (mut owners, mut anchors) = (Vec::new(), Vec::new());
        for stored in self.store.objects(&keys).await?.into_iter().flatten().filter(|stored| !stored.gone) {
            match stored.object.link {
                Some(link) if link.kind == LinkKind::Provisioned => {
                    owners.push(link.identity);
                    anchors.push(stored.object.key.anchor);
                }
                _ => losses.objects += 1,
            }
        }
        let identities = self.store.identities(&owners).await?;
        let deleted = |identity: &Identity, gone: &Anchor| {
            let state = identity.exports.iter().find(|state| state.connector == connector);
            let sent = state.and_then(|state| state.unconfirmed.as_ref()).map(|sent| &sent.export);
            sent.is_some_and(|sent| match sent.kind {
                ChangeKind::Delete => true,
                // A change file after the one that deletes it makes it anew.
                ChangeKind::Add => !self.confirms(connector) && sent.anchor.as_ref() == Some(gone),
                _ => false,
            })
        };
        let known = identities.iter().zip(&anchors);
        let missed = known.filter(|(known, gone)| !known.as_ref().is_some_and(|known| deleted(known, gone)));
        losses.contacts += missed.count() as u64;
        Ok(losses)
    }

    /// Stops before the page is kept when too much of the source is gone to be believed.
    async fn check_source(
        &self,
        connector: ConnectorId,
        known: Option<&HashMap<Anchor, EntryDigest>>,
        losses: Losses,
    ) -> Result<(), RunError> {
        if losses == Losses::default() || !self.topology.safeguards.guard {
            return Ok(());
        }
        let configured = self.configured(connector)?;
        let status = self.status(connector).await?;
        let all = known.map_or(status.objects, |known| known.len() as u64);
        let contacts = status.provisioned.min(all);
        // Each is measured by itself: few people among many contacts of ours are still everybody.
        for (what, before, lost) in
            [(Lost::Objects, all - contacts, losses.objects), (Lost::Contacts, contacts, losses.contacts)]
        {
            let by_percent = before.saturating_mul(configured.source_percent) / 100;
            // A source that has nothing left is never believed, however small it was.
            let allowed = by_percent.max(configured.limits.percent_from).min(before.saturating_sub(1));
            let stop = SourceStop { connector: configured.name.clone(), what, before, lost, allowed };
            if lost > allowed && !self.options.accepted_limits.contains(&stop.limit()) {
                self.store.forget_watermark(&self.lease, connector).await?;
                return Err(RunError::SourceShrunk(stop));
            }
        }
        Ok(())
    }

    /// The objects that the walk could tell by their names alone; none where one of them cannot be one that was known
    /// under the name and is not shown otherwise: it may be any that the walk did not show.
    async fn known_by_name(
        &self,
        connector: ConnectorId,
        walk: &Walk,
    ) -> Result<Option<Vec<Anchor>>, RunError> {
        let keys: Vec<IndexKey> = walk.named.iter().map(|dn| IndexKey::dn(connector, dn)).collect();
        let owners = self.store.owners(&keys).await?.into_values().flatten();
        let objects: Vec<ObjectKey> = owners.filter_map(KeyOwner::object).collect();
        let known = self.store.objects(&objects).await?;
        let mut anchors = Vec::new();
        for dn in &walk.named {
            let found = known.iter().flatten().find(|stored| {
                !stored.gone && stored.object.dn.same_as(dn) && !walk.seen.contains(&stored.object.key.anchor)
            });
            match found {
                Some(stored) => anchors.push(stored.object.key.anchor.clone()),
                None => return Ok(None),
            }
        }
        Ok(Some(anchors))
    }

    /// What waited for this import is looked at.
    async fn look_at_unconfirmed(&self, connector: ConnectorId) -> Result<(), RunError> {
        let waiting = self.store.unconfirmed(connector).await?;
        if !waiting.is_empty() {
            let commit = SyncCommit { wake_identities: waiting, ..SyncCommit::default() };
            self.store.commit_sync(&self.lease, commit).await?;
        }
        Ok(())
    }
}

/// What a walk no longer shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Losses {
    objects: u64,
    contacts: u64,
}

impl Losses {
    fn add(&mut self, more: Self) {
        self.objects += more.objects;
        self.contacts += more.contacts;
    }
}

struct Walk {
    report: ImportReport,
    seen: HashSet<Anchor>,
    lost: Losses,
    problems: Vec<Problem>,
    unreadable: u64,
    mode: ImportMode,
    /// The names of what a delta read whole.
    read: HashSet<String>,
    /// Objects whose key could not be read, by their names.
    named: Vec<DistinguishedName>,
}

impl Walk {
    fn note(&mut self, page: &ImportPage) {
        self.report.read += page.observations.len() as u64;
        self.unreadable += page.unreadable;
        self.problems.extend(page.problems.iter().cloned());
        for observation in &page.observations {
            if let (ImportMode::Delta, ObservedChange::Present { dn, .. }) = (self.mode, &observation.change)
            {
                self.read.insert(dn.to_string());
            }
            let anchor = match (&observation.object, &observation.change) {
                (ObservedObject::Anchor(anchor), _) => anchor,
                (ObservedObject::Name(dn), ObservedChange::Patch { .. }) => {
                    self.named.push(dn.clone());
                    continue;
                }
                (ObservedObject::Name(_), _) => continue,
            };
            match observation.change {
                ObservedChange::Deleted => self.seen.remove(anchor),
                _ => self.seen.insert(anchor.clone()),
            };
        }
    }
}
