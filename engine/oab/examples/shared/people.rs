//! People who do not exist, the same for the same number: 22 attributes each, as an Exchange
//! directory has them.

#![allow(clippy::indexing_slicing, reason = "made-up people, not the library")]

use madrigal_oab::directory::DirectoryEntry;

const GIVEN: [&str; 24] = [
    "Anna", "Ben", "Carla", "David", "Elif", "Franz", "Greta", "Hugo", "Ines", "Jonas", "Klara", "Luis",
    "Maja", "Nils", "Olga", "Paul", "Queenie", "Rosa", "Sven", "Tara", "Ugur", "Vera", "Wanda", "Zo\u{eb}",
];
const SURNAMES: [&str; 24] = [
    "Adams",
    "Becker",
    "Chen",
    "Dubois",
    "Eriksson",
    "Fischer",
    "Garc\u{ed}a",
    "Hill",
    "Ivanova",
    "Jensen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Novak",
    "O'Brien",
    "Petrov",
    "Quist",
    "Rossi",
    "Schmidt",
    "Tanaka",
    "Usman",
    "Vogel",
    "Weber",
    "\u{d6}zt\u{fc}rk",
];
const CITIES: [(&str, &str); 8] = [
    ("Berlin", "10115"),
    ("Hamburg", "20095"),
    ("M\u{fc}nchen", "80331"),
    ("Wien", "1010"),
    ("Z\u{fc}rich", "8001"),
    ("Paris", "75001"),
    ("London", "EC1A"),
    ("Krak\u{f3}w", "30-001"),
];
const DEPARTMENTS: [&str; 10] = [
    "Sales",
    "Purchasing",
    "Research",
    "Production",
    "Human Resources",
    "Finance",
    "Legal",
    "IT",
    "Logistics",
    "Board",
];

/// Bytes without a pattern.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = scramble(seed);
    let mut next = || {
        state = scramble(state);
        (state >> 40) as u8
    };
    (0..length).map(|_| next()).collect()
}

fn scramble(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Person number `n`; a changed one has moved to another office and telephone.
pub(crate) fn person(n: u32, changed: bool) -> DirectoryEntry {
    let bits = scramble(u64::from(n));
    let pick = |shift: u32, count: usize| (bits >> shift) as usize % count;
    let given = GIVEN[pick(0, GIVEN.len())];
    let surname = SURNAMES[pick(8, SURNAMES.len())];
    let (city, postal_code) = CITIES[pick(16, CITIES.len())];
    let department = DEPARTMENTS[pick(24, DEPARTMENTS.len())];
    let ascii =
        |text: &str| text.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    let account = format!("{}.{}{n}", ascii(given), ascii(surname));
    let phone = (bits >> 32) % 90_000 + 10_000 + u64::from(changed);
    let hexadecimal: String = noise(u64::from(n) + 1, 16).iter().map(|byte| format!("{byte:02x}")).collect();
    let group = "/o=ABC Corporation/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)";
    DirectoryEntry::new(format!("CN={given} {surname} {n},OU=People,DC=abc,DC=example"))
        .with("objectClass", "user")
        .with("objectGUID", noise(u64::from(n), 16))
        .with("legacyExchangeDN", format!("{group}/cn=Recipients/cn={hexadecimal}-{account}"))
        .with("displayName", format!("{surname}, {given}"))
        .with("mailNickname", account.as_str())
        .with("sn", surname)
        .with("givenName", given)
        .with("proxyAddresses", format!("SMTP:{account}@abc.example"))
        .with("proxyAddresses", format!("smtp:{account}@abc.onmicrosoft.example"))
        .with(
            "proxyAddresses",
            format!("x500:/o=Old ABC/ou=First Administrative Group/cn=Recipients/cn={account}"),
        )
        .with("msRTCSIP-PrimaryUserAddress", format!("sip:{account}@abc.example"))
        .with("physicalDeliveryOfficeName", format!("{city} {}", pick(20, 900) + usize::from(changed)))
        .with("telephoneNumber", format!("+49 30 {phone}"))
        .with("mobile", format!("+49 171 {}", (bits >> 20) % 9_000_000 + 1_000_000))
        .with("streetAddress", format!("Hauptstra\u{df}e {}", pick(40, 200)))
        .with("l", city)
        .with("postalCode", postal_code)
        .with("co", "Germany")
        .with("title", format!("{department} Specialist"))
        .with("company", "ABC Corporation")
        .with("department", department)
        .with("mAPIRecipient", "TRUE")
        .with("homeMDB", "CN=DB01,CN=Databases,DC=abc,DC=example")
        .with(
            "msExchHomeServerName",
            format!("{group}/cn=Configuration/cn=Servers/cn=MBX{:02}", pick(48, 12)),
        )
        .with("msExchRecipientDisplayType", "1073741824")
}
