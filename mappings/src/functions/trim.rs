//! `Trim`.

use std::borrow::Cow;

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "Trim",
    group: Group::Text,
    summary: "Text without leading and trailing white space.",
    remarks: "",
    parameters: &[parameter("text", Kind::Value(Type::Text))],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(trim),
    rows: &[row("Trim(\" Test \")", "\"Test\""), row("Trim(\"\")", "\"\""), row("Trim([mail])", "NULL"), row("Trim(\"a b\")", "\"a b\""), row_with(&[("proxyAddresses", &[" a:b", "c:d "])], "Trim([proxyAddresses])", "{\"a:b\", \"c:d\"}"),],
};

fn trim<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    Ok(Scalar::Text(match arguments.text(0)? {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }))
}
