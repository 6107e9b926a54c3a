//! TLS: the server's certificate is verified always, against the system's authorities and those of a file.

use std::path::Path;
use std::sync::Arc;

use madrigal_api::ConnectorError;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use crate::failure::{configuration, unreachable};

/// Begins TLS on a connection to this host.
///
/// # Errors
/// MDR-D002 where the certificate does not hold, MDR-D009 where the file of authorities cannot be used.
pub(crate) async fn begin(
    stream: TcpStream,
    host: &str,
    ca_file: Option<&Path>,
) -> Result<TlsStream<TcpStream>, ConnectorError> {
    let doing = || format!("beginning TLS with {host}");
    let name = ServerName::try_from(host.to_owned()).map_err(|error| {
        configuration(
            "MDR-D009",
            doing(),
            error.to_string(),
            "Write the host's name as its certificate has it",
        )
    })?;
    let connector = TlsConnector::from(client(ca_file)?);
    connector.connect(name, stream).await.map_err(|error| {
        let text = error.to_string();
        let remedy = remedy(&text);
        unreachable("MDR-D002", doing(), text, remedy, Some(error))
    })
}

/// What to do about an error of TLS, by its words: they come through an error that holds nothing else.
fn remedy(text: &str) -> &'static str {
    let says = |words: &[&str]| words.iter().any(|words| text.contains(words));
    if says(&["not valid for name", "NotValidForName"]) {
        "Name the server as its certificate does"
    } else if says(&["UnknownIssuer"]) {
        "Name the authority that signed the server's certificate: ca-file = \"…\""
    } else if says(&["expired", "Expired", "not valid yet", "NotValidYet"]) {
        "Renew the server's certificate; look at both clocks"
    } else {
        "See that the server speaks TLS on this port and that its certificate is in order"
    }
}

fn client(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, ConnectorError> {
    let mut roots = RootCertStore::empty();
    // A system without authorities is no error: those of the file may be all that is needed.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca_file {
        let doing = || format!("reading the authorities in {}", path.display());
        let remedy = "Give a PEM file with the certificate of the authority";
        let certificates = CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| configuration("MDR-D009", doing(), error.to_string(), remedy))?;
        let (added, _) = roots.add_parsable_certificates(certificates);
        if added == 0 {
            return Err(configuration("MDR-D009", doing(), "there is none".to_owned(), remedy));
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| {
            configuration("MDR-D009", "preparing TLS".to_owned(), error.to_string(), "Report it")
        })?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

#[cfg(test)]
mod tests {
    use tokio_rustls::rustls::pki_types::UnixTime;
    use tokio_rustls::rustls::{CertificateError, Error};

    use super::*;

    #[test]
    fn every_fault_of_a_certificate_has_its_remedy() {
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1));
        let name = ServerName::try_from("dc1").unwrap();
        let rows = [
            (CertificateError::UnknownIssuer, "Name the authority"),
            (CertificateError::NotValidForName, "Name the server"),
            (
                CertificateError::NotValidForNameContext { expected: name, presented: Vec::new() },
                "Name the server",
            ),
            (CertificateError::Expired, "Renew"),
            (CertificateError::ExpiredContext { time, not_after: time }, "Renew"),
            (CertificateError::NotValidYet, "Renew"),
            (CertificateError::NotValidYetContext { time, not_before: time }, "Renew"),
            (CertificateError::BadEncoding, "See that"),
        ];
        for (fault, expected) in rows {
            let text = Error::InvalidCertificate(fault).to_string();
            assert!(remedy(&text).starts_with(expected), "{text}");
        }
    }
}
