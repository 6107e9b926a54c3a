//! Directories in memory with an engine over them: what every test here starts from.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use madrigal_mappings::{Parameters, RuleSet, Surroundings, load};
use madrigal_memory::{MemoryDirectory, MemoryOptions};
use madrigal_model::{Anchor, AttributeName, ConnectorId, DistinguishedName, Entry, Timestamp};
use madrigal_run::{CycleOptions, Engine, EngineConnector, EngineOptions, Report, RunError};
use madrigal_state::{Lease, MemoryStore, Store, StoreError};
use madrigal_sync::guard::Limits;
use madrigal_sync::{Connector, Safeguards, Share, Topology};
use tokio::runtime::Runtime;

use super::crash::{CrashingExporter, CrashingImporter, CrashingStore, Fuse};

pub(super) static RULES: LazyLock<Arc<RuleSet>> = LazyLock::new(|| {
    let (rules, diagnostics) = load("galsync", &[], &Surroundings::default());
    Arc::new(rules.unwrap_or_else(|| panic!("galsync does not load: {diagnostics:?}")))
});

/// The engine decides on the thread that asks, so that nothing waits for another thread.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap());

/// The attribute that carries the stamp here.
pub(super) const STAMP: &str = "adminDescription";

/// One directory that takes part.
#[derive(Clone)]
pub(super) struct Site {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) directory: MemoryDirectory,
    /// Its mail domain.
    pub(super) domain: String,
    /// The name of its root.
    pub(super) root: String,
    /// Its mirror in the cloud, by place.
    pub(super) cloud: Option<usize>,
    pub(super) adopt: bool,
    /// Exports are files that somebody carries there.
    pub(super) carried: bool,
}

impl Site {
    /// An Active Directory with Exchange and the usual containers.
    pub(super) fn active_directory(name: &str) -> Self {
        Self::forest(name, false)
    }

    /// The same behind an air gap.
    pub(super) fn behind_an_air_gap(name: &str) -> Self {
        Self::forest(name, true)
    }

    fn forest(name: &str, carried: bool) -> Self {
        let root = format!("DC={name},DC=example");
        let options =
            MemoryOptions { keep_writes: true, confirms: !carried, ..MemoryOptions::new(name, &root) };
        let directory = MemoryDirectory::with(options);
        let site = Self {
            name: name.to_owned(),
            kind: "active-directory",
            directory,
            domain: format!("{name}.example"),
            root,
            cloud: None,
            adopt: false,
            carried,
        };
        for container in ["People", "Branch", "Address List", "Partners"] {
            let classes: &[&str] = &["top", "organizationalUnit"];
            site.directory.create(&site.below(container), &[("objectClass", classes)]).unwrap();
        }
        site
    }

    /// A cloud directory.
    pub(super) fn cloud(name: &str) -> Self {
        Self { kind: "microsoft-365", ..Self::active_directory(name) }
    }

    /// The name of a container below the root.
    pub(super) fn below(&self, container: &str) -> String {
        format!("OU={container},{}", self.root)
    }

    pub(super) fn container(&self) -> DistinguishedName {
        DistinguishedName::from_directory(&self.below("Address List"))
    }

    /// The contacts in the container that is ours.
    pub(super) fn contacts(&self) -> Vec<(Anchor, DistinguishedName, Entry)> {
        let container = self.container();
        let mut contacts = self.directory.objects();
        contacts.retain(|(_, dn, _)| dn.is_within(&container) && !dn.same_as(&container));
        contacts
    }
}

/// Who publishes to whom, by place.
#[derive(Clone, Debug)]
pub(super) struct SiteShare {
    pub(super) from: usize,
    pub(super) to: Vec<usize>,
    pub(super) suffix: &'static str,
    pub(super) never: &'static [&'static str],
    /// Where it is not empty, these attributes alone cross.
    pub(super) only: &'static [&'static str],
}

impl SiteShare {
    pub(super) fn new(from: usize, to: &[usize]) -> Self {
        Self { from, to: to.to_vec(), suffix: "", never: &[], only: &[] }
    }
}

/// Directories, a store, and what engines over them are made with.
pub(super) struct Bench {
    pub(super) sites: Vec<Site>,
    pub(super) shares: Vec<SiteShare>,
    pub(super) store: Arc<MemoryStore>,
    pub(super) now: Timestamp,
    pub(super) safeguards: Safeguards,
    pub(super) options: EngineOptions,
    pub(super) limits: Limits,
    pub(super) source_percent: u64,
    pub(super) grace_days: u32,
}

pub(super) const DELTA: CycleOptions = CycleOptions { full_import: false, full_sync: false, export: true };
pub(super) const FULL: CycleOptions = CycleOptions { full_import: true, full_sync: true, export: true };
pub(super) const PREVIEW: CycleOptions = CycleOptions { full_import: false, full_sync: true, export: false };

pub(super) fn attribute(name: &str) -> AttributeName {
    AttributeName::intern(name).unwrap()
}

impl Bench {
    pub(super) fn new(sites: Vec<Site>, shares: Vec<SiteShare>) -> Self {
        Self {
            sites,
            shares,
            store: Arc::new(MemoryStore::new()),
            now: "2026-11-21T06:00:00Z".parse().unwrap(),
            safeguards: Safeguards::ALL,
            options: EngineOptions::default(),
            limits: Limits::default(),
            source_percent: 50,
            grace_days: 30,
        }
    }

    /// Two forests that publish everything to each other.
    pub(super) fn pair() -> Self {
        let sites = vec![Site::active_directory("abc"), Site::active_directory("xyz")];
        Self::new(sites, vec![SiteShare::new(0, &[1]), SiteShare::new(1, &[0])])
    }

    pub(super) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        RUNTIME.block_on(future)
    }

    pub(super) fn days(&mut self, days: u32) {
        self.now = self.now.plus_days(days);
    }

    pub(super) fn topology(&self, ids: &[ConnectorId]) -> Topology {
        let connectors = self.sites.iter().enumerate().map(|(at, site)| {
            let others = self.sites.iter().enumerate().filter(|(other, _)| *other != at);
            // A directory and its mirror in the cloud have the same mail domains: neither is another company.
            let others = others.filter(|(other, there)| {
                site.cloud != Some(*other) && there.cloud != Some(at) && there.domain != site.domain
            });
            let parameters = Parameters::new()
                .with("MailDomains", [site.domain.as_str()])
                .with("OtherMailDomains", others.map(|(_, site)| site.domain.clone()))
                .with("SourceContacts", [site.below("Partners")])
                .with("Container", [site.container().as_str()]);
            Connector {
                id: ids[at],
                name: site.name.clone(),
                kind: site.kind.to_owned(),
                rules: RULES.clone(),
                parameters,
                mail_domains: vec![site.domain.clone()],
                container: Some(site.container()),
                source_contacts: vec![DistinguishedName::from_directory(&site.below("Partners"))],
                cloud: site.cloud.map(|cloud| ids[cloud]),
                stamp: attribute(STAMP),
                adopt: site.adopt,
                lacks: BTreeSet::new(),
            }
        });
        let connectors: Vec<Connector> = connectors.collect();
        let shares = self.shares.iter().map(|share| Share {
            from: ids[share.from],
            to: share.to.iter().map(|to| ids[*to]).collect(),
            rules: RULES.clone(),
            parameters: Parameters::new()
                .with("DisplayNameSuffix", [share.suffix])
                .with("Finish", ["attributes"])
                .with("AdministrativeGroup", ["/o=Org/ou=Group/cn=Recipients"]),
            never: share.never.iter().map(|name| attribute(name)).collect(),
            only: share.only.iter().map(|name| attribute(name)).collect(),
            container: None,
        });
        let mut topology = Topology::new(connectors, shares.collect(), self.grace_days);
        topology.safeguards = self.safeguards;
        topology
    }

    /// A new process: takes the lease and sets up an engine.
    pub(super) fn engine(&self, holder: &str, fuse: &Arc<Fuse>) -> Result<Engine, StoreError> {
        let store: Arc<dyn Store> = Arc::new(CrashingStore { inner: self.store.clone(), fuse: fuse.clone() });
        let (lease, ids) = self.block_on(self.begin(&*store, holder))?;
        let connectors = self.sites.iter().zip(&ids).map(|(site, id)| EngineConnector {
            id: *id,
            name: site.name.clone(),
            importer: Box::new(CrashingImporter { inner: site.directory.importer(), fuse: fuse.clone() }),
            exporter: Some(Box::new(CrashingExporter {
                inner: site.directory.exporter(),
                fuse: fuse.clone(),
            })),
            limits: self.limits,
            source_percent: self.source_percent,
        });
        let topology = self.topology(&ids);
        Ok(Engine::new(store, topology, connectors.collect(), self.options.clone(), lease))
    }

    async fn begin(&self, store: &dyn Store, holder: &str) -> Result<(Lease, Vec<ConnectorId>), StoreError> {
        let lease = store.take_lease(holder, self.now, self.options.lease_seconds).await?;
        let mut ids = Vec::new();
        for site in &self.sites {
            ids.push(store.connector(&lease, &site.name).await?);
        }
        Ok((lease, ids))
    }

    /// The problems that stand, a line each.
    pub(super) fn problems(&self) -> String {
        let problems = self.block_on(self.store.problems()).unwrap_or_default();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    /// The same directories and store for another process on another thread.
    pub(super) fn twin(&self) -> Self {
        Self {
            store: self.store.clone(),
            now: self.now,
            safeguards: self.safeguards,
            options: self.options.clone(),
            limits: self.limits,
            source_percent: self.source_percent,
            grace_days: self.grace_days,
            ..Self::new(self.sites.clone(), self.shares.clone())
        }
    }

    /// One process that makes one cycle and ends.
    pub(super) fn try_cycle(&self, options: CycleOptions, fuse: &Arc<Fuse>) -> Result<Report, RunError> {
        self.try_cycle_as("engine", options, fuse)
    }

    pub(super) fn try_cycle_as(
        &self,
        holder: &str,
        options: CycleOptions,
        fuse: &Arc<Fuse>,
    ) -> Result<Report, RunError> {
        let mut engine = self.engine(holder, fuse)?;
        let result = self.block_on(async {
            engine.begin_run("run", "test", self.now).await?;
            let report = engine.cycle(options, self.now).await?;
            engine.end_run("{}", self.now).await?;
            Ok(report)
        });
        // A process that ends by itself gives its lease back; one that was killed cannot.
        let _ = self.block_on(engine.close());
        result
    }

    pub(super) fn cycle(&self, options: CycleOptions) -> Report {
        match self.try_cycle(options, &Fuse::endless()) {
            Ok(report) => report,
            Err(error) => panic!("the cycle failed: {error}"),
        }
    }
}
