//! Values as a book holds them, and their bytes (MS-OXOAB 2.9.6).

use serde::{Serialize, Serializer};

use super::PropertyType;
use crate::OabError;
use crate::bytes::Cursor;

/// A property's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// An integer of 32 bits.
    Integer(u32),
    /// True or false.
    Boolean(bool),
    /// Text.
    Text(String),
    /// Bytes; hexadecimal in JSON.
    Binary(#[serde(serialize_with = "hexadecimal")] Vec<u8>),
    /// Several integers.
    Integers(Vec<u32>),
    /// Several texts.
    Texts(Vec<String>),
    /// Several byte strings; hexadecimal in JSON.
    Binaries(#[serde(serialize_with = "hexadecimals")] Vec<Vec<u8>>),
}

impl Value {
    /// True for what a book expresses by absence: no text, no bytes, no values.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Integer(_) | Self::Boolean(_) => false,
            Self::Text(text) => text.is_empty(),
            Self::Binary(bytes) => bytes.is_empty(),
            Self::Integers(values) => values.is_empty(),
            Self::Texts(values) => values.is_empty(),
            Self::Binaries(values) => values.is_empty(),
        }
    }

    /// Appends the value's bytes. Texts end at their first zero character, the format has no other.
    pub(crate) fn encode(&self, one_byte: bool, out: &mut Vec<u8>) {
        match self {
            Self::Integer(value) => put_integer(out, *value),
            Self::Boolean(value) => out.push(u8::from(*value)),
            Self::Text(text) => put_text(out, text, one_byte),
            Self::Binary(bytes) => put_binary(out, bytes),
            Self::Integers(values) => {
                put_integer(out, values.len() as u32);
                values.iter().for_each(|&value| put_integer(out, value));
            }
            Self::Texts(values) => {
                put_integer(out, values.len() as u32);
                values.iter().for_each(|value| put_text(out, value, one_byte));
            }
            Self::Binaries(values) => {
                put_integer(out, values.len() as u32);
                values.iter().for_each(|value| put_binary(out, value));
            }
        }
    }

    /// Reads a value of the given type.
    pub(crate) fn decode(kind: PropertyType, cursor: &mut Cursor<'_>) -> Result<Self, OabError> {
        Ok(match kind {
            PropertyType::Integer => Self::Integer(integer(cursor)?),
            PropertyType::Boolean => match cursor.u8()? {
                0 => Self::Boolean(false),
                1 => Self::Boolean(true),
                other => return Err(cursor.malformed(format!("{other} is neither true nor false"))),
            },
            PropertyType::String8 | PropertyType::String => Self::Text(text(cursor)?),
            PropertyType::Binary => Self::Binary(binary(cursor)?),
            PropertyType::Integers => Self::Integers(several(cursor, integer)?),
            PropertyType::Strings8 | PropertyType::Strings => Self::Texts(several(cursor, text)?),
            PropertyType::Binaries => Self::Binaries(several(cursor, binary)?),
            PropertyType::Object => return Err(cursor.malformed("a table cannot be in a record")),
        })
    }
}

/// Appends an integer in its shortest form.
pub(crate) fn put_integer(out: &mut Vec<u8>, value: u32) {
    match value {
        0..=0x7F => out.push(value as u8),
        _ => {
            let count = 4 - value.leading_zeros() as usize / 8;
            out.push(0x80 | count as u8);
            out.extend(value.to_le_bytes().iter().take(count));
        }
    }
}

fn put_text(out: &mut Vec<u8>, text: &str, one_byte: bool) {
    let text = text.split('\0').next().unwrap_or_default();
    if one_byte && !text.is_ascii() {
        out.extend(text.chars().map(|character| if character.is_ascii() { character as u8 } else { b'?' }));
    } else {
        out.extend_from_slice(text.as_bytes());
    }
    out.push(0);
}

fn put_binary(out: &mut Vec<u8>, bytes: &[u8]) {
    put_integer(out, bytes.len() as u32);
    out.extend_from_slice(bytes);
}

fn integer(cursor: &mut Cursor<'_>) -> Result<u32, OabError> {
    let first = cursor.u8()?;
    match first {
        0..=0x7F => Ok(u32::from(first)),
        0x81..=0x84 => {
            let bytes = cursor.take(usize::from(first & 0x7F))?;
            Ok(bytes.iter().rev().fold(0, |sum, &byte| (sum << 8) | u32::from(byte)))
        }
        _ => Err(cursor.malformed(format!("0x{first:02X} starts no integer"))),
    }
}

/// Text is UTF-8 in both types; bytes that are not are taken as Latin-1, so that nothing is lost.
fn text(cursor: &mut Cursor<'_>) -> Result<String, OabError> {
    let bytes = cursor.zero_terminated()?;
    Ok(match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    })
}

fn binary(cursor: &mut Cursor<'_>) -> Result<Vec<u8>, OabError> {
    let length = integer(cursor)?;
    Ok(cursor.take(length as usize)?.to_vec())
}

fn several<T>(
    cursor: &mut Cursor<'_>,
    one: impl Fn(&mut Cursor<'_>) -> Result<T, OabError>,
) -> Result<Vec<T>, OabError> {
    let count = integer(cursor)?;
    // Each value takes a byte at least; a count that is not true ends here, before memory is taken.
    if count as usize > cursor.left() {
        return Err(cursor.malformed(format!("{count} values do not fit the record")));
    }
    (0..count).map(|_| one(cursor)).collect()
}

fn to_hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hexadecimal<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&to_hexadecimal(bytes))
}

fn hexadecimals<S: Serializer>(values: &[Vec<u8>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(|bytes| to_hexadecimal(bytes)))
}

impl std::fmt::Display for Value {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Integer(value) => write!(formatter, "{value}"),
            Self::Boolean(value) => write!(formatter, "{value}"),
            Self::Text(text) => formatter.write_str(text),
            Self::Binary(bytes) => formatter.write_str(&to_hexadecimal(bytes)),
            Self::Integers(values) => join(formatter, values.iter()),
            Self::Texts(values) => join(formatter, values.iter()),
            Self::Binaries(values) => join(formatter, values.iter().map(|bytes| to_hexadecimal(bytes))),
        }
    }
}

fn join<T: std::fmt::Display>(
    formatter: &mut std::fmt::Formatter<'_>,
    values: impl Iterator<Item = T>,
) -> std::fmt::Result {
    for (index, value) in values.enumerate() {
        let separator = if index == 0 { "" } else { "; " };
        write!(formatter, "{separator}{value}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_their_bytes() {
        use PropertyType as Type;
        let text = |s: &str| Value::Text(s.to_owned());
        for (kind, value, bytes) in [
            (Type::Integer, Value::Integer(0x7F), b"\x7f".to_vec()),
            (Type::Integer, Value::Integer(0x80), b"\x81\x80".to_vec()),
            (Type::Integer, Value::Integer(0x100), b"\x82\x00\x01".to_vec()),
            (Type::Integer, Value::Integer(0x1_0000), b"\x83\x00\x00\x01".to_vec()),
            (Type::Integer, Value::Integer(0x8000_0006), b"\x84\x06\x00\x00\x80".to_vec()),
            (Type::Boolean, Value::Boolean(true), b"\x01".to_vec()),
            (Type::String, text("Zo\u{eb} \u{1f600}"), b"Zo\xc3\xab \xf0\x9f\x98\x80\x00".to_vec()),
            (Type::String8, text("/o=C"), b"/o=C\x00".to_vec()),
            (Type::Binary, Value::Binary(vec![0, 255]), b"\x02\x00\xff".to_vec()),
            (Type::Integers, Value::Integers(vec![1, 200]), b"\x02\x01\x81\xc8".to_vec()),
            (Type::Strings, Value::Texts(vec!["a".into(), "b".into()]), b"\x02a\0b\0".to_vec()),
            (Type::Binaries, Value::Binaries(vec![vec![], vec![7]]), b"\x02\x00\x01\x07".to_vec()),
        ] {
            let mut encoded = Vec::new();
            value.encode(kind == Type::String8, &mut encoded);
            assert_eq!(encoded, bytes, "{value:?}");
            assert_eq!(Value::decode(kind, &mut Cursor::new(&bytes, "a value")), Ok(value));
            for end in 0..bytes.len() {
                assert!(Value::decode(kind, &mut Cursor::new(&bytes[..end], "a value")).is_err());
            }
        }
    }

    #[test]
    fn a_count_is_not_believed() {
        let mut cursor = Cursor::new(b"\x84\xff\xff\xff\xff", "a value");
        assert!(Value::decode(PropertyType::Strings, &mut cursor).is_err());
    }
}
