//! How fast LDIF is read and written: `cargo run --release -p madrigal-ldif --example bench -- PEOPLE [FILE]`.
//!
//! Generates so many people of 30 attributes (about 1.2 KB each) into the file (default: in the temporary folder),
//! then reads them: split into records only, packed with all attributes, packed with twelve, and through the importer
//! with its pages. A file that is there already with the same number of people is used again.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use madrigal_api::{ImportMode, ImportRequest, Importer};
use madrigal_ldif::{Apply, LdifConnector, Limits, LineEnd, Parsed, RecordParser, RecordReader, Writer};
use madrigal_model::{AttributeName, DistinguishedName, EntryBuilder, Timestamp, Value};

const PAGE_SIZE: usize = 1000;
const TWELVE: [&str; 12] = [
    "objectClass",
    "cn",
    "displayName",
    "givenName",
    "sn",
    "mail",
    "proxyAddresses",
    "mailNickname",
    "telephoneNumber",
    "manager",
    "company",
    "legacyExchangeDN",
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let people: u64 = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let path = arguments
        .next()
        .map_or_else(|| std::env::temp_dir().join(format!("madrigal-bench-{people}.ldif")), PathBuf::from);
    let began = Clock::start();
    if path.exists() {
        println!("using {}", path.display());
    } else {
        generate(&path, people)?;
        report("generate and write", &path, people, began)?;
    }
    let began = Clock::start();
    let mut reader = RecordReader::new(File::open(&path)?, Limits::RECORD_OCTETS);
    let mut records = 0;
    while reader.next_record()?.is_some() {
        records += 1;
    }
    report("split into records", &path, records, began)?;
    for (what, attributes) in [("all", [].as_slice()), ("twelve", TWELVE.as_slice())] {
        let began = Clock::start();
        let (records, octets) = parse(&path, &names(attributes)?)?;
        report(
            &format!("parse, {what} attributes ({} octets packed each)", octets / records.max(1)),
            &path,
            records,
            began,
        )?;
    }
    write_again(&path)?;
    let began = Clock::start();
    let objects = import(&path, &names(&TWELVE)?)?;
    report("import in pages, twelve attributes", &path, objects, began)
}

/// Wall clock, and the processor time of all threads: on a busy machine only the second one tells.
struct Clock {
    wall: Instant,
    processor: Duration,
}

impl Clock {
    fn start() -> Self {
        Self { wall: Instant::now(), processor: processor_time() }
    }
}

/// From `/proc`, in hundredths of a second; nothing where there is none.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

fn report(what: &str, path: &Path, records: u64, began: Clock) -> Result<(), Box<dyn Error>> {
    let (seconds, processor) =
        (began.wall.elapsed().as_secs_f64(), (processor_time() - began.processor).as_secs_f64());
    let megabytes = std::fs::metadata(path)?.len() as f64 / 1e6;
    println!(
        "{what}: {records} records, {megabytes:.0} MB in {seconds:.2} s ({processor:.2} s of processor) = {:.0} records/s, {:.0} MB/s; {:.2} µs of processor each",
        records as f64 / seconds,
        megabytes / seconds,
        processor * 1e6 / records.max(1) as f64
    );
    Ok(())
}

fn names(names: &[&str]) -> Result<Vec<AttributeName>, Box<dyn Error>> {
    names.iter().map(|name| AttributeName::intern(name).map_err(Into::into)).collect()
}

fn parse(path: &Path, attributes: &[AttributeName]) -> Result<(u64, u64), Box<dyn Error>> {
    let mut reader = RecordReader::new(File::open(path)?, Limits::RECORD_OCTETS);
    let mut parser = RecordParser::new(AttributeName::intern("objectGUID")?, attributes, Limits::default());
    let (mut records, mut octets) = (0, 0);
    while let Some(raw) = reader.next_record()? {
        if let Ok(Parsed::Content(content)) = parser.parse(&raw) {
            records += 1;
            octets += content.entry.packed_size() as u64;
        }
    }
    Ok((records, octets))
}

/// Writes the first objects of the file again, into nothing.
fn write_again(path: &Path) -> Result<(), Box<dyn Error>> {
    const OBJECTS: usize = 50_000;
    let mut reader = RecordReader::new(File::open(path)?, Limits::RECORD_OCTETS);
    let mut parser = RecordParser::new(AttributeName::intern("objectGUID")?, &[], Limits::default());
    let mut contents = Vec::with_capacity(OBJECTS);
    while contents.len() < OBJECTS
        && let Some(raw) = reader.next_record()?
    {
        if let Ok(Parsed::Content(content)) = parser.parse(&raw) {
            contents.push(content);
        }
    }
    let octets = reader.passed().0 as f64;
    let began = Clock::start();
    let mut writer = Writer::new(std::io::sink(), LineEnd::Lf);
    for content in &contents {
        writer.entry(&content.dn, &content.entry)?;
    }
    let (records, processor) = (contents.len() as f64, (processor_time() - began.processor).as_secs_f64());
    let (rate, each) = (octets / 1e6 / processor, processor * 1e6 / records);
    println!("write: {records} records, {each:.2} µs of processor each = {rate:.0} MB/s of processor time");
    Ok(())
}

fn import(path: &Path, attributes: &[AttributeName]) -> Result<u64, Box<dyn Error>> {
    let connector = LdifConnector {
        name: "bench".to_owned(),
        path: path.to_owned(),
        changes: None,
        anchor: AttributeName::intern("objectGUID")?,
        apply: Apply::Snapshot,
        limits: Limits::default(),
    };
    let request = ImportRequest {
        mode: ImportMode::Full,
        attributes: attributes.to_vec(),
        page_size: PAGE_SIZE,
        now: Timestamp::default(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let mut importer = connector.importer();
        let (mut objects, mut from) = (0, None);
        loop {
            let page = importer.page(&request, from.as_ref()).await?;
            objects += page.observations.len() as u64;
            if !page.more {
                return Ok(objects);
            }
            from = Some(page.watermark);
        }
    })
}

fn generate(path: &Path, people: u64) -> Result<(), Box<dyn Error>> {
    let mut writer = Writer::new(BufWriter::with_capacity(1 << 20, File::create(path)?), LineEnd::Lf);
    writer.version()?;
    for number in 0..people {
        let (dn, entry) = person(number)?;
        writer.entry(&dn, &entry)?;
    }
    Ok(writer.into_inner().flush()?)
}

fn person(number: u64) -> Result<(DistinguishedName, madrigal_model::Entry), Box<dyn Error>> {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let given = pick(&["Anna", "Bo", "Cléo", "David", "Eva", "Frédéric", "Greta", "Håkan"], mixed);
    let family =
        pick(&["Berg", "Carlsson", "Dupont", "Müller", "Nowak", "O'Neil", "Smith", "Åkesson"], mixed >> 8);
    let department = pick(&["Sales", "Research", "Production", "Finance"], mixed >> 16);
    let name = format!("{given} {family} {number}");
    let alias = format!("user{number}");
    let dn = DistinguishedName::from_directory("OU=Staff,DC=abc,DC=example").child("CN", &name);
    let manager = format!("CN=Manager {},OU=Staff,DC=abc,DC=example", number % 1000);
    let phone = format!("+46 8 {:07}", mixed % 10_000_000);
    let legacy =
        format!("/o=ABC/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn={alias}");
    let mut entry = EntryBuilder::default();
    let mut add = |attribute: &str, value: Value| -> Result<(), Box<dyn Error>> {
        entry.add(AttributeName::intern(attribute)?, value);
        Ok(())
    };
    for class in ["top", "person", "organizationalPerson", "user"] {
        add("objectClass", class.into())?;
    }
    for (attribute, value) in [
        ("cn", name.as_str()),
        ("displayName", &format!("{family}, {given} ({number})")),
        ("givenName", given),
        ("sn", family),
        ("title", "Engineer"),
        ("department", department),
        ("company", "ABC Aktiebolag"),
        ("physicalDeliveryOfficeName", "Building 7, floor 3"),
        ("telephoneNumber", &phone),
        ("mobile", &phone),
        ("streetAddress", "Storgatan 12"),
        ("l", "Stockholm"),
        ("postalCode", "111 22"),
        ("co", "Sweden"),
        ("c", "SE"),
        ("countryCode", "752"),
        ("mail", &format!("{alias}@abc.example")),
        ("userPrincipalName", &format!("{alias}@abc.example")),
        ("sAMAccountName", &alias),
        ("userAccountControl", "512"),
        ("mailNickname", &alias),
        ("legacyExchangeDN", &legacy),
        ("msExchRecipientTypeDetails", "1"),
        ("msExchRecipientDisplayType", "1073741824"),
        ("msRTCSIP-PrimaryUserAddress", &format!("sip:{alias}@abc.example")),
        ("manager", &manager),
        ("extensionAttribute1", "site-stockholm"),
    ] {
        add(attribute, value.into())?;
    }
    for address in [
        format!("SMTP:{alias}@abc.example"),
        format!("smtp:{given}.{family}.{number}@abc.example"),
        format!("X500:{legacy}"),
    ] {
        add("proxyAddresses", address.into())?;
    }
    let mut guid = [0; 16];
    let (head, tail) = guid.split_at_mut(8);
    head.copy_from_slice(&mixed.to_le_bytes());
    tail.copy_from_slice(&number.to_le_bytes());
    add("objectGUID", Value::bytes(guid))?;
    Ok((dn, entry.build()))
}

fn pick<'a>(from: &[&'a str], number: u64) -> &'a str {
    let at = usize::try_from(number).unwrap_or(0) % from.len().max(1);
    from.get(at).copied().unwrap_or("")
}
