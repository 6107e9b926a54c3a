//! What one batch of a sync works on: what was asked of the neighbourhood, and what was decided on top of it.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as StdError;
use std::rc::Rc;
use std::sync::OnceLock;

use madrigal_model::{
    Anchor, ConnectorId, DistinguishedName, Identity, IdentityId, IndexKey, KeyOwner, Link, ObjectKey,
    Problem, SpaceObject, Timestamp,
};

use crate::groups::Groups;
use crate::interpret::{Interpreted, interpret};
use crate::keys::{addresses_of, referrers};
use crate::topology::Topology;
use crate::trail::{TargetTrail, Trail};

/// The neighbourhood could not answer: the store failed.
pub type NeighbourhoodError = Box<dyn StdError + Send + Sync>;

/// What a sync may ask for. It answers from what is stored; what the sync decides is laid over it in memory.
pub trait Neighbourhood {
    /// Objects in the order asked, each with whether it is gone; none for one that is not known.
    ///
    /// # Errors
    /// Whatever keeps the store from answering.
    fn objects(&mut self, keys: &[ObjectKey])
    -> Result<Vec<Option<(SpaceObject, bool)>>, NeighbourhoodError>;

    /// Identities in the order asked, with links and export states.
    ///
    /// # Errors
    /// Whatever keeps the store from answering.
    fn identities(&mut self, ids: &[IdentityId]) -> Result<Vec<Option<Identity>>, NeighbourhoodError>;

    /// Who owns each key, in the order asked.
    ///
    /// # Errors
    /// Whatever keeps the store from answering.
    fn owners(&mut self, keys: &[IndexKey]) -> Result<Vec<Vec<KeyOwner>>, NeighbourhoodError>;

    /// Does pure work for each number below `many`, in any order: whoever owns threads may use them.
    fn in_parts(&mut self, many: usize, work: &(dyn Fn(usize) + Sync)) {
        (0..many).for_each(work);
    }
}

/// An object with what the import rules make of it.
pub(crate) struct Seen {
    pub object: SpaceObject,
    pub gone: bool,
    pub interpreted: Interpreted,
    addresses: OnceCell<Vec<String>>,
}

impl Seen {
    /// The addresses that it owns, as [`addresses_of`] gives them.
    pub(crate) fn addresses(&self) -> &[String] {
        self.addresses.get_or_init(|| addresses_of(&self.object.entry))
    }
}

/// Keys of indexes are hashes already, and nobody outside chooses them: a quick hasher does.
type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::fast::FixedState>;

static NOBODY: BTreeSet<ObjectKey> = BTreeSet::new();

/// One batch's working set.
pub(crate) struct Workspace<'a> {
    pub topology: &'a Topology,
    pub now: Timestamp,
    neighbourhood: &'a mut dyn Neighbourhood,
    /// Objects of the batch that changed in nothing that others look at.
    pub quiet: &'a BTreeSet<ObjectKey>,
    objects: HashMap<ObjectKey, Option<Rc<Seen>>>,
    links: BTreeMap<ObjectKey, Option<Link>>,
    identities: HashMap<IdentityId, Option<Identity>>,
    owners: HashMap<IndexKey, Vec<KeyOwner>>,
    reserved: HashMap<IndexKey, BTreeSet<KeyOwner>>,
    /// Who is in which group, where rules ask.
    pub groups: Groups,
    pub touched: BTreeSet<IdentityId>,
    pub wake: BTreeSet<IndexKey>,
    /// Whose referrers see something new, and since which turn.
    stirred: BTreeMap<ObjectKey, usize>,
    /// The identities that were settled so far, each with its turn: from one on.
    turns: HashMap<IdentityId, usize>,
    pub wake_identities: BTreeSet<IdentityId>,
    pub wake_objects: BTreeSet<ObjectKey>,
    pub forgotten: Vec<ObjectKey>,
    pub object_problems: BTreeMap<ObjectKey, Vec<Problem>>,
    pub identity_problems: BTreeMap<IdentityId, Vec<Problem>>,
    /// What an explanation wants to know; none in a run.
    pub trail: Option<Trail>,
}

impl<'a> Workspace<'a> {
    pub(crate) fn new(
        topology: &'a Topology,
        neighbourhood: &'a mut dyn Neighbourhood,
        now: Timestamp,
    ) -> Self {
        Self {
            topology,
            now,
            neighbourhood,
            quiet: &NOBODY,
            objects: HashMap::default(),
            links: BTreeMap::new(),
            identities: HashMap::default(),
            owners: HashMap::default(),
            reserved: HashMap::default(),
            groups: Groups::default(),
            touched: BTreeSet::new(),
            wake: BTreeSet::new(),
            stirred: BTreeMap::new(),
            turns: HashMap::default(),
            wake_identities: BTreeSet::new(),
            wake_objects: BTreeSet::new(),
            forgotten: Vec::new(),
            object_problems: BTreeMap::new(),
            identity_problems: BTreeMap::new(),
            trail: None,
        }
    }

    /// Writes down what was decided for a target, where somebody asks.
    pub(crate) fn note(&mut self, target: ConnectorId, write: impl FnOnce(&mut TargetTrail)) {
        if let Some(trail) = &mut self.trail {
            write(trail.targets.entry(target).or_default());
        }
    }

    /// Works something out that is no part of what is explained.
    pub(crate) fn off_the_record<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let trail = self.trail.take();
        let result = work(self);
        self.trail = trail;
        result
    }

    /// Asks for many objects at once, so that asking for one of them later costs nothing.
    pub(crate) fn prefetch_objects(
        &mut self,
        keys: impl IntoIterator<Item = ObjectKey>,
    ) -> Result<(), NeighbourhoodError> {
        let mut missing: Vec<ObjectKey> =
            keys.into_iter().filter(|key| !self.objects.contains_key(key)).collect();
        missing.sort_unstable();
        missing.dedup();
        if missing.is_empty() {
            return Ok(());
        }
        let found = self.neighbourhood.objects(&missing)?;
        let asking = found.iter().flatten().map(|(object, _)| object);
        let asking = asking.filter(|object| self.topology.asks_groups(object.key.connector));
        let asking: Vec<_> = asking.map(|object| (object.key.clone(), object.dn.clone())).collect();
        self.groups.learn(&mut *self.neighbourhood, asking)?;
        let interpreted: Vec<OnceLock<Interpreted>> = found.iter().map(|_| OnceLock::new()).collect();
        let (topology, now, groups) = (self.topology, self.now, &self.groups);
        self.neighbourhood.in_parts(found.len(), &|at| {
            let Some((Some((object, _)), place)) = found.get(at).zip(interpreted.get(at)) else { return };
            let Some(connector) = topology.connector(object.key.connector) else { return };
            let groups = groups.of(&object.key);
            place.get_or_init(|| interpret(topology, connector, object, &groups, now));
        });
        for ((key, found), interpreted) in missing.into_iter().zip(found).zip(interpreted) {
            let seen = found.zip(interpreted.into_inner()).map(|((object, gone), interpreted)| {
                Rc::new(Seen { object, gone, interpreted, addresses: OnceCell::new() })
            });
            self.objects.insert(key, seen);
        }
        Ok(())
    }

    /// The object, where it is known.
    pub(crate) fn object(&mut self, key: &ObjectKey) -> Result<Option<Rc<Seen>>, NeighbourhoodError> {
        if !self.objects.contains_key(key) {
            self.prefetch_objects([key.clone()])?;
        }
        Ok(self.objects.get(key).cloned().flatten())
    }

    /// The object, where it is known and still there.
    pub(crate) fn live_object(&mut self, key: &ObjectKey) -> Result<Option<Rc<Seen>>, NeighbourhoodError> {
        Ok(self.object(key)?.filter(|seen| !seen.gone))
    }

    /// The living object that bears this name.
    pub(crate) fn at_name(
        &mut self,
        connector: ConnectorId,
        dn: &DistinguishedName,
    ) -> Result<Option<Anchor>, NeighbourhoodError> {
        for owner in self.owners(IndexKey::dn(connector, dn))? {
            let KeyOwner::Object(key) = owner else { continue };
            if self.live_object(&key)?.is_some_and(|found| found.object.dn.same_as(dn)) {
                return Ok(Some(key.anchor));
            }
        }
        Ok(None)
    }

    /// Whether an own object of a person changed in nothing that others look at: whoever its keys would wake was woken
    /// when it got them.
    pub(crate) fn is_quiet(&self, seen: &Seen) -> bool {
        let is_own = seen.object.link.as_ref().is_some_and(|link| link.kind.is_own_object());
        is_own && seen.interpreted.is_source() && self.quiet.contains(&seen.object.key)
    }

    /// The object's link as it stands now, this batch's decisions included.
    pub(crate) fn link(&mut self, key: &ObjectKey) -> Result<Option<Link>, NeighbourhoodError> {
        if let Some(decided) = self.links.get(key) {
            return Ok(decided.clone());
        }
        Ok(self.object(key)?.and_then(|seen| seen.object.link.clone()))
    }

    /// Links the object, or takes its link away, and keeps both sides in step.
    pub(crate) fn set_link(&mut self, key: &ObjectKey, link: Option<Link>) -> Result<(), NeighbourhoodError> {
        let before = self.link(key)?;
        if before == link && self.knows_its_member(key, link.as_ref())? {
            return Ok(());
        }
        if let Some(before) = before
            && let Some(identity) = self.identity_mut(before.identity)?
        {
            identity.links.retain(|linked| linked != key);
        }
        if let Some(link) = &link
            && let Some(identity) = self.identity_mut(link.identity)?
            && !identity.links.contains(key)
        {
            identity.links.push(key.clone());
            identity.links.sort_unstable();
        }
        self.links.insert(key.clone(), link);
        Ok(())
    }

    /// Whether the identity knows of the object: one that was made anew does not.
    fn knows_its_member(&mut self, key: &ObjectKey, link: Option<&Link>) -> Result<bool, NeighbourhoodError> {
        let Some(link) = link else { return Ok(true) };
        Ok(self.identity(link.identity)?.is_none_or(|identity| identity.links.contains(key)))
    }

    pub(crate) fn prefetch_identities(
        &mut self,
        ids: impl IntoIterator<Item = IdentityId>,
    ) -> Result<(), NeighbourhoodError> {
        let mut missing: Vec<IdentityId> =
            ids.into_iter().filter(|id| !self.identities.contains_key(id)).collect();
        missing.sort_unstable();
        missing.dedup();
        if missing.is_empty() {
            return Ok(());
        }
        let found = self.neighbourhood.identities(&missing)?;
        self.identities.extend(missing.into_iter().zip(found));
        Ok(())
    }

    /// The identity, this batch's decisions included.
    pub(crate) fn identity(&mut self, id: IdentityId) -> Result<Option<&Identity>, NeighbourhoodError> {
        if !self.identities.contains_key(&id) {
            self.prefetch_identities([id])?;
        }
        Ok(self.identities.get(&id).and_then(Option::as_ref))
    }

    pub(crate) fn identity_mut(
        &mut self,
        id: IdentityId,
    ) -> Result<Option<&mut Identity>, NeighbourhoodError> {
        self.prefetch_identities([id])?;
        self.touched.insert(id);
        Ok(self.identities.get_mut(&id).and_then(Option::as_mut))
    }

    /// Makes the identity where it is not known.
    pub(crate) fn make_identity(&mut self, id: IdentityId) -> Result<(), NeighbourhoodError> {
        self.prefetch_identities([id])?;
        self.touched.insert(id);
        self.identities.entry(id).and_modify(|known| {
            known.get_or_insert_with(|| Identity::new(id));
        });
        Ok(())
    }

    /// Takes the identity out to work on it; [`Self::put_identity`] lays it back.
    pub(crate) fn take_identity(&mut self, id: IdentityId) -> Result<Option<Identity>, NeighbourhoodError> {
        Ok(self.identity(id)?.cloned())
    }

    pub(crate) fn put_identity(&mut self, identity: Identity) {
        self.touched.insert(identity.id);
        self.identities.insert(identity.id, Some(identity));
    }

    pub(crate) fn forget_identity(&mut self, id: IdentityId) {
        self.touched.insert(id);
        self.identities.insert(id, None);
    }

    pub(crate) fn prefetch_owners(
        &mut self,
        keys: impl IntoIterator<Item = IndexKey>,
    ) -> Result<(), NeighbourhoodError> {
        let mut missing: Vec<IndexKey> =
            keys.into_iter().filter(|key| !self.owners.contains_key(key)).collect();
        missing.sort_unstable();
        missing.dedup();
        if missing.is_empty() {
            return Ok(());
        }
        let found = self.neighbourhood.owners(&missing)?;
        self.owners.extend(missing.into_iter().zip(found));
        Ok(())
    }

    /// Who may own the key: whoever asks must look, for two values can share a key, and what is stored may be
    /// overtaken by this batch.
    pub(crate) fn owners(&mut self, key: IndexKey) -> Result<Vec<KeyOwner>, NeighbourhoodError> {
        if !self.owners.contains_key(&key) {
            self.prefetch_owners([key])?;
        }
        let mut owners = self.owners.get(&key).cloned().unwrap_or_default();
        if let Some(reserved) = self.reserved.get(&key) {
            owners.extend(reserved.iter().cloned());
        }
        if owners.len() < 2 {
            return Ok(owners);
        }
        owners.sort_unstable();
        owners.dedup();
        Ok(owners)
    }

    /// Lays a reservation of this batch over the index.
    pub(crate) fn reserve(&mut self, key: IndexKey, owner: KeyOwner) {
        self.reserved.entry(key).or_default().insert(owner);
    }

    /// The identity's turn to be settled has come.
    pub(crate) fn begin_turn(&mut self, id: IdentityId) {
        self.turns.insert(id, self.turns.len() + 1);
    }

    /// Whoever refers to one of these objects sees something new from now on.
    pub(crate) fn wake_referrers<'k>(&mut self, objects: impl IntoIterator<Item = &'k ObjectKey>) {
        if self.topology.safeguards.reverse_references {
            let turn = self.turns.len();
            self.stirred.extend(objects.into_iter().map(|key| (key.clone(), turn)));
        }
    }

    /// The referrers that looked before there was something new to see. The others need no second turn.
    pub(crate) fn overtaken_referrers(&mut self) -> Result<BTreeSet<ObjectKey>, NeighbourhoodError> {
        let stirred = std::mem::take(&mut self.stirred);
        self.prefetch_objects(stirred.keys().cloned())?;
        let mut keys: Vec<(IndexKey, usize)> = Vec::with_capacity(2 * stirred.len());
        for (key, since) in stirred {
            keys.push((referrers(&key), since));
            // Who was read before the object that it names still has the name.
            if let Some(seen) = self.object(&key)? {
                keys.push((IndexKey::unresolved(key.connector, &seen.object.dn), since));
            }
        }
        self.prefetch_owners(keys.iter().map(|(key, _)| *key))?;
        let mut overtaken = BTreeSet::new();
        for (key, since) in keys {
            for owner in self.owners(key)? {
                let KeyOwner::Object(referrer) = owner else { continue };
                // One that was not looked at yet had no turn: all members of an identity are looked at in its turn.
                let is_known = self.objects.contains_key(&referrer);
                let link = if is_known { self.link(&referrer)? } else { None };
                let turn = link.and_then(|link| self.turns.get(&link.identity));
                if turn.is_none_or(|turn| *turn <= since) {
                    overtaken.insert(referrer);
                }
            }
        }
        Ok(overtaken)
    }

    /// The links that this batch decided.
    pub(crate) fn decided_links(&mut self) -> Vec<(ObjectKey, Option<Link>)> {
        std::mem::take(&mut self.links).into_iter().collect()
    }

    /// The identities that this batch touched: as they are now, or none for one that is forgotten.
    pub(crate) fn touched_identities(&mut self) -> Vec<(IdentityId, Option<Identity>)> {
        let touched = std::mem::take(&mut self.touched);
        touched.into_iter().map(|id| (id, self.identities.remove(&id).flatten())).collect()
    }
}
