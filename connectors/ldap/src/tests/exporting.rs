//! What is sent again, and what is not.

use std::sync::{Arc, Mutex};

use madrigal_api::{Exporter, Operation, OperationKind, ReceiptOutcome};
use madrigal_model::{Approval, AttributeName, DistinguishedName, Entry, IdentityId, Timestamp, Value};

use super::connector;
use super::server::{Answer, Asked, Fake, guid, texts};
use crate::Kind;

const ADD: u8 = 0x68;
const SEARCH: u8 = 0x63;

fn add(dn: &str) -> Operation {
    let cn = AttributeName::intern("cn").unwrap();
    let dn = DistinguishedName::from_directory(dn);
    let entry = Entry::from_values([(cn, [Value::text("A")])]);
    Operation { identity: IdentityId::projected_by(dn.as_str(), b""), kind: OperationKind::Add { dn, entry } }
}

/// Sends one add to a server that answers as these words say, one after another; what was asked, and the outcome.
async fn export(answers: &'static [&'static str]) -> (String, String) {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = asked.clone();
    let mut answers = answers.iter();
    let server = Fake::start(move |asked: &Asked| {
        let what = match asked.operation {
            ADD => "add",
            SEARCH => "look",
            _ => "other",
        };
        noted.lock().unwrap().push(what.to_owned());
        match answers.next().copied().unwrap_or("yes") {
            "yes" => vec![Answer::End(0, None)],
            "lost" => vec![Answer::Close],
            "busy" => vec![Answer::End(51, None)],
            "taken" => vec![Answer::End(68, None)],
            "nothing" => vec![Answer::End(32, None)],
            "ours" => {
                let entry = Answer::Entry("CN=A,DC=x", vec![("cn", texts(&["A"])), ("objectGUID", guid(9))]);
                vec![entry, Answer::End(0, None)]
            }
            _ => {
                let entry = Answer::Entry("CN=A,DC=x", vec![("cn", texts(&["B"])), ("objectGUID", guid(8))]);
                vec![entry, Answer::End(0, None)]
            }
        }
    })
    .await;
    let mut exporter = connector(&server, Kind::ActiveDirectory).exporter();
    let approval = Approval::granted_by_the_guard();
    let operations = vec![add("CN=A,DC=x")];
    let receipts = exporter.apply(1, operations, Timestamp::from_millis(0), &approval).await.unwrap();
    let outcome = match &receipts[0].outcome {
        ReceiptOutcome::Accepted(anchor) => {
            let key = anchor.as_ref().and_then(|anchor| anchor.as_bytes().first().copied());
            key.map_or_else(|| "accepted".to_owned(), |key| format!("accepted as {key}"))
        }
        ReceiptOutcome::Refused(problem) => format!("refused {}", problem.code),
        ReceiptOutcome::Unknown => "unknown".to_owned(),
    };
    let asked = asked.lock().unwrap().join(" ");
    (asked, outcome)
}

#[tokio::test]
async fn nothing_is_sent_twice_without_a_look() {
    let rows: [(&[&str], &str, &str); 7] = [
        (&["yes"], "add", "accepted"),
        (&["taken"], "add", "refused MDR-C022"),
        (&["busy", "busy", "yes"], "add add add", "accepted"),
        (&["lost", "ours"], "add look", "accepted as 9"),
        (&["lost", "nothing", "yes"], "add look add", "accepted"),
        (&["lost", "somebody's", "taken"], "add look add", "refused MDR-C022"),
        (&["lost", "lost", "lost", "lost", "lost"], "add look", "unknown"),
    ];
    for (answers, asked, outcome) in rows {
        let found = export(answers).await;
        assert_eq!((found.0.as_str(), found.1.as_str()), (asked, outcome), "{answers:?}");
    }
}
