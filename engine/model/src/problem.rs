//! Problems: one bad object is a record with a code, never an aborted run.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AttributeName, ConnectorId, Timestamp};

/// A problem's stable code, `MDR-…`; each has a page in the reference.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProblemCode(std::borrow::Cow<'static, str>);

impl ProblemCode {
    /// A code of this program.
    #[must_use]
    pub const fn new(code: &'static str) -> Self {
        Self(std::borrow::Cow::Borrowed(code))
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for ProblemCode {
    fn from(code: String) -> Self {
        Self(code.into())
    }
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// How much a problem weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; nothing is held back.
    Notice,
    /// Something about this object is held back until somebody acts.
    Problem,
}

/// Something wrong with one object, recorded while the others go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Its code.
    pub code: ProblemCode,
    /// How much it weighs.
    pub severity: Severity,
    /// The connector at whose object it was met.
    pub connector: Option<ConnectorId>,
    /// The object, as a person names it: DN, anchor, or file and line.
    pub object: String,
    /// The attribute, where one is at fault.
    pub attribute: Option<AttributeName>,
    /// What happened, in a sentence.
    pub message: String,
    /// What to do next.
    pub remedy: String,
    /// When it was met.
    pub at: Timestamp,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {} {}", self.code, self.object, self.message, self.remedy)
    }
}
