//! The values of a distinguished name's steps, as `DNComponent` shows them.

use madrigal_model::DistinguishedName;

/// The steps' values from the left; control characters as hexadecimal pairs.
pub(crate) fn components(dn: &str, without_dc: bool) -> Vec<String> {
    DistinguishedName::from_directory(dn)
        .rdns()
        .into_iter()
        .filter_map(|rdn| rdn.parts.into_iter().next())
        .filter(|(attribute, _)| !without_dc || !attribute.eq_ignore_ascii_case("dc"))
        .map(|(_, value)| shown(&value))
        .collect()
}

fn shown(value: &str) -> String {
    let mut shown = String::with_capacity(value.len());
    for c in value.chars() {
        if c.is_ascii_control() {
            shown.push_str(&format!("\\{:02X}", u32::from(c)));
        } else {
            shown.push(c);
        }
    }
    shown
}
