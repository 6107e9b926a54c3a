//! `RandomNum`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "RandomNum",
    group: Group::Math,
    summary: "A number drawn from a range, both ends included.",
    remarks: "Derived from the identity and the target, so that a preview shows what an export writes. Refused in enforced flows.",
    parameters: &[parameter("from", Kind::Value(Type::Number)), parameter("to", Kind::Value(Type::Number))],
    result: Type::Number,
    may_be_null: false,
    purity: Purity::Drawn,
    call: Call::Each(random_num),
    rows: &[row("RandomNum(7, 7)", "7"), row("RandomNum(100, 999) >= 100", "True"), row("RandomNum(9, 1)", "MDR-R106: \"9 to 1\" is no range"), row("RandomNum(NULL, 1)", "NULL"),],
};

fn random_num<'a>(arguments: Arguments<'_, 'a>, evaluation: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let (from, to) = (arguments.number(0)?, arguments.number(1)?);
    let width = i128::from(to) - i128::from(from) + 1;
    let Some(width) = u128::try_from(width).ok().filter(|width| *width > 0) else {
        return Err(Failure::not_convertible("range", &format!("{from} to {to}")));
    };
    let offset = i128::try_from(evaluation.draw() % width).unwrap_or(0);
    Ok(Scalar::Number(i64::try_from(i128::from(from) + offset).unwrap_or(from)))
}
