//! Exactly different and the same by the schema: two questions with two names.
//!
//! *Exactly different* decides whether a value is written (`mcdonald` to `McDonald` is a change). *The same* decides
//! identity, set membership and collisions, by the attribute's matching rule.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::schema::{AttributeSchema, MatchingRule};
use crate::{AttributeName, ProxyAddress, Value, ValueRef, Values};

/// Text without regard to case, as a directory's case-ignore match sees it: lower case, blanks at the ends and runs
/// of blanks insignificant (RFC 4518 section 2.6.1).
pub(crate) fn fold(text: &str) -> String {
    let trimmed = text.trim_matches(' ');
    if text.is_ascii() {
        let mut folded = trimmed.to_ascii_lowercase();
        while folded.contains("  ") {
            folded = folded.replace("  ", " ");
        }
        return folded;
    }
    let lower: String = trimmed.nfkc().flat_map(char::to_lowercase).collect();
    lower.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Text as Active Directory collates names: without regard to case and accents. Two objects of one container collide
/// when this is equal.
#[must_use]
pub fn collate(text: &str) -> String {
    if text.is_ascii() {
        return fold(text);
    }
    let bare: String = text.nfkd().filter(|c| !is_combining_mark(*c)).collect();
    let folded: String = bare
        .chars()
        .map(|c| match c {
            'ß' | 'ẞ' => 's',
            'ø' | 'Ø' => 'o',
            'ł' | 'Ł' => 'l',
            'đ' | 'Đ' => 'd',
            'ı' => 'i',
            other => other,
        })
        .collect();
    fold(&folded).replace('æ', "ae").replace('œ', "oe")
}

/// Whether two values of the attribute are the same by its matching rule.
#[must_use]
pub fn values_match(attribute: AttributeName, one: ValueRef<'_>, other: ValueRef<'_>) -> bool {
    if one == other {
        return true;
    }
    let (Some(one), Some(other)) = (one.as_text(), other.as_text()) else {
        return false;
    };
    match AttributeSchema::of(attribute).matching_rule() {
        MatchingRule::Exact => false,
        MatchingRule::CaseIgnore => fold(one) == fold(other),
        MatchingRule::ProxyAddress => ProxyAddress::same_text(one, other),
    }
}

/// Whether the attribute holds the same set of values by its matching rule.
#[must_use]
pub fn same_values(attribute: AttributeName, one: Values<'_>, other: Values<'_>) -> bool {
    let contains =
        |values: Values<'_>, wanted| values.iter().any(|value| values_match(attribute, value, wanted));
    one.len() == other.len()
        && one.iter().all(|value| contains(other, value))
        && other.iter().all(|value| contains(one, value))
}

/// Whether two sets of values are exactly equal; order does not count.
#[must_use]
pub fn exactly_equal(one: &[Value], other: &[Value]) -> bool {
    one.len() == other.len() && one.iter().all(|value| other.contains(value))
}

/// What to add and what to remove to turn one set of values into another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValueSetDifference {
    /// In the new set only.
    pub added: Vec<Value>,
    /// In the old set only.
    pub removed: Vec<Value>,
}

impl ValueSetDifference {
    /// The exact difference from `old` to `new`.
    #[must_use]
    pub fn between(old: &[Value], new: &[Value]) -> Self {
        let missing = |from: &[Value], wanted: &[Value]| -> Vec<Value> {
            from.iter().filter(|value| !wanted.contains(value)).cloned().collect()
        };
        Self { added: missing(new, old), removed: missing(old, new) }
    }

    /// Whether the sets are exactly equal.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_collide_as_active_directory_collates_them() {
        for (one, other, collide) in [
            ("Müller", "Muller", true),
            ("MÜLLER", "müller", true),
            ("Łukasz", "lukasz", true),
            ("Anna  Berg", "anna berg", true),
            ("Ærø", "Aero", true),
            ("Müller", "Mueller", false),
            ("Анна", "анна", true),
            ("Анна", "Инна", false),
        ] {
            assert_eq!(collate(one) == collate(other), collide, "{one} | {other}");
        }
    }

    #[test]
    fn the_same_is_not_exactly_equal() {
        let name = |text: &str| AttributeName::intern(text).unwrap();
        for (attribute, one, other, same) in [
            ("displayName", "mcdonald", "McDonald", true),
            ("displayName", "Ann", "Anne", false),
            ("onPremisesImmutableId", "aGk=", "agk=", false),
            ("proxyAddresses", "SMTP:a@b.c", "smtp:a@b.c", false),
            ("proxyAddresses", "SMTP:a@b.c", "SMTP:A@b.c", true),
            ("proxyAddresses", "X500:/o=A", "x500:/O=a", true),
            ("countryCode", "46", "046", false),
        ] {
            let (one, other) = (Value::text(one), Value::text(other));
            assert_eq!(
                values_match(name(attribute), one.as_ref(), other.as_ref()),
                same,
                "{attribute} {one} {other}"
            );
            assert!(!exactly_equal(&[one], &[other]));
        }
    }
}
