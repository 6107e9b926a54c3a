//! What an exporter gets back, and what it has done.

use madrigal_api::{Exporter, Modification, ModificationKind, Operation, OperationKind, ReceiptOutcome};
use madrigal_model::{Approval, AttributeName, DistinguishedName, Entry, IdentityId, Timestamp, Value};

use super::{abc, now};
use crate::{ExportFault, FaultPlan, MemoryDirectory, MemoryOptions};

fn dn(text: &str) -> DistinguishedName {
    DistinguishedName::parse(text).unwrap()
}

fn operations() -> Vec<Operation> {
    let name = |text| AttributeName::intern(text).unwrap();
    let entry = Entry::from_values([(name("objectClass"), ["contact"]), (name("mail"), ["x@xyz"])]);
    let title = Modification {
        attribute: name("title"),
        kind: ModificationKind::Replace,
        values: vec![Value::text("T")],
    };
    let new = dn("CN=X,OU=Old,DC=abc");
    let renamed = dn("CN=Y,OU=Old,DC=abc");
    [
        OperationKind::Add { dn: new.clone(), entry, former: None },
        OperationKind::Modify { anchor: None, dn: new.clone(), modifications: vec![title] },
        OperationKind::Rename { anchor: None, dn: new, new_dn: renamed.clone() },
        OperationKind::Delete { anchor: None, dn: renamed, stamp: None },
    ]
    .into_iter()
    .map(|kind| Operation { identity: IdentityId::projected_by("t", b"1"), kind })
    .collect()
}

/// `A` accepted, `R` refused, `?` unknown, each receipt in turn; `!` the batch failed.
fn check(faults: FaultPlan, receipts: &str, done: &[(&str, u64)]) {
    let directory: MemoryDirectory = abc();
    directory.set_faults(faults);
    let mut exporter = directory.exporter();
    let approval = Approval::granted_by_the_guard();
    let got = match now(exporter.apply(1, operations(), Timestamp::default(), &approval)) {
        Err(_) => "!".to_owned(),
        Ok(receipts) => receipts
            .iter()
            .map(|receipt| match receipt.outcome {
                ReceiptOutcome::Accepted(_) => 'A',
                ReceiptOutcome::Refused(_) => 'R',
                ReceiptOutcome::Unknown => '?',
            })
            .collect(),
    };
    assert_eq!(got, receipts);
    let counters = directory.counters();
    for (event, count) in done {
        assert_eq!(counters.of(event), *count, "{event} after {receipts}");
    }
}

#[test]
fn operations_are_carried_out_in_order() {
    let none = FaultPlan::none;
    check(
        none(),
        "AAAA",
        &[("export: add", 1), ("export: modify", 1), ("export: rename", 1), ("export: delete", 1)],
    );
    check(
        none().at_operation(0, ExportFault::LostBefore),
        "?RRR",
        &[("export: add", 0), ("export: refused", 3)],
    );
    check(
        none().at_operation(0, ExportFault::LostAfter),
        "?AAA",
        &[("export: add", 1), ("export: delete", 1)],
    );
    check(
        none().at_operation(2, ExportFault::BatchCut),
        "!",
        &[("export: modify", 1), ("export: rename", 0)],
    );
    check(
        none().at_operation(1, ExportFault::Refused),
        "ARAA",
        &[("export: modify", 0), ("export: delete", 1)],
    );
}

#[test]
fn a_deleted_object_comes_back_as_itself_or_another_is_made() {
    for (brings_back, expected) in [(true, (1, true, "")), (false, (0, false, "MDR-C037"))] {
        let options = MemoryOptions { brings_back, ..MemoryOptions::new("abc", "DC=abc") };
        let directory = MemoryDirectory::with(options);
        let mut exporter = directory.exporter();
        let approval = Approval::granted_by_the_guard();
        let name = |text| AttributeName::intern(text).unwrap();
        let entry = Entry::from_values([(name("objectClass"), ["contact"]), (name("mail"), ["x@xyz"])]);
        let dn = dn("CN=X,DC=abc");
        let mut apply = |kind: OperationKind| {
            let operation = Operation { identity: IdentityId::projected_by("t", b"1"), kind };
            now(exporter.apply(1, vec![operation], Timestamp::default(), &approval)).unwrap().remove(0)
        };
        apply(OperationKind::Add { dn: dn.clone(), entry: entry.clone(), former: None });
        let anchor = directory.find("CN=X,DC=abc").unwrap();
        apply(OperationKind::Delete { anchor: Some(anchor.clone()), dn: dn.clone(), stamp: None });
        let deleted = now(directory.exporter().deleted(std::slice::from_ref(&anchor))).unwrap();
        let receipt = apply(OperationKind::Add { dn, entry, former: Some(anchor.clone()) });
        let found = directory.find("CN=X,DC=abc").unwrap();
        let note = receipt.note.as_ref().map_or("", |note| note.code.as_str());
        assert_eq!((deleted.len(), found == anchor, note), expected);
        let (_, there) = directory.get(&found).unwrap();
        assert_eq!(there.text(name("mail")), Some("x@xyz"));
    }
}
