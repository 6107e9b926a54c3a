//! What a security descriptor grants, as far as `check` asks: MS-DTYP sections 2.4.2 to 2.4.6.

/// DS-Replication-Get-Changes-All (MS-ADTS section 5.1.3.2.1): passwords can be read with it.
const GET_CHANGES_ALL: [u8; 16] =
    [0xad, 0xf6, 0x31, 0x11, 0x07, 0x9c, 0xd1, 0x11, 0xf7, 0x9f, 0x00, 0xc0, 0x4f, 0xc2, 0xdc, 0xd2];
/// An entry that allows, for the whole object or for what its GUID names.
const ALLOWED: u8 = 0;
const ALLOWED_OBJECT: u8 = 5;
/// An entry that only what is below inherits.
const INHERIT_ONLY: u8 = 0x08;
/// The mask's bits for extended rights, and for everything.
const CONTROL_ACCESS: u32 = 0x0000_0100;
const GENERIC_ALL: u32 = 0x1000_0000;
/// The flag that an entry has a GUID.
const OBJECT_TYPE_PRESENT: u32 = 1;
const INHERITED_TYPE_PRESENT: u32 = 2;

/// Whether one of these identifiers is given the right to replicate secrets; none where the descriptor cannot be read.
pub(crate) fn grants_secrets(descriptor: &[u8], identifiers: &[&[u8]]) -> Option<bool> {
    let list = usize::try_from(number(descriptor, 16)?).ok()?;
    if list == 0 {
        // No list at all: everybody may do everything.
        return Some(true);
    }
    let list = descriptor.get(list..)?;
    let count = u16::from_le_bytes(list.get(4..6)?.try_into().ok()?);
    let mut rest = list.get(8..)?;
    for _ in 0..count {
        let size = usize::from(u16::from_le_bytes(rest.get(2..4)?.try_into().ok()?));
        let (entry, behind) = rest.split_at_checked(size.max(4))?;
        rest = behind;
        if entry_grants(entry, identifiers).unwrap_or(false) {
            return Some(true);
        }
    }
    Some(false)
}

fn entry_grants(entry: &[u8], identifiers: &[&[u8]]) -> Option<bool> {
    let (kind, flags) = (*entry.first()?, *entry.get(1)?);
    if flags & INHERIT_ONLY != 0 {
        return Some(false);
    }
    let mask = number(entry, 4)?;
    if mask & (CONTROL_ACCESS | GENERIC_ALL) == 0 {
        return Some(false);
    }
    let identifier = match kind {
        ALLOWED => entry.get(8..)?,
        ALLOWED_OBJECT => {
            let present = number(entry, 8)?;
            let mut at = 12;
            if present & OBJECT_TYPE_PRESENT != 0 {
                if entry.get(at..at + 16)? != GET_CHANGES_ALL {
                    return Some(false);
                }
                at += 16;
            }
            if present & INHERITED_TYPE_PRESENT != 0 {
                at += 16;
            }
            entry.get(at..)?
        }
        _ => return Some(false),
    };
    Some(identifiers.iter().any(|known| identifier.starts_with(known)))
}

fn number(octets: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(octets.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn descriptor(entries: &[Vec<u8>]) -> Vec<u8> {
        let mut out = vec![1, 0, 4, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0];
        out.extend([4, 0, 0, 0, u8::try_from(entries.len()).unwrap(), 0, 0, 0]);
        entries.iter().for_each(|entry| out.extend(entry));
        out
    }

    fn entry(kind: u8, flags: u8, mask: u32, guid: Option<[u8; 16]>, sid: &[u8]) -> Vec<u8> {
        let mut out = vec![kind, flags, 0, 0];
        out.extend(mask.to_le_bytes());
        if kind == ALLOWED_OBJECT {
            out.extend(u32::from(guid.is_some()).to_le_bytes());
            out.extend(guid.unwrap_or_default().iter().take(if guid.is_some() { 16 } else { 0 }));
        }
        out.extend(sid);
        let size = u16::try_from(out.len()).unwrap().to_le_bytes();
        out[2..4].copy_from_slice(&size);
        out
    }

    #[test]
    fn the_right_to_secrets_is_found() {
        let (me, other) = ([1, 1, 0, 0, 0, 0, 0, 5, 9, 0, 0, 0], [1, 1, 0, 0, 0, 0, 0, 5, 8, 0, 0, 0]);
        let mut plain = GET_CHANGES_ALL;
        plain[0] = 0xaa;
        let rows = [
            (vec![], false),
            (vec![entry(ALLOWED_OBJECT, 0, 0x100, Some(GET_CHANGES_ALL), &me)], true),
            (vec![entry(ALLOWED_OBJECT, 0, 0x100, Some(plain), &me)], false),
            (vec![entry(ALLOWED_OBJECT, 0, 0x100, Some(GET_CHANGES_ALL), &other)], false),
            (vec![entry(ALLOWED, 0, 0x100, None, &me)], true),
            (vec![entry(ALLOWED, INHERIT_ONLY, 0x100, None, &me)], false),
            (vec![entry(ALLOWED, 0, 0x10, None, &me)], false),
        ];
        for (entries, expected) in rows {
            assert_eq!(grants_secrets(&descriptor(&entries), &[&me]), Some(expected), "{entries:x?}");
        }
        assert_eq!(grants_secrets(&[1, 2], &[&me]), None);
    }

    proptest! {
        #[test]
        fn any_octets_are_taken_without_panic(octets in prop::collection::vec(any::<u8>(), 0..120)) {
            let _ = grants_secrets(&octets, &[&[1, 2]]);
        }
    }
}
