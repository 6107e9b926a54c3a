//! `Count`.

use super::{Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Operand, Scalar};
use crate::types::{Count, Type};

pub(crate) static FUNCTION: Function = Function {
    name: "Count",
    group: Group::MultiValued,
    summary: "The number of values.",
    remarks: "",
    parameters: &[parameter("list", Kind::List(Type::Any))],
    result: Type::Number,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Whole(count, Count::One),
    rows: &[row_with(&[("proxyAddresses", &["SMTP:a@b.c", "smtp:d@b.c", "sip:a@b.c"])], "Count([proxyAddresses])", "3"), row("Count([proxyAddresses])", "0"), row("Count(\"x\")", "1"),],
};

fn count<'a>(operands: &[Operand<'a>], _: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    Ok(Operand::One(Scalar::Number(operands.iter().map(|list| list.values().count() as i64).sum())))
}
