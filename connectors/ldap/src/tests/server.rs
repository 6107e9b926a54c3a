//! A server of a few lines: what it answers is said by each test.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::ber::{self, ENUMERATED, INTEGER, OCTET_STRING, Reader, SEQUENCE, SET};
use crate::message::tests::{number, octets, sequence};

/// What was asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// The operation's tag.
    pub operation: u8,
    /// The name that it is about: a search's base, or an object.
    pub name: String,
    /// A search's filter, as octets shown.
    pub filter: String,
    /// The attributes of a search.
    pub attributes: Vec<String>,
    /// The cookie of the control that it came with.
    pub cookie: Option<Vec<u8>>,
    id: i64,
}

/// What is sent back.
pub(super) enum Answer {
    /// Whole messages, or what pretends to be some.
    Octets(Vec<u8>),
    /// An entry.
    Entry(&'static str, Vec<(&'static str, Vec<Vec<u8>>)>),
    /// The operation's end, with a result code and the value of a control.
    End(u8, Option<(&'static str, Vec<u8>)>),
    /// The connection is closed.
    Close,
}

type Says = dyn FnMut(&Asked) -> Vec<Answer> + Send;

/// A server that is up as long as this is there.
pub(super) struct Fake {
    port: u16,
    task: tokio::task::JoinHandle<()>,
}

impl Fake {
    /// A server that answers every search but that of its root by `says`, and everything else with success.
    pub(super) async fn start(says: impl FnMut(&Asked) -> Vec<Answer> + Send + 'static) -> Self {
        Self::start_for(usize::MAX, says).await
    }

    /// The same for so many connections; then nobody listens any more.
    pub(super) async fn start_for(
        connections: usize,
        says: impl FnMut(&Asked) -> Vec<Answer> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let says: Arc<Mutex<Box<Says>>> = Arc::new(Mutex::new(Box::new(says)));
        let task = tokio::spawn(async move {
            for _ in 0..connections {
                let Ok((stream, _)) = listener.accept().await else { return };
                tokio::spawn(serve(stream, says.clone()));
            }
        });
        Self { port, task }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, says: Arc<Mutex<Box<Says>>>) {
    let mut buffer = Vec::new();
    loop {
        while let Ok(Some(header)) = ber::header(&buffer) {
            if buffer.len() < header.end {
                break;
            }
            let message: Vec<u8> = buffer.drain(..header.end).collect();
            let asked = read(&message);
            let answers = (says.lock().unwrap())(&asked);
            for answer in answers {
                let octets = match answer {
                    Answer::Octets(octets) => octets,
                    Answer::Entry(dn, attributes) => entry(asked.id, dn, &attributes),
                    Answer::End(code, control) => end(&asked, code, control),
                    Answer::Close => return,
                };
                if stream.write_all(&octets).await.is_err() {
                    return;
                }
            }
        }
        let mut octets = [0; 4096];
        match stream.read(&mut octets).await {
            Ok(0) | Err(_) => return,
            Ok(read) => buffer.extend_from_slice(&octets[..read]),
        }
    }
}

fn read(message: &[u8]) -> Asked {
    let mut message = Reader::new(message).enter(SEQUENCE).unwrap();
    let id = message.integer(INTEGER).unwrap();
    let operation = message.element().unwrap();
    let mut asked = Asked { operation: operation.tag, id, ..Asked::default() };
    let mut inner = Reader::new(operation.content);
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    match operation.tag {
        0x63 => {
            asked.name = text(inner.expect(OCTET_STRING).unwrap());
            for _ in 0..5 {
                inner.element().unwrap();
            }
            asked.filter = text(inner.element().unwrap().content);
            let mut names = inner.enter(SEQUENCE).unwrap();
            while let Ok(name) = names.expect(OCTET_STRING) {
                asked.attributes.push(text(name));
            }
        }
        0x4a => asked.name = text(operation.content),
        0x60 => {}
        _ => asked.name = inner.expect(OCTET_STRING).map(text).unwrap_or_default(),
    }
    if let Ok(mut controls) = message.enter(0xa0)
        && let Ok(mut control) = controls.enter(SEQUENCE)
    {
        control.element().unwrap();
        let mut value = control.element().unwrap();
        if value.tag != OCTET_STRING {
            value = control.element().unwrap_or(value);
        }
        if let Ok(mut parts) = Reader::new(value.content).enter(SEQUENCE) {
            while let Ok(part) = parts.element() {
                if part.tag == OCTET_STRING {
                    asked.cookie = Some(part.content.to_vec());
                }
            }
        }
    }
    asked
}

fn entry(id: i64, dn: &str, attributes: &[(&'static str, Vec<Vec<u8>>)]) -> Vec<u8> {
    let attributes: Vec<Vec<u8>> = attributes
        .iter()
        .map(|(name, values)| {
            let values: Vec<Vec<u8>> = values.iter().map(|value| octets(value)).collect();
            sequence(SEQUENCE, &[octets(name.as_bytes()), sequence(SET, &values)])
        })
        .collect();
    let entry = sequence(0x64, &[octets(dn.as_bytes()), sequence(SEQUENCE, &attributes)]);
    sequence(SEQUENCE, &[number(id), entry])
}

fn end(asked: &Asked, code: u8, control: Option<(&'static str, Vec<u8>)>) -> Vec<u8> {
    let tag = match asked.operation {
        0x63 => 0x65,
        0x4a => 0x6b,
        other => other + 1,
    };
    let result = sequence(tag, &[vec![ENUMERATED, 1, code], octets(b""), octets(b"")]);
    let mut parts = vec![number(asked.id), result];
    if let Some((name, value)) = control {
        let control = sequence(SEQUENCE, &[octets(name.as_bytes()), octets(&value)]);
        parts.push(sequence(0xa0, &[control]));
    }
    sequence(SEQUENCE, &parts)
}

/// The root entry of a domain controller that has come so far.
pub(super) fn root(usn: u64) -> Vec<Answer> {
    let text = |text: &str| vec![text.as_bytes().to_vec()];
    let controls = ["1.2.840.113556.1.4.841", "1.2.840.113556.1.4.319"];
    let controls = controls.iter().map(|name| name.as_bytes().to_vec()).collect();
    vec![
        Answer::Entry(
            "",
            vec![
                ("defaultNamingContext", text("DC=x")),
                ("supportedControl", controls),
                ("highestCommittedUSN", text(&usn.to_string())),
            ],
        ),
        Answer::End(0, None),
    ]
}

/// The value of a DirSync control's answer.
pub(super) fn dirsync(more: bool, cookie: &[u8]) -> Option<(&'static str, Vec<u8>)> {
    let value = sequence(SEQUENCE, &[number(i64::from(more)), number(0), octets(cookie)]);
    Some(("1.2.840.113556.1.4.841", value))
}

/// The value of a paged search's answer.
pub(super) fn paged(cookie: &[u8]) -> Option<(&'static str, Vec<u8>)> {
    Some(("1.2.840.113556.1.4.319", sequence(SEQUENCE, &[number(0), octets(cookie)])))
}

/// An object's key.
pub(super) fn guid(number: u8) -> Vec<Vec<u8>> {
    vec![vec![number; 16]]
}

/// Values of text.
pub(super) fn texts(values: &[&str]) -> Vec<Vec<u8>> {
    values.iter().map(|value| value.as_bytes().to_vec()).collect()
}
