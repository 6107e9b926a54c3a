//! How fast a server is read and written, beside which the raw tools can be run:
//!
//! ```text
//! BENCH_PASSWORD=… cargo run --release -p madrigal-ldap --example bench -- URL NAME KIND BASE [CONTAINER ADDS]
//! ```
//!
//! KIND is `active-directory` or `ldap`. Reads everything below BASE once, then what changed since (nothing). With
//! CONTAINER adds so many contacts there and reads them as changes, and changes a hundred objects and reads those. The
//! hundred are contacts of ours in Active Directory. Elsewhere changes are told by their times, some of which are read
//! twice: there the hundred are people who were there before, and they are changed first.
//! Prints entries a second and the process's own seconds of processor time. `tests/servers/bench.sh` runs it.

use std::error::Error;
use std::time::Instant;

use madrigal_api::{
    Exporter, ImportMode, ImportRequest, Importer, Modification, ModificationKind, Operation, OperationKind,
    ReceiptOutcome,
};
use madrigal_ldap::{Bind, Chosen, Domain, ImportMethod, Kind, LdapConnector, Pace, PasswordSource};
use madrigal_model::{
    Approval, AttributeName, DistinguishedName, Entry, IdentityId, ObservedChange, Timestamp, Value,
    Watermark,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many contacts are changed.
const CHANGES: usize = 100;
const ATTRIBUTES: [&str; 30] = [
    "objectClass",
    "cn",
    "displayName",
    "givenName",
    "sn",
    "title",
    "department",
    "company",
    "mail",
    "mailNickname",
    "proxyAddresses",
    "targetAddress",
    "legacyExchangeDN",
    "telephoneNumber",
    "mobile",
    "l",
    "st",
    "c",
    "co",
    "countryCode",
    "postalCode",
    "streetAddress",
    "physicalDeliveryOfficeName",
    "manager",
    "member",
    "msExchHideFromAddressLists",
    "msExchRecipientTypeDetails",
    "msExchRecipientDisplayType",
    "msRTCSIP-PrimaryUserAddress",
    "adminDescription",
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, name, kind, base, rest @ ..] = arguments.as_slice() else {
        return Err("bench URL NAME KIND BASE [CONTAINER ADDS]".into());
    };
    let kind = if kind == "ldap" { Kind::Other } else { Kind::ActiveDirectory };
    let anchor = if kind == Kind::Other { "entryUUID" } else { "objectGUID" };
    let connector = LdapConnector {
        name: "bench".to_owned(),
        kind,
        urls: vec![url.parse()?],
        domains: vec![Domain { dn: DistinguishedName::parse(base)?, urls: Vec::new() }],
        bind: Some(Bind::Password {
            dn: name.clone(),
            password: PasswordSource::Environment("BENCH_PASSWORD".to_owned()),
        }),
        ca_file: None,
        insecure: true,
        import: ImportMethod::Auto,
        anchor: AttributeName::intern(anchor)?,
        container: None,
        lacking: Vec::new(),
        pace: Pace::default(),
        chosen: Chosen::default(),
    };
    let mut people = Vec::new();
    let watermark = read(&connector, ImportMode::Full, "everything", None, &mut people).await?;
    let mut watermark =
        read(&connector, ImportMode::Delta, "no change", Some(watermark), &mut Vec::new()).await?;
    let [container, adds] = rest else { return Ok(()) };
    let container = DistinguishedName::parse(container)?;
    let contacts: Vec<_> =
        (0..adds.parse()?).map(|number| container.child("CN", &format!("Bench {number}"))).collect();
    let steps = [("adds", "what was added"), ("changes", "what was changed")];
    let in_order: Vec<_> =
        if kind == Kind::Other { steps.iter().rev().collect() } else { steps.iter().collect() };
    let changed = if kind == Kind::Other { &people } else { &contacts };
    for (write_it, read_it) in in_order {
        let operations = match *write_it {
            "adds" => adds_of(&contacts)?,
            _ => changes_of(changed.iter().take(CHANGES))?,
        };
        write(&connector, write_it, operations).await?;
        watermark = read(&connector, ImportMode::Delta, read_it, Some(watermark), &mut Vec::new()).await?;
    }
    Ok(())
}

async fn read(
    connector: &LdapConnector,
    mode: ImportMode,
    what: &str,
    mut from: Option<Watermark>,
    people: &mut Vec<DistinguishedName>,
) -> Result<Watermark, Box<dyn Error>> {
    let attributes =
        ATTRIBUTES.iter().map(|name| AttributeName::intern(name)).collect::<Result<Vec<_>, _>>()?;
    let request = ImportRequest { mode, attributes, page_size: 5_000, now: Timestamp::from_millis(0) };
    let mut importer = connector.importer();
    let (began, processor, mut seen) = (Instant::now(), processor_seconds(), 0);
    loop {
        let page = importer.page(&request, from.as_ref()).await?;
        seen += page.observations.len();
        let telephone = AttributeName::intern("telephoneNumber")?;
        let changed = page.observations.into_iter().filter_map(|observation| match observation.change {
            ObservedChange::Present { dn, entry } if !entry.get(telephone).is_empty() => Some(dn),
            _ => None,
        });
        people.extend(changed.take(CHANGES - people.len().min(CHANGES)));
        from = Some(page.watermark);
        if !page.more {
            break;
        }
    }
    show(what, seen, began, processor);
    from.ok_or_else(|| "no watermark".into())
}

fn adds_of(contacts: &[DistinguishedName]) -> Result<Vec<Operation>, Box<dyn Error>> {
    let name = |name| AttributeName::intern(name);
    let (class, cn, display, mail, addresses, telephone) = (
        name("objectClass")?,
        name("cn")?,
        name("displayName")?,
        name("mail")?,
        name("proxyAddresses")?,
        name("telephoneNumber")?,
    );
    let classes = ["top", "person", "organizationalPerson", "contact"];
    let operations = contacts
        .iter()
        .enumerate()
        .map(|(number, dn)| {
            let text = format!("Bench {number}");
            let address = format!("bench{number}@bench.example");
            let entry = Entry::from_values([
                (class, classes.map(Value::text).to_vec()),
                (cn, vec![Value::text(text.as_str())]),
                (display, vec![Value::text(text.as_str())]),
                (mail, vec![Value::text(address.as_str())]),
                (addresses, vec![Value::text(format!("SMTP:{address}"))]),
                (telephone, vec![Value::text(format!("+1 555 {number}"))]),
            ]);
            let identity = IdentityId::projected_by("bench", text.as_bytes());
            Operation { identity, kind: OperationKind::Add { dn: dn.clone(), entry, former: None } }
        })
        .collect();
    Ok(operations)
}

fn changes_of<'a>(
    objects: impl Iterator<Item = &'a DistinguishedName>,
) -> Result<Vec<Operation>, Box<dyn Error>> {
    let attribute = AttributeName::intern("telephoneNumber")?;
    let operations = objects
        .enumerate()
        .map(|(number, dn)| {
            let modification = Modification {
                attribute,
                kind: ModificationKind::Replace,
                values: vec![Value::text(format!("+1 777 {number}"))],
            };
            Operation {
                identity: IdentityId::projected_by("bench", dn.as_str().as_bytes()),
                kind: OperationKind::Modify {
                    anchor: None,
                    dn: dn.clone(),
                    modifications: vec![modification],
                },
            }
        })
        .collect();
    Ok(operations)
}

async fn write(
    connector: &LdapConnector,
    what: &str,
    operations: Vec<Operation>,
) -> Result<(), Box<dyn Error>> {
    let mut exporter = connector.exporter();
    let (began, processor, mut accepted) = (Instant::now(), processor_seconds(), 0);
    for (number, batch) in operations.chunks(1_000).enumerate() {
        let now = Timestamp::from_millis(0);
        let approval = Approval::granted_by_the_guard();
        let receipts = exporter.apply(number as u64, batch.to_vec(), now, &approval).await?;
        accepted += receipts.iter().filter(|one| matches!(one.outcome, ReceiptOutcome::Accepted(_))).count();
    }
    show(what, accepted, began, processor);
    Ok(())
}

fn show(what: &str, count: usize, began: Instant, processor: f64) {
    let seconds = began.elapsed().as_secs_f64();
    let own = processor_seconds() - processor;
    println!(
        "{what:<16} {count:8} in {seconds:7.2} s, {:9.0} a second, {own:6.2} s of processor time",
        count as f64 / seconds
    );
}

/// Processor time of this process so far, where the system tells it (in hundredths of a second, as Linux counts).
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: f64 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    ticks / 100.0
}
