//! How an entry lies in memory, octet by octet.
//!
//! For each attribute in the order of its number: name (2 octets, little-endian), number of values, length of the values
//! in octets, then each value as (length << 3 | kind) and its octets. Numbers are LEB128.

use crate::entry::Values;
use crate::{AttributeName, ContentHash, IdentityId, Value, ValueRef};

const KIND_TEXT: u64 = 0;
const KIND_BYTES: u64 = 1;
const KIND_OBJECT: u64 = 2;
const KIND_UNRESOLVED: u64 = 3;
const KIND_IDENTITY: u64 = 4;
const KIND_LARGE: u64 = 5;

/// Packs an attribute; one without values is left out.
pub(crate) fn pack_attribute(packed: &mut Vec<u8>, attribute: AttributeName, values: &[Value]) {
    if values.is_empty() {
        return;
    }
    let octets: usize = values.iter().map(|value| packed_size(value.as_ref())).sum();
    packed.extend_from_slice(&attribute.number().to_le_bytes());
    put_number(packed, values.len() as u64);
    put_number(packed, octets as u64);
    values.iter().for_each(|value| pack_value(packed, value.as_ref()));
}

/// How many octets [`pack_value`] takes.
fn packed_size(value: ValueRef<'_>) -> usize {
    let octets = match value {
        ValueRef::Text(text) | ValueRef::Unresolved(text) => text.len(),
        ValueRef::Bytes(bytes) | ValueRef::Object(bytes) => bytes.len(),
        ValueRef::Identity(_) => 16,
        ValueRef::Large(..) => 20,
    };
    let bits = u64::BITS - (((octets as u64) << 3) | 1).leading_zeros();
    octets + bits.div_ceil(7) as usize
}

pub(crate) fn pack_value(packed: &mut Vec<u8>, value: ValueRef<'_>) {
    let mut put = |kind: u64, octets: &[u8]| {
        put_number(packed, (octets.len() as u64) << 3 | kind);
        packed.extend_from_slice(octets);
    };
    match value {
        ValueRef::Text(text) => put(KIND_TEXT, text.as_bytes()),
        ValueRef::Bytes(bytes) => put(KIND_BYTES, bytes),
        ValueRef::Object(anchor) => put(KIND_OBJECT, anchor),
        ValueRef::Unresolved(dn) => put(KIND_UNRESOLVED, dn.as_bytes()),
        ValueRef::Identity(identity) => put(KIND_IDENTITY, &identity.to_bytes()),
        ValueRef::Large(hash, length) => {
            let mut octets = [0; 20];
            let (head, tail) = octets.split_at_mut(16);
            head.copy_from_slice(&hash.0.to_le_bytes());
            tail.copy_from_slice(&length.to_le_bytes());
            put(KIND_LARGE, &octets);
        }
    }
}

#[inline]
pub(crate) fn unpack_value(kind: u64, octets: &[u8]) -> Option<ValueRef<'_>> {
    Some(match kind {
        KIND_TEXT => ValueRef::Text(std::str::from_utf8(octets).ok()?),
        KIND_BYTES => ValueRef::Bytes(octets),
        KIND_OBJECT => ValueRef::Object(octets),
        KIND_UNRESOLVED => ValueRef::Unresolved(std::str::from_utf8(octets).ok()?),
        KIND_IDENTITY => ValueRef::Identity(IdentityId::from_bytes(octets.try_into().ok()?)),
        KIND_LARGE => {
            let (hash, length) = octets.split_at_checked(16)?;
            let hash = ContentHash(u128::from_le_bytes(hash.try_into().ok()?));
            ValueRef::Large(hash, u32::from_le_bytes(length.try_into().ok()?))
        }
        _ => return None,
    })
}

pub(crate) fn take_attribute(packed: &[u8]) -> Option<(AttributeName, Values<'_>, &[u8])> {
    let (name, rest) = packed.split_at_checked(2)?;
    let (count, rest) = take_number(rest)?;
    let (length, rest) = take_number(rest)?;
    let (values, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    let name = AttributeName::from_index(u16::from_le_bytes(name.try_into().ok()?));
    Some((name, Values { count: usize::try_from(count).ok()?, packed: values }, rest))
}

pub(crate) fn put_number(packed: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        packed.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    packed.push(number as u8);
}

#[inline]
pub(crate) fn take_number(packed: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0u64;
    for (at, &octet) in packed.iter().enumerate().take(9) {
        number |= u64::from(octet & 0x7f) << (7 * at);
        if octet & 0x80 == 0 {
            return Some((number, packed.get(at + 1..)?));
        }
    }
    None
}
