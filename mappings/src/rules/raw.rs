//! A rule as it stands in a file, with the place of each of its texts; nothing compiled yet.

use crate::syntax::Span;

/// A text with its place: the whole token, quotes included.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text {
    pub(crate) value: String,
    pub(crate) file: usize,
    pub(crate) span: Span,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct RawRule {
    pub(crate) name: Text,
    pub(crate) description: String,
    pub(crate) disabled: bool,
    pub(crate) direction: Text,
    pub(crate) connectors: Vec<Text>,
    pub(crate) from: Vec<Text>,
    pub(crate) to: Vec<Text>,
    pub(crate) link: Text,
    pub(crate) precedence: u32,
    pub(crate) scope: Vec<RawCondition>,
    pub(crate) joins: Vec<RawJoin>,
    pub(crate) rdn: Option<RawName>,
    pub(crate) uniques: Vec<RawName>,
    pub(crate) flows: Vec<RawFlow>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct RawCondition {
    pub(crate) require: Text,
    pub(crate) because: Option<String>,
    pub(crate) remedy: String,
    pub(crate) selects: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct RawJoin {
    pub(crate) name: String,
    pub(crate) own: Text,
    pub(crate) theirs: Text,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct RawName {
    pub(crate) attribute: Text,
    pub(crate) candidates: Vec<Text>,
    pub(crate) max_length: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct RawFlow {
    pub(crate) attribute: Text,
    pub(crate) mode: super::FlowMode,
    pub(crate) expression: Text,
}
