//! `LTrim`.

use std::borrow::Cow;

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "LTrim",
    group: Group::Text,
    summary: "Text without leading white space.",
    remarks: "",
    parameters: &[parameter("text", Kind::Value(Type::Text))],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(l_trim),
    rows: &[row("LTrim(\" Test \")", "\"Test \""), row("LTrim(\"\")", "\"\""), row("LTrim([mail])", "NULL"), row("LTrim(\"a b\")", "\"a b\""),],
};

fn l_trim<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    Ok(Scalar::Text(match arguments.text(0)? {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_start()),
        Cow::Owned(text) => Cow::Owned(text.trim_start().to_owned()),
    }))
}
