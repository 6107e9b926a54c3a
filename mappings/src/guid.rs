//! GUIDs as text and as the octets that Active Directory stores: the first three groups with the lowest octet first.

const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

/// `00112233-4455-6677-8899-aabbccddeeff`
pub(crate) fn guid_text(octets: [u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (at, place) in ORDER.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{:02x}", octets.get(*place).copied().unwrap_or(0)));
    }
    text
}

/// The octets of a GUID that is written with or without braces.
pub(crate) fn guid_octets(text: &str) -> Option<[u8; 16]> {
    let text = text.trim();
    let bare = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    let groups: Vec<&str> = bare.split('-').collect();
    if groups.iter().map(|group| group.len()).collect::<Vec<_>>() != [8, 4, 4, 4, 12] {
        return None;
    }
    let number = u128::from_str_radix(&groups.concat(), 16).ok()?;
    let written = number.to_be_bytes();
    Some(ORDER.map(|place| written.get(place).copied().unwrap_or(0)))
}
