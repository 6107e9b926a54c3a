//! How a tree travels: its code lengths as differences, run-length coded, under a tree of their own.

use super::bits::{BitReader, BitWriter};
use super::huffman::{DecodingTable, canonical_codes, code_lengths};

/// Symbols of the tree that codes the lengths of the others.
const PRETREE_SYMBOLS: usize = 20;
/// A short run of zeros: 4 bits follow.
const ZEROS_SHORT: u16 = 17;
/// A long run of zeros: 5 bits follow.
const ZEROS_LONG: u16 = 18;
/// Four or five equal lengths: 1 bit and one more symbol follow.
const SAME: u16 = 19;

/// One symbol of the pretree with the bits that follow it.
struct Step {
    symbol: u16,
    extra: u32,
    extra_bits: u32,
}

/// Writes the lengths of a tree whose previous lengths are all zero, as in the first block of a stream.
pub(crate) fn write_lengths(writer: &mut BitWriter, lengths: &[u8]) {
    let steps = steps(lengths);
    let mut frequencies = [0; PRETREE_SYMBOLS];
    for step in &steps {
        if let Some(count) = frequencies.get_mut(usize::from(step.symbol)) {
            *count += 1;
        }
    }
    let pretree = code_lengths(&frequencies, 15);
    let codes = canonical_codes(&pretree);
    for &length in &pretree {
        writer.put(u32::from(length), 4);
    }
    for step in &steps {
        let symbol = usize::from(step.symbol);
        let bits = pretree.get(symbol).copied().unwrap_or(0);
        writer.put(codes.get(symbol).copied().unwrap_or(0), u32::from(bits));
        writer.put(step.extra, step.extra_bits);
    }
}

/// The difference to a previous length of zero, modulo 17.
fn difference(length: u8) -> u16 {
    (17 - u16::from(length)) % 17
}

fn steps(lengths: &[u8]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = lengths;
    while let Some(&first) = rest.first() {
        let run = rest.iter().take_while(|&&length| length == first).count();
        let taken = match (first, run) {
            (0, 20..) => {
                let zeros = run.min(51);
                steps.push(Step { symbol: ZEROS_LONG, extra: zeros as u32 - 20, extra_bits: 5 });
                zeros
            }
            (0, 4..) => {
                steps.push(Step { symbol: ZEROS_SHORT, extra: run as u32 - 4, extra_bits: 4 });
                run
            }
            (_, 4..) => {
                let same = run.min(5);
                steps.push(Step { symbol: SAME, extra: same as u32 - 4, extra_bits: 1 });
                steps.push(Step { symbol: difference(first), extra: 0, extra_bits: 0 });
                same
            }
            _ => {
                steps.push(Step { symbol: difference(first), extra: 0, extra_bits: 0 });
                1
            }
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    steps
}

/// Reads the lengths of a tree over those of the previous block.
pub(crate) fn read_lengths(reader: &mut BitReader<'_>, lengths: &mut [u8]) -> Result<(), &'static str> {
    let mut pretree = [0u8; PRETREE_SYMBOLS];
    for length in &mut pretree {
        *length = reader.take(4) as u8;
    }
    let pretree = DecodingTable::new(&pretree).ok_or("the tree of code lengths is not complete")?;
    let mut at = 0;
    while at < lengths.len() {
        if reader.overrun() {
            return Err("the stream ends within a tree");
        }
        let symbol = pretree.symbol(reader).ok_or("the tree of code lengths is empty")? as u16;
        let (run, delta) = match symbol {
            ZEROS_SHORT => (reader.take(4) as usize + 4, None),
            ZEROS_LONG => (reader.take(5) as usize + 20, None),
            SAME => {
                let run = reader.take(1) as usize + 4;
                (run, pretree.symbol(reader))
            }
            other => (1, Some(usize::from(other))),
        };
        let value = match delta {
            Some(delta) if delta < 17 => {
                let previous = usize::from(lengths.get(at).copied().unwrap_or(0));
                ((previous + 17 - delta) % 17) as u8
            }
            Some(_) => return Err("a run of code lengths repeats a run"),
            None => 0,
        };
        let places = lengths.get_mut(at..at + run).ok_or("a run of code lengths goes past its tree")?;
        places.fill(value);
        at += run;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lengths: &[u8]) {
        let mut writer = BitWriter::default();
        write_lengths(&mut writer, lengths);
        writer.align();
        let bytes = writer.into_bytes();
        let mut read = vec![0; lengths.len()];
        assert_eq!(read_lengths(&mut BitReader::new(&bytes), &mut read), Ok(()));
        assert_eq!(read, lengths);
    }

    #[test]
    fn lengths_come_back() {
        for zeros in [1, 3, 4, 5, 19, 20, 21, 51, 52, 70, 71, 72, 103] {
            check(&vec![0; zeros]);
            let mut mixed = vec![0; zeros];
            mixed.extend([1, 2, 3, 16, 16, 16, 16, 16, 16, 16, 16, 16, 5, 5, 5, 5, 0]);
            check(&mixed);
        }
        check(&[16; 9]);
    }
}
