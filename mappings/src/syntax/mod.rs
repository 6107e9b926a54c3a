//! From text to a tree: tokens, places in the text, the grammar. Nothing here knows a function or an attribute.

mod lex;
mod parse;
mod span;
mod tree;

pub use parse::{SyntaxError, parse};
pub use span::Span;
pub use tree::{Expression, ExpressionKind, Literal, Operator};
