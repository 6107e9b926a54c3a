//! Planned exports and values as octets: a fifth of their JSON, since names, rules and what they read are numbers of
//! the dictionaries.

use madrigal_model::{
    Anchor, AttributeChange, ChangeKind, ConnectorId, ContentHash, DistinguishedName, HideReason, IdentityId,
    PendingExport, Reference, Value, ValueRef,
};

use super::identity::{put_object_key, take_object_key};
use super::{Damage, Packer, Unpacker};
use crate::sqlite::names::Names;

const REASONS: [HideReason; 4] =
    [HideReason::Left, HideReason::OutOfScope, HideReason::Superseded, HideReason::AddressTaken];

/// Appends a plan.
pub(in crate::sqlite) fn pack_plan(packed: &mut Packer, plan: &PendingExport, names: &mut Names) {
    packed.byte(plan.kind as u8);
    packed.fixed(&plan.identity.to_bytes());
    packed.number(u64::from(plan.connector.0));
    packed.optional(plan.anchor.as_ref().map(Anchor::as_bytes));
    packed.octets(plan.dn.as_str().as_bytes());
    packed.optional(plan.new_dn.as_ref().map(|dn| dn.as_str().as_bytes()));
    put_reason(packed, plan.reason);
    put_object_key(packed, plan.speaker.as_ref());
    packed.number(plan.changes.len() as u64);
    for change in &plan.changes {
        packed.number(u64::from(names.number(change.attribute)));
        packed.number(change.source.as_ref().map_or(0, |source| names.source_number(source) + 1));
        put_values(packed, &change.old);
        put_values(packed, &change.new);
    }
}

/// Reads a plan.
pub(in crate::sqlite) fn unpack_plan(
    packed: &mut Unpacker<'_>,
    names: &Names,
) -> Result<PendingExport, Damage> {
    let kind = packed.byte()?;
    let kind = ChangeKind::ALL.into_iter().find(|known| *known as u8 == kind);
    let kind = kind.ok_or(Damage("a change is of no known kind"))?;
    let identity = IdentityId::from_bytes(packed.array()?);
    let connector = take_connector(packed)?;
    let anchor = packed.optional()?.map(Anchor::new);
    let dn = DistinguishedName::from_directory(packed.text()?);
    let new_dn = packed.optional_text()?.map(DistinguishedName::from_directory);
    let reason = take_reason(packed)?;
    let speaker = take_object_key(packed)?;
    let changes = (0..packed.count()?)
        .map(|_| {
            let attribute = names.take(packed)?;
            let source = match packed.number()?.checked_sub(1) {
                None => None,
                Some(number) => Some(names.source(number)?),
            };
            Ok(AttributeChange { attribute, old: take_values(packed)?, new: take_values(packed)?, source })
        })
        .collect::<Result<_, Damage>>()?;
    Ok(PendingExport { kind, identity, connector, anchor, dn, new_dn, changes, reason, speaker })
}

pub(super) fn take_connector(packed: &mut Unpacker<'_>) -> Result<ConnectorId, Damage> {
    u16::try_from(packed.number()?).map(ConnectorId).map_err(|_| Damage("a connector's number is too large"))
}

pub(super) fn put_reason(packed: &mut Packer, reason: Option<HideReason>) {
    let place = reason.and_then(|reason| REASONS.iter().position(|known| *known == reason));
    packed.byte(place.map_or(0, |place| place as u8 + 1));
}

pub(super) fn take_reason(packed: &mut Unpacker<'_>) -> Result<Option<HideReason>, Damage> {
    let Some(place) = packed.byte()?.checked_sub(1) else { return Ok(None) };
    REASONS.get(usize::from(place)).copied().map(Some).ok_or(Damage("a reason is unknown"))
}

pub(super) fn put_values(packed: &mut Packer, values: &[Value]) {
    packed.number(values.len() as u64);
    values.iter().for_each(|value| put_value(packed, value));
}

pub(super) fn take_values(packed: &mut Unpacker<'_>) -> Result<Vec<Value>, Damage> {
    (0..packed.count()?).map(|_| take_value(packed)).collect()
}

pub(super) fn put_value(packed: &mut Packer, value: &Value) {
    let mut put = |kind: u8, octets: &[u8]| {
        packed.number((octets.len() as u64) << 3 | u64::from(kind));
        packed.fixed(octets);
    };
    match value.as_ref() {
        ValueRef::Text(text) => put(0, text.as_bytes()),
        ValueRef::Bytes(bytes) => put(1, bytes),
        ValueRef::Object(anchor) => put(2, anchor),
        ValueRef::Unresolved(dn) => put(3, dn.as_bytes()),
        ValueRef::Identity(identity) => put(4, &identity.to_bytes()),
        ValueRef::Large(hash, length) => {
            put(5, &hash.0.to_le_bytes());
            packed.number(u64::from(length));
        }
    }
}

pub(super) fn take_value(packed: &mut Unpacker<'_>) -> Result<Value, Damage> {
    let head = packed.number()?;
    let length = usize::try_from(head >> 3).map_err(|_| Damage("a value is too long"))?;
    let octets = packed.fixed(length)?;
    let text = || std::str::from_utf8(octets).map_err(|_| Damage("a text is no UTF-8"));
    let number = || <[u8; 16]>::try_from(octets).map_err(|_| Damage("a value has a wrong length"));
    Ok(match head & 7 {
        0 => Value::text(text()?),
        1 => Value::bytes(octets),
        2 => Value::Reference(Reference::Object(Anchor::new(octets))),
        3 => Value::Reference(Reference::Unresolved(text()?.into())),
        4 => Value::Reference(Reference::Identity(IdentityId::from_bytes(number()?))),
        5 => {
            let hash = ContentHash(u128::from_le_bytes(number()?));
            let length = u32::try_from(packed.number()?).map_err(|_| Damage("a value is too long"))?;
            Value::Large(hash, length)
        }
        _ => return Err(Damage("a value is of no known kind")),
    })
}
