//! Identities as octets: what is stored of one beside its links and export states.

use madrigal_model::{Anchor, ConnectorId, Identity, IdentityId, ObjectKey};

use super::{Damage, Packer, Unpacker};

/// The identity with this number.
pub(in crate::sqlite) fn pack_identity(number: i64, identity: &Identity) -> Vec<u8> {
    let mut packed = Packer::with_capacity(128);
    packed.number(number.cast_unsigned());
    packed.fixed(&identity.id.to_bytes());
    put_object_key(&mut packed, identity.authority.as_ref());
    packed.texts(&identity.legacy_dns);
    packed.texts(&identity.remembered_keys);
    packed.seal(0)
}

/// Reads an identity, without links and export states, and its number.
pub(in crate::sqlite) fn unpack_identity(packed: &mut Unpacker<'_>) -> Result<(i64, Identity), Damage> {
    let mut packed = packed.present(0)?;
    let number = packed.number()?.cast_signed();
    let mut identity = Identity::new(IdentityId::from_bytes(packed.array()?));
    identity.authority = take_object_key(&mut packed)?;
    identity.legacy_dns = packed.texts()?;
    identity.remembered_keys = packed.texts()?;
    Ok((number, identity))
}

pub(super) fn put_object_key(packed: &mut Packer, key: Option<&ObjectKey>) {
    packed.number(key.map_or(0, |key| u64::from(key.connector.0) + 1));
    if let Some(key) = key {
        packed.octets(key.anchor.as_bytes());
    }
}

pub(super) fn take_object_key(packed: &mut Unpacker<'_>) -> Result<Option<ObjectKey>, Damage> {
    let Some(connector) = packed.number()?.checked_sub(1) else { return Ok(None) };
    let connector = u16::try_from(connector).map_err(|_| Damage("a connector's number is too large"))?;
    Ok(Some(ObjectKey::new(ConnectorId(connector), Anchor::new(packed.octets()?))))
}
