//! One naming context on one server, read from its beginning or from where the last import came to.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use ldap3::Scope;
use ldap3::controls::RawControl;
use madrigal_api::{ConnectorError, ImportRequest};
use madrigal_model::{AttributeName, Timestamp};

use crate::LdapConnector;
use crate::connect;
use crate::connection::{Connection, Search};
use crate::controls::{self, ANCESTORS_FIRST, Continuation, INCREMENTAL_VALUES, OBJECT_SECURITY};
use crate::decode::{Bad, Cut, Decoded, Decoder, Reading, Said};
use crate::failure::{Failure, configuration, lost};
use crate::heard;
use crate::mark::{ANOTHER_SERVER, DomainMark, HEARD, Mark, refused};
use crate::message::RawEntry;
use crate::names::{guid_name, split_range};
use crate::options::{Domain, ImportMethod, Kind};
use crate::server::{Server, control};

use super::walk::Behind;

/// Octets of one page of the DirSync control. Active Directory takes at least a mebibyte and ends a page at a thousand
/// objects anyway.
const DIRSYNC_PAGE: i32 = 16 * 1024 * 1024;
/// The most entries of a page that Active Directory gives (MaxPageSize).
const PAGE: usize = 1_000;
/// Computers are nobody's contacts, and there are as many of them as people. Whatever else an object is, the rules
/// decide: an object that leaves a filter is not reported.
const ALL_BUT_COMPUTERS: &str = "(!(objectClass=computer))";
/// How far behind the last time that was seen the next import begins, in seconds: clocks of servers differ.
const OVERLAP_SECONDS: i64 = 120;

/// What was read.
pub(crate) enum Seen {
    Object(Decoded),
    Bad(Bad),
}

/// How a context is read.
enum Method {
    /// By the DirSync control, from this cookie on.
    DirSync { cookie: Vec<u8> },
    /// By paged searches; the filter says from where on.
    Paged { cookie: Vec<u8>, filter: String, deleted: bool },
}

/// A naming context that is being read.
pub(crate) struct Context {
    connector: LdapConnector,
    urls: Vec<crate::url::ServerUrl>,
    connection: Connection,
    /// For what has to be asked while a search is under way.
    aside: Option<Connection>,
    base: String,
    method: Method,
    reading: Reading,
    attributes: Vec<String>,
    decoder: Decoder,
    /// For entries that are read by themselves.
    whole: Decoder,
    running: bool,
    more: bool,
    /// Entries of the page that is being read.
    on_page: u64,
    is_delta: bool,
    latest: Option<String>,
    reached: DomainMark,
}

impl Context {
    /// Connects and finds out how the context can be read; `before` is how far it was read, for an import of changes;
    /// `elsewhere` how far another server was read before this one took over. Whether this one is behind that.
    pub(crate) async fn open(
        connector: &LdapConnector,
        domain: Option<&Domain>,
        request: &ImportRequest,
        before: Option<DomainMark>,
        elsewhere: Option<&Mark>,
    ) -> Result<(Self, Behind), ConnectorError> {
        let urls = domain.map(|domain| domain.urls.clone()).unwrap_or_default();
        if let Some(before) = &before {
            let all = if urls.is_empty() { &connector.urls } else { &urls };
            connector.chosen.go_on_with(all, &before.url);
        }
        let mut connection = connect::open(connector, &urls).await?;
        let server = Server::read(&mut connection).await?;
        let base = match domain {
            Some(domain) => domain.dn.as_str().to_owned(),
            None => server.main_context().map(str::to_owned).ok_or_else(|| {
                let doing = format!("reading {}", connection.server());
                let reason = "the server names no naming context".to_owned();
                configuration("MDR-D009", doing, reason, "Write domains = [\"DC=…\"]")
            })?,
        };
        let is_delta = before.is_some();
        let name = madrigal_model::DistinguishedName::from_directory(&base).normalized();
        let mut reached = before.clone().unwrap_or_default();
        let identity = server.identity(connection.server());
        let by_dirsync = by_dirsync(connector, &server);
        if let Some(before) = &before {
            if before.name != name {
                return Err(refused("it is one of another naming context"));
            }
            check_server(before, &identity, server.highest_usn.unwrap_or_default())?;
        }
        let mut behind = Behind::No;
        let others = match (&before, elsewhere) {
            (Some(before), _) => before.others(&identity),
            (None, Some(mark)) => mark.of(&name).map(|known| known.others(&identity)).unwrap_or_default(),
            (None, None) => Vec::new(),
        };
        if elsewhere.is_some() || !others.is_empty() {
            behind = match heard::of_all(&mut connection, &base, &others).await {
                // A server that took over a moment ago is believed by the import after this one: it may not have heard
                // of what was written to the one before since that was read last.
                Some(heard) if elsewhere.is_some() || !heard => Behind::Yes,
                None if elsewhere.is_some() => Behind::Unknown,
                _ => return Err(refused(HEARD)),
            };
        }
        if behind == Behind::Yes {
            reached.servers = others;
        }
        let method = method(connector, &identity, before.as_ref(), by_dirsync)?;
        reached.name = name;
        reached.url = connection.server().to_owned();
        reached.note(&identity, server.highest_usn.unwrap_or_default());
        let anchor = connector.anchor;
        let reading = if by_dirsync && is_delta { Reading::Changes } else { Reading::Whole };
        let context = Self {
            attributes: attributes(connector, request, &[anchor]),
            decoder: Decoder::new(anchor, request, by_dirsync),
            whole: Decoder::new(anchor, request, false),
            connector: connector.clone(),
            urls,
            connection,
            aside: None,
            base,
            method,
            reading,
            running: false,
            more: true,
            on_page: 0,
            is_delta,
            latest: reached.time.clone(),
            reached,
        };
        Ok((context, behind))
    }

    /// What comes next; none at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Seen>, ConnectorError> {
        let decoded = loop {
            let Some(message) = self.next_entry().await? else { return Ok(None) };
            match RawEntry::read(&message) {
                // A name without anything: the account may list the object and not read it. The DirSync control leaves
                // such objects out, so they are nobody's here too.
                Ok(raw) if raw.attributes().next().is_none() => {}
                Ok(raw) => break self.decoder.decode(&raw, self.reading),
                Err(error) => return Err(lost(self.doing(), format!("an entry that is none: {error}"))),
            }
        };
        let mut decoded = match decoded {
            Ok(decoded) => decoded,
            Err(bad) => return Ok(Some(Seen::Bad(bad))),
        };
        if let Some(changed) = decoded.changed.take() {
            self.latest = self.latest.take().max(Some(changed));
        }
        if decoded.said == Said::Undeleted {
            return self.read_whole(decoded).await.map(Some);
        }
        let cut = std::mem::take(&mut decoded.cut);
        if !cut.is_empty() {
            self.read_rest(&mut decoded, cut).await?;
        }
        Ok(Some(Seen::Object(decoded)))
    }

    /// How far the context was read; good when it is through.
    pub(crate) fn reached(self) -> DomainMark {
        let mut reached = self.reached;
        reached.cookie = match self.method {
            Method::DirSync { cookie } => Some(cookie),
            Method::Paged { .. } => None,
        };
        // A clock that is ahead would hide every change up to its own time.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap_or(i64::MAX));
        reached.time = self.latest.map(|latest| latest.min(generalized(now)));
        reached
    }

    fn doing(&self) -> String {
        format!("reading {} from {}", self.base, self.connection.server())
    }

    async fn next_entry(&mut self) -> Result<Option<Bytes>, ConnectorError> {
        loop {
            if !self.running {
                if !self.more {
                    return Ok(None);
                }
                let search = self.search();
                self.connection.begin(search).await.map_err(|failure| self.failed(failure))?;
                self.running = true;
                self.on_page = 0;
            }
            let next = self.connection.next().await;
            if let Some(entry) = next.map_err(|failure| self.failed(failure))? {
                self.on_page += 1;
                return Ok(Some(entry));
            }
            self.running = false;
            let controls = self.connection.result().map_err(|failure| self.failed(failure))?;
            self.go_on(&controls)?;
        }
    }

    fn search(&self) -> Search {
        let (filter, controls) = match &self.method {
            Method::DirSync { cookie } => {
                let flags = INCREMENTAL_VALUES | ANCESTORS_FIRST | OBJECT_SECURITY;
                let mut controls = vec![controls::dirsync(flags, DIRSYNC_PAGE, cookie)];
                if self.is_delta {
                    // Values that went are known by the keys of what they named.
                    controls.push(controls::extended_dn());
                }
                (ALL_BUT_COMPUTERS.to_owned(), controls)
            }
            Method::Paged { cookie, filter, deleted } => {
                let mut controls = vec![controls::paged(PAGE, cookie)];
                if *deleted {
                    controls.push(controls::show_deleted());
                }
                (filter.clone(), controls)
            }
        };
        let (base, attributes) = (self.base.clone(), self.attributes.clone());
        Search { base, scope: Scope::Subtree, filter, attributes, controls }
    }

    /// Takes the cookie of the search that has ended.
    fn go_on(&mut self, controls: &[RawControl]) -> Result<(), ConnectorError> {
        let value = |name: &str| {
            controls.iter().find(|control| control.ctype == name).and_then(|control| control.val.as_deref())
        };
        let doing = self.doing();
        let no_control =
            |error: crate::ber::BerError| lost(doing.clone(), format!("a control that is none: {error}"));
        let is_paged = matches!(self.method, Method::Paged { .. });
        let (known, continuation) = match &mut self.method {
            Method::DirSync { cookie } => {
                let value = value(control::DIRSYNC).unwrap_or_default();
                (cookie, controls::read_dirsync(value).map_err(no_control)?)
            }
            Method::Paged { cookie, .. } => match value(control::PAGED) {
                Some(value) => (cookie, controls::read_paged(value).map_err(no_control)?),
                // A server that does not page has said everything.
                None => (cookie, Continuation { more: false, cookie: Vec::new() }),
            },
        };
        // The cookie of a page may stay the same, as long as pages bring something; that of the DirSync control says
        // how far it has come.
        if continuation.more && *known == continuation.cookie && !(is_paged && self.on_page > 0) {
            return Err(lost(doing, "its pages do not come to an end".to_owned()));
        }
        self.more = continuation.more;
        *known = continuation.cookie;
        Ok(())
    }

    fn failed(&self, failure: Failure) -> ConnectorError {
        if let (Failure::Refused(answer), true) = (&failure, self.is_delta)
            && matches!(self.method, Method::DirSync { .. })
            && matches!(answer.code, 1 | 2 | 12 | 53)
        {
            return refused(&format!("the server does not take it ({answer})"));
        }
        failure.into_error(self.doing())
    }

    async fn aside(&mut self) -> Result<&mut Connection, ConnectorError> {
        if self.aside.is_none() {
            self.aside = Some(connect::open(&self.connector, &self.urls).await?);
        }
        self.aside.as_mut().ok_or_else(|| lost("connecting".to_owned(), "no connection".to_owned()))
    }

    /// How an object is named in a search.
    fn place(&self, decoded: &Decoded) -> String {
        match self.connector.kind {
            Kind::ActiveDirectory => guid_name(&decoded.anchor),
            Kind::Other => decoded.dn.as_str().to_owned(),
        }
    }

    /// Reads one object by itself.
    async fn read_whole(&mut self, decoded: Decoded) -> Result<Seen, ConnectorError> {
        let doing = format!("reading {}", decoded.dn);
        let names: Vec<&str> = self.attributes.iter().map(String::as_str).collect();
        let search = Search::of(self.place(&decoded), &names);
        let connection = self.aside().await?;
        let found = connection.one(search).await.map_err(|failure| failure.into_error(doing.clone()))?;
        let Some(message) = found else {
            return Ok(Seen::Object(Decoded { said: Said::Deleted, ..decoded }));
        };
        let raw = RawEntry::read(&message).map_err(|error| lost(doing, error.to_string()))?;
        let mut whole = match self.whole.decode(&raw, Reading::Whole) {
            Ok(whole) => whole,
            Err(bad) => return Ok(Seen::Bad(bad)),
        };
        let cut = std::mem::take(&mut whole.cut);
        self.read_rest(&mut whole, cut).await?;
        Ok(Seen::Object(whole))
    }

    /// Reads the values that the server left out because there are many.
    async fn read_rest(&mut self, decoded: &mut Decoded, cut: Vec<Cut>) -> Result<(), ConnectorError> {
        let place = self.place(decoded);
        let Said::Whole(entry) = &decoded.said else { return Ok(()) };
        let mut builder = entry.edit();
        for Cut { attribute, mut next } in cut {
            let doing = format!("reading the values of {attribute} of {} from {next} on", decoded.dn);
            loop {
                let wanted = format!("{attribute};range={next}-*");
                let search = Search::of(place.clone(), &[&wanted]);
                let found = self.aside().await?.one(search).await;
                let Some(message) = found.map_err(|failure| failure.into_error(doing.clone()))? else {
                    break;
                };
                let raw = RawEntry::read(&message).map_err(|error| lost(doing.clone(), error.to_string()))?;
                let part = raw.attributes().filter_map(Result::ok).find_map(|part| {
                    let (base, range) = split_range(part.name);
                    (AttributeName::known(base) == Some(attribute)).then_some((part, range))
                });
                let Some((part, range)) = part else { break };
                for value in part.values().filter_map(Result::ok) {
                    if let Some(value) = self.whole.value(attribute, value) {
                        builder.add(attribute, value);
                    }
                }
                match range {
                    Some((_, Some(last))) if last >= next => next = last + 1,
                    _ => break,
                }
            }
        }
        decoded.said = Said::Whole(builder.build());
        Ok(())
    }
}

/// Whether a watermark still holds for this server. A cookie that is ahead of a server which was put back to an older
/// state would be answered with nothing, and without an error. It holds only for the server that was read last: another
/// one may bring back nothing that this one had and that one had not.
fn check_server(before: &DomainMark, identity: &[u8], now: u64) -> Result<(), ConnectorError> {
    match before.usn(identity) {
        Some(then) if before.was_read_from(identity) && now < then => {
            Err(refused("it is ahead of the server, which was put back to an older state"))
        }
        Some(_) if before.was_read_from(identity) => Ok(()),
        _ => Err(refused(ANOTHER_SERVER)),
    }
}

fn by_dirsync(connector: &LdapConnector, server: &Server) -> bool {
    match (connector.kind, connector.import) {
        (Kind::ActiveDirectory, ImportMethod::Auto) => server.knows(control::DIRSYNC),
        (_, import) => import == ImportMethod::DirSync,
    }
}

fn method(
    connector: &LdapConnector,
    identity: &[u8],
    before: Option<&DomainMark>,
    by_dirsync: bool,
) -> Result<Method, ConnectorError> {
    if by_dirsync {
        return match before {
            None => Ok(Method::DirSync { cookie: Vec::new() }),
            Some(DomainMark { cookie: Some(cookie), .. }) => Ok(Method::DirSync { cookie: cookie.clone() }),
            Some(_) => Err(refused("it was read by change numbers")),
        };
    }
    let everything = match connector.kind {
        Kind::ActiveDirectory => ALL_BUT_COMPUTERS,
        Kind::Other => "(objectClass=*)",
    };
    let Some(before) = before else {
        let filter = everything.to_owned();
        return Ok(Method::Paged { cookie: Vec::new(), filter, deleted: false });
    };
    let since = match (connector.kind, before.usn(identity), &before.time) {
        (Kind::ActiveDirectory, Some(usn), _) => format!("(uSNChanged>={})", usn.saturating_add(1)),
        (Kind::Other, _, Some(time)) => format!("(modifyTimestamp>={})", a_little_before(time)),
        _ => return Err(refused("it does not say from where to go on")),
    };
    let filter = format!("(&{since}{everything})");
    Ok(Method::Paged { cookie: Vec::new(), filter, deleted: connector.kind == Kind::ActiveDirectory })
}

/// A generalized time some seconds earlier; the time itself where it cannot be understood.
pub(crate) fn a_little_before(time: &str) -> String {
    let number = |from: usize, to: usize| time.get(from..to).and_then(|digits| digits.parse::<u8>().ok());
    let parts = (|| {
        let date = format!("{}-{}-{}", time.get(..4)?, time.get(4..6)?, time.get(6..8)?);
        let clock = format!("T{:02}:{:02}:{:02}Z", number(8, 10)?, number(10, 12)?, number(12, 14)?);
        format!("{date}{clock}").parse::<Timestamp>().ok()
    })();
    parts.map_or_else(|| time.to_owned(), |parsed| generalized(parsed.plus_seconds(-OVERLAP_SECONDS)))
}

/// A time as directories write it, to the second (RFC 4517 section 3.3.13).
fn generalized(time: Timestamp) -> String {
    let digits: String = time.to_string().chars().filter(char::is_ascii_digit).take(14).collect();
    format!("{digits}Z")
}

/// The attributes to ask for: the rules' and the import's own. None: every one, and those that a server keeps.
fn attributes(connector: &LdapConnector, request: &ImportRequest, own: &[AttributeName]) -> Vec<String> {
    let mut names: Vec<String> = request.attributes.iter().map(|name| name.as_str().to_owned()).collect();
    if names.is_empty() {
        names.push("*".to_owned());
    }
    let marks: &[&str] = match connector.kind {
        Kind::ActiveDirectory => &["objectClass", "isDeleted", "name"],
        Kind::Other => &["objectClass", "modifyTimestamp"],
    };
    let own = own.iter().map(|name| name.as_str());
    for name in own.chain(marks.iter().copied()) {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_import_begins_a_little_earlier() {
        let rows = [
            ("20261122000100Z", "20261121235900Z"),
            ("20261122000100.123456Z", "20261121235900Z"),
            ("nonsense", "nonsense"),
        ];
        for (given, expected) in rows {
            assert_eq!(a_little_before(given), expected);
        }
    }
}
