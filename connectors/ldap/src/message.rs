//! What a server may send (RFC 4511 section 4), checked before the client library sees an octet of it: it panics on
//! what this refuses. Entries are taken out here, so that they are decoded once, in place.

use crate::ber::{
    self, BOOLEAN, BerError, ENUMERATED, Element, INTEGER, OCTET_STRING, Reader, SEQUENCE, SET,
};

/// How deep a reply nests at most. A search result with controls has six levels.
const DEEPEST: usize = 12;

const CONTROLS: u8 = 0xa0;
const SEARCH_RESULT_ENTRY: u8 = 0x64;
const SEARCH_RESULT_DONE: u8 = 0x65;
const SEARCH_RESULT_REFERENCE: u8 = 0x73;
const EXTENDED_RESPONSE: u8 = 0x78;
const INTERMEDIATE_RESPONSE: u8 = 0x79;
/// Bind, search done, modify, add, delete, modify DN, compare, extended.
const RESULTS: [u8; 8] = [0x61, SEARCH_RESULT_DONE, 0x67, 0x69, 0x6b, 0x6d, 0x6f, EXTENDED_RESPONSE];
const SEARCH_REQUEST: u8 = 0x63;

/// A whole message that keeps the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// An entry of the search with this number.
    Entry(i32),
    /// A referral to elsewhere within a search; not followed.
    Reference(i32),
    /// The result of an operation.
    Result(i32),
    /// The server says goodbye, with its reason.
    Disconnection(String),
    /// Something that nobody asked for; passed over.
    Other,
}

/// Looks at one whole message.
pub(crate) fn inspect(octets: &[u8], is_search: impl Fn(i32) -> bool) -> Result<Message, BerError> {
    ber::check_nesting(octets, DEEPEST)?;
    let mut message = Reader::new(octets).enter(SEQUENCE)?;
    let id = message.integer(INTEGER)?;
    let id = i32::try_from(id).map_err(|_| wrong("a message number past its range"))?;
    let operation = message.element()?;
    if id == 0 {
        return Ok(match operation.tag {
            EXTENDED_RESPONSE => Message::Disconnection(result_text(operation.content).unwrap_or_default()),
            _ => Message::Other,
        });
    }
    if !message.is_empty() {
        check_controls(message.enter(CONTROLS)?)?;
        if !message.is_empty() {
            return Err(wrong("something stands behind the controls"));
        }
    }
    match operation.tag {
        SEARCH_RESULT_ENTRY => Ok(Message::Entry(id)),
        SEARCH_RESULT_REFERENCE => Ok(Message::Reference(id)),
        INTERMEDIATE_RESPONSE => Ok(Message::Other),
        tag if RESULTS.contains(&tag) => {
            if is_search(id) != (tag == SEARCH_RESULT_DONE) {
                return Err(wrong("a result of another operation than was asked for"));
            }
            check_result(operation.content)?;
            Ok(Message::Result(id))
        }
        _ => Err(wrong("an operation that no server sends")),
    }
}

/// The number of the search that this request begins, where it is one. What is read here we wrote ourselves.
pub(crate) fn search_begun(octets: &[u8]) -> Option<i32> {
    let mut message = Reader::new(octets).enter(SEQUENCE).ok()?;
    let id = i32::try_from(message.integer(INTEGER).ok()?).ok()?;
    (message.element().ok()?.tag == SEARCH_REQUEST).then_some(id)
}

fn wrong(reason: &'static str) -> BerError {
    BerError { at: 0, reason }
}

fn text<'a>(reader: &mut Reader<'a>) -> Result<&'a str, BerError> {
    std::str::from_utf8(reader.expect(OCTET_STRING)?).map_err(|_| wrong("a text that is no UTF-8"))
}

/// Result code, matched DN, diagnostic message; behind them what the operation adds.
fn check_result(content: &[u8]) -> Result<(), BerError> {
    let mut result = Reader::new(content);
    let code = result.integer(ENUMERATED)?;
    if !(0..=0x7fff_ffff).contains(&code) {
        return Err(wrong("a result code out of range"));
    }
    text(&mut result)?;
    text(&mut result)?;
    while !result.is_empty() {
        let element = result.element()?;
        match element.tag {
            // Referrals: a list of texts.
            0xa3 => {
                let mut referrals = Reader::new(element.content);
                while !referrals.is_empty() {
                    text(&mut referrals)?;
                }
            }
            // Server's SASL credentials, name and value of an extended response.
            0x87 | 0x8b => {}
            0x8a => {
                std::str::from_utf8(element.content).map_err(|_| wrong("a name that is no UTF-8"))?;
            }
            _ => return Err(wrong("a result with a part that no result has")),
        }
    }
    Ok(())
}

fn result_text(content: &[u8]) -> Option<String> {
    let mut result = Reader::new(content);
    result.integer(ENUMERATED).ok()?;
    result.expect(OCTET_STRING).ok()?;
    Some(String::from_utf8_lossy(result.expect(OCTET_STRING).ok()?).into_owned())
}

fn check_controls(mut controls: Reader<'_>) -> Result<(), BerError> {
    while !controls.is_empty() {
        let mut control = controls.enter(SEQUENCE)?;
        text(&mut control)?;
        if control.is_empty() {
            continue;
        }
        let mut next = control.element()?;
        if next.tag == BOOLEAN {
            if next.content.len() != 1 {
                return Err(wrong("a truth value of another length than one octet"));
            }
            if control.is_empty() {
                continue;
            }
            next = control.element()?;
        }
        if next.tag != OCTET_STRING || !control.is_empty() {
            return Err(wrong("a control with a part that no control has"));
        }
    }
    Ok(())
}

/// An entry as the server sent it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawEntry<'a> {
    pub dn: &'a [u8],
    attributes: Reader<'a>,
}

/// One attribute of an entry; the values may be none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawAttribute<'a> {
    pub name: &'a str,
    values: Reader<'a>,
}

impl<'a> RawEntry<'a> {
    /// The entry of a whole message.
    pub(crate) fn read(octets: &'a [u8]) -> Result<Self, BerError> {
        let mut message = Reader::new(octets).enter(SEQUENCE)?;
        message.integer(INTEGER)?;
        let mut entry = message.enter(SEARCH_RESULT_ENTRY)?;
        let dn = entry.expect(OCTET_STRING)?;
        Ok(Self { dn, attributes: entry.enter(SEQUENCE)? })
    }

    /// Its attributes in the server's order.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = Result<RawAttribute<'a>, BerError>> + use<'a> {
        let mut rest = Some(self.attributes);
        std::iter::from_fn(move || {
            let mut reader = rest.take().filter(|reader| !reader.is_empty())?;
            let read = |reader: &mut Reader<'a>| {
                let mut attribute = reader.enter(SEQUENCE)?;
                let name = text(&mut attribute)?;
                Ok(RawAttribute { name, values: attribute.enter(SET)? })
            };
            let attribute = read(&mut reader);
            // After an error nothing more can be told.
            rest = attribute.is_ok().then_some(reader);
            Some(attribute)
        })
    }

    /// The values of an attribute, by its name without regard to case.
    pub(crate) fn values(&self, name: &str) -> Option<Vec<&'a [u8]>> {
        let attribute =
            self.attributes().filter_map(Result::ok).find(|one| one.name.eq_ignore_ascii_case(name));
        attribute.map(|attribute| attribute.values().filter_map(Result::ok).collect())
    }

    /// An attribute's first value as text.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.values(name)?.first().and_then(|value| std::str::from_utf8(value).ok())
    }
}

impl<'a> RawAttribute<'a> {
    /// Its values.
    pub(crate) fn values(&self) -> impl Iterator<Item = Result<&'a [u8], BerError>> + use<'a> {
        let mut rest = self.values;
        let mut failed = false;
        std::iter::from_fn(move || {
            if failed || rest.is_empty() {
                return None;
            }
            let value = rest.element().and_then(|element| match element {
                Element { tag: OCTET_STRING, content } => Ok(content),
                _ => Err(wrong("a value that is no octet string")),
            });
            failed = value.is_err();
            Some(value)
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ber::{put, put_integer};

    pub(crate) fn sequence(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, tag, &parts.concat());
        out
    }

    pub(crate) fn octets(content: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, OCTET_STRING, content);
        out
    }

    pub(crate) fn number(number: i64) -> Vec<u8> {
        let mut out = Vec::new();
        put_integer(&mut out, number);
        out
    }

    fn enumerated(value: u8) -> Vec<u8> {
        vec![ENUMERATED, 1, value]
    }

    fn message(id: i64, parts: &[Vec<u8>]) -> Vec<u8> {
        sequence(SEQUENCE, &[vec![number(id)], parts.to_vec()].concat())
    }

    fn result(tag: u8) -> Vec<u8> {
        sequence(tag, &[enumerated(0), octets(b""), octets(b"")])
    }

    #[test]
    fn replies_are_told_apart_and_bad_ones_refused() {
        let check = |octets: &[u8], search: bool| match inspect(octets, |_| search) {
            Ok(message) => format!("{message:?}"),
            Err(error) => error.reason.to_owned(),
        };
        let entry = sequence(0x64, &[octets(b"dc=x"), sequence(SEQUENCE, &[])]);
        let controls = |inner: Vec<u8>| sequence(CONTROLS, &[sequence(SEQUENCE, &[inner])]);
        let rows: Vec<(&str, Vec<u8>, bool, &str)> = vec![
            ("an entry", message(7, &[entry]), true, "Entry(7)"),
            ("a search's end", message(7, &[result(0x65)]), true, "Result(7)"),
            ("an add's result", message(9, &[result(0x69)]), false, "Result(9)"),
            (
                "an add's result for a search",
                message(9, &[result(0x69)]),
                true,
                "a result of another operation than was asked for",
            ),
            (
                "a search's end for an add",
                message(9, &[result(0x65)]),
                false,
                "a result of another operation than was asked for",
            ),
            ("goodbye", message(0, &[result(0x78)]), false, "Disconnection(\"\")"),
            (
                "goodbye as Active Directory says it",
                message(0, &[result(0x78), sequence(0x8a, &[b"1.3.6.1.4.1.1466.20036".to_vec()])]),
                false,
                "Disconnection(\"\")",
            ),
            ("no operation", message(7, &[]), false, "an element begins and does not go on"),
            ("no number", sequence(SEQUENCE, &[]), false, "an element begins and does not go on"),
            ("a request", message(7, &[result(0x63)]), false, "an operation that no server sends"),
            (
                "a result without parts",
                message(7, &[sequence(0x65, &[])]),
                true,
                "an element begins and does not go on",
            ),
            (
                "a control without a name",
                message(7, &[result(0x65), sequence(CONTROLS, &[sequence(SEQUENCE, &[])])]),
                true,
                "an element begins and does not go on",
            ),
            (
                "a control whose name is no text",
                message(7, &[result(0x65), controls(octets(&[0xff]))]),
                true,
                "a text that is no UTF-8",
            ),
            (
                "a control with an empty truth value",
                message(7, &[result(0x65), controls([octets(b"1.2"), vec![BOOLEAN, 0]].concat())]),
                true,
                "a truth value of another length than one octet",
            ),
            (
                "controls that are none",
                message(7, &[result(0x65), octets(b"")]),
                true,
                "another element than belongs here",
            ),
        ];
        for (what, octets, search, expected) in rows {
            assert_eq!(check(&octets, search), expected, "{what}");
        }
    }

    #[test]
    fn an_entry_is_read_in_place() {
        let attribute = |name: &str, values: &[&[u8]]| {
            let values: Vec<Vec<u8>> = values.iter().map(|value| octets(value)).collect();
            sequence(SEQUENCE, &[octets(name.as_bytes()), sequence(SET, &values)])
        };
        let attributes = [attribute("cn", &[b"Anna"]), attribute("mail", &[]), attribute("x", &[b"1", b"2"])];
        let entry = sequence(0x64, &[octets(b"CN=Anna"), sequence(SEQUENCE, &attributes)]);
        let message = message(3, &[entry]);
        let entry = RawEntry::read(&message).unwrap();
        assert_eq!(entry.dn, b"CN=Anna");
        assert_eq!(entry.text("CN"), Some("Anna"));
        assert_eq!(entry.values("mail"), Some(vec![]));
        assert_eq!(entry.values("x").map(|values| values.len()), Some(2));
        assert_eq!(entry.values("nothing"), None);
    }

    proptest! {
        #[test]
        fn any_octets_are_taken_without_panic(octets in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = inspect(&octets, |id| id % 2 == 0);
            if let Ok(entry) = RawEntry::read(&octets) {
                entry.attributes().for_each(|attribute| {
                    let _ = attribute.map(|attribute| attribute.values().count());
                });
            }
        }
    }
}
