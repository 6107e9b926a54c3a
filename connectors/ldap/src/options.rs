//! What can be set for a connector.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use madrigal_model::{AttributeName, DistinguishedName};

use crate::export::LdapExporter;
use crate::import::LdapImporter;
use crate::password::PasswordSource;
use crate::url::ServerUrl;

/// What kind of server it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Active Directory, or Samba as one: GUIDs, tombstones, the DirSync control.
    ActiveDirectory,
    /// Another LDAP server, known by `entryUUID` and `modifyTimestamp` (RFC 4530, RFC 4512 section 3.4).
    Other,
}

/// How changes are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImportMethod {
    /// By the DirSync control where the server has it, else by change numbers.
    #[default]
    Auto,
    /// By the DirSync control (MS-ADTS section 3.1.1.3.4.1.3).
    DirSync,
    /// By `uSNChanged`, or by `modifyTimestamp` where there is none.
    Changes,
}

/// Who the connector is to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bind {
    /// Somebody with a password.
    Password {
        /// A DN, or in Active Directory also `name@domain`.
        dn: String,
        /// Where the password is.
        password: PasswordSource,
    },
    /// Whose Kerberos tickets are at hand; over TLS alone, and only where the crate has the feature `gssapi`.
    Kerberos {
        /// The host's name in the name of its service, where it is another than the address has.
        host: Option<String>,
    },
}

/// A naming context that is read, with the servers that hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// The naming context.
    pub dn: DistinguishedName,
    /// The servers, the preferred one first; none: the connector's own.
    pub urls: Vec<ServerUrl>,
}

/// How much is asked of a server at once, and how long it is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How long to wait for a connection, and for each reply.
    pub timeout: Duration,
    /// Operations sent before the first of them is answered.
    pub in_flight: usize,
    /// Connections that exports are spread over.
    pub connections: usize,
    /// The most operations a second; none: as many as the server takes.
    pub operations_per_second: Option<u32>,
    /// The largest message that is taken from a server, in octets.
    pub largest_message: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(120),
            in_flight: 64,
            connections: 1,
            operations_per_second: None,
            largest_message: 64 * 1024 * 1024,
        }
    }
}

/// A directory that is reached by LDAP.
#[derive(Clone, Debug)]
pub struct LdapConnector {
    /// The connector's name.
    pub name: String,
    /// What kind of server it is.
    pub kind: Kind,
    /// The servers, the preferred one first.
    pub urls: Vec<ServerUrl>,
    /// The naming contexts to read; none: the server's default one.
    pub domains: Vec<Domain>,
    /// Who the connector is to the server; none: anonymous.
    pub bind: Option<Bind>,
    /// Certificates that are trusted besides the system's, as PEM.
    pub ca_file: Option<PathBuf>,
    /// Whether `ldap://` may go without TLS. Then passwords and people cross the network in the clear, and every run
    /// says so.
    pub insecure: bool,
    /// How changes are read.
    pub import: ImportMethod,
    /// The attribute whose value is an object's immutable key.
    pub anchor: AttributeName,
    /// The container that contacts are written to, which `check` looks at.
    pub container: Option<DistinguishedName>,
    /// Attributes that rules would write and its schema lacks: an import says so, once for each.
    pub lacking: Vec<AttributeName>,
    /// How much is asked of the server at once.
    pub pace: Pace,
    /// Which of its servers it works with: importer and exporter stay on one.
    pub chosen: Chosen,
}

/// The servers that a connector works with: of each list of servers the one that was used last.
#[derive(Clone, Debug, Default)]
pub struct Chosen(Arc<Mutex<Vec<ServerUrl>>>);

impl Chosen {
    /// The servers in the order of trying: the one that was used last, then the others as they are written.
    pub(crate) fn order(&self, urls: &[ServerUrl]) -> Vec<ServerUrl> {
        let chosen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (used, others): (Vec<_>, Vec<_>) = urls.iter().cloned().partition(|url| chosen.contains(url));
        used.into_iter().chain(others).collect()
    }

    /// From now on this one of the servers is used.
    pub(crate) fn set(&self, urls: &[ServerUrl], used: &ServerUrl) {
        let mut chosen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        chosen.retain(|known| !urls.contains(known));
        chosen.push(used.clone());
    }

    /// Goes on with the server that was used before this process began, unless another one is used already.
    pub(crate) fn go_on_with(&self, urls: &[ServerUrl], before: &str) {
        let any =
            self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|known| urls.contains(known));
        if let Some(url) = urls.iter().find(|url| !any && url.to_string() == before) {
            self.set(urls, url);
        }
    }
}

impl LdapConnector {
    /// A reader of the directory.
    #[must_use]
    pub fn importer(&self) -> LdapImporter {
        LdapImporter::new(self.clone())
    }

    /// A writer to the directory.
    #[must_use]
    pub fn exporter(&self) -> LdapExporter {
        LdapExporter::new(self.clone())
    }
}
