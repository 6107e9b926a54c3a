//! Position slots: the logarithmic classes in which match offsets are coded.

/// Slots of the largest window.
pub(crate) const MAX_SLOTS: usize = 290;

/// Symbols of the largest main tree: 256 literals and eight length headers for each slot.
pub(crate) const MAX_MAIN_SYMBOLS: usize = 256 + 8 * MAX_SLOTS;

#[allow(clippy::indexing_slicing, reason = "runs in the compiler, which stops at a wrong index")]
const fn footer_bits_table() -> [u8; MAX_SLOTS] {
    let mut table = [0; MAX_SLOTS];
    let mut slot = 4;
    while slot < MAX_SLOTS {
        table[slot] = if slot >= 36 { 17 } else { (slot / 2 - 1) as u8 };
        slot += 1;
    }
    table
}

#[allow(clippy::indexing_slicing, reason = "runs in the compiler, which stops at a wrong index")]
const fn base_table() -> [u32; MAX_SLOTS] {
    let footer = footer_bits_table();
    let mut table = [0; MAX_SLOTS];
    let mut slot = 1;
    while slot < MAX_SLOTS {
        table[slot] = table[slot - 1] + (1 << footer[slot - 1]);
        slot += 1;
    }
    table
}

static FOOTER_BITS: [u8; MAX_SLOTS] = footer_bits_table();
static BASE: [u32; MAX_SLOTS] = base_table();

/// How many slots a window of `2^bits` has.
pub(crate) fn slots_of_window(bits: u32) -> usize {
    match bits {
        0..=17 => 34,
        18 => 36,
        19 => 38,
        20 => 42,
        21 => 50,
        22 => 66,
        23 => 98,
        24 => 162,
        _ => MAX_SLOTS,
    }
}

/// Number of footer bits and first formatted offset of a slot; `None` past the last slot.
pub(crate) fn slot_layout(slot: usize) -> Option<(u32, u32)> {
    Some((u32::from(*FOOTER_BITS.get(slot)?), *BASE.get(slot)?))
}

/// Slot, footer bits and footer of a formatted offset (the offset plus 2).
pub(crate) fn slot_of(formatted: u32) -> (usize, u32, u32) {
    const LINEAR_FROM: u32 = 1 << 18;
    if formatted < 4 {
        return (formatted as usize, 0, 0);
    }
    if formatted >= LINEAR_FROM {
        let slot = 36 + ((formatted - LINEAR_FROM) >> 17);
        return (slot as usize, 17, formatted & 0x1_FFFF);
    }
    let top = 31 - formatted.leading_zeros();
    let bits = top - 1;
    let slot = 2 * top + ((formatted >> bits) & 1);
    (slot as usize, bits, formatted & ((1 << bits) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slot_of_agrees_with_the_tables() {
        for formatted in (0..600_000).chain([1 << 20, (1 << 22) + 12_345, (1 << 25) - 1]) {
            let (slot, bits, footer) = slot_of(formatted);
            assert_eq!(slot_layout(slot), Some((bits, formatted - footer)), "{formatted}");
            assert!(footer < 1 << bits || bits == 0, "{formatted}");
        }
    }
}
