//! `CRef`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "CRef",
    group: Group::Conversion,
    summary: "A reference from a distinguished name.",
    remarks: "",
    parameters: &[parameter("dn", Kind::TextOrReference)],
    result: Type::Reference,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(c_ref),
    rows: &[row("CRef(\"CN=Anna,DC=abc\")", "<CN=Anna,DC=abc>"), row_with(&[("dn", &["CN=Anna,DC=abc"])], "CRef([dn])", "<CN=Anna,DC=abc>"), row("CRef(NULL)", "NULL"),],
};

fn c_ref<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    match arguments.get(0) {
        known @ (Scalar::Reference(_) | Scalar::Opaque(_)) => Ok(known.clone()),
        _ => Ok(Scalar::Reference(arguments.text(0)?.clone())),
    }
}
