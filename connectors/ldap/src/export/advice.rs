//! What a person should do about an operation that the server refused. The server's own words are kept.

use madrigal_api::{OperationKind, Refusal};
use madrigal_model::{AttributeName, Problem, ProblemCode, Severity, Timestamp};

use super::send::name;
use crate::failure::Answer;

/// The problem of an operation that was refused.
pub(crate) fn problem(operation: &OperationKind, answer: &Answer, now: Timestamp) -> Problem {
    let attribute = attribute(&answer.text);
    let (code, remedy) = advice(operation, answer, attribute);
    let doing = match operation {
        OperationKind::Add { .. } => "add it",
        OperationKind::Modify { .. } => "change it",
        OperationKind::Rename { .. } => "rename or move it",
        OperationKind::Delete { .. } => "delete it",
    };
    Problem {
        code: ProblemCode::new(code),
        severity: Severity::Problem,
        connector: None,
        object: name(operation).as_str().to_owned(),
        attribute,
        message: format!("The server refused to {doing}: {answer}."),
        remedy,
        at: now,
    }
}

fn advice(
    operation: &OperationKind,
    answer: &Answer,
    attribute: Option<AttributeName>,
) -> (&'static str, String) {
    let refusal = |refusal: Refusal| (refusal.code(), refusal.remedy().to_owned());
    let own = |code, remedy: &str| (code, remedy.to_owned());
    let lacking = || {
        let which = attribute.map_or_else(|| "its name".to_owned(), |name| format!("{:?}", name.as_str()));
        let remedy = format!("Extend the schema, or leave the attribute out: lacks = [{which}]");
        ("MDR-D012", format!("{remedy} in the connector."))
    };
    match (answer.code, operation) {
        // compareFalse, and no such attribute: the mark by which it was to be known.
        (5, _) | (16, OperationKind::Delete { .. }) => refusal(Refusal::NotAsPlanned),
        (16, OperationKind::Modify { .. }) if !is_about_schema(&answer.text) => match attribute {
            Some(attribute) => refusal(Refusal::NoSuchValue(attribute)),
            None => {
                own("MDR-D017", "Import the directory: somebody changed the object since it was last read.")
            }
        },
        (16 | 17, _) => lacking(),
        (19, _) => own(
            "MDR-D013",
            "Shorten or correct the value in its source or in the rule; the server's text names the attribute.",
        ),
        (20, _) => match attribute {
            Some(attribute) => refusal(Refusal::ValueExists(attribute)),
            None => {
                own("MDR-D017", "Import the directory: somebody changed the object since it was last read.")
            }
        },
        (21, _) => match attribute {
            Some(attribute) => refusal(Refusal::InvalidValue(attribute)),
            None => own("MDR-D013", "Correct the value in its source, or in the rule that writes it."),
        },
        (32, OperationKind::Add { .. }) => refusal(Refusal::NoContainer),
        (32, _) => refusal(Refusal::NoSuchObject),
        (34 | 64 | 67, _) => refusal(Refusal::InvalidName(String::new())),
        (50, OperationKind::Add { .. }) => {
            own("MDR-D011", "Give the account the right to create contacts in the container.")
        }
        (50, OperationKind::Delete { .. }) => {
            own("MDR-D011", "Give the account the right to delete contacts in the container.")
        }
        (50, _) => own(
            "MDR-D011",
            "Give the account the right to write all attributes of contacts in the container.",
        ),
        (3 | 11 | 51 | 52, _) => {
            own("MDR-D015", "Run again when the server is less busy, or set operations-per-second.")
        }
        (53, _) => own(
            "MDR-D016",
            "Look at the server's text: the directory keeps the attribute or the object by itself, or only another server may change it.",
        ),
        (65, _) => match attribute {
            Some(_) => lacking(),
            None => own(
                "MDR-D014",
                "Let a rule write what the class requires, and nothing that it does not take.",
            ),
        },
        (66, _) => refusal(Refusal::HasChildren),
        (68, _) => refusal(Refusal::AlreadyExists),
        _ => own("MDR-D017", "Look into the server's log for this time and object."),
    }
}

fn is_about_schema(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    // 0x57 is ERROR_INVALID_PARAMETER, which Active Directory gives for a name that its schema does not have.
    text.contains("schema") || text.contains("conversion") || text.starts_with("00000057")
}

/// The attribute that the server names: `Att 9012e (displayName)` in Active Directory, `attribute 'displayName'` in
/// Samba, the name in front of a colon in OpenLDAP.
pub(crate) fn attribute(text: &str) -> Option<AttributeName> {
    let within = |before: &str, end: char| {
        let rest = text.split(before).nth(1)?;
        rest.split(end).next()
    };
    let active_directory =
        text.split("Att ").nth(1).and_then(|rest| rest.split('(').nth(1)?.split(')').next());
    let name = active_directory
        .or_else(|| within("attribute '", '\''))
        .or_else(|| within("attribute \"", '"'))
        .or_else(|| text.split(':').next().filter(|name| !name.contains(' ')))?;
    AttributeName::known(name)
}

#[cfg(test)]
mod tests {
    use madrigal_model::DistinguishedName;

    use super::*;

    #[test]
    fn the_servers_text_becomes_advice() {
        let rows = [
            (
                65,
                "objectclass_attrs: attribute 'homeMDB' on entry 'CN=x' does not exist in the specified objectclasses!",
                "MDR-D012 homeMDB Extend the schema, or leave the attribute out: lacks = [\"homeMDB\"] in the connector.",
            ),
            (
                19,
                "000020B5: AtrErr: DSID-03152395, #1: 0: 000020B5: DSID-03152395, problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 9012e (displayName)",
                "MDR-D013 displayName Shorten or correct the value in its source or in the rule; the server's text names the attribute.",
            ),
            (
                50,
                "00002098: SecErr: DSID-03150F94, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0",
                "MDR-D011 - Give the account the right to create contacts in the container.",
            ),
            (
                68,
                "",
                "MDR-C022 - Import the directory; if the name stays taken, the next plan chooses another.",
            ),
            (
                17,
                "msExchVersion: attribute type undefined",
                "MDR-D012 msExchVersion Extend the schema, or leave the attribute out: lacks = [\"msExchVersion\"] in the connector.",
            ),
            (32, "", "MDR-C023 - Make the container, or correct `container` in the configuration."),
        ];
        let add = OperationKind::Add {
            dn: DistinguishedName::from_directory("CN=x,OU=y"),
            entry: Default::default(),
            former: None,
        };
        for (code, text, expected) in rows {
            let answer = Answer { code, text: text.to_owned() };
            let problem = problem(&add, &answer, Timestamp::from_millis(0));
            let attribute = problem.attribute.map_or("-", AttributeName::as_str);
            assert_eq!(format!("{} {attribute} {}", problem.code, problem.remedy), expected);
        }
    }
}
