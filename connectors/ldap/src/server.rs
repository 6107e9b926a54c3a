//! What a server says of itself: naming contexts, controls, and how far it has come.

use std::collections::BTreeSet;

use madrigal_api::ConnectorError;

use crate::connection::{Connection, Search};
use crate::failure::lost;
use crate::message::RawEntry;

/// A control's name (MS-ADTS section 3.1.1.3.4.1, RFC 2696).
pub(crate) mod control {
    pub(crate) const DIRSYNC: &str = "1.2.840.113556.1.4.841";
    pub(crate) const SHOW_DELETED: &str = "1.2.840.113556.1.4.417";
    pub(crate) const EXTENDED_DN: &str = "1.2.840.113556.1.4.529";
    /// Of the security descriptor, only the parts that are named.
    pub(crate) const SD_FLAGS: &str = "1.2.840.113556.1.4.801";
    pub(crate) const PAGED: &str = "1.2.840.113556.1.4.319";
}

/// What the server's root entry says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Server {
    pub default_context: Option<String>,
    pub contexts: Vec<String>,
    pub configuration: Option<String>,
    pub schema: Option<String>,
    pub controls: BTreeSet<String>,
    /// The last change that the server made or received.
    pub highest_usn: Option<u64>,
    /// Which database it is: a restored one has another.
    pub invocation: Vec<u8>,
    /// The name under which the directory keeps what it knows of the server.
    pub service: Option<String>,
    /// The server's clock, as it writes it.
    pub time: Option<String>,
    pub functional_level: Option<u32>,
    pub host: Option<String>,
}

impl Server {
    /// Asks the server.
    ///
    /// # Errors
    /// MDR-D005 and MDR-D006.
    pub(crate) async fn read(connection: &mut Connection) -> Result<Self, ConnectorError> {
        let doing = format!("asking {} what it is", connection.server());
        let search = Search::of("", &["*", "+"]);
        let root = connection.one(search).await.map_err(|failure| failure.into_error(doing.clone()))?;
        let root = root.ok_or_else(|| lost(doing.clone(), "it has no root entry".to_owned()))?;
        let mut server = Self::of(&root).ok_or_else(|| lost(doing, "its root entry is none".to_owned()))?;
        let Some(service) = server.service.clone() else { return Ok(server) };
        // Whoever may not read it there goes without the check.
        if let Ok(Some(service)) = connection.one(Search::of(service, &["invocationId"])).await {
            server.invocation = RawEntry::read(&service)
                .ok()
                .and_then(|entry| entry.values("invocationId")?.first().map(|value| value.to_vec()))
                .unwrap_or_default();
        }
        Ok(server)
    }

    /// What a root entry says, as the whole message that holds it.
    pub(crate) fn of(root: &[u8]) -> Option<Self> {
        let entry = RawEntry::read(root).ok()?;
        let texts = |name| {
            let values = entry.values(name).unwrap_or_default();
            values.into_iter().filter_map(|value| std::str::from_utf8(value).ok().map(str::to_owned))
        };
        let first = |name| texts(name).next();
        Some(Self {
            default_context: first("defaultNamingContext"),
            contexts: texts("namingContexts").collect(),
            configuration: first("configurationNamingContext"),
            schema: first("schemaNamingContext"),
            controls: texts("supportedControl").collect(),
            highest_usn: first("highestCommittedUSN").and_then(|number| number.parse().ok()),
            invocation: Vec::new(),
            service: first("dsServiceName"),
            time: first("currentTime"),
            functional_level: first("domainFunctionality").and_then(|number| number.parse().ok()),
            host: first("dnsHostName"),
        })
    }

    /// What tells the server from others: the identifier of its database, or where that cannot be read its name in the
    /// directory, or the address.
    pub(crate) fn identity(&self, url: &str) -> Vec<u8> {
        match (&self.service, self.invocation.is_empty()) {
            (_, false) => self.invocation.clone(),
            (Some(service), true) => service.to_ascii_lowercase().into_bytes(),
            (None, true) => url.as_bytes().to_vec(),
        }
    }

    /// Whether the server knows this control.
    pub(crate) fn knows(&self, control: &str) -> bool {
        self.controls.contains(control)
    }

    /// The naming context to read where none is named.
    pub(crate) fn main_context(&self) -> Option<&str> {
        self.default_context.as_deref().or(self.contexts.first().map(String::as_str))
    }
}
