//! The shortest way through everything: two directories, one change at a time.

use madrigal_model::{Anchor, ChangeKind};

use super::bench::{Bench, DELTA, Site, attribute};

pub(super) fn person(site: &Site, name: &str, more: &[(&str, &str)]) -> Anchor {
    let account = name.to_lowercase().replace(' ', ".");
    let mail = format!("{account}@{}", site.domain);
    let primary = format!("SMTP:{mail}");
    let legacy = format!("/o={}/ou=First/cn=Recipients/cn={account}", site.name);
    let mut attributes: Vec<(&str, Vec<&str>)> = vec![
        ("objectClass", vec!["top", "person", "organizationalPerson", "user"]),
        ("sAMAccountName", vec![&account]),
        ("displayName", vec![name]),
        ("mail", vec![&mail]),
        ("mailNickname", vec![&account]),
        ("proxyAddresses", vec![&primary]),
        ("legacyExchangeDN", vec![&legacy]),
        ("homeMDB", vec!["CN=DB1,CN=Databases,CN=Configuration,DC=elsewhere"]),
        ("msExchHomeServerName", vec!["/o=x/cn=server"]),
    ];
    attributes.extend(more.iter().map(|(name, value)| (*name, vec![*value])));
    let attributes: Vec<(&str, &[&str])> =
        attributes.iter().map(|(name, values)| (*name, values.as_slice())).collect();
    site.directory.create(&format!("CN={name},{}", site.below("People")), &attributes).unwrap()
}

fn names(site: &Site) -> Vec<String> {
    let mut names: Vec<String> = site.contacts().iter().filter_map(|(_, dn, _)| dn.rdn_value()).collect();
    names.sort();
    names
}

#[test]
fn one_change_at_a_time() {
    let mut bench = Bench::pair();
    let [abc, xyz] = [bench.sites[0].clone(), bench.sites[1].clone()];
    let anna = person(&abc, "Anna Berg", &[("telephoneNumber", "1")]);
    let bert = person(&abc, "Bert Cole", &[]);
    abc.directory.set(&bert, "manager", &["CN=Anna Berg,OU=People,DC=abc,DC=example"]).unwrap();
    person(&xyz, "Xenia Young", &[]);

    let report = bench.cycle(DELTA);
    assert_eq!(report.exported.of(ChangeKind::Add), 3, "{report:#?}");
    assert_eq!(names(&xyz), ["Anna Berg", "Bert Cole"]);
    assert_eq!(names(&abc), ["Xenia Young"]);
    let contact = xyz.directory.find("CN=Bert Cole,OU=Address List,DC=xyz,DC=example").unwrap();
    let (_, entry) = xyz.directory.get(&contact).unwrap();
    assert_eq!(
        entry.text(attribute("manager")),
        Some("CN=Anna Berg,OU=Address List,DC=xyz,DC=example"),
        "{entry:?}"
    );

    let report = bench.cycle(DELTA);
    assert_eq!(report.planned.total(), 0, "{report:#?}");

    abc.directory.set(&anna, "telephoneNumber", &["2"]).unwrap();
    let report = bench.cycle(DELTA);
    assert_eq!((report.exported.total(), report.exported.of(ChangeKind::Modify)), (1, 1), "{report:#?}");

    abc.directory.rename(&anna, "CN=Anna Dahl").unwrap();
    let report = bench.cycle(DELTA);
    assert_eq!(report.exported.of(ChangeKind::Rename), 1, "{report:#?}");
    assert_eq!(names(&xyz), ["Anna Dahl", "Bert Cole"]);

    abc.directory.delete(&anna).unwrap();
    let report = bench.cycle(DELTA);
    assert_eq!(report.exported.of(ChangeKind::Hide), 1, "{report:#?}");
    bench.days(31);
    let report = bench.cycle(DELTA);
    assert_eq!(report.exported.of(ChangeKind::Delete), 1, "{report:#?}");
    assert_eq!(names(&xyz), ["Bert Cole"]);
    let report = bench.cycle(DELTA);
    assert_eq!(report.planned.total(), 0, "{report:#?}");
}
