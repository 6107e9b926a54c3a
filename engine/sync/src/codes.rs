//! The stable codes of the problems that a sync records, and the words that go with them.

use madrigal_model::{AttributeName, ConnectorId, Problem, ProblemCode, Severity, Timestamp};

/// More than one identity could be joined: nothing was.
pub const AMBIGUOUS_JOIN: ProblemCode = ProblemCode::new("MDR-P001");
/// A rule's expression failed on this object.
pub const EVALUATION_FAILED: ProblemCode = ProblemCode::new("MDR-P002");
/// A value that the contact cannot do without is missing.
pub const REQUIRED_VALUE_MISSING: ProblemCode = ProblemCode::new("MDR-P003");
/// Another recipient of the target owns the address.
pub const ADDRESS_IN_USE: ProblemCode = ProblemCode::new("MDR-P004");
/// No free name was found in the target container.
pub const NO_FREE_NAME: ProblemCode = ProblemCode::new("MDR-P005");
/// Somebody else's contact stands for the person: none of ours is made.
pub const FOREIGN_CONTACT: ProblemCode = ProblemCode::new("MDR-P006");
/// Our contact and somebody else's stand for the same person.
pub const DUPLICATE_CONTACT: ProblemCode = ProblemCode::new("MDR-P007");
/// Our contact lies outside the managed container.
pub const OUTSIDE_CONTAINER: ProblemCode = ProblemCode::new("MDR-P008");
/// The object does not carry our stamp any more: it is not deleted.
pub const STAMP_MISSING: ProblemCode = ProblemCode::new("MDR-P009");
/// An export came back different twice: it is held.
pub const CAME_BACK_DIFFERENT: ProblemCode = ProblemCode::new("MDR-P010");
/// A value flips between us and somebody else.
pub const FIGHT: ProblemCode = ProblemCode::new("MDR-P011");
/// One stamp stands on two objects.
pub const STAMP_COPIED: ProblemCode = ProblemCode::new("MDR-P012");
/// An authoritative object lies in the container that is ours.
pub const SOURCE_IN_CONTAINER: ProblemCode = ProblemCode::new("MDR-P013");
/// A value breaks the target's limits.
pub const VALUE_NOT_ALLOWED: ProblemCode = ProblemCode::new("MDR-P014");
/// Two objects of one connector stand for the same identity.
pub const TWO_OBJECTS: ProblemCode = ProblemCode::new("MDR-P015");
/// A person took the change back: it is held.
pub const HELD_BACK: ProblemCode = ProblemCode::new("MDR-P016");
/// Another object has the name that a change which waits to be carried would leave.
pub const NAME_TAKEN_MEANWHILE: ProblemCode = ProblemCode::new("MDR-P017");

/// What a problem is about, in a person's words.
pub(crate) struct Subject<'a> {
    pub connector: Option<ConnectorId>,
    pub object: &'a str,
    pub now: Timestamp,
}

impl Subject<'_> {
    /// A problem that holds something back.
    pub(crate) fn problem(
        &self,
        code: ProblemCode,
        attribute: Option<AttributeName>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Problem {
        self.record(code, Severity::Problem, attribute, message.into(), remedy.into())
    }

    /// Something worth knowing that holds nothing back.
    pub(crate) fn notice(
        &self,
        code: ProblemCode,
        attribute: Option<AttributeName>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Problem {
        self.record(code, Severity::Notice, attribute, message.into(), remedy.into())
    }

    fn record(
        &self,
        code: ProblemCode,
        severity: Severity,
        attribute: Option<AttributeName>,
        message: String,
        remedy: String,
    ) -> Problem {
        Problem {
            code,
            severity,
            connector: self.connector,
            object: self.object.to_owned(),
            attribute,
            message,
            remedy,
            at: self.now,
        }
    }
}
