//! What the store in memory holds, and the few ways in which a row comes and goes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use madrigal_model::{
    ConnectorId, ContentHash, DistinguishedName, Entry, EntryDigest, ExportState, Identity, IdentityId,
    IndexKey, Link, ObjectKey, Problem, Timestamp, Watermark,
};

use super::audit::AuditRow;
use crate::{KeyOwner, ObjectWrite, ProblemSubject, RunRecord, StoreError};

/// An object's number: its connector's above, counted up within the connector below. It stays with the object until
/// that is forgotten and is never given again.
pub(super) type ObjectNumber = u64;
/// An identity's number, counted up.
pub(super) type IdentityNumber = u64;

/// Whom an index key belongs to, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    Object(ObjectNumber),
    Export(IdentityNumber, ConnectorId),
}

#[derive(Debug)]
pub(super) struct Connector {
    pub(super) name: String,
    pub(super) watermark: Option<Watermark>,
    pub(super) imports_complete: u64,
    pub(super) full_imports_complete: u64,
    pub(super) last_import: Option<Timestamp>,
    pub(super) objects_seen: u64,
}

#[derive(Debug)]
pub(super) struct ObjectRow {
    pub(super) key: ObjectKey,
    pub(super) dn: DistinguishedName,
    pub(super) entry: Entry,
    pub(super) digest: EntryDigest,
    pub(super) keys: Vec<IndexKey>,
    pub(super) link: Option<Link>,
    pub(super) gone: bool,
}

#[derive(Debug)]
pub(super) struct IdentityRow {
    /// Its `links` stay empty: they are kept with the objects.
    pub(super) identity: Identity,
    pub(super) due: Option<Timestamp>,
    pub(super) export_keys: HashMap<ConnectorId, Vec<IndexKey>>,
    /// The lines of the audit log that say what is unconfirmed.
    pub(super) begun_lines: HashMap<ConnectorId, u64>,
}

impl IdentityRow {
    /// The line that says what was sent, where `state` still waits for that.
    pub(super) fn begun_line(&self, state: &ExportState) -> Option<u64> {
        let line = self.begun_lines.get(&state.connector)?;
        let before = self.identity.exports.iter().find(|before| before.connector == state.connector)?;
        let sent = |state: &ExportState| state.unconfirmed.as_ref().map(|sent| sent.export.clone());
        (sent(before).is_some() && sent(before) == sent(state)).then_some(*line)
    }
}

#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) holder: Option<(String, Timestamp)>,
    pub(super) token: u64,
    pub(super) connectors: Vec<Connector>,
    pub(super) runs: Vec<RunRecord>,
    pub(super) objects: BTreeMap<ObjectNumber, ObjectRow>,
    pub(super) object_numbers: HashMap<ObjectKey, ObjectNumber>,
    pub(super) identities: BTreeMap<IdentityNumber, IdentityRow>,
    pub(super) identity_numbers: HashMap<IdentityId, IdentityNumber>,
    pub(super) identities_seen: u64,
    pub(super) links: HashMap<IdentityId, BTreeSet<ObjectNumber>>,
    pub(super) keys: HashMap<IndexKey, BTreeSet<Owner>>,
    /// Each with whether it waits quietly.
    pub(super) dirty_objects: BTreeMap<ObjectNumber, bool>,
    pub(super) dirty_identities: BTreeSet<IdentityNumber>,
    pub(super) due: BTreeSet<(Timestamp, IdentityNumber)>,
    pub(super) blobs: HashMap<ContentHash, Vec<u8>>,
    pub(super) problems: BTreeMap<ProblemSubject, Vec<Problem>>,
    pub(super) audit: Vec<AuditRow>,
    pub(super) rules_digest: Option<u64>,
}

impl Tables {
    /// The connector's row.
    pub(super) fn connector_row(&mut self, connector: ConnectorId) -> Result<&mut Connector, StoreError> {
        usize::from(connector.0)
            .checked_sub(1)
            .and_then(|at| self.connectors.get_mut(at))
            .ok_or_else(|| StoreError::unknown_connector(connector))
    }

    /// Writes an object with its keys and marks it dirty; one that was gone is back.
    pub(super) fn write_object(
        &mut self,
        connector: ConnectorId,
        write: ObjectWrite,
    ) -> Result<(), StoreError> {
        let key = ObjectKey::new(connector, write.anchor);
        let number = match self.object_numbers.get(&key) {
            Some(&number) => number,
            None => {
                let row = self.connector_row(connector)?;
                row.objects_seen += 1;
                let number = u64::from(connector.0) << 32 | row.objects_seen;
                self.object_numbers.insert(key.clone(), number);
                number
            }
        };
        let mut keys = write.keys;
        keys.sort_unstable();
        keys.dedup();
        let old = self.objects.remove(&number);
        let is_as_it_was = old.as_ref().is_some_and(|row| !row.gone && row.keys == keys);
        let old_keys = old.as_ref().map(|row| row.keys.clone()).unwrap_or_default();
        self.replace_keys(Owner::Object(number), &old_keys, &keys);
        let row = ObjectRow {
            key,
            dn: write.dn,
            entry: write.entry,
            digest: write.digest.or(old.as_ref().map(|row| row.digest)).unwrap_or_default(),
            keys,
            link: old.and_then(|row| row.link),
            gone: false,
        };
        self.objects.insert(number, row);
        self.mark_object(number, write.quiet && is_as_it_was);
        Ok(())
    }

    /// Marks an object dirty; it waits quietly only while nobody says otherwise.
    pub(super) fn mark_object(&mut self, number: ObjectNumber, quiet: bool) {
        self.dirty_objects.entry(number).and_modify(|known| *known &= quiet).or_insert(quiet);
    }

    /// Marks an object gone and dirty; an unknown one is passed over.
    pub(super) fn mark_gone(&mut self, key: &ObjectKey) {
        let Some(&number) = self.object_numbers.get(key) else { return };
        let Some(row) = self.objects.get_mut(&number) else { return };
        row.gone = true;
        self.mark_object(number, false);
    }

    /// Forgets an object that is gone; one that is back, or unknown, is passed over.
    pub(super) fn forget_object(&mut self, key: &ObjectKey) {
        let Some(&number) = self.object_numbers.get(key) else { return };
        let Some(row) = self.objects.get_mut(&number).filter(|row| row.gone) else { return };
        let keys = std::mem::take(&mut row.keys);
        self.replace_keys(Owner::Object(number), &keys, &[]);
        self.set_link(number, None);
        self.object_numbers.remove(key);
        self.objects.remove(&number);
        self.dirty_objects.remove(&number);
        self.problems.remove(&ProblemSubject::Object(key.clone()));
    }

    /// Makes, changes or takes away an object's link.
    pub(super) fn set_link(&mut self, number: ObjectNumber, link: Option<Link>) {
        let Some(row) = self.objects.get_mut(&number) else { return };
        if let Some(old) = &row.link
            && let Some(linked) = self.links.get_mut(&old.identity)
        {
            linked.remove(&number);
            if linked.is_empty() {
                self.links.remove(&old.identity);
            }
        }
        if let Some(link) = &link {
            self.links.entry(link.identity).or_default().insert(number);
        }
        row.link = link;
    }

    /// The identity's number, given on first sight.
    pub(super) fn identity_number(&mut self, id: IdentityId) -> IdentityNumber {
        *self.identity_numbers.entry(id).or_insert_with(|| {
            self.identities_seen += 1;
            self.identities_seen
        })
    }

    /// Takes an owner's old keys out of the index and puts its new ones in.
    pub(super) fn replace_keys(&mut self, owner: Owner, old: &[IndexKey], new: &[IndexKey]) {
        for key in old {
            if let Some(owners) = self.keys.get_mut(key) {
                owners.remove(&owner);
                if owners.is_empty() {
                    self.keys.remove(key);
                }
            }
        }
        for key in new {
            self.keys.entry(*key).or_default().insert(owner);
        }
    }

    /// Marks the owners of these keys dirty; for an export state, its identity.
    pub(super) fn wake(&mut self, keys: &[IndexKey]) {
        let woken: Vec<Owner> = keys.iter().filter_map(|key| self.keys.get(key)).flatten().copied().collect();
        for owner in woken {
            match owner {
                Owner::Object(number) => self.mark_object(number, false),
                Owner::Export(number, _) => {
                    self.dirty_identities.insert(number);
                }
            }
        }
    }

    /// The owner as others name it.
    pub(super) fn named(&self, owner: Owner) -> Option<KeyOwner> {
        match owner {
            Owner::Object(number) => self.objects.get(&number).map(|row| KeyOwner::Object(row.key.clone())),
            Owner::Export(number, connector) => {
                self.identities.get(&number).map(|row| KeyOwner::Export(row.identity.id, connector))
            }
        }
    }
}
