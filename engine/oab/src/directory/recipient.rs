//! The rules by which an entry becomes a record.

use std::collections::HashMap;

use super::DirectoryEntry;
use super::convert::convert;
use crate::book::Record;
use crate::checksum::sha1_bytes;
use crate::property::{PropertyList, PropertyTag, PropertyType, Value};

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the book; the problems name values that had to be left out.
    Listed {
        /// The record.
        record: Record,
        /// Values that could not be taken.
        problems: Vec<AttributeProblem>,
        /// It had no legacyExchangeDN, one was derived from its distinguished name.
        derived_key: bool,
    },
    /// It is hidden from address lists.
    Hidden,
    /// It is no recipient: no address, or a class that never is one.
    NoRecipient,
}

/// A value that does not fit its property.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AttributeProblem {
    /// The entry.
    pub distinguished_name: String,
    /// The attribute, in lower case.
    pub attribute: String,
    /// What is wrong with it.
    pub problem: String,
}

/// Maps entries by a property list.
#[derive(Debug)]
pub struct RecipientMapping {
    /// Column, property and type of each property that comes from an attribute.
    sources: HashMap<String, Vec<(usize, PropertyTag, PropertyType)>>,
    /// Properties that have a rule of their own, beside or instead of an attribute.
    ruled: Vec<(usize, PropertyTag)>,
}

/// The organisation under which keys are derived for entries without a legacyExchangeDN.
const DERIVED_KEY_PREFIX: &str = "/o=Madrigal/ou=Address List/cn=Recipients/cn=";

/// Classes that carry a mail attribute at times and are no recipients.
const NEVER_RECIPIENTS: [&str; 4] = ["computer", "organizationalunit", "container", "domaindns"];

/// The kinds of recipients that a book tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Recipient {
    Mailbox,
    Contact,
    Group,
    SecurityGroup,
    DynamicGroup,
    PublicFolder,
    Room,
    Equipment,
}

impl RecipientMapping {
    /// Attributes (lower case) that the rules look at beside those of the property list.
    pub const LOOKED_AT: &[&str] = &[
        "objectclass",
        "msexchhidefromaddresslists",
        "legacyexchangedn",
        "proxyaddresses",
        "mail",
        "targetaddress",
        "msrtcsip-primaryuseraddress",
        "msexchrecipientdisplaytype",
        "msexchresourcemetadata",
        "msexchhomeservername",
        "homemdb",
        "grouptype",
        "objectguid",
        "cn",
        "name",
    ];

    /// Prepares the mapping of a property list.
    pub fn new(list: &PropertyList) -> Self {
        let mut mapping = Self { sources: HashMap::new(), ruled: Vec::new() };
        for (index, property) in list.properties().iter().enumerate() {
            if RULED.contains(&property.tag) {
                mapping.ruled.push((index, property.tag));
            }
            if let Ok(kind) = property.tag.property_type()
                && !property.attribute.is_empty()
            {
                let source = mapping.sources.entry(property.attribute.clone()).or_default();
                source.push((index, property.tag, kind));
            }
        }
        mapping
    }

    /// The record of an entry, or why there is none.
    pub fn map(&self, entry: &DirectoryEntry) -> Outcome {
        if entry.text("msexchhidefromaddresslists").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            return Outcome::Hidden;
        }
        let classes: Vec<_> = entry.texts("objectclass").map(str::to_ascii_lowercase).collect();
        if classes.iter().any(|class| NEVER_RECIPIENTS.contains(&class.as_str())) {
            return Outcome::NoRecipient;
        }
        let Some(smtp) = smtp_address(entry) else { return Outcome::NoRecipient };
        let kind = recipient(entry, &classes);
        let mut problems = Vec::new();
        let mut values: Vec<(usize, PropertyTag, Value)> = Vec::with_capacity(24);
        for (attribute, raw) in entry.attributes() {
            for &(index, tag, kind) in self.sources.get(attribute).into_iter().flatten() {
                match convert(kind, raw) {
                    Ok(value) => values.extend(value.map(|value| (index, tag, value))),
                    Err(problem) => problems.push(AttributeProblem {
                        distinguished_name: entry.distinguished_name.clone(),
                        attribute: attribute.to_owned(),
                        problem,
                    }),
                }
            }
        }
        self.derive(entry, kind, smtp, &mut values);
        values.sort_by_key(|(index, ..)| *index);
        let key = entry.text("legacyexchangedn").filter(|key| key.is_ascii());
        let derived_key = key.is_none();
        let key = key.map_or_else(|| derive_key(entry), str::to_owned);
        let mut record = Record { values: Vec::with_capacity(values.len() + 3) };
        record.values.push((PropertyTag::EMAIL_ADDRESS, Value::Text(key)));
        record.values.push((PropertyTag::SMTP_ADDRESS, Value::Text(smtp.to_owned())));
        record.values.extend(values.into_iter().map(|(_, tag, value)| (tag, value)));
        Outcome::Listed { record, problems, derived_key }
    }

    /// Values that no attribute gives as they are.
    fn derive(
        &self,
        entry: &DirectoryEntry,
        kind: Recipient,
        smtp: &str,
        values: &mut Vec<(usize, PropertyTag, Value)>,
    ) {
        for &(index, tag) in &self.ruled {
            let place = values.iter().position(|(_, present, _)| *present == tag);
            match tag {
                PropertyTag::DISPLAY_TYPE if place.is_none() => {
                    values.push((index, tag, Value::Integer(kind.display_type())));
                }
                PropertyTag::OBJECT_TYPE if place.is_none() => {
                    values.push((index, tag, Value::Integer(kind.object_type())));
                }
                PropertyTag::DISPLAY_TYPE_EX if place.is_none() => {
                    values.push((index, tag, Value::Integer(kind.display_type_ex())));
                }
                PropertyTag::DISPLAY_NAME if place.is_none() => {
                    let name = entry.text("cn").or(entry.text("name")).unwrap_or(smtp);
                    values.push((index, tag, Value::Text(name.to_owned())));
                }
                PropertyTag::PROXY_ADDRESSES => {
                    let listed = place.map(|place| values.swap_remove(place).2);
                    let addresses = proxy_addresses(entry, smtp, listed);
                    values.push((index, tag, Value::Texts(addresses)));
                }
                HOME_MDB => {
                    // A book holds the legacy name of the database; the directory's attribute is a
                    // distinguished name, which no client understands.
                    if let Some(place) = place {
                        values.swap_remove(place);
                    }
                    if let Some(server) =
                        entry.text("msexchhomeservername").filter(|name| name.starts_with('/'))
                    {
                        let name = format!("{server}/cn=Microsoft Private MDB");
                        values.push((index, tag, Value::Text(name)));
                    }
                }
                _ => {}
            }
        }
    }
}

/// See [`RecipientMapping::derive`].
const RULED: [PropertyTag; 6] = [
    PropertyTag::DISPLAY_TYPE,
    PropertyTag::OBJECT_TYPE,
    PropertyTag::DISPLAY_TYPE_EX,
    PropertyTag::DISPLAY_NAME,
    PropertyTag::PROXY_ADDRESSES,
    HOME_MDB,
];

const HOME_MDB: PropertyTag = PropertyTag(0x8006_001E);

/// The primary address: the `SMTP:` proxy address, else `mail`, else the target address, else any.
fn smtp_address(entry: &DirectoryEntry) -> Option<&str> {
    let proxies = || entry.texts("proxyaddresses");
    let primary = proxies().find_map(|address| address.strip_prefix("SMTP:"));
    let target = || entry.text("targetaddress").and_then(|target| after_prefix(target, "smtp:"));
    let any = || proxies().find_map(|address| after_prefix(address, "smtp:"));
    primary.or_else(|| entry.text("mail")).or_else(target).or_else(any)
}

/// The proxy addresses in a stable order, the `sip:` address among them: that is the only way in
/// which it reaches a client.
fn proxy_addresses(entry: &DirectoryEntry, smtp: &str, listed: Option<Value>) -> Vec<String> {
    let mut addresses = match listed {
        Some(Value::Texts(addresses)) => addresses,
        _ => Vec::new(),
    };
    if !addresses.iter().any(|address| address.starts_with("SMTP:")) {
        addresses.retain(|address| after_prefix(address, "smtp:") != Some(smtp));
        addresses.push(format!("SMTP:{smtp}"));
    }
    if let Some(sip) = entry.text("msrtcsip-primaryuseraddress")
        && !addresses.iter().any(|address| after_prefix(address, "sip:").is_some())
    {
        addresses.push(format!("sip:{}", after_prefix(sip, "sip:").unwrap_or(sip)));
    }
    addresses.sort_by(|left, right| (address_rank(left), left).cmp(&(address_rank(right), right)));
    addresses
}

/// What is kept first when there are more addresses than a book takes.
fn address_rank(address: &str) -> u8 {
    match address {
        _ if address.starts_with("SMTP:") => 0,
        _ if after_prefix(address, "sip:").is_some() => 1,
        _ if after_prefix(address, "smtp:").is_some() => 2,
        _ => 3,
    }
}

/// The rest after a prefix that is given in lower case and matches in any.
fn after_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// A key that stays the same as long as the entry keeps its GUID or, without one, its name.
fn derive_key(entry: &DirectoryEntry) -> String {
    let guid = entry.values("objectguid").first().filter(|guid| guid.len() == 16);
    let digest = sha1_bytes(entry.distinguished_name.to_lowercase().as_bytes());
    let identity = guid.map_or(digest.as_slice(), Vec::as_slice);
    let hexadecimal: String = identity.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{DERIVED_KEY_PREFIX}{hexadecimal}")
}

fn recipient(entry: &DirectoryEntry, classes: &[String]) -> Recipient {
    let is = |name: &str| classes.iter().any(|class| class == name);
    let stated: Option<i64> = entry.text("msexchrecipientdisplaytype").and_then(|text| text.parse().ok());
    let resource = || entry.text("msexchresourcemetadata").map(str::to_ascii_lowercase);
    if is("msexchdynamicdistributionlist") {
        return Recipient::DynamicGroup;
    }
    if is("group") || is("groupofnames") || is("groupofuniquenames") {
        // The highest bit of groupType: the group is a security group.
        let security = entry
            .text("grouptype")
            .and_then(|text| text.parse().ok())
            .is_some_and(|n: i64| n as u32 >> 31 == 1);
        return if security { Recipient::SecurityGroup } else { Recipient::Group };
    }
    if is("publicfolder") {
        return Recipient::PublicFolder;
    }
    // The two lowest bytes of a display type are that in the own and in the other forest.
    match stated.map(|stated| stated as u32 & 0xFF) {
        Some(7) => return Recipient::Room,
        Some(8) => return Recipient::Equipment,
        _ => {}
    }
    if resource().is_some_and(|meta| meta.contains("resourcetype:room")) {
        return Recipient::Room;
    }
    let mailbox = entry.text("homemdb").is_some() || entry.text("msexchhomeservername").is_some();
    if is("contact") || (!mailbox && entry.text("targetaddress").is_some()) {
        return Recipient::Contact;
    }
    Recipient::Mailbox
}

impl Recipient {
    /// PidTagDisplayType (MS-OXOABKT 2.2.3.11).
    fn display_type(self) -> u32 {
        match self {
            Self::Mailbox | Self::Room | Self::Equipment => 0,
            Self::Group | Self::SecurityGroup => 1,
            Self::PublicFolder => 2,
            Self::DynamicGroup => 3,
            Self::Contact => 6,
        }
    }

    /// PidTagDisplayTypeEx where the directory has no `msExchRecipientDisplayType`; bit 30 says that
    /// the recipient can be given rights.
    fn display_type_ex(self) -> u32 {
        match self {
            Self::Mailbox => 0x4000_0000,
            Self::SecurityGroup => 0x4000_0009,
            Self::Room => 7,
            Self::Equipment => 8,
            other => other.display_type(),
        }
    }

    /// PidTagObjectType: mail user, distribution list or folder.
    fn object_type(self) -> u32 {
        match self {
            Self::Group | Self::SecurityGroup | Self::DynamicGroup => 8,
            Self::PublicFolder => 3,
            _ => 6,
        }
    }
}
