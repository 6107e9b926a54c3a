//! What bounds an expression: every limit has a name, which its message gives.

/// The longest expression, in octets. The longest that Entra Connect ships has about 700.
pub const MAX_EXPRESSION_OCTETS: usize = 32_768;

/// How deep an expression may be nested: parentheses, calls, and operators that follow each other at one level.
pub const MAX_NESTING: usize = 128;

/// The longest text or octets that an expression may make, in octets.
pub const MAX_VALUE_OCTETS: usize = 1_048_576;

/// The most values that a list may have.
pub const MAX_VALUES: usize = 100_000;

/// The most work of one evaluation: one unit for each value that a function is applied to and for each octet made.
pub const MAX_WORK: u64 = 16_777_216;
