//! Any octets are a certificate or an error, for every function that reads one.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use madrigal_mappings::{Environment, NoGroups, Parameters, Standalone, compile_expression};
use madrigal_model::{AttributeName, Entry, Timestamp, Value};

static FUNCTIONS: LazyLock<Vec<Standalone>> = LazyLock::new(|| {
    let one = "ExtensionOids Format FriendlyName HashString Issuer IssuerDN IssuerOid KeyAlgorithm KeyAlgorithmParams \
               NotAfter NotBefore PublicKeyOid PublicKeyParametersOid SerialNumber SignatureAlgorithmOid Subject \
               SubjectNameDN SubjectNameOid Thumbprint Version";
    let mut calls: Vec<String> =
        one.split_whitespace().map(|name| format!("Cert{name}([userCertificate])")).collect();
    for kind in ["SimpleName", "EmailName", "UpnName", "DnsName", "DnsFromAlternativeName", "UrlName"] {
        calls.push(format!("CertNameInfo([userCertificate], {kind}, False)"));
        calls.push(format!("CertNameInfo([userCertificate], {kind}, True)"));
    }
    calls.push("IsCert([userCertificate])".to_owned());
    calls.push("Thumbprint([userCertificate])".to_owned());
    let compiled: Vec<Standalone> =
        calls.iter().filter_map(|call| compile_expression(call, "fuzz").ok()).collect();
    assert_eq!(compiled.len(), calls.len());
    compiled
});

fuzz_target!(|octets: &[u8]| {
    let Ok(name) = AttributeName::intern("userCertificate") else { return };
    let entry = Entry::from_values([(name, [Value::bytes(octets)])]);
    let parameters = Parameters::new();
    let environment = Environment {
        now: Timestamp::from_millis(0),
        parameters: &parameters,
        dn: None,
        seed: 0,
        number: None,
        groups: &NoGroups,
    };
    for function in FUNCTIONS.iter() {
        let mut slots = Vec::new();
        function.slots.fill(&entry, &mut slots);
        let _ = function.program.evaluate(&slots, &environment);
    }
});
