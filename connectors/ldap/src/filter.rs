//! Whether an object is one that a filter takes (RFC 4515), for the filters that Exchange keeps with its address lists.

/// How deep a filter may nest.
const DEEPEST: usize = 32;

/// The attributes of an object, by their names in small letters; one without values has some that are not known.
pub(crate) type Sample<'a> = [(&'a str, &'a [&'a str])];

/// Whether the filter takes the object; none where the filter is not one that can be told here. What an object does not
/// have is equal to nothing, and `!` turns that round, as in Active Directory (MS-ADTS section 3.1.1.3.1.3).
pub(crate) fn takes(filter: &str, object: &Sample<'_>) -> Option<bool> {
    let mut rest = filter.trim();
    let taken = part(&mut rest, object, 0)?;
    rest.trim().is_empty().then_some(taken)
}

/// One filter in its brackets, from the beginning of what is left.
fn part(rest: &mut &str, object: &Sample<'_>, depth: usize) -> Option<bool> {
    if depth > DEEPEST {
        return None;
    }
    *rest = rest.trim_start().strip_prefix('(')?.trim_start();
    let kind = rest.chars().next()?;
    let taken = match kind {
        '&' | '|' => {
            *rest = rest.strip_prefix(kind)?;
            let mut taken = kind == '&';
            while !rest.trim_start().starts_with(')') {
                let one = part(rest, object, depth + 1)?;
                taken = if kind == '&' { taken && one } else { taken || one };
            }
            taken
        }
        '!' => {
            *rest = rest.strip_prefix('!')?;
            !part(rest, object, depth + 1)?
        }
        _ => {
            let (text, _) = rest.split_once(')')?;
            *rest = rest.get(text.len()..)?;
            item(text, object)?
        }
    };
    *rest = rest.trim_start().strip_prefix(')')?;
    Some(taken)
}

/// `attribute=value` or `attribute=*`. Comparisons of order and by rules are asked of attributes that no contact has.
fn item(text: &str, object: &Sample<'_>) -> Option<bool> {
    let (name, wanted) = text.split_once('=')?;
    let (name, is_ordered) = match name.trim().strip_suffix(['<', '>', '~']) {
        Some(name) => (name, true),
        None => (name.trim(), false),
    };
    let (name, by_rule) = match name.split_once(':') {
        Some((name, _)) => (name, true),
        None => (name, false),
    };
    let known = object.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.trim()));
    let Some((_, values)) = known else { return Some(false) };
    let wanted = wanted.trim();
    if wanted == "*" && !is_ordered && !by_rule {
        return Some(true);
    }
    if is_ordered || by_rule || values.is_empty() || wanted.contains(['*', '\\']) {
        return None;
    }
    // A category is written by its class's name, or by the name of its class's object.
    let wanted = wanted
        .get(..3)
        .filter(|start| start.eq_ignore_ascii_case("cn="))
        .map_or(wanted, |_| wanted.get(3..).unwrap_or_default().split(',').next().unwrap_or_default());
    Some(values.iter().any(|value| value.eq_ignore_ascii_case(wanted)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CONTACT: &Sample<'_> = &[
        ("objectclass", &["top", "person", "organizationalPerson", "contact"]),
        ("objectcategory", &["person"]),
        ("mailnickname", &[]),
    ];

    #[test]
    fn filters_of_address_lists_are_told() {
        let rows = [
            ("(mailNickname=*)", Some(true)),
            ("(mailNickname=anna)", None),
            ("(company=ABC)", Some(false)),
            ("(!(company=ABC))", Some(true)),
            ("(&)", Some(true)),
            ("(|)", Some(false)),
            ("(& (mailnickname=*) (| (&(objectCategory=person)(objectClass=contact)) ))", Some(true)),
            ("(objectCategory=CN=Person,CN=Schema,CN=Configuration,DC=x)", Some(true)),
            (
                "(&(mailNickname=*)(|(&(objectCategory=person)(objectClass=user)(!(homeMDB=*))(!(msExchHomeServerName=*)))(objectCategory=group)))",
                Some(false),
            ),
            ("(&(!(!objectClass=user))(objectClass=contact))", None),
            (
                "(&(mailNickname=*)(|(msExchRecipientDisplayType=7)(msExchRecipientDisplayType=-2147481850)))",
                Some(false),
            ),
            ("(userAccountControl:1.2.840.113556.1.4.803:=2)", Some(false)),
            ("(mailNickname>=a)", None),
            ("(mailNickname=a*)", None),
            ("mailNickname=*", None),
            ("(mailNickname=*", None),
            ("(mailNickname=*))", None),
            ("", None),
        ];
        for (filter, expected) in rows {
            assert_eq!(takes(filter, CONTACT), expected, "{filter}");
        }
        assert_eq!(takes(&"(&".repeat(100_000), CONTACT), None);
    }

    proptest! {
        #[test]
        fn any_text_is_taken_without_panic(filter in "[()&|!=*:<>a-c ]{0,40}") {
            let _ = takes(&filter, CONTACT);
        }
    }
}
