//! An explanation, for people and for programs.

mod attribute;
mod json;
mod text;
mod words;

pub(crate) use json::as_json;
pub(crate) use text::text;
pub(crate) use words::Arrivals;
