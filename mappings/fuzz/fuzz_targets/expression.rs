//! Any text is an expression or has diagnostics that can be drawn; an expression gives the same value, or the same error,
//! each time and whether it is traced or not, within its limits.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use madrigal_mappings::{
    Environment, NoGroups, Outcome, Parameters, compile_expression, limits, value_of_row,
};
use madrigal_model::{AttributeName, ContentHash, DistinguishedName, Entry, EntryBuilder, Timestamp, Value};

static ENTRY: LazyLock<Entry> = LazyLock::new(|| {
    let texts: &[(&str, &[&str])] = &[
        ("mail", &["Anna.Müller@abc.example"]),
        ("cn", &[" ÄnnaİßﬁΣ "]),
        ("proxyAddresses", &["SMTP:a@abc.example", "smtp:b@abc.example", "X500:/o=ABC/cn=a", "", "smtp"]),
        ("description", &["a", "B", "a"]),
        ("userAccountControl", &["514"]),
        ("whenCreated", &["20261122001015.0Z"]),
        ("msExchHideFromAddressLists", &["TRUE"]),
        ("objectGUID", &["0x000102030405060708090A0B0C0D0E0F"]),
        ("objectSid", &["0x010500000000000515000000010000000200000003000000F4010000"]),
        ("manager", &["<CN=Bo\\, B,OU=x,DC=abc,DC=example>"]),
        ("member", &["<object 12>", "<CN=a>"]),
        ("info", &["0xFFFE"]),
    ];
    let mut entry = EntryBuilder::default();
    for (name, values) in texts {
        let Ok(name) = AttributeName::intern(name) else { continue };
        values.iter().for_each(|value| entry.add(name, value_of_row(value)));
    }
    if let Ok(name) = AttributeName::intern("userCertificate") {
        entry.add(name, Value::Large(ContentHash(7), 1234));
    }
    entry.build()
});

fuzz_target!(|text: &str| {
    let standalone = match compile_expression(text, "fuzz") {
        Ok(standalone) => standalone,
        Err(diagnostics) => {
            assert!(!diagnostics.is_empty());
            assert!(diagnostics.iter().all(|diagnostic| diagnostic.to_string().lines().count() >= 4));
            return;
        }
    };
    let mut slots = Vec::new();
    standalone.slots.fill(&ENTRY, &mut slots);
    let dn = DistinguishedName::from_directory("CN=Anna\\0ACNF:4f,OU=People,DC=abc,DC=example");
    let parameters = Parameters::new().with("MailDomains", ["abc.example", "a.example"]);
    let environment = Environment {
        now: Timestamp::from_millis(1_795_305_600_000),
        parameters: &parameters,
        dn: Some(&dn),
        seed: 1,
        number: Some(2),
        groups: &NoGroups,
    };
    let value = standalone.program.evaluate(&slots, &environment);
    let (traced, steps) = standalone.program.trace(&slots, &environment);
    assert_eq!(value, traced);
    assert!(steps.iter().all(|step| text.get(step.span.start..step.span.end).is_some()));
    if let Ok(Outcome::Values(values)) = value {
        assert!(!values.is_empty() && values.len() <= limits::MAX_VALUES);
    }
    let shown = standalone.program.shown(&slots, &environment);
    assert_eq!(shown.is_ok(), standalone.program.typed(&slots, &environment).is_ok());
});
