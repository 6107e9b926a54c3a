//! How far an import has come: for each naming context the cookie of the DirSync control, and for each server that was
//! used the number of its last change. Written in BER, so that one total reader is enough.

use madrigal_api::ConnectorError;
use madrigal_model::Watermark;

use crate::ber::{self, BerError, INTEGER, OCTET_STRING, Reader, SEQUENCE};

/// The layout that is written. A mark of another layout is refused, and everything is read.
const VERSION: i64 = 2;

/// How far an import has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// For each naming context, in the order of reading.
    pub domains: Vec<DomainMark>,
    /// A walk that is under way: its number, and how many of its pages were given.
    pub walk: Option<(u64, u64)>,
}

/// How far one naming context was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DomainMark {
    /// The naming context, folded.
    pub name: String,
    /// The DirSync cookie; none for an import by change numbers.
    pub cookie: Option<Vec<u8>>,
    /// The time up to which a server without change numbers was read.
    pub time: Option<String>,
    /// The address that it was read from.
    pub url: String,
    /// For each server (as [`crate::server::Server::identity`] tells them apart) the last change that was there when it
    /// was read. The one that was read last stands last; before it stand those of whom it may not have heard everything.
    pub servers: Vec<(Vec<u8>, u64)>,
}

impl DomainMark {
    /// The last change that was seen on this server.
    pub(crate) fn usn(&self, identity: &[u8]) -> Option<u64> {
        self.servers.iter().find(|(known, _)| known == identity).map(|(_, usn)| *usn)
    }

    /// Whether it is the server that was read last.
    pub(crate) fn was_read_from(&self, identity: &[u8]) -> bool {
        self.servers.last().is_some_and(|(known, _)| known == identity)
    }

    /// The servers of whom this one may not have heard everything, with what there was to hear.
    pub(crate) fn others(&self, identity: &[u8]) -> Vec<(Vec<u8>, u64)> {
        self.servers.iter().filter(|(known, _)| known != identity).cloned().collect()
    }

    /// Notes how far this server has come.
    pub(crate) fn note(&mut self, identity: &[u8], usn: u64) {
        self.servers.retain(|(known, _)| known != identity);
        self.servers.push((identity.to_vec(), usn));
    }
}

impl Mark {
    /// How far this naming context was read.
    pub(crate) fn of(&self, name: &str) -> Option<&DomainMark> {
        self.domains.iter().find(|known| known.name == name)
    }

    pub(crate) fn to_watermark(&self, read_with: u64) -> Watermark {
        let number = |number: u64| number.cast_signed();
        let mut parts = Vec::new();
        ber::put_integer(&mut parts, VERSION);
        let (walk, page) = self.walk.unwrap_or_default();
        ber::put_integer(&mut parts, number(walk));
        ber::put_integer(&mut parts, number(page));
        for domain in &self.domains {
            let mut inner = Vec::new();
            ber::put(&mut inner, OCTET_STRING, domain.name.as_bytes());
            put_optional(&mut inner, domain.cookie.as_deref());
            put_optional(&mut inner, domain.time.as_deref().map(str::as_bytes));
            ber::put(&mut inner, OCTET_STRING, domain.url.as_bytes());
            for (identity, usn) in &domain.servers {
                ber::put(&mut inner, OCTET_STRING, identity);
                ber::put_integer(&mut inner, number(*usn));
            }
            ber::put(&mut parts, SEQUENCE, &inner);
        }
        let mut mark = Vec::new();
        ber::put(&mut mark, SEQUENCE, &parts);
        Watermark { mark, read_with }
    }

    pub(crate) fn from_watermark(watermark: &Watermark) -> Result<Self, ConnectorError> {
        Self::read(&watermark.mark).map_err(|_| refused("it was written by another version"))
    }

    fn read(octets: &[u8]) -> Result<Self, BerError> {
        let mut parts = Reader::new(octets).enter(SEQUENCE)?;
        let wrong = BerError { at: 0, reason: "another layout" };
        if parts.integer(INTEGER)? != VERSION {
            return Err(wrong);
        }
        let walk = parts.integer(INTEGER)?.cast_unsigned();
        let page = parts.integer(INTEGER)?.cast_unsigned();
        let mut domains = Vec::new();
        while !parts.is_empty() {
            let mut inner = parts.enter(SEQUENCE)?;
            let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).map_err(|_| wrong);
            let name = text(inner.expect(OCTET_STRING)?)?;
            let cookie = optional(&mut inner)?.map(<[u8]>::to_vec);
            let time = optional(&mut inner)?.map(text).transpose()?;
            let url = text(inner.expect(OCTET_STRING)?)?;
            let mut servers = Vec::new();
            while !inner.is_empty() {
                let identity = inner.expect(OCTET_STRING)?.to_vec();
                servers.push((identity, inner.integer(INTEGER)?.cast_unsigned()));
            }
            domains.push(DomainMark { name, cookie, time, url, servers });
        }
        Ok(Self { domains, walk: (walk != 0).then_some((walk, page)) })
    }
}

fn put_optional(out: &mut Vec<u8>, value: Option<&[u8]>) {
    let mut inner = Vec::new();
    if let Some(value) = value {
        ber::put(&mut inner, OCTET_STRING, value);
    }
    ber::put(out, SEQUENCE, &inner);
}

fn optional<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a [u8]>, BerError> {
    let mut inner = reader.enter(SEQUENCE)?;
    if inner.is_empty() { Ok(None) } else { inner.expect(OCTET_STRING).map(Some) }
}

/// Why a watermark is refused at a server that it does not know. Such a one may not have heard yet of what another
/// has told, so what it does not show is not taken for deleted at once.
pub(crate) const ANOTHER_SERVER: &str = "it comes from another server, or this one was restored";

/// Why the watermark of a server that took over is refused: now what it shows can be believed.
pub(crate) const HEARD: &str = "the server has heard by now of what another one told before";

/// The watermark does not hold.
pub(crate) fn refused(reason: &str) -> ConnectorError {
    ConnectorError::WatermarkRefused { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn octets() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(any::<u8>(), 0..200)
    }

    prop_compose! {
        fn domain()(
            name in "[a-z=,]{0,20}",
            cookie in prop::option::of(octets()),
            time in prop::option::of("[0-9.]{1,16}Z"),
            url in "[a-z:/.]{0,20}",
            servers in prop::collection::vec((octets(), any::<u64>()), 0..3),
        ) -> DomainMark {
            DomainMark { name, cookie, time, url, servers }
        }
    }

    proptest! {
        #[test]
        fn a_mark_is_read_as_it_is_written(
            domains in prop::collection::vec(domain(), 0..4),
            walk in prop::option::of((1..u64::MAX, any::<u64>())),
        ) {
            let mark = Mark { domains, walk };
            prop_assert_eq!(Mark::from_watermark(&mark.to_watermark(7)).unwrap(), mark);
        }

        #[test]
        fn any_octets_are_taken_without_panic(octets in octets()) {
            let _ = Mark::read(&octets);
        }
    }
}
