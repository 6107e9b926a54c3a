//! `With`.

use super::{Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::program::Node;
use crate::scalar::{Operand};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "With",
    group: Group::ProgramFlow,
    summary: "An expression in which a name stands for a part that is evaluated once.",
    remarks: "",
    parameters: &[parameter("name", Kind::WholeVariable), parameter("part", Kind::List(Type::Any)), parameter("expression", Kind::Branch)],
    result: Type::Any,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Form(with),
    rows: &[row_with(&[("cn", &["Anna"])], "With($short, Left([cn], 3), $short & \"-\" & $short)", "\"Ann-Ann\""), row_with(&[("proxyAddresses", &["SMTP:a@b.c", "smtp:d@b.c", "sip:a@b.c"])], "With($smtp, Where($item, [proxyAddresses], Left($item, 5) = \"smtp:\"), IIF(Count($smtp) > 0, $smtp, NULL))", "{\"smtp:d@b.c\"}"), row("With($x, 1, $y)", "MDR-R007: there is no variable $y here"),],
};

fn with<'a>(arguments: &'a [Node], evaluation: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let [part, expression] = arguments else { return Ok(Operand::NULL) };
    let part = evaluation.evaluate(part)?;
    evaluation.variables.push(part);
    let result = evaluation.evaluate(expression);
    evaluation.variables.pop();
    result
}
