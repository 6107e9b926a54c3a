//! Random numbers that depend on a seed alone.

/// A generator for one client.
pub(super) struct Random(u64);

impl Random {
    /// The numbers of client `index` under `seed`.
    pub(super) fn of_client(seed: u64, index: u64) -> Self {
        Self(scramble(seed ^ scramble(index.wrapping_add(0x9E37_79B9_7F4A_7C15))))
    }

    #[inline]
    fn next(&mut self) -> u64 {
        // Wyrand: a counter through one wide multiplication.
        self.0 = self.0.wrapping_add(0xA076_1D64_78BD_642F);
        let wide = u128::from(self.0) * u128::from(self.0 ^ 0xE703_7ED1_A0B4_28DB);
        (wide >> 64) as u64 ^ wide as u64
    }

    /// Two numbers below `bound`, for the cost of one.
    #[inline]
    pub(super) fn pair_below(&mut self, bound: u32) -> [u32; 2] {
        let bits = self.next();
        [bits >> 32, bits & 0xFFFF_FFFF].map(|half| ((half * u64::from(bound)) >> 32) as u32)
    }

    /// A number below `bound`, each as likely as the other; 0 when the bound is 0.
    #[inline]
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        (((self.next() >> 32) * u64::from(bound)) >> 32) as u32
    }
}

fn scramble(seed: u64) -> u64 {
    let mut z = seed;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_even() {
        let mut counts = [0u32; 10];
        for client in 0..10_000 {
            let mut random = Random::of_client(7, client);
            for _ in 0..10 {
                counts[random.below(10) as usize] += 1;
            }
        }
        assert!(counts.iter().all(|count| (9_500..10_500).contains(count)), "{counts:?}");
        assert_eq!(Random::of_client(1, 1).below(0), 0);
    }
}
