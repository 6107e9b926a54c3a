//! What is wrong with a rule set although each expression is right.

use super::RuleSet;
use super::load::{Loaded, Surroundings};
use super::raw::RawRule;

/// Checks a compiled rule set as a whole.
pub(super) fn check(
    _rules: &RuleSet,
    _raw: &[RawRule],
    _surroundings: &Surroundings<'_>,
    _loaded: &mut Loaded,
) {
}
