//! `Error`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::codes;
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "Error",
    group: Group::ProgramFlow,
    summary: "Stops the evaluation for this object with a message.",
    remarks: "The object gets a problem with this message; the others go on.",
    parameters: &[parameter("message", Kind::Value(Type::Text))],
    result: Type::Nothing,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::EachOrNull(error),
    rows: &[row("Error(\"No primary SMTP address found.\")", "MDR-R101: No primary SMTP address found."), row("IIF(IsPresent([cn]), [cn], Error(\"cn is required\"))", "MDR-R101: cn is required"),],
};

fn error<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    Err(Failure::new(codes::ERROR_FUNCTION, arguments.text(0)?.as_ref()))
}
