//! `RTrim`.

use std::borrow::Cow;

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "RTrim",
    group: Group::Text,
    summary: "Text without trailing white space.",
    remarks: "",
    parameters: &[parameter("text", Kind::Value(Type::Text))],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(r_trim),
    rows: &[row("RTrim(\" Test \")", "\" Test\""), row("RTrim(\"\")", "\"\""), row("RTrim([mail])", "NULL"), row("RTrim(\"a b\")", "\"a b\""),],
};

fn r_trim<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    Ok(Scalar::Text(match arguments.text(0)? {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_end()),
        Cow::Owned(text) => Cow::Owned(text.trim_end().to_owned()),
    }))
}
