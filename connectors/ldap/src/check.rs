//! What `check` says of a directory server: nothing is written.

use std::time::Duration;

use ldap3::controls::RawControl;
use madrigal_api::ConnectorError;
use madrigal_model::{AttributeName, DistinguishedName, Timestamp};

use crate::ber;
use crate::connect;
use crate::connection::{Connection, Search};
use crate::controls;
use crate::exchange::{self, Finish};
use crate::failure::Failure;
use crate::message::RawEntry;
use crate::options::{Kind, LdapConnector};
use crate::schema::{self, Schema};
use crate::security;
use crate::server::{Server, control};

/// How far two clocks may be apart: Kerberos, and all times in tombstones, ask for no more.
const CLOCKS_APART: Duration = Duration::from_secs(300);

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is as it should be.
    pub fine: bool,
    /// What was found, and what to do where it is not fine.
    pub text: String,
}

impl LdapConnector {
    /// Looks at the server, the account's rights, the container, the schema and Exchange's address lists; `written` are
    /// the attributes that rules write, `finish` is how contacts get into those lists.
    ///
    /// # Errors
    /// [`ConnectorError`] where there is no connection, or it is lost.
    pub async fn check(
        &self,
        written: &[AttributeName],
        finish: Option<Finish>,
        now: Timestamp,
    ) -> Result<Vec<Finding>, ConnectorError> {
        let mut connection = connect::open(self, &[]).await?;
        let server = Server::read(&mut connection).await?;
        let mut findings = vec![fine(self.greeting(&connection, &server))];
        if self.insecure {
            findings.push(bad(
                "the connection is not protected: give the server a certificate and take `insecure` out",
            ));
        }
        findings.extend(clock(&server, now));
        if self.kind == Kind::ActiveDirectory {
            let by = if server.knows(control::DIRSYNC) { "the DirSync control" } else { "change numbers" };
            findings.push(fine(format!("changes are read by {by}")));
            let told = self.rights(&mut connection, &server).await;
            findings.extend(told.map_err(|failure| self.lost(&connection, failure))?);
        }
        if let Some(container) = &self.container {
            let told = self.look_at_container(&mut connection, container).await;
            findings.push(told.map_err(|failure| self.lost(&connection, failure))?);
            let schema = schema::read(&mut connection, &server, self.kind, written).await;
            let schema = schema.map_err(|failure| self.lost(&connection, failure))?;
            findings.extend(about_schema(&schema, written.len()));
            let lists = about_lists(&mut connection, &server, container, finish).await;
            findings.extend(lists.map_err(|failure| self.lost(&connection, failure))?);
        }
        Ok(findings)
    }

    /// The attributes, of those that rules write, that a contact cannot have here.
    ///
    /// # Errors
    /// [`ConnectorError`] where there is no connection, or it is lost.
    pub async fn lacking(&self, written: &[AttributeName]) -> Result<Vec<AttributeName>, ConnectorError> {
        let mut connection = connect::open(self, &[]).await?;
        let server = Server::read(&mut connection).await?;
        let schema = schema::read(&mut connection, &server, self.kind, written).await;
        Ok(schema.map_err(|failure| self.lost(&connection, failure))?.lacking)
    }

    fn lost(&self, connection: &Connection, failure: Failure) -> ConnectorError {
        failure.into_error(format!("checking {} at {}", self.name, connection.server()))
    }

    fn greeting(&self, connection: &Connection, server: &Server) -> String {
        let mut text = connection.server().to_owned();
        if let Some(host) = &server.host {
            text.push_str(&format!(" is {host}"));
        }
        if let Some(context) = server.main_context() {
            text.push_str(&format!(", holds {context}"));
        }
        if let Some(level) = server.functional_level {
            text.push_str(&format!(", domain functional level {level}"));
        }
        text
    }

    async fn rights(&self, connection: &mut Connection, server: &Server) -> Result<Vec<Finding>, Failure> {
        let mut findings = Vec::new();
        let named: Vec<String> = self.domains.iter().map(|domain| domain.dn.as_str().to_owned()).collect();
        let contexts: Vec<String> = match server.main_context() {
            Some(context) if named.is_empty() => vec![context.to_owned()],
            _ => named
                .into_iter()
                .filter(|name| server.contexts.iter().any(|known| known.eq_ignore_ascii_case(name)))
                .collect(),
        };
        if server.invocation.is_empty() {
            findings.push(bad(
                "the invocationId of the server cannot be read: a server that was put back is noticed later",
            ));
        }
        for context in contexts {
            let graves = Search {
                controls: vec![controls::show_deleted()],
                ..Search::of(format!("CN=Deleted Objects,{context}"), &["objectClass"])
            };
            // Everybody is told that it is there; who may read it also what it is.
            let graves = tolerate(connection.one(graves).await)?.flatten();
            let readable =
                graves.as_deref().and_then(|graves| RawEntry::read(graves).ok()?.values("objectClass"));
            findings.push(match readable.filter(|classes| !classes.is_empty()) {
                Some(_) => fine(format!("deletes in {context} are seen at once")),
                None => bad(&format!(
                    "deletes in {context} are not seen before the next full import: let the account list and read CN=Deleted Objects,{context}"
                )),
            });
            let secrets = may_read_secrets(connection, &context).await?;
            if secrets == Some(true) {
                findings.push(bad(&format!(
                    "the account may read passwords of {context} (Replicating Directory Changes All): take that right from it"
                )));
            }
        }
        Ok(findings)
    }

    async fn look_at_container(
        &self,
        connection: &mut Connection,
        container: &DistinguishedName,
    ) -> Result<Finding, Failure> {
        let search = Search::of(container.as_str(), &["allowedChildClassesEffective"]);
        let Some(message) = connection.one(search).await? else {
            return Ok(bad(&format!("{container} is not there, or the account may not see it: make it")));
        };
        if self.kind == Kind::Other {
            return Ok(fine(format!("{container} is there")));
        }
        let classes =
            RawEntry::read(&message).ok().and_then(|entry| entry.values("allowedChildClassesEffective"));
        let creates = classes.unwrap_or_default().iter().any(|class| class.eq_ignore_ascii_case(b"contact"));
        Ok(if creates {
            fine(format!("contacts can be made in {container}"))
        } else {
            bad(&format!("the account may not make contacts in {container}: delegate that to it"))
        })
    }
}

/// A refusal says no; only a lost connection ends the check.
fn tolerate<T>(result: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(Failure::Refused(_)) => Ok(None),
        Err(lost) => Err(lost),
    }
}

/// Whether the account has the right to replicate secrets; none where that cannot be found out.
async fn may_read_secrets(connection: &mut Connection, context: &str) -> Result<Option<bool>, Failure> {
    let me = tolerate(connection.one(Search::of("", &["tokenGroups"])).await)?.flatten();
    let Some(me) = me else { return Ok(None) };
    let identifiers =
        RawEntry::read(&me).ok().and_then(|entry| entry.values("tokenGroups")).unwrap_or_default();
    if identifiers.is_empty() {
        return Ok(None);
    }
    let mut flags = Vec::new();
    // The discretionary list alone.
    ber::put_integer(&mut flags, 4);
    let mut value = Vec::new();
    ber::put(&mut value, ber::SEQUENCE, &flags);
    let search = Search {
        controls: vec![RawControl { ctype: control::SD_FLAGS.to_owned(), crit: true, val: Some(value) }],
        ..Search::of(context, &["nTSecurityDescriptor"])
    };
    let head = tolerate(connection.one(search).await)?.flatten();
    let descriptor = head.as_deref().and_then(|head| {
        RawEntry::read(head).ok()?.values("nTSecurityDescriptor")?.first().map(|value| value.to_vec())
    });
    Ok(descriptor.and_then(|descriptor| security::grants_secrets(&descriptor, &identifiers)))
}

fn clock(server: &Server, now: Timestamp) -> Option<Finding> {
    let text = server.time.as_deref()?;
    let part = |from, to| text.get(from..to);
    let iso = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(8, 10)?,
        part(10, 12)?,
        part(12, 14)?
    );
    let there: Timestamp = iso.parse().ok()?;
    let apart = Duration::from_millis(there.as_millis().abs_diff(now.as_millis()));
    Some(if apart <= CLOCKS_APART {
        fine("its clock agrees with ours".to_owned())
    } else {
        bad(&format!("its clock and ours are {} s apart: set both", apart.as_secs()))
    })
}

fn about_schema(schema: &Schema, written: usize) -> Vec<Finding> {
    let mut findings: Vec<Finding> = schema
        .lacking
        .iter()
        .map(|name| bad(&format!("contacts cannot have {name} here: it is left out, everything else flows")))
        .collect();
    findings.extend(schema.single.iter().map(|name| {
        bad(&format!("{name} holds one value here, and rules may write several: let them choose one"))
    }));
    if findings.is_empty() {
        findings.push(fine(format!("the schema has all {written} attributes that are written")));
    }
    findings
}

/// How contacts get into the address lists of the forest's Exchange, and whether Exchange's own are in the same.
async fn about_lists(
    connection: &mut Connection,
    server: &Server,
    container: &DistinguishedName,
    finish: Option<Finish>,
) -> Result<Vec<Finding>, Failure> {
    let exchange = exchange::organization(connection, server).await?;
    let names = |lists: &[DistinguishedName]| {
        lists.iter().filter_map(DistinguishedName::rdn_value).collect::<Vec<_>>().join(", ")
    };
    Ok(match (exchange, finish) {
        (None, Some(Finish::Attributes)) => {
            vec![bad(
                "no address lists of Exchange are found: name them with `address-lists`, or take `finish` out",
            )]
        }
        (None, _) => Vec::new(),
        (Some(exchange), None) => vec![bad(&format!(
            "contacts will not be in the address lists of {}: write finish = \"attributes\", or \"update-recipient\" where Exchange is to do it",
            exchange.organization
        ))],
        (Some(_), Some(Finish::UpdateRecipient)) => {
            vec![fine("contacts get into address lists by Update-Recipient, after each export".to_owned())]
        }
        (Some(exchange), Some(Finish::Attributes)) => {
            let mut findings =
                vec![fine(format!("every contact is put into {}", names(&exchange.contact_lists)))];
            if let Some((dn, lists)) = exchange::own_contact(connection, server, container).await? {
                let has =
                    |list: &DistinguishedName| exchange.contact_lists.iter().any(|known| known.same_as(list));
                let others: Vec<DistinguishedName> = lists.into_iter().filter(|list| !has(list)).collect();
                if !others.is_empty() {
                    findings.push(bad(&format!(
                        "{dn}, a contact of Exchange's own, is in {} as well: name all lists with `address-lists` if ours should be",
                        names(&others)
                    )));
                }
            }
            findings
        }
    })
}

fn fine(text: String) -> Finding {
    Finding { fine: true, text }
}

fn bad(text: &str) -> Finding {
    Finding { fine: false, text: text.to_owned() }
}
