//! What a target accepts: the lengths and characters of the preparation limits for mail recipients.
//!
//! Sources: Microsoft's "Prepare for directory synchronization to Microsoft 365" and IdFix (targetAddress and
//! proxyAddresses at most 256 characters, no blanks or `< > ( ) ; , [ ] "` in SMTP addresses; mailNickname at most 64,
//! no leading period; displayName at most 256), and the ranges of Active Directory's schema.

use madrigal_model::{AttributeName, AttributeSchema, Problem, ProxyAddress, Value};

use crate::codes::{self, Subject};
use crate::names;

const LARGEST_ADDRESS: usize = 256;
const LARGEST_NICKNAME: usize = 64;
const LARGEST_DISPLAY_NAME: usize = 256;

/// The values, if the target can hold them.
///
/// # Errors
/// A problem that names the first value that breaks a limit: the attribute then stays as it is, nothing is cut.
pub(crate) fn check(
    attribute: AttributeName,
    values: Vec<Value>,
    subject: &Subject<'_>,
) -> Result<Vec<Value>, Box<Problem>> {
    let schema = AttributeSchema::of(attribute);
    let refuse = |message: String| {
        Box::new(subject.problem(
            codes::VALUE_NOT_ALLOWED,
            Some(attribute),
            message,
            "Correct the value at its source, or shape it with an expression.",
        ))
    };
    if schema.single_valued && values.len() > 1 {
        return Err(refuse(format!("{attribute} holds one value and the rules give {}.", values.len())));
    }
    for value in &values {
        if let Some(reason) = broken_limit(attribute, &schema, value) {
            return Err(refuse(format!("{attribute} {}: {reason}.", shortened(value))));
        }
    }
    Ok(values)
}

fn broken_limit(attribute: AttributeName, schema: &AttributeSchema, value: &Value) -> Option<String> {
    let length = match value {
        Value::Text(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Large(_, length) => *length as usize,
        Value::Reference(_) => return None,
    };
    let text = value.as_text().unwrap_or_default();
    if text.contains('\0') {
        return Some("a NUL character is not allowed".to_owned());
    }
    let largest = match attribute {
        attribute if attribute == *names::MAIL_NICKNAME => Some(LARGEST_NICKNAME),
        attribute if attribute == *names::TARGET_ADDRESS => Some(LARGEST_ADDRESS),
        attribute if attribute == *crate::names::DISPLAY_NAME => Some(LARGEST_DISPLAY_NAME),
        _ => schema.max_length.map(|length| length as usize),
    };
    if let Some(largest) = largest.filter(|largest| length > *largest) {
        return Some(format!("{length} characters, at most {largest} are allowed"));
    }
    if attribute == *names::MAIL_NICKNAME {
        return nickname(text);
    }
    if attribute == *names::TARGET_ADDRESS || attribute == *names::PROXY_ADDRESSES {
        return match ProxyAddress::parse(text) {
            Err(error) => Some(error.reason.to_owned()),
            Ok(address) if address.is_smtp() => smtp(&address),
            Ok(_) => None,
        };
    }
    None
}

fn nickname(text: &str) -> Option<String> {
    if text.starts_with('.') || text.ends_with('.') {
        return Some("a period at the beginning or the end is not allowed".to_owned());
    }
    text.chars()
        .find(|c| c.is_whitespace() || "@<>()[];,:\\\"".contains(*c))
        .map(|c| format!("{c:?} is not allowed"))
}

fn smtp(address: &ProxyAddress) -> Option<String> {
    let address = address.address();
    if address.chars().count() > LARGEST_ADDRESS {
        return Some(format!("more than {LARGEST_ADDRESS} characters"));
    }
    if let Some(c) = address.chars().find(|c| c.is_whitespace() || "<>();,[]\"".contains(*c)) {
        return Some(format!("{c:?} is not allowed in an address"));
    }
    (!address.contains('@')).then(|| "there is no @".to_owned())
}

fn shortened(value: &Value) -> String {
    let text = value.to_string();
    let head: String = text.chars().take(60).collect();
    if head.len() < text.len() { format!("\"{head}…\"") } else { format!("\"{head}\"") }
}
