//! `RemoveDuplicates`.

use std::collections::HashSet;

use super::{Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Operand};
use crate::types::{Count, Type};

pub(crate) static FUNCTION: Function = Function {
    name: "RemoveDuplicates",
    group: Group::MultiValued,
    summary: "A list with each value once.",
    remarks: "The first of equal values stays, in its place. Case counts, since SMTP: and smtp: differ.",
    parameters: &[parameter("list", Kind::List(Type::Any))],
    result: Type::Any,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Whole(remove_duplicates, Count::Unknown),
    rows: &[row_with(&[("proxyAddresses", &["a:b", "A:b"])], "RemoveDuplicates([proxyAddresses])", "{\"a:b\", \"A:b\"}"), row_with(&[("description", &["a", "a ", "b"])], "RemoveDuplicates(Trim([description]))", "{\"a\", \"b\"}"), row_with(&[("mail", &["x"])], "RemoveDuplicates([mail])", "\"x\""), row("RemoveDuplicates([mail])", "NULL"),],
};

fn remove_duplicates<'a>(operands: &[Operand<'a>], evaluation: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let [list] = operands else { return Ok(Operand::NULL) };
    let Operand::Many(values) = list else { return Ok(list.clone()) };
    let mut seen = HashSet::new();
    let unique = values.iter().filter(|value| !value.is_null() && seen.insert(value.shown())).cloned().collect();
    evaluation.charge_values(values.len())?;
    Ok(Operand::list(unique))
}
