//! Addresses that go from one to another.

use super::{Example, shown};

const PEOPLE: [(&str, &str); 3] = [
    ("CN=Jed Hill,OU=London", "jed.hill"),
    ("CN=Tilda Marsh,OU=London", "tilda.marsh"),
    ("CN=Wei Chen,OU=Shanghai", "wei.chen"),
];

/// Gives each of the first people the next one's mail name, and says what runs write until there is nothing to do; every
/// contact must say what its person says by then.
fn check(many: usize) {
    let example = Example::new();
    example.json(&["run", "--now", "2026-03-02"]);
    let people = &PEOPLE[..many];
    for (at, (dn, own)) in people.iter().enumerate() {
        example.replace("abc.ldif", dn, &format!("{own}@"), &format!("passing{at}@"));
    }
    for (at, (dn, _)) in people.iter().enumerate() {
        let (_, next) = people[(at + 1) % many];
        example.replace("abc.ldif", dn, &format!("passing{at}@"), &format!("{next}@"));
    }
    let (_, report) = example.json(&["run", "--now", "2026-03-03"]);
    assert_eq!(shown(&report["planned"]), shown(&report["exported"]), "{many}");
    let xyz = example.read("xyz.ldif").replace("\n ", "");
    for (at, (dn, own)) in people.iter().enumerate() {
        let (_, next) = people[(at + 1) % many];
        let name = dn.split(',').next().unwrap();
        let start = format!("dn: {name},OU=Address List");
        let contact = xyz.split("\n\n").find(|record| record.trim_start().starts_with(&start)).unwrap();
        for wanted in [format!("mail: {next}@abc.example"), format!("targetAddress: SMTP:{next}@abc.example")]
        {
            assert!(contact.contains(&wanted), "{many}: no {wanted:?} in {contact}");
        }
        assert!(!contact.to_lowercase().contains(&format!("smtp:{own}@")), "{many}: {own} in {contact}");
    }
    let (_, again) = example.json(&["run", "--now", "2026-03-04"]);
    assert_eq!(shown(&again["planned"]), "", "{many}");
}

#[test]
fn people_who_swap_their_addresses_get_them_in_one_run() {
    check(2);
    check(3);
}

/// A contact that somebody made by hand is found by its address; when another person gets that address, the contact is
/// taken for that person's, and still owns it.
#[test]
fn an_address_of_a_contact_made_by_hand_is_not_taken_by_whom_it_then_stands_for() {
    let example = Example::new();
    example.json(&["run", "--now", "2026-03-02"]);
    example.replace("abc.ldif", "CN=Konrad Weiss,OU=Berlin", "konrad.weiss@", "k.weiss@");
    example.replace("abc.ldif", "CN=Wei Lin,OU=Shanghai", "wei.lin@", "konrad.weiss@");
    for (now, full) in [("2026-03-03", false), ("2026-03-04", true)] {
        let arguments = ["run", "--now", now, "--full"];
        let (_, report) = example.json(if full { &arguments } else { &arguments[..3] });
        let xyz = example.read("xyz.ldif").replace("\n ", "").to_lowercase();
        assert_eq!(
            xyz.matches("smtp:konrad.weiss@abc.example").count(),
            2,
            "{now}: proxy and target address"
        );
        let problems = report["problems"].to_string();
        assert!(problems.contains("MDR-P004"), "{now}: {problems}");
    }
    let explained = example.madrigal(&["explain", "abc", "Wei Lin"]).stdout;
    let explained = String::from_utf8_lossy(&explained).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(explained.contains("belongs to CN=Konrad Weiss,OU=Address List"), "{explained}");
    // Without it the address is free.
    example.edit("xyz.ldif", |record| {
        (!record.starts_with("dn: CN=Konrad Weiss,OU=Address List")).then(|| record.to_owned())
    });
    example.json(&["run", "--now", "2026-03-05"]);
    let xyz = example.read("xyz.ldif").replace("\n ", "");
    let contact = xyz.split("\n\n").find(|record| record.contains("dn: CN=Wei Lin,OU=Address List"));
    let contact = contact.unwrap();
    assert!(contact.contains("targetAddress: SMTP:konrad.weiss@abc.example"), "{contact}");
}
