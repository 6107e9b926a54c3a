//! Servers that send what is no LDAP: each is an error, and the process goes on.

use madrigal_api::{ImportMode, Importer};

use super::server::{Answer, Asked, Fake};
use super::{connector, request};
use crate::Kind;

#[tokio::test]
async fn whatever_a_server_sends_is_an_error_at_worst() {
    let long = [&[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff][..], &[0; 100]].concat();
    // A search's end without its parts, an entry without a name, a result of another operation.
    let rows: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", vec![], "closed the connection"),
        ("text", b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), "what is no LDAP"),
        ("deep nesting", [0x30, 0x82, 0x9c, 0x40].repeat(10_000), "middle of a message"),
        ("an empty message", vec![0x30, 0], "what is no LDAP"),
        ("a message that is only a number", vec![0x30, 3, 2, 1, 1], "what is no LDAP"),
        ("a message that is too long", long, "octets, and"),
        ("an empty search's end", vec![0x30, 5, 2, 1, 1, 0x65, 0], "what is no LDAP"),
        ("an empty entry", vec![0x30, 5, 2, 1, 1, 0x64, 0], "closed the connection"),
        ("an add's result", vec![0x30, 12, 2, 1, 1, 0x69, 7, 10, 1, 0, 4, 0, 4, 0], "another operation"),
        ("goodbye", vec![0x30, 13, 2, 1, 0, 0x78, 8, 10, 1, 52, 4, 0, 4, 1, b'x'], "ended the connection: x"),
        ("half a message", vec![0x30, 50, 2, 1], "in the middle of a message"),
    ];
    for (what, octets, expected) in rows {
        let server = Fake::start(move |_: &Asked| vec![Answer::Octets(octets.clone()), Answer::Close]).await;
        let mut importer = connector(&server, Kind::ActiveDirectory).importer();
        let error = importer.page(&request(ImportMode::Full, 10), None).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{what}: {error}");
    }
}
