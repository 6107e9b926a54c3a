//! Distinguished names: parsed, written and compared by their rules (RFC 4514, RFC 4512 section 2.3).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::compare::fold;

/// A distinguished name, kept as it was written together with nothing else: parse it when its parts are needed.
///
/// Two names are equal when each part is equal without regard to case, however each was escaped and in whatever
/// order the parts of a multi-valued RDN stand: see [`DistinguishedName::normalized`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub struct DistinguishedName {
    text: Box<str>,
}

/// One step of a distinguished name: usually one pair of type and value, sometimes several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rdn {
    /// The pairs as they were written, unescaped.
    pub parts: Vec<(String, String)>,
}

/// Text that is no distinguished name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("distinguished name {text:?}, character {at}: {reason}")]
pub struct DnError {
    /// The text as it was given.
    pub text: String,
    /// Where reading failed, counted in characters from 1.
    pub at: usize,
    /// What is wrong there.
    pub reason: &'static str,
}

impl DistinguishedName {
    /// A name from text, checked.
    ///
    /// # Errors
    /// [`DnError`] where the text breaks RFC 4514's grammar (blanks around `,`, `=` and `+` are taken, as LDAP version
    /// 2 wrote them).
    pub fn parse(text: &str) -> Result<Self, DnError> {
        Parser::new(text).name()?;
        Ok(Self { text: text.trim().into() })
    }

    /// A name from text that a directory sent: kept as it is, whether or not it parses.
    #[must_use]
    pub fn from_directory(text: &str) -> Self {
        Self { text: text.into() }
    }

    /// The name as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The steps, the object's own first; none where the text does not parse.
    #[must_use]
    pub fn rdns(&self) -> Vec<Rdn> {
        Parser::new(&self.text).name().unwrap_or_default()
    }

    /// The name in the one form that all its spellings share: folded, escaped alike, parts of an RDN in order.
    /// Text that does not parse is folded as a whole.
    #[must_use]
    pub fn normalized(&self) -> String {
        // Nearly all names of a directory are plain: no escape, one part a step, no blanks round the signs.
        let plain = !self.text.bytes().any(|b| matches!(b, b'\\' | b'"' | b'+' | b'#' | b';'))
            && !self.text.contains(", ")
            && !self.text.contains(" ,")
            && !self.text.contains("= ")
            && !self.text.contains(" =")
            && self.text.contains('=');
        if plain {
            return fold(&self.text);
        }
        match Parser::new(&self.text).name() {
            Ok(rdns) => rdns.iter().map(Rdn::normalized).collect::<Vec<_>>().join(","),
            Err(_) => fold(&self.text),
        }
    }

    /// Whether two spellings name the same object.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.text == other.text || self.normalized() == other.normalized()
    }

    /// The name of the object above, where there is one.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let end = Parser::new(&self.text).end_of_first_rdn()?;
        let rest = self.text.get(end + 1..)?.trim_start();
        (!rest.is_empty()).then(|| Self { text: rest.into() })
    }

    /// The object's own step as it was written, escapes included.
    #[must_use]
    pub fn rdn_text(&self) -> &str {
        let end = Parser::new(&self.text).end_of_first_rdn().unwrap_or(self.text.len());
        self.text.get(..end).unwrap_or(&self.text)
    }

    /// The unescaped value of the object's own step (its first part's).
    #[must_use]
    pub fn rdn_value(&self) -> Option<String> {
        self.rdns().into_iter().next()?.parts.into_iter().next().map(|(_, value)| value)
    }

    /// Whether the object lies below this container, at any depth, or is it.
    #[must_use]
    pub fn is_within(&self, container: &Self) -> bool {
        let own = self.normalized();
        let container = container.normalized();
        own.strip_suffix(&container).is_some_and(|above| above.is_empty() || above.ends_with(','))
    }

    /// The name that this object has once the container `old` above it is called `new`; none where it lies elsewhere.
    #[must_use]
    pub fn moved_along(&self, old: &Self, new: &Self) -> Option<Self> {
        let mut steps: Vec<&str> = Vec::new();
        let (target, mut at) = (old.normalized(), self.clone());
        let mut start = 0;
        while at.normalized() != target {
            let parent = at.parent()?;
            let length = at.rdn_text().len();
            steps.push(self.text.get(start..start + length)?);
            start = self.text.len().checked_sub(parent.text.len())?;
            at = parent;
        }
        (!steps.is_empty()).then(|| Self { text: format!("{},{}", steps.join(","), new.text).into() })
    }

    /// The name of a child of this object.
    #[must_use]
    pub fn child(&self, attribute: &str, value: &str) -> Self {
        Self { text: format!("{attribute}={},{}", escape_value(value), self.text).into() }
    }

    /// The `DC` parts joined with dots: the DNS name of the domain that the object lies in.
    #[must_use]
    pub fn domain(&self) -> Option<String> {
        let parts: Vec<String> = self
            .rdns()
            .into_iter()
            .flat_map(|rdn| rdn.parts)
            .filter(|(attribute, _)| attribute.eq_ignore_ascii_case("DC"))
            .map(|(_, value)| value)
            .collect();
        (!parts.is_empty()).then(|| parts.join("."))
    }
}

impl Rdn {
    fn normalized(&self) -> String {
        let mut parts: Vec<String> = self
            .parts
            .iter()
            .map(|(attribute, value)| format!("{}={}", fold(attribute), escape_value(&fold(value))))
            .collect();
        parts.sort_unstable();
        parts.join("+")
    }
}

/// A value as it stands in a distinguished name (RFC 4514 section 2.4): special characters, leading `#` and blank and
/// trailing blank behind a backslash, control characters as hex pairs.
fn escape_value(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len() + 8);
    let last = value.chars().count().saturating_sub(1);
    for (at, c) in value.chars().enumerate() {
        match c {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' | '=' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '#' if at == 0 => escaped.push_str("\\#"),
            ' ' if at == 0 || at == last => escaped.push_str("\\ "),
            c if c.is_control() => {
                let mut octets = [0; 4];
                for octet in c.encode_utf8(&mut octets).bytes() {
                    escaped.push_str(&format!("\\{octet:02X}"));
                }
            }
            c => escaped.push(c),
        }
    }
    escaped
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn blanks(&mut self) {
        while self.peek() == Some(' ') {
            self.at += 1;
        }
    }

    fn error<T>(&self, reason: &'static str) -> Result<T, DnError> {
        let before = self.text.get(..self.at).unwrap_or(self.text);
        Err(DnError { text: self.text.to_owned(), at: before.chars().count() + 1, reason })
    }

    fn name(&mut self) -> Result<Vec<Rdn>, DnError> {
        let mut rdns = Vec::new();
        self.blanks();
        if self.peek().is_none() {
            return Ok(rdns);
        }
        loop {
            rdns.push(self.rdn()?);
            match self.bump() {
                None => return Ok(rdns),
                Some(',' | ';') => self.blanks(),
                Some(_) => return self.error("expected a comma"),
            }
        }
    }

    fn rdn(&mut self) -> Result<Rdn, DnError> {
        let mut parts = Vec::new();
        loop {
            let attribute = self.attribute()?;
            let value = self.value()?;
            parts.push((attribute, value));
            if self.peek() != Some('+') {
                return Ok(Rdn { parts });
            }
            self.bump();
            self.blanks();
        }
    }

    fn attribute(&mut self) -> Result<String, DnError> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')) {
            self.at += 1;
        }
        let attribute = self.text.get(start..self.at).unwrap_or_default();
        let attribute = attribute.strip_prefix("OID.").unwrap_or(attribute).to_owned();
        self.blanks();
        if attribute.is_empty() {
            return self.error("expected an attribute's name");
        }
        if self.bump() != Some('=') {
            return self.error("expected '=' after the attribute's name");
        }
        self.blanks();
        Ok(attribute)
    }

    fn value(&mut self) -> Result<String, DnError> {
        if self.peek() == Some('#') {
            return self.hex_value();
        }
        if self.peek() == Some('"') {
            return self.quoted_value();
        }
        let mut octets = Vec::new();
        let mut kept = 0;
        loop {
            match self.peek() {
                None | Some(',' | ';' | '+') => break,
                Some('\\') => {
                    self.bump();
                    self.escape(&mut octets)?;
                    kept = octets.len();
                }
                Some('"' | '<' | '>') => return self.error("this character must stand behind a backslash"),
                Some(c) => {
                    self.bump();
                    octets.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                    if c != ' ' {
                        kept = octets.len();
                    }
                }
            }
        }
        octets.truncate(kept);
        self.utf8(octets)
    }

    fn quoted_value(&mut self) -> Result<String, DnError> {
        self.bump();
        let mut octets = Vec::new();
        loop {
            match self.bump() {
                None => return self.error("the quotation mark is never closed"),
                Some('"') => break,
                Some('\\') => self.escape(&mut octets)?,
                Some(c) => octets.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        self.blanks();
        self.utf8(octets)
    }

    /// `#` and the BER encoding of the value in hex: a string type's content is the value, anything else stays hex.
    fn hex_value(&mut self) -> Result<String, DnError> {
        let start = self.at;
        self.bump();
        let mut octets = Vec::new();
        while self.peek().is_some_and(|c| c.is_ascii_hexdigit()) {
            octets.push(self.hex_pair()?);
        }
        self.blanks();
        if let [0x04 | 0x0c | 0x13 | 0x16, length, content @ ..] = octets.as_slice()
            && usize::from(*length) == content.len()
            && *length < 0x80
            && let Ok(text) = std::str::from_utf8(content)
        {
            return Ok(text.to_owned());
        }
        if octets.is_empty() {
            return self.error("expected hex digits after '#'");
        }
        Ok(self.text.get(start..self.at).unwrap_or_default().trim_end().to_ascii_lowercase())
    }

    fn escape(&mut self, octets: &mut Vec<u8>) -> Result<(), DnError> {
        match self.peek() {
            Some(c) if c.is_ascii_hexdigit() => octets.push(self.hex_pair()?),
            Some(c) if !c.is_ascii_alphanumeric() => {
                self.bump();
                octets.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            _ => return self.error("expected two hex digits or a special character after the backslash"),
        }
        Ok(())
    }

    fn hex_pair(&mut self) -> Result<u8, DnError> {
        let pair = self.text.get(self.at..self.at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match pair {
            Some(octet) => {
                self.at += 2;
                Ok(octet)
            }
            None => self.error("expected two hex digits"),
        }
    }

    fn utf8(&self, octets: Vec<u8>) -> Result<String, DnError> {
        String::from_utf8(octets).or_else(|_| self.error("the hex pairs before here are no UTF-8"))
    }

    /// Where the first step ends: the octet of its comma, or the text's end. None where the text does not parse.
    fn end_of_first_rdn(&mut self) -> Option<usize> {
        self.blanks();
        self.rdn().ok()?;
        Some(self.at)
    }
}

impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl From<String> for DistinguishedName {
    fn from(text: String) -> Self {
        Self { text: text.into() }
    }
}

impl From<DistinguishedName> for String {
    fn from(dn: DistinguishedName) -> Self {
        dn.text.into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dn(text: &str) -> DistinguishedName {
        DistinguishedName::parse(text).unwrap()
    }

    #[test]
    fn spellings_of_one_name() {
        let rows = [
            ("CN=Anna,DC=abc", "cn=anna,dc=ABC"),
            ("CN=Anna, DC=abc", "CN=Anna,DC=abc"),
            ("CN = Anna ,DC=abc", "CN=Anna,DC=abc"),
            (r"CN=Hill\, Jed,DC=abc", r#"CN="Hill, Jed",DC=abc"#),
            (r"CN=Hill\, Jed,DC=abc", r"CN=Hill\2C Jed,DC=abc"),
            (r"CN=L\C3\B6we,DC=abc", "CN=Löwe,DC=abc"),
            ("CN=a+OU=b,DC=abc", "OU=B+CN=A,DC=abc"),
            ("CN=#0C0141,DC=abc", "CN=A,DC=abc"),
            (r"CN=a\3Bb,DC=abc", r"CN=a\;b,DC=abc"),
            ("CN=a;DC=abc", "CN=a,DC=abc"),
            // Blanks at the ends are insignificant to the matching rule (RFC 4518 section 2.6.1).
            (r"CN=\ a,DC=b", "CN=a,DC=b"),
        ];
        for (one, other) in rows {
            assert!(
                dn(one).same_as(&dn(other)),
                "{one} | {other}: {} {}",
                dn(one).normalized(),
                dn(other).normalized()
            );
        }
    }

    #[test]
    fn names_that_differ() {
        for (one, other) in [
            ("CN=Anna,DC=abc", "CN=Anna,DC=xyz"),
            (r"CN=a\,DC=b", "CN=a,DC=b"),
            ("CN=Löwe,DC=abc", "CN=Lowe,DC=abc"),
        ] {
            assert!(!dn(one).same_as(&dn(other)), "{one} | {other}");
        }
    }

    #[test]
    fn text_that_is_no_name_says_where() {
        for (text, at) in [
            ("Anna", 5),
            ("CN=Anna,", 9),
            (r"CN=a\zz", 6),
            (r#"CN="a"#, 6),
            ("CN=a<b", 5),
            ("CN=#zz", 5),
            (r"CN=\ff", 7),
        ] {
            assert_eq!(DistinguishedName::parse(text).unwrap_err().at, at, "{text}");
        }
    }

    #[test]
    fn parts_of_a_name() {
        let name = dn(r"CN=Hill\, Jed,OU=Sales,DC=abc,DC=example");
        assert_eq!(name.parent().unwrap().as_str(), "OU=Sales,DC=abc,DC=example");
        assert_eq!(name.rdn_text(), r"CN=Hill\, Jed");
        assert_eq!(name.rdn_value().unwrap(), "Hill, Jed");
        assert_eq!(name.domain().unwrap(), "abc.example");
        assert!(name.is_within(&dn("dc=ABC,dc=example")));
        assert!(!name.is_within(&dn("DC=bc,DC=example")));
        assert!(!dn("OU=XSales,DC=abc").is_within(&dn("OU=Sales,DC=abc")));
        assert_eq!(dn("DC=example").parent(), None);
        assert_eq!(dn("OU=Sales,DC=abc").child("CN", " #a,b ").as_str(), r"CN=\ #a\,b\ ,OU=Sales,DC=abc");
    }

    proptest! {
        #[test]
        fn a_value_survives_escaping(value in "\\PC{1,20}|[ ,+\"\\\\<>;=#\u{0}\n]{1,6}") {
            let name = dn("DC=abc").child("CN", &value);
            let parsed = DistinguishedName::parse(name.as_str());
            prop_assert!(parsed.is_ok(), "{:?}", parsed);
            prop_assert_eq!(name.rdn_value().unwrap(), value);
            let parent = name.parent().unwrap();
            prop_assert_eq!(parent.as_str(), "DC=abc");
        }

        #[test]
        fn any_text_is_a_name_or_an_error(text in "\\PC{0,30}|[ ,+\"\\\\<>;=#A-C0-9]{0,20}") {
            let _ = DistinguishedName::parse(&text);
            let name = DistinguishedName::from_directory(&text);
            let _ = (name.normalized(), name.parent(), name.rdn_text().len(), name.is_within(&name));
        }
    }
}
