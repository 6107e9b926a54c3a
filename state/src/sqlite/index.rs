//! The store's one index, as far as it is in memory: what a 64-bit hash belongs to.
//!
//! Hashes fall at random over the whole index, so that a table keyed by them is touched everywhere by every
//! transaction. Here entries lie in buckets by the top bits of their hash, unsorted, each bucket one packed row; a
//! transaction appends what it changed to a log, and buckets are written when many changes have come together. What
//! is in memory is always current: buckets are read when they are first asked, and changes are put on top.
//!
//! Nothing here touches the database: see `index_rows.rs`.

use std::collections::HashSet;

use super::number::Owner;
use super::packed::{Damage, Packer, Unpacker};

/// Buckets are numbered by what are hashes already, and nobody outside chooses them: a quick hasher does.
type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::fast::FixedState>;

const OWNER_LENGTH: usize = 6;
/// A bucket's number takes at least one octet off a hash, so that seven are left to be stored.
const FEWEST_BITS: u8 = 8;
/// Buckets are doubled past this many entries each. Tests have few entries, and fold and double all the same.
const ENTRIES_PER_BUCKET: u64 = if cfg!(test) { 64 } else { 96 };
/// Fewer changes than this are not worth writing buckets for.
const FEWEST_CHANGES: u64 = if cfg!(test) { 40 } else { 50_000 };

/// An entry that comes or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Change {
    pub(super) hash: u64,
    pub(super) owner: Owner,
    pub(super) added: bool,
}

/// The index as far as it is in memory.
#[derive(Debug)]
pub(super) struct Index {
    bits: u8,
    entries: u64,
    /// Counts what makes a bucket that was read before the count worthless.
    epoch: u64,
    /// Whether a bucket that is not in memory is empty.
    complete: bool,
    buckets: HashMap<u32, Vec<u8>>,
    /// Buckets in memory that are not as they are stored.
    altered: HashSet<u32>,
    /// Changes of buckets that are not in memory.
    waiting: HashMap<u32, Vec<Change>>,
    logged: u64,
    /// Whether every bucket has a row.
    stored: bool,
}

impl Index {
    /// An index of which nothing is in memory yet; `stored` says whether buckets were ever written.
    pub(super) fn new(bits: u8, entries: u64, stored: bool) -> Self {
        Self {
            bits: bits.max(FEWEST_BITS),
            entries,
            epoch: 0,
            complete: !stored,
            buckets: HashMap::default(),
            altered: HashSet::new(),
            waiting: HashMap::default(),
            logged: 0,
            stored,
        }
    }

    /// What a bucket read now must still be when it is [installed](Self::install).
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// How many entries there are.
    pub(super) fn entries(&self) -> u64 {
        self.entries
    }

    /// How many bits of a hash number its bucket.
    pub(super) fn bits(&self) -> u8 {
        self.bits
    }

    fn bucket_of(&self, hash: u64) -> u32 {
        (hash >> (64 - self.bits)) as u32
    }

    /// The buckets of these hashes that must be read first.
    pub(super) fn missing(&self, hashes: impl Iterator<Item = u64>) -> Vec<u32> {
        if self.complete {
            return Vec::new();
        }
        let mut missing: Vec<u32> = hashes
            .map(|hash| self.bucket_of(hash))
            .filter(|bucket| !self.buckets.contains_key(bucket))
            .collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    /// The buckets that changes wait for.
    pub(super) fn waited_for(&self) -> Vec<u32> {
        let mut buckets: Vec<u32> = self.waiting.keys().copied().collect();
        buckets.sort_unstable();
        buckets
    }

    /// The buckets that have a row.
    pub(super) fn stored(&self) -> std::ops::Range<u32> {
        if self.stored { 0..1 << self.bits } else { 0..0 }
    }

    /// Takes a bucket in as it is stored, and puts on top what was changed since.
    pub(super) fn install(&mut self, bucket: u32, stored: &[u8]) -> Result<(), Damage> {
        if self.buckets.contains_key(&bucket) {
            return Ok(());
        }
        let entry_length = entry_length(self.bits);
        if !stored.len().is_multiple_of(entry_length) {
            return Err(Damage("a bucket of the index has a wrong length"));
        }
        self.buckets.insert(bucket, stored.to_vec());
        for change in self.waiting.remove(&bucket).unwrap_or_default() {
            self.alter(bucket, change);
        }
        Ok(())
    }

    /// Says that every stored bucket is in memory.
    pub(super) fn all_installed(&mut self) {
        self.complete = true;
        for (bucket, changes) in std::mem::take(&mut self.waiting) {
            changes.into_iter().for_each(|change| self.alter(bucket, change));
        }
    }

    /// The owners of a hash; its bucket must be in memory.
    pub(super) fn find(&self, hash: u64) -> impl Iterator<Item = Owner> + '_ {
        let bucket = self.buckets.get(&self.bucket_of(hash)).map_or(&[][..], Vec::as_slice);
        let entry_length = entry_length(self.bits);
        // An entry is longer than eight octets, so its hash is compared as one number: most of a bucket is passed over.
        let rest = 64 - 8 * (entry_length - OWNER_LENGTH) as u32;
        let wanted = hash << rest;
        bucket.chunks_exact(entry_length).filter_map(move |entry| {
            let (head, _) = entry.split_first_chunk()?;
            if (u64::from_be_bytes(*head) >> rest) << rest != wanted {
                return None;
            }
            let (_, owner) = entry.split_last_chunk::<OWNER_LENGTH>()?;
            Owner::from_code(owner_code(owner))
        })
    }

    /// Puts changes in that the database has.
    pub(super) fn apply(&mut self, changes: &[Change]) {
        self.logged += changes.len() as u64;
        for change in changes {
            if change.added {
                self.entries += 1;
            } else {
                self.entries = self.entries.saturating_sub(1);
            }
            let bucket = self.bucket_of(change.hash);
            if self.complete || self.buckets.contains_key(&bucket) {
                self.alter(bucket, *change);
            } else {
                self.waiting.entry(bucket).or_default().push(*change);
            }
        }
    }

    fn alter(&mut self, bucket: u32, change: Change) {
        self.altered.insert(bucket);
        let entry_length = entry_length(self.bits);
        let entries = self.buckets.entry(bucket).or_default();
        if change.added {
            put_entry(entries, change.hash, change.owner.code(), self.bits);
            return;
        }
        let mut entry = Vec::with_capacity(entry_length);
        put_entry(&mut entry, change.hash, change.owner.code(), self.bits);
        let place = entries.chunks_exact(entry_length).position(|stored| stored == entry);
        if let Some(place) = place {
            let last = entries.len() - entry_length;
            entries.copy_within(last.., place * entry_length);
            entries.truncate(last);
        }
    }

    /// Whether the log should be folded into the buckets now. While much is loaded that is when it has grown as large
    /// as the index, so that all the folding of a load costs no more than twice its end.
    pub(super) fn should_fold(&self) -> bool {
        self.logged > FEWEST_CHANGES.max(self.entries / 2)
    }

    /// The same when nobody is in a hurry. Whoever opens the store reads the whole log, so that it stays short however
    /// large the index is.
    pub(super) fn may_fold(&self) -> bool {
        self.logged > (self.entries / 32).clamp(FEWEST_CHANGES / 4, FEWEST_CHANGES)
    }

    /// Whether folding will double the buckets, for which all must be in memory.
    pub(super) fn must_grow(&self) -> bool {
        !self.stored || self.entries > ENTRIES_PER_BUCKET << self.bits && self.bits < 28
    }

    /// Doubles the buckets until they are small enough. All must be in memory; every one counts as altered.
    pub(super) fn grow(&mut self) {
        let mut bits = self.bits;
        while self.entries > (ENTRIES_PER_BUCKET / 2) << bits && bits < 28 {
            bits += 1;
        }
        let old = std::mem::take(&mut self.buckets);
        let old_bits = std::mem::replace(&mut self.bits, bits);
        let size = entry_length(bits) * usize::try_from(self.entries >> bits).unwrap_or(0);
        for (bucket, entries) in old {
            for entry in entries.chunks_exact(entry_length(old_bits)) {
                let (tail, owner) = entry.split_at(entry_length(old_bits) - OWNER_LENGTH);
                let hash = untail(bucket, tail, old_bits);
                let new = self.buckets.entry((hash >> (64 - bits)) as u32);
                let new = new.or_insert_with(|| Vec::with_capacity(size));
                put_entry(new, hash, owner_code(owner), bits);
            }
        }
        // Every bucket has a row from now on, also an empty one: a row that is missing is a damage.
        self.altered = (0..1 << bits).collect();
        self.stored = true;
    }

    /// The buckets to write, with what they hold, in order.
    pub(super) fn altered(&self) -> Vec<(u32, &[u8])> {
        let mut altered: Vec<_> = self
            .altered
            .iter()
            .map(|bucket| (*bucket, self.buckets.get(bucket).map_or(&[][..], Vec::as_slice)))
            .collect();
        altered.sort_unstable_by_key(|(bucket, _)| *bucket);
        altered
    }

    /// Says that the altered buckets are stored and the log is empty.
    pub(super) fn folded(&mut self) {
        self.altered.clear();
        self.logged = 0;
        self.epoch += 1;
    }
}

/// How long an entry of a bucket is: what is left of its hash, and its owner.
fn entry_length(bits: u8) -> usize {
    usize::from(64 - bits).div_ceil(8) + OWNER_LENGTH
}

/// The octets of a hash that its bucket's number does not tell, most significant first, in a fixed array.
struct Tail {
    octets: [u8; 8],
    from: usize,
}

impl Tail {
    fn as_slice(&self) -> &[u8] {
        self.octets.get(self.from..).unwrap_or_default()
    }
}

fn tail(hash: u64, bits: u8) -> Tail {
    Tail { octets: hash.to_be_bytes(), from: 8 - usize::from(64 - bits).div_ceil(8) }
}

/// The hash from its bucket and its stored octets, some bits of which both tell.
fn untail(bucket: u32, tail: &[u8], bits: u8) -> u64 {
    let low = tail.iter().fold(0, |hash, octet| hash << 8 | u64::from(*octet));
    low | u64::from(bucket) << (64 - bits)
}

fn put_entry(entries: &mut Vec<u8>, hash: u64, owner: u64, bits: u8) {
    if entries.len() == entries.capacity() {
        // A quarter more, not twice: there are many buckets, and they are most of the memory.
        entries.reserve_exact(entries.len() / 4 + 4 * entry_length(bits));
    }
    entries.extend_from_slice(tail(hash, bits).as_slice());
    entries.extend_from_slice(owner.to_be_bytes().get(8 - OWNER_LENGTH..).unwrap_or_default());
}

fn owner_code(owner: &[u8]) -> u64 {
    owner.iter().fold(0, |code, octet| code << 8 | u64::from(*octet))
}

/// Changes as one row of the log.
pub(super) fn pack_changes(number: i64, changes: &[Change]) -> Vec<u8> {
    let mut packed = Packer::with_capacity(14 * changes.len());
    for change in changes {
        packed.fixed(&change.hash.to_le_bytes());
        let code = change.owner.code() << 1 | u64::from(change.added);
        packed.fixed(code.to_le_bytes().get(..OWNER_LENGTH).unwrap_or_default());
    }
    packed.seal(number.cast_unsigned())
}

/// Reads a row of the log.
pub(super) fn unpack_changes(number: i64, packed: &[u8]) -> Result<Vec<Change>, Damage> {
    let mut packed = Unpacker::new(packed).present(number.cast_unsigned())?;
    let mut changes = Vec::new();
    while !packed.is_empty() {
        let hash = u64::from_le_bytes(packed.array()?);
        let mut code = [0; 8];
        code.iter_mut().zip(packed.array::<OWNER_LENGTH>()?).for_each(|(place, octet)| *place = octet);
        let code = u64::from_le_bytes(code);
        let owner = Owner::from_code(code >> 1).ok_or(Damage("the index names an owner of no known kind"))?;
        changes.push(Change { hash, owner, added: code & 1 == 1 });
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_index_is_a_set(
            steps in prop::collection::vec((0u64..40, 0i64..6, any::<bool>()), 0..400),
            grow_at in 0usize..400,
        ) {
            let mut index = Index::new(0, 0, false);
            let mut model = BTreeSet::new();
            for (at, (hash, number, added)) in steps.into_iter().enumerate() {
                if at == grow_at {
                    index.entries = 300_000;
                    index.grow();
                    index.entries = model.len() as u64;
                    prop_assert!(index.bits > 12);
                }
                let hash = (hash << 58) | (hash * 7 % 3);
                let owner = Owner::Key(number);
                let known = model.contains(&(hash, owner));
                if known != added {
                    index.apply(&[Change { hash, owner, added }]);
                    if added { model.insert((hash, owner)) } else { model.remove(&(hash, owner)) };
                }
                let found: BTreeSet<_> = index.find(hash).map(|owner| (hash, owner)).collect();
                let wanted: BTreeSet<_> = model.iter().filter(|(of, _)| *of == hash).copied().collect();
                prop_assert_eq!(found, wanted);
            }
        }

        #[test]
        fn changes_are_read_as_they_were_written(hash: u64, id in 0i64..1 << 44, added: bool) {
            let changes = [Change { hash, owner: Owner::Link(id), added }; 3];
            prop_assert_eq!(unpack_changes(7, &pack_changes(7, &changes)).unwrap(), changes);
            prop_assert!(unpack_changes(8, &pack_changes(7, &changes)).is_err());
        }
    }
}
