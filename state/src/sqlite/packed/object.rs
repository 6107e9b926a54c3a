//! Objects and links as octets.

use madrigal_model::{Anchor, DistinguishedName, EntryDigest, IdentityId, IndexKey, Link, LinkKind};

use super::{Damage, Packer, Unpacker};

/// The part of an object that tells which one it is and whether it changed.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::sqlite) struct Head {
    /// Its row id.
    pub(in crate::sqlite) id: i64,
    /// Its key.
    pub(in crate::sqlite) anchor: Anchor,
    /// The hash of what the directory showed.
    pub(in crate::sqlite) digest: EntryDigest,
    /// Seeds the checksum of the body that belongs to it.
    pub(in crate::sqlite) check: u32,
}

/// An object as it is written: the entry already packed with the store's numbers.
#[derive(Debug)]
pub(in crate::sqlite) struct ObjectParts {
    pub(in crate::sqlite) keys: Vec<IndexKey>,
    pub(in crate::sqlite) dn: DistinguishedName,
    pub(in crate::sqlite) entry: Vec<u8>,
}

/// The head of an object.
pub(in crate::sqlite) fn pack_head(id: i64, anchor: &Anchor, digest: EntryDigest) -> Vec<u8> {
    let mut head = Packer::with_capacity(anchor.as_bytes().len() + 24);
    head.number(id.cast_unsigned());
    head.fixed(&digest.0.to_le_bytes());
    head.fixed(anchor.as_bytes());
    head.seal(3)
}

/// Reads a head.
pub(in crate::sqlite) fn unpack_head(packed: &mut Unpacker<'_>) -> Result<Head, Damage> {
    let (mut head, check) = packed.sealed(3)?.ok_or(Damage("an object has no head"))?;
    let id = head.number()?.cast_signed();
    let digest = EntryDigest(u128::from_le_bytes(head.array()?));
    Ok(Head { id, anchor: Anchor::new(head.remainder()), digest, check })
}

/// The body of an object; `head` is what [`pack_head`] gave.
pub(in crate::sqlite) fn pack_object(head: &[u8], parts: &ObjectParts) -> Vec<u8> {
    let dn = parts.dn.as_str().as_bytes();
    let mut body = Packer::with_capacity(8 * parts.keys.len() + dn.len() + parts.entry.len() + 8);
    body.number(parts.keys.len() as u64);
    parts.keys.iter().for_each(|key| body.fixed(&key.0.to_le_bytes()));
    body.octets(dn);
    body.fixed(&parts.entry);
    let check = head.last_chunk().map_or(0, |check| u32::from_le_bytes(*check));
    body.seal(u64::from(check))
}

impl ObjectParts {
    /// Reads a body.
    pub(in crate::sqlite) fn unpack(packed: &mut Unpacker<'_>, head: &Head) -> Result<Self, Damage> {
        let mut body = packed.present(u64::from(head.check))?;
        let keys = (0..body.count()?)
            .map(|_| body.array().map(|key| IndexKey(i64::from_le_bytes(key))))
            .collect::<Result<_, _>>()?;
        let dn = DistinguishedName::from_directory(body.text()?);
        Ok(Self { keys, dn, entry: body.remainder().to_vec() })
    }
}

/// The link of the object with this number.
pub(in crate::sqlite) fn pack_link(object: i64, link: &Link) -> Vec<u8> {
    let mut packed = Packer::with_capacity(24 + link.because.len());
    packed.byte(match link.kind {
        LinkKind::Projected => 0,
        LinkKind::Joined => 1,
        LinkKind::Provisioned => 2,
        LinkKind::Duplicate => 3,
    });
    packed.fixed(&link.identity.to_bytes());
    packed.fixed(link.because.as_bytes());
    packed.seal(object.cast_unsigned())
}

/// Reads a link, where there is one.
pub(in crate::sqlite) fn unpack_link(packed: &mut Unpacker<'_>, object: i64) -> Result<Option<Link>, Damage> {
    let Some((mut link, _)) = packed.sealed(object.cast_unsigned())? else { return Ok(None) };
    let kind = match link.byte()? {
        0 => LinkKind::Projected,
        1 => LinkKind::Joined,
        2 => LinkKind::Provisioned,
        3 => LinkKind::Duplicate,
        _ => return Err(Damage("a link is of no known kind")),
    };
    let identity = IdentityId::from_bytes(link.array()?);
    let because = std::str::from_utf8(link.remainder()).map_err(|_| Damage("a text is no UTF-8"))?;
    Ok(Some(Link { identity, kind, because: because.into() }))
}
