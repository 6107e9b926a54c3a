//! The basic encoding rules, as far as LDAP uses them (RFC 4511 section 5.1), read without a way to fail other than an
//! error: no panic, no recursion that a server could drive, no allocation by a length that it only claims.

/// Octets that are no BER of LDAP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("octet {at}: {reason}")]
pub(crate) struct BerError {
    /// Where, from the beginning of what was read.
    pub at: usize,
    /// What is wrong.
    pub reason: &'static str,
}

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
const CONSTRUCTED: u8 = 0x20;

/// One element: its tag octet and its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub tag: u8,
    pub content: &'a [u8],
}

/// Reads one element after another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    at: usize,
}

/// How an element begins: its tag, and where its content begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub tag: u8,
    pub content: usize,
    pub end: usize,
}

/// The header at the beginning of these octets; none while more octets are needed to tell.
pub(crate) fn header(octets: &[u8]) -> Result<Option<Header>, BerError> {
    let wrong = |reason| BerError { at: 0, reason };
    let [tag, first, rest @ ..] = octets else { return Ok(None) };
    if tag & 0x1f == 0x1f {
        return Err(wrong("a tag of several octets, which LDAP does not have"));
    }
    let (length, content) = match first {
        0..=0x7f => (usize::from(*first), 2),
        0x80 => return Err(wrong("an indefinite length, which LDAP does not allow")),
        long => {
            let count = usize::from(long & 0x7f);
            if count > 8 {
                return Err(wrong("a length of more than eight octets"));
            }
            let Some(octets) = rest.get(..count) else { return Ok(None) };
            let length = octets.iter().fold(0_u64, |length, octet| length << 8 | u64::from(*octet));
            let length = usize::try_from(length).map_err(|_| wrong("a length past all memory"))?;
            (length, 2 + count)
        }
    };
    let end = content.checked_add(length).ok_or_else(|| wrong("a length past all memory"))?;
    Ok(Some(Header { tag: *tag, content, end }))
}

impl<'a> Reader<'a> {
    pub(crate) fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets, at: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    fn wrong<T>(&self, reason: &'static str) -> Result<T, BerError> {
        Err(BerError { at: self.at, reason })
    }

    /// The next element, whatever it is.
    pub(crate) fn element(&mut self) -> Result<Element<'a>, BerError> {
        let Some(header) = header(self.rest).map_err(|error| BerError { at: self.at, ..error })? else {
            return self.wrong("an element begins and does not go on");
        };
        let Some((element, rest)) = self.rest.split_at_checked(header.end) else {
            return self.wrong("an element ends past what holds it");
        };
        let content = element.get(header.content..).unwrap_or_default();
        self.rest = rest;
        self.at += header.end;
        Ok(Element { tag: header.tag, content })
    }

    /// The content of the next element, which must have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<&'a [u8], BerError> {
        let before = *self;
        let element = self.element()?;
        if element.tag != tag {
            return before.wrong("another element than belongs here");
        }
        Ok(element.content)
    }

    /// A reader of the next element's content, which must have this tag.
    pub(crate) fn enter(&mut self, tag: u8) -> Result<Self, BerError> {
        let at = self.at;
        let content = self.expect(tag)?;
        Ok(Self { rest: content, at: at + 2 })
    }

    /// The next integer (or enumerated value).
    pub(crate) fn integer(&mut self, tag: u8) -> Result<i64, BerError> {
        let before = *self;
        let octets = self.expect(tag)?;
        match octets {
            [] => before.wrong("a number without octets"),
            [first, rest @ ..] if octets.len() <= 8 => {
                let start = i64::from(first.cast_signed());
                Ok(rest.iter().fold(start, |number, octet| number << 8 | i64::from(*octet)))
            }
            _ => before.wrong("a number of more than eight octets"),
        }
    }
}

/// Whether every element within is whole and nested at most this deep; told without recursion.
pub(crate) fn check_nesting(octets: &[u8], deepest: usize) -> Result<(), BerError> {
    let mut open: Vec<Reader<'_>> = vec![Reader::new(octets)];
    while let Some(reader) = open.last_mut() {
        if reader.is_empty() {
            open.pop();
            continue;
        }
        let at = reader.at;
        let element = reader.element()?;
        if element.tag & CONSTRUCTED != 0 {
            if open.len() >= deepest {
                return Err(BerError { at, reason: "elements nested deeper than any of LDAP's" });
            }
            open.push(Reader { rest: element.content, at });
        }
    }
    Ok(())
}

/// Puts an element behind what is there.
pub(crate) fn put(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    out.push(tag);
    let length = content.len();
    if length < 0x80 {
        out.push(u8::try_from(length).unwrap_or(0x7f));
    } else {
        let octets = (length as u64).to_be_bytes();
        let skip = octets.iter().take_while(|octet| **octet == 0).count();
        let octets = octets.get(skip..).unwrap_or_default();
        out.push(0x80 | u8::try_from(octets.len()).unwrap_or(8));
        out.extend_from_slice(octets);
    }
    out.extend_from_slice(content);
}

/// Puts a number behind what is there, in as few octets as hold it.
pub(crate) fn put_integer(out: &mut Vec<u8>, number: i64) {
    let octets = number.to_be_bytes();
    let redundant = |pair: &&[u8]| {
        let [first, second] = pair else { return false };
        (*first == 0 && second & 0x80 == 0) || (*first == 0xff && second & 0x80 != 0)
    };
    let skip = octets.windows(2).take_while(redundant).count();
    put(out, INTEGER, octets.get(skip..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_ber_is_an_error() {
        let rows: [(&[u8], &str); 7] = [
            (&[0x30], "octet 0: an element begins and does not go on"),
            (&[0x30, 0x80], "octet 0: an indefinite length, which LDAP does not allow"),
            (&[0x30, 0x05, 0x02], "octet 0: an element ends past what holds it"),
            (&[0x30, 0x88, 255, 255, 255, 255, 255, 255, 255, 255], "octet 0: a length past all memory"),
            (&[0x30, 0x89], "octet 0: a length of more than eight octets"),
            (&[0x1f, 0x81], "octet 0: a tag of several octets, which LDAP does not have"),
            (&[0x02, 0x00, 0x02, 0x05, 0x01], "octet 2: an element ends past what holds it"),
        ];
        for (octets, expected) in rows {
            assert_eq!(check_nesting(octets, 8).unwrap_err().to_string(), expected, "{octets:x?}");
        }
    }

    #[test]
    fn nesting_is_counted_and_not_followed_by_the_stack() {
        let mut octets = Vec::new();
        for _ in 0..100_000 {
            let mut outer = Vec::new();
            put(&mut outer, SEQUENCE, &octets[..octets.len().min(60)]);
            octets = outer;
        }
        let deep = [0x30, 0x02].repeat(20_000);
        assert!(check_nesting(&deep, 16).is_err());
    }

    proptest! {
        #[test]
        fn numbers_are_read_as_they_are_put(number: i64) {
            let mut out = Vec::new();
            put_integer(&mut out, number);
            prop_assert_eq!(Reader::new(&out).integer(INTEGER), Ok(number));
        }

        #[test]
        fn contents_are_read_as_they_are_put(content in prop::collection::vec(any::<u8>(), 0..70_000)) {
            let mut out = Vec::new();
            put(&mut out, OCTET_STRING, &content);
            prop_assert_eq!(Reader::new(&out).expect(OCTET_STRING), Ok(&content[..]));
        }

        #[test]
        fn any_octets_are_taken_without_panic(octets in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = check_nesting(&octets, 8);
            let _ = Reader::new(&octets).integer(INTEGER);
        }
    }
}
