//! Which list a book is of: its name, its X500 name and its GUID.

use madrigal_oab::publish::Identity;
use madrigal_oab::sha1_hex;

use super::OabFailure;

/// The usual name of the global address list.
pub(super) const GLOBAL_LIST: &str = "\\Global Address List";

/// Puts an identity together: what is given, else what was before, else what follows from the name
/// of the list and the directory's domain.
pub(super) fn identity(
    name: Option<&str>,
    distinguished_name: Option<&str>,
    guid: Option<&str>,
    before: Option<&Identity>,
    domain: &str,
) -> Result<Identity, OabFailure> {
    let name = name.or(before.map(|before| before.name.as_str())).unwrap_or(GLOBAL_LIST).to_owned();
    let distinguished_name = distinguished_name
        .or(before.map(|before| before.distinguished_name.as_str()))
        .unwrap_or("/")
        .to_owned();
    let container_guid = match (guid, before) {
        (Some(guid), _) => checked(guid)?,
        (None, Some(before)) => before.container_guid.clone(),
        (None, None) => derived(&format!("{}\n{}", name.to_lowercase(), domain.to_lowercase())),
    };
    Ok(Identity { name, distinguished_name, container_guid })
}

fn checked(guid: &str) -> Result<String, OabFailure> {
    let plain = guid.trim_matches(['{', '}']).to_lowercase();
    let right = plain.len() == 36
        && plain.char_indices().all(|(index, character)| match index {
            8 | 13 | 18 | 23 => character == '-',
            _ => character.is_ascii_hexdigit(),
        });
    if right { Ok(plain) } else { Err(OabFailure::options(format!("\"{guid}\" is no GUID"))) }
}

/// A GUID that follows from a text, in the form of RFC 9562 version 5.
fn derived(text: &str) -> String {
    let digest = sha1_hex(format!("madrigal address list\n{text}").as_bytes()).to_lowercase();
    let part = |from: usize, to: usize| digest.get(from..to).unwrap_or_default();
    format!("{}-{}-5{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

/// The domain components of a distinguished name: `DC=abc,DC=example`.
pub(super) fn domain_of(distinguished_name: &str) -> String {
    let parts = distinguished_name.split(',').map(str::trim);
    parts.filter(|part| part.to_ascii_lowercase().starts_with("dc=")).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids() {
        let fresh = identity(None, None, None, None, "DC=abc,DC=example").unwrap();
        assert_eq!(fresh.container_guid.len(), 36);
        assert_eq!(checked(&fresh.container_guid).unwrap(), fresh.container_guid);
        assert_eq!(identity(None, None, None, None, "dc=ABC,dc=example").unwrap(), fresh);
        assert_ne!(identity(None, None, None, None, "DC=xyz").unwrap().container_guid, fresh.container_guid);
        let given =
            identity(None, None, Some("{2E3EACCD-85a0-4abe-84f8-603a49801bb6}"), Some(&fresh), "").unwrap();
        assert_eq!(given.container_guid, "2e3eaccd-85a0-4abe-84f8-603a49801bb6");
        assert!(identity(None, None, Some("x"), None, "").is_err());
        assert_eq!(domain_of("CN=Anna, OU=People, DC=abc,dc=example"), "DC=abc,dc=example");
    }
}
