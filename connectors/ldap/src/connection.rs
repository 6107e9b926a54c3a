//! One connection: searches one after another, other operations as many at once as are asked for.

use std::collections::HashSet;
use std::future::Future;
use std::sync::PoisonError;
use std::time::Duration;

use bytes::Bytes;
use ldap3::controls::RawControl;
use ldap3::result::{LdapError, LdapResult};
use ldap3::{Ldap, Mod, Scope, SearchStream};
use tokio::time::timeout;

use crate::controls;
use crate::failure::{Answer, Failure};
use crate::guard::{Ending, Entries, Item};

/// What a search asks for.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    pub base: String,
    pub scope: Scope,
    pub filter: String,
    pub attributes: Vec<String>,
    pub controls: Vec<RawControl>,
}

impl Search {
    /// A search of one object.
    pub(crate) fn of(base: impl Into<String>, attributes: &[&str]) -> Self {
        Self {
            base: base.into(),
            scope: Scope::Base,
            filter: "(objectClass=*)".to_owned(),
            attributes: attributes.iter().map(|name| (*name).to_owned()).collect(),
            controls: Vec::new(),
        }
    }
}

type Stream = SearchStream<'static, String, Vec<String>>;

/// A connection to a server.
pub(crate) struct Connection {
    ldap: Ldap,
    entries: Entries,
    ending: Ending,
    server: String,
    limit: Duration,
    running: Option<(i32, Stream)>,
    finished: Option<LdapResult>,
}

impl Connection {
    pub(crate) fn new(ldap: Ldap, entries: Entries, ending: Ending, server: String, limit: Duration) -> Self {
        Self { ldap, entries, ending, server, limit, running: None, finished: None }
    }

    /// The server's address, for messages.
    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    /// A handle for operations that are sent without waiting for each other.
    pub(crate) fn sender(&self) -> Sender {
        Sender { ldap: self.ldap.clone(), ending: self.ending.clone(), limit: self.limit }
    }

    /// Says who we are.
    pub(crate) async fn bind(&mut self, dn: &str, password: &str) -> Result<(), Failure> {
        let mut ldap = self.ldap.clone();
        self.sender().wait(ldap.simple_bind(dn, password)).await
    }

    /// Begins a search; the one before must be at its end.
    pub(crate) async fn begin(&mut self, search: Search) -> Result<(), Failure> {
        self.finished = None;
        let mut ldap = self.ldap.clone();
        if !search.controls.is_empty() {
            ldap.with_controls(search.controls);
        }
        let begun = ldap.streaming_search(&search.base, search.scope, &search.filter, search.attributes);
        let begun = timeout(self.limit, begun).await;
        let mut stream = begun.map_err(|_| self.too_long())?.map_err(|error| self.lost(&error))?;
        let id = stream.ldap_handle().last_id();
        self.running = Some((id, stream));
        Ok(())
    }

    /// The next entry, as the whole message that holds it; none at the end of the search.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            let Some((id, stream)) = &mut self.running else { return Ok(None) };
            let id = *id;
            if self.finished.is_some() {
                // Every entry was queued before the result was passed on.
                match self.entries.try_recv() {
                    Ok((of, Item::Entry(octets))) if of == id => return Ok(Some(octets)),
                    Ok(_) => continue,
                    Err(_) => {
                        self.running = None;
                        return Ok(None);
                    }
                }
            }
            let came = async {
                tokio::select! {
                    biased;
                    Some(item) = self.entries.recv() => Came::Item(item),
                    end = stream.next() => Came::End(end.map(|_| ())),
                }
            };
            match timeout(self.limit, came).await.map_err(|_| self.too_long())? {
                Came::Item((of, Item::Entry(octets))) if of == id => return Ok(Some(octets)),
                Came::Item(_) => {}
                Came::End(Err(error)) => return Err(self.lost(&error)),
                Came::End(Ok(())) => {
                    if let Some((_, stream)) = &mut self.running {
                        self.finished = Some(stream.finish().await);
                    }
                }
            }
        }
    }

    /// The result of the search that has come to its end.
    pub(crate) fn result(&mut self) -> Result<Vec<RawControl>, Failure> {
        match self.finished.take() {
            Some(result) => {
                let controls = result.ctrls.iter().map(|control| control.1.clone()).collect();
                outcome(result).map(|()| controls)
            }
            None => Err(Failure::Lost("the search did not come to its end".to_owned())),
        }
    }

    /// All entries of a small search.
    pub(crate) async fn all(&mut self, search: Search) -> Result<Vec<Bytes>, Failure> {
        self.begin(search).await?;
        let mut entries = Vec::new();
        while let Some(entry) = self.next().await? {
            entries.push(entry);
        }
        self.result().map(|_| entries)
    }

    /// The object that a search of one object finds; none where there is no such object.
    pub(crate) async fn one(&mut self, search: Search) -> Result<Option<Bytes>, Failure> {
        match self.all(search).await {
            Ok(entries) => Ok(entries.into_iter().next()),
            Err(Failure::Refused(Answer { code: 32, .. })) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    fn too_long(&self) -> Failure {
        Failure::Lost(format!("no answer within {} s", self.limit.as_secs()))
    }

    fn lost(&self, error: &LdapError) -> Failure {
        lost(&self.ending, error)
    }
}

enum Came {
    Item((i32, Item)),
    End(Result<(), LdapError>),
}

/// Sends operations on a connection.
#[derive(Clone)]
pub(crate) struct Sender {
    ldap: Ldap,
    ending: Ending,
    limit: Duration,
}

/// Attributes with their values, as they are sent.
pub(crate) type Sent = Vec<(Vec<u8>, HashSet<Vec<u8>>)>;

impl Sender {
    pub(crate) async fn add(&self, dn: &str, attributes: Sent) -> Result<(), Failure> {
        let mut ldap = self.ldap.clone();
        self.wait(ldap.add(dn, attributes)).await
    }

    pub(crate) async fn modify(&self, dn: &str, changes: Vec<Mod<Vec<u8>>>) -> Result<(), Failure> {
        let mut ldap = self.ldap.clone();
        self.wait(ldap.modify(dn, changes)).await
    }

    /// Changes an object that may be deleted.
    pub(crate) async fn modify_deleted(&self, dn: &str, changes: Vec<Mod<Vec<u8>>>) -> Result<(), Failure> {
        let mut ldap = self.ldap.clone();
        ldap.with_controls(vec![controls::show_deleted()]);
        self.wait(ldap.modify(dn, changes)).await
    }

    pub(crate) async fn rename(&self, dn: &str, rdn: &str, parent: Option<&str>) -> Result<(), Failure> {
        let mut ldap = self.ldap.clone();
        self.wait(ldap.modifydn(dn, rdn, true, parent)).await
    }

    /// Asks whether the object has the value: success, or refused with 5 (compareFalse).
    pub(crate) async fn compare(&self, dn: &str, attribute: &str, value: &[u8]) -> Result<(), Failure> {
        const COMPARE_TRUE: u32 = 6;
        let mut ldap = self.ldap.clone();
        let compared = async { ldap.compare(dn, attribute, value).await.map(|compared| compared.0) };
        match self.wait(compared).await {
            Err(Failure::Refused(Answer { code: COMPARE_TRUE, .. })) => Ok(()),
            other => other,
        }
    }

    pub(crate) async fn delete(&self, dn: &str) -> Result<(), Failure> {
        let mut ldap = self.ldap.clone();
        self.wait(ldap.delete(dn)).await
    }

    async fn wait(
        &self,
        operation: impl Future<Output = Result<LdapResult, LdapError>>,
    ) -> Result<(), Failure> {
        match timeout(self.limit, operation).await {
            Err(_) => Err(Failure::Lost(format!("no answer within {} s", self.limit.as_secs()))),
            Ok(Err(error)) => Err(lost(&self.ending, &error)),
            Ok(Ok(result)) => outcome(result),
        }
    }
}

fn outcome(result: LdapResult) -> Result<(), Failure> {
    match result.rc {
        0 => Ok(()),
        code => Err(Failure::Refused(Answer { code, text: result.text })),
    }
}

/// What the guard says of the end is better than that a channel was closed.
fn lost(ending: &Ending, error: &LdapError) -> Failure {
    let reason = ending.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Failure::Lost(reason.unwrap_or_else(|| error.to_string()))
}
