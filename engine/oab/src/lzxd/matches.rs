//! Finding repeats: hash chains over the window, and long keys over reference data.

/// Longest chain that is walked for one position of new data.
const CHAIN_DEPTH: usize = 24;
/// Longest chain of long keys that is walked.
const LONG_CHAIN_DEPTH: usize = 48;
/// Bytes under the hash of the ordinary chains.
const SHORT_KEY: usize = 3;
/// Bytes under the hash over reference data: long enough to be met only where a record goes on.
const LONG_KEY: usize = 16;
const SHORT_HASH_BITS: u32 = 15;
const LONG_HASH_BITS: u32 = 17;
const NONE: u32 = u32::MAX;

/// A repeat: how long, and how far back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Match {
    /// Bytes that repeat.
    pub(crate) length: usize,
    /// Distance to the earlier place, bytes.
    pub(crate) offset: usize,
}

/// Two chained hash tables; kept between blocks to save their allocation.
#[derive(Debug, Default)]
pub(crate) struct MatchFinder {
    short: Chains,
    long: Chains,
    inserted: usize,
    reference: usize,
}

#[derive(Debug, Default)]
struct Chains {
    heads: Vec<u32>,
    links: Vec<u32>,
}

impl Chains {
    fn reset(&mut self, bits: u32, positions: usize) {
        self.heads.clear();
        self.heads.resize(1 << bits, NONE);
        self.links.resize(positions.max(self.links.len()), NONE);
    }

    fn insert(&mut self, hash: usize, at: usize) {
        if let (Some(head), Some(link)) = (self.heads.get_mut(hash), self.links.get_mut(at)) {
            *link = *head;
            *head = at as u32;
        }
    }

    /// The positions under `hash`, nearest first.
    fn walk(&self, hash: usize) -> impl Iterator<Item = usize> {
        let mut next = self.heads.get(hash).copied().unwrap_or(NONE);
        std::iter::from_fn(move || {
            let here = next;
            next = *self.links.get(here as usize)?;
            Some(here as usize)
        })
    }
}

impl MatchFinder {
    /// Starts a new window whose first `reference` bytes are reference data.
    pub(crate) fn start(&mut self, window: &[u8], reference: usize) {
        self.short.reset(SHORT_HASH_BITS, window.len());
        self.inserted = 0;
        self.reference = reference;
        self.insert_to(window, reference);
        if reference >= LONG_KEY {
            self.long.reset(LONG_HASH_BITS, reference);
            for at in 0..=reference - LONG_KEY {
                if let Some(hash) = long_hash(window, at) {
                    self.long.insert(hash, at);
                }
            }
        }
    }

    /// Makes every position before `end` known.
    pub(crate) fn insert_to(&mut self, window: &[u8], end: usize) {
        for at in self.inserted..end {
            if let Some(hash) = short_hash(window, at) {
                self.short.insert(hash, at);
            }
        }
        self.inserted = self.inserted.max(end);
    }

    /// The longest repeat at `at`, at most `limit` bytes and longer than `floor`.
    /// Positions before `at` must have been made known.
    pub(crate) fn longest(&self, window: &[u8], at: usize, limit: usize, floor: usize) -> Option<Match> {
        let mut best = Match { length: floor, offset: 0 };
        let here = window.get(at..at + limit)?;
        if self.reference >= LONG_KEY
            && limit >= LONG_KEY
            && let Some(hash) = long_hash(window, at)
        {
            improve(window, here, at, &mut best, self.long.walk(hash).take(LONG_CHAIN_DEPTH));
        }
        if best.length < limit
            && let Some(hash) = short_hash(window, at)
        {
            improve(window, here, at, &mut best, self.short.walk(hash).take(CHAIN_DEPTH));
        }
        (best.offset > 0).then_some(best)
    }
}

fn improve(window: &[u8], here: &[u8], at: usize, best: &mut Match, places: impl Iterator<Item = usize>) {
    // A longer match must also agree in the byte after the best one so far.
    let mut decisive = here.get(best.length);
    for place in places {
        if window.get(place + best.length) != decisive {
            continue;
        }
        let length = window.get(place..).map_or(0, |earlier| common_prefix(earlier, here));
        if length > best.length {
            *best = Match { length, offset: at - place };
            decisive = here.get(length);
            if decisive.is_none() {
                return;
            }
        }
    }
}

/// How many bytes two slices have in common at their start.
pub(crate) fn common_prefix(left: &[u8], right: &[u8]) -> usize {
    let (left_words, _) = left.as_chunks::<8>();
    let (right_words, _) = right.as_chunks::<8>();
    let mut same = 0;
    for (a, b) in left_words.iter().zip(right_words) {
        let differing = u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b);
        if differing != 0 {
            return same + (differing.trailing_zeros() / 8) as usize;
        }
        same += 8;
    }
    let rest = left.iter().skip(same).zip(right.iter().skip(same));
    same + rest.take_while(|(a, b)| a == b).count()
}

fn short_hash(window: &[u8], at: usize) -> Option<usize> {
    let &[a, b, c] = window.get(at..)?.first_chunk::<SHORT_KEY>()?;
    let key = u32::from_le_bytes([a, b, c, 0]);
    Some((key.wrapping_mul(0x9E37_79B1) >> (32 - SHORT_HASH_BITS)) as usize)
}

fn long_hash(window: &[u8], at: usize) -> Option<usize> {
    let key = u128::from_le_bytes(*window.get(at..)?.first_chunk::<LONG_KEY>()?);
    let folded = (key as u64) ^ ((key >> 64) as u64).rotate_left(29);
    Some((folded.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - LONG_HASH_BITS)) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes() {
        for (left, right, same) in [
            ("", "", 0),
            ("a", "b", 0),
            ("abcdefgh", "abcdefgh", 8),
            ("abcdefghi", "abcdefghj", 8),
            ("abcdefghijk", "abcdefghijklm", 11),
            ("abcXefgh", "abcYefgh", 3),
        ] {
            assert_eq!(common_prefix(left.as_bytes(), right.as_bytes()), same, "{left} {right}");
        }
    }

    #[test]
    fn long_keys_find_the_place_in_reference_data() {
        let old: Vec<u8> = (0..4_000u32).flat_map(|n| (n * 7919).to_le_bytes()).collect();
        let mut window = old.clone();
        window.extend_from_slice(&old[8_000..9_000]);
        let mut finder = MatchFinder::default();
        finder.start(&window, old.len());
        let found = finder.longest(&window, old.len(), 1_000, 1);
        assert_eq!(found, Some(Match { length: 1_000, offset: old.len() - 8_000 }));
    }
}
