//! `ItemOrNull`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Operand};
use crate::types::{Count, Type};

pub(crate) static FUNCTION: Function = Function {
    name: "ItemOrNull",
    group: Group::MultiValued,
    summary: "A value of a list by its place, counted from 1; no value where the list has none there.",
    remarks: "",
    parameters: &[parameter("list", Kind::List(Type::Any)), parameter("number", Kind::Value(Type::Number))],
    result: Type::Any,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Whole(item_or_null, Count::One),
    rows: &[row_with(&[("proxyAddresses", &["SMTP:a@b.c", "smtp:d@b.c", "sip:a@b.c"])], "ItemOrNull([proxyAddresses], 2)", "\"smtp:d@b.c\""), row_with(&[("proxyAddresses", &["SMTP:a@b.c", "smtp:d@b.c", "sip:a@b.c"])], "ItemOrNull([proxyAddresses], 9)", "NULL"), row("ItemOrNull([proxyAddresses], 0)", "NULL"),],
};

fn item_or_null<'a>(operands: &[Operand<'a>], _: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let [list, number] = operands else { return Ok(Operand::NULL) };
    let Some(number) = number.single().filter(|number| !number.is_null()) else { return Ok(Operand::NULL) };
    let place = Arguments(std::slice::from_ref(number)).number(0)?;
    let at = usize::try_from(place).ok().and_then(|place| place.checked_sub(1));
    Ok(at.and_then(|at| list.values().nth(at)).cloned().map_or(Operand::NULL, Operand::One))
}
