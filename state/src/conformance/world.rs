//! What the cases share: a store with a lease and two connectors, and short ways to write things.

use madrigal_model::{
    Anchor, AttributeChange, AttributeName, ChangeKind, ConnectorId, Decision, DistinguishedName, Entry,
    ExportState, FlowSource, Hold, Identity, IdentityId, IndexKey, Link, LinkKind, ObjectKey, PendingExport,
    Timestamp, Unconfirmed, UnconfirmedState, Value, Watermark,
};

use crate::{
    ExportBegun, IdentityWrite, ImportCommit, Lease, ObjectWrite, RunId, Store, StoreError, StoredObject,
    SyncCommit,
};

/// A store that is held, with two connectors and a run.
pub struct World<'s> {
    pub store: &'s dyn Store,
    pub lease: Lease,
    pub a: ConnectorId,
    pub b: ConnectorId,
    pub run: RunId,
}

/// A time, in seconds.
pub fn time(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

/// The `n`th anchor: 16 octets, as an objectGUID has.
pub fn anchor(n: u32) -> Anchor {
    Anchor::new(&IdentityId::projected_by("anchor", &n.to_be_bytes()).to_bytes())
}

/// The `n`th identity.
pub fn identity_id(n: u32) -> IdentityId {
    IdentityId::projected_by("identity", &n.to_be_bytes())
}

/// An entry of single text values.
pub fn entry(pairs: &[(&str, &str)]) -> Entry {
    Entry::from_values(pairs.iter().map(|(name, value)| (AttributeName::intern(name).unwrap(), [*value])))
}

/// An object with an entry, found by these keys.
pub fn object(n: u32, pairs: &[(&str, &str)], keys: &[i64]) -> ObjectWrite {
    let entry = entry(pairs);
    ObjectWrite {
        anchor: anchor(n),
        dn: DistinguishedName::from_directory(&format!("CN=Person {n},OU=People,DC=abc,DC=example")),
        digest: Some(entry.digest()),
        entry,
        keys: keys.iter().copied().map(IndexKey).collect(),
        quiet: false,
    }
}

/// The `n`th person, found by the key `n`.
pub fn person(n: u32) -> ObjectWrite {
    object(n, &[("cn", &format!("Person {n}")), ("mail", &format!("p{n}@abc.example"))], &[i64::from(n)])
}

/// A planned change of the `n`th identity's contact.
pub fn plan(n: u32, connector: ConnectorId, kind: ChangeKind) -> PendingExport {
    let source = FlowSource {
        rule: "Contact for a person".into(),
        reads: [AttributeName::intern("mail").unwrap()].into(),
    };
    let change = AttributeChange {
        attribute: AttributeName::intern("targetAddress").unwrap(),
        old: vec![],
        new: vec![Value::text(format!("SMTP:p{n}@abc.example"))],
        source: Some(source),
    };
    PendingExport {
        kind,
        identity: identity_id(n),
        connector,
        anchor: None,
        dn: DistinguishedName::from_directory(&format!("CN=Person {n},OU=Contacts,DC=xyz,DC=example")),
        new_dn: None,
        changes: vec![change],
        reason: None,
        speaker: Some(ObjectKey::new(ConnectorId(1), anchor(n))),
    }
}

/// An export state with a decided name and a plan.
pub fn state_with(n: u32, connector: ConnectorId, pending: Option<PendingExport>) -> ExportState {
    ExportState {
        decisions: vec![Decision {
            attribute: AttributeName::intern("cn").unwrap(),
            value: Value::text(format!("Person {n}")),
            inputs: u64::MAX - u64::from(n),
        }],
        pending,
        ..ExportState::new(connector)
    }
}

impl<'s> World<'s> {
    /// Takes the lease and makes two connectors and a run.
    pub async fn new(store: &'s dyn Store) -> Self {
        let lease = store.take_lease("test", time(0), 3600).await.unwrap();
        let a = store.connector(&lease, "abc").await.unwrap();
        let b = store.connector(&lease, "xyz").await.unwrap();
        let run = store.begin_run(&lease, "run", "anna", time(0)).await.unwrap();
        Self { store, lease, a, b, run }
    }

    pub fn key(&self, n: u32) -> ObjectKey {
        ObjectKey::new(self.a, anchor(n))
    }

    pub async fn watermark(&self) -> Option<Watermark> {
        let statuses = self.store.connectors().await.unwrap();
        statuses.into_iter().find(|status| status.id == self.a).unwrap().watermark
    }

    /// The next page of connector `a`, empty.
    pub async fn page(&self) -> ImportCommit {
        let from = self.watermark().await;
        let mark = from.as_ref().map_or(0, |from| from.mark[0] + 1);
        ImportCommit {
            connector: self.a,
            from,
            to: Watermark { mark: vec![mark], read_with: u64::MAX },
            objects: vec![],
            gone: vec![],
            blobs: vec![],
            walk_complete: false,
            full_complete: false,
            wake: vec![],
            at: time(1),
        }
    }

    pub async fn import(&self, objects: Vec<ObjectWrite>, gone: &[u32]) {
        let page = self.page().await;
        let gone = gone.iter().copied().map(anchor).collect();
        self.store.commit_import(&self.lease, ImportCommit { objects, gone, ..page }).await.unwrap();
    }

    pub async fn sync(&self, commit: SyncCommit) {
        self.store.commit_sync(&self.lease, commit).await.unwrap();
    }

    /// Takes every mark off.
    pub async fn clean(&self) {
        let dirty = self.store.dirty(time(0), u32::MAX).await.unwrap();
        self.sync(SyncCommit {
            objects_done: dirty.objects,
            identities_done: dirty.identities,
            ..SyncCommit::default()
        })
        .await;
    }

    pub async fn object(&self, n: u32) -> Option<StoredObject> {
        self.store.objects(&[self.key(n)]).await.unwrap().remove(0)
    }

    pub async fn identity(&self, n: u32) -> Option<Identity> {
        self.store.identities(&[identity_id(n)]).await.unwrap().remove(0)
    }

    /// Writes the `n`th identity with these states, found by these keys.
    pub async fn write_identity(&self, n: u32, states: Vec<(ExportState, Vec<i64>)>) {
        self.sync(SyncCommit { identities: vec![identity_write(n, states)], ..SyncCommit::default() }).await;
    }

    /// The numbers of the dirty objects that are among the first thousand, and of identities.
    pub async fn dirty(&self, now: i64) -> (Vec<u32>, Vec<u32>) {
        let dirty = self.store.dirty(time(now), u32::MAX).await.unwrap();
        let count = self.store.dirty_count(time(now)).await.unwrap();
        assert_eq!(count as usize, dirty.objects.len() + dirty.identities.len());
        let objects = dirty.objects.iter().map(|key| (0..1000).find(|n| anchor(*n) == key.anchor).unwrap());
        let identities =
            dirty.identities.iter().map(|id| (0..1000).find(|n| identity_id(*n) == *id).unwrap());
        (objects.collect(), identities.collect())
    }

    /// Begins the export that is planned.
    pub fn begun(&self, n: u32, connector: ConnectorId) -> ExportBegun {
        let export = plan(n, connector, ChangeKind::Add);
        ExportBegun {
            identity: identity_id(n),
            connector,
            baseline: entry(&[("targetAddress", &format!("SMTP:p{n}@abc.example"))]),
            dn: export.dn.clone(),
            unconfirmed: Unconfirmed {
                export,
                run: self.run.0,
                at: time(5),
                since: time(5),
                imports_complete: 3,
                state: UnconfirmedState::Begun,
                before: None,
            },
            hold: None,
        }
    }

    /// What was taken back of a run.
    pub fn hold(&self, n: u32, connector: ConnectorId, run: u64) -> Hold {
        Hold { run, at: time(4), change: plan(n, connector, ChangeKind::Modify) }
    }

    /// Whether every kind of write is refused because the lease was lost.
    pub async fn every_write_is_lost(&self, lease: &Lease) {
        let (store, a) = (self.store, self.a);
        let lost = |what: &str, result: Result<(), StoreError>| {
            assert!(matches!(result, Err(StoreError::LeaseLost)), "{what}: {result:?}");
        };
        let page = ImportCommit { objects: vec![person(900)], ..self.page().await };
        lost("renew", store.renew_lease(lease, time(9), 9).await.map(drop));
        lost("release", store.release_lease(lease).await);
        lost("connector", store.connector(lease, "new").await.map(drop));
        lost("begin run", store.begin_run(lease, "run", "me", time(9)).await.map(drop));
        lost("end run", store.end_run(lease, self.run, "{}", time(9)).await);
        lost("import", store.commit_import(lease, page).await);
        lost("watermark", store.forget_watermark(lease, a).await);
        lost("dirty", store.mark_all_dirty(lease).await);
        let commit = SyncCommit { identities: vec![identity_write(900, vec![])], ..SyncCommit::default() };
        lost("sync", store.commit_sync(lease, commit).await);
        lost("export", store.begin_export(lease, self.run, vec![self.begun(900, a)], time(9)).await);
        lost("release", store.release(lease, a, &[identity_id(900)], self.run).await);
        lost("receipts", store.record_receipts(lease, self.run, vec![], time(9)).await);
        lost("problems", store.record_problems(lease, crate::ProblemSubject::Import(a), vec![]).await);
        lost("rules", store.set_rules_digest(lease, 9).await);
        assert_eq!(self.object(900).await, None);
        assert_eq!(self.identity(900).await, None);
        assert_eq!(store.rules_digest().await.unwrap(), None);
        assert_eq!(store.connectors().await.unwrap().len(), 2);
    }
}

pub(super) fn identity_write(n: u32, states: Vec<(ExportState, Vec<i64>)>) -> IdentityWrite {
    let mut identity = Identity::new(identity_id(n));
    let mut export_keys = Vec::new();
    for (state, keys) in states {
        identity.exports.push(state);
        export_keys.push(keys.into_iter().map(IndexKey).collect());
    }
    IdentityWrite { identity, due: None, export_keys }
}

pub(super) fn link(n: u32, kind: LinkKind) -> Option<Link> {
    Some(Link { identity: identity_id(n), kind, because: "join group 1".into() })
}
