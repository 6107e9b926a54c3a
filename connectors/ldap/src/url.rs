//! Where a server is: `ldaps://host`, `ldap://host:port`, `ldap://[::1]:10389`.

use std::fmt;
use std::str::FromStr;

/// The address of a server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServerUrl {
    /// Whether the connection begins with TLS (`ldaps`).
    pub tls: bool,
    /// The host's name or number; what its certificate must be for.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// Text that is no server's address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no server's address: {reason}")]
pub struct UrlError {
    /// The text.
    pub text: String,
    /// What is wrong.
    pub reason: &'static str,
}

impl FromStr for ServerUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let wrong = |reason| UrlError { text: text.to_owned(), reason };
        let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong("write ldaps://HOST"))?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "ldaps" => true,
            "ldap" => false,
            _ => return Err(wrong("it begins with ldaps:// or ldap://")),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']').ok_or_else(|| wrong("']' is missing"))?;
                (host, port)
            }
            None => rest.split_at(rest.find(':').unwrap_or(rest.len())),
        };
        if host.is_empty() || host.contains(['/', '@', '?', '#', ' ']) {
            return Err(wrong("between // and the port stands a host's name and nothing else"));
        }
        let port = match port.strip_prefix(':') {
            Some(port) => port.parse().map_err(|_| wrong("the port is a number up to 65535"))?,
            None if port.is_empty() => {
                if tls {
                    636
                } else {
                    389
                }
            }
            None => return Err(wrong("behind the host stands ':' and a port")),
        };
        Ok(Self { tls, host: host.to_owned(), port })
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "ldaps" } else { "ldap" };
        let standard = if self.tls { 636 } else { 389 };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        write!(f, "{scheme}://{host}")?;
        if self.port == standard { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_shown() {
        let rows = [
            ("ldaps://dc1.abc.example", "ldaps://dc1.abc.example"),
            ("LDAP://dc1:389/", "ldap://dc1"),
            ("ldap://127.0.0.1:10389", "ldap://127.0.0.1:10389"),
            ("ldaps://[::1]:3269", "ldaps://[::1]:3269"),
            ("dc1", "\"dc1\" is no server's address: write ldaps://HOST"),
            ("http://dc1", "\"http://dc1\" is no server's address: it begins with ldaps:// or ldap://"),
            (
                "ldaps://",
                "\"ldaps://\" is no server's address: between // and the port stands a host's name and nothing else",
            ),
            ("ldap://dc1:x", "\"ldap://dc1:x\" is no server's address: the port is a number up to 65535"),
        ];
        for (given, expected) in rows {
            let shown = match given.parse::<ServerUrl>() {
                Ok(url) => url.to_string(),
                Err(error) => error.to_string(),
            };
            assert_eq!(shown, expected);
        }
    }
}
