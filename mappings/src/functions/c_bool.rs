//! `CBool`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "CBool",
    group: Group::Conversion,
    summary: "True or False from a condition, a number or text.",
    remarks: "A number other than 0 is True. No value stays no value, and as a condition counts as false.",
    parameters: &[parameter("value", Kind::Value(Type::Any))],
    result: Type::Boolean,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(c_bool),
    rows: &[row("CBool(5 > 3)", "True"), row("CBool(0)", "False"), row("CBool(-1)", "True"), row("CBool(\"true\")", "True"), row("CBool(NULL)", "NULL"), row_with(&[("msExchHideFromAddressLists", &["TRUE"])], "CBool([msExchHideFromAddressLists])", "True"), row("CBool(\"yes\")", "MDR-R103: True or False is needed, and \"yes\" is no such value"),],
};

fn c_bool<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    Ok(arguments.get(0).truth()?.map_or(Scalar::Null, Scalar::Boolean))
}
