//! Active Directory and other LDAP servers.
//!
//! An import reads by the DirSync control, by change numbers or by times of change; an export adds, modifies, renames
//! and deletes. What a server sends is taken apart by parsers of our own that cannot fail other than by an error; the
//! client library sees only what passed them.
//!
//! It never follows a referral, never sends a password without TLS unless it was told to, and never decides what an
//! object is: that is the rules' affair.

mod ber;
mod check;
mod connect;
mod connection;
mod controls;
mod decode;
mod exchange;
mod export;
mod failure;
mod filter;
mod groups;
mod guard;
mod heard;
mod import;
#[cfg(feature = "gssapi")]
mod kerberos;
mod mark;
mod message;
mod names;
mod options;
mod password;
mod schema;
mod security;
mod server;
#[cfg(test)]
mod tests;
mod tls;
mod url;

pub use check::Finding;
pub use exchange::{Exchange, Finish};
pub use export::LdapExporter;
pub use import::LdapImporter;
pub use options::{Bind, Chosen, Domain, ImportMethod, Kind, LdapConnector, Pace};
pub use password::PasswordSource;
pub use url::{ServerUrl, UrlError};

/// Puts octets through every parser of what a server sends or a store gives back. For fuzzing: that it returns is all
/// that it says.
#[doc(hidden)]
pub fn take_apart(octets: &[u8]) {
    let _ = message::inspect(octets, |id| id % 2 == 0);
    if let Ok(entry) = message::RawEntry::read(octets) {
        let _ = entry.attributes().flatten().map(|attribute| attribute.values().count()).sum::<usize>();
        for reading in [decode::Reading::Whole, decode::Reading::Changes] {
            let _ = decode::Decoder::of_a_person(reading).map(|mut decoder| decoder.decode(&entry, reading));
        }
        let _ = server::Server::of(octets);
    }
    let _ = connect::answer_of(octets);
    let _ = controls::read_dirsync(octets);
    let _ = controls::read_paged(octets);
    let _ = mark::Mark::from_watermark(&madrigal_model::Watermark { mark: octets.to_vec(), read_with: 0 });
    let _ = security::grants_secrets(octets, &[b"me"]);
    if let Ok(text) = std::str::from_utf8(octets) {
        let _ = (names::split_extended(text), names::split_range(text));
        let _ = filter::takes(text, &[("a", &["b"])]);
        let _ = (schema::described(text), export::attribute_in(text), connect::bad_credentials(text));
        let _ = (import::a_little_before(text), text.parse::<ServerUrl>());
    }
}
