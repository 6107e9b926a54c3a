//! What is sent again, and what is not.

use std::sync::{Arc, Mutex};

use madrigal_api::{Exporter, Operation, OperationKind, ReceiptOutcome};
use madrigal_model::{
    Anchor, Approval, AttributeName, DistinguishedName, Entry, IdentityId, Timestamp, Value,
};

use super::connector;
use super::server::{Answer, Asked, Fake, guid, texts};
use crate::Kind;

const MODIFY: u8 = 0x66;
const ADD: u8 = 0x68;
const SEARCH: u8 = 0x63;

fn add(dn: &str) -> Operation {
    let cn = AttributeName::intern("cn").unwrap();
    let dn = DistinguishedName::from_directory(dn);
    let entry = Entry::from_values([(cn, [Value::text("A")])]);
    Operation {
        identity: IdentityId::projected_by(dn.as_str(), b""),
        kind: OperationKind::Add { dn, entry, former: None },
    }
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

#[tokio::test]
async fn a_deleted_object_is_brought_back_or_made_anew() {
    const GRAVE: &str = "CN=A\\0ADEL:7,CN=Deleted Objects,DC=x";
    let all = format!("modify {GRAVE}, add CN=A,DC=x");
    // Whether something is left; what the server answers to bringing it back and to making it anew; what is said.
    let rows = [
        (true, 0, 0, format!("modify {GRAVE}"), "accepted as 7"),
        (true, 50, 0, all.clone(), "accepted, MDR-C037 insufficientAccessRights"),
        (true, 1, 68, all, "refused MDR-C022"),
        (false, 0, 0, "add CN=A,DC=x".to_owned(), "accepted, MDR-C037 noSuchObject"),
    ];
    for (left, back, made, expected, said) in rows {
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = asked.clone();
        let server = Fake::start(move |asked: &Asked| {
            let (what, answer) = match asked.operation {
                ADD => ("add", made),
                MODIFY => ("modify", back),
                _ if left => {
                    let entry = Answer::Entry(GRAVE, vec![("isDeleted", texts(&["TRUE"]))]);
                    return vec![entry, Answer::End(0, None)];
                }
                _ => return vec![Answer::End(32, None)],
            };
            noted.lock().unwrap().push(format!("{what} {}", asked.name));
            vec![Answer::End(answer, None)]
        })
        .await;
        let mut operation = add("CN=A,DC=x");
        if let OperationKind::Add { former, .. } = &mut operation.kind {
            *former = Some(Anchor::new(&[7; 16]));
        }
        let mut exporter = connector(&server, Kind::ActiveDirectory).exporter();
        let approval = Approval::granted_by_the_guard();
        let receipts =
            exporter.apply(1, vec![operation], Timestamp::from_millis(0), &approval).await.unwrap();
        let note = receipts[0].note.as_ref().map_or_else(String::new, |note| {
            let reason = note.message.rsplit(": ").next().and_then(|reason| reason.split(' ').next());
            format!(", {} {}", note.code, reason.unwrap_or_default())
        });
        let outcome = match &receipts[0].outcome {
            ReceiptOutcome::Accepted(Some(anchor)) => format!("accepted as {}", anchor.as_bytes()[0]),
            ReceiptOutcome::Accepted(None) => "accepted".to_owned(),
            ReceiptOutcome::Refused(problem) => format!("refused {}", problem.code),
            ReceiptOutcome::Unknown => "unknown".to_owned(),
        };
        assert_eq!((asked.lock().unwrap().join(", "), outcome + &note), (expected, said.to_owned()));
    }
}
