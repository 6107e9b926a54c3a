//! `Item`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row_with};
use crate::codes;
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Operand};
use crate::types::{Count, Type};

pub(crate) static FUNCTION: Function = Function {
    name: "Item",
    group: Group::MultiValued,
    summary: "A value of a list by its place, counted from 1.",
    remarks: "A place outside the list is an error: ItemOrNull gives no value instead.",
    parameters: &[parameter("list", Kind::List(Type::Any)), parameter("number", Kind::Value(Type::Number))],
    result: Type::Any,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Whole(item, Count::One),
    rows: &[row_with(&[("proxyAddresses", &["SMTP:a@b.c", "smtp:d@b.c", "sip:a@b.c"])], "Item([proxyAddresses], 2)", "\"smtp:d@b.c\""), row_with(&[("proxyAddresses", &["SMTP:a@b.c", "smtp:d@b.c", "sip:a@b.c"])], "Item([proxyAddresses], Contains([proxyAddresses], \"SMTP:\"))", "\"SMTP:a@b.c\""), row_with(&[("proxyAddresses", &["SMTP:a@b.c", "smtp:d@b.c", "sip:a@b.c"])], "Item([proxyAddresses], 4)", "MDR-R102: there is no value 4 in a list of 3"), row_with(&[("proxyAddresses", &["SMTP:a@b.c", "smtp:d@b.c", "sip:a@b.c"])], "Item([proxyAddresses], 0)", "MDR-R102: there is no value 0 in a list of 3"), row_with(&[("mail", &["a@b.c"])], "Item([mail], 1)", "\"a@b.c\""),],
};

fn item<'a>(operands: &[Operand<'a>], _: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let [list, number] = operands else { return Ok(Operand::NULL) };
    let Some(number) = number.single().filter(|number| !number.is_null()) else { return Ok(Operand::NULL) };
    let place = Arguments(std::slice::from_ref(number)).number(0)?;
    let at = usize::try_from(place).ok().and_then(|place| place.checked_sub(1));
    let out_of_bounds = || {
        let message = format!("there is no value {place} in a list of {}", list.values().count());
        Failure::new(codes::OUT_OF_BOUNDS, message)
    };
    at.and_then(|at| list.values().nth(at)).cloned().map(Operand::One).ok_or_else(out_of_bounds)
}
