//! What deltas tell of each change.

use madrigal_api::ImportMode;

use super::{abc, fill, request, shown, walk};
use crate::{MemoryDirectory, MemoryOptions};

const ASKED: [&str; 4] = ["mail", "title", "manager", "member"];

fn check(what: &str, directory: MemoryDirectory, edit: impl Fn(&MemoryDirectory), told: &[&str]) {
    let mut importer = directory.importer();
    let (_, mark, complete) = walk(&mut importer, &request(ImportMode::Full, &ASKED, 2), None);
    assert!(complete);
    edit(&directory);
    for page_size in [1, 100] {
        let delta = request(ImportMode::Delta, &ASKED, page_size);
        let (seen, end, _) = walk(&mut importer, &delta, Some(mark.clone()));
        assert_eq!(seen.iter().map(shown).collect::<Vec<_>>(), told, "{what}");
        assert!(walk(&mut importer, &delta, Some(end)).0.is_empty(), "{what}: told twice");
    }
}

fn at(directory: &MemoryDirectory, dn: &str) -> madrigal_model::Anchor {
    directory.find(dn).unwrap()
}

#[test]
fn each_change_is_told_as_active_directory_tells_it() {
    let anna = "CN=Anna,OU=Sales,DC=abc";
    let bo = "CN=Bo,OU=Sales,DC=abc";
    check("nothing", abc(), |_| {}, &[]);
    check(
        "a value",
        abc(),
        |abc| abc.set(&at(abc, anna), "title", &["Boss"]).unwrap(),
        &[r#"5 changed CN=Anna,OU=Sales,DC=abc [Replace(title, ["Boss"])]"#],
    );
    check(
        "the same value again",
        abc(),
        |abc| abc.set(&at(abc, anna), "mail", &["anna@abc.example"]).unwrap(),
        &[],
    );
    check(
        "an attribute not asked for",
        abc(),
        |abc| abc.set(&at(abc, anna), "company", &["ABC"]).unwrap(),
        &[],
    );
    check(
        "an attribute gone",
        abc(),
        |abc| abc.set(&at(abc, anna), "mail", &[]).unwrap(),
        &["5 changed CN=Anna,OU=Sales,DC=abc [Replace(mail, [])]"],
    );
    check(
        "a new object",
        abc(),
        |abc| {
            drop(abc.create("CN=Cleo,DC=abc", &[("objectClass", &["user"]), ("mail", &["c@abc"])]).unwrap())
        },
        &[r#"7 is CN=Cleo,DC=abc {mail: ["c@abc"]}"#],
    );
    check(
        "a rename",
        abc(),
        |abc| abc.rename(&at(abc, bo), "CN=Bob").unwrap(),
        &["4 changed CN=Bob,OU=Sales,DC=abc []"],
    );
    check(
        "a container's rename names the container only",
        abc(),
        |abc| abc.rename(&at(abc, "OU=Sales,DC=abc"), "OU=Shop").unwrap(),
        &["2 changed OU=Shop,DC=abc []"],
    );
    check(
        "a delete, and no word on who referred",
        abc(),
        |abc| abc.delete(&at(abc, bo)).unwrap(),
        &["4 is gone"],
    );
    check(
        "made and deleted in between",
        abc(),
        |abc| {
            let cleo = abc.create("CN=Cleo,DC=abc", &[("objectClass", &["user"])]).unwrap();
            abc.delete(&cleo).unwrap();
        },
        &["7 is gone"],
    );
    check(
        "deleted and brought back",
        abc(),
        |abc| {
            let anna = at(abc, anna);
            abc.delete(&anna).unwrap();
            abc.undelete(&anna, "CN=Anna,DC=abc").unwrap();
        },
        &["5 is CN=Anna,DC=abc {}"],
    );
    check(
        "a member less: all that are left",
        abc(),
        |abc| abc.set(&at(abc, "CN=All,DC=abc"), "member", &[anna]).unwrap(),
        &["6 changed CN=All,DC=abc [Replace(member, [CN=Anna,OU=Sales,DC=abc])]"],
    );
}

#[test]
fn links_may_be_told_by_value() {
    let directory = MemoryDirectory::with(MemoryOptions {
        incremental_links: true,
        ..MemoryOptions::new("abc", "DC=abc")
    });
    fill(&directory);
    check(
        "one member for another",
        directory,
        |abc| {
            abc.set(&at(abc, "CN=All,DC=abc"), "member", &["CN=Anna,OU=Sales,DC=abc", "OU=Old,DC=abc"])
                .unwrap()
        },
        &["6 changed CN=All,DC=abc [Remove(member, [CN=Bo,OU=Sales,DC=abc]), Add(member, [OU=Old,DC=abc])]"],
    );
}

#[test]
fn references_follow_their_targets() {
    let directory = abc();
    let anna = directory.find("CN=Anna,OU=Sales,DC=abc").unwrap();
    let manager = madrigal_model::AttributeName::intern("manager").unwrap();
    let shown = || format!("{:?}", directory.get(&anna).unwrap().1.get(manager));
    assert_eq!(shown(), "[CN=Bo,OU=Sales,DC=abc]");
    directory.rename(&directory.find("OU=Sales,DC=abc").unwrap(), "OU=Shop").unwrap();
    assert_eq!(shown(), "[CN=Bo,OU=Shop,DC=abc]");
    directory.delete(&directory.find("CN=Bo,OU=Shop,DC=abc").unwrap()).unwrap();
    assert_eq!(shown(), "[]");
}
