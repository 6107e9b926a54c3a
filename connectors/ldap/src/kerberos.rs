//! Binding by Kerberos: SASL GSSAPI (RFC 4752) over TLS, spoken before the client library is there, as StartTLS is. The
//! tickets come from where Kerberos keeps them: a cache, or a key table (`KRB5_CLIENT_KTNAME`). No layer of Kerberos' own
//! is put on the connection, which TLS protects; the bind is tied to that TLS connection by the server's certificate
//! (RFC 5929 section 4).

use cross_krb5::{ClientCtx, InitiateFlags, K5Ctx, PendingClientCtx, Step};
use madrigal_api::ConnectorError;
use sha2::{Digest, Sha256, Sha384, Sha512};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::ber::{self, OCTET_STRING, Reader, SEQUENCE};
use crate::failure::{Answer, configuration, lost, refused, unreachable};

const BIND_REQUEST: u8 = 0x60;
const SASL: u8 = 0xa3;
const SERVER_CREDENTIALS: u8 = 0x87;
const IN_PROGRESS: u32 = 14;
/// What to do where the server wants a layer. Samba does unless it is told otherwise; Active Directory never does over TLS.
const LAYER: &str =
    "Let the server take Kerberos over TLS (Samba: ldap server require strong auth = allow_sasl_over_tls)";
/// The bit that says that no layer is put on the connection.
const NO_LAYER: u8 = 1;
/// The most legs that the two sides take to know each other. Kerberos takes one or two.
const MOST_LEGS: usize = 8;
/// The largest reply that is waited for, in octets. A ticket of somebody in a thousand groups has 12,000.
const LARGEST_REPLY: usize = 256 * 1024;

/// Binds with the tickets that are at hand, to the service `ldap` on this host. `certificate` is the server's, as DER.
///
/// # Errors
/// MDR-D025 where Kerberos gives no ticket for the server, MDR-D003 where the server does not take it, MDR-D005 where the
/// connection is lost.
pub(crate) async fn bind<S>(
    stream: &mut S,
    host: &str,
    certificate: Option<&[u8]>,
) -> Result<(), ConnectorError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let doing = format!("binding to {host} by Kerberos");
    let failed = |error: Failed| error.into_error(doing.clone());
    let (service, binding) = (format!("ldap/{host}"), certificate.and_then(channel_binding));
    // Kerberos reads files and asks its servers, and waits for both.
    let begun = tokio::task::spawn_blocking(move || {
        let begun = ClientCtx::new(InitiateFlags::empty(), None, &service, binding.as_deref());
        begun.map(|(pending, token)| (pending, token.to_vec())).map_err(|error| format!("{error:#}"))
    });
    let begun = begun.await.map_err(|error| failed(Failed::Lost(error.to_string())))?;
    let (pending, token) = begun.map_err(|reason| failed(Failed::Kerberos(reason)))?;
    let mut talk = Talk { stream, number: 0 };
    exchange(&mut talk, pending, token).await.map_err(failed)
}

/// Why it did not come about.
enum Failed {
    /// The libraries of Kerberos say no, on this side.
    Kerberos(String),
    /// The server wants a layer of Kerberos' own within TLS.
    Layer,
    Refused(Answer),
    Lost(String),
}

impl Failed {
    fn into_error(self, doing: String) -> ConnectorError {
        match self {
            Self::Kerberos(reason) => no_ticket(doing, reason),
            Self::Layer => {
                let reason = "the server insists on a layer of Kerberos' own within TLS".to_owned();
                configuration("MDR-D003", doing, reason, LAYER)
            }
            Self::Refused(answer) if answer.code == 8 => {
                configuration("MDR-D003", doing, answer.to_string(), LAYER)
            }
            Self::Refused(answer) if matches!(answer.code, 1 | 3 | 11 | 51 | 52 | 80) => {
                refused(doing, &answer)
            }
            Self::Refused(answer) => {
                let remedy =
                    "See that the account may log on, and that the server knows the service by this name";
                configuration("MDR-D003", doing, answer.to_string(), remedy)
            }
            Self::Lost(reason) => lost(doing, reason),
        }
    }
}

/// Kerberos gives no ticket. What is wrong its libraries tell in words alone, and in English unless they are translated.
fn no_ticket(doing: String, reason: String) -> ConnectorError {
    // Before it stands that what matters stands behind it.
    let reason = match reason.split_once("Minor code may provide more information (") {
        Some((_, minor)) => minor.trim_end_matches(')').to_owned(),
        None => reason,
    };
    let says = |words: &[&str]| words.iter().any(|words| reason.contains(words));
    if says(&["Cannot contact any KDC", "Cannot find KDC", "Cannot resolve"]) {
        let remedy = "See that krb5.conf or the DNS names the realm's servers, and that they can be reached";
        return unreachable("MDR-D025", doing, reason, remedy, None::<std::io::Error>);
    }
    let remedy = if says(&["Clock skew"]) {
        "Set the clock of this machine, or of the server, right: Kerberos allows for five minutes"
    } else if says(&["Server not found in Kerberos database", "Server krbtgt/"]) {
        "Set `kerberos-host` to the name by which the directory knows its server (setspn -L)"
    } else if says(&["expired"]) {
        "Get a new ticket (kinit), or set KRB5_CLIENT_KTNAME to a key table, by which tickets are renewed"
    } else if says(&["Preauthentication failed", "Client", "key table", "keytab", "Keytab"]) {
        "Make the key table anew: the account is not known, or its password has changed since"
    } else {
        "Get a ticket (kinit), or set KRB5_CLIENT_KTNAME to a key table; klist shows what there is"
    };
    configuration("MDR-D025", doing, reason, remedy)
}

fn kerberos(error: impl std::fmt::Display) -> Failed {
    Failed::Kerberos(format!("{error:#}"))
}

async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    talk: &mut Talk<'_, S>,
    pending: PendingClientCtx,
    token: Vec<u8>,
) -> Result<(), Failed> {
    let mut pending = pending;
    let mut answer = talk.ask(&token).await?;
    let mut context = None;
    for _ in 0..MOST_LEGS {
        match pending.step(&answer).map_err(kerberos)? {
            Step::Continue((next, token)) => {
                let token = token.to_vec();
                pending = next;
                answer = talk.ask(&token).await?;
            }
            Step::Finished((known, token)) => {
                // Also where there is nothing more to say, the server waits for its turn (RFC 4752 section 3.1).
                let token = token.map(|token| token.to_vec()).unwrap_or_default();
                context = Some((known, talk.ask(&token).await?));
                break;
            }
        }
    }
    let Some((mut context, offered)) = context else {
        return Err(Failed::Lost("the two sides do not come to an end".to_owned()));
    };
    // Which layers the server offers, and how large its messages may be.
    let offered = context.unwrap(&offered).map_err(kerberos)?;
    if offered.first().is_none_or(|layers| layers & NO_LAYER == 0) {
        return Err(Failed::Layer);
    }
    let chosen = context.wrap(false, &[NO_LAYER, 0, 0, 0]).map_err(kerberos)?;
    talk.say(&chosen).await?;
    match talk.hear().await? {
        (Answer { code: 0, .. }, _) => Ok(()),
        (answer, _) => Err(Failed::Refused(answer)),
    }
}

/// Binds, one request after another.
struct Talk<'s, S> {
    stream: &'s mut S,
    number: i64,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Talk<'_, S> {
    /// Sends a token; the server's, who must want to go on.
    async fn ask(&mut self, token: &[u8]) -> Result<Vec<u8>, Failed> {
        self.say(token).await?;
        match self.hear().await? {
            (Answer { code: IN_PROGRESS, .. }, token) => Ok(token),
            (Answer { code: 0, .. }, _) => {
                Err(Failed::Lost("the server agrees before it has proved who it is".to_owned()))
            }
            (answer, _) => Err(Failed::Refused(answer)),
        }
    }

    async fn say(&mut self, token: &[u8]) -> Result<(), Failed> {
        self.number += 1;
        let request = request(self.number, token);
        let sent = self.stream.write_all(&request).await;
        sent.map_err(|error| Failed::Lost(error.to_string()))?;
        self.stream.flush().await.map_err(|error| Failed::Lost(error.to_string()))
    }

    async fn hear(&mut self) -> Result<(Answer, Vec<u8>), Failed> {
        let lost = |reason: &str| Failed::Lost(reason.to_owned());
        let mut reply = Vec::new();
        loop {
            match ber::header(&reply).map_err(|error| Failed::Lost(error.to_string()))? {
                Some(header) if header.end > LARGEST_REPLY => {
                    return Err(lost("the answer is longer than any"));
                }
                Some(header) if header.end == reply.len() => break,
                Some(header) if header.end < reply.len() => {
                    return Err(lost("the server sent more than its answer"));
                }
                _ => {}
            }
            let mut octets = [0; 4096];
            let read =
                self.stream.read(&mut octets).await.map_err(|error| Failed::Lost(error.to_string()))?;
            if read == 0 {
                return Err(lost("the server closed the connection"));
            }
            reply.extend_from_slice(octets.get(..read).unwrap_or_default());
        }
        answer(&reply, self.number).map_err(|error| Failed::Lost(format!("an answer that is none: {error}")))
    }
}

/// A bind with a token (RFC 4511 section 4.2).
fn request(number: i64, token: &[u8]) -> Vec<u8> {
    let (mut sasl, mut bind, mut message, mut out) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    ber::put(&mut sasl, OCTET_STRING, b"GSSAPI");
    ber::put(&mut sasl, OCTET_STRING, token);
    ber::put_integer(&mut bind, 3);
    ber::put(&mut bind, OCTET_STRING, b"");
    ber::put(&mut bind, SASL, &sasl);
    ber::put_integer(&mut message, number);
    ber::put(&mut message, BIND_REQUEST, &bind);
    ber::put(&mut out, SEQUENCE, &message);
    out
}

/// What the server says to a bind, and its token.
fn answer(reply: &[u8], number: i64) -> Result<(Answer, Vec<u8>), ber::BerError> {
    const BIND_RESPONSE: u8 = 0x61;
    let wrong = |reason| ber::BerError { at: 0, reason };
    let mut message = Reader::new(reply).enter(SEQUENCE)?;
    if message.integer(ber::INTEGER)? != number {
        return Err(wrong("it answers another request"));
    }
    let mut result = message.enter(BIND_RESPONSE)?;
    let code = u32::try_from(result.integer(ber::ENUMERATED)?).unwrap_or(80);
    result.expect(OCTET_STRING)?;
    let text = String::from_utf8_lossy(result.expect(OCTET_STRING)?).into_owned();
    let mut token = Vec::new();
    while !result.is_empty() {
        let element = result.element()?;
        if element.tag == SERVER_CREDENTIALS {
            token = element.content.to_vec();
        }
    }
    Ok((Answer { code, text }, token))
}

/// What ties a bind to the TLS connection that it is made on: a hash of the server's certificate, by the hash of its
/// signature and no weaker one than SHA-256 (RFC 5929 section 4.1). None for a signature whose hash is not known.
fn channel_binding(certificate: &[u8]) -> Option<Vec<u8>> {
    const SHA_256: [&str; 6] = [
        // MD5 and SHA-1 with RSA, SHA-1 with ECDSA: taken as SHA-256.
        "1.2.840.113549.1.1.4",
        "1.2.840.113549.1.1.5",
        "1.2.840.10045.4.1",
        "1.2.840.113549.1.1.11",
        "1.2.840.10045.4.3.2",
        "2.16.840.1.101.3.4.3.2",
    ];
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let hash = match parsed.signature_algorithm.algorithm.to_id_string().as_str() {
        oid if SHA_256.contains(&oid) => Sha256::digest(certificate).to_vec(),
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => Sha384::digest(certificate).to_vec(),
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => Sha512::digest(certificate).to_vec(),
        _ => return None,
    };
    Some([&b"tls-server-end-point:"[..], &hash].concat())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reply(number: u8, code: u8, rest: &[u8]) -> Vec<u8> {
        let result = [&[10, 1, code, 4, 0, 4, 2, b'n', b'o'][..], rest].concat();
        let length = |octets: &[u8]| u8::try_from(octets.len()).unwrap();
        let message = [&[2, 1, number, 0x61, length(&result)][..], &result].concat();
        [&[0x30, length(&message)][..], &message].concat()
    }

    #[test]
    fn what_a_server_says_to_a_bind_is_read() {
        let taken: [(Vec<u8>, u32, &[u8]); 2] =
            [(reply(1, 14, &[0x87, 2, 7, 8]), 14, &[7, 8]), (reply(1, 49, &[]), 49, &[])];
        for (octets, code, token) in taken {
            let (answer, given) = answer(&octets, 1).unwrap();
            assert_eq!((answer.code, &given[..]), (code, token));
        }
        let refused = [(reply(2, 0, &[]), "it answers another request"), (vec![0x30, 3, 2, 1, 1], "")];
        for (octets, reason) in refused {
            let error = answer(&octets, 1).unwrap_err();
            assert!(error.to_string().contains(reason), "{error}");
        }
    }

    #[test]
    fn what_kerberos_says_is_told_with_what_to_do() {
        // As MIT Kerberos 1.20 words it.
        let rows = [
            (
                "No credentials were supplied (No Kerberos credentials available (default cache: FILE:/x))",
                "Get a ticket",
            ),
            (
                "Unspecified GSS failure.  Minor code may provide more information (Ticket expired)",
                "Get a new ticket",
            ),
            ("(Clock skew too great)", "Set the clock"),
            ("(Server not found in Kerberos database)", "Set `kerberos-host`"),
            ("(Client not found in Kerberos database)", "Make the key table anew"),
            ("(Client 'svc@ABC.EXAMPLE' not found in Kerberos database)", "Make the key table anew"),
            ("(Preauthentication failed)", "Make the key table anew"),
            ("(Cannot find KDC for realm \"ABC.EXAMPLE\")", "names the realm's servers"),
            ("(Cannot contact any KDC for realm 'ABC.EXAMPLE')", "names the realm's servers"),
            ("(what nobody has heard of)", "Get a ticket"),
        ];
        for (reason, expected) in rows {
            let error = no_ticket("binding".to_owned(), reason.to_owned());
            let (told, remedy) = (error.to_string(), error.remedy());
            assert_eq!(error.code(), "MDR-D025");
            assert!(remedy.contains(expected) && !told.contains("Unspecified"), "{reason}: {told}. {remedy}");
        }
    }

    proptest! {
        #[test]
        fn any_octets_are_an_answer_or_an_error(octets in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = (answer(&octets, 1), channel_binding(&octets));
        }
    }
}
