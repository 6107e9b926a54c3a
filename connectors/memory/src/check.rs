//! What the directory's schema asks of values.

use madrigal_api::Refusal;
use madrigal_model::{AttributeName, AttributeSchema, Value, ValueRef, values_match};

/// Attributes that the directory keeps by itself.
const READ_ONLY: [&str; 8] = [
    "objectGUID",
    "distinguishedName",
    "name",
    "whenCreated",
    "whenChanged",
    "uSNChanged",
    "memberOf",
    "directReports",
];

/// Whether the attribute may be written.
pub(crate) fn writable(attribute: AttributeName) -> Result<(), Refusal> {
    if READ_ONLY.iter().any(|name| attribute.as_str().eq_ignore_ascii_case(name)) {
        return Err(Refusal::ReadOnly(attribute));
    }
    Ok(())
}

/// Whether the attribute may hold these values: not empty, within the length, one where it is single-valued, none
/// twice.
pub(crate) fn values(attribute: AttributeName, values: &[Value]) -> Result<(), Refusal> {
    let schema = AttributeSchema::of(attribute);
    if schema.single_valued && values.len() > 1 {
        return Err(Refusal::SingleValued(attribute));
    }
    for (at, value) in values.iter().enumerate() {
        let length = match value.as_ref() {
            ValueRef::Text(text) => text.chars().count(),
            ValueRef::Bytes(bytes) => bytes.len(),
            ValueRef::Large(_, length) => usize::try_from(length).unwrap_or(usize::MAX),
            ValueRef::Unresolved(dn) => dn.len().min(1),
            ValueRef::Object(_) | ValueRef::Identity(_) => 1,
        };
        if length == 0 {
            return Err(Refusal::InvalidValue(attribute));
        }
        if let Some(limit) = schema.max_length
            && u32::try_from(length).unwrap_or(u32::MAX) > limit
        {
            return Err(Refusal::TooLong { attribute, length, limit });
        }
        let before = values.get(..at).unwrap_or_default();
        if before.iter().any(|earlier| values_match(attribute, earlier.as_ref(), value.as_ref())) {
            return Err(Refusal::ValueExists(attribute));
        }
    }
    Ok(())
}
