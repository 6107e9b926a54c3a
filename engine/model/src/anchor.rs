//! An object's immutable key, and the pair that names an object of a connector space.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ConnectorId;

/// A directory object's immutable key: the 16 octets of an objectGUID, a Graph id, or the value of the attribute
/// that the connector is configured with.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Anchor(Box<[u8]>);

impl Anchor {
    /// An anchor of these octets.
    #[must_use]
    pub fn new(octets: &[u8]) -> Self {
        Self(octets.into())
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Shown as a GUID where it has 16 octets (the first three groups little-endian, as Active Directory shows an
/// objectGUID), as text where it is plain text, else as `hex:…`. [`FromStr`] reads each of these back.
impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [a, b, c, d, e, g, h, i, rest @ ..] = &*self.0
            && let [j, k, l @ ..] = rest
            && l.len() == 6
        {
            write!(f, "{d:02x}{c:02x}{b:02x}{a:02x}-{g:02x}{e:02x}-{i:02x}{h:02x}-{j:02x}{k:02x}-")?;
            return l.iter().try_for_each(|octet| write!(f, "{octet:02x}"));
        }
        match std::str::from_utf8(&self.0) {
            Ok(text)
                if !text.is_empty()
                    && !text.starts_with("hex:")
                    && text.parse::<GuidOctets>().is_err()
                    && text.chars().all(|c| !c.is_control()) =>
            {
                f.write_str(text)
            }
            _ => {
                f.write_str("hex:")?;
                self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
        }
    }
}

impl fmt::Debug for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Anchor {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(GuidOctets(octets)) = text.parse() {
            return Ok(Self::new(&octets));
        }
        if let Some(octets) = text.strip_prefix("hex:").and_then(from_hex) {
            return Ok(Self(octets.into()));
        }
        Ok(Self::new(text.as_bytes()))
    }
}

/// The octets of `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, in the order in which a directory stores them.
struct GuidOctets([u8; 16]);

impl FromStr for GuidOctets {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let dashes = text.bytes().enumerate().filter(|&(_, b)| b == b'-').map(|(at, _)| at);
        if text.len() != 36 || !dashes.eq([8, 13, 18, 23]) {
            return Err(());
        }
        let mut octets: [u8; 16] = from_hex(&text.replace('-', "")).ok_or(())?.try_into().map_err(|_| ())?;
        let (first, rest) = octets.split_at_mut(4);
        first.reverse();
        let (second, rest) = rest.split_at_mut(2);
        second.reverse();
        let (third, _) = rest.split_at_mut(2);
        third.reverse();
        Ok(Self(octets))
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    text.as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect()
}

impl Serialize for Anchor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Anchor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// One object of one connector space.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectKey {
    /// The directory.
    pub connector: ConnectorId,
    /// The object's key there.
    pub anchor: Anchor,
}

impl ObjectKey {
    /// The object with this anchor in this connector's space.
    #[must_use]
    pub fn new(connector: ConnectorId, anchor: Anchor) -> Self {
        Self { connector, anchor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_read_as_it_is_shown() {
        let rows: [(&[u8], &str); 5] = [
            (
                &[
                    0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee,
                    0xff,
                ],
                "00112233-4455-6677-8899-aabbccddeeff",
            ),
            (b"anna", "anna"),
            (b"", "hex:"),
            (&[0xff, 0x00], "hex:ff00"),
            (b"hex:00", "hex:6865783a3030"),
        ];
        for (octets, shown) in rows {
            let anchor = Anchor::new(octets);
            assert_eq!(anchor.to_string(), shown);
            assert_eq!(shown.parse::<Anchor>().unwrap(), anchor);
        }
    }
}
