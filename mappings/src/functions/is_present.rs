//! `IsPresent`.

use super::{Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Operand, Scalar};
use crate::types::{Count, Type};

pub(crate) static FUNCTION: Function = Function {
    name: "IsPresent",
    group: Group::Evaluation,
    summary: "Whether there is a value other than empty text.",
    remarks: "The opposite of IsNullOrEmpty. Of a list, one such value is enough.",
    parameters: &[parameter("value", Kind::List(Type::Any))],
    result: Type::Boolean,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Whole(is_present, Count::One),
    rows: &[
        row_with(&[("mail", &["anna@abc.example"])], "IsPresent([mail])", "True"),
        row("IsPresent([mail])", "False"),
        row("IsPresent(\"\")", "False"),
        row("IsPresent(NULL)", "False"),
        row("IsPresent(0)", "True"),
        row_with(&[("proxyAddresses", &["a:b", "c:d"])], "IsPresent([proxyAddresses])", "True"),
    ],
};

fn is_present<'a>(operands: &[Operand<'a>], _: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let present = operands.iter().flat_map(Operand::values).any(|value| !value.is_null_or_empty());
    Ok(Operand::One(Scalar::Boolean(present)))
}
