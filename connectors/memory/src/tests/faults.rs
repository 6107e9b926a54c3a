//! What a reader meets when something goes wrong.

use madrigal_api::{ConnectorError, ImportMode};

use super::{abc, page, request, walk};
use crate::{FaultPlan, ImportFault, MemoryDirectory};

const ALL: [&str; 0] = [];

/// The faults of one walk in pages of 2: each page as its number of observations, `+` more, `C` complete, `!` lost,
/// `R` refused (and the walk starts anew).
fn check(faults: FaultPlan, pages: &str) {
    let directory = abc();
    directory.set_faults(faults);
    let mut importer = directory.importer();
    let full = request(ImportMode::Full, &ALL, 2);
    let (mut told, mut at) = (Vec::new(), None);
    while told.len() < 12 {
        match page(&mut importer, &full, at.as_ref()) {
            Ok(page) => {
                let end = if page.more {
                    "+"
                } else if page.complete {
                    "C"
                } else {
                    ""
                };
                told.push(format!("{}{end}", page.observations.len()));
                at = Some(page.watermark);
                if !page.more {
                    break;
                }
            }
            Err(ConnectorError::WatermarkRefused { .. }) => {
                told.push("R".to_owned());
                at = None;
            }
            Err(_) => told.push("!".to_owned()),
        }
    }
    assert_eq!(told.join(" "), pages);
}

#[test]
fn a_walk_meets_its_faults() {
    let fault = |fault| FaultPlan::none().at_page(1, fault);
    check(FaultPlan::none(), "2+ 2+ 2C");
    check(fault(ImportFault::PageLost), "2+ ! 2+ 2C");
    check(fault(ImportFault::PageRepeated), "2+ 2+ 2+ 2C");
    check(fault(ImportFault::Reordered), "2+ 2+ 2C");
    check(FaultPlan::none().at_page(0, ImportFault::Reordered), "2+ 2+ 2C");
    check(fault(ImportFault::ObjectsRepeated), "2+ 3+ 2C");
    check(fault(ImportFault::CookieRefused), "2+ R 2+ 2+ 2C");
    check(fault(ImportFault::ServerSwitched), "2+ R 2+ 2+ 2C");
    check(fault(ImportFault::SizeLimit), "2+ 1");
    check(fault(ImportFault::Emptied), "2+ 0C");
    check(fault(ImportFault::AttributesVanish), "2+ 2+ 2C");
    check(fault(ImportFault::Lagging), "2+ 2+ 2C");
}

/// Whether a mark taken before `befall` is refused afterwards.
fn refused(befall: impl Fn(&MemoryDirectory)) -> bool {
    let directory = abc();
    let mut importer = directory.importer();
    let (_, mark, _) = walk(&mut importer, &request(ImportMode::Full, &ALL, 10), None);
    befall(&directory);
    let delta = page(&mut importer, &request(ImportMode::Delta, &ALL, 10), Some(&mark));
    matches!(delta, Err(ConnectorError::WatermarkRefused { .. }))
}

#[test]
fn a_mark_holds_for_the_database_that_it_was_read_from() {
    let title = |directory: &MemoryDirectory| {
        let anna = directory.find("CN=Anna,OU=Sales,DC=abc").unwrap();
        directory.set(&anna, "title", &["Boss"]).unwrap();
    };
    assert!(!refused(title));
    assert!(refused(MemoryDirectory::switch_server));
    assert!(refused(|directory| directory.restore(&directory.backup())));
    assert!(!refused(|directory| directory.revert(&directory.backup())));
    let empty = MemoryDirectory::new("abc", "DC=abc").backup();
    assert!(refused(|directory| directory.revert(&empty)), "ahead of the server");
    assert!(refused(|directory| directory.lag(&empty, 1)), "ahead of the replica");
    assert!(refused(|directory| {
        title(directory);
        directory.expire_tombstones();
    }));
}

#[test]
fn a_walk_begun_after_tombstones_expired_comes_to_its_end() {
    let directory = abc();
    directory.delete(&directory.find("CN=All,DC=abc").unwrap()).unwrap();
    directory.expire_tombstones();
    let (seen, _, complete) = walk(&mut directory.importer(), &request(ImportMode::Full, &ALL, 2), None);
    assert_eq!((seen.len(), complete), (5, true));
}

#[test]
fn a_mark_holds_for_the_attributes_that_it_was_read_with() {
    let directory = abc();
    let mut importer = directory.importer();
    let (_, mark, _) = walk(&mut importer, &request(ImportMode::Full, &["mail", "title"], 10), None);
    for (asked, refused) in [(["title", "MAIL"], false), (["mail", "info"], true)] {
        let delta = page(&mut importer, &request(ImportMode::Delta, &asked, 10), Some(&mark));
        assert_eq!(delta.is_err(), refused, "{asked:?}");
    }
}

#[test]
fn hidden_attributes_and_objects_are_not_shown() {
    let directory = abc();
    let mail = madrigal_model::AttributeName::intern("mail").unwrap();
    let full = request(ImportMode::Full, &ALL, 10);
    let mails = |directory: &MemoryDirectory| {
        let seen = walk(&mut directory.importer(), &full, None).0;
        let shown = seen.iter().filter(|one| super::shown(one).contains("mail: ")).count();
        (seen.len(), shown)
    };
    assert_eq!(mails(&directory), (6, 1));
    directory.hide_attributes(vec![mail], 100, 7);
    assert_eq!(mails(&directory), (6, 0));
    directory.hide_everything();
    assert_eq!(mails(&directory), (0, 0));
    directory.show_everything();
    assert_eq!(mails(&directory), (6, 1));
}
