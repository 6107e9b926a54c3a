//! From a place in an expression to its place in the rule file: what a string's quotes and escapes take up.

use crate::syntax::Span;

/// The octet in the file at which an octet of a string's value stands. `token` is the string with its quotes, `start`
/// where it stands in the file.
pub(crate) fn in_file(token: &str, start: usize, octet: usize) -> usize {
    let (opening, escapes) = if token.starts_with("\"\"\"") {
        (3, true)
    } else if token.starts_with("'''") {
        (3, false)
    } else {
        (1, token.starts_with('"'))
    };
    let body = token.get(opening..).unwrap_or_default();
    // A line break directly behind three quotes is no part of the value.
    let dropped = match opening {
        3 if body.starts_with("\r\n") => 2,
        3 if body.starts_with('\n') => 1,
        _ => 0,
    };
    let body = body.get(dropped..).unwrap_or_default();
    let inner = if escapes { unescaped_place(body, octet) } else { octet };
    start + opening + dropped + inner.min(body.len())
}

/// The same for a range.
pub(crate) fn span_in_file(token: &str, start: usize, span: Span) -> Span {
    Span::new(in_file(token, start, span.start), in_file(token, start, span.end))
}

fn unescaped_place(body: &str, octet: usize) -> usize {
    let mut value_octets = 0;
    let mut characters = body.char_indices();
    while let Some((at, c)) = characters.next() {
        if value_octets >= octet {
            return at;
        }
        if c != '\\' {
            value_octets += c.len_utf8();
            continue;
        }
        match characters.next().map(|(_, escaped)| escaped) {
            Some(kind @ ('u' | 'U' | 'x')) => {
                let digits = match kind {
                    'u' => 4,
                    'U' => 8,
                    _ => 2,
                };
                let digits: String = characters.by_ref().take(digits).map(|(_, digit)| digit).collect();
                let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                value_octets += code.map_or(1, char::len_utf8);
            }
            Some(blank) if blank.is_whitespace() => {
                // A backslash at a line's end swallows the blanks up to the next character.
                let mut rest = characters.clone();
                while rest.next().is_some_and(|(_, c)| c.is_whitespace()) {
                    characters.next();
                }
            }
            _ => value_octets += 1,
        }
    }
    body.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        for (token, octet, expected) in [
            ("'[mail]'", 0, 1),
            ("'[mail]'", 3, 4),
            ("'''\n[mail]'''", 1, 5),
            (r#""a\"b""#, 2, 4),
            (r#""\u00e9b""#, 2, 7),
            ("\"\"\"\na\\\n   b\"\"\"", 1, 5),
            ("'x'", 99, 3),
        ] {
            assert_eq!(in_file(token, 0, octet), expected, "{token} {octet}");
        }
    }
}
