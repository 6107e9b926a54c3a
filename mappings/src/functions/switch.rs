//! `Switch`.

use super::{Call, Function, Group, Kind, Purity, parameter, repeated, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::program::Node;
use crate::scalar::{Operand};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "Switch",
    group: Group::ProgramFlow,
    summary: "The value behind the first condition that holds.",
    remarks: "All conditions are evaluated, so an error in any of them is an error; of the values only the chosen one. No value where none holds.",
    parameters: &[parameter("condition", Kind::Condition), parameter("value", Kind::Branch), repeated("condition", Kind::Condition), repeated("value", Kind::Branch)],
    result: Type::Any,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Form(switch),
    rows: &[row_with(&[("l", &["Rome"])], "Switch([l] = \"London\", \"English\", [l] = \"Rome\", \"Italian\")", "\"Italian\""), row_with(&[("l", &["London"])], "Switch([l] = \"London\", \"English\", True, Error(\"Unknown city\"))", "\"English\""), row("Switch([l] = \"London\", \"English\", True, Error(\"Unknown city\"))", "MDR-R101: Unknown city"), row("Switch([l] = \"London\", \"English\")", "NULL"), row("Switch(True, 1, CNum(\"x\") = 1, 2)", "MDR-R106: \"x\" is no number"), row("Switch(True)", "MDR-R003: Switch takes pairs of a condition and a value, and 1 is given"),],
};

fn switch<'a>(arguments: &'a [Node], evaluation: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let mut chosen = None;
    for pair in arguments.chunks_exact(2) {
        let [condition, value] = pair else { continue };
        if evaluation.condition(condition)? && chosen.is_none() {
            chosen = Some(value);
        }
    }
    match chosen {
        Some(value) => evaluation.evaluate(value),
        None => Ok(Operand::NULL),
    }
}
