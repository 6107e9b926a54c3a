//! Properties: their tags, their values, and which of them a book lists.

mod listed;
mod tag;
mod value;

pub use listed::{Kind, ListedProperty, PropertyList};
pub use tag::{PropertyTag, PropertyType};
pub use value::Value;
