//! Rows as octets: packed, with their length before and a checksum behind them, so that many can be read as one value
//! and a flipped bit is seen.

mod export;
mod identity;
mod object;
mod plan;

pub(super) use export::{
    PackedState, pack_holds, pack_state, pack_unconfirmed, unpack_holds, unpack_state, unpack_unconfirmed,
};
pub(super) use identity::{pack_identity, unpack_identity};
pub(super) use object::{Head, ObjectParts, pack_head, pack_link, pack_object, unpack_head, unpack_link};
pub(super) use plan::{pack_plan, unpack_plan};

/// What does not hold in stored octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Damage(pub(super) &'static str);

/// What stands for a value that is not there, where a packed one is expected.
pub(super) const ABSENT: &[u8] = &[0; 4];

const CHECK_LENGTH: usize = 4;

/// Collects a packed value.
pub(super) struct Packer {
    packed: Vec<u8>,
}

impl Packer {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        let mut packed = Vec::with_capacity(capacity + ABSENT.len() + CHECK_LENGTH);
        packed.extend_from_slice(ABSENT);
        Self { packed }
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.packed.push(byte);
    }

    /// A number as LEB128.
    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.packed.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.packed.push(number as u8);
    }

    /// Octets whose number the reader knows.
    pub(super) fn fixed(&mut self, octets: &[u8]) {
        self.packed.extend_from_slice(octets);
    }

    /// Octets with their number before them.
    pub(super) fn octets(&mut self, octets: &[u8]) {
        self.number(octets.len() as u64);
        self.fixed(octets);
    }

    /// Octets that may be missing.
    pub(super) fn optional(&mut self, octets: Option<&[u8]>) {
        match octets {
            None => self.number(0),
            Some(octets) => {
                self.number(octets.len() as u64 + 1);
                self.fixed(octets);
            }
        }
    }

    /// Several texts.
    pub(super) fn texts(&mut self, texts: &[Box<str>]) {
        self.number(texts.len() as u64);
        texts.iter().for_each(|text| self.octets(text.as_bytes()));
    }

    /// The value with its length and its checksum; `seed` says where it belongs, so that a value in another's place is
    /// seen as well.
    pub(super) fn seal(mut self, seed: u64) -> Vec<u8> {
        let length = self.packed.len() - ABSENT.len();
        let check = check(self.packed.get(ABSENT.len()..).unwrap_or_default(), seed);
        self.packed.extend_from_slice(&check.to_le_bytes());
        for (place, octet) in self.packed.iter_mut().zip((length as u32).to_le_bytes()) {
            *place = octet;
        }
        self.packed
    }
}

fn check(payload: &[u8], seed: u64) -> u32 {
    // Zero would make an empty value of seed 0 look absent.
    xxhash_rust::xxh3::xxh3_64_with_seed(payload, seed) as u32 | 1
}

/// Reads packed values one after the other. Total: whatever the octets are, it gives a value or [`Damage`].
#[derive(Clone, Copy)]
pub(super) struct Unpacker<'a> {
    rest: &'a [u8],
}

const CUT: Damage = Damage("a packed row is cut short");

impl<'a> Unpacker<'a> {
    pub(super) fn new(packed: &'a [u8]) -> Self {
        Self { rest: packed }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The payload of the sealed value that stands next, none for [`ABSENT`]; and its checksum, which seeds what
    /// belongs to it.
    pub(super) fn sealed(&mut self, seed: u64) -> Result<Option<(Unpacker<'a>, u32)>, Damage> {
        let length = u32::from_le_bytes(self.array()?);
        if length == 0 {
            return Ok(None);
        }
        let payload = self.fixed(length as usize)?;
        let stored = u32::from_le_bytes(self.array()?);
        if stored != check(payload, seed) {
            return Err(Damage("a row does not match its checksum"));
        }
        Ok(Some((Self::new(payload), stored)))
    }

    /// The payload of a sealed value that must be there.
    pub(super) fn present(&mut self, seed: u64) -> Result<Unpacker<'a>, Damage> {
        self.sealed(seed)?.map(|(payload, _)| payload).ok_or(Damage("a row is empty"))
    }

    pub(super) fn byte(&mut self) -> Result<u8, Damage> {
        let (&byte, rest) = self.rest.split_first().ok_or(CUT)?;
        self.rest = rest;
        Ok(byte)
    }

    pub(super) fn number(&mut self) -> Result<u64, Damage> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Damage("a number is too long"))
    }

    pub(super) fn fixed(&mut self, length: usize) -> Result<&'a [u8], Damage> {
        let (octets, rest) = self.rest.split_at_checked(length).ok_or(CUT)?;
        self.rest = rest;
        Ok(octets)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        self.fixed(N)?.try_into().map_err(|_| CUT)
    }

    pub(super) fn octets(&mut self) -> Result<&'a [u8], Damage> {
        let length = self.count()?;
        self.fixed(length)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, Damage> {
        std::str::from_utf8(self.octets()?).map_err(|_| Damage("a text is no UTF-8"))
    }

    pub(super) fn optional(&mut self) -> Result<Option<&'a [u8]>, Damage> {
        match self.count()? {
            0 => Ok(None),
            more => self.fixed(more - 1).map(Some),
        }
    }

    pub(super) fn optional_text(&mut self) -> Result<Option<&'a str>, Damage> {
        let octets = self.optional()?;
        octets.map(std::str::from_utf8).transpose().map_err(|_| Damage("a text is no UTF-8"))
    }

    pub(super) fn texts(&mut self) -> Result<Vec<Box<str>>, Damage> {
        (0..self.count()?).map(|_| self.text().map(Box::from)).collect()
    }

    /// A number of things to come; never more than there are octets.
    pub(super) fn count(&mut self) -> Result<usize, Damage> {
        let count = self.number()?;
        usize::try_from(count).ok().filter(|count| *count <= self.rest.len() + 1).ok_or(CUT)
    }

    /// All that is left.
    pub(super) fn remainder(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }
}
