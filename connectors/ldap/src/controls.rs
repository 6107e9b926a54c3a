//! The values of the controls that we send and read, coded totally: DirSync (MS-ADTS section 3.1.1.3.4.1.3), paged
//! results (RFC 2696), the extended form of names.

use ldap3::controls::RawControl;

use crate::ber::{self, BerError, INTEGER, OCTET_STRING, Reader, SEQUENCE};
use crate::server::control;

/// DirSync: only what the reader may see, without the right to replicate.
pub(crate) const OBJECT_SECURITY: u32 = 0x1;
/// DirSync: containers before what they hold.
pub(crate) const ANCESTORS_FIRST: u32 = 0x800;
/// DirSync: of linked attributes only the values that came or went.
pub(crate) const INCREMENTAL_VALUES: u32 = 0x8000_0000;

/// What a server answers to a control with a cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Continuation {
    /// Whether there is more to read.
    pub more: bool,
    /// Where to go on.
    pub cookie: Vec<u8>,
}

/// The request for what changed since the cookie; an empty one for everything. A page has at most so many octets.
pub(crate) fn dirsync(flags: u32, octets: i32, cookie: &[u8]) -> RawControl {
    let mut parts = Vec::with_capacity(cookie.len() + 24);
    // The flags are a signed number of 32 bits, so that the highest one makes it negative.
    ber::put_integer(&mut parts, i64::from(flags.cast_signed()));
    ber::put_integer(&mut parts, i64::from(octets));
    ber::put(&mut parts, OCTET_STRING, cookie);
    raw(control::DIRSYNC, &parts)
}

/// The answer to [`dirsync`]: more to come or not, a number that says nothing, the cookie.
///
/// # Errors
/// [`BerError`] for octets that are no such answer.
pub(crate) fn read_dirsync(value: &[u8]) -> Result<Continuation, BerError> {
    let mut answer = Reader::new(value).enter(SEQUENCE)?;
    let more = answer.integer(INTEGER)? != 0;
    answer.integer(INTEGER)?;
    Ok(Continuation { more, cookie: answer.expect(OCTET_STRING)?.to_vec() })
}

/// The request for a page of so many entries.
pub(crate) fn paged(entries: usize, cookie: &[u8]) -> RawControl {
    let mut parts = Vec::with_capacity(cookie.len() + 16);
    ber::put_integer(&mut parts, i64::try_from(entries).unwrap_or(i64::from(i32::MAX)));
    ber::put(&mut parts, OCTET_STRING, cookie);
    raw(control::PAGED, &parts)
}

/// The answer to [`paged`]: a guess of the size, and the cookie, which is empty behind the last page.
///
/// # Errors
/// [`BerError`] for octets that are no such answer.
pub(crate) fn read_paged(value: &[u8]) -> Result<Continuation, BerError> {
    let mut answer = Reader::new(value).enter(SEQUENCE)?;
    answer.integer(INTEGER)?;
    let cookie = answer.expect(OCTET_STRING)?.to_vec();
    Ok(Continuation { more: !cookie.is_empty(), cookie })
}

/// Names with the GUID of what they name (in hexadecimal).
pub(crate) fn extended_dn() -> RawControl {
    let mut parts = Vec::new();
    ber::put_integer(&mut parts, 0);
    raw(control::EXTENDED_DN, &parts)
}

/// Tombstones too.
pub(crate) fn show_deleted() -> RawControl {
    RawControl { ctype: control::SHOW_DELETED.to_owned(), crit: true, val: None }
}

fn raw(name: &str, parts: &[u8]) -> RawControl {
    let mut value = Vec::with_capacity(parts.len() + 6);
    ber::put(&mut value, SEQUENCE, parts);
    RawControl { ctype: name.to_owned(), crit: true, val: Some(value) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_dirsync_request_is_what_windows_sends() {
        let control = dirsync(INCREMENTAL_VALUES | OBJECT_SECURITY, 1000, b"abc");
        let expected =
            [0x30, 0x0f, 0x02, 0x04, 0x80, 0, 0, 1, 0x02, 0x02, 0x03, 0xe8, 0x04, 3, b'a', b'b', b'c'];
        assert_eq!(control.val.as_deref(), Some(&expected[..]));
        assert!(control.crit);
    }

    #[test]
    fn answers_are_read() {
        let rows: [(&[u8], &str); 5] = [
            (&[0x30, 0x09, 2, 1, 1, 2, 1, 0, 4, 1, 9], "more true, cookie [9]"),
            (&[0x30, 0x08, 2, 1, 0, 2, 1, 0, 4, 0], "more false, cookie []"),
            (&[0x30, 0x03, 2, 1, 0], "octet 5: an element begins and does not go on"),
            (&[0x30, 0x84], "octet 0: an element begins and does not go on"),
            (&[], "octet 0: an element begins and does not go on"),
        ];
        for (octets, expected) in rows {
            let shown = match read_dirsync(octets) {
                Ok(Continuation { more, cookie }) => format!("more {more}, cookie {cookie:?}"),
                Err(error) => error.to_string(),
            };
            assert_eq!(shown, expected, "{octets:x?}");
        }
    }

    proptest! {
        #[test]
        fn any_octets_are_taken_without_panic(octets in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = read_dirsync(&octets);
            let _ = read_paged(&octets);
        }
    }
}
