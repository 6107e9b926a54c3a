//! Prefix codes: the best lengths under a limit, canonical codes, and a table to decode them.

/// Longest code of any tree in LZX.
pub(crate) const MAX_CODE_BITS: u32 = 16;

/// Code lengths for symbols of the given frequencies, none longer than `limit` bits.
///
/// The code is always complete (a lone symbol gets a companion that is never used) or, when no
/// symbol occurs, empty: decoders refuse any other.
pub(crate) fn code_lengths(frequencies: &[u32], limit: u32) -> Vec<u8> {
    let mut lengths = vec![0; frequencies.len()];
    let mut used: Vec<(u32, usize)> = frequencies
        .iter()
        .enumerate()
        .filter_map(|(symbol, &count)| (count > 0).then_some((count, symbol)))
        .collect();
    if let [(_, only)] = *used.as_slice() {
        used.push((1, usize::from(only == 0)));
    }
    used.sort_unstable();
    let counts = limit_lengths(&optimal_length_counts(&used), limit);
    // The rarest symbols get the longest codes.
    let longest_first = counts.iter().enumerate().rev().flat_map(|(bits, &n)| std::iter::repeat_n(bits, n));
    for (&(_, symbol), bits) in used.iter().zip(longest_first) {
        if let Some(length) = lengths.get_mut(symbol) {
            *length = bits as u8;
        }
    }
    lengths
}

/// How many symbols have a code of each length in an optimal code without a limit.
/// `used` is sorted by frequency; two queues of weights take the place of a heap.
fn optimal_length_counts(used: &[(u32, usize)]) -> Vec<usize> {
    let leaves = used.len();
    let mut counts = vec![0; 64];
    if leaves < 2 {
        return counts;
    }
    // Nodes 0..leaves are symbols, the rest are inner nodes in the order of their weight.
    let mut weights: Vec<u64> = used.iter().map(|&(count, _)| u64::from(count)).collect();
    let mut parents = vec![0usize; 2 * leaves - 1];
    let (mut leaf, mut inner) = (0, leaves);
    for parent in leaves..2 * leaves - 1 {
        let mut weight = 0;
        for _ in 0..2 {
            let take_leaf =
                leaf < leaves && (inner >= weights.len() || weights.get(leaf) <= weights.get(inner));
            let child = if take_leaf { &mut leaf } else { &mut inner };
            weight += weights.get(*child).copied().unwrap_or(0);
            if let Some(place) = parents.get_mut(*child) {
                *place = parent;
            }
            *child += 1;
        }
        weights.push(weight);
    }
    let mut depths = vec![0usize; 2 * leaves - 1];
    for node in (0..2 * leaves - 2).rev() {
        let above = parents.get(node).and_then(|&parent| depths.get(parent)).copied().unwrap_or(0);
        if let Some(depth) = depths.get_mut(node) {
            *depth = above + 1;
        }
        if node < leaves
            && let Some(count) = counts.get_mut((above + 1).min(63))
        {
            *count += 1;
        }
    }
    counts
}

/// Shortens codes that are over the limit and lengthens others until the code is complete again.
fn limit_lengths(counts: &[usize], limit: u32) -> Vec<usize> {
    let limit = limit as usize;
    let mut limited: Vec<usize> = counts.iter().take(limit + 1).copied().collect();
    let over: usize = counts.iter().skip(limit + 1).sum();
    if let Some(last) = limited.get_mut(limit) {
        *last += over;
    }
    let mut space: u64 =
        limited.iter().enumerate().skip(1).map(|(bits, &n)| (n as u64) << (limit - bits)).sum();
    while space > 1 << limit {
        // Take one code of the longest length away and split a shorter one in two.
        let Some(split) = (1..limit).rev().find(|&bits| limited.get(bits).is_some_and(|&n| n > 0)) else {
            break;
        };
        for (bits, change) in [(limit, -1isize), (split, -1), (split + 1, 2)] {
            if let Some(count) = limited.get_mut(bits) {
                *count = count.saturating_add_signed(change);
            }
        }
        space -= 1;
    }
    limited
}

/// The canonical codes of the given lengths: by length, then by symbol.
pub(crate) fn canonical_codes(lengths: &[u8]) -> Vec<u32> {
    let mut counts = [0u32; MAX_CODE_BITS as usize + 2];
    for &length in lengths.iter().filter(|&&length| length > 0) {
        if let Some(count) = counts.get_mut(usize::from(length)) {
            *count += 1;
        }
    }
    let mut next = [0u32; MAX_CODE_BITS as usize + 2];
    let mut code = 0;
    for (first, count) in next.iter_mut().skip(1).zip(counts) {
        code = (code + count) << 1;
        *first = code;
    }
    lengths
        .iter()
        .map(|&length| match next.get_mut(usize::from(length)) {
            Some(next) if length > 0 => {
                let code = *next;
                *next += 1;
                code
            }
            _ => 0,
        })
        .collect()
}

/// A decoding table: the next bits of the stream lead to the symbol and the length of its code.
#[derive(Debug, Default)]
pub(crate) struct DecodingTable {
    bits: u32,
    entries: Vec<(u16, u8)>,
}

impl DecodingTable {
    /// Builds the table; `None` when the lengths are no complete code.
    /// All lengths zero give an empty table, from which nothing can be decoded.
    pub(crate) fn new(lengths: &[u8]) -> Option<Self> {
        let bits = u32::from(lengths.iter().copied().max().unwrap_or(0));
        if bits == 0 {
            return Some(Self::default());
        }
        if bits > MAX_CODE_BITS {
            return None;
        }
        let space: u64 = lengths.iter().filter(|&&n| n > 0).map(|&n| 1u64 << (bits - u32::from(n))).sum();
        if space != 1 << bits {
            return None;
        }
        let mut entries = vec![(0, 0); 1 << bits];
        for (symbol, (&length, code)) in lengths.iter().zip(canonical_codes(lengths)).enumerate() {
            if length > 0 {
                let spread = bits - u32::from(length);
                let start = (code << spread) as usize;
                for entry in entries.iter_mut().skip(start).take(1 << spread) {
                    *entry = (symbol as u16, length);
                }
            }
        }
        Some(Self { bits, entries })
    }

    /// Takes one symbol; `None` from an empty table.
    pub(crate) fn symbol(&self, reader: &mut super::bits::BitReader<'_>) -> Option<usize> {
        if self.bits == 0 {
            return None;
        }
        let (symbol, length) = *self.entries.get(reader.peek(self.bits) as usize)?;
        reader.skip(u32::from(length));
        Some(usize::from(symbol))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(frequencies: &[u32], limit: u32) {
        let lengths = code_lengths(frequencies, limit);
        let used = frequencies.iter().filter(|&&n| n > 0).count();
        let space: f64 = lengths.iter().filter(|&&n| n > 0).map(|&n| 0.5f64.powi(i32::from(n))).sum();
        assert!(lengths.iter().all(|&n| u32::from(n) <= limit), "{frequencies:?}");
        assert!(used == 0 || (space - 1.0).abs() < 1e-12, "{frequencies:?}: {lengths:?}");
        for (frequency, length) in frequencies.iter().zip(&lengths) {
            assert!(*frequency == 0 || *length > 0, "{frequencies:?}: {lengths:?}");
        }
        assert!(DecodingTable::new(&lengths).is_some());
    }

    #[test]
    fn codes_are_complete_and_within_the_limit() {
        let fibonacci: Vec<u32> = std::iter::successors(Some((1u32, 1u32)), |&(a, b)| Some((b, a + b)))
            .map(|p| p.0)
            .take(40)
            .collect();
        check(&[], 16);
        check(&[0, 0, 0], 16);
        check(&[7, 0], 16);
        check(&[0, 0, 5], 16);
        check(&[1, 1], 16);
        check(&[1; 20], 15);
        check(&[1; 300], 9);
        check(&fibonacci, 16);
        check(&fibonacci, 6);
        check(&fibonacci, 7);
        check(&[1_000_000, 1, 1, 1, 1, 1, 1, 1], 4);
    }
}
