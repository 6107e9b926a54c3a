//! X.509 certificates as the certificate functions see them: DER octets, or their base64 (RFC 5280).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha1::{Digest as _, Sha1};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;
use x509_parser::time::ASN1Time;
use x509_parser::x509::X509Name;

use crate::failure::Failure;
use crate::functions::Arguments;
use crate::scalar::Scalar;

/// A self-signed certificate for the functions' rows.
pub(crate) const SAMPLE: &str = "MIICBzCCAaygAwIBAgIEEjSrzTAKBggqhkjOPQQDAjA0MQswCQYDVQQGEwJERTERMA8GA1UECgwIQUJDLCBMdGQxEjAQBgNV\
     BAMMCUFubmEgQmVyZzAeFw0yNjExMjIwMDIzMjhaFw0zNjExMTkwMDIzMjhaMDQxCzAJBgNVBAYTAkRFMREwDwYDVQQKDAhB\
     QkMsIEx0ZDESMBAGA1UEAwwJQW5uYSBCZXJnMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAErRBoj+hNXgiMTgW0rxIPkIgg\
     NrkWutGzunhXLjLI1r22nEw/QF5PBhXAVbKoEY9XN9Y0cgClFUZiXNrkqK7ZwKOBqzCBqDAMBgNVHRMBAf8EAjAAMA4GA1Ud\
     DwEB/wQEAwIHgDBpBgNVHREEYjBggRBhbm5hQGFiYy5leGFtcGxlghBhbm5hLmFiYy5leGFtcGxlhhhodHRwczovL2FiYy5l\
     eGFtcGxlL2FubmGgIAYKKwYBBAGCNxQCA6ASDBBhbm5hQHVwbi5leGFtcGxlMB0GA1UdDgQWBBTfhZ9RgGiZAyuZv+4pa6NH\
     nclIGDAKBggqhkjOPQQDAgNJADBGAiEArNuWA6hdRMeNe/SRggObj3RbzFP51EaDau54dpNyo9wCIQCepiiQMkqE/dX+YmEc\
     d+eBep7UKQuLLL6s0Sbz0DWgrw==";

/// What a function makes of the certificate that is its first argument.
pub(crate) fn read<'a>(
    arguments: Arguments<'_, 'a>,
    then: impl FnOnce(&X509Certificate<'_>) -> Scalar<'a>,
) -> Result<Scalar<'a>, Failure> {
    with_certificate(arguments, then)
}

/// The same, for any result.
pub(crate) fn with_certificate<T>(
    arguments: Arguments<'_, '_>,
    then: impl FnOnce(&X509Certificate<'_>) -> T,
) -> Result<T, Failure> {
    let der = der(arguments)?;
    match X509Certificate::from_der(&der) {
        Ok((_, certificate)) => Ok(then(&certificate)),
        Err(_) => Err(Failure::not_convertible("certificate", &format!("{} octets", der.len()))),
    }
}

/// The octets of the certificate: those given, or those that the text is the base64 of.
fn der(arguments: Arguments<'_, '_>) -> Result<Vec<u8>, Failure> {
    match arguments.get(0) {
        Scalar::Text(text) => {
            let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            BASE64.decode(bare).map_err(|_| Failure::not_convertible("certificate", "text"))
        }
        _ => Ok(arguments.octets(0)?.to_vec()),
    }
}

pub(crate) fn sha1_of(arguments: Arguments<'_, '_>) -> Result<String, Failure> {
    with_certificate(arguments, |_| ())?;
    Ok(hexadecimal(&Sha1::digest(der(arguments)?)))
}

pub(crate) fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}

pub(crate) fn time<'a>(time: ASN1Time) -> Scalar<'a> {
    jiff::Timestamp::from_second(time.timestamp()).map_or(Scalar::Null, Scalar::Time)
}

/// The parameters of the key's algorithm, with their tag and length.
pub(crate) fn parameters_shown(certificate: &X509Certificate<'_>) -> Option<String> {
    let parameters = certificate.public_key().algorithm.parameters.as_ref()?;
    let tag = u8::try_from(parameters.header.tag().0).ok().filter(|tag| *tag < 31)?;
    let length = u8::try_from(parameters.data.len()).ok().filter(|length| *length < 128)?;
    let constructed = if parameters.header.is_constructed() { 0x20 } else { 0 };
    Some(hexadecimal(&[tag | constructed, length]) + &hexadecimal(parameters.data))
}

/// A name with its most specific step first, as .NET shows it.
pub(crate) fn name_shown(name: &X509Name<'_>) -> String {
    let mut steps: Vec<String> = name
        .iter_rdn()
        .map(|step| {
            let parts: Vec<String> = step
                .iter()
                .map(|part| {
                    let value = part.as_str().unwrap_or_default();
                    format!("{}={}", short_type(&part.attr_type().to_id_string()), quoted(value))
                })
                .collect();
            parts.join(" + ")
        })
        .collect();
    steps.reverse();
    steps.join(", ")
}

fn short_type(oid: &str) -> String {
    let short = match oid {
        "2.5.4.3" => "CN",
        "2.5.4.4" => "SN",
        "2.5.4.5" => "SERIALNUMBER",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "S",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "T",
        "2.5.4.42" => "G",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "E",
        other => return format!("OID.{other}"),
    };
    short.to_owned()
}

fn quoted(value: &str) -> String {
    let special = value.contains([',', '+', '=', '"', '\n', '<', '>', '#', ';']) || value != value.trim();
    if special { format!("\"{}\"", value.replace('"', "\"\"")) } else { value.to_owned() }
}

/// What .NET's `GetNameInfo` gives for a kind of name.
pub(crate) fn name_info(certificate: &X509Certificate<'_>, kind: &str, of_issuer: bool) -> Option<String> {
    let name = if of_issuer { certificate.issuer() } else { certificate.subject() };
    let part = |oid: &str| {
        let mut parts = name.iter_attributes().filter(|part| part.attr_type().to_id_string() == oid);
        parts.next().and_then(|part| part.as_str().ok()).map(str::to_owned)
    };
    let alternative = |wanted: fn(&GeneralName<'_>) -> Option<String>| {
        let names = certificate.subject_alternative_name().ok().flatten().filter(|_| !of_issuer)?;
        names.value.general_names.iter().find_map(wanted)
    };
    let dns = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        _ => None,
    };
    match kind {
        "EmailName" => alternative(|name| match name {
            GeneralName::RFC822Name(name) => Some((*name).to_owned()),
            _ => None,
        })
        .or_else(|| part("1.2.840.113549.1.9.1")),
        "UpnName" => alternative(|name| match name {
            GeneralName::OtherName(oid, value) if oid.to_id_string() == "1.3.6.1.4.1.311.20.2.3" => {
                text_in(value)
            }
            _ => None,
        }),
        "DnsName" => alternative(dns).or_else(|| part("2.5.4.3")),
        "DnsFromAlternativeName" => alternative(dns),
        "UrlName" => alternative(|name| match name {
            GeneralName::URI(name) => Some((*name).to_owned()),
            _ => None,
        }),
        _ => ["2.5.4.3", "2.5.4.11", "2.5.4.10", "1.2.840.113549.1.9.1"].into_iter().find_map(part),
    }
}

/// The text at the end of some DER: behind `[0]`, where it is there, one string with a short length.
fn text_in(der: &[u8]) -> Option<String> {
    let der = match der {
        [0xa0, _, inner @ ..] => inner,
        other => other,
    };
    match der {
        [0x0c | 0x13 | 0x16, length, text @ ..] => {
            String::from_utf8(text.get(..usize::from(*length))?.to_vec()).ok()
        }
        _ => None,
    }
}
