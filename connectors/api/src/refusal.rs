//! Why a directory does not take an operation, in the same words whatever the directory is.

use madrigal_model::{AttributeName, Problem, ProblemCode, Severity, Timestamp};

use crate::ReceiptOutcome;

/// Why one operation is refused. The number behind each is the result code with which an LDAP server says the same
/// (RFC 4511 section 4.1.9).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// 32: there is no object of this key or name.
    #[error("there is no such object")]
    NoSuchObject,
    /// 68: another object has this name already.
    #[error("an object of this name is there already")]
    AlreadyExists,
    /// 32 at an add, 53 at a rename: the container is not there.
    #[error("its container is not there")]
    NoContainer,
    /// 66: the object has children.
    #[error("there are objects below it")]
    HasChildren,
    /// 65: a required attribute is missing.
    #[error("the object would be left without {0}, which its class requires")]
    Required(AttributeName),
    /// 19: more than one value for a single-valued attribute.
    #[error("{0} holds one value and would get several")]
    SingleValued(AttributeName),
    /// 19: a value is longer than the schema allows.
    #[error("a value of {attribute} has length {length}, and the directory takes at most {limit}")]
    TooLong {
        /// The attribute.
        attribute: AttributeName,
        /// The value's length: characters of text, octets else.
        length: usize,
        /// The largest length.
        limit: u32,
    },
    /// 20: the value is there already.
    #[error("{0} has this value already")]
    ValueExists(AttributeName),
    /// 16: the value that should go is not there.
    #[error("{0} does not have the value that should go")]
    NoSuchValue(AttributeName),
    /// 21: an empty value, or one that the attribute's syntax does not allow.
    #[error("a value of {0} is empty or against its syntax")]
    InvalidValue(AttributeName),
    /// 19: a reference to an object that is not there.
    #[error("{attribute} would refer to {target}, which is not there")]
    DanglingReference {
        /// The attribute.
        attribute: AttributeName,
        /// The name that nothing has.
        target: String,
    },
    /// 34, 64, 67: the name is no name, differs from the naming attribute, or would be changed by a modify.
    #[error("its name does not hold: {0}")]
    InvalidName(String),
    /// 53: the directory keeps this attribute by itself.
    #[error("{0} is kept by the directory and cannot be written")]
    ReadOnly(AttributeName),
    /// 53: an object cannot be moved below itself.
    #[error("an object cannot be moved below itself")]
    BelowItself,
    /// What should be deleted bears another name or another stamp than it did when that was planned.
    #[error("it has another name or another stamp than it had when its deletion was planned")]
    NotAsPlanned,
}

/// Says of a deleted object that could not be brought back that a new one was made in its place.
#[must_use]
pub fn made_anew(object: &str, reason: &str, now: Timestamp) -> Problem {
    Problem {
        code: ProblemCode::new("MDR-C037"),
        severity: Severity::Notice,
        connector: None,
        object: object.to_owned(),
        attribute: None,
        message: format!("The deleted object could not be brought back, so a new one was made: {reason}."),
        remedy: "Put it into the groups that it was in: it has another key now.".to_owned(),
        at: now,
    }
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchObject => "MDR-C021",
            Self::AlreadyExists => "MDR-C022",
            Self::NoContainer => "MDR-C023",
            Self::HasChildren => "MDR-C024",
            Self::Required(_) => "MDR-C025",
            Self::SingleValued(_) => "MDR-C026",
            Self::TooLong { .. } => "MDR-C027",
            Self::ValueExists(_) => "MDR-C028",
            Self::NoSuchValue(_) => "MDR-C029",
            Self::InvalidValue(_) => "MDR-C030",
            Self::DanglingReference { .. } => "MDR-C031",
            Self::InvalidName(_) => "MDR-C032",
            Self::ReadOnly(_) => "MDR-C033",
            Self::BelowItself => "MDR-C034",
            Self::NotAsPlanned => "MDR-C036",
        }
    }

    /// The attribute at fault, where one is.
    #[must_use]
    pub fn attribute(&self) -> Option<AttributeName> {
        match self {
            Self::Required(attribute)
            | Self::SingleValued(attribute)
            | Self::TooLong { attribute, .. }
            | Self::ValueExists(attribute)
            | Self::NoSuchValue(attribute)
            | Self::InvalidValue(attribute)
            | Self::DanglingReference { attribute, .. }
            | Self::ReadOnly(attribute) => Some(*attribute),
            Self::NoSuchObject
            | Self::AlreadyExists
            | Self::NoContainer
            | Self::HasChildren
            | Self::InvalidName(_)
            | Self::BelowItself
            | Self::NotAsPlanned => None,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NoSuchObject => {
                "Import the directory: the object was deleted or renamed since it was last read."
            }
            Self::AlreadyExists => {
                "Import the directory; if the name stays taken, the next plan chooses another."
            }
            Self::NoContainer => "Make the container, or correct `container` in the configuration.",
            Self::HasChildren => "Move or delete the objects below it first.",
            Self::Required(_) => "Correct the rule that should write the attribute.",
            Self::SingleValued(_) => "Let the rule choose one value.",
            Self::TooLong { .. } => "Shorten the value in its source, or cut it in the rule with Left().",
            Self::ValueExists(_) | Self::NoSuchValue(_) => {
                "Import the directory: somebody changed the attribute since it was last read."
            }
            Self::InvalidValue(_) => "Correct the value in its source, or in the rule that writes it.",
            Self::DanglingReference { .. } => {
                "The reference is filled in when its target exists; import the directory if it should."
            }
            Self::InvalidName(_) => "Correct the rule's [rule.rdn] candidates or the container's name.",
            Self::ReadOnly(_) => "Take the attribute out of the rule.",
            Self::BelowItself => "Correct the container in the configuration.",
            Self::NotAsPlanned => {
                "Import the directory: somebody changed the object since it was last read, and the next plan decides anew."
            }
        }
    }

    /// The problem to record for the object, as a person names it.
    #[must_use]
    pub fn problem(&self, object: &str, now: Timestamp) -> Problem {
        Problem {
            code: ProblemCode::new(self.code()),
            severity: Severity::Problem,
            connector: None,
            object: object.to_owned(),
            attribute: self.attribute(),
            message: format!("The directory refused it: {self}."),
            remedy: self.remedy().to_owned(),
            at: now,
        }
    }

    /// The receipt's outcome.
    #[must_use]
    pub fn outcome(&self, object: &str, now: Timestamp) -> ReceiptOutcome {
        ReceiptOutcome::Refused(Box::new(self.problem(object, now)))
    }
}
