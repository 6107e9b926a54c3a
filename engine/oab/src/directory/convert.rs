//! Attribute values to property values, by the property's type.

use crate::property::{PropertyType, Value};

/// Converts an attribute's values; the text says what is wrong with one that does not fit.
pub(super) fn convert(kind: PropertyType, values: &[Vec<u8>]) -> Result<Option<Value>, String> {
    let Some(first) = values.first() else { return Ok(None) };
    let value = match kind {
        PropertyType::Integer => Value::Integer(integer(first)?),
        PropertyType::Boolean => Value::Boolean(boolean(first)?),
        PropertyType::String8 | PropertyType::String => Value::Text(text(first)?.to_owned()),
        PropertyType::Binary => Value::Binary(first.clone()),
        PropertyType::Integers => Value::Integers(each(values, integer)?),
        PropertyType::Strings8 | PropertyType::Strings => Value::Texts(texts(values)?),
        PropertyType::Binaries => {
            let mut values: Vec<_> = values.iter().filter(|value| !value.is_empty()).cloned().collect();
            values.sort();
            Value::Binaries(values)
        }
        // Only its existence counts.
        PropertyType::Object => Value::Boolean(true),
    };
    Ok((!value.is_empty()).then_some(value))
}

fn each<T>(values: &[Vec<u8>], one: impl Fn(&[u8]) -> Result<T, String>) -> Result<Vec<T>, String> {
    values.iter().map(|value| one(value)).collect()
}

/// Texts that differ in case only are one value (MS-OXOAB 2.9.6); sorted, so that equal sets give
/// equal bytes.
fn texts(values: &[Vec<u8>]) -> Result<Vec<String>, String> {
    let mut texts = each(values, |value| text(value).map(str::to_owned))?;
    texts.retain(|text| !text.is_empty());
    texts.sort();
    let mut kept: Vec<String> = Vec::with_capacity(texts.len());
    for text in texts {
        if !kept.iter().any(|earlier| same_text(earlier, &text)) {
            kept.push(text);
        }
    }
    Ok(kept)
}

/// The same but for case. Nearly all addresses are ASCII, for which nothing has to be built.
fn same_text(one: &str, other: &str) -> bool {
    if one.is_ascii() && other.is_ascii() {
        return one.eq_ignore_ascii_case(other);
    }
    one.to_lowercase() == other.to_lowercase()
}

fn text(value: &[u8]) -> Result<&str, String> {
    match std::str::from_utf8(value) {
        Ok(text) if text.contains('\0') => Err("the text holds a zero character".to_owned()),
        Ok(text) => Ok(text.trim()),
        Err(_) => Err("the text is not UTF-8".to_owned()),
    }
}

/// Directories write signed integers; a book holds the same 32 bits without a sign.
fn integer(value: &[u8]) -> Result<u32, String> {
    let text = text(value)?;
    let number: i64 = text.parse().map_err(|_| format!("\"{text}\" is no integer"))?;
    match (u32::try_from(number), i32::try_from(number)) {
        (Ok(number), _) => Ok(number),
        (_, Ok(number)) => Ok(number as u32),
        _ => Err(format!("{number} does not fit 32 bits")),
    }
}

fn boolean(value: &[u8]) -> Result<bool, String> {
    let text = text(value)?;
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(format!("\"{text}\" is neither TRUE nor FALSE")),
    }
}
