//! How an operation on a server fails, and what a person should do about each of its results.

use std::error::Error as StdError;
use std::fmt;

use madrigal_api::ConnectorError;

/// How one operation failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The connection is gone; whether the operation was carried out is not known.
    Lost(String),
    /// The server said no.
    Refused(Answer),
}

/// A result other than success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The result code (RFC 4511 section 4.1.9).
    pub code: u32,
    /// The server's diagnostic message.
    pub text: String,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.code {
            1 => "operationsError",
            2 => "protocolError",
            3 => "timeLimitExceeded",
            4 => "sizeLimitExceeded",
            8 => "strongerAuthRequired",
            10 => "referral",
            11 => "adminLimitExceeded",
            12 => "unavailableCriticalExtension",
            13 => "confidentialityRequired",
            16 => "noSuchAttribute",
            17 => "undefinedAttributeType",
            19 => "constraintViolation",
            20 => "attributeOrValueExists",
            21 => "invalidAttributeSyntax",
            32 => "noSuchObject",
            34 => "invalidDNSyntax",
            49 => "invalidCredentials",
            50 => "insufficientAccessRights",
            51 => "busy",
            52 => "unavailable",
            53 => "unwillingToPerform",
            64 => "namingViolation",
            65 => "objectClassViolation",
            66 => "notAllowedOnNonLeaf",
            67 => "notAllowedOnRDN",
            68 => "entryAlreadyExists",
            80 => "other",
            _ => "error",
        };
        write!(f, "{name} ({})", self.code)?;
        let text = self.text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        if text.is_empty() { Ok(()) } else { write!(f, ", {text}") }
    }
}

impl Failure {
    /// The failure as one that ends the import or export.
    pub(crate) fn into_error(self, doing: String) -> ConnectorError {
        match self {
            Self::Lost(reason) => lost(doing, reason),
            Self::Refused(answer) => refused(doing, &answer),
        }
    }
}

/// The connection was lost.
pub(crate) fn lost(doing: String, reason: String) -> ConnectorError {
    let remedy = "What was read or confirmed so far is kept; run again";
    unreachable("MDR-D005", doing, reason, remedy, None::<std::io::Error>)
}

/// The server refuses what the whole import or export depends on.
pub(crate) fn refused(doing: String, answer: &Answer) -> ConnectorError {
    let remedy = match answer.code {
        3 | 4 | 11 => "Nothing was taken for deleted; raise the server's limits for this account",
        8 | 13 => "Use ldaps://, or ldap:// without `insecure`",
        10 | 32 => "See that `domains` names what this server holds",
        12 | 53 => "Set import = \"changes\" if the server has no DirSync control",
        50 => "Give the account the right to read there",
        51 | 52 => "Wait until the server is less busy, and run again",
        _ => "Look into the server's log",
    };
    unreachable("MDR-D006", doing, answer.to_string(), remedy, None::<std::io::Error>)
}

/// The directory cannot be used now.
pub(crate) fn unreachable<E: StdError + Send + Sync + 'static>(
    code: &'static str,
    doing: String,
    reason: String,
    remedy: &str,
    source: Option<E>,
) -> ConnectorError {
    let source = source.map(|source| Box::new(source) as Box<dyn StdError + Send + Sync>);
    ConnectorError::Unreachable { code, doing, reason, remedy: remedy.to_owned(), source }
}

/// The configuration cannot be used with this server.
pub(crate) fn configuration(
    code: &'static str,
    doing: String,
    reason: String,
    remedy: &str,
) -> ConnectorError {
    ConnectorError::Configuration { code, doing, reason, remedy: remedy.to_owned() }
}
