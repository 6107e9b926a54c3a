//! One operation, as it is sent.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ldap3::Mod;
use madrigal_api::{Modification, ModificationKind, OperationKind};
use madrigal_model::{Anchor, DistinguishedName, Entry, Value};
use tokio::time::Instant;

use crate::connection::{Sender, Sent};
use crate::failure::{Answer, Failure};
use crate::names::guid_name;
use crate::options::Kind;

/// How often an operation is sent to a server that says it is busy.
const ATTEMPTS: u32 = 4;

/// Where operations are sent to.
#[derive(Clone)]
pub(crate) struct Target {
    sender: Sender,
    kind: Kind,
    brake: Brake,
    graves: Arc<Graves>,
}

/// What deleted objects are called that are there to be brought back, by their keys.
pub(crate) type Graves = HashMap<Anchor, String>;

/// Keeps operations to a number a second.
#[derive(Clone, Debug)]
pub(crate) struct Brake {
    every: Option<Duration>,
    next: Arc<Mutex<Option<Instant>>>,
}

impl Brake {
    pub(crate) fn new(operations_per_second: Option<u32>) -> Self {
        let every = operations_per_second.map(|number| Duration::from_secs(1) / number.max(1));
        Self { every, next: Arc::default() }
    }

    async fn wait(&self) {
        let Some(every) = self.every else { return };
        let turn = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = next.unwrap_or_else(Instant::now).max(Instant::now());
            *next = Some(turn + every);
            turn
        };
        tokio::time::sleep_until(turn).await;
    }
}

impl Target {
    pub(crate) fn new(sender: Sender, kind: Kind, brake: Brake, graves: Arc<Graves>) -> Self {
        Self { sender, kind, brake, graves }
    }

    /// Sends the operation; again, after a while, where the server is busy. Gives the answer to bringing a deleted object
    /// back where a new one had to be made.
    pub(crate) async fn send(&self, operation: &OperationKind) -> Result<Option<Answer>, Failure> {
        let mut instead = None;
        if let OperationKind::Add { former: Some(former), .. } = operation {
            match self.graves.get(former) {
                None => {
                    let text = "nothing is left of it, or the account may not see it".to_owned();
                    instead = Some(Answer { code: 32, text });
                }
                Some(grave) => match self.patiently(operation, Some(grave)).await {
                    Err(Failure::Refused(answer)) => instead = Some(answer),
                    other => return other.map(|()| None),
                },
            }
        }
        self.patiently(operation, None).await.map(|()| instead)
    }

    async fn patiently(&self, operation: &OperationKind, grave: Option<&str>) -> Result<(), Failure> {
        let mut pause = Duration::from_millis(100);
        for _ in 1..ATTEMPTS {
            match self.send_once(operation, grave).await {
                Err(Failure::Refused(Answer { code: 51 | 52, .. })) => {}
                other => return other,
            }
            tokio::time::sleep(pause).await;
            pause *= 3;
        }
        self.send_once(operation, grave).await
    }

    /// Takes the mark of the deleted off an object, gives it its name and its values, in one step: all of it is done or
    /// nothing ([MS-ADTS] section 3.1.1.5.3.7). By the name that it has as a deleted object, which holds its key: Samba
    /// takes no key alone here.
    async fn bring_back(&self, grave: &str, dn: &DistinguishedName, entry: &Entry) -> Result<(), Failure> {
        // What is left of a deleted object has its class, and its name gives it its `cn`.
        let kept = [b"objectClass".as_slice(), b"cn"];
        let values = attributes(entry).into_iter().filter(|(name, _)| !kept.contains(&name.as_slice()));
        let back = [
            Mod::Delete(b"isDeleted".to_vec(), HashSet::new()),
            Mod::Replace(b"distinguishedName".to_vec(), [dn.as_str().as_bytes().to_vec()].into()),
        ];
        let changes = back.into_iter().chain(values.map(|(name, values)| Mod::Replace(name, values)));
        self.sender.modify_deleted(grave, changes.collect()).await
    }

    async fn send_once(&self, operation: &OperationKind, grave: Option<&str>) -> Result<(), Failure> {
        self.brake.wait().await;
        match operation {
            OperationKind::Add { dn, entry, .. } => match grave {
                Some(grave) => self.bring_back(grave, dn, entry).await,
                None => self.sender.add(dn.as_str(), attributes(entry)).await,
            },
            OperationKind::Modify { anchor, dn, modifications } => {
                let changes: Vec<Mod<Vec<u8>>> = modifications.iter().filter_map(change).collect();
                if changes.is_empty() {
                    return Ok(());
                }
                self.sender.modify(&place(self.kind, anchor.as_ref(), dn), changes).await
            }
            OperationKind::Rename { dn, new_dn, .. } => {
                let parent = new_dn.parent();
                let moves = match (&parent, dn.parent()) {
                    (Some(new), Some(old)) => !new.same_as(&old),
                    _ => false,
                };
                let parent = parent.as_ref().filter(|_| moves).map(DistinguishedName::as_str);
                self.sender.rename(dn.as_str(), new_dn.rdn_text(), parent).await
            }
            // By name, and by its mark: what bears others by now is not what was planned to be deleted.
            OperationKind::Delete { dn, stamp, .. } => {
                if let Some((attribute, value)) = stamp
                    && let Some(value) = octets(value)
                {
                    self.sender.compare(dn.as_str(), attribute.as_str(), &value).await?;
                }
                self.sender.delete(dn.as_str()).await
            }
        }
    }
}

/// How an object is named in a request: by its key where the server takes one, so that it is that object and no other
/// that has got its name.
pub(crate) fn place(kind: Kind, anchor: Option<&Anchor>, dn: &DistinguishedName) -> String {
    match (kind, anchor) {
        (Kind::ActiveDirectory, Some(anchor)) if anchor.as_bytes().len() == 16 => guid_name(anchor),
        _ => dn.as_str().to_owned(),
    }
}

/// The operation's object as a person names it.
pub(crate) fn name(operation: &OperationKind) -> &DistinguishedName {
    match operation {
        OperationKind::Add { dn, .. }
        | OperationKind::Modify { dn, .. }
        | OperationKind::Rename { dn, .. }
        | OperationKind::Delete { dn, .. } => dn,
    }
}

/// The key of the operation's object, where it is known: a new one may get another.
pub(crate) fn anchor(operation: &OperationKind) -> Option<Anchor> {
    match operation {
        OperationKind::Add { former: anchor, .. }
        | OperationKind::Modify { anchor, .. }
        | OperationKind::Rename { anchor, .. }
        | OperationKind::Delete { anchor, .. } => anchor.clone(),
    }
}

/// A value's octets; none for what has none here.
pub(crate) fn octets(value: &Value) -> Option<Vec<u8>> {
    value.as_ref().as_octets().map(<[u8]>::to_vec)
}

fn attributes(entry: &Entry) -> Sent {
    let attributes = entry.iter().map(|(name, values)| {
        let values = values.iter().filter_map(|value| value.as_octets().map(<[u8]>::to_vec));
        (name.as_str().as_bytes().to_vec(), values.collect())
    });
    attributes.filter(|(_, values): &(Vec<u8>, HashSet<_>)| !values.is_empty()).collect()
}

fn change(modification: &Modification) -> Option<Mod<Vec<u8>>> {
    let name = modification.attribute.as_str().as_bytes().to_vec();
    let values: HashSet<Vec<u8>> = modification.values.iter().filter_map(octets).collect();
    match modification.kind {
        // Without values both would mean something else: nothing, and all of them.
        ModificationKind::Add | ModificationKind::Delete if values.is_empty() => None,
        ModificationKind::Add => Some(Mod::Add(name, values)),
        ModificationKind::Delete => Some(Mod::Delete(name, values)),
        ModificationKind::Replace => Some(Mod::Replace(name, values)),
    }
}
