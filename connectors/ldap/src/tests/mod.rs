//! The connector against small servers that say what a real one says rarely, or what none should.

mod exporting;
mod failover;
mod hostile;
mod importing;
mod server;

use std::path::PathBuf;
use std::time::Duration;

use madrigal_api::{ImportMode, ImportRequest};
use madrigal_model::{AttributeName, Timestamp};

use crate::{Chosen, ImportMethod, Kind, LdapConnector, Pace};
use server::Fake;

/// A connector for this server, without TLS and without a name.
fn connector(server: &Fake, kind: Kind) -> LdapConnector {
    let anchor = if kind == Kind::ActiveDirectory { "objectGUID" } else { "entryUUID" };
    LdapConnector {
        name: "test".to_owned(),
        kind,
        urls: vec![format!("ldap://127.0.0.1:{}", server.port()).parse().unwrap()],
        domains: Vec::new(),
        bind: None,
        ca_file: None::<PathBuf>,
        insecure: true,
        import: ImportMethod::Auto,
        anchor: AttributeName::intern(anchor).unwrap(),
        container: None,
        lacking: Vec::new(),
        pace: Pace { timeout: Duration::from_secs(5), ..Pace::default() },
        chosen: Chosen::default(),
    }
}

fn request(mode: ImportMode, page_size: usize) -> ImportRequest {
    let names = ["cn", "mail", "member", "objectClass"];
    ImportRequest {
        mode,
        attributes: names.map(|name| AttributeName::intern(name).unwrap()).to_vec(),
        page_size,
        now: Timestamp::from_millis(0),
    }
}
