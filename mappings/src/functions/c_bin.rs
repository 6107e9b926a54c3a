//! `CBin`.

use std::borrow::Cow;

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "CBin",
    group: Group::Conversion,
    summary: "A number as so many octets, the lowest first.",
    remarks: "Used by shipped rules and absent from the reference: the layout is that of the key credentials that they build (MS-ADTS section 2.2.20).",
    parameters: &[parameter("number", Kind::Value(Type::Number)), parameter("octets", Kind::Value(Type::Number))],
    result: Type::Bytes,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(c_bin),
    rows: &[row("CBin(32, 2)", "0x2000"), row("CBin(2, 1)", "0x02"), row("CBin(258, 1)", "MDR-R106: \"258\" is no number of 1 octets"), row("CBin(1, 9)", "MDR-R106: \"9\" is no number of octets from 1 to 8"), row("CBin(NULL, 1)", "NULL"),],
};

fn c_bin<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let (number, count) = (arguments.number(0)?, arguments.number(1)?);
    let length = usize::try_from(count).ok().filter(|length| (1..=8).contains(length));
    let Some(length) = length else {
        return Err(Failure::not_convertible("number of octets from 1 to 8", &count.to_string()));
    };
    let octets = number.to_le_bytes();
    let (kept, dropped) = octets.split_at_checked(length).unwrap_or((&octets, &[]));
    if number < 0 || dropped.iter().any(|octet| *octet != 0) {
        return Err(Failure::not_convertible(&format!("number of {length} octets"), &number.to_string()));
    }
    Ok(Scalar::Bytes(Cow::Owned(kept.to_vec())))
}
