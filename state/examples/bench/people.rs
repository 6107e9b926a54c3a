//! Invented people, about as large as real ones: 30 attributes, 8 keys.

use madrigal_model::{
    Anchor, AttributeChange, AttributeName, ChangeKind, ConnectorId, Decision, DistinguishedName, Entry,
    EntryBuilder, ExportState, FlowSource, Identity, IdentityId, IndexKey, Link, LinkKind, ObjectKey,
    PendingExport, Value,
};
use madrigal_state::{IdentityWrite, ObjectWrite};

const TEXTS: [(&str, &str); 22] = [
    ("company", "Contoso Pharmaceuticals"),
    ("department", "Research and Development"),
    ("title", "Senior Engineer"),
    ("l", "Zürich"),
    ("st", "ZH"),
    ("postalCode", "8001"),
    ("streetAddress", "Bahnhofstrasse 17"),
    ("co", "Switzerland"),
    ("c", "CH"),
    ("physicalDeliveryOfficeName", "B-214"),
    ("telephoneNumber", "+41 44 555 01 02"),
    ("mobile", "+41 79 555 03 04"),
    ("facsimileTelephoneNumber", "+41 44 555 01 99"),
    ("initials", "M."),
    ("msExchRecipientTypeDetails", "1"),
    ("msExchRecipientDisplayType", "1073741824"),
    ("msExchVersion", "88218628259840"),
    ("homeMDB", "CN=DB17,CN=Databases,CN=ABC,DC=abc,DC=example"),
    ("extensionAttribute1", "cost center 4711"),
    ("whenCreated", "20190817143012.0Z"),
    ("userAccountControl", "512"),
    ("info", "-"),
];

fn name(text: &str) -> AttributeName {
    AttributeName::intern(text).expect("a known name")
}

fn spread(n: u64) -> u64 {
    (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

/// The `n`th person's objectGUID.
pub(crate) fn anchor(n: u64) -> Anchor {
    let mut octets = [0; 16];
    octets[..8].copy_from_slice(&spread(n).to_le_bytes());
    octets[8..].copy_from_slice(&spread(n ^ 0xffff).to_le_bytes());
    Anchor::new(&octets)
}

/// The `k`th key of the `n`th person.
pub(crate) fn key(n: u64, k: u64) -> IndexKey {
    IndexKey(spread(n * 16 + k).cast_signed())
}

/// The `n`th person; `round` is what changes.
pub(crate) fn person(n: u64, round: u32) -> ObjectWrite {
    let mut entry = EntryBuilder::default();
    for (attribute, text) in TEXTS {
        entry.add(name(attribute), Value::text(text));
    }
    let mail = format!("given{n}.surname{n}@abc.example");
    let own = [
        ("cn", format!("Surname{n}, Given{n}")),
        ("displayName", format!("Surname{n}, Given{n}")),
        ("givenName", format!("Given{n}")),
        ("sn", format!("Surname{n}")),
        ("mail", mail.clone()),
        ("sAMAccountName", format!("u{n}")),
        ("legacyExchangeDN", format!("/o=ABC/ou=AG/cn=Recipients/cn=u{n}")),
        ("telephoneNumber", format!("+41 44 555 {round}")),
    ];
    for (attribute, text) in own {
        entry.set(name(attribute), vec![Value::text(text)]);
    }
    entry.add(name("proxyAddresses"), Value::text(format!("SMTP:{mail}")));
    entry.add(name("proxyAddresses"), Value::text(format!("sip:{mail}")));
    entry.add(name("objectSid"), Value::bytes(spread(n).to_le_bytes().repeat(3)));
    let entry = entry.build();
    ObjectWrite {
        anchor: anchor(n),
        dn: DistinguishedName::from_directory(&format!(
            "CN=Surname{n}\\, Given{n},OU=People,DC=abc,DC=example"
        )),
        digest: Some(entry.digest()),
        entry,
        keys: (0..8).map(|k| key(n, k)).collect(),
        quiet: false,
    }
}

/// The person's identity.
pub(crate) fn identity_id(n: u64) -> IdentityId {
    IdentityId::projected_by("abc", anchor(n).as_bytes())
}

/// The link of a person to the identity.
pub(crate) fn link(n: u64) -> Option<Link> {
    Some(Link { identity: identity_id(n), kind: LinkKind::Projected, because: "Person from AD".into() })
}

/// The plan of the person's contact: what is copied of the entry, each with its rule.
pub(crate) fn plan(n: u64, entry: &Entry, target: ConnectorId, source: ConnectorId) -> PendingExport {
    let changes = entry.iter().take(24).map(|(attribute, values)| AttributeChange {
        attribute,
        old: Vec::new(),
        new: values.iter().map(|value| value.to_value()).collect(),
        source: Some(FlowSource { rule: "Contact for a person".into(), reads: [attribute].into() }),
    });
    PendingExport {
        kind: ChangeKind::Add,
        identity: identity_id(n),
        connector: target,
        anchor: None,
        dn: contact_dn(n),
        new_dn: None,
        changes: changes.collect(),
        reason: None,
        speaker: Some(ObjectKey::new(source, anchor(n))),
    }
}

/// The contact's name.
pub(crate) fn contact_dn(n: u64) -> DistinguishedName {
    DistinguishedName::from_directory(&format!("CN=Surname{n}\\, Given{n},OU=Address List,DC=xyz,DC=example"))
}

/// The identity with its decisions and an export state.
pub(crate) fn identity(
    n: u64,
    target: ConnectorId,
    source: ConnectorId,
    pending: Option<PendingExport>,
) -> IdentityWrite {
    let mut identity = Identity::new(identity_id(n));
    identity.authority = Some(ObjectKey::new(source, anchor(n)));
    identity.legacy_dns = vec![format!("/o=ABC/ou=AG/cn=Recipients/cn=u{n}").into()];
    let mut state = ExportState::new(target);
    state.dn = contact_dn(n);
    state.decisions = vec![Decision {
        attribute: name("cn"),
        value: Value::text(format!("Surname{n}, Given{n}")),
        inputs: spread(n),
    }];
    state.pending = pending;
    identity.exports = vec![state];
    IdentityWrite { identity, due: None, export_keys: vec![(8..11).map(|k| key(n, k)).collect()] }
}
