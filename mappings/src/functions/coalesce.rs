//! `Coalesce`.

use super::{Call, Function, Group, Kind, Purity, parameter, repeated, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::program::Node;
use crate::scalar::{Operand, Scalar};
use crate::types::Type;

pub(crate) static FUNCTION: Function = Function {
    name: "Coalesce",
    group: Group::ProgramFlow,
    summary: "The first argument that has a value other than empty text.",
    remarks: "Arguments behind it are not evaluated. Madrigal's own.",
    parameters: &[parameter("value", Kind::Branch), repeated("other", Kind::Branch)],
    result: Type::Any,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Form(coalesce),
    rows: &[
        row_with(&[("cn", &["Anna"])], "Coalesce([displayName], [cn])", "\"Anna\""),
        row_with(&[("displayName", &["A. Berg"]), ("cn", &["Anna"])], "Coalesce([displayName], [cn])", "\"A. Berg\""),
        row("Coalesce(\"\", NULL, \"x\")", "\"x\""),
        row("Coalesce(NULL, \"\")", "NULL"),
        row("Coalesce(\"x\", Error(\"never reached\"))", "\"x\""),
    ],
};

fn coalesce<'a>(arguments: &'a [Node], evaluation: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    for argument in arguments {
        let operand = evaluation.evaluate(argument)?;
        let fate = matches!(operand, Operand::AuthoritativeNull | Operand::Ignore);
        if fate || operand.values().any(|value| !Scalar::is_null_or_empty(value)) {
            return Ok(operand);
        }
    }
    Ok(Operand::NULL)
}
