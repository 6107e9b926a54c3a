//! What the directory does not take.

use madrigal_api::Refusal;

use super::abc;
use crate::MemoryDirectory;

type Edit = fn(&MemoryDirectory) -> Result<(), Refusal>;

const USER: (&str, &[&str]) = ("objectClass", &["user"]);

fn create(directory: &MemoryDirectory, dn: &str, more: &[(&str, &[&str])]) -> Result<(), Refusal> {
    directory.create(dn, &[&[USER], more].concat()).map(drop)
}

fn anna(directory: &MemoryDirectory) -> madrigal_model::Anchor {
    directory.find("CN=Anna,OU=Sales,DC=abc").unwrap()
}

/// An empty code: the edit is taken.
fn check(what: &str, code: &str, edit: Edit) {
    let directory = abc();
    let before = (directory.last_change(), directory.objects());
    let refused = edit(&directory).err();
    assert_eq!(refused.as_ref().map_or("", Refusal::code), code, "{what}: {refused:?}");
    if refused.is_some() {
        assert_eq!((directory.last_change(), directory.objects()), before, "{what}: something changed");
    }
}

#[test]
fn edits_are_taken_or_refused() {
    check("a name without an accent collides", "MDR-C022", |abc| create(abc, "cn=ánna,OU=Sales,DC=abc", &[]));
    check("the same name elsewhere does not", "", |abc| create(abc, "CN=Anna,OU=Old,DC=abc", &[]));
    check("another naming attribute does not collide", "", |abc| create(abc, "OU=Anna,OU=Sales,DC=abc", &[]));
    check("no container", "MDR-C023", |abc| create(abc, "CN=Cleo,OU=Nowhere,DC=abc", &[]));
    check("no class", "MDR-C025", |abc| abc.create("CN=Cleo,DC=abc", &[]).map(drop));
    check("no name", "MDR-C032", |abc| create(abc, "Cleo", &[]));
    check("cn differs from the name", "MDR-C032", |abc| create(abc, "CN=Cleo,DC=abc", &[("cn", &["Cloe"])]));
    check("64 characters of cn", "", |abc| create(abc, &format!("CN={},DC=abc", "é".repeat(64)), &[]));
    check("65 characters of cn", "MDR-C027", |abc| {
        create(abc, &format!("CN={},DC=abc", "é".repeat(65)), &[])
    });
    check("two mail addresses", "MDR-C026", |abc| abc.set(&anna(abc), "mail", &["a@abc", "b@abc"]));
    check("a proxy address twice", "MDR-C028", |abc| {
        abc.set(&anna(abc), "proxyAddresses", &["smtp:a@abc", "smtp:A@abc"])
    });
    check("an empty value", "MDR-C030", |abc| abc.set(&anna(abc), "title", &[""]));
    check("a manager who is not there", "MDR-C031", |abc| abc.set(&anna(abc), "manager", &["CN=No,DC=abc"]));
    check("a manager outside", "", |abc| abc.set(&anna(abc), "manager", &["CN=No,DC=xyz"]));
    check("cn by a modify", "MDR-C032", |abc| abc.set(&anna(abc), "cn", &["Anne"]));
    check("the class away", "MDR-C025", |abc| abc.set(&anna(abc), "objectClass", &[]));
    check("a kept attribute", "MDR-C033", |abc| abc.set(&anna(abc), "whenChanged", &["now"]));
    check("a container with children", "MDR-C024", |abc| abc.delete(&abc.find("OU=Sales,DC=abc").unwrap()));
    check("below itself", "MDR-C034", |abc| {
        abc.move_below(&abc.find("OU=Sales,DC=abc").unwrap(), "OU=Sales,DC=abc")
    });
    check("a name that is taken", "MDR-C022", |abc| abc.rename(&anna(abc), "CN=BO"));
    check("another case of the own name", "", |abc| abc.rename(&anna(abc), "CN=ANNA"));
    check("an object that is not deleted", "MDR-C021", |abc| abc.undelete(&anna(abc), "CN=Cleo,DC=abc"));
}

#[test]
fn a_tombstone_takes_nothing_but_its_return() {
    let directory = abc();
    let anna = anna(&directory);
    directory.delete(&anna).unwrap();
    assert_eq!(directory.set(&anna, "title", &["gone"]), Err(Refusal::NoSuchObject));
    assert_eq!(directory.tombstones(), std::slice::from_ref(&anna));
    directory.undelete(&anna, "CN=Anna,OU=Old,DC=abc").unwrap();
    let (dn, entry) = directory.get(&anna).unwrap();
    assert_eq!(dn.as_str(), "CN=Anna,OU=Old,DC=abc");
    assert!(!entry.has(madrigal_model::AttributeName::intern("mail").unwrap()));
}
