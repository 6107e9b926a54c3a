//! Stands between the server and the client library: takes replies apart into whole messages, refuses what is no LDAP,
//! too large or nested too deeply, keeps entries for itself and passes the rest on.
//!
//! The library would abort the process on deep nesting and panic on short messages; and it keeps every entry of a
//! search in memory until it is asked for. Here a bounded channel holds the server back instead.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;

use crate::ber;
use crate::message::{self, Message};

/// How many entries wait to be decoded before the server is held back.
const ENTRIES_AHEAD: usize = 512;
/// Octets read at once.
const READ_SIZE: usize = 64 * 1024;

/// What came for a search.
#[derive(Debug)]
pub(crate) enum Item {
    /// A whole message that holds an entry.
    Entry(Bytes),
    /// The server knows more elsewhere.
    Reference,
}

/// The entries of a connection's searches, each with its search's number.
pub(crate) type Entries = mpsc::Receiver<(i32, Item)>;

/// Why a connection ended; what the client library says of it is never as good.
pub(crate) type Ending = Arc<Mutex<Option<String>>>;

/// Begins to pass messages between the server and the library's end.
pub(crate) fn start<S, L>(server: S, library: L, largest: usize) -> (Entries, Ending)
where
    S: AsyncRead + AsyncWrite + Send + 'static,
    L: AsyncRead + AsyncWrite + Send + 'static,
{
    let (sender, entries) = mpsc::channel(ENTRIES_AHEAD);
    let ending: Ending = Arc::default();
    let searches: Arc<Mutex<HashSet<i32>>> = Arc::default();
    let (from_server, to_server) = tokio::io::split(server);
    let (from_library, to_library) = tokio::io::split(library);
    let inward = Inward {
        from: from_server,
        to: to_library,
        entries: sender,
        searches: searches.clone(),
        ending: ending.clone(),
        largest,
    };
    tokio::spawn(async move {
        let outward = outward(from_library, to_server, searches);
        // Whichever ends first ends both: dropping the two streams closes them.
        tokio::select! {
            () = inward.run() => {}
            () = outward => {}
        }
    });
    (entries, ending)
}

struct Inward<R, W> {
    from: R,
    to: W,
    entries: mpsc::Sender<(i32, Item)>,
    searches: Arc<Mutex<HashSet<i32>>>,
    ending: Ending,
    largest: usize,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Inward<R, W> {
    async fn run(mut self) {
        let reason = match self.pass().await {
            Ok(()) => "the server closed the connection".to_owned(),
            Err(reason) => reason,
        };
        self.ending.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
        let _ = self.to.shutdown().await;
    }

    /// Passes messages on until the server closes.
    async fn pass(&mut self) -> Result<(), String> {
        let mut buffer = BytesMut::with_capacity(READ_SIZE);
        loop {
            while let Some(message) = self.cut(&mut buffer)? {
                self.handle(message).await?;
            }
            buffer.reserve(READ_SIZE);
            let read = self.from.read_buf(&mut buffer).await;
            match read.map_err(|error| format!("the connection broke: {error}"))? {
                0 if buffer.is_empty() => return Ok(()),
                0 => return Err("the server closed the connection in the middle of a message".to_owned()),
                _ => {}
            }
        }
    }

    /// The next whole message, where it is here already.
    fn cut(&self, buffer: &mut BytesMut) -> Result<Option<Bytes>, String> {
        let header =
            ber::header(buffer).map_err(|error| format!("the server sent what is no LDAP: {error}"))?;
        let Some(header) = header else { return Ok(None) };
        if header.tag != ber::SEQUENCE {
            return Err("the server sent what is no LDAP: a message begins with another element".to_owned());
        }
        if header.end > self.largest {
            return Err(format!(
                "the server sent a message of {} octets, and {} are allowed",
                header.end, self.largest
            ));
        }
        if buffer.len() < header.end {
            buffer.reserve(header.end - buffer.len());
            return Ok(None);
        }
        Ok(Some(buffer.split_to(header.end).freeze()))
    }

    async fn handle(&mut self, octets: Bytes) -> Result<(), String> {
        let is_search = |id| self.searches.lock().unwrap_or_else(PoisonError::into_inner).contains(&id);
        let message = message::inspect(&octets, is_search)
            .map_err(|error| format!("the server sent what is no LDAP: {error}"))?;
        let (id, item) = match message {
            Message::Entry(id) => (id, Item::Entry(octets)),
            Message::Reference(id) => (id, Item::Reference),
            Message::Result(_) => {
                let passed = self.to.write_all(&octets).await;
                return passed.map_err(|_| "the client ended".to_owned());
            }
            Message::Disconnection(text) => {
                return Err(format!("the server ended the connection: {text}"));
            }
            Message::Other => return Ok(()),
        };
        // Nobody takes the entries of a search that was given up.
        let _ = self.entries.send((id, item)).await;
        Ok(())
    }
}

/// Passes requests on, and notes which of them are searches.
async fn outward(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    searches: Arc<Mutex<HashSet<i32>>>,
) {
    let mut buffer = BytesMut::with_capacity(READ_SIZE);
    loop {
        match from.read_buf(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let mut whole = 0;
        while let Ok(Some(header)) = ber::header(buffer.get(whole..).unwrap_or_default()) {
            let Some(message) = buffer.get(whole..whole + header.end) else { break };
            if let Some(id) = message::search_begun(message) {
                searches.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
            }
            whole += header.end;
        }
        let Some(messages) = buffer.get(..whole) else { return };
        if to.write_all(messages).await.is_err() || to.flush().await.is_err() {
            return;
        }
        buffer.advance(whole);
        buffer.reserve(READ_SIZE);
    }
}
