//! From an address to a connection that is bound: TCP, TLS or StartTLS, simple bind, the next server where one is down.

use std::time::Duration;

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings};
use madrigal_api::ConnectorError;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use crate::ber::{self, INTEGER, OCTET_STRING, Reader, SEQUENCE};
use crate::connection::Connection;
use crate::failure::{Answer, configuration, lost, unreachable};
use crate::guard::{self, Ending, Entries};
use crate::options::{Bind, LdapConnector};
use crate::tls;
use crate::url::ServerUrl;

/// The name of the StartTLS operation (RFC 4511 section 4.14).
const START_TLS: &str = "1.3.6.1.4.1.1466.20037";
/// The largest reply to StartTLS that is waited for, in octets.
const LARGEST_FIRST_REPLY: usize = 4096;

/// A bound connection to one of these servers: the one that was used last, else the first that answers.
///
/// # Errors
/// MDR-D001 to MDR-D004 and MDR-D009: those of the server that was tried first.
pub(crate) async fn open(
    connector: &LdapConnector,
    urls: &[ServerUrl],
) -> Result<Connection, ConnectorError> {
    let urls = if urls.is_empty() { &connector.urls } else { urls };
    let mut failed = None;
    for url in &connector.chosen.order(urls) {
        match open_one(connector, url).await {
            Ok(connection) => {
                connector.chosen.set(urls, url);
                return Ok(connection);
            }
            // A password that one server refuses is not tried on the others: it would lock the account sooner.
            Err(error @ ConnectorError::Configuration { .. }) => return Err(error),
            Err(error) => {
                let (connector, code) = (&connector.name, error.code());
                tracing::warn!(connector, server = %url, code, %error, "the server cannot be used");
                failed.get_or_insert(error);
            }
        }
    }
    Err(failed.unwrap_or_else(|| {
        let doing = format!("connecting {}", connector.name);
        configuration("MDR-D009", doing, "no server is named".to_owned(), "Write url = \"ldaps://…\"")
    }))
}

async fn open_one(connector: &LdapConnector, url: &ServerUrl) -> Result<Connection, ConnectorError> {
    let limit = connector.pace.timeout;
    let doing = || format!("connecting to {url}");
    let remedy = "See that the name is right, the server is up and no firewall is between";
    let stream = timeout(limit, TcpStream::connect((url.host.as_str(), url.port))).await;
    let mut stream = stream
        .map_err(|_| too_long(limit))
        .and_then(|connected| connected)
        .map_err(|error| unreachable("MDR-D001", doing(), error.to_string(), remedy, Some(error)))?;
    // Requests are small and waited for.
    let _ = stream.set_nodelay(true);
    let largest = connector.pace.largest_message;
    let ca_file = connector.ca_file.as_deref();
    let secured = async {
        if !url.tls && !connector.insecure {
            start_tls(&mut stream, url).await?;
        }
        if url.tls || !connector.insecure {
            let mut stream = tls::begin(stream, &url.host, ca_file).await?;
            if let Some(Bind::Kerberos { host }) = &connector.bind {
                by_kerberos(&mut stream, host.as_deref().unwrap_or(&url.host)).await?;
            }
            join(stream, largest, url)
        } else if let Some(Bind::Kerberos { .. }) = &connector.bind {
            let reason = "Kerberos is used over TLS alone".to_owned();
            Err(configuration("MDR-D009", doing(), reason, "Take `insecure` out"))
        } else {
            join(stream, largest, url)
        }
    };
    let slow =
        |_| unreachable("MDR-D001", doing(), too_long(limit).to_string(), remedy, Some(too_long(limit)));
    let (ldap, entries, ending) = timeout(limit, secured).await.map_err(slow)??;
    let mut connection = Connection::new(ldap, entries, ending, url.to_string(), limit);
    bind(connector, &mut connection).await?;
    Ok(connection)
}

fn too_long(limit: Duration) -> std::io::Error {
    let text = format!("no answer within {} s", limit.as_secs());
    std::io::Error::new(std::io::ErrorKind::TimedOut, text)
}

/// Asks the server to go on in TLS. It is asked and answered before the client library is there.
async fn start_tls(stream: &mut TcpStream, url: &ServerUrl) -> Result<(), ConnectorError> {
    let doing = || format!("beginning TLS with {url}");
    let remedy = "Use ldaps://, or give the server a certificate";
    let failed =
        |error: std::io::Error| unreachable("MDR-D002", doing(), error.to_string(), remedy, Some(error));
    let refuse = |reason: String| unreachable("MDR-D002", doing(), reason, remedy, None::<std::io::Error>);
    let (mut name, mut operation, mut request) = (Vec::new(), Vec::new(), Vec::new());
    ber::put(&mut name, 0x80, START_TLS.as_bytes());
    ber::put_integer(&mut operation, 1);
    ber::put(&mut operation, 0x77, &name);
    ber::put(&mut request, SEQUENCE, &operation);
    stream.write_all(&request).await.map_err(failed)?;
    let mut reply = Vec::new();
    loop {
        let header = ber::header(&reply).map_err(|error| refuse(error.to_string()))?;
        match header {
            Some(header) if header.end == reply.len() => break,
            // What follows the reply would be plain text that pretends to be TLS.
            Some(header) if header.end < reply.len() => {
                return Err(refuse("the server sent more than its answer".to_owned()));
            }
            _ if reply.len() >= LARGEST_FIRST_REPLY => {
                return Err(refuse("the answer is longer than any".to_owned()));
            }
            _ => {}
        }
        let mut octets = [0; 512];
        let read = stream.read(&mut octets).await.map_err(failed)?;
        if read == 0 {
            return Err(refuse("the server closed the connection".to_owned()));
        }
        reply.extend_from_slice(octets.get(..read).unwrap_or_default());
    }
    let answer = answer_of(&reply).map_err(|error| refuse(error.to_string()))?;
    if answer.code == 0 { Ok(()) } else { Err(refuse(answer.to_string())) }
}

pub(crate) fn answer_of(reply: &[u8]) -> Result<Answer, ber::BerError> {
    let mut message = Reader::new(reply).enter(SEQUENCE)?;
    message.integer(INTEGER)?;
    let mut result = Reader::new(message.element()?.content);
    let code = u32::try_from(result.integer(ber::ENUMERATED)?).unwrap_or(80);
    result.expect(OCTET_STRING)?;
    let text = String::from_utf8_lossy(result.expect(OCTET_STRING)?).into_owned();
    Ok(Answer { code, text })
}

/// Puts the guard and the client library behind the connection.
fn join<S: AsyncRead + AsyncWrite + Send + 'static>(
    stream: S,
    largest: usize,
    url: &ServerUrl,
) -> Result<(Ldap, Entries, Ending), ConnectorError> {
    let failed = |reason: String| lost(format!("connecting to {url}"), reason);
    let (own, library) = pair().map_err(|error| failed(error.to_string()))?;
    let (entries, ending) = guard::start(stream, own, largest);
    let settings = LdapConnSettings::new().set_std_stream(library);
    // With a stream that is there already nothing is waited for.
    let opened = futures_util::FutureExt::now_or_never(LdapConnAsync::with_settings(settings, PAIR_URL));
    let opened = opened.ok_or_else(|| failed("the client library waits".to_owned()))?;
    let (driver, ldap) = opened.map_err(|error| failed(error.to_string()))?;
    tokio::spawn(async move {
        // How it ends is told by the guard, and by every operation that was waiting.
        let _ = driver.drive().await;
    });
    Ok((ldap, entries, ending))
}

#[cfg(unix)]
const PAIR_URL: &str = "ldapi:///";
#[cfg(not(unix))]
const PAIR_URL: &str = "ldap://localhost";

/// Two connected streams, one for us and one for the client library.
#[cfg(unix)]
fn pair() -> std::io::Result<(tokio::net::UnixStream, ldap3::StdStream)> {
    let (own, library) = std::os::unix::net::UnixStream::pair()?;
    own.set_nonblocking(true)?;
    Ok((tokio::net::UnixStream::from_std(own)?, ldap3::StdStream::Unix(library)))
}

/// The same where there are no Unix sockets: by the loopback, and only with ourselves.
#[cfg(not(unix))]
fn pair() -> std::io::Result<(TcpStream, ldap3::StdStream)> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    let library = std::net::TcpStream::connect(listener.local_addr()?)?;
    let (own, from) = listener.accept()?;
    if from != library.local_addr()? {
        return Err(std::io::Error::other("another program connected to the loopback"));
    }
    own.set_nonblocking(true)?;
    Ok((TcpStream::from_std(own)?, ldap3::StdStream::Tcp(library)))
}

#[cfg(feature = "gssapi")]
async fn by_kerberos(stream: &mut TlsStream<TcpStream>, host: &str) -> Result<(), ConnectorError> {
    let certificates = stream.get_ref().1.peer_certificates();
    let certificate = certificates.and_then(|chain| chain.first()).map(|first| first.to_vec());
    crate::kerberos::bind(stream, host, certificate.as_deref()).await
}

#[cfg(not(feature = "gssapi"))]
async fn by_kerberos(_: &mut TlsStream<TcpStream>, host: &str) -> Result<(), ConnectorError> {
    let reason = "this program was built without Kerberos".to_owned();
    let remedy = "Build it with the feature gssapi, or bind with a password";
    Err(configuration("MDR-D009", format!("binding to {host} by Kerberos"), reason, remedy))
}

async fn bind(connector: &LdapConnector, connection: &mut Connection) -> Result<(), ConnectorError> {
    // By Kerberos it is bound already.
    let Some(Bind::Password { dn, password }) = &connector.bind else { return Ok(()) };
    let password = password.read()?;
    let doing = format!("binding to {} as {dn}", connection.server());
    let answer = match connection.bind(dn, password.reveal()).await {
        Ok(()) => return Ok(()),
        Err(crate::failure::Failure::Lost(reason)) => return Err(lost(doing, reason)),
        Err(crate::failure::Failure::Refused(answer)) => answer,
    };
    let remedy = match answer.code {
        8 | 13 => "The server takes passwords only over TLS: use ldaps://, or take `insecure` out",
        49 => bad_credentials(&answer.text),
        // A server that has no time for anybody says nothing of the password: another one may.
        1 | 3 | 11 | 51 | 52 | 80 => return Err(crate::failure::refused(doing, &answer)),
        _ => "Look into the server's log",
    };
    Err(configuration("MDR-D003", doing, answer.to_string(), remedy))
}

/// Active Directory says why it refuses a bind in a number behind `data` (the Windows error, in hexadecimal).
pub(crate) fn bad_credentials(text: &str) -> &'static str {
    let data = text.split("data ").nth(1).and_then(|rest| rest.split([',', ' ']).next());
    match data {
        Some("525") => "There is no such account: correct `bind.dn`",
        Some("530") | Some("531") => "The account may not log on at this time or from here",
        Some("532") | Some("773") => "The password has expired: set another one, and let it not expire",
        Some("533") => "The account is disabled",
        Some("701") => "The account has expired",
        Some("775") => "The account is locked: unlock it, and look who else uses its password",
        _ => "Correct `bind.dn` or the password",
    }
}
