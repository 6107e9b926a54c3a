//! `IsString`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "IsString",
    group: Group::Evaluation,
    summary: "Whether the value can be turned into text by CStr.",
    remarks: "",
    parameters: &[parameter("value", Kind::Value(Type::Any))],
    result: Type::Boolean,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::EachOrNull(is_string),
    rows: &[row("IsString(\"x\")", "True"), row("IsString(5)", "True"), row_with(&[("objectGUID", &["0x0102"])], "IsString([objectGUID])", "False"), row("IsString(NULL)", "False"), row("IsString(CRef(\"CN=a\"))", "True"),],
};

fn is_string<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let is = matches!(
        arguments.get(0),
        Scalar::Text(_) | Scalar::Number(_) | Scalar::Boolean(_) | Scalar::Reference(_)
    );
    Ok(Scalar::Boolean(is))
}
